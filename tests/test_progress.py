"""The reader's progress: what chapters offer to mark, and where and how marks are kept."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from docutils.core import publish_doctree
from myst_parser.parsers.docutils_ import Parser
from playwright.sync_api import Page, expect

from tests.test_site import PAGES, parsed
from tests.visits import Visit, Visitor
from tools.site import ROOT, serving
from tools.sphinx_ext import assets, progress

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [
    chapter["file"]
    for part in TOC["parts"]
    for chapter in part["chapters"]
    if part["caption"] == progress.CAPTION
]
CHAPTER = "02_perceptron"
QUESTIONS = 5
STORED = "JSON.parse(localStorage.getItem(courseProgress.KEY))"
DATE = "2026-08-20T10:00:00.000Z"
PHONE = {"width": 390, "height": 844}


def outlines(page: Path) -> dict[str, tuple[list[str], int]]:
    """The sections and the number of questions of each chapter, as a page's navigation says."""
    return {
        attributes["data-chapter"]: (
            attributes["data-sections"].split(),
            int(attributes["data-questions"]),
        )
        for tag, attributes in parsed(page).tags
        if tag == "a" and "data-chapter" in attributes
    }


def done(page: Page, number: int) -> Any:
    """The button of a section, counted from 0."""
    return page.get_by_role("button", name="Section done").nth(number)


def answers(page: Page, question: int, right: bool) -> Any:
    """The answers to a question that are right or wrong, to be clicked."""
    which = "[data-right]" if right else ":not([data-right])"
    return page.locator(f'details[data-question="{question}"]{which} > summary')


def so_far(page: Page, chapter: str = CHAPTER) -> str:
    """What the navigation says of a chapter."""
    return page.locator(f'.course-nav [data-chapter="{chapter}"] .so-far').inner_text()


def file_of(**changes: Any) -> dict[str, Any]:
    """A file as "Export" writes it: one section and one answer of CHAPTER."""
    answer = {"answer": 2, "right": True, "date": DATE}
    return {
        "format": "course-progress",
        "version": 1,
        "sectionsDone": {f"{CHAPTER}#the-question": DATE},
        "firstAnswers": {f"{CHAPTER}#question-1": answer},
    } | changes


def import_text(page: Page, text: str, name: str = "mine.json") -> None:
    """Choose a file with this text on the progress page, and wait for what it says."""
    said = page.locator("#progress-overview .said")
    said.evaluate("(line) => (line.textContent = '')")
    payload = {"name": name, "mimeType": "application/json", "buffer": text.encode()}
    page.locator("#progress-overview input").set_input_files(payload)
    expect(said).not_to_be_empty()


def assert_well(visit: Visit) -> None:
    """Nothing went wrong behind the page; what was still loading when it was left doesn't count."""
    failed = [failure for failure in visit.failed if not failure.startswith("net::ERR_ABORTED")]
    assert visit.errors == failed == visit.other_hosts == []


@pytest.fixture
def chapter(visitor: Visitor) -> Iterator[Visit]:
    """CHAPTER, opened by a new reader; nothing may go wrong in the console."""
    with visitor.open(CHAPTER) as visit:
        yield visit
        assert_well(visit)


@pytest.fixture
def overview(visitor: Visitor) -> Iterator[Visit]:
    """The page "Your progress", opened by a new reader."""
    with visitor.open(progress.PAGE) as visit:
        yield visit
        assert_well(visit)


# --- what the build writes ------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_has_sections_and_five_questions_with_one_right_answer_each(
    site: Path, name: str
) -> None:
    tags = parsed(site / f"{name}.html").tags
    sections, questions = outlines(site / f"{name}.html")[name]
    headings = [
        attributes["id"]
        for (tag, attributes), (following, _) in zip(tags, tags[1:], strict=False)
        if tag == "section" and following == "h2"
    ]
    assert sections == headings and len(sections) > 3
    assert questions == QUESTIONS
    found = [a for tag, a in tags if tag == "details" and "data-question" in a]
    right = [a["data-question"] for a in found if "data-right" in a]
    assert right == [str(number) for number in range(1, QUESTIONS + 1)]
    for number in right:
        numbers = [a["data-answer"] for a in found if a["data-question"] == number]
        assert numbers == [str(n) for n in range(1, len(numbers) + 1)] and len(numbers) > 1


