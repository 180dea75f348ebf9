"""Executes notebooks for the site and keeps the results in `_build/executed`.

A result is stored under a key made of everything that it depends on, so a changed notebook, a
changed `course_utils` or another version of a library can never show an old output.
"""

import ast
import contextlib
import copy
import hashlib
import importlib.util
import json
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from tools import files, notebook_file
from tools.notebook_file import BrokenNotebook

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "course_utils"
JOBS = 2
CELL_TIMEOUT = 300
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
# Outputs depend on these, beside the notebook and the package.
VERSION_FILES = ("requirements.txt", "constraints.txt")
# The site takes front-end files straight from the package, not out of an executed notebook.
FRONT_END = {".js", ".css"}
# The salt stands for random names inside an SVG: the same drawing gives the same file.
FIGURE_SETTINGS = """\
c.InlineBackend.figure_formats = {"png", "svg"}
c.InlineBackend.rc = {"svg.hashsalt": "course"}
"""
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class ExecutionFailed(Exception):
    """A notebook raised an error or printed a warning; the message names the cell."""


def book_notebooks(root: Path = ROOT) -> list[Path]:
    """Return the notebooks of the book in reading order."""
    return sorted((root / "book").glob("*.ipynb"))


def store(root: Path = ROOT) -> Path:
    """Return the folder that holds the executed notebooks."""
    return root / "_build" / "executed"


@contextlib.contextmanager
def claimed(build: Path) -> Iterator[None]:
    """Hold the folder `build`, where results are kept, while the block runs: one run at a time.

    Makes the folder, and clears away what a run that was killed has left half-written.
    """
    files.folder(build)
    with files.alone(build / ".lock", "Another run works in _build: waiting until it ends."):
        for place in (build, store(build.parent)):
            files.remove_parts(place)
        yield


# --- what an output depends on --------------------------------------------------------------------


def key(notebook: Path, root: Path = ROOT) -> str:
    """Return the SHA-256 (64 hex digits) of all that decides the outputs of `notebook`.

    Raises BrokenNotebook if the file is no notebook.
    """
    cells = notebook_file.content(notebook)["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    sources = ["".join(cell["source"]) for cell in code]
    tags = [sorted(cell.get("metadata", {}).get("tags", [])) for cell in code]
    digest = hashlib.sha256()

    def add(name: str, content: bytes) -> None:
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)

    add("cells", json.dumps([sources, tags]).encode())
    add("python", ".".join(map(str, sys.version_info[:3])).encode())
    # How this module executes decides the outputs, too.
    for path in [Path(__file__), *(root / name for name in VERSION_FILES)]:
        if path.exists():
            add(path.name, path.read_bytes())
    package = root / "src" / PACKAGE
    for path in package_files(sources, package):
        add(path.relative_to(package).as_posix(), path.read_bytes())
    return digest.hexdigest()


def package_files(sources: Sequence[str], package: Path) -> list[Path]:
    """Return the files of `package` that code with these `sources` depends on, sorted.

    Imports are followed through the package. Where they can't be read off (a cell that doesn't
    parse, a module that imports by name), everything they could mean is taken.
    """
    names: set[str] = set()
    for source in sources:
        try:
            names |= _imported(ast.parse(parsable(source)), package.name, package.name)
        except SyntaxError:
            if package.name in source:
                names.add("*")
    if not names:
        return []
    modules: set[Path] = set()
    todo = set(package.rglob("*.py")) if "*" in names else _files_of(names, package)
    while todo:
        path = todo.pop()
        modules.add(path)
        todo |= {p for p in _needed_by(path, package) if _matters(p, sources)} - modules
    data = {
        path
        for path in package.rglob("*")
        if path.is_file()
        and path.suffix not in FRONT_END | {".py", ".pyc"}
        and "__pycache__" not in path.parts
    }
    return sorted(modules | data)


def _matters(path: Path, sources: Sequence[str]) -> bool:
    """Return False for the exercises of a chapter of which `sources` name none ("7.2")."""
    chapter = re.fullmatch(r"chapter_(\d+)\.py", path.name)
    return chapter is None or any(re.search(rf"\b{chapter[1]}\.\d", text) for text in sources)


