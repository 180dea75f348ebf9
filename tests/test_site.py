"""The built site: every page of it, in a browser, and the build itself."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from docutils import nodes
from docutils.utils import new_document
from playwright.sync_api import Browser

from course_utils.exercises.registry import chapters
from tests.small_book import BUILD, SmallBook
from tests.visits import Visit, Visitor
from tools import repository
from tools.site import ROOT, Handler, serving
from tools.sphinx_ext import assets, icons, maths, widgets

MAX_WEIGHT = 200_000
MAX_REQUESTS = 25
on_posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no signal for Ctrl-C")


def toc_pages() -> list[str]:
    """The pages of the table of contents, in reading order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter for part in toc["parts"] for chapter in part["chapters"]]
    return [toc["root"], *(chapter["file"] for chapter in chapters)]


PAGES = toc_pages()
NOTEBOOKS = [name for name in PAGES if (ROOT / "book" / f"{name}.ipynb").exists()]
TEACHERS = [f"teachers/{name}" for name in ("index", *(f"chapter_{n}" for n in chapters()))]
ALL = [*PAGES, "search", *TEACHERS]


# --- every page in a browser ----------------------------------------------------------------------


@dataclass
class Findings:
    """What one visit of a page found out."""

    visit: Visit
    wide_overflow: int
    narrow_overflow: int
    light_violations: list[str]
    dark_violations: list[str]
    places: int
    running: int
    views: int


def look_at(visitor: Visitor, name: str) -> Findings:
    """Open a page as a reader does: wide and light, to its end; then narrow and dark."""
    with visitor.open(name) as visit:
        page = visit.page
        visit.scroll_through()
        views = page.locator(f'script[type="{widgets.VIEW}"]').count()
        if views:
            page.wait_for_function(
                "![...document.querySelectorAll('.explorable-place')]"
                ".some((place) => ['waiting', 'starting'].includes(place.dataset.state))"
            )
        places = page.locator(".explorable-place").count()
        running = page.locator('.explorable-place[data-state="running"] .explorable').count()
        visit.open_folds()
        wide, light = visit.overflow(), visit.violations()
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_timeout(200)  # the widths' observers have had their turn
        narrow, dark = visit.overflow(), visit.violations()
    return Findings(visit, wide, narrow, light, dark, places, running, views)


@pytest.fixture(scope="module")
def findings(visitor: Visitor) -> Callable[[str], Findings]:
    """What a visit of the named page found; each page is visited once."""
    known: dict[str, Findings] = {}

    def get(name: str) -> Findings:
        if name not in known:
            known[name] = look_at(visitor, name)
        return known[name]

    return get


@pytest.mark.parametrize("name", ALL)
class TestPage:
    """What holds for every page."""

    def test_asks_no_other_host(self, findings, name: str) -> None:
        assert findings(name).visit.other_hosts == []

    def test_has_no_error_in_the_console(self, findings, name: str) -> None:
        assert findings(name).visit.errors == []

    def test_gets_everything_it_asks_for(self, findings, name: str) -> None:
        assert findings(name).visit.failed == []

    def test_passes_axe_in_light_colours(self, findings, name: str) -> None:
        assert findings(name).light_violations == []

    def test_passes_axe_narrow_and_in_dark_colours(self, findings, name: str) -> None:
        assert findings(name).dark_violations == []

    def test_does_not_scroll_sideways(self, findings, name: str) -> None:
        found = findings(name)
        assert (found.wide_overflow, found.narrow_overflow) == (0, 0)

    def test_is_light(self, findings, name: str) -> None:
        visit = findings(name).visit
        assert visit.lost == []
        assert visit.weight <= MAX_WEIGHT, sorted(
            ((len(body), url) for url, body in visit.bodies.items()), reverse=True
        )
        assert len(visit.bodies) <= MAX_REQUESTS, sorted(visit.bodies)

    def test_runs_every_explorable(self, findings, name: str) -> None:
        found = findings(name)
        assert found.running == found.places == found.views

    def test_asks_for_no_still(self, findings, name: str) -> None:
        assert not [url for url in findings(name).visit.bodies if "/stills/" in url]

    def test_loads_the_host_only_for_explorables(self, findings, name: str) -> None:
        found = findings(name)
        loaded = any("/explorables/" in url for url in found.visit.bodies)
        assert loaded == bool(found.views)


