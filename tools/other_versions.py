"""Tests the notebooks and the package with other versions of the libraries (Colab's, the oldest).

Such an environment has neither the site's libraries nor a browser, and `course_utils` is installed
in it the way Colab installs it: as a copy and without dependencies.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.environment import ROOT, Environment, SetupError, ensure, run_inside

# What tests of the package may import, beside the standard library.
PROVIDED = {
    "IPython",
    "anywidget",
    "course_utils",
    "hypothesis",
    "ipywidgets",
    "matplotlib",
    "nbformat",
    "numpy",
    "pytest",
    "scipy",
    "sklearn",
    "torch",
    "traitlets",
}


def run(name: str, arguments: Sequence[str]) -> int:
    """Run the tests in the environment `name` ("colab" or "oldest"); return the exit status.

    `--published-torch` among the arguments takes torch in the file's version, too. Others go to
    pytest in place of the notebooks and the package's tests.
    """
    published = "--published-torch" in arguments
    rest = [argument for argument in arguments if argument != "--published-torch"]
    tests = [path.relative_to(ROOT).as_posix() for path in package_tests(ROOT / "tests")]
    notebooks = [path.relative_to(ROOT).as_posix() for path in (ROOT / "book").glob("*.ipynb")]
    if not (tests and notebooks):
        print("No tests of the package or no notebooks were found.", file=sys.stderr)
        return 1
    environment = Environment(
        folder=ROOT / f".venv-{name}",
        requirements=(requirements(name, published),),
        editable=False,
        expect="2 to 5 minutes the first time, about 1 GB",
    )
    try:
        ensure(environment)
    except SetupError as error:
        print(f"\nThe environment could not be set up.\n{error}", file=sys.stderr)
        return 1
    chosen = rest or [*sorted(notebooks), *tests]
    # Lists the fonts now: on a slow machine matplotlib would say so inside a notebook.
    subprocess.run([environment.python, "-c", "import matplotlib.font_manager"], check=True)
    quiet = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}  # else the debugger warns at every start
    os.environ.pop("MPLBACKEND", None)
    return run_inside(environment, ["-m", "pytest", *chosen], quiet)


def requirements(name: str, published_torch: bool) -> Path:
    """Return the file with the environment's versions, torch as chosen."""
    text = (ROOT / "tests" / "environments" / f"{name}.txt").read_text(encoding="utf-8")
    if not published_torch:
        pinned = re.search(r"^torch==\S+", (ROOT / "requirements.txt").read_text("utf-8"), re.M)
        if pinned is None:
            raise ValueError("requirements.txt has no line torch==...")
        text = re.sub(r"^torch==\S+", pinned[0], text, flags=re.M)
    path = ROOT / "_build" / "environments" / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def package_tests(folder: Path) -> list[Path]:
    """Return the test files that need no more than the package: no site, browser or tool."""
    shared = fixtures(folder / "conftest.py")
    return [
        path
        for path in sorted(folder.glob("test_*.py"))
        if _only_needs_package(ast.parse(path.read_text(encoding="utf-8")), shared)
    ]


def fixtures(conftest: Path) -> set[str]:
    """Return the names of the fixtures that `conftest` defines, of the site and the browser."""
    if not conftest.exists():
        return set()
    tree = ast.parse(conftest.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {f.name for f in functions if any("fixture" in ast.dump(d) for d in f.decorator_list)}


def _only_needs_package(tree: ast.Module, shared: set[str]) -> bool:
    roots = set(_imported_roots(tree))
    asked = {
        argument.arg
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for argument in node.args.args
    }
    unknown = roots - PROVIDED - sys.stdlib_module_names
    return "course_utils" in roots and not unknown and not asked & shared


def _imported_roots(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]
