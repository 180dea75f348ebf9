"""Social cards: the picture that a messenger or a forum shows beside a link to a page."""

import importlib.util
import math
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from course_utils.palette import LIGHT

SIZE = WIDTH, HEIGHT = 1200, 630  # what the services ask for
MARGIN = 80
TEXT_WIDTH = 700
LAYERS = (3, 4, 4, 2)
GAP = 95  # between the units of a layer
TITLE_SIZE, TEXT_SIZE, FOOT_SIZE = 68, 34, 28
SCALE = 2  # drawn larger and shrunk: PIL's lines have no smooth edges


def card(title: str, text: str, course: str) -> Image.Image:
    """The card of a page: its title, its first words, the course's name, and a small network."""
    picture = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), LIGHT["background"])
    draw = ImageDraw.Draw(picture)
    _network(draw)
    y = MARGIN * SCALE
    for line in _wrapped(title, _font("DejaVuSans-Bold", TITLE_SIZE), 3):
        draw.text((MARGIN * SCALE, y), line, LIGHT["text"], _font("DejaVuSans-Bold", TITLE_SIZE))
        y += math.ceil(1.2 * TITLE_SIZE) * SCALE
    y += TEXT_SIZE // 2 * SCALE
    for line in _wrapped(text, _font("DejaVuSans", TEXT_SIZE), 5):
        draw.text((MARGIN * SCALE, y), line, LIGHT["muted"], _font("DejaVuSans", TEXT_SIZE))
        y += math.ceil(1.4 * TEXT_SIZE) * SCALE
    foot = (HEIGHT - MARGIN - FOOT_SIZE // 2) * SCALE
    draw.text((MARGIN * SCALE, foot), course, LIGHT["forward"], _font("DejaVuSans", FOOT_SIZE))
    return picture.resize(SIZE, Image.Resampling.LANCZOS)


def write(path: Path, title: str, text: str, course: str) -> None:
    """Write the card of a page as PNG, which every service reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    few = card(title, text, course).quantize(64, dither=Image.Dither.NONE)
    few.save(path, "PNG", optimize=True)


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A font that comes with Matplotlib, so it is the same on every machine."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec and spec.origin, "Matplotlib is one of the course's packages"
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    return ImageFont.truetype(folder / f"{name}.ttf", size * SCALE)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, most: int) -> list[str]:
    """The text in lines of the card's width; after so many an ellipsis says that more follows."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= TEXT_WIDTH * SCALE:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) <= most:
        return lines
    last = lines[most - 1].rstrip(" .,…")
    while font.getlength(f"{last} …") > TEXT_WIDTH * SCALE:
        last = last.rpartition(" ")[0]
    return [*lines[: most - 1], f"{last} …"]


def _network(draw: ImageDraw.ImageDraw) -> None:
    """A network on the right: a blue circle for each unit, a line for each weight."""
    left, right, radius = (WIDTH - 330) * SCALE, (WIDTH - 90) * SCALE, 20 * SCALE
    places = [
        [
            (
                left + (right - left) * l / (len(LAYERS) - 1),
                (HEIGHT / 2 + GAP * (i - (n - 1) / 2)) * SCALE,
            )
            for i in range(n)
        ]
        for l, n in enumerate(LAYERS)
    ]
    for lower, upper in zip(places, places[1:], strict=False):
        for start in lower:
            for end in upper:
                draw.line((start, end), LIGHT["rule"], 2 * SCALE)
    for l, layer in enumerate(places):
        fill = LIGHT["class-1"] if l == len(LAYERS) - 1 else LIGHT["class-0"]
        for x, y in layer:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill)
