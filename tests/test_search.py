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
RESULTS = (
    """(links) => links.slice(0, 3).map((link) => [link.textContent, link.getAttribute("href")])"""
)


def first_results(visitor: Visitor, queries: list[str]) -> dict[str, list[tuple[str, str]]]:
    """Title and address of the first three results for each query, as the page shows them."""
    found = {}
    with visitor.open("search") as visit:
        for query in queries:
            visit.page.goto(f"{visitor.address}/search.html")
            form = visit.page.locator("form.search-page input")
            form.fill(query)
            form.press("Enter")
            visit.page.locator(".search-summary", has_text="match").wait_for()
            found[query] = visit.page.locator("#search-results li > a").evaluate_all(RESULTS)
        assert visit.errors == [] and visit.failed == []
    return {query: [(title, link) for title, link in results] for query, results in found.items()}


@pytest.fixture(scope="module")
def results(visitor: Visitor) -> dict[str, list[tuple[str, str]]]:
    return first_results(visitor, list(QUERIES))


@pytest.mark.parametrize("query", QUERIES)
def test_a_formula_is_found_by_its_name(
    results: dict[str, list[tuple[str, str]]], query: str
) -> None:
    titles = [title for title, _ in results[query]]
    assert f"Cheat sheet > {QUERIES[query]}" in titles


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_section_that_derives_it_is_found_too(
    results: dict[str, list[tuple[str, str]]], entry: Entry
) -> None:
    page = re.search(r"\]\((\w+)\.(?:ipynb|md)#", entry.text)
    assert page
    assert any(link.startswith(f"{page[1]}.html#") for _, link in results[entry.name])


def test_what_is_found_can_be_read(visitor: Visitor) -> None:
    with visitor.open("search") as visit:
        visit.page.goto(f"{visitor.address}/search.html?q=momentum")
        visit.page.locator(".search-summary", has_text="match").wait_for()
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