FAULTY = """() => {
    const article = document.querySelector("article");
    const link = "<a href='#' style='text-decoration: none'>a link</a>";
    const text = `<p><b>Words</b>, and ${link} among them.</p>`;
    article.insertAdjacentHTML("beforeend", text.repeat(9));
    article.lastElementChild.innerHTML += "<b style='opacity: 0.3'>More.</b> <img src='data:,'>";
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_one_fault_among_many_texts_that_look_alike(
    visitor: Visitor, scheme: str
) -> None:
    with visitor.open("glossary", color_scheme=scheme) as visit:
        assert visit.violations() == []
        visit.page.evaluate(FAULTY)
        found = {violation.partition(":")[0] for violation in visit.violations()}
        assert found == {"color-contrast", "image-alt", "link-in-text-block"}


def test_the_sites_style_hides_nothing_of_an_explorable(visitor: Visitor) -> None:
    """Its class names are its own, but the site's style sheet may know one of them, too."""
    with visitor.open("04_forward_propagation") as visit:
        place = visit.page.locator(".explorable-place")
        place.scroll_into_view_if_needed()
        place.get_by_text("all four", exact=True).click()
        hidden = place.evaluate(
            """(place) => [...place.querySelectorAll(".explorable *:not(.unseen, input)")]
                .filter((node) => !node.checkVisibility({ checkOpacity: true }))
                .filter((node) => !node.closest(".later") && node.textContent)
                .map((node) => `${node.className}: ${node.textContent}`)"""
        )
        assert place.locator(".repeated").count() > 3
        assert hidden == []


def test_the_notebooks_have_explorables(site: Path) -> None:
    """Else the checks above would check nothing."""
    for name in NOTEBOOKS:
        types = [attributes.get("type") for _, attributes in parsed(site / f"{name}.html").tags]
        assert widgets.VIEW in types, name


def test_figures_can_be_told_without_seeing(site: Path) -> None:
    for name in NOTEBOOKS:
        for tag, attributes in parsed(site / f"{name}.html").tags:
            if tag == "img":
                alt = attributes.get("alt") or ""
                assert len(alt) > 20 and not alt.startswith("_images"), (name, attributes)


# --- links ----------------------------------------------------------------------------------------


