"""Finds the Chromium that the browser tests drive, or says how to get one. Never skips silently."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"%ProgramFiles%\Google\Chrome\Application\chrome.exe",
    r"%ProgramFiles(x86)%\Google\Chrome\Application\chrome.exe",
    r"%LocalAppData%\Google\Chrome\Application\chrome.exe",
)
# For Playwright's `launch(args=...)`: quiet, and no request that a test didn't ask for.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = """\
The browser tests need Chromium or Chrome, and none was found. Do one of these, then run the
tests again:
    install Chrome or Chromium from your system's package manager or website
    python -m playwright install chromium      (with the Python of .venv)
    set COURSE_CHROMIUM to the path of a Chromium that stands elsewhere"""


class NoBrowser(Exception):
    """There is no Chromium on this machine and none could be installed."""


@cache
def chromium() -> Path:
    """Return the path of a Chromium: COURSE_CHROMIUM, an installed one, else Playwright's.

    As root on Debian or Ubuntu it installs the system's package as a last resort. Raises
    NoBrowser, with what to do, if none can be had.
    """
    named = os.environ.get("COURSE_CHROMIUM")
    if named:
        if not Path(named).is_file():
            raise NoBrowser(f"COURSE_CHROMIUM names {named}, where there is no file.")
        return Path(named)
    found = _installed() or _playwrights() or _from_debian()
    if found is None:
        raise NoBrowser(MISSING)
    return found


@contextmanager
def launched() -> Iterator["Browser"]:
    """Run that Chromium while the block does; raises NoBrowser as `chromium` does."""
    # Imported here: finding a browser needs no Playwright where one is installed.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


def _installed() -> Path | None:
    """Return a browser on PATH or in its usual place."""
    for name in NAMES:
        found = shutil.which(name)
        # Ubuntu's chromium-browser is a script that only tells to install a snap.
        if found and _starts(Path(found)):
            return Path(found)
    for place in PLACES:
        path = Path(os.path.expandvars(place))
        if path.is_file():
            return path
    return None


def _playwrights() -> Path | None:
    """Return the browser that `playwright install chromium` has fetched, if it has."""
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as playwright:
            path = Path(playwright.chromium.executable_path)
    except Error:
        return None
    return path if path.is_file() else None


def _from_debian() -> Path | None:
    """Install Debian's package where that is possible: as root, with apt-get."""
    is_root = platform.system() == "Linux" and os.geteuid() == 0
    if not (is_root and shutil.which("apt-get")):
        return None
    print("No Chromium found: installing Debian's (about 300 MB, a minute or two) ...", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        result = subprocess.run(
            ["apt-get", "-q", *command], env=env, capture_output=True, text=True
        )
        if result.returncode:
            raise NoBrowser(f"{MISSING}\napt-get said:\n{result.stderr.strip()[-800:]}")
    path = shutil.which("chromium")
    return Path(path) if path else None


def _starts(path: Path) -> bool:
    try:
        result = subprocess.run([str(path), "--version"], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0