def _needed_by(path: Path, package: Path) -> set[Path]:
    """Return the modules of `package` that the module at `path` may import."""
    text = path.read_text(encoding="utf-8")
    inside = path.relative_to(package).with_suffix("").parts
    parents = inside[:-1]
    here = ".".join([package.name, *parents])
    files = _files_of(_imported(ast.parse(text), package.name, here), package)
    if re.search(r"\b(import_module|__import__|iter_modules|walk_packages)\b", text):
        files |= set((package.joinpath(*parents)).rglob("*.py"))
    return files


def _imported(tree: ast.AST, package: str, here: str) -> set[str]:
    """Return the names below `package` that `tree` imports; `here` resolves relative ones."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                stem = here.split(".")[: len(here.split(".")) - (node.level - 1)]
                base = ".".join([*stem, *([base] if base else [])])
            names.add(base)
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return {name for name in names if name == package or name.startswith(package + ".")}


def _files_of(names: Iterable[str], package: Path) -> set[Path]:
    """Return the files that importing the dotted `names` runs, the parents' `__init__` included."""
    files: set[Path] = set()
    for name in names:
        parts = name.split(".")[1:]
        for depth in range(len(parts) + 1):
            place = package.joinpath(*parts[:depth])
            for path in (place / "__init__.py", place.with_suffix(".py")):
                if path.is_file() and path.is_relative_to(package):
                    files.add(path)
    return files


def parsable(source: str) -> str:
    """Return `source` with IPython's magics replaced by `pass`, so that Python can parse it."""
    source = re.sub(r"\A%%.*", "", source)
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE)


# --- the stored results ---------------------------------------------------------------------------


def executed_path(notebook: Path, root: Path = ROOT) -> Path:
    """Return where the executed form of `notebook`, as it is now, is stored (if it is)."""
    return store(root) / f"{notebook.stem}-{key(notebook, root)[:16]}.ipynb"


def executed(notebook: Path, root: Path = ROOT) -> str:
    """Return the JSON text of `notebook` as it is now, with outputs, images and widget state.

    Only outputs come out of the store: text and cell metadata are those of the file itself.
    Raises FileNotFoundError if `execute_all` hasn't run it since its last change.
    """
    path = executed_path(notebook, root)
    if not path.exists():
        raise FileNotFoundError(
            f"{notebook.name} has not been executed since its last change: run `make book`."
        )
    result = json.loads(path.read_text(encoding="utf-8"))
    current = notebook_file.content(notebook)
    code = (cell for cell in result["cells"] if cell["cell_type"] == "code")
    for cell in current["cells"]:
        if cell["cell_type"] == "code":
            done = next(code)
            cell["outputs"] = done["outputs"]
            cell["execution_count"] = done["execution_count"]
    for name in ("widgets", "language_info"):
        current["metadata"].pop(name, None)
        if name in result["metadata"]:
            current["metadata"][name] = result["metadata"][name]
    return json.dumps(current, ensure_ascii=False)


def execute_all(
    notebooks: Sequence[Path] | None = None, root: Path = ROOT, jobs: int = JOBS
) -> list[Path]:
    """Execute the notebooks (default: the book's) whose stored result is missing or out of date.

    Returns those that were executed. Prints one line for each. Removes results that no notebook
    refers to any more, and those that are damaged. Raises ExecutionFailed, after trying all of
    them, if any failed or is no notebook.
    """
    chosen = list(notebooks) if notebooks is not None else book_notebooks(root)
    targets: dict[Path, Path] = {}
    broken: list[str] = []
    for notebook in chosen:
        try:
            targets[notebook] = executed_path(notebook, root)
        except BrokenNotebook as error:
            broken.append(str(error))
    todo = [notebook for notebook, target in targets.items() if not _is_whole(target)]
    if todo:
        same = len(chosen) - len(todo)
        note = f" ({same} unchanged)" if same else ""
        print(f"Executing {count(len(todo), 'notebook')}{note}, about 10 s each:", flush=True)
        warm_font_cache()
    failures = broken + run_many(todo, targets, jobs)
    # What a broken notebook has left is of use again once it is mended.
    _prune(targets, root, everything=notebooks is None and not broken)
    if failures:
        raise ExecutionFailed("\n\n".join(failures))
    return todo


