"""The cheat sheet: its snippets agree, its links lead to the formulas, it prints on two sides."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.test_pages import anchor, markdown
from tests.visits import Visitor

BOOK = Path(__file__).parents[1] / "book"
TEXT = (BOOK / "cheat_sheet.md").read_text(encoding="utf-8")
PAIR = re.compile(r"^:::\{pair\}\n(.*?)\n---\n(.*?)\n:::$", re.MULTILINE | re.DOTALL)
SHAPE = re.compile(r"(?<=# )\([^()]*\)$")
# All different, so that no shape passes for another; N is large enough for H to have full rank.
SIZES = {"N": 7, "B": 5, "d0": 3, "d1": 4, "K": 2}
LINE = 40  # characters that fit beside each other on a wide screen and on paper
DRAWS = 10
A4_MM = (210, 297)
MARGIN_MM = 6
POINTS_PER_MM, PIXELS_PER_MM = 72 / 25.4, 96 / 25.4


# ---- the page as the test reads it


@dataclass
class Entry:
    """A formula: its heading, the group it stands in, its text, and both snippets."""

    name: str
    group: str
    text: str
    numpy: str
    torch: str

    @property
    def is_random(self) -> bool:
        """Whether the snippets draw numbers, so that only their distribution can agree."""
        return "rng." in self.numpy


def entries() -> list[Entry]:
    found = []
    for group in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]:
        title, *sections = re.split(r"^### ", group, flags=re.MULTILINE)
        for section in sections:
            pairs = PAIR.findall(section)
            assert len(pairs) == 1, f"one pair is wanted under {section.splitlines()[0]!r}"
            found.append(Entry(section.splitlines()[0], title.splitlines()[0], section, *pairs[0]))
    return found


ENTRIES = entries()
PREAMBLE = PAIR.findall(TEXT)[0]
each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: anchor(entry.name))


def shape(text: str) -> tuple[int, ...]:
    """The numbers of a shape such as "(N, d0)"."""
    return tuple(SIZES[name] for name in re.findall(r"\w+", text))


def declared() -> Iterator[tuple[str, tuple[int, ...], str]]:
    """Each name in the table, with its shape and the kind of its values."""
    rows = re.findall(r"^\| (`.*?) \|.*\| (\(.*?\)) \| (\w+) \|$", TEXT, re.MULTILINE)
    for names, shapes, kind in rows:
        listed = re.findall(r"`(\w+)`", names)
        given = re.findall(r"\([^)]*\)", shapes)
        for name, due in zip(listed, given if len(given) > 1 else given * len(listed), strict=True):
            yield name, shape(due), kind


def draw(kind: str, size: tuple[int, ...], rng: np.random.Generator) -> Any:
    """Numbers of the kind that the table names."""
    makers = {
        "any": lambda: rng.normal(size=size),
        "small": lambda: rng.uniform(0.1, 0.9),
        "tiny": lambda: 1e-5,
        "classes": lambda: rng.integers(SIZES["K"], size=size),
        "samples": lambda: rng.choice(SIZES["N"], size=size, replace=False),
        "signs": lambda: rng.choice([-1.0, 1.0], size=size),
        "bits": lambda: rng.integers(2, size=size).astype(float),
    }
    return makers[kind]()


def numbers(rng: np.random.Generator) -> dict[str, Any]:
    """A value for each name in the table."""
    return {
        name: SIZES[name] if kind == "counts" else draw(kind, size, rng)
        for name, size, kind in declared()
    }


def tensors(values: dict[str, Any]) -> dict[str, Any]:
    """The same as PyTorch has it: fresh tensors without a gradient."""
    made: dict[str, Any] = {}
    for name, value in values.items():
        made[name] = value if name in SIZES or isinstance(value, float) else torch.tensor(value)
        if isinstance(made[name], torch.Tensor) and made[name].is_floating_point():
            made[name].requires_grad_()
    return made


def array(value: Any) -> np.ndarray:
    return value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    """The preamble of the page sets it; the other tests shall not notice."""
    before = torch.get_default_dtype()
    yield
    torch.set_default_dtype(before)


class Sheet:
    """The page as a reader would run it, from top to bottom, on one draw of the names' values."""

    def __init__(self, seed: int) -> None:
        self.values = numbers(np.random.default_rng(seed))
        self.spaces: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
        for code, space in zip(PREAMBLE, self.spaces, strict=True):
            exec(code, space)
        self.spaces[0]["rng"] = np.random.default_rng(seed)

    def run(self, entry: Entry) -> None:
        """Run both snippets; names of the table begin anew, what entries made stays."""
        self.spaces[0].update(self.values)
        self.spaces[1].update(tensors(self.values))
        for code, space in zip((entry.numpy, entry.torch), self.spaces, strict=True):
            exec(code, space)

    def results(self, code: str, side: int) -> dict[str, np.ndarray]:
        """What a snippet has made: the arrays by name, as they are now."""
        made = {name: self.spaces[side][name] for name in [*assigned(code), *changed(code)]}
        return {name: array(value).copy() for name, value in made.items() if not callable(value)}


