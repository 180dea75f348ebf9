"""The form in which notebooks are stored, and their generated cells (`python -m tools notebooks`).

A stored notebook carries its text outputs, which nbval compares, and no images and no widget state:
those would bloat every commit, and the site makes its own (`tools/execution.py`).
"""

import copy
import difflib
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import files, notebook_file, repository
from tools.execution import (
    ROOT,
    ExecutionFailed,
    book_notebooks,
    claimed,
    count,
    execute_all,
    executed,
    executed_path,
    key,
    run_many,
)

__all__ = [
    "ExecutionFailed",
    "book_notebooks",
    "execute_all",
    "executed",
    "executed_path",
    "key",
    "normal_form",
    "refresh_generated",
    "setup_cell",
    "text_of",
    "update_all",
]

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}
# What editors and hosts leave behind, of no use to a reader.
NOTEBOOK_NOISE = {
    "accelerator",
    "celltoolbar",
    "colab",
    "orig_nbformat",
    "signature",
    "toc",
    "vscode",
    "widgets",
}
CELL_NOISE = {
    "ExecuteTime",
    "colab",
    "collapsed",
    "editable",
    "execution",
    "id",
    "outputId",
    "scrolled",
    "trusted",
    "vscode",
}
CODE_PIECES = {"stub", "check"}


# --- normal form ----------------------------------------------------------------------------------


def normal_form(nb: NotebookNode) -> NotebookNode:
    """Return a copy of `nb` in the form in which the project stores notebooks.

    Kept: sources, execution counts, text outputs, tags and other metadata that says something.
    Removed: images, widget views and state, time stamps, what editors add. Applying it twice
    changes nothing more.
    """
    nb = copy.deepcopy(nb)
    nb.nbformat, nb.nbformat_minor = 4, 5
    nb.metadata = _without(nb.metadata, NOTEBOOK_NOISE)
    nb.metadata.kernelspec = nbformat.from_dict(KERNEL)
    nb.metadata.language_info = nbformat.from_dict(LANGUAGE)
    taken: set[str] = set()
    for index, cell in enumerate(nb.cells):
        cell.id = _cell_id(cell, index, taken)
        taken.add(cell.id)
        cell.source = cell.source.rstrip()
        cell.metadata = _cell_metadata(cell.metadata)
        if cell.cell_type == "code":
            cell.outputs = _outputs(cell.outputs, cell.execution_count)
    return nb


def text_of(nb: NotebookNode) -> str:
    """Return `nb` as the text of a file: sorted keys, one space of indent, a newline at the end."""
    return nbformat.writes(nb).rstrip("\n") + "\n"


def _without(metadata: NotebookNode, names: set[str]) -> NotebookNode:
    return nbformat.from_dict({k: v for k, v in metadata.items() if k not in names})


def _cell_id(cell: NotebookNode, index: int, taken: set[str]) -> str:
    """Return the cell's own id, or one made from its place and text where that won't do."""
    own = cell.get("id", "")
    if re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", own) and own not in taken:
        return str(own)
    number = index
    while True:
        made = hashlib.sha256(f"{number}\0{cell.source}".encode()).hexdigest()[:8]
        if made not in taken:
            return made
        number += 1


def _cell_metadata(metadata: NotebookNode) -> NotebookNode:
    metadata = _without(metadata, CELL_NOISE)
    if "jupyter" in metadata:  # whether the source is folded matters, the output's state doesn't
        metadata["jupyter"] = _without(metadata["jupyter"], {"outputs_hidden"})
    return nbformat.from_dict({k: v for k, v in metadata.items() if v not in ([], {}, None)})


def _outputs(outputs: list[NotebookNode], count: int | None) -> list[NotebookNode]:
    kept: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream":
            last = kept[-1] if kept else None
            if last is not None and last.output_type == "stream" and last.name == output.name:
                last.text += output.text
            else:
                kept.append(output)
            continue
        if output.output_type == "error":
            # Frames look different in every version of IPython, and name folders of one machine.
            output.traceback = [f"{output.ename}: {output.evalue}"]
            kept.append(output)
            continue
        output.metadata = NotebookNode()
        output.data = nbformat.from_dict(
            {
                mime: data
                for mime, data in output.data.items()
                if mime != WIDGET_VIEW and not mime.startswith("image/")
            }
        )
        if output.output_type == "execute_result":
            output.execution_count = count
        if output.data:
            kept.append(output)
    return kept


# --- generated cells ------------------------------------------------------------------------------

SETUP_START = """\
# Nothing happens here on your computer and on Binder. On Colab this cell
# fetches the course's own package.
import importlib.util

if importlib.util.find_spec("course_utils") is None:
"""
SETUP_INSTALL = """\
    %pip install -q --no-deps "git+{url}@{branch}"
    importlib.invalidate_caches()
"""
SETUP_NO_ADDRESS = """\
    raise ModuleNotFoundError(
        "The package course_utils is not installed here, and this notebook "
        "has no address to fetch it from. On your computer: run `make lab` "
        "in the project's folder. In a fork: run `make repository "
        "URL=https://...` once, commit, and open the notebook again."
    )
"""


def repository_address(root: Path = ROOT) -> tuple[str, str]:
    """Return the address and branch that `_config.yml` names; the address is empty if unknown."""
    found = repository.configured(root) if (root / "_config.yml").exists() else {}
    return found.get("url") or "", found.get("branch") or repository.DEFAULT_BRANCH


def setup_cell(url: str, branch: str = "main") -> str:
    """Return the source of the set-up cell for the repository at `url` ("" where none is known)."""
    rest = SETUP_INSTALL.format(url=url, branch=branch) if url else SETUP_NO_ADDRESS
    return (SETUP_START + rest).rstrip()