@pytest.mark.parametrize("name", [*PAGES, "search"])
def test_every_page_knows_all_chapters_and_no_other_page_counts(site: Path, name: str) -> None:
    known = outlines(site / f"{name}.html")
    assert known == outlines(site / f"{CHAPTERS[0]}.html")
    assert list(known) == CHAPTERS
    (article,) = [a for tag, a in parsed(site / f"{name}.html").tags if tag == "article"]
    assert article.get("data-chapter") == (name if name in CHAPTERS else None)


def doctree(text: str) -> Any:
    settings = {"myst_enable_extensions": ["dollarmath"], "report_level": 5}
    return publish_doctree(f"# T\n\nText.\n\n{text}", parser=Parser(), settings_overrides=settings)


def self_test(*comments: str) -> str:
    """A self-test with one question whose answers have these comments."""
    folds = [f"<details><summary>An answer</summary>\n\n{c}\n\n</details>" for c in comments]
    return "## Test yourself\n\nChoose.\n\n**1. Why?**\n\n" + "\n".join(folds)


@pytest.mark.parametrize("verdict", ["Right. So it is.", "Right, by (4.8).", "Right: 20."])
def test_a_right_answer_is_known_by_its_first_word(verdict: str) -> None:
    tree = doctree(self_test("No.", verdict, "Right in the equation $W$, but not in the code."))
    verdicts = progress.mark_answers(tree)
    assert verdicts == [[False, True, False]]
    assert progress.problems(verdicts) == []
    marks = [line for line in tree.astext().splitlines() if "<details" in line]
    assert ['data-question="1" data-answer="2" data-right>' in mark for mark in marks] == [
        *(False, True, False)
    ]


def test_a_question_without_one_right_answer_is_a_problem() -> None:
    for comments in (("No.", "Not quite."), ("Right.", "Right, too.")):
        (problem,) = progress.problems(progress.mark_answers(doctree(self_test(*comments))))
        assert f"Question 1 of the self-test has {comments[0] != 'No.' and 2 or 0} right" in problem


def test_a_page_without_a_self_test_has_no_question() -> None:
    assert progress.mark_answers(doctree("## Other\n\n<details>\n\nRight.\n\n</details>")) == []


def test_the_script_of_every_page_goes_without_comments() -> None:
    code = 'const a = "https://x.y"; // why\n  f(a /* what */);\n'
    assert assets.without_comments(f"// One.\n{code}  // Two.\n  /** Three. */\n") == code
    assert not any(line.strip().startswith("//") for line in assets.script().splitlines())


# --- sections -------------------------------------------------------------------------------------


def test_a_section_is_marked_shown_and_remembered(visitor: Visitor, chapter: Visit) -> None:
    page = chapter.page
    sections = page.locator(".section-foot").count()
    assert so_far(page) == f"0/{sections}"
    assert done(page, 1).get_attribute("aria-pressed") == "false"
    done(page, 1).click()
    assert done(page, 1).get_attribute("aria-pressed") == "true"
    ticked = page.locator(".page-contents a", has=page.locator(".tick"))
    assert ticked.all_text_contents() == ["See it move (done)"]
    assert so_far(page) == f"1/{sections}"
    link = page.locator(f'.course-nav [data-chapter="{CHAPTER}"]')
    expect(link).to_have_accessible_name(f"The perceptron , 1 of {sections} sections done")

    page.goto(f"{visitor.address}/notation.html")
    assert so_far(page) == f"1/{sections}"
    assert page.locator(".section-foot").count() == 0
    page.goto(f"{visitor.address}/{CHAPTER}.html")
    done(page, 1).click()
    assert done(page, 1).get_attribute("aria-pressed") == "false"
    assert ticked.count() == 0 and so_far(page) == f"0/{sections}"