def assignments(code: str) -> Iterator[ast.Assign]:
    """The assignments of a snippet outside of its functions, in their order."""
    for statement in ast.parse(code).body:
        inner = statement.body if isinstance(statement, ast.For | ast.If) else [statement]
        yield from (part for part in inner if isinstance(part, ast.Assign))


def assigned(code: str) -> list[str]:
    """The names that a snippet assigns, in their order."""
    targets = [target for statement in assignments(code) for target in statement.targets]
    return [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]


def changed(code: str) -> list[str]:
    """The names that a snippet changes in place: an optimiser's parameters, `init.…_(W)`."""
    return re.findall(r"\[(\w)\], lr=", code) + re.findall(r"init\.\w+_\(\s*(\w+)", code)


def stated_shapes(code: str) -> dict[str, str]:
    """The shapes that comments state at the end of an assignment, by the name assigned."""
    found = {}
    for statement in assignments(code):
        last_line = code.splitlines()[(statement.end_lineno or 0) - 1]
        if comment := SHAPE.search(last_line):
            target = statement.targets[0]
            assert isinstance(target, ast.Name), f"a shape belongs to one name: {last_line}"
            found[target.id] = comment[0]
    return found


@cache
def runs() -> list[dict[str, tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]]:
    """What NumPy and PyTorch gave for each entry, by its name, in each run of the page."""
    found = []
    for seed in range(DRAWS):
        sheet, given = Sheet(seed), {}
        for entry in ENTRIES:
            sheet.run(entry)
            given[entry.name] = (sheet.results(entry.numpy, 0), sheet.results(entry.torch, 1))
        found.append(given)
    return found


# ---- the snippets


def test_there_is_something_to_test() -> None:
    assert len(ENTRIES) > 40
    assert {name for name, _, _ in declared()} >= {"N", "X", "W1", "eta", "rows"}


@each_entry
def test_numpy_and_pytorch_agree(entry: Entry) -> None:
    ours, theirs = assigned(entry.numpy), [*assigned(entry.torch), *changed(entry.torch)]
    shared = [name for name in dict.fromkeys(ours) if name in theirs]
    # Else a result would be shown that nothing is compared with.
    assert ours[-1] in shared, f"PyTorch's snippet makes no {ours[-1]}"
    assert theirs[-1] in shared, f"NumPy's snippet makes no {theirs[-1]}"
    if entry.is_random:
        return
    for run in runs():
        got, wanted = run[entry.name]
        for name in shared:
            assert got[name].shape == wanted[name].shape, name
            np.testing.assert_allclose(got[name], wanted[name], rtol=1e-9, atol=1e-9, err_msg=name)


@each_entry
def test_shapes_are_as_stated(entry: Entry) -> None:
    for code, results in zip((entry.numpy, entry.torch), runs()[0][entry.name], strict=True):
        for name, stated in stated_shapes(code).items():
            assert results[name].shape == shape(stated), f"{name} is stated as {stated}"
    result, known = assigned(entry.numpy)[-1], {name for name, _, _ in declared()}
    assert result in known or result in stated_shapes(entry.numpy), f"no shape for {result}"


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.is_random], ids=lambda e: e.name)
def test_drawn_weights_have_one_distribution(entry: Entry) -> None:
    torch.manual_seed(0)
    sheet, name = Sheet(0), assigned(entry.numpy)[-1]
    drawn: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for _ in range(2000):
        sheet.run(entry)
        for values, space in zip(drawn, sheet.spaces, strict=True):
            values.append(array(space[name]).copy())
    ours, theirs = map(np.array, drawn)
    assert ours.shape == theirs.shape
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)
    assert abs(ours.mean() - theirs.mean()) < 0.02
    # Uniform or normal: the fourth moment tells them apart.
    assert (ours**4).mean() / ours.var() ** 2 == pytest.approx(
        (theirs**4).mean() / theirs.var() ** 2, rel=0.05
    )


