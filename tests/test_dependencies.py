"""Who imports whom: the tables of CONTRIBUTING.md hold, in Python and in JavaScript."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tools.environment import ROOT

PACKAGE = ROOT / "src" / "course_utils"
FRONT_ENDS = PACKAGE / "explorables"
NOTHING = "nothing of the course"
ANY_IMPORT = re.compile(
    r"^\s*(?:import|export)\s*(?:[\w*{}\s,$]+\sfrom\s*)?[\"']([^\"']+)[\"']", re.MULTILINE
)
DYNAMIC_IMPORT = re.compile(r"\bimport\(\s*[\"']([^\"']+)[\"']")
FOLLOWED = re.compile(r'^import \{[^}]*\} from "\./(?:shared/)?\w+\.js";$')

Imports = dict[str, set[str]]  # by module: those that it imports, all as the tables name them


# --- what the tables say --------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """One table of CONTRIBUTING.md: the parts, and those that each may import by itself."""

    rows: dict[str, set[str]]

    def part(self, module: str) -> str:
        """Return the part that a module belongs to: the longest name that fits."""
        fitting = [part for part in self.rows if _fits(part, module)]
        assert fitting, f"CONTRIBUTING.md: no part of the tables holds {module}"
        return max(fitting, key=len)

    def allowed(self, part: str) -> set[str]:
        """Return the parts that `part` may import, also by way of others."""
        found, todo = set(), [part]
        while todo:
            named = self.rows[todo.pop()] - found
            found |= named
            todo += [p for p in self.rows if any(p == n or _fits(n, p) for n in named)]
        return found

    def violations(self, imports: Imports) -> list[str]:
        """Return a sentence for every import that the table doesn't allow."""
        return [
            f"{module} imports {other}, which CONTRIBUTING.md does not allow"
            for module, others in imports.items()
            for other in sorted(others)
            if not self._may(module, other)
        ]

    def _may(self, module: str, other: str) -> bool:
        part = self.part(module)
        same_folder = part.endswith("/") and other.startswith(part)
        return same_folder or any(_fits(p, other) for p in self.allowed(part))


def _fits(part: str, module: str) -> bool:
    """Return whether `module` is `part` or in the folder `part`."""
    if part == "course_utils":
        return not module.startswith(("tools/", "tests/"))
    if part == "name.js":
        return "/" not in module
    return part == module or (part.endswith("/") and module.startswith(part))


def tables() -> tuple[Table, Table]:
    """Return the tables of the Python modules and of the front ends."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split("### Who may import whom")[1].split("\n### ")[0]
    found = []
    for block in re.findall(r"^\| Part .*\n\|[:|-]+\n((?:\|.*\n)+)", section, re.MULTILINE):
        rows: dict[str, set[str]] = {}
        for line in block.splitlines():
            parts, named = (re.findall(r"`([^`]+)`", cell) for cell in line.split("|")[1:3])
            assert parts and (named or NOTHING in line), f"this row can't be read: {line}"
            rows |= dict.fromkeys(parts, set(named))
        found.append(Table(rows))
    python, front_ends = found
    return python, front_ends


PYTHON, JAVASCRIPT = tables()


# --- what the code does ---------------------------------------------------------------------------


def python_modules() -> dict[str, Path]:
    """Return all modules of the project by their names in the table."""
    folders = {"": PACKAGE, "tools/": ROOT / "tools", "tests/": ROOT / "tests"}
    return {
        prefix + path.relative_to(folder).as_posix(): path
        for prefix, folder in folders.items()
        for path in sorted(folder.rglob("*.py"))
    }


def python_imports(modules: dict[str, Path]) -> Imports:
    """Return which of `modules` each of them imports, anywhere in its code."""
    return {
        name: {
            other
            for dotted in _dotted(ast.parse(path.read_text(encoding="utf-8")))
            if (other := _module_of(dotted, modules)) and other != name
        }
        for name, path in modules.items()
    }


def _dotted(tree: ast.AST) -> Iterable[tuple[str, ...]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are written with the whole name"
            base = tuple((node.module or "").split("."))
            yield from ((*base, alias.name) for alias in node.names)


def _module_of(dotted: tuple[str, ...], modules: dict[str, Path]) -> str | None:
    """Return the module that importing `dotted` names; its end may be a name inside the module."""
    if dotted[0] not in ("course_utils", "tools", "tests"):
        return None
    inside = dotted[1:] if dotted[0] == "course_utils" else dotted
    for length in range(len(inside), -1, -1):
        stem = "/".join(inside[:length])
        for name in (f"{stem}.py", f"{stem}/__init__.py".lstrip("/")):
            if name in modules:
                return name
    return None


def front_ends() -> dict[str, Path]:
    """Return all modules of the front ends by their names in the table."""
    return {path.relative_to(FRONT_ENDS).as_posix(): path for path in FRONT_ENDS.rglob("*.js")}


def front_end_imports(modules: dict[str, Path]) -> Imports:
    """Return which modules each front end imports; what leads elsewhere stands as it is written."""
    found: Imports = {}
    for name, path in modules.items():
        source = path.read_text(encoding="utf-8")
        targets = ANY_IMPORT.findall(source) + DYNAMIC_IMPORT.findall(source)
        found[name] = {_target(path, target) for target in targets}
    return found


def _target(path: Path, target: str) -> str:
    place = (path.parent / target).resolve()
    inside = target.startswith(".") and place.is_relative_to(FRONT_ENDS)
    return place.relative_to(FRONT_ENDS).as_posix() if inside else target


def cycle(imports: Imports) -> list[str]:
    """Return modules that import one another in a circle, or an empty list."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