def test_a_button_names_its_section_once(visitor: Visitor) -> None:
    with visitor.open("06_stochastic_gradient_descent") as visit:
        name = "Section done : How large may the learning rate be?"
        expect(done(visit.page, 5)).to_have_accessible_name(name)
        formula = done(visit.page, 3).text_content()
        assert "eta" not in formula and formula.count("λ") == 1


def test_keyboard_alone_marks_a_section_and_chooses_an_answer(chapter: Visit) -> None:
    page = chapter.page
    page.locator("#main-content").evaluate("(main) => { main.tabIndex = -1; main.focus(); }")
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "done":
            break
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.ariaPressed") == "true"
    answers(page, 1, right=True).press("Enter")
    expect(page.locator(".self-test")).to_contain_text("1 of 5 right")


def test_nothing_moves_when_the_buttons_come(visitor: Visitor) -> None:
    """The place of a section's button is kept: the script that adds it moves and covers nothing."""
    tops = "[...document.querySelectorAll('article h2')].map((h) => h.getBoundingClientRect().top)"
    overlaps = """[...document.querySelectorAll(".section-foot")].filter((foot) =>
        foot.previousElementSibling.getBoundingClientRect().bottom
            > foot.getBoundingClientRect().top).length"""
    with visitor.open(CHAPTER) as visit:
        visit.lay_out()
        assert visit.page.evaluate(overlaps) == 0
        with_buttons = visit.page.evaluate(tops)
        visit.page.evaluate("document.querySelectorAll('.section-foot').forEach((f) => f.remove())")
        assert visit.page.evaluate(tops) == with_buttons


# --- self-tests -----------------------------------------------------------------------------------


def test_the_first_answer_that_is_opened_counts(chapter: Visit) -> None:
    page = chapter.page
    line = page.locator(".self-test")
    line.scroll_into_view_if_needed()
    expect(line).to_contain_text("The first answer that you open")
    answers(page, 1, right=False).first.click()
    answers(page, 1, right=True).click()
    expect(line).to_contain_text("0 of 5 right at first choice, 4 to go.")
    for question in (2, 3, 4):
        answers(page, question, right=True).click()
    answers(page, 5, right=False).last.click()
    expect(line).to_contain_text("3 of 5 right at first choice.")
    assert page.locator(".choice").count() == 5
    page.reload()
    expect(line).to_contain_text("3 of 5 right at first choice.")
    assert page.locator(".choice").count() == 5


def test_try_again_forgets_this_self_test_and_nothing_else(chapter: Visit) -> None:
    page = chapter.page
    other = {"01_softmax_regression#question-1": {"answer": 1, "right": False, "date": DATE}}
    page.evaluate("(it) => courseProgress.write(it)", file_of(firstAnswers=other))
    answers(page, 2, right=True).click()
    page.get_by_role("button", name="Try again").click()
    assert page.locator("[data-question][open], .choice").count() == 0
    assert page.evaluate(f"{STORED}.firstAnswers") == other
    assert so_far(page).startswith("1/")
    assert page.evaluate("document.activeElement.parentElement.dataset.question") == "1"
    assert not page.get_by_role("button", name="Try again").is_visible()


def test_what_printing_opens_is_no_choice(chapter: Visit) -> None:
    page = chapter.page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("[data-question]:not([open])").count() == 0
    assert page.locator(".choice").count() == 0
    for added in page.locator(".section-foot, .self-test").all():
        assert not added.is_visible()
    assert page.locator("#test-yourself").evaluate("(s) => getComputedStyle(s).paddingBottom") == (
        "0px"
    )


# --- without JavaScript, without storage ----------------------------------------------------------


def test_without_javascript_the_chapter_reads_as_before(visitor: Visitor) -> None:
    with visitor.open(CHAPTER, java_script_enabled=False) as visit:
        page = visit.page
        answers(page, 1, right=True).click()
        assert page.locator("[data-question][open] > p").first.inner_text().startswith("Right")
        assert page.locator(".section-foot, .self-test, .so-far").count() == 0
        page.goto(f"{visitor.address}/{progress.PAGE}.html")
        assert "needs JavaScript" in page.locator("noscript p").inner_text()
        assert not page.locator("#progress-overview").is_visible()