class Parsed(HTMLParser):
    """The tags, ids and links of an HTML file."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    @cached_property
    def ids(self) -> set[str]:
        return {attributes["id"] for _, attributes in self.tags if attributes.get("id")}

    @property
    def links(self) -> list[str]:
        found = [attributes.get(key) for _, attributes in self.tags for key in ("href", "src")]
        return [link for link in found if link]


def parsed(path: Path) -> Parsed:
    return Parsed(path.read_text(encoding="utf-8"))


def broken_links(site: Path) -> list[str]:
    """Every link of the site that leads to no file, or to no place in it.

    Those of 404.html begin at the root of the host, so they hold where the site will stand only.
    """
    pages = {path.relative_to(site).as_posix(): parsed(path) for path in site.rglob("*.html")}
    broken = []
    for name, page in pages.items():
        for link in page.links if name != "404.html" else ():
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = normpath(join(dirname(name), unquote(parts.path))) if parts.path else name
            found = (site / target).is_file()
            if found and parts.fragment:
                found = unquote(parts.fragment) in pages[target].ids
            if not found:
                broken.append(f"{name}: {link}")
    return broken


def test_no_link_inside_the_site_is_broken(site: Path) -> None:
    assert broken_links(site) == []


def test_a_broken_link_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<p id="x"><a href="b.html"><a href="#y"><a href="#x">')
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "c.html").write_text('<a href="../a.html#x"><a href="a.html">')
    assert broken_links(tmp_path) == ["a.html: b.html", "a.html: #y", "deeper/c.html: a.html"]


def test_ids_are_unique(site: Path) -> None:
    for name in ALL:
        ids = [
            attributes["id"]
            for _, attributes in parsed(site / f"{name}.html").tags
            if attributes.get("id")
        ]
        assert len(ids) == len(set(ids)), name


@pytest.mark.parametrize("name", PAGES)
def test_launch_links_follow_the_repository(site: Path, name: str) -> None:
    expected = set()
    home = repository.find(ROOT)
    if home and name in NOTEBOOKS:
        path = f"book/{name}.ipynb"
        expected = {link for link in (home.binder(path), home.colab(path)) if link}
    page = parsed(site / f"{name}.html")
    services = ("mybinder.org", "colab.research.google.com")
    tools = [a for t, a in page.tags if t == "a" and a.get("class") == "tool"]
    links = {a["href"] for a in tools if urlsplit(a["href"]).netloc in services}
    assert links == expected


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_what_it_is(site: Path, name: str) -> None:
    page = parsed(site / f"{name}.html")
    metas = {a["name"]: a.get("content") for t, a in page.tags if t == "meta" and "name" in a}
    assert 40 <= len(metas["description"]) <= 170, metas
    assert sum(tag == "h1" for tag, _ in page.tags) == 1
    assert any(tag == "link" and a.get("rel") == "icon" for tag, a in page.tags)


# --- what a reader does ---------------------------------------------------------------------------


def test_the_colour_switch_works_and_is_remembered(visitor: Visitor) -> None:
    with visitor.open("notation") as visit:
        page = visit.page
        theme = "document.documentElement.dataset.theme"
        background = "getComputedStyle(document.body).backgroundColor"
        assert page.evaluate(theme) == "light"
        light = page.evaluate(background)
        page.locator(".theme-switch").click()
        assert page.evaluate(theme) == "dark"
        assert page.evaluate(background) != light
        page.goto(f"{visitor.address}/glossary.html")
        assert page.evaluate(theme) == "dark"
        page.locator(".theme-switch").click()
        assert page.evaluate(theme) == "light"


def test_without_a_choice_the_colours_follow_the_system(visitor: Visitor) -> None:
    with visitor.open("notation", color_scheme="dark") as visit:
        page = visit.page
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        page.emulate_media(color_scheme="light")
        page.wait_for_function("document.documentElement.dataset.theme === 'light'")


def test_the_search_finds_a_page(visitor: Visitor) -> None:
    with visitor.open("notation") as visit:
        page = visit.page
        page.keyboard.press("Control+k")
        page.keyboard.type("learning rate")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=learning+rate")
        page.locator("#search-results li a").first.wait_for()
        assert page.locator("#search-results li a").count() >= 2
        page.locator("#search-results .context").first.wait_for()
        assert "\\" not in page.locator("#search-results").inner_text()  # no LaTeX
        assert visit.other_hosts == visit.failed == visit.errors == []
        page.locator('#search-results li a[href*="glossary"]').first.click()
        page.wait_for_url("**/glossary.html*")


def test_on_a_phone_the_menu_opens_and_closes_by_keyboard(visitor: Visitor) -> None:
    with visitor.open("notation", viewport={"width": 390, "height": 844}) as visit:
        page = visit.page
        nav = page.locator("#course-nav")
        assert not nav.is_visible()
        page.get_by_role("button", name="Pages of the course").press("Enter")
        assert nav.is_visible()
        assert visit.violations() == []
        page.keyboard.press("Escape")
        assert not nav.is_visible()


def test_on_a_phone_a_figure_stays_legible_and_scrolls_by_keyboard(visitor: Visitor) -> None:
    with visitor.open("01_softmax_regression", viewport={"width": 390, "height": 844}) as visit:
        frame = visit.page.locator(".picture").first
        frame.scroll_into_view_if_needed()
        picture = frame.locator("img").bounding_box()
        assert picture and picture["width"] >= 500
        frame.and_(visit.page.locator("[tabindex='0'][role=group]")).wait_for()
        frame.focus()
        visit.page.keyboard.press("ArrowRight")
        scrolled = """async (box) => {
            const frame = () => new Promise(requestAnimationFrame);
            for (let i = 0; i < 100 && !box.scrollLeft; i++) await frame();
            return box.scrollLeft;
        }"""
        assert frame.evaluate(scrolled) > 0


def test_the_first_tab_stop_leads_to_the_text(visitor: Visitor) -> None:
    with visitor.open("notation") as visit:
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("document.activeElement.textContent") == "Skip to the text"
        visit.page.keyboard.press("Enter")
        assert visit.page.url.endswith("#main-content")


def test_code_can_be_copied(visitor: Visitor) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    with visitor.open("07_worked_example", permissions=permissions) as visit:
        block = visit.page.locator(".cell_input .highlight:visible").first
        code = block.locator("pre").text_content()
        block.hover()
        block.get_by_role("button", name="Copy the code").click()
        assert visit.page.evaluate("navigator.clipboard.readText()") == code


def test_paper_shows_what_is_folded(visitor: Visitor) -> None:
    with visitor.open("07_worked_example") as visit:
        page = visit.page
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("article details:not([open])").count() == 0
        assert not page.locator("#course-nav").is_visible()
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("article details:not([open])").count() > 0


def test_a_page_can_be_read_without_javascript(visitor: Visitor) -> None:
    with visitor.open("07_worked_example", java_script_enabled=False) as visit:
        page = visit.page
        assert page.locator("noscript figure").first.is_visible()
        page.locator("article summary").first.click()
        assert page.locator("article details[open]").count() == 1


def stills_of(visit: Visit) -> list[dict]:
    """The stills that a page shows: their captions, alternative texts, and loaded widths."""
    shown = visit.page.locator("figure.still")
    for number in range(shown.count()):
        shown.nth(number).scroll_into_view_if_needed()
    return [
        figure.evaluate(
            """async (figure) => {
                const picture = figure.querySelector("img");
                await picture.decode();
                const caption = figure.querySelector("figcaption").textContent;
                return { caption, alt: picture.alt, loaded: picture.naturalWidth };
            }"""
        )
        for figure in shown.all()
    ]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_without_javascript_every_explorable_has_its_still(visitor: Visitor, name: str) -> None:
    with visitor.open(name, java_script_enabled=False) as visit:
        shown = stills_of(visit)
        assert len(shown) == visit.page.locator(f'script[type="{widgets.VIEW}"]').count()
        for still in shown:
            assert still["loaded"] > 900 and len(still["alt"]) > 60
            assert "with JavaScript switched on, you can move it" in still["caption"]
        assert visit.errors == visit.failed == []


def test_a_page_opened_from_a_file_shows_stills_and_says_how_to_move_them(
    browser: Browser, site: Path
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto((site / "03_multilayer_perceptron.html").as_uri())
    shown = stills_of(Visit(page))
    assert len(shown) == 3 and all(still["loaded"] > 900 for still in shown)
    assert all("python3 -m http.server" in still["caption"] for still in shown)
    page.locator(".theme-switch").click()  # the page's script runs, and leaves no names behind
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("typeof setUpThemeSwitch + typeof root") == "undefinedundefined"
    context.close()


def test_where_the_host_is_lost_the_stills_stand_in(visitor: Visitor) -> None:
    with visitor.open("notation") as visit:
        visit.page.route("**/explorables/host.js*", lambda route: route.abort())
        visit.page.goto(f"{visitor.address}/07_worked_example.html")
        assert [still["loaded"] > 900 for still in stills_of(visit)] == [True, True]


def test_a_link_that_is_damaged_does_not_stop_the_page(visitor: Visitor) -> None:
    with visitor.open("notation") as visit:
        visit.page.goto(f"{visitor.address}/notation.html?damaged#%zz")
        visit.page.wait_for_load_state("networkidle")
        assert visit.errors == []


def test_an_explorable_that_cannot_start_says_so(visitor: Visitor) -> None:
    with visitor.open("notation") as visit:
        page = visit.page
        page.route("**/explorables/training_step.js*", lambda route: route.abort())
        page.goto(f"{visitor.address}/07_worked_example.html")
        visit.scroll_through()
        text = page.locator(".explorable-failed").first
        text.wait_for()
        assert "could not start" in text.text_content()
        still = page.locator(".explorable-place + figure.still").first
        assert still.is_visible() and still.locator("figcaption").inner_text()


# --- parts of the extension -----------------------------------------------------------------------


def executed_notebook(*models: tuple[str, dict], tags: tuple[str, ...] = ()) -> dict:
    """An executed notebook whose cells show one widget each."""
    cells, states = [], {}
    for number, (name, state) in enumerate(models):
        view = {"model_id": f"m{number}", "version_major": 2, "version_minor": 0}
        output = {"output_type": "execute_result", "data": {widgets.VIEW: view}}
        cells.append({"cell_type": "code", "metadata": {"tags": list(tags)}, "outputs": [output]})
        states[f"m{number}"] = {"model_name": name, "state": state}
    widget_state = {"version_major": 2, "version_minor": 0, "state": states}
    return {"cells": cells, "metadata": {"widgets": {widgets.STATE: widget_state}}}


EXPLORABLE = {
    "_explorable": "training_step",
    "_esm": "a long module",
    "_css": "a style sheet",
    "_view_name": "AnyView",
    "eta": 0.1,
}


def test_the_widget_state_keeps_the_traits_and_drops_the_sources() -> None:
    notebook = executed_notebook(("AnyModel", EXPLORABLE))
    notebook["metadata"]["widgets"][widgets.STATE]["state"]["x"] = {
        "model_name": "LayoutModel",
        "state": {},
    }
    assert widgets.prepare(notebook, assets.EXPLORABLES) == []
    models = notebook["metadata"]["widgets"][widgets.STATE]["state"]
    assert models == {
        "m0": {
            "model_name": "AnyModel",
            "state": {"_explorable": "training_step", "eta": 0.1},
        }
    }


def test_a_stock_widget_is_a_problem_unless_its_output_is_removed() -> None:
    slider = ("FloatSliderModel", {"value": 1.0})
    notebook = executed_notebook(("AnyModel", EXPLORABLE), slider)
    (problem,) = widgets.prepare(notebook, assets.EXPLORABLES)
    assert "code cell 2" in problem and "FloatSlider" in problem
    hidden = executed_notebook(slider, tags=("remove-output",))
    assert widgets.prepare(hidden, assets.EXPLORABLES) == []


def test_an_explorable_without_a_front_end_is_a_problem() -> None:
    notebook = executed_notebook(("AnyModel", EXPLORABLE | {"_explorable": "missing"}))
    (problem,) = widgets.prepare(notebook, assets.EXPLORABLES)
    assert "missing.js" in problem


def test_copied_modules_import_the_version_they_belong_to(tmp_path: Path) -> None:
    assets.copy_explorables(tmp_path)
    version = assets.explorables_version()
    text = (tmp_path / "training_step.js").read_text(encoding="utf-8")
    imports = re.findall(r"""from\s*["']([^"']+)["']""", text)
    assert imports and all(address.endswith(f".js?v={version}") for address in imports)
    for address in imports:
        assert (tmp_path / address.split("?")[0]).is_file()


def test_a_formula_that_cannot_be_read_is_an_error() -> None:
    assert "<math" in maths.render(r"W^{(\ell)} \in \mathbb{R}^{2 \times 3}", False)
    with pytest.raises(maths.FormulaError, match="Undefined control sequence"):
        maths.render(r"\nosuchcommand{x}", False)


def test_a_short_formula_keeps_its_signs() -> None:
    def formula(latex: str) -> nodes.math:
        return nodes.math(latex, latex)

    document = new_document("page")
    document += nodes.paragraph()
    document[0] += [nodes.Text("At "), formula("x"), nodes.Text(", or ("), formula("y")]
    long, short = " + ".join("abcdefghijkl"), r"g_n = \nabla L^{(n)}(\theta^\ast)"
    document[0] += [nodes.Text("): "), formula(long), nodes.Text("."), formula(short)]
    document[0] += [nodes.Text(". They")]
    document[0] += [nodes.emphasis("", "", formula("z")), nodes.Text(", the end")]
    before = document.astext()
    maths.KeepTogether(document).run()
    assert [span.astext() for span in document.findall(nodes.inline)] == ["x,", "(y):", f"{short}."]
    assert document.astext() == before


def test_an_icon_that_is_not_there_cannot_go_unnoticed() -> None:
    assert "<svg" in icons.svg("search")
    with pytest.raises(KeyError):
        icons.svg("rocket")


def test_every_icon_is_used() -> None:
    templates = (ROOT / "tools" / "sphinx_ext" / "theme").glob("*.html")
    text = "".join(path.read_text(encoding="utf-8") for path in templates)
    assert set(re.findall(r'icon\("(\w+)"\)', text)) == set(icons.PATHS)


def test_the_style_sheet_of_the_formulas_fits_their_renderer() -> None:
    from sphinxcontrib.katex import katex_version

    css = (ROOT / "book" / "_static" / "katex" / "katex.css").read_text(encoding="utf-8")
    assert f'content:"{katex_version}"' in css.replace(" ", "")


def test_the_pages_have_the_colours_of_the_figures() -> None:
    from course_utils.palette import DARK, LIGHT

    css = (ROOT / "book" / "_static" / "site.css").read_text(encoding="utf-8")
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);", css.split("Pages only")[0])
    assert len(pairs) >= 8
    for name, light, dark in pairs:
        assert (light, dark) == (LIGHT[name], DARK[name]), name


# --- the build ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> SmallBook:
    """A small book, built once in a fork's CI."""
    # People keep their work in folders with such names.
    book = SmallBook(tmp_path_factory.mktemp("book") / "Ein Übungsbuch 神経")
    result = book.build(GITHUB_REPOSITORY="ann/fork", GITHUB_REF_NAME="spring")
    assert result.returncode == 0, result.stdout + result.stderr
    return book


