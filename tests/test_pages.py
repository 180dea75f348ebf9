"""The pages around the chapters say what is so: references, glossary, commands, links."""

import html
import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image
from pybtex.database import Entry, Person, parse_file

from course_utils.network import MLP
from tools.__main__ import COMMANDS

ROOT = Path(__file__).parent.parent
BOOK = ROOT / "book"
LARGEST_PICTURE = 80_000  # bytes
WORKS = parse_file(BOOK / "references.bib").entries
REFERENCES = (BOOK / "references.md").read_text(encoding="utf-8")


def markdown(path: Path) -> str:
    """Return the Markdown of a page; of a notebook, that of its Markdown cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


PAGES = sorted([*BOOK.glob("*.md"), *BOOK.glob("*.ipynb")])
GUIDES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", BOOK / "using_this_course.md"]


# ---- references.bib and references.md


def person(name: Person) -> str:
    """Return a name as it is printed: given names, then family names."""
    return " ".join([*name.first_names, *name.middle_names, *name.last_names])


def entry_text(entry: Entry) -> str:
    """Return the line that references.md must print for an entry of references.bib."""
    names = [person(p) for p in entry.persons["author"]]
    if names[-1] == "others":
        authors = ", ".join(names[:-1]) + " et al."
    else:
        authors = " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
    field = {name.lower(): value for name, value in entry.fields.items()}
    title, place = field["title"], ""
    if entry.type == "book":
        title = f"*{title}*"
        place = ", ".join(filter(None, [edition(field), field["publisher"]]))
    elif "journal" in field or "booktitle" in field:
        in_ = "" if "journal" in field else "In "
        number = f"({field['number']})" if "number" in field else ""
        volume = f" {field['volume']}{number}" if "volume" in field else ""
        pages = f", {field['pages'].replace('--', '–')}" if "pages" in field else ""
        series = f", {field['series']}" if "series" in field else ""
        place = f"{in_}*{field.get('journal') or field['booktitle']}*{series}{volume}{pages}"
    else:
        place = field.get("howpublished", "")
    said = " ".join(f"{part}." for part in [f"{authors} ({field['year']})", title, place] if part)
    return re.sub(r"[{}]", "", said) + "".join(f" {link}" for link in links(field))


def edition(field: dict[str, str]) -> str:
    return f"{field['edition']} edition" if "edition" in field else ""


def links(field: dict[str, str]) -> list[str]:
    """Return the links of an entry: DOI, arXiv, address, as far as it has them."""
    found = []
    if "doi" in field:
        found.append(f"[doi:{field['doi']}](https://doi.org/{quote(field['doi'])})")
    if "eprint" in field:
        found.append(f"[arXiv:{field['eprint']}](https://arxiv.org/abs/{field['eprint']})")
    if "url" in field:
        shown = field["url"].split("://")[1].removesuffix("/")
        found.append(f"[{shown}]({field['url']})")
    return found


def sections(text: str, level: int) -> dict[str, str]:
    """Return the sections of a page under headings of that level: anchor → text below it."""
    parts = re.split(rf"^#{{{level}}} (.+)$", text, flags=re.MULTILINE)[1:]
    return {
        anchor(heading): re.split(rf"^#{{1,{level}}} ", body, flags=re.MULTILINE)[0]
        for heading, body in zip(parts[::2], parts[1::2], strict=True)
    }


def anchor(heading: str) -> str:
    """Return the anchor that both GitHub and MyST make of a heading."""
    return re.sub(r"[^\w\- ]", "", html.unescape(heading).lower()).replace(" ", "-")


ENTRIES = sections(REFERENCES, 3)


def test_references_and_bibliography_hold_the_same_works() -> None:
    assert sorted(ENTRIES) == sorted(WORKS), "headings of references.md, keys of references.bib"
    assert len(ENTRIES) == len(re.findall(r"^### ", REFERENCES, re.MULTILINE)), "a work twice"


@pytest.mark.parametrize("key", list(WORKS))
def test_reference_reads_as_the_bibliography_says(key: str) -> None:
    lines = ENTRIES[key].strip().splitlines()
    wanted = entry_text(WORKS[key])
    assert lines[0] == wanted, f"under the heading {key} references.md must print:\n{wanted}"
    assert len(lines) > 2, f"{key}: a sentence on why to read it is missing"


@pytest.mark.parametrize("key", list(WORKS))
def test_key_is_the_first_author_and_the_year(key: str) -> None:
    first = re.sub(r"\W", "", WORKS[key].persons["author"][0].last_names[-1]).lower()
    year = WORKS[key].fields["year"]
    assert key == (first if first.endswith(year) else first + year)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_citations_lead_to_a_reference(page: Path) -> None:
    for text, key in re.findall(r"\[([^\]]+)\]\(references\.md#([^)]*)\)", markdown(page)):
        assert key in WORKS, f"[{text}] leads to references.md#{key}, which does not exist"
        for year in re.findall(r"\b(?:19|20)\d\d\b", text):
            assert key.endswith(year), f"[{text}] leads to {key}, a work of another year"


# ---- notation.md


def test_names_in_the_notation_exist_on_a_network() -> None:
    net = MLP([2, 3, 1], rng=0)
    names = set(re.findall(r"\bnet\.(\w+)", (BOOK / "notation.md").read_text(encoding="utf-8")))
    assert names >= {"W", "b", "z", "a", "delta"}
    assert [name for name in sorted(names) if not hasattr(net, name)] == []


# ---- glossary.md


def glossary() -> list[tuple[str, str]]:
    """Return the terms of glossary.md in their order, each with its definition."""
    text = (BOOK / "glossary.md").read_text(encoding="utf-8")
    inside = re.search(r"^:{3,}\{glossary\}\n(.*?)^:{3,}$", text, re.MULTILINE | re.DOTALL)
    assert inside, "glossary.md has no glossary"
    return re.findall(r"^(\S.*)\n((?:  .*\n)+)", inside[1], re.MULTILINE)


def test_glossary_is_in_alphabetical_order_without_duplicates() -> None:
    terms = [term.lower() for term, _ in glossary()]
    assert terms == sorted(set(terms))


@pytest.mark.parametrize(("term", "definition"), glossary(), ids=[t for t, _ in glossary()])
def test_glossary_names_the_chapter_of_a_term(term: str, definition: str) -> None:
    assert re.search(r"\(Chapters? \d+(?:[,–] ?\d+| and \d+)*\)\s*$", definition)


# ---- what the guides say is there


BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")


def code_of(path: Path) -> list[str]:
    """Return the pieces of code of a page, inline and in blocks."""
    text = path.read_text(encoding="utf-8")
    return [*SPAN.findall(BLOCK.sub("", text)), *BLOCK.findall(text)]


def prose_of(path: Path) -> str:
    """Return a page without its code."""
    return SPAN.sub("", BLOCK.sub("", markdown(path)))


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_commands_in_the_guides_exist(guide: Path) -> None:
    for code in code_of(guide):
        for name in re.findall(r"(?:^|[\s;])make ([a-z][a-z-]*)", code):
            assert name in COMMANDS, f"{guide.name}: there is no `make {name}`"
        for name in re.findall(r"-m tools ([a-z][a-z-]*)", code):
            assert name in COMMANDS, f"{guide.name}: there is no `python -m tools {name}`"


def test_readme_lists_every_command() -> None:
    listed = re.findall(r"^\| `make ([a-z-]+)", GUIDES[0].read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)


def test_readme_shows_a_light_picture_and_says_what_is_on_it() -> None:
    (tag,) = re.findall(r"<img [^>]*>", GUIDES[0].read_text(encoding="utf-8"))
    said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
    path = ROOT / said["src"]
    assert path.stat().st_size <= LARGEST_PICTURE
    with Image.open(path) as picture:
        shape = picture.width / picture.height
    assert abs(int(said["width"]) / int(said["height"]) - shape) < 0.01, "it would be stretched"
    assert 40 <= len(said["alt"].split()) <= 80


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_files_named_in_the_guides_exist(guide: Path) -> None:
    folders = ("book/", "src/", "tools/", "tests/", ".binder/", ".github/", "explorables/")
    for code in code_of(guide):
        # 08_one_weight is the chapter that CONTRIBUTING.md makes.
        if code.startswith(folders) and not re.search(
            r"[\s…{]|_N\b|\bNN_|\b08_one_weight|\bname\.", code
        ):
            places = [ROOT, ROOT / "src/course_utils"]
            assert any(list(place.glob(code.rstrip("/"))) for place in places), (
                f"{guide.name} names {code}, which does not exist"
            )


@pytest.mark.parametrize(
    "page", dict.fromkeys([*GUIDES, ROOT / "CHANGELOG.md", *PAGES]), ids=lambda path: path.name
)
def test_relative_links_lead_somewhere(page: Path) -> None:
    prose = prose_of(page)
    in_markdown = re.findall(r"\]\(([^)\s]+)\)", prose)
    for target in in_markdown + re.findall(r'(?:href|src)="([^"]+)"', prose):
        if re.match(r"[a-z]+:", target) or target.startswith("teachers/"):
            continue  # pages for teachers are made by the build: tests/test_site.py follows these
        file, _, fragment = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        assert path.exists(), f"{page.name} links to {target}, which does not exist"
        if fragment:
            headings = re.findall(r"^#+ (.+)$", markdown(path), re.MULTILINE)
            assert fragment in map(anchor, headings), f"{page.name}: {target} has no such heading"
