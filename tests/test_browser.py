"""The browser tests never skip: a browser is found, or what to do is said."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import browser
from tools.browser import NoBrowser, chromium


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("COURSE_CHROMIUM", raising=False)
    chromium.cache_clear()
    yield
    chromium.cache_clear()


def found(path: str | None) -> Path | None:
    return Path(path) if path else None


@pytest.mark.parametrize(
    ("installed", "playwrights", "debian", "wanted"),
    [
        ("/a", "/b", "/c", "/a"),
        (None, "/b", "/c", "/b"),
        (None, None, "/c", "/c"),
    ],
)
def test_order_of_the_search(
    monkeypatch: pytest.MonkeyPatch,
    installed: str | None,
    playwrights: str | None,
    debian: str | None,
    wanted: str,
) -> None:
    monkeypatch.setattr(browser, "_installed", lambda: found(installed))
    monkeypatch.setattr(browser, "_playwrights", lambda: found(playwrights))
    monkeypatch.setattr(browser, "_from_debian", lambda: found(debian))
    assert chromium() == Path(wanted)


def test_without_any_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_installed", "_playwrights", "_from_debian"):
        monkeypatch.setattr(browser, name, lambda: None)
    with pytest.raises(NoBrowser, match="playwright install chromium"):
        chromium()


def test_named_browser_comes_first_and_must_exist(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "chromium"
    monkeypatch.setenv("COURSE_CHROMIUM", str(path))
    with pytest.raises(NoBrowser, match="COURSE_CHROMIUM"):
        chromium()
    path.touch()
    assert chromium() == path


def test_failing_apt_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\necho no such mirror >&2\nexit 100\n")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(browser.platform, "system", lambda: "Linux")
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    with pytest.raises(NoBrowser, match="no such mirror"):
        browser._from_debian()
    monkeypatch.setattr(browser.os, "geteuid", lambda: 1000)
    assert browser._from_debian() is None


def test_script_that_only_points_to_a_snap_is_no_browser(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "chromium"
    script.write_text("#!/bin/sh\necho install the snap >&2\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "PLACES", ())
    assert browser._installed() is None
    script.write_text("#!/bin/sh\necho Chromium 156\n")
    assert browser._installed() == script