def test_pages_built_in_a_fork_lead_to_the_fork(book: SmallBook) -> None:
    book.build(GITHUB_REPOSITORY="ann/fork", GITHUB_REF_NAME="spring")
    links = Parsed(book.html("00_start")).links
    place = "book/00_start.ipynb"
    assert f"https://mybinder.org/v2/gh/ann/fork/spring?urlpath=lab/tree/{place}" in links
    colab = "https://colab.research.google.com/github"
    assert f"{colab}/ann/fork/blob/spring/{place}" in links
    assert "https://github.com/ann/fork" in links
    assert not any("mybinder" in link for link in Parsed(book.html("page")).links)


def test_an_address_that_there_is_not_leads_back_from_any_folder(
    book: SmallBook, browser: Browser, tmp_path: Path
) -> None:
    book.build(GITHUB_REPOSITORY="ann/fork", GITHUB_REF_NAME="spring")
    shutil.copytree(book.root / "_build" / "html", tmp_path / "fork")

    class Pages(Handler):
        """Answers as GitHub Pages does where there is no file."""

        error_message_format = (
            (tmp_path / "fork" / "404.html").read_text("utf-8").replace("%", "%%")
        )
        error_content_type = "text/html; charset=utf-8"

    with (
        serving(tmp_path, Pages) as address,
        Visitor(browser, address).open("fork/no/page") as visit,
    ):
        page = visit.page
        assert page.locator("h1").inner_text() == "No such page"
        assert visit.failed == [f"404 {address}/fork/no/page.html"]
        links = Parsed(page.content()).links
        inside = [link for link in links if not urlsplit(link).scheme and link[0] != "#"]
        assert len(inside) > 5
        for link in inside:
            assert (tmp_path / urlsplit(link).path.removeprefix("/")).is_file(), link
        assert visit.violations() == []
        page.locator("article a").click()
        page.wait_for_url(f"{address}/fork/00_start.html")
        page.go_back()
        page.locator(".search input").fill("text")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/fork/search.html?q=text")


