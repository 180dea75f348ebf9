"""The site anywhere: under any path, under its own strict policy, as a zip, and as a link."""

import re
import shutil
import zipfile
from html import unescape
from pathlib import Path
from statistics import mean

import pytest
from PIL import Image
from playwright.sync_api import Browser

from course_utils.palette import LIGHT
from tests.visits import Visit, Visitor
from tools import offline
from tools.repository import parse
from tools.site import ROOT, serving
from tools.sphinx_ext import cards, heights
from tools.sphinx_ext.policy import FIRST_SCRIPT, POLICY

CHAPTER = "05_backpropagation"
BACKGROUND = tuple(bytes.fromhex(LIGHT["background"][1:]))


def pages(site: Path) -> list[Path]:
    """Every page of the site, whatever folder it stands in."""
    return sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)


# --- under any path -------------------------------------------------------------------------------


@pytest.mark.parametrize("base", ["", "course", "a/b"])
def test_it_works_under_any_base_path(
    base: str, site: Path, browser: Browser, tmp_path: Path
) -> None:
    shutil.copytree(site, tmp_path / base, dirs_exist_ok=True)
    with serving(tmp_path) as address:
        visitor = Visitor(browser, f"{address}/{base}".rstrip("/"))
        with visitor.open(CHAPTER) as visit:
            visit.scroll_through()
            visit.page.wait_for_function(
                "document.querySelector('.explorable-place')?.dataset.state === 'running'"
            )
            assert_clean(visit)
            visit.page.locator("a.next").click()
            visit.page.wait_for_url("**/06_stochastic_gradient_descent.html")
            assert_clean(visit)
        with visitor.open("search") as visit:
            visit.page.goto(f"{visitor.address}/search.html?q=softmax")
            visit.page.locator("#search-results .context").first.wait_for()
            visit.page.wait_for_load_state("networkidle")
            visit.page.locator("#search-results li a").first.click()
            visit.page.wait_for_load_state("networkidle")
            assert_clean(visit)
        with visitor.open("index") as visit:
            visit.page.wait_for_url("**/00_intro.html")
            assert_clean(visit)


def assert_clean(visit: Visit) -> None:
    """Nothing was asked for outside the site's folder, nothing is missing, nothing complained."""
    # What is still loading when a page is left is given up.
    failed = [failure for failure in visit.failed if "ERR_ABORTED" not in failure]
    assert (visit.other_hosts, failed, visit.errors) == ([], [], [])


# --- the policy -----------------------------------------------------------------------------------


def test_every_page_carries_the_policy_before_anything_that_it_governs(site: Path) -> None:
    found = pages(site)
    assert len(found) > 12
    for path in found:
        html = path.read_text(encoding="utf-8")
        metas = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html)
        assert [unescape(meta) for meta in metas] == [POLICY], path.name
        assert html.index("Content-Security-Policy") < re.search(r"<(link|script)", html).start()


def test_the_policy_allows_no_more_than_is_documented() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (documented,) = re.findall(r"```text\n(default-src .*?)\n```", text, re.DOTALL)
    assert " ".join(documented.split()) == re.sub(r"'sha256-[^']*'", "'sha256-…'", POLICY)


def test_no_page_has_code_that_the_policy_would_refuse(site: Path) -> None:
    for path in pages(site):
        html = path.read_text(encoding="utf-8")
        inline = [
            code
            for attributes, code in re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL)
            if "src=" not in attributes and "json" not in attributes
        ]
        assert inline in ([FIRST_SCRIPT], []), path.name
        assert not re.search(r"<style|<[^>]+ on[a-z]+=\"|javascript:", html), path.name


def test_the_policy_holds_off_what_is_not_the_sites(visitor: Visitor) -> None:
    with visitor.open("notation") as visit:
        visit.page.evaluate(
            """() => {
                const script = document.createElement("script");
                script.textContent = "window.foreign = true";
                document.body.append(script);
                const picture = document.createElement("img");
                picture.src = "http://127.0.0.1:9/picture.png";
                document.body.append(picture);
                const sheet = document.createElement("style");
                sheet.textContent = "body { display: none }";
                document.body.append(sheet);
            }"""
        )
        visit.page.wait_for_timeout(100)
        assert visit.page.evaluate("window.foreign") is None
        assert visit.page.locator("h1").is_visible()
        assert sum("Content Security Policy" in error for error in visit.errors) == 3
        assert visit.other_hosts == []


# --- without internet -----------------------------------------------------------------------------