def generated_source(part: NotebookNode, url: str, branch: str) -> str:
    """Return the source of a generated cell from its metadata `course`.

    Raises ValueError for a part, an exercise or a piece that doesn't exist.
    """
    if part.get("part") == "setup":
        return setup_cell(url, branch)
    if part.get("part") != "exercise":
        raise ValueError(f"unknown part {part.get('part')!r}: 'setup' or 'exercise' was expected")
    from course_utils import exercises

    try:
        cells: dict[str, str] = exercises.cells(part["exercise"])
        return cells[part["piece"]].rstrip()
    except (KeyError, ValueError) as error:
        raise ValueError(
            f"no piece {part.get('piece')!r} of an exercise {part.get('exercise')!r}: {error}"
        ) from error


def refresh_generated(nb: NotebookNode, url: str, branch: str) -> NotebookNode:
    """Return a copy of `nb` whose generated cells have the text that their source gives now."""
    nb = copy.deepcopy(nb)
    for index, cell in enumerate(nb.cells):
        part = cell.metadata.get("course")
        if not part or "part" not in part:
            continue
        source = generated_source(part, url, branch)
        kind = "code" if part["part"] == "setup" or part["piece"] in CODE_PIECES else "markdown"
        if cell.cell_type != kind:
            make: Callable[..., NotebookNode] = getattr(nbformat.v4, f"new_{kind}_cell")
            cell = nb.cells[index] = make(id=cell.get("id"), metadata=cell.metadata)
        cell.source = source
    return nb


# --- the command ----------------------------------------------------------------------------------


def update_all(root: Path = ROOT, only: Sequence[str] = ()) -> list[Path]:
    """Refresh the generated cells, execute every notebook afresh, store all in normal form.

    `only` picks the notebooks whose name has one of these parts. Rewrites only files that change
    and says what changed. Returns the rewritten files. Raises ExecutionFailed after trying all; a
    notebook that failed keeps its file. Raises ValueError if `only` matches no notebook, and
    before anything is executed if one of them can't be read.
    """
    notebooks = [
        path for path in book_notebooks(root) if not only or any(part in path.name for part in only)
    ]
    if not notebooks:
        raise ValueError(f"No notebook in book/ has {' or '.join(only) or 'any name'} in its name.")
    with claimed(root / "_build"):
        changed, failures = _update(notebooks, root)
    if failures:
        raise ExecutionFailed("\n\n".join(failures))
    if not changed:
        print("No notebook changed.")
    return changed


def _update(notebooks: Sequence[Path], root: Path) -> tuple[list[Path], list[str]]:
    """Do the work of `update_all`; return the files that changed and the texts of failures."""
    url, branch = repository_address(root)
    before: dict[Path, NotebookNode] = {}
    refreshed: dict[Path, NotebookNode] = {}
    for notebook in notebooks:
        before[notebook] = notebook_file.read(notebook)
        refreshed[notebook] = refresh_generated(before[notebook], url, branch)
    print(f"Executing {count(len(notebooks), 'notebook')}, about 10 s each:", flush=True)
    work = root / "_build" / "notebooks"
    results = {notebook: work / notebook.name for notebook in notebooks}
    for path in results.values():
        files.remove(path)
    failures = run_many(notebooks, results, sources=refreshed)
    changed = []
    for notebook, result in results.items():
        if not result.exists():
            continue
        after = normal_form(notebook_file.read(result))
        if write_if_changed(notebook, text_of(after)):
            changed.append(notebook)
            print(f"{notebook.name}: {'; '.join(differences(before[notebook], after))}")
        # The site need not execute again what has just been executed.
        target = executed_path(notebook, root)
        files.folder(target.parent)
        result.replace(target)
    return changed, failures


def write_if_changed(path: Path, text: str) -> bool:
    """Write `text` to `path` unless it holds just that; return whether it was written."""
    if path.exists() and path.read_bytes() == text.encode():
        return False
    files.write(path, text)
    return True


def differences(before: NotebookNode, after: NotebookNode) -> list[str]:
    """Return, in words, what differs: which code cells' source or output, or only the form."""
    found = []
    old = [cell for cell in before.cells if cell.cell_type == "code"]
    new = [cell for cell in after.cells if cell.cell_type == "code"]
    if len(old) != len(new):
        found.append(f"{len(old)} code cells became {len(new)}")
    for number, (a, b) in enumerate(zip(old, new, strict=False), start=1):
        if a.source.rstrip() != b.source:
            found.append(f"generated text of code cell {number}")
        was, now = _lines(_outputs(copy.deepcopy(a.outputs), b.execution_count)), _lines(b.outputs)
        if was != now:
            diff = [
                line
                for line in difflib.unified_diff(was, now, lineterm="", n=0)
                if not line.startswith(("---", "+++", "@@"))
            ]
            found.append("\n    ".join([f"output of code cell {number}:", *diff[:12]]))
    return found or ["brought into normal form"]


def _lines(outputs: list[NotebookNode]) -> list[str]:
    """Return the outputs as lines of text, for a comparison that a person reads."""
    lines: list[str] = []
    for output in outputs:
        if output.output_type == "stream":
            lines += output.text.splitlines()
        elif output.output_type == "error":
            lines.append(f"{output.ename}: {output.evalue}")
        else:
            for mime, data in sorted(output.data.items()):
                text = data if isinstance(data, str) else json.dumps(data, sort_keys=True)
                lines += text.splitlines() or [mime]
    return lines