def test_markdown_that_reads_the_same_everywhere_gets_its_look(book: SmallBook) -> None:
    html = book.html("00_start")
    assert '<blockquote class="box box-pitfall">' in html
    fold = html[html.index("<summary>Answer</summary>") :]
    assert "<math" in fold[: fold.index("</details>")]


def test_a_build_does_what_has_to_be_done_and_no_more(book: SmallBook) -> None:
    changed = book.build()  # another repository: none
    assert "no Binder and Colab links" in changed.stdout
    assert not any("mybinder" in link for link in Parsed(book.html("00_start")).links)

    # Time of the processor: what else runs on this machine doesn't count.
    before = os.times()
    unchanged = book.build()
    after = os.times()
    used = after.children_user + after.children_system
    assert used - before.children_user - before.children_system < 3
    assert "Nothing changed" in unchanged.stdout

    book.write_page("Other text.")
    page = book.build()
    assert "Executing" not in page.stdout
    # The start page lists the others, so Sphinx writes it whenever one of them changes.
    assert re.findall(r"(?m)^  (.*)$", page.stdout) == ["page 00_start", "page page"]
    assert "Other text." in book.html("page")

    book.write_notebook("# Start\n\nText.", "print(7 * 8)")
    notebook = book.build()
    assert re.findall(r"(?m)^  (?:page )?(\w+)", notebook.stdout) == ["00_start", "00_start"]
    assert ">56" in book.html("00_start")

    book.write_notebook("# Another title\n\nText.", "print(7 * 8)")
    titled = book.build()
    assert "Executing" not in titled.stdout
    assert "Another title" in book.html("page")  # in its navigation


