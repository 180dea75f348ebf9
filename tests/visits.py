"""Opens a page of the site in Chromium and records what a reader would never see happen."""

import contextlib
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, Request, Response, Route

# Everything that WCAG 2.2 asks for at level AA, and axe's best practices.
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
AXE_OPTIONS = {
    "runOnly": {"type": "tag", "values": LEVELS},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
# For contrast axe takes about a millisecond for each text, and a chapter has 12,000, so it is shown
# a few of all that look alike: the same colour and weight on the same ground.
EXAMPLES = 3
CONTRAST = {"rules": [{"id": "color-contrast", "selector": "[data-example]"}]}
AXE = Axe(f"{AXE_SCRIPT}; axe.configure({json.dumps(CONTRAST)})")
MARK_EXAMPLES = """(most) => {
    const grounds = new Map();
    const groundOf = (node) => {
        if (!node) return "";
        if (!grounds.has(node)) {
            const { backgroundColor, backgroundImage, opacity, filter } = getComputedStyle(node);
            const own = [backgroundColor, backgroundImage, opacity, filter].join(" ");
            const below = groundOf(node.parentElement);
            grounds.set(node, own === "rgba(0, 0, 0, 0) none 1 none" ? below : `${own}, ${below}`);
        }
        return grounds.get(node);
    };
    const isText = (node) => node.nodeType === Node.TEXT_NODE && node.data.trim();
    const counts = new Map();
    for (const node of document.body.querySelectorAll("*")) {
        if (![...node.childNodes].some(isText) && !node.matches("input, textarea")) continue;
        const { color, fontSize, fontWeight, textShadow } = getComputedStyle(node);
        const look = [color, fontSize, fontWeight, textShadow, groundOf(node)].join();
        counts.set(look, (counts.get(look) ?? 0) + 1);
        node.toggleAttribute("data-example", counts.get(look) <= most);
    }
}"""
# A static host compresses these; pictures and fonts are compressed already.
COMPRESSED = (".html", ".css", ".js", ".mjs", ".svg", ".json", "/")


@dataclass
class Visit:
    """One page, opened. The lists fill as it loads.

    Attributes:
        page: the Playwright page.
        other_hosts: addresses that the page asked of other hosts (all were refused).
        errors: errors and warnings in the console, uncaught exceptions.
        failed: requests that failed or were answered with an error.
        bodies: what was sent for each address, bytes as they stand in the file.
        lost: addresses whose answer came too late to be read, because the page had been left.
    """

    page: Page
    other_hosts: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)

    @property
    def weight(self) -> int:
        """Bytes that a static host with gzip sends for all files so far, headers not counted."""
        return sum(transferred(url, body) for url, body in self.bodies.items())

    def scroll_through(self) -> None:
        """Scroll to the end, so that everything that waits for its turn is fetched."""
        self.page.evaluate(
            """async () => {
                const pause = () => new Promise((resolve) => setTimeout(resolve, 25));
                for (let y = 0; y < document.body.scrollHeight; y += innerHeight * 0.8) {
                    scrollTo(0, y);
                    await pause();
                }
                scrollTo(0, 0);
            }"""
        )
        self.page.wait_for_load_state("networkidle")

    def open_folds(self) -> None:
        """Open every fold and lay out every section, so that all of it is looked at."""
        self.page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
        self.lay_out()

    def lay_out(self) -> None:
        """Lay out every section at once, as a browser does when it comes near the window."""
        self.page.evaluate(
            """() => document.querySelectorAll("section").forEach(
                (section) => (section.style.contentVisibility = "visible"))"""
        )
        self.scroll_through()  # what scrolls by itself is made focusable when it comes near

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window (0: no sideways scrolling)."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

    def violations(self) -> list[str]:
        """What axe objects to: rule, place and reason."""
        self.page.evaluate(MARK_EXAMPLES, EXAMPLES)
        return [
            f"{rule['id']}: {node['target']}: {node['failureSummary']}"
            for rule in AXE.run(self.page, options=AXE_OPTIONS).response["violations"]
            for node in rule["nodes"]
        ]


def transferred(url: str, body: bytes) -> int:
    """Bytes that a static host sends for `body`."""
    return len(_zipped(body)) if urlsplit(url).path.endswith(COMPRESSED) else len(body)


@cache
def _zipped(body: bytes) -> bytes:
    return gzip.compress(body, 6)


class Visitor:
    """Opens pages of the site that is served at `address`."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address

    @contextlib.contextmanager
    def open(self, name: str, **options: Any) -> Iterator[Visit]:
        """Open the page `name` (without `.html`) in a fresh browser context.

        `options` are those of Playwright's `new_context`, such as `viewport` and `color_scheme`.
        """
        options = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"} | options
        context = self.browser.new_context(**options)
        page = context.new_page()
        visit = Visit(page)

        def judge(route: Route) -> None:
            if route.request.url.startswith((self.address, "blob:", "data:")):
                route.continue_()
            else:
                visit.other_hosts.append(route.request.url)
                route.abort()

        def keep(response: Response) -> None:
            if response.status >= 400:
                visit.failed.append(f"{response.status} {response.url}")
            elif response.status < 300:
                try:
                    visit.bodies[response.url] = response.body()
                except Error:  # the page has been left meanwhile
                    visit.lost.append(response.url)

        def note_failure(request: Request) -> None:
            if request.url.startswith(self.address):
                visit.failed.append(f"{request.failure} {request.url}")

        context.route("**/*", judge)
        page.on("response", keep)
        page.on("requestfailed", note_failure)
        page.on("pageerror", lambda error: visit.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                visit.errors.append(message.text) if message.type in {"error", "warning"} else None
            ),
        )
        try:
            page.goto(f"{self.address}/{name}.html")
            page.wait_for_load_state("networkidle")
            yield visit
        finally:
            context.close()
