"""Fixtures that several test files share, and a head start for the site that many of them need."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.visits import Visitor

HEAD_START = pytest.StashKey[subprocess.Popen[bytes]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests that need no site first, while it is built, and large files before small ones."""

    def file_or_class(item: pytest.Item) -> str:  # what goes to one worker
        return item.nodeid.rpartition("::")[0]

    sizes = Counter(file_or_class(item) for item in items)
    waiting = {file_or_class(item) for item in items if _needs_site(item)}
    items.sort(key=lambda item: (file_or_class(item) in waiting, -sizes[file_or_class(item)]))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Have one worker begin to build the site if tests need it: meanwhile others can run.

    A build that fails says so when a test asks for the site and tries again.
    """
    needed = any(_needs_site(item) for item in session.items)
    if needed and os.environ.get("PYTEST_XDIST_WORKER") == "gw0":
        session.config.stash[HEAD_START] = subprocess.Popen(
            [sys.executable, "-m", "tools", "book"],
            cwd=session.config.rootpath,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _needs_site(item: pytest.Item) -> bool:
    return "site" in getattr(item, "fixturenames", ())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the head start, should the tests have ended before it."""
    if head_start := session.config.stash.get(HEAD_START, None):
        head_start.kill()
        head_start.wait()


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
