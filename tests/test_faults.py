"""The table of faults fits the project, and its machinery tells caught from not caught.

`make faults` itself takes minutes; here nothing is planted but in a tiny project.
"""

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest

from tools.environment import ROOT
from tools.fault_table import FAULTS
from tools.faults import Fault, FaultError, main, run_tests, try_all

PLACES = ("src/course_utils/", "src/course_utils/explorables/shared/engine.js", "book/")
by_name = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)


# --- the table ------------------------------------------------------------------------------------


@by_name
def test_each_fault_can_be_planted_and_leaves_a_file_that_parses(fault: Fault) -> None:
    before = (ROOT / fault.file).read_text(encoding="utf-8")
    after = fault.planted_in(before)
    assert after != before
    if fault.file.endswith(".py"):
        ast.parse(after)
    if fault.file.endswith(".ipynb"):
        json.loads(after)


@by_name
def test_each_fault_names_a_check_that_there_is(fault: Fault) -> None:
    file, _, test = fault.check.partition("::")
    assert (ROOT / file).is_file()
    assert file.startswith(("tests/test_", "book/")), "`make test` runs no other files"
    if test:
        name = re.escape(test.partition("[")[0])
        assert re.search(rf"^def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.M)


def test_the_table_has_faults_of_every_kind() -> None:
    assert len(FAULTS) >= 30
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    for place in PLACES:
        assert sum(fault.file.startswith(place) for fault in FAULTS) >= 5, place


# --- the machinery, on a tiny project -------------------------------------------------------------

MODULE = "def half(x):\n    return x / 2\n\n\ndef third(x):\n    return x / 3\n"
PROFILE = "from hypothesis import settings\nsettings.register_profile('faults')\n"
TESTS = """
from course_utils import half, third

def test_half():
    assert half(4) == 2

def test_other():
    assert True
"""
# The table's own test notices every fault, which proves nothing.
TABLE_TEST = """
from pathlib import Path
import course_utils

def test_table():
    assert "x / 3" in Path(course_utils.__file__).read_text()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A package of two functions, of which one is tested, and no notebooks, in a repository."""
    root = tmp_path / "project"
    files = {
        "src/course_utils/__init__.py": MODULE,
        "tests/test_it.py": TESTS,
        "tests/test_faults.py": TABLE_TEST,
        "tests/fault_profile.py": PROFILE,
        "book/page.md": "",
        "pyproject.toml": '[tool.pytest.ini_options]\naddopts = ["-p", "no:randomly"]\n',
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def fault(old: str, new: str, check: str = "tests/test_it.py::test_half") -> Fault:
    return Fault(f"{old} to {new}", "src/course_utils/__init__.py", old, new, check)


def test_a_fault_is_caught_or_not_and_the_project_stays_as_it_was(project: Path) -> None:
    caught, missed, elsewhere = try_all(
        [
            fault("x / 2", "x / 4"),
            fault("x / 3", "x / 5"),
            fault("x / 2", "x * 2", "tests/test_it.py::test_other"),
        ],
        project,
    )
    assert caught.caught and not caught.elsewhere
    assert caught.outcome.test == "tests/test_it.py::test_half"
    assert "assert 1.0 == 2" in caught.outcome.said and "test_half" in str(caught)
    assert not missed.caught and missed.outcome.status == "passed"
    assert str(missed).startswith("NOT CAUGHT  x / 3 to x / 5")
    assert elsewhere.caught and elsewhere.elsewhere and "test_half" in elsewhere.outcome.test
    assert (project / "src/course_utils/__init__.py").read_text("utf-8") == MODULE


def test_what_breaks_the_tests_themselves_is_not_caught(project: Path) -> None:
    (verdict,) = try_all([fault("def third", "def fourth")], project)
    assert not verdict.caught and verdict.outcome.status == "broken"
    assert "ImportError" in str(verdict)


def test_a_check_that_fails_without_a_fault_catches_nothing(project: Path) -> None:
    path = project / "tests" / "test_it.py"
    path.write_text(TESTS.replace("== 2", "== 3"), encoding="utf-8")
    with pytest.raises(FaultError, match="fails without any fault: tests/test_it.py::test_half"):
        list(try_all([fault("x / 2", "x / 4")], project))


@pytest.mark.parametrize(("old", "times"), [("x / 9", 0), ("x / ", 2)])
def test_a_text_that_does_not_stand_there_once_is_named(
    project: Path, old: str, times: int
) -> None:
    with pytest.raises(FaultError, match=rf"__init__.py holds the text .* {times} times"):
        list(try_all([fault(old, "1")], project))


def test_a_run_that_takes_too_long_is_stopped(project: Path) -> None:
    path = project / "tests" / "test_it.py"
    path.write_text("def test_half():\n    while True:\n        pass\n", encoding="utf-8")
    outcome = run_tests(project, ["tests/test_it.py"], limit=3)
    assert outcome.status == "broken" and "stopped after 3 s" in outcome.said


def test_an_unknown_name_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([fault("a", "b")], ["nonsense"]) == 2
    assert "No fault has nonsense" in capsys.readouterr().err