def _is_whole(result: Path) -> bool:
    """Return whether a stored result is there and can be read."""
    try:
        notebook_file.content(result)
    except (OSError, BrokenNotebook):
        return False
    return True


def run_many(
    todo: Sequence[Path],
    targets: Mapping[Path, Path],
    jobs: int = JOBS,
    sources: Mapping[Path, NotebookNode] | None = None,
) -> list[str]:
    """Execute the notebooks `todo`, `jobs` at a time, into `targets`; return the failures' texts.

    Where `sources` has a notebook, that is executed and not what the file holds.
    """
    failures: list[str] = []

    def work(notebook: Path) -> None:
        start = time.perf_counter()
        nb = sources[notebook] if sources else notebook_file.read(notebook)
        save(run(nb, notebook.parent, notebook.name), targets[notebook])
        print(f"  {notebook.stem:<28} {time.perf_counter() - start:5.1f} s", flush=True)

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        futures: dict[Future[None], Path] = {pool.submit(work, path): path for path in todo}
        try:
            for future in as_completed(futures):
                name = futures[future].stem
                try:
                    future.result()
                except (ExecutionFailed, BrokenNotebook) as error:
                    print(f"  {name:<28} FAILED", flush=True)
                    failures.append(str(error))
        except BaseException:  # Ctrl-C above all: leave no kernel behind
            pool.shutdown(wait=False, cancel_futures=True)
            _stop_kernels()
            raise
    return sorted(failures)


def save(nb: NotebookNode, target: Path) -> None:
    """Write `nb` to `target` in one go, and make the folder where there is none."""
    files.folder(target.parent)
    files.write(target, nbformat.writes(nb))


def _prune(targets: dict[Path, Path], root: Path, everything: bool) -> None:
    """Remove results of older versions: of all notebooks, or only of those in `targets`."""
    keep = set(targets.values())
    mine = re.compile("|".join(rf"{re.escape(p.stem)}-[0-9a-f]{{16}}\.ipynb" for p in targets))
    for path in store(root).glob("*.ipynb"):
        if path not in keep and (everything or mine.fullmatch(path.name)):
            files.remove(path)


def count(number: int, noun: str) -> str:
    """Return the number and the noun, in the plural where it is due."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


# --- one run --------------------------------------------------------------------------------------

_running: set[Any] = set()
_running_lock = threading.Lock()


def run(nb: NotebookNode, folder: Path, name: str) -> NotebookNode:
    """Return a copy of `nb` executed in a fresh kernel of this Python, with `folder` as its folder.

    Raises ExecutionFailed, naming `name` and the cell, where a cell raises an error or writes to
    stderr (a page never shows a warning). A cell tagged `raises-exception` may do both.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    nb = copy.deepcopy(nb)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    current: list[int] = [0]
    client = NotebookClient(
        nb,
        km=_kernel_manager(),
        timeout=CELL_TIMEOUT,
        record_timing=False,
        coalesce_streams=True,
        shutdown_kernel="immediate",
        on_cell_execute=lambda cell, cell_index: current.__setitem__(0, cell_index),
    )
    with _running_lock:
        _running.add(client.km)
    manager = client.km
    try:
        with tempfile.TemporaryDirectory(prefix="course-ipython-") as profile:
            _ask_for_both_forms_of_figures(Path(profile))
            client.execute(cleanup_kc=True, cwd=str(folder), env=kernel_environment(profile))
    except CellExecutionError as error:
        raise ExecutionFailed(_report(nb, current[0], name, _plain(error.traceback))) from None
    except CellTimeoutError:
        text = (
            f"The cell took longer than {CELL_TIMEOUT} s and was stopped. "
            "The likely cause: a loop without end, or far more work than was meant."
        )
        raise ExecutionFailed(_report(nb, current[0], name, text)) from None
    except (DeadKernelError, RuntimeError) as error:
        text = f"The kernel died: {error}. The likely cause: it ran out of memory, or was ended."
        raise ExecutionFailed(_report(nb, current[0], name, text)) from None
    finally:
        with _running_lock:
            _running.discard(manager)
    for index, cell in enumerate(nb.cells):
        if cell.cell_type == "code":
            _check_stderr(nb, index, name)
            for output in cell.outputs:
                if output.output_type == "error":
                    output.traceback = short_traceback(output.traceback)
    return _with_stable_widget_ids(nb, name)


