"""The sequences of CONTRIBUTING.md work as they are written: chapter, exercise, explorable."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.newcomer import Newcomer
from tests.visits import Visitor
from tools import notebook_file
from tools.new import new, with_chapter
from tools.site import serving

CHAPTER = "08_one_weight"
CHECKER = """
import json
from course_utils.exercises import check
from course_utils.exercises.registry import exercises_of
(task,) = exercises_of(8)
results = {m.name: check(task.id, m.function).mistake for m in task.mistakes}
print(json.dumps([check(task.id, task.function).status, results]))
"""


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    """One who has followed all three sequences, in their order."""
    someone = Newcomer(tmp_path_factory.mktemp("newcomer"))
    for section in ("Add a chapter", "Add an exercise", "Add an explorable"):
        someone.follow(section)
    return someone


@pytest.fixture(scope="module")
def visitor(newcomer: Newcomer, browser: Browser) -> Iterator[Visitor]:
    """A visitor of the site that the last command has built."""
    with serving(newcomer.root / "_build" / "html") as address:
        yield Visitor(browser, address)


def test_the_chapter_passes_its_tests(newcomer: Newcomer) -> None:
    passed = "\n".join(newcomer.passed(f'make test ARGS="-k {CHAPTER}"'))
    for part in (f"book/{CHAPTER}.ipynb::Cell 0", "test_book[first_cell_sets_up-", "TestPage"):
        assert part in passed, passed


def test_the_chapter_is_on_the_site(visitor: Visitor) -> None:
    with visitor.open("00_intro") as visit:
        visit.page.get_by_role("link", name="One weight").first.click()
        visit.page.wait_for_url(f"**/{CHAPTER}.html")
        headings = visit.page.locator("article h2").all_inner_texts()
    assert [heading.removesuffix("#").strip() for heading in headings][:2] == [
        "The question",
        "See it move",
    ]


def test_the_exercise_stands_in_the_notebook(newcomer: Newcomer) -> None:
    nb = notebook_file.read(newcomer.root / "book" / f"{CHAPTER}.ipynb")
    cells = {
        cell.metadata.course.piece: cell
        for cell in nb.cells
        if cell.metadata.get("course", {}).get("exercise") == "8.1"
    }
    assert list(cells) == ["prompt", "stub", "check", "hints", "solution"]
    assert cells["prompt"].source.startswith("### Exercise 8.1 – From losses to the loss")
    assert "def mean_loss(losses):" in cells["stub"].source
    assert cells["check"].execution_count and cells["check"].outputs


def test_the_checker_knows_the_exercise(newcomer: Newcomer) -> None:
    passed = "\n".join(newcomer.passed('make test ARGS="tests/test_exercises.py -k 8.1"'))
    assert "test_solution_is_right[8.1]" in passed and "[8.1-summed]" in passed
    python = newcomer.root.parent / "env" / Path(sys.executable).relative_to(sys.prefix)
    answer = subprocess.run([python, "-c", CHECKER], capture_output=True, text=True, check=True)
    status, results = json.loads(answer.stdout)
    assert status == "right"
    assert results == {name: name for name in ("summed", "N - 1", "halved", "median")}


def test_the_explorable_passes_its_tests_alone_and_live(newcomer: Newcomer) -> None:
    passed = "\n".join(newcomer.passed('make test ARGS="-k slope"'))
    for part in (
        "test_explorables.py::test_every_control_does_something_by_keyboard[slope]",
        "test_explorables.py::test_it_is_accessible_and_fits[slope-390-dark]",
        "test_explorables_live.py::test_a_control_moves_python_and_python_moves_it_back[slope]",
    ):
        assert part in passed, passed


def test_the_explorable_runs_on_the_site(visitor: Visitor) -> None:
    with visitor.open(CHAPTER) as visit:
        el = visit.page.locator("[data-explorable=slope]")
        visit.page.locator(".explorable-place").scroll_into_view_if_needed()
        expect(el.locator(".status")).to_have_text(
            "The gradient is −4: the loss falls to the right."
        )
        el.locator("input[type=range]").press("ArrowRight")
        expect(el.locator(".status")).to_have_text(
            "The gradient is −3.8: the loss falls to the right."
        )
        el.get_by_role("button", name="One step downhill").click()
        expect(el.locator(".stage")).to_contain_text("L = (1.48 − 3)²")
        assert visit.errors == visit.failed == visit.other_hosts == []


# --- make new -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Wanted: new chapter NN_topic"),
        (["chapter"], "Wanted: new chapter"),
        (["page", "x"], "Wanted: new chapter"),
        (["chapter", "momentum"], "'momentum' is no name of a chapter"),
        (["chapter", "07_again"], "book/07_one.ipynb has that number already"),
        (["chapter", "01_first"], "no chapter after which"),
        (["exercise", "7"], "7.2"),
        (["exercise", "7.99"], "7.99"),
        (["exercise", "6.1"], "no notebook for chapter 6"),
        (["exercise", "7.1"], "no heading `## Exercises`"),
    ],
)
def test_what_cannot_be_begun_is_refused(tmp_path: Path, arguments: list[str], says: str) -> None:
    (tmp_path / "book").mkdir()
    toc = "root: 00_intro\nchapters:\n- file: 05_a\n"
    (tmp_path / "_toc.yml").write_text(toc)
    new(["chapter", "07_one"], tmp_path)
    path = tmp_path / "book" / "07_one.ipynb"
    path.write_text(path.read_text().replace("## Exercises", "## Tasks"))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=says.replace("(", r"\(")):
        new(arguments, tmp_path)
    assert path.read_bytes() == before
    assert (tmp_path / "_toc.yml").read_text() == toc + "- file: 07_one\n"


def test_an_exercise_follows_the_one_before_it_and_comes_once(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "_toc.yml").write_text("chapters:\n- file: 05_a\n")
    new(["chapter", "07_one"], tmp_path)
    for number in ("7.1", "7.2"):
        path = new(["exercise", number], tmp_path)
    cells = [cell.metadata.get("course", {}) for cell in notebook_file.read(path).cells]
    assert [cell["exercise"] for cell in cells if "exercise" in cell] == ["7.1"] * 5 + ["7.2"] * 5
    with pytest.raises(ValueError, match=r"has exercise 7\.1 already"):
        new(["exercise", "7.1"], tmp_path)


def test_a_chapter_gets_its_place_by_number() -> None:
    toc = "chapters:\n  - file: 01_a\n  - file: 03_c\n  - file: notation\n"
    assert with_chapter(toc, "02_b") == toc.replace("01_a\n", "01_a\n  - file: 02_b\n")
    assert with_chapter(toc, "04_d") == toc.replace("03_c\n", "03_c\n  - file: 04_d\n")