# --- they agree -----------------------------------------------------------------------------------


def test_python_modules_import_what_they_may() -> None:
    imports = python_imports(python_modules())
    assert imports["network.py"] == {"_checks.py", "activations.py", "losses.py"}
    assert not PYTHON.violations(imports)
    assert not cycle(imports)


def test_front_ends_import_what_they_may() -> None:
    imports = front_end_imports(front_ends())
    assert "shared/engine.js" in imports["training_step.js"]
    assert not JAVASCRIPT.violations(imports)
    assert not cycle(imports)


def test_front_ends_import_as_the_bundle_can_follow() -> None:
    for name, path in front_ends().items():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("import"):
                assert FOLLOWED.match(line), f"{name} can't be joined into one module: {line}"


@pytest.mark.parametrize("table", [PYTHON, JAVASCRIPT], ids=["Python", "JavaScript"])
def test_the_tables_name_what_there_is(table: Table) -> None:
    modules = python_modules() if table is PYTHON else front_ends()
    named = set(table.rows) | {part for parts in table.rows.values() for part in parts}
    for part in named:
        assert any(_fits(part, module) for module in modules), f"CONTRIBUTING.md: {part} is gone"


def test_what_sets_up_the_environment_needs_none() -> None:
    """-S leaves out everything that is installed."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import tools.__main__"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# --- and would notice -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "other"),
    [
        ("losses.py", "network.py"),
        ("losses.py", "gradient_check.py"),
        ("data.py", "plots.py"),
        ("exercises/chapter_1.py", "explorables/base.py"),
        ("exercises/chapter_1.py", "network.py"),
        ("explorables/base.py", "exercises/registry.py"),
        ("network.py", "tools/site.py"),
        ("tools/site.py", "tests/visits.py"),
        ("tools/environment.py", "palette.py"),
    ],
)
def test_a_wrong_direction_is_named(module: str, other: str) -> None:
    assert PYTHON.violations({module: {other}}) == [
        f"{module} imports {other}, which CONTRIBUTING.md does not allow"
    ]


@pytest.mark.parametrize(
    ("module", "other"),
    [
        ("verify.py", "_checks.py"),
        ("explorables/softmax.py", "losses.py"),
        ("explorables/softmax.py", "explorables/base.py"),
        ("tools/site.py", "exercises/registry.py"),
        ("tools/bench.py", "tests/visits.py"),
        ("tests/test_site.py", "tools/site.py"),
        ("tests/test_site.py", "palette.py"),
    ],
)
def test_a_right_direction_is_let_through(module: str, other: str) -> None:
    assert PYTHON.violations({module: {other}}) == []


@pytest.mark.parametrize(
    ("module", "other"),
    [
        ("shared/engine.js", "shared/controls.js"),
        ("shared/engine.js", "https://example.org/engine.js"),
        ("shared/paths.js", "softmax.js"),
        ("shared/controls.js", "shared/paths.js"),
        ("softmax.js", "descent.js"),
        ("softmax.js", "d3"),
        ("host.js", "shared/engine.js"),
    ],
)
def test_a_wrong_direction_in_javascript_is_named(module: str, other: str) -> None:
    assert len(JAVASCRIPT.violations({module: {other}})) == 1


def test_a_circle_is_found() -> None:
    assert set(cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}
    assert cycle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
