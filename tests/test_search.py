"""The search finds each formula of the cheat sheet by its name, with text that can be read."""

import re
from pathlib import Path

import pytest

from tests.test_cheat_sheet import ENTRIES, Entry
from tests.visits import Visitor

# What a learner may type instead of a formula's full name, and the entry that is meant.
OTHER_WORDS = {
    "log sum exp": "Log-sum-exp",
    "Novikoff": "Novikoff bound",
    "gradient of softmax": "Softmax gradient p − y",
    "recursion backpropagation": "Backpropagation recursion",
    "glorot": "Glorot initialisation",
    "learning rate": "Learning rate limit",
}
QUERIES = {entry.name: entry.name for entry in ENTRIES} | OTHER_WORDS
Results = list[tuple[str, str]]
# What the page shows for a query, without fetching the text of each result.
SEARCH = """(queries) => queries.map((query) =>
    Search._performSearch(...Search._parseQuery(query)).reverse().slice(0, 3)
        .map(([page, title, anchor]) => [title, `${page}.html${anchor}`]))"""


@pytest.fixture(scope="module")
def results(visitor: Visitor) -> dict[str, Results]:
    """Title and address of the first three results for each query."""
    with visitor.open("search") as visit:
        found = visit.page.evaluate(SEARCH, list(QUERIES))
        assert visit.errors == []
    return dict(zip(QUERIES, found, strict=True))


def test_the_page_shows_these_results_in_this_order(
    visitor: Visitor, results: dict[str, Results]
) -> None:
    with visitor.open("search") as visit:
        field = visit.page.locator("form.search-page input")
        field.fill("gradient of softmax")
        field.press("Enter")
        visit.page.locator(".search-summary", has_text="Places found: ").wait_for()
        shown = visit.page.locator("#search-results li > a").evaluate_all(
            "(links) => links.slice(0, 3).map((a) => [a.textContent, a.getAttribute('href')])"
        )
        assert shown == results["gradient of softmax"]
        said = visit.page.locator("#search-results").inner_text()
        assert re.match(r"Results\s+Places found: \d+\.", said)
        visit.page.locator("#search-results li > a").first.click()
        visit.page.wait_for_url("**/cheat_sheet.html*#softmax-gradient-p-y")


@pytest.mark.parametrize("query", QUERIES)
def test_a_formula_is_found_by_its_name(results: dict[str, Results], query: str) -> None:
    titles = [title for title, _ in results[query]]
    assert f"Cheat sheet > {QUERIES[query]}" in titles


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_section_that_derives_it_is_found_too(
    results: dict[str, Results], entry: Entry
) -> None:
    page = re.search(r"\]\((\w+)\.(?:ipynb|md)#", entry.text)
    assert page
    assert any(link.startswith(f"{page[1]}.html#") for _, link in results[entry.name])


def test_what_is_found_can_be_read(visitor: Visitor) -> None:
    with visitor.open("search") as visit:
        visit.page.goto(f"{visitor.address}/search.html?q=momentum")
        visit.page.locator(".search-summary", has_text="Places found: ").wait_for()
        shown = visit.page.locator("#search-results li")
        for number in range(3):
            shown.nth(number).locator(".context").wait_for()
            text = shown.nth(number).locator(".context").inner_text()
            assert "\\" not in text and len(text) > 60  # no LaTeX, and more than the name


def test_the_search_page_holds_no_code(site: Path) -> None:
    page = (site / "search.html").read_text(encoding="utf-8")
    body = page.split("<main", 1)[1]
    assert "<script" not in body
    own = re.search(r'src="(_static/search\.js\?v=\w+)"', page)
    tools = page.index("_static/searchtools.js")
    assert own and page.index(own[1]) > tools