NO_STORAGE = """Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("Storage is switched off", "SecurityError"); },
});"""
FULL_STORAGE = """Storage.prototype.setItem = () => {
    throw new DOMException("Storage is full", "QuotaExceededError");
};"""


@pytest.mark.parametrize("fault", [NO_STORAGE, FULL_STORAGE], ids=["off", "full"])
def test_without_storage_marks_last_as_long_as_the_page_and_the_page_says_so(
    visitor: Visitor, overview: Visit, fault: str
) -> None:
    page = overview.page
    assert not page.locator("#progress-overview > .unkept").is_visible()
    page.context.add_init_script(fault)
    page.reload()
    assert "stores nothing" not in page.locator("main").inner_text()
    assert page.locator("#progress-overview > .unkept").is_visible()
    page.goto(f"{visitor.address}/{CHAPTER}.html")
    done(page, 0).click()
    assert so_far(page).startswith("1/")
    assert "won't last" in page.locator(".section-foot").first.inner_text()
    answers(page, 1, right=True).click()
    expect(page.locator(".self-test")).to_contain_text("1 of 5 right")
    assert "won't last" in page.locator(".self-test").inner_text()
    assert page.locator(".unkept").count() == 1


@pytest.mark.parametrize("stored", ["no JSON {", "null", "[]", '{"format": "other"}'])
def test_what_is_stored_by_others_breaks_nothing(chapter: Visit, stored: str) -> None:
    page = chapter.page
    page.evaluate("(text) => localStorage.setItem(courseProgress.KEY, text)", stored)
    page.reload()
    assert so_far(page).startswith("0/")
    done(page, 0).click()
    assert so_far(page).startswith("1/")


# --- the page "Your progress" ---------------------------------------------------------------------


def test_the_page_says_how_far_each_chapter_is(overview: Visit, site: Path) -> None:
    page = overview.page
    items = page.locator(".chapters > li")
    assert items.count() == len(CHAPTERS)
    import_text(page, json.dumps(file_of()))
    item = items.nth(CHAPTERS.index(CHAPTER))
    sections, _ = outlines(site / f"{CHAPTER}.html")[CHAPTER]
    expect(item).to_contain_text(f"1 of {len(sections)} sections done")
    expect(item).to_contain_text("Self-test: 1 of 5 right at first choice, 4 to go")
    assert item.locator("progress").evaluate("(bar) => [bar.value, bar.max]") == [1, len(sections)]
    go_on = item.get_by_role("link", name="Go on")
    assert go_on.get_attribute("href").endswith(f"/{CHAPTER}.html#{sections[1]}")
    expect(page.locator(".total")).to_contain_text("1 right at first choice")

    everything = {f"{CHAPTER}#{section}": DATE for section in sections}
    import_text(page, json.dumps(file_of(sectionsDone=everything)))
    expect(item).to_contain_text("✓ All done")


def test_export_reset_and_import_elsewhere(visitor: Visitor, chapter: Visit) -> None:
    page = chapter.page
    done(page, 0).click()
    answers(page, 3, right=True).click()
    expect(page.locator(".self-test")).to_contain_text("of 5 right")
    stored = page.evaluate(STORED)
    page.goto(f"{visitor.address}/{progress.PAGE}.html")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename.startswith("progress-20")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    file = json.loads(text)
    assert stored.items() <= file.items()
    assert file["exported"].endswith("Z") and file["course"] == "Multilayer perceptrons"
    assert [line.split(":")[0] for line in file["summary"]][1] == "The perceptron"

    page.get_by_role("button", name="Reset", exact=True).click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("1 section marked as done and 1 answer in self-tests")
    question.get_by_role("button", name="Keep all").click()
    assert page.evaluate(STORED) == stored
    page.get_by_role("button", name="Reset", exact=True).click()
    question.get_by_role("button", name="Reset").click()
    expect(page.locator(".said")).to_contain_text("Forgotten: 1 section")
    assert so_far(page).startswith("0/")
    assert page.evaluate(f"[{STORED}.sectionsDone, {STORED}.firstAnswers]") == [{}, {}]

    with visitor.open(progress.PAGE) as elsewhere:
        import_text(elsewhere.page, text)
        said = elsewhere.page.locator(".said").inner_text()
        assert "1 section marked as done and 1 answer" in said
        assert elsewhere.page.evaluate(STORED) == stored
        assert so_far(elsewhere.page).startswith("1/")


