"""The few icons that pages use, drawn inline: no icon font, no icon script, no request.

All are outlines on a 24 × 24 grid that take the colour of the text around them.
"""

from markupsafe import Markup

PATHS = {
    "menu": "M4 6h16M4 12h16M4 18h16",
    "search": "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM20 20l-4.9-4.9",
    "sun": "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v3M12 19v3M2 12h3M19 12h3"
    "M4.9 4.9 7 7M17 17l2.1 2.1M4.9 19.1 7 17M17 7l2.1-2.1",
    "moon": "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
    "system": "M3 5h18v11H3zM9 20h6M12 16v4",
    "download": "M12 4v11M7 11l5 5 5-5M4 20h16",
    "launch": "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
    "code": "M8 7l-5 5 5 5M16 7l5 5-5 5",
    "previous": "M15 5l-7 7 7 7",
    "next": "M9 5l7 7-7 7",
}


def svg(name: str) -> Markup:
    """The icon `name` as inline SVG, hidden from assistive technology.

    Raises KeyError for a name that is not in PATHS, so that no icon can be missing from a page.
    """
    return Markup(
        '<svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">'
        f'<path d="{PATHS[name]}"/></svg>'
    )
