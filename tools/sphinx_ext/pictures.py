"""Figures for the site: of each the smallest form, with its size, so that nothing jumps.

Executed notebooks hold every figure twice. A line drawing is smallest, and sharp on every screen,
as SVG; a cloud of points as lossless WebP. What counts is what a static host sends, and that is
compressed for SVG only.
"""

import base64
import gzip
import io
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from PIL import Image
from sphinx.transforms import SphinxTransform

SVG, PNG = "image/svg+xml", "image/png"
EXECUTED = "jupyter_execute"  # MyST-NB's folder for what the cells have drawn
COLOURS = 128
DECIMALS = 2  # of a point, 1/72 inch
PIXELS_PER_POINT = 110 / 72  # as in the PNG, whose resolution `plots.STYLE` sets
_UNSEEN = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
# Matplotlib's one rule. As an attribute of the root the same holds, and the Content-Security-Policy
# has nothing to object to.
_RULE = re.compile(
    r"<defs>\s*<style[^>]*>\s*\*\{stroke-linejoin: round; stroke-linecap: butt\}.*?</defs>",
    re.DOTALL,
)
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_PICTURE = re.compile(r'<img (?P<rest>[^>]*?\bsrc="(?P<src>[^"]*)"[^>]*)>')


def keep_smallest(notebook: Mapping[str, Any]) -> None:
    """Leave one form of each figure in the outputs of an executed notebook, made small."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if SVG in data:
                data[SVG] = small_svg(_text(data[SVG]))
            if PNG in data and SVG in data:
                webp = small_webp(base64.b64decode(_text(data[PNG])))
                svg = gzip.compress(data[SVG].encode(), 6)
                del data[SVG if len(webp) < len(svg) else PNG]


def _text(content: str | list[str]) -> str:
    return content if isinstance(content, str) else "".join(content)


def small_svg(svg: str) -> str:
    """The drawing without what nobody sees, its numbers rounded to what an eye can see."""
    svg = _NUMBER.sub(lambda number: _rounded(number[0]), _UNSEEN.sub("", svg))
    svg = _RULE.sub("", svg).replace("<svg ", '<svg stroke-linejoin="round" ', 1)
    return re.sub(r"\s+", " ", re.sub(r">\s+<", "><", svg)).strip() + "\n"


def _rounded(number: str) -> str:
    value = float(number)
    if 0 < abs(value) < 1:  # it may be a factor, such as the size of a font
        return f"{value:.4g}"
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@cache
def small_webp(png: bytes) -> bytes:
    """The picture with a palette of 128 colours as lossless WebP: a figure has few colours."""
    picture = Image.open(io.BytesIO(png))
    if picture.mode == "RGBA" and picture.getextrema()[3][0] == 255:
        picture = picture.convert("RGB")
    method = Image.Quantize.FASTOCTREE if picture.mode == "RGBA" else Image.Quantize.MEDIANCUT
    few = picture.quantize(COLOURS, method=method, dither=Image.Dither.NONE).convert(picture.mode)
    small = io.BytesIO()
    few.save(small, "WEBP", lossless=True, quality=100, method=6)
    return small.getvalue()


class TakeWebp(SphinxTransform):
    """Puts a WebP in the place of each PNG that a notebook has drawn.

    MyST-NB knows no WebP among the outputs of a cell, so it writes a PNG and this comes after it.
    """

    default_priority = 400

    def apply(self, **options: Any) -> None:
        """Change the images of the present page."""
        for image in self.document.findall(nodes.image):
            _, path = self.env.relfn2path(image["uri"])
            png = Path(path)
            if png.suffix == ".png" and png.parent.name == EXECUTED:
                png.with_suffix(".webp").write_bytes(small_webp(png.read_bytes()))
                image["uri"] = image["uri"].removesuffix(".png") + ".webp"


def size(path: Path) -> tuple[int, int] | None:
    """Width and height of a picture in CSS pixels; None for a drawing that doesn't say."""
    if path.suffix != ".svg":
        with Image.open(path) as picture:
            return picture.size
    head = path.read_text(encoding="utf-8").partition(">")[0]
    found = {name: float(number) for name, number in re.findall(r'(\w+)="([\d.]+)pt"', head)}
    if not {"width", "height"} <= found.keys():
        return None
    return round(found["width"] * PIXELS_PER_POINT), round(found["height"] * PIXELS_PER_POINT)


def ready(body: str, files: Mapping[str, Path]) -> str:
    """The page `body` with pictures that have a size and wait until they come near the window.

    Args:
        body: the page's HTML.
        files: where a picture is found, by its file name on the site.
    """

    def complete(tag: re.Match[str]) -> str:
        added = [] if "loading=" in tag["rest"] else ['loading="lazy" decoding="async"']
        path = files.get(tag["src"].rpartition("/")[2])
        found = size(path) if path and not re.search(r"\b(width|height)=", tag["rest"]) else None
        if not found:
            return " ".join(["<img", *added, tag["rest"]]) + ">"
        added.append(f'width="{found[0]}" height="{found[1]}"')
        # On a narrow screen site.css lets the picture scroll in its span.
        return f'<span class="picture">{" ".join(["<img", *added, tag["rest"]])}></span>'

    return _PICTURE.sub(complete, body)