def test_a_reset_can_be_undone_and_loses_nothing_marked_since(overview: Visit) -> None:
    page = overview.page
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page.locator(".said")).to_have_text("There is nothing to reset.")
    import_text(page, json.dumps(file_of()))
    page.get_by_role("button", name="Reset", exact=True).press("Enter")
    assert page.evaluate("document.activeElement.value") == "keep"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    undo = page.get_by_role("button", name="Undo the reset")
    expect(undo).to_be_focused()
    since = {f"{CHAPTER}#summary": DATE}
    page.evaluate("(it) => courseProgress.write(it)", file_of(sectionsDone=since))
    page.keyboard.press("Enter")
    assert not undo.is_visible()
    assert page.evaluate(f"{STORED}.sectionsDone") == file_of()["sectionsDone"] | since
    expect(page.get_by_role("button", name="Reset", exact=True)).to_be_focused()


def test_escape_leaves_everything_as_it_is(overview: Visit) -> None:
    page = overview.page
    import_text(page, json.dumps(file_of()))
    page.get_by_role("button", name="Reset", exact=True).click()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()
    assert so_far(page).startswith("1/")


def test_an_import_adds_and_changes_nothing_that_is_here(overview: Visit) -> None:
    page = overview.page
    import_text(page, json.dumps(file_of()))
    old = {f"{CHAPTER}#the-question": "2020-01-01T00:00:00.000Z", f"{CHAPTER}#summary": DATE}
    wrong = {f"{CHAPTER}#question-1": {"answer": 1, "right": False, "date": DATE}}
    import_text(page, json.dumps(file_of(sectionsDone=old, firstAnswers=wrong)))
    assert "1 section marked as done and 0 answers" in page.locator(".said").inner_text()
    stored = page.evaluate(STORED)
    assert stored["sectionsDone"] == old | file_of()["sectionsDone"]
    assert stored["firstAnswers"] == file_of()["firstAnswers"]


def test_what_the_course_no_longer_has_is_kept_and_not_counted(overview: Visit) -> None:
    page = overview.page
    unknown = {f"{CHAPTER}#renamed": DATE, "99_gone#summary": DATE}
    answer = {f"{CHAPTER}#question-9": {"answer": 1, "right": True, "date": DATE}}
    import_text(page, json.dumps(file_of(sectionsDone=unknown, firstAnswers=answer)))
    assert so_far(page).startswith("0/")
    expect(page.locator(".total")).to_contain_text("answered 0 of")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    file = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert file["sectionsDone"] == unknown and file["firstAnswers"] == answer


