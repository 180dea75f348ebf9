"""Fixtures that several test files share."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.visits import Visitor


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Chromium, driven by Playwright. Where there is none the test fails and says what to do."""
    # Imported here: the package's tests also run where there is no Playwright.
    from tools.browser import launched

    with launched() as opened:
        yield opened


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site, brought up to date first (at once if nothing has changed)."""
    from tools import site

    return site.build()


@pytest.fixture(scope="session")
def site_server(site: Path) -> Iterator[str]:
    """The address, without a slash at its end, at which the built site is served."""
    from tools.site import serving

    with serving(site) as address:
        yield address


@pytest.fixture(scope="session")
def visitor(browser: "Browser", site_server: str) -> "Visitor":
    """Opens pages of the site and writes down requests to other hosts, errors and failures.

    `with visitor.open("notation") as visit:` gives the Playwright page as `visit.page`;
    see tests/visits.py.
    """
    from tests.visits import Visitor

    return Visitor(browser, site_server)