def test_a_change_in_the_package_reaches_the_page(book: SmallBook) -> None:
    """Figures are drawn by `course_utils`: neither page nor outputs may stay as they were."""
    colour = "from course_utils import plots\nprint(plots.CLASS_COLORS[0])"
    book.write_notebook("# Start\n\nText.", colour)
    assert book.build().returncode == 0
    assert "#0072b2" in book.html("00_start")

    palette = book.root / "src" / "course_utils" / "palette.py"
    text = palette.read_text(encoding="utf-8")
    palette.write_text(text.replace('"class-0": "#0072b2"', '"class-0": "#123456"'), "utf-8")
    assert book.build().returncode == 0
    assert "#123456" in book.html("00_start") and "#0072b2" not in book.html("00_start")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"A formula: $\nosuchcommand{x}$.", "nosuchcommand"),
        ("A link to [nowhere](nowhere.md).", "nowhere"),
    ],
)
def test_a_failed_build_says_why_and_is_not_taken_for_good(
    book: SmallBook, text: str, said: str
) -> None:
    book.write_page(text)
    for _ in range(2):
        failed = book.build()
        assert failed.returncode == 1
        assert said in failed.stderr and "page.md" in failed.stderr and "log.txt" in failed.stderr
    book.write_page("Right again.")
    assert book.build().returncode == 0