@each_entry
def test_lines_are_short_enough_to_stand_side_by_side(entry: Entry) -> None:
    for line in f"{entry.numpy}\n{entry.torch}".splitlines():
        assert len(line) <= LINE, f"{len(line)} characters: {line}"


# ---- links to the chapters


def section_of(page: str, slug: str) -> str:
    """The text of a section of a page, up to the next heading of its level."""
    parts = re.split(r"^## (.+)$", markdown(BOOK / page), flags=re.MULTILINE)
    found = [
        body for name, body in zip(parts[1::2], parts[2::2], strict=True) if anchor(name) == slug
    ]
    assert found, f"{page} has no section {slug}"
    return found[0]


@each_entry
def test_the_link_leads_to_the_formula(entry: Entry) -> None:
    link = re.search(r"^(.*?)\[\]\((\S+?)#(\S+?)\)", entry.text, re.MULTILINE)
    assert link, f"no link in {entry.text}"
    said, page, slug = link.groups()
    numbered = [f"\\tag{{{number}}}" for number in re.findall(r"\((\d+\.\d+)\)", said)]
    section, chapter = section_of(page, slug), markdown(BOOK / page)
    assert not numbered or any(tag in section for tag in numbered), f"{page}#{slug}: {numbered}"
    assert all(tag in chapter for tag in numbered), f"{page}: {numbered}"


def test_names_of_formulas_are_unique() -> None:
    names = [entry.name.lower() for entry in ENTRIES]
    assert len(names) == len(set(names))


# ---- on paper and on a phone


@pytest.fixture(scope="module")
def pdf(visitor: Visitor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("paper") / "cheat_sheet.pdf"
    with visitor.open("cheat_sheet") as visit:
        visit.page.pdf(path=path, prefer_css_page_size=True)
    return path


def mediaboxes(pdf: Path) -> list[tuple[float, float]]:
    """Width and height of each page, in points."""
    found = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf.read_bytes())
    return [(float(width), float(height)) for width, height in found]


def test_it_prints_on_two_sides_of_a4(pdf: Path) -> None:
    pages = mediaboxes(pdf)
    assert len(pages) == 2
    for page in pages:
        assert page == pytest.approx([side * POINTS_PER_MM for side in A4_MM], abs=1.5)


def test_nothing_is_cut_off_on_paper(visitor: Visitor) -> None:
    """Laid out at the width of the printed page, no box holds more than it shows."""
    width = int((A4_MM[0] - 2 * MARGIN_MM) * PIXELS_PER_MM)
    with visitor.open("cheat_sheet", viewport={"width": width, "height": 1000}) as visit:
        visit.page.emulate_media(media="print")
        cut = visit.page.evaluate(
            """() => {
                const beyond = (inner, outer) =>
                    inner.left < outer.left - 1 || inner.right > outer.right + 1 ||
                    inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
                const box = (part) => part.getBoundingClientRect();
                const formulas = [...document.querySelectorAll(".formula .base")]
                    .filter((part) => beyond(box(part), box(part.closest(".formula"))));
                const code = [...document.querySelectorAll("article pre, article td")]
                    .filter((part) => part.scrollWidth > part.clientWidth + 1);
                return [...formulas, ...code].map((part) => part.textContent.slice(0, 60));
            }"""
        )
        assert cut == []
        sizes = visit.page.evaluate(
            """() => [...document.querySelectorAll("article :is(h1, h2, h3, p, td, th, pre)")]
                .filter((box) => box.textContent.trim() && box.checkVisibility())
                .map((box) => parseFloat(getComputedStyle(box).fontSize) * 0.75)"""
        )
        assert min(sizes) >= 7.5
