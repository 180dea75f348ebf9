"""Takes the picture of the README: an explorable on the course's first page, trained to the end.

It is a real one: a browser opens the built site, and the explorable is worked by its own controls.
"""

import io
from pathlib import Path

from PIL import Image

from tools import site
from tools.browser import launched
from tools.environment import ROOT

PICTURE = ROOT / "docs" / "explorable.webp"
PAGE = "00_intro"
HIDDEN_UNITS = 4
WIDTH, HEIGHT = 1100, 720  # of the window, in CSS pixels
SCALE = 1.5  # the picture's pixels for one of these, so that it is sharp on most screens
BELOW_HEADER = 76  # CSS pixels


def take() -> bytes:
    """Return the picture as lossless PNG."""
    with launched() as browser, site.serving(site.build()) as address:
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT},
            device_scale_factor=SCALE,
            color_scheme="light",
        )
        page.goto(f"{address}/{PAGE}.html")
        place = page.locator(".explorable-place").first
        place.scroll_into_view_if_needed()
        explorable = place.locator(".explorable")
        explorable.wait_for()
        for _ in range(HIDDEN_UNITS):
            explorable.locator("input[type=range]").first.press("ArrowRight")
        explorable.get_by_role("button", name="Train").click()
        explorable.locator(".status", has_text=" 200 of 200 ").wait_for()
        explorable.get_by_role("button", name="Pause").click()
        place.evaluate(
            "(node, top) => scrollTo(0, node.getBoundingClientRect().top + scrollY - top)",
            BELOW_HEADER,
        )
        return page.screenshot()


def store() -> Path:
    """Take the picture and store it as WebP; return its place."""
    PICTURE.parent.mkdir(exist_ok=True)
    with Image.open(io.BytesIO(take())) as picture:
        picture.convert("RGB").save(PICTURE, "WEBP", quality=75, method=6)
    return PICTURE
