"""Stores a picture of every explorable for readers without JavaScript: its "still".

A still shows an explorable as its place on a page does before the first touch: title, stage and
workings, without the controls. The pictures stand in `book/_static/stills`, beside `index.json`
with the size of each and the explorable's own words. So building the site needs no browser.

A place is named by its notebook and its number among the explorables there, such as
"03_multilayer_perceptron-2". Its digest changes with all that its picture depends on, which is how
a still that is out of date is found.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.explorables.base import bundle, style_sheet
from tools import execution
from tools.sphinx_ext import assets, pictures, widgets

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STILLS = assets.STATIC / "stills"
INDEX = "index.json"
COMMAND = "run `make stills` (or `python -m tools stills`)"
WIDTH = 672  # CSS pixels: what a page leaves to an explorable on a wide screen
SCALE = 1.5  # sharp enough on a dense screen
# What does nothing in a picture, room for what comes later, and the words, which the caption has.
HIDDEN = ".controls, .diagnosis, .challenges, .later, .status"
DIGITS = 9  # of a number in a state; the last ones differ between machines
PAGE = """<!doctype html>
<html lang="en" data-theme="light">
<meta charset="utf-8">
<title>{name}</title>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<style>body {{ margin: 0 }} {style}</style>
<script type="{state_type}">{state}</script>
<main><h1>{name}</h1>{views}</main>
<script type="module" src="explorables/host.js"></script>
"""
SETTLED = """async () => {
    await document.fonts.ready;
    const frame = () => new Promise(requestAnimationFrame);
    for (let i = 0; i < 3; i++) await frame();
    await Promise.all(document.getAnimations().map((animation) => animation.finished));
}"""
WORDS = """explorable => ({
    title: explorable.querySelector(".title").textContent,
    words: explorable.querySelector(".status").textContent,
    labels: [...explorable.querySelectorAll(":is(svg, canvas)[aria-label]")].map((picture) => [
        picture.getAttribute("role"), picture.getAttribute("aria-label"),
    ]),
})"""


class StillsError(Exception):
    """A still could not be taken; the message says of what, and why."""


@dataclass(frozen=True)
class Place:
    """Where a page shows an explorable (`number` counts from 1), and in which state."""

    notebook: str
    number: int
    state: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The place's name."""
        return f"{self.notebook}-{self.number}"

    @property
    def file(self) -> str:
        """The name of its picture."""
        return f"{self.key}.webp"

    @property
    def explorable(self) -> str:
        """The name of the explorable."""
        return self.state["_explorable"]

    @property
    def digest(self) -> str:
        """Ten hex digits that change with all that the picture depends on."""
        parts = [
            json.dumps(_rounded(self.state), sort_keys=True),
            bundle(assets.EXPLORABLES / f"{self.explorable}.js"),
            style_sheet(self.explorable),
            f"{WIDTH} {SCALE} {HIDDEN}",
        ]
        return assets.digest(*(part.encode() for part in parts))


