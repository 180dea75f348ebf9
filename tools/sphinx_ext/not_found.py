"""The page for an address that there is not: GitHub Pages and other static hosts show 404.html.

They show it in place of what was asked for, at that address and so in whatever folder. A relative
link would lead somewhere else from each of them.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sphinx.application import Sphinx

PAGE = "404"
# The beginning of an attribute whose address is relative, and not a place in this page.
RELATIVE = re.compile(r' (href|src|action|data-content_root)="(?:\./)?(?![a-z][a-z+.-]*:|[/#?])')


def setup(app: Sphinx) -> None:
    """Have Sphinx write the page at the end of each build."""
    app.connect("html-collect-pages", pages)


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page with its name, the values for its template, and the template."""
    description = "There is no page at this address. The introduction has a map of the course."
    yield PAGE, {"title": "No such page", "description": description}, "not_found.html"


def lead_from_anywhere(folder: Path, site: str) -> None:
    """Have the links of the page in `folder` begin at the root of the host of the address `site`.

    Where `site` is empty, because nothing says where the site will stand, they stay as they are:
    right for all addresses in the site's own folder, and wrong for those in a deeper one.
    """
    if not site:
        return
    base = urlsplit(site).path.rstrip("/") + "/"
    path = folder / f"{PAGE}.html"
    html = RELATIVE.sub(rf' \1="{base}', path.read_text(encoding="utf-8"))
    path.write_text(html, encoding="utf-8", newline="\n")