def test_a_stock_widget_stops_the_build(book: SmallBook) -> None:
    book.write_notebook("# Start\n\nText.", "import ipywidgets\nipywidgets.IntSlider()")
    failed = book.build()
    assert failed.returncode == 1 and "IntSlider" in failed.stderr


def test_an_explorable_without_a_still_stops_the_build(book: SmallBook) -> None:
    code = "from course_utils.explorables.softmax import Softmax\nSoftmax()"
    book.write_notebook("# Start\n\nText.", code)
    failed = book.build()
    assert failed.returncode == 1
    assert "no still of the explorable 00_start-1" in failed.stderr
    assert "make stills" in failed.stderr


def hear_ctrl_c() -> None:
    """What a shell starts in the background ignores SIGINT, and so do the processes it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@on_posix
def test_an_interrupted_build_is_done_again(book: SmallBook) -> None:
    book.write_notebook("# Start\n\nText.")
    assert book.build().returncode == 0
    book.write_page("New text.")
    environ = os.environ | {"PYTHONPATH": book.path}
    process = subprocess.Popen(
        [sys.executable, "-c", BUILD],
        cwd=book.root,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    )
    stamp = book.root / "_build" / "stamp.json"
    while stamp.exists() and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    # What a stopped writer may leave: half a page that looks new.
    half = book.root / "_build" / "html" / "page.html"
    half.write_text("<html", encoding="utf-8")
    assert book.build().returncode == 0
    assert "New text." in book.html("page")


# --- serving --------------------------------------------------------------------------------------


def test_files_are_served_with_their_types(tmp_path: Path) -> None:
    types = {
        "a.html": "text/html; charset=utf-8",
        "a.js": "text/javascript; charset=utf-8",
        "a.mjs": "text/javascript; charset=utf-8",
        "a.css": "text/css; charset=utf-8",
        "a.woff2": "font/woff2",
        "a.svg": "image/svg+xml",
        "a.webp": "image/webp",
    }
    with serving(tmp_path) as address:
        for name, kind in types.items():
            (tmp_path / name).write_text("x", encoding="utf-8")
            with urllib.request.urlopen(f"{address}/{name}") as answer:
                assert answer.headers["Content-Type"] == kind


@on_posix
def test_serve_takes_the_next_free_port_and_stops_on_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("The start page", encoding="utf-8")
    with serving(tmp_path) as taken:
        port = urlsplit(taken).port
        program = (
            "import sys; from pathlib import Path; from tools import site; "
            "site.serve(int(sys.argv[1]), Path(sys.argv[2]))"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(port), str(tmp_path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=hear_ctrl_c,
        )
        line = process.stdout.readline()
        address = re.search(r"http://localhost:(\d+)/", line)
        assert address and int(address[1]) > port, line
        with urllib.request.urlopen(f"http://127.0.0.1:{address[1]}/") as answer:
            assert answer.read() == b"The start page"
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "Traceback" not in rest and "Stopped" in rest


def test_serving_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    from tools.site import serve

    with pytest.raises(FileNotFoundError, match="build it first"):
        serve(0, tmp_path)