@dataclass(frozen=True)
class Still:
    """What is known of a stored picture.

    width, height: in CSS pixels; title, words: the explorable's question and its state in words;
    seen: what its pictures show.
    """

    explorable: str
    digest: str
    width: int
    height: int
    title: str
    words: str
    seen: str

    def html(self, address: str) -> str:
        """The figure for a page, with the picture at `address`."""
        alt = f"Picture of the interactive figure “{self.title}” {self.seen}"
        return (
            f'<figure class="still"><img src="{escape(address)}?v={self.digest}" '
            f'width="{self.width}" height="{self.height}" loading="lazy" decoding="async" '
            f'alt="{escape(alt)}"><figcaption><b>{escape(self.title)}</b> {escape(self.words)} '
            '<span class="how">This is how the figure starts: with JavaScript switched on, '
            "you can move it.</span></figcaption></figure>"
        )


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _rounded(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_rounded(entry) for entry in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


# --- what there is, and what there should be ------------------------------------------------------


def places_of(name: str, notebook: dict[str, Any]) -> list[Place]:
    """The places of the executed notebook `name`, in the order in which its page shows them."""
    models = widgets.explorable_models(notebook)
    shown = [output["data"][widgets.VIEW] for _, output in widgets.shown_views(notebook)]
    keys = [view["model_id"] for view in shown if view["model_id"] in models]
    states = [widgets.trimmed(models[key])["state"] for key in keys]
    return [Place(name, number, state) for number, state in enumerate(states, start=1)]


def all_places() -> list[Place]:
    """The places of all notebooks of the book; executes those that have changed."""
    notebooks = execution.book_notebooks()
    execution.execute_all(notebooks)
    executed = {path.stem: json.loads(execution.executed(path)) for path in notebooks}
    return [place for name, notebook in executed.items() for place in places_of(name, notebook)]


def stored(folder: Path = STILLS) -> dict[str, Still]:
    """The stills whose picture is there, by the name of their place."""
    index = folder / INDEX
    entries = json.loads(index.read_text(encoding="utf-8")) if index.is_file() else {}
    there = {path.stem for path in folder.glob("*.webp")}
    return {key: Still(**entry) for key, entry in entries.items() if key in there}


def problems(places: Sequence[Place], folder: Path = STILLS) -> list[str]:
    """What is wrong with the stored stills, in words: each one missing, outdated or left over."""
    stills = stored(folder)
    found = []
    for place in places:
        which = f"explorable {place.number}, {place.explorable}"
        what = f"{place.notebook}.ipynb: the still of {which},"
        if place.key not in stills:
            found.append(f"{what} is missing: {COMMAND}")
        elif stills[place.key].digest != place.digest:
            found.append(f"{what} shows an older state, front end or style sheet: {COMMAND}")
    left = {path.name for path in folder.glob("*")} - {INDEX, *(place.file for place in places)}
    return found + [f"{name} is a still of nothing: {COMMAND}" for name in sorted(left)]


# --- taking them ----------------------------------------------------------------------------------


def update(places: Sequence[Place], browser: "Browser", folder: Path = STILLS) -> list[Place]:
    """Take the stills that are missing or outdated and delete those left over.

    Returns the places whose stills were taken. Raises StillsError where an explorable can't start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stills = stored(folder)
    due = [p for p in places if p.key not in stills or stills[p.key].digest != p.digest]
    for place, (still, picture) in zip(due, _taken(due, browser), strict=True):
        (folder / place.file).write_bytes(picture)
        stills[place.key] = still
    index = {place.key: asdict(stills[place.key]) for place in places}
    text = json.dumps(index, ensure_ascii=False, indent=1) + "\n"
    (folder / INDEX).write_text(text, encoding="utf-8", newline="\n")
    for path in folder.glob("*.webp"):
        if path.stem not in index:
            path.unlink()
    return due


def page_of(explorable: str, states: Sequence[Mapping[str, Any]]) -> str:
    """A page without a kernel that shows one explorable in these states, each in a place.

    Its modules belong into the folder `explorables` beside it (`assets.copy_explorables`).
    """
    models = {str(i): {"state": state} for i, state in enumerate(states)}
    views = [{"model_id": key} for key in models]
    return PAGE.format(
        name=explorable,
        style=style_sheet(explorable),
        state_type=widgets.STATE,
        state=_script({"state": models}),
        views="".join(
            f'<div><script type="{widgets.VIEW}">{_script(view)}</script></div>' for view in views
        ),
    )


def _script(data: Any) -> str:
    """JSON that can stand between script tags."""
    return json.dumps(data).replace("</", "<\\/")


def _taken(places: Sequence[Place], browser: "Browser") -> Iterator[tuple[Still, bytes]]:
    """The still and the picture of each place, one after the other."""
    from tools.site import serving

    with (
        tempfile.TemporaryDirectory(prefix="course-stills-") as name,
        serving(Path(name)) as address,
    ):
        folder = Path(name)
        assets.copy_explorables(folder / "explorables")
        context = browser.new_context(
            viewport={"width": WIDTH, "height": 1000},
            device_scale_factor=SCALE,
            reduced_motion="reduce",
        )
        page = context.new_page()
        for place in places:
            html = page_of(place.explorable, [place.state])
            (folder / "page.html").write_text(html, encoding="utf-8")
            page.goto(f"{address}/page.html")
            yield _photographed(page, place)
        context.close()


def _photographed(page: "Page", place: Place) -> tuple[Still, bytes]:
    page.locator('[data-state="running"], [data-state="failed"]').wait_for()
    if page.locator('[data-state="failed"]').count():
        reason = page.locator('[data-state="failed"]').inner_text()
        raise StillsError(f"{place.notebook}.ipynb, explorable {place.number}: {reason}")
    page.evaluate(SETTLED)
    explorable = page.locator(".explorable")
    found = explorable.evaluate(WORDS)
    page.add_style_tag(content=f":is({HIDDEN}) {{ display: none !important }}")
    page.evaluate(SETTLED)
    picture = pictures.small_webp(explorable.screenshot())
    box = explorable.evaluate("node => [node.offsetWidth, node.offsetHeight]")
    still = Still(
        explorable=place.explorable,
        digest=place.digest,
        width=box[0],
        height=box[1],
        title=found["title"],
        words=found["words"],
        seen=_seen(found["labels"], found["words"]),
    )
    return still, picture


def _seen(labels: Sequence[Sequence[str]], words: str) -> str:
    """What the pictures show, from their labels without the state in `words` and what keys do."""
    shown = []
    for role, label in labels:
        text = label.replace(words, "").strip()
        if role == "application":  # its label ends on what the keys do
            text = text.partition(". ")[0]
        shown.append(text if text.endswith(".") else f"{text}.")
    return " ".join(shown)


def main() -> int:
    """Bring the stored stills up to date; returns the exit status."""
    from tools.browser import launched

    places = all_places()
    with launched() as browser:
        taken = update(places, browser)
    for place in taken:
        print(f"  {place.key}: {place.explorable}", flush=True)
    print(f"{len(taken)} of {len(places)} stills were taken anew, in book/_static/stills.")
    return 0
