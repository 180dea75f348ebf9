"""The lists of libraries agree with one another and with what the code imports."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import lock
from tools.execution import ROOT
from tools.lock import PLATFORM

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
RANGES = {canonicalize_name(r.name): r for r in map(Requirement, PROJECT["dependencies"])}
OTHERS = sorted((ROOT / "tests" / "environments").glob("*.txt"))
# A declared library has always brought these along, as a part of what it offers.
PART_OF = {"cycler": "matplotlib", "IPython": "ipywidgets"}
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def pins(path: Path) -> dict[str, str]:
    """Return the version that `path` pins of each library; every line must be an exact pin."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.split("#")[0].strip()
        if line and not line.startswith("--"):
            match = re.fullmatch(r"([A-Za-z0-9._-]+)==([\w.]+)", line)
            assert match, f"{path.name}: {line!r} is no exact pin without a local part"
            found[canonicalize_name(match[1])] = match[2]
    return found


REQUIRED = pins(ROOT / "requirements.txt")


def imported(folder: str) -> set[str]:
    """Return the roots of what the Python files below `folder` import."""
    roots = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                roots |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                roots.add(node.module.split(".")[0])
    roots = {PART_OF.get(name, name) for name in roots}
    own = {"course_utils", "tools", "tests", "course_site"} | {
        path.stem for path in (ROOT / folder).rglob("*.py")
    }
    return roots - set(sys.stdlib_module_names) - own


@pytest.mark.parametrize("folder", ["src", "tools", "tests"])
def test_every_import_is_required(folder: str) -> None:
    distributions = packages_distributions()
    wanted = {
        name: {canonicalize_name(d) for d in distributions.get(name, [name])}
        for name in imported(folder)
    }
    assert wanted
    missing = {name for name, any_of in wanted.items() if not any_of & set(REQUIRED)}
    assert not missing, f"imported in {folder}/ but not in requirements.txt"


def test_the_package_declares_what_it_imports() -> None:
    distributions = packages_distributions()
    for name in imported("src"):
        assert {canonicalize_name(d) for d in distributions[name]} & set(RANGES), name


def test_constraints_hold_every_requirement_in_its_version() -> None:
    constraints = pins(ROOT / "constraints.txt")
    assert {name: constraints.get(name) for name in REQUIRED} == REQUIRED
    assert len(constraints) > 2 * len(REQUIRED)
    assert not [name for name in constraints if PLATFORM.match(name)]


@pytest.mark.parametrize("path", [ROOT / "requirements.txt", *OTHERS], ids=lambda path: path.stem)
def test_versions_lie_in_the_declared_ranges(path: Path) -> None:
    for name, version in pins(path).items():
        if name in RANGES:
            assert RANGES[name].specifier.contains(version), f"{name}=={version} in {path.name}"


def test_oldest_is_the_lower_end_of_every_range() -> None:
    oldest = pins(ROOT / "tests" / "environments" / "oldest.txt")
    lower = {
        name: next(s.version for s in requirement.specifier if s.operator == ">=")
        for name, requirement in RANGES.items()
    }
    filled = {
        name: version if version.count(".") >= 2 else version + ".0"
        for name, version in lower.items()
    }
    assert {name: oldest.get(name) for name in filled} == filled


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_test_tools_are_the_same_everywhere(path: Path) -> None:
    found = pins(path)
    for name in ("pytest", "nbval", "pytest-xdist", "hypothesis"):
        assert found[name] == REQUIRED[name], name


def test_binder_has_the_versions_of_the_project_and_all_that_the_package_needs() -> None:
    binder = pins(ROOT / ".binder" / "requirements.txt")
    assert binder == {name: REQUIRED[name] for name in binder}
    assert set(RANGES) | {"jupyterlab", "ipykernel"} <= set(binder)


def test_binder_can_cache_its_libraries() -> None:
    text = (ROOT / ".binder" / "requirements.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert not [line for line in lines if re.match(r"-[rce]\b|\.|/", line)]
    assert "--extra-index-url https://download.pytorch.org/whl/cpu" in lines
    post_build = (ROOT / ".binder" / "postBuild").read_text("utf-8")
    assert "pip install --quiet --no-deps ." in post_build
    runtime = (ROOT / ".binder" / "runtime.txt").read_text("utf-8").strip()
    assert re.fullmatch(r"python-3\.1[123]", runtime)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_pin_actions_and_ask_for_little(path: Path) -> None:
    text = path.read_text("utf-8")
    uses = re.findall(r"uses: (.+)", text)
    assert uses or "uses" not in text
    for line in uses:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    writers = {
        name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job
    }
    assert writers in ({}, {"publish": {"pages": "write", "id-token": "write"}})
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 60


def test_workflows_agree_on_each_action() -> None:
    found: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for action, version in re.findall(r"uses: (\S+)@(.+)", path.read_text("utf-8")):
            found.setdefault(action, set()).add(version)
    assert found and all(len(versions) == 1 for versions in found.values()), found


def test_ci_and_readme_run_the_same_command() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert script.rstrip().endswith("exec make test")
    assert re.search(r"^ *make test\b", (ROOT / "README.md").read_text("utf-8"), re.M)


def test_lock_writes_what_is_installed_without_local_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Installed:
        def __init__(self, name: str, version: str) -> None:
            self.metadata, self.version = {"Name": name}, version

    names = {"torch": "2.13.0+cpu", "Some_Lib": "1.0", "pip": "26", "nvidia-cublas-cu12": "12.1"}
    monkeypatch.setattr(lock, "distributions", lambda: [Installed(*item) for item in names.items()])
    lock.write_constraints(tmp_path / "constraints.txt")
    assert pins(tmp_path / "constraints.txt") == {"some-lib": "1.0", "torch": "2.13.0"}
