"""The teachers' pages: complete, true to the registry, and out of the learners' way."""

import html
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from course_utils.exercises import Case, check, exercise, exercises_of
from course_utils.exercises import registry as registry_module
from course_utils.exercises.registry import Exercise, chapters
from tests.small_book import SmallBook
from tests.test_site import PAGES, parsed
from tests.visits import Visitor
from tools.site import ROOT
from tools.sphinx_ext import maths, teachers

EXERCISES = [found for number in chapters() for found in exercises_of(number)]


def text_of(page: str) -> str:
    """A page without its tags."""
    return html.unescape(re.sub(r"<[^>]+>", "", page))


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_every_exercise_is_on_its_page(site: Path, exercise: Exercise) -> None:
    chapter, _, number = exercise.id.partition(".")
    page = (site / "teachers" / f"chapter_{chapter}.html").read_text(encoding="utf-8")
    (section,) = re.findall(
        rf'<section id="exercise-{chapter}-{number}">.*?</section>', page, re.DOTALL
    )
    text = text_of(section)
    assert exercise.title in text
    assert exercise.stub in text
    assert exercise.solution in text
    assert section.count("<li>") >= len(exercise.hints)
    for mistake in exercise.mistakes:
        said = check(exercise.id, mistake.function, rng=np.random.default_rng(teachers.SEED))
        assert mistake.source in text
        assert repr(said) in text, "the checker says something else"
    assert f".html#exercise-{chapter}-{number}-" in section, "no link to the chapter's exercise"


@pytest.mark.parametrize("number", chapters())
def test_a_page_names_its_chapter(site: Path, number: int) -> None:
    (chapter,) = [name for name in PAGES if name.startswith(f"{number:02d}_")]
    (title,) = re.findall(r"<title>(.*?) – ", (site / f"{chapter}.html").read_text("utf-8"))
    page = (site / "teachers" / f"chapter_{number}.html").read_text(encoding="utf-8")
    assert f"The exercises of <em>{title}</em> with their solutions." in page


@pytest.mark.parametrize("name", PAGES)
def test_learners_pages_do_not_lead_there(site: Path, name: str) -> None:
    links = [link for link in parsed(site / f"{name}.html").links if "teachers/" in link]
    assert links == (["teachers/index.html"] if name == "using_this_course" else [])


def test_the_search_index_and_the_navigation_leave_them_out(site: Path) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert "teachers" not in re.findall(r'"docnames": ?\[.*?\]|"filenames": ?\[.*?\]', index)[0]
    assert "teachers/" not in index
    for path in (site / "teachers").glob("*.html"):
        nav = re.search(r'<nav class="course-nav".*?</nav>', path.read_text("utf-8"), re.DOTALL)
        assert nav and "chapter_" not in nav[0] and "For teachers" not in nav[0], path.name


def test_search_engines_are_asked_to_leave_them_out(site: Path) -> None:
    for path in (site / "teachers").glob("*.html"):
        assert '<meta name="robots" content="noindex">' in path.read_text("utf-8"), path.name
    for name in PAGES:
        assert "noindex" not in (site / f"{name}.html").read_text("utf-8"), name


def test_a_search_for_a_teachers_page_finds_none(visitor: Visitor) -> None:
    with visitor.open("search") as visit:
        visit.page.goto(f"{visitor.address}/search.html?q=what learners start from")
        visit.page.locator(".search-summary", has_text="found").wait_for()
        links = visit.page.locator("#search-results li > a").evaluate_all(
            "(links) => links.map((link) => link.getAttribute('href'))"
        )
        assert not any("teachers" in link for link in links)


def test_a_book_of_one_chapter_has_its_page_and_a_changed_exercise_changes_it(
    tmp_path: Path,
) -> None:
    book = SmallBook(tmp_path)
    book.write_notebook("# Start\n\nText.", "from course_utils.exercises import hint\nhint('6.1')")
    toc = tmp_path / "_toc.yml"
    toc.write_text("format: jb-book\nroot: 00_start\nchapters:\n- file: 06_steps\n")
    (tmp_path / "book" / "06_steps.md").write_text("# Going down\n", encoding="utf-8")
    assert book.build().returncode == 0
    assert "The exercises of <em>Going down</em>" in book.html("teachers/chapter_6")
    assert set(re.findall(r'href="(chapter_\d+)', book.html("teachers/index"))) == {"chapter_6"}
    made = (tmp_path / "_build" / "html" / "teachers").glob("chapter_*.html")
    assert [path.stem for path in made] == ["chapter_6"]

    chapter = tmp_path / "src" / "course_utils" / "exercises" / "chapter_6.py"
    text = chapter.read_text(encoding="utf-8")
    chapter.write_text(text.replace("The step goes uphill.", "It climbs."), encoding="utf-8")
    changed = book.build()
    assert changed.returncode == 0, changed.stderr
    assert "It climbs." in book.html("teachers/chapter_6")
    assert "The step goes uphill" not in book.html("teachers/chapter_6")


# ---- parts of the module


def draw(rng: np.random.Generator) -> list[Case]:
    labelled = [(1, "one sample"), (3, "a batch"), (4, "a batch")]
    return [Case(rng.normal(size=N), label=label) for N, label in labelled]


@pytest.fixture
def toy() -> Iterator[Exercise]:
    @exercise("99.1", "A toy", prompt="The mean $x < y$.", hints=["`x`."], cases=draw)
    def mean(v):  # type: ignore[no-untyped-def]
        """Return the mean."""
        return v.mean()

    @mean.mistake("sum", "You summed.")
    def _(v):  # type: ignore[no-untyped-def]
        print("a trace")
        return v.sum()

    yield mean
    registry_module._exercises.pop("99.1")


def test_a_marking_says_where_a_mistake_hides(
    toy: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    made = teachers.marking(toy)
    assert made.cases == ["one sample: 1", "a batch: 2"]
    (mistake,) = made.mistakes
    assert mistake.hides_in == ["one sample"]
    assert "Right for one sample, wrong for a batch. You summed." in " ".join(mistake.says.split())
    assert "def draw(" in text_of(made.draw)
    assert "<math" in made.prompt
    assert capsys.readouterr().out == "", "what a mistake prints is no business of the build"


def test_a_formula_that_cannot_be_read_stops_the_build() -> None:
    with pytest.raises(maths.FormulaError, match="nosuchcommand"):
        teachers.markdown(r"A formula: $\nosuchcommand{x}$.")


def test_the_process_that_draws_formulas_ends_with_its_parent() -> None:
    code = "from tools.sphinx_ext import maths; print(maths.render('x', False))"
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert "<math" in done.stdout
    assert "subprocess" not in done.stderr, done.stderr