def test_the_zip_holds_the_whole_site_and_says_how_to_read_it(
    site: Path, browser: Browser, tmp_path: Path
) -> None:
    packed = offline.pack(site, tmp_path / "course.zip")
    with zipfile.ZipFile(packed) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    folder = tmp_path / offline.NAME
    held = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    wanted = {path.relative_to(site) for path in site.rglob("*") if path.is_file()}
    assert held - wanted == {Path("README.txt")}
    assert wanted - held <= {Path(".buildinfo")}
    assert "python3 -m http.server" in (folder / "README.txt").read_text(encoding="utf-8")
    with serving(folder) as address, Visitor(browser, address).open(CHAPTER) as visit:
        visit.scroll_through()
        assert_clean(visit)


def test_the_same_site_gives_the_same_zip(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("The start", encoding="utf-8")
    first = offline.pack(site, tmp_path / "a.zip").read_bytes()
    (site / "index.html").touch()
    assert offline.pack(site, tmp_path / "b.zip").read_bytes() == first
    assert not list(tmp_path.glob("*.part"))


# --- links to the site ----------------------------------------------------------------------------


def test_every_page_has_a_card(site: Path) -> None:
    found = [path for path in site.glob("*.html") if path.stem not in ("index", "search", "404")]
    for path in found:
        html = path.read_text(encoding="utf-8")
        metas = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', html))
        assert metas["og:image"].endswith(f"_static/cards/{path.stem}.png"), path.name
        assert metas["og:description"] == metas["description"]
        assert metas["og:title"] and metas["og:image:alt"].startswith(metas["og:title"])
        assert metas["twitter:card"] == "summary_large_image"
        with Image.open(site / "_static" / "cards" / f"{path.stem}.png") as card:
            size = (int(metas["og:image:width"]), int(metas["og:image:height"]))
            assert card.size == size == cards.SIZE


def test_a_card_shows_its_words_and_cuts_what_is_too_long() -> None:
    short = cards.card("Softmax", "A sentence.", "Course")
    long = cards.card("Softmax " * 30, "A sentence. " * 60, "Course")
    assert cards.card("Softmax", "Another.", "Course").tobytes() != short.tobytes()
    right = cards.MARGIN + cards.TEXT_WIDTH + 10
    for picture in (short, long):
        gap = picture.crop((right, 0, cards.WIDTH - 360, cards.HEIGHT))
        assert [colour for _, colour in gap.getcolors()] == [BACKGROUND]
        assert picture.crop((0, 575, 600, cards.HEIGHT)).getcolors() == [(600 * 55, BACKGROUND)]


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        ("https://github.com/Ann/fork", "https://ann.github.io/fork/"),
        ("https://github.com/ann/ann.github.io", "https://ann.github.io/"),
        ("https://gitlab.com/ann/fork", None),
    ],
)
def test_github_serves_a_repository_where_it_does(repository: str, address: str | None) -> None:
    assert parse(repository).site == address


# --- heights of sections --------------------------------------------------------------------------


SECTIONS = """() => {{
    const guess = (section) =>
        parseFloat(getComputedStyle(section).containIntrinsicBlockSize.split(" ").at(-1));
    const sections = [...document.querySelectorAll("article > section > section")];
    return sections.map((section) => {});
}}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_sections_are_about_as_tall_as_was_guessed(visitor: Visitor, width: int) -> None:
    with visitor.open("04_forward_propagation", viewport={"width": width, "height": 900}) as visit:
        guessed = visit.page.evaluate(SECTIONS.format("guess(section)"))
        visit.lay_out()
        real = visit.page.evaluate(SECTIONS.format("section.offsetHeight"))
    errors = [abs(guess / height - 1) for guess, height in zip(guessed, real, strict=True)]
    assert len(errors) > 8 and mean(errors) < 0.1 and max(errors) < 0.5


def test_what_is_folded_or_unseen_adds_no_height() -> None:
    body = (
        '<article><section id="page"><h1>T</h1><section id="a"><p>12345</p>{}</section></section>'
    )
    plain = heights.measure(body.format(""))["a"]
    assert plain == heights.Height(heights.SECTION + heights.PIXELS["p"], 5)
    fold = "<details><summary>1234</summary><p>Long text</p><pre>1\n2\n</pre></details>"
    folded = heights.measure(body.format(fold))["a"]
    assert folded.letters == 9
    assert folded.blocks == plain.blocks + heights.PIXELS["summary"]
    spoken = '<span class="katex-mathml">spoken</span><noscript><p>No script</p></noscript>'
    assert heights.measure(body.format(spoken))["a"] == plain
    code = heights.measure(body.format("<pre>one\ntwo\n</pre>"))["a"]
    assert code.blocks == plain.blocks + heights.PIXELS["pre"] + 2 * heights.LINE


def test_only_sections_below_the_pages_own_are_marked() -> None:
    html = '<section id="page"><section id="a"><section id="b"></section></section></section>'
    assert re.findall(r'id="(\w)" style="--blocks: \d+; --letters: 0"', heights.mark(html)) == ["a"]
    assert '<section id="page">' in heights.mark(html)
