"""Guesses how tall each section of a page is.

A browser lays out only the sections near the window (`content-visibility` in site.css): a chapter
has some 20,000 elements, and on a phone laying out all of them takes a second. For the rest it
needs a height, so that the scroll bar is right and links land where they lead. The guess is a sum
over what stands in the section, in two parts, as only text grows taller on a narrow screen. The
weights are a least-squares fit to the heights of the chapters in Chromium at 1280 and 390 pixels
(mean error 4 %); a test compares.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tools.sphinx_ext import widgets

VOID = {"br", "hr", "img", "input", "link", "meta"}
PIXELS = {  # of a block, beside its text
    "p": 6,
    "li": 11,
    "tr": 8,
    "h3": 95,
    "summary": 57,
    "blockquote": 56,
    "pre": 28,
    "formula": 70,
    "explorable": 1300,
}
LINE = 21.3  # of code
FORMULA_SIGN = 1.0
IMAGE = 0.7  # of its height, as it shrinks with the window
SECTION = 30


@dataclass
class Height:
    """The height of a section: pixels of its blocks, and the letters of its running text."""

    blocks: float = SECTION
    letters: int = 0


@dataclass
class _Element:
    tag: str
    classes: list[str] = field(default_factory=list)
    hidden: bool = False  # for the eye: folded, or there for screen readers


class _Measure(HTMLParser):
    """Collects the heights of the sections one level below the page's own."""

    def __init__(self) -> None:
        super().__init__()
        self.heights: dict[str, Height] = {}
        self.open: list[_Element] = []
        self.current: Height | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        inside = self.open[-1] if self.open else _Element("")
        if tag == "section" and [element.tag for element in self.open].count("section") == 1:
            self.current = self.heights.setdefault(attributes.get("id", ""), Height())
        if tag == "img" and self.current and not inside.hidden:
            self.current.blocks += IMAGE * int(attributes.get("height") or 0)
        if tag in VOID:
            return
        classes = attributes.get("class", "").split()
        folded = inside.tag == "details" and tag != "summary"
        aside = tag in ("noscript", "script") or "katex-mathml" in classes
        element = _Element(tag, classes, inside.hidden or folded or aside)
        if self.current and not inside.hidden and not folded:
            kind = "formula" if "math-display" in classes else tag
            kind = "explorable" if attributes.get("type") == widgets.VIEW else kind
            self.current.blocks += PIXELS.get(kind, 0)
        self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self.open):
            while self.open.pop().tag != tag:
                pass
        if tag == "section" and [element.tag for element in self.open].count("section") == 1:
            self.current = None

    def handle_data(self, data: str) -> None:
        if not self.current or not self.open or self.open[-1].hidden:
            return
        if any(element.tag == "pre" for element in self.open):
            self.current.blocks += LINE * data.count("\n")
        elif any("math-display" in element.classes for element in self.open):
            self.current.blocks += FORMULA_SIGN * len(data.strip())
        else:
            self.current.letters += len(data.strip())


def measure(body: str) -> dict[str, Height]:
    """The guessed height of each section below the page's own, by id."""
    parser = _Measure()
    parser.feed(body)
    return parser.heights


def mark(body: str) -> str:
    """The page `body`; its sections say in custom properties how tall they may be."""
    heights = measure(body)

    def marked(tag: re.Match[str]) -> str:
        height = heights.get(tag[1])
        if height is None:
            return tag[0]
        return f'{tag[0]} style="--blocks: {height.blocks:.0f}; --letters: {height.letters}"'

    return re.sub(r'<section id="([^"]+)"', marked, body)