HTML = "<img src=x onerror=window.broken=1>"
BAD = {
    "text": ("{no", "it is not JSON: it begins with", "Wanted is a file"),
    "nothing": ("null", "is nothing", "wanted is"),
    "list": ("[1]", "is nothing", "wanted is"),
    "other": ('{"format": "x"}', '"format" is "x"', 'wanted is "course-progress"'),
    "newer": (json.dumps(file_of(version=2)), '"version" is 2', "wanted is 1"),
    "part": (json.dumps(file_of(sectionsDone=[])), '"sectionsDone" is []', "wanted is an object"),
    "date": (json.dumps(file_of(sectionsDone={"a#b": HTML})), HTML, "wanted is a date"),
    "no date": (json.dumps(file_of(sectionsDone={"a#b": "2026-13-45T1Z"})), "13-45", "a date"),
    "answer": (json.dumps(file_of(firstAnswers={"a#b": DATE})), "2026", "wanted is an answer"),
    "choice": (
        json.dumps(file_of(firstAnswers={"a#b": {"answer": "2", "right": True, "date": DATE}})),
        '"answer":"2"',
        "wanted is an answer",
    ),
    "name": (json.dumps(file_of(sectionsDone={HTML: DATE})), "names", "wanted is a chapter"),
    "large": (" " * 1_000_001, "1000001 bytes", "wanted are at most 1000000"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_with_its_reason(overview: Visit, case: str) -> None:
    text, came, wanted = BAD[case]
    page = overview.page
    import_text(page, json.dumps(file_of()))
    before = page.evaluate(STORED)
    import_text(page, text)
    said = page.locator(".said").inner_text()
    assert "Nothing was imported" in said and came in said and wanted in said
    assert page.evaluate(STORED) == before
    assert page.evaluate("window.broken") is None and page.locator(".said *").count() == 0


def test_a_name_that_is_special_in_javascript_does_no_harm(overview: Visit) -> None:
    text = json.dumps(file_of()).replace(f"{CHAPTER}#the-question", "__proto__")
    import_text(overview.page, text)
    assert "Nothing was imported" in overview.page.locator(".said").inner_text()
    import_text(overview.page, json.dumps(file_of())[:-1] + ', "__proto__": {"harm": 1}}')
    assert overview.page.evaluate("({}).harm") is None
    assert so_far(overview.page).startswith("1/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_with_content_is_accessible(visitor: Visitor, scheme: str, width: int) -> None:
    viewport = {"width": width, "height": 844}
    with visitor.open(progress.PAGE, color_scheme=scheme, viewport=viewport) as visit:
        import_text(visit.page, json.dumps(file_of()))
        assert visit.violations() == [] and visit.overflow() == 0
        visit.page.get_by_role("button", name="Reset", exact=True).click()
        assert visit.violations() == []
        visit.page.get_by_role("dialog").get_by_role("button", name="Reset").click()
        visit.page.evaluate("scrollTo(0, 0)")  # away from below the header, which covers links
        assert visit.violations() == [] and visit.overflow() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chapter_with_marks_is_accessible(visitor: Visitor, scheme: str) -> None:
    with visitor.open(CHAPTER, color_scheme=scheme, viewport=PHONE) as visit:
        page = visit.page
        visit.lay_out()
        for button in page.locator(".done").all():
            box = button.bounding_box()
            assert box and min(box["width"], box["height"]) >= 24
        done(page, 0).click()
        answers(page, 1, right=True).click()
        page.locator(".page-contents summary").click()
        assert visit.violations() == [] and visit.overflow() == 0
        page.locator(".menu").click()
        assert visit.violations() == []


# --- tabs and addresses ---------------------------------------------------------------------------


def test_another_tab_follows(visitor: Visitor, chapter: Visit) -> None:
    other = chapter.page.context.new_page()
    other.goto(f"{visitor.address}/{progress.PAGE}.html")
    done(chapter.page, 0).click()
    mark = f'.course-nav [data-chapter="{CHAPTER}"] .so-far'
    expect(other.locator(mark)).to_contain_text("1/")
    expect(other.locator(".total")).to_contain_text("done 1 of")
    other.evaluate("localStorage.clear()")
    expect(chapter.page.locator(mark)).to_contain_text("0/")
    expect(done(chapter.page, 0)).to_have_attribute("aria-pressed", "false")


def test_two_courses_on_one_host_share_nothing(
    visitor: Visitor, site: Path, tmp_path: Path
) -> None:
    unused = shutil.ignore_patterns("_images", "_sources", "*.ipynb")
    for course in ("a", "b/c"):
        shutil.copytree(site, tmp_path / course, ignore=unused)
    with (
        serving(tmp_path) as address,
        Visitor(visitor.browser, address).open(f"a/{CHAPTER}") as visit,
    ):
        page = visit.page
        done(page, 0).click()
        page.goto(f"{address}/b/c/{CHAPTER}.html")
        assert so_far(page).startswith("0/")
        page.goto(f"{address}/a/{progress.PAGE}.html")
        assert so_far(page).startswith("1/")
        assert page.evaluate("Object.keys(localStorage)") == ["progress:/a/"]