def _kernel_manager() -> Any:
    """Return a manager for a kernel of this Python, whatever kernels are installed by name."""
    if importlib.util.find_spec("ipykernel") is None:
        raise ExecutionFailed(
            f"The Python at {sys.executable} has no ipykernel, so it can't run notebooks. "
            "Use `python -m tools`, which sets up an environment that has it."
        )
    from ipykernel.kernelspec import RESOURCES, get_kernel_dict
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    class ThisPython(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())

    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=ThisPython())
    if manager.has_trait("transport_encryption"):  # without it, newer kernels print a warning
        manager.transport_encryption = "auto"
    return manager


def kernel_environment(profile: str | None = None) -> dict[str, str]:
    """Return the environment of a kernel: nothing of the user's settings may change an output."""
    env = dict(os.environ)
    env["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    spec = importlib.util.find_spec("matplotlib")
    if spec is not None and spec.origin:
        env["MATPLOTLIBRC"] = str(Path(spec.origin).parent / "mpl-data" / "matplotlibrc")
    if profile is not None:
        env["IPYTHONDIR"] = profile
    env["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # else the debugger warns at every start
    env["SOURCE_DATE_EPOCH"] = "0"  # the date that Matplotlib writes into an SVG
    # Two kernels run side by side, and the course's matrices are small.
    env.setdefault("OMP_NUM_THREADS", "1")
    return env


def _ask_for_both_forms_of_figures(profile: Path) -> None:
    """Have a kernel with this IPython profile draw each figure as SVG and PNG: the site chooses."""
    settings = profile / "profile_default" / "ipython_kernel_config.py"
    settings.parent.mkdir()
    settings.write_text(FIGURE_SETTINGS, encoding="utf-8")


def warm_font_cache() -> None:
    """Let matplotlib list the fonts now: on a slow machine it would say so inside a notebook."""
    if importlib.util.find_spec("matplotlib") is None:
        return
    import matplotlib

    if not list(Path(matplotlib.get_cachedir()).glob("fontlist-*.json")):
        import matplotlib.font_manager  # noqa: F401


def _check_stderr(nb: NotebookNode, index: int, name: str) -> None:
    cell = nb.cells[index]
    if "raises-exception" in cell.metadata.get("tags", []):
        return
    text = "".join(
        output.text
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stderr"
    )
    if text:
        text = f"The cell wrote to stderr, which a page must not show:\n{text.rstrip()}"
        raise ExecutionFailed(_report(nb, index, name, text))


def _report(nb: NotebookNode, index: int, name: str, text: str) -> str:
    """Return the text of a failure: which cell, its source, what happened."""
    number = sum(cell.cell_type == "code" for cell in nb.cells[: index + 1])
    source = "\n".join("    " + line for line in nb.cells[index].source.splitlines())
    return f"{name}, code cell {number}:\n{source}\n{text}"


def _plain(text: str) -> str:
    return ANSI.sub("", text)


def short_traceback(traceback: Sequence[str]) -> list[str]:
    """Return an error's traceback without the frames outside the notebook.

    Those frames name folders of the machine that ran it, and their lines are not the reader's.
    """
    if len(traceback) < 3:
        return list(traceback)
    middle = [frame for frame in traceback[1:-1] if _plain(frame).lstrip().startswith("Cell ")]
    return [traceback[0], *middle, traceback[-1]]


def _with_stable_widget_ids(nb: NotebookNode, name: str) -> NotebookNode:
    """Return `nb` with widget ids that are the same after every run."""
    state = nb.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    if not state:
        return nb
    text = nbformat.writes(nb)
    for number, old in enumerate(state):
        new = hashlib.sha256(f"{name} widget {number}".encode()).hexdigest()[:32]
        text = text.replace(old, new)
    return nbformat.reads(text, as_version=4)


def _stop_kernels() -> None:
    """End the kernels of runs under way, so that an interrupted build leaves none behind."""
    with _running_lock:
        for manager in _running:
            process = getattr(getattr(manager, "provisioner", None), "process", None)
            if process is not None:
                process.kill()
