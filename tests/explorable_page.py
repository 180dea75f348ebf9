"""One explorable alone on a page without a kernel, driven by the site's own static host."""

import importlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route

from course_utils import palette
from course_utils.explorables.base import HERE, Explorable, style_sheet

ADDRESS = "http://course.invalid"  # answered from the package's folder, never looked up
PAGE = """<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8"><title>t</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>body {{ margin: 8px; background: {background}; color: {text} }} {style}</style>
<main><h1>One explorable</h1><div id="place"></div></main>
<script type="module">
import {{ StaticModel }} from "./host.js";
import widget from "./{name}.js";
const atStart = JSON.stringify({state});
window.start = async () => {{
  window.leave?.();
  const place = document.createElement("div");
  place.id = "place";
  document.getElementById("place").replaceWith(place);
  window.model = new StaticModel(JSON.parse(atStart));
  window.leave = await widget.render({{ model, el: place }});
}};
await start();
window.ready = true;
</script>"""
SETTLED = 50  # ms: a first ResizeObserver call may draw again
TYPES = {".js": "text/javascript", ".css": "text/css"}


def explorables() -> list[str]:
    """The names of all explorables: the Python modules that have a front end beside them."""
    return sorted(p.stem for p in HERE.glob("*.py") if p.with_suffix(".js").exists())


def explorable_class(name: str) -> type[Explorable]:
    """The class that the module of this name defines."""
    module = importlib.import_module(f"course_utils.explorables.{name}")
    (found,) = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Explorable)
        and value.__module__ == module.__name__
    ]
    return found


def static_state(explorable: Explorable) -> dict[str, Any]:
    """What the site keeps of a widget's state."""
    from tools.sphinx_ext.widgets import trimmed

    state: dict[str, Any] = json.loads(json.dumps(explorable.get_state(), default=lambda _: None))
    return dict(trimmed({"state": state})["state"])


@dataclass
class Visit:
    """An explorable on its page: `page`, its root `el`, and the `errors` so far."""

    page: Page
    el: Locator
    errors: list[str] = field(default_factory=list)

    def get(self, trait: str) -> Any:
        """The present value of a trait."""
        return self.page.evaluate("name => model.get(name)", trait)

    def set(self, **traits: Any) -> None:
        """Change traits as Python would."""
        self.page.evaluate("traits => model.set(traits)", traits)

    def restart(self) -> None:
        """Show the explorable anew, as it was at the start: faster than a new page."""
        self.page.evaluate("start()")
        self.page.wait_for_timeout(SETTLED)

    @property
    def status(self) -> str:
        """The state in words."""
        return self.el.locator(".status").inner_text()

    def looks(self) -> str:
        """All that is shown, as text: what is drawn, and where the controls stand."""
        return self.drawn() + str(
            self.page.evaluate(
                """() => [...document.querySelectorAll("#place input")]
                    .map((input) => `${input.value} ${input.checked}`).join()"""
            )
        )

    def drawn(self) -> str:
        """What the explorable draws, as text: its markup, and the pixels of every canvas.

        Without what it announces, for that follows the state in words half a second later, and
        without the mark that the focus leaves for JupyterLab.
        """
        return str(
            self.page.evaluate(
                """() => {
                    const el = document.getElementById("place");
                    const pixels = [...el.querySelectorAll("canvas")].map((c) => c.toDataURL());
                    const copy = el.cloneNode(true);
                    copy.querySelector("[role=status]").remove();
                    for (const node of copy.querySelectorAll("[data-lm-suppress-shortcuts]"))
                        node.removeAttribute("data-lm-suppress-shortcuts");
                    return copy.innerHTML + pixels.join();
                }"""
            )
        )


@contextmanager
def shown(
    browser: Browser,
    explorable: Explorable,
    *,
    width: int = 900,
    dark: bool = False,
    calm: bool = False,
    touch: bool = False,
) -> Iterator[Visit]:
    """Show `explorable` on a page `width` wide; with `calm` the reader asks for less motion.

    At the end, fails if the page logged an error or asked another host for anything.
    """
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        reduced_motion="reduce" if calm else "no-preference",
        has_touch=touch,
    )
    try:
        visit = _open(context, explorable, dark)
        yield visit
        assert visit.errors == []
    finally:
        context.close()


def _open(context: BrowserContext, explorable: Explorable, dark: bool) -> Visit:
    page = context.new_page()
    visit = Visit(page, page.locator("#place"))
    name = explorable._explorable
    html = PAGE.format(
        theme="dark" if dark else "light",
        background=(palette.DARK if dark else palette.LIGHT)["background"],
        text=(palette.DARK if dark else palette.LIGHT)["text"],
        style=style_sheet(name),
        name=name,
        state=json.dumps(static_state(explorable)),
    )

    def answer(route: Route) -> None:
        url = route.request.url
        path = HERE / url.removeprefix(ADDRESS).lstrip("/")
        if url == f"{ADDRESS}/":
            route.fulfill(body=html, content_type="text/html")
        elif url.startswith(ADDRESS) and path.is_file():
            route.fulfill(body=path.read_text(encoding="utf-8"), content_type=TYPES[path.suffix])
        elif not url.startswith("data:"):
            visit.errors.append(f"asked for {url}")
            route.abort()

    page.route("**/*", answer)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    page.on(
        "console",
        lambda message: visit.errors.append(message.text) if message.type == "error" else None,
    )
    page.goto(f"{ADDRESS}/")
    page.wait_for_function("window.ready")
    page.wait_for_timeout(SETTLED)
    return visit


def shared_modules() -> list[Path]:
    """The JavaScript that explorables share."""
    return sorted((HERE / "shared").glob("*.js"))
