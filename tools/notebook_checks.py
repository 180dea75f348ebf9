"""What every stored notebook must keep to. Each check returns what it found, as sentences.

nbval compares outputs with a fresh run, but only where a cell has an execution count, and it looks
neither at images nor at prose. These checks close that gap without running anything.
"""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.execution import parsable
from tools.notebooks import WIDGET_VIEW, generated_source, normal_form, text_of

LONGEST_CELL = 25
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
FENCE = re.compile(r"^\s*(`{3,}|:{3,}|~{3,})\s*\{[\w:-]+\}", re.MULTILINE)
ROLE = re.compile(r"\{[a-zA-Z][\w:+-]*\}`[^`]+`")
CODE_BLOCK = re.compile(r"^(`{3,}|~{3,})[^{\n]*\n.*?^\1", re.MULTILINE | re.DOTALL)
# Calls that leave an output whenever they run.
SPEAKS = {"print", "display", "show", "agree", "check", "hint", "solution"}
DRAWS = re.compile(r"\bplt\.show\(\)|\bfig(ure)?\.show\(\)|\bdisplay\(fig")

Check = Callable[[NotebookNode], list[str]]


def code_cells(nb: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """Yield the code cells with their number, counted from 1."""
    yield from enumerate((c for c in nb.cells if c.cell_type == "code"), start=1)


def execution_order(nb: NotebookNode) -> list[str]:
    """Every code cell was executed, from top to bottom in one fresh kernel."""
    return [
        f"code cell {number}: execution count {cell.execution_count}, expected {number}"
        for number, cell in code_cells(nb)
        if cell.execution_count != number
    ]


def empty_cells(nb: NotebookNode) -> list[str]:
    """No cell is empty: an empty code cell is never executed."""
    return [
        f"cell {index}: is empty"
        for index, cell in enumerate(nb.cells, start=1)
        if not cell.source.strip()
    ]


def missing_outputs(nb: NotebookNode) -> list[str]:
    """A cell that prints, draws or ends in a value has an output."""
    return [
        f"code cell {number}: has no output, though its code gives one"
        for number, cell in code_cells(nb)
        if not cell.outputs and _gives_output(cell.source)
    ]


def addresses(nb: NotebookNode) -> list[str]:
    """No output names an object's address in memory, which is another one in each run."""
    return [
        f"code cell {number}: the output names an address, {found[0]}"
        for number, cell in code_cells(nb)
        for text in _texts(cell)
        if (found := ADDRESS.search(text))
    ]


def images(nb: NotebookNode) -> list[str]:
    """No image stands in the file, neither as an output nor pasted into Markdown."""
    found = [
        f"code cell {number}: an output holds {mime}"
        for number, cell in code_cells(nb)
        for output in cell.outputs
        for mime in output.get("data", {})
        if mime.startswith("image/")
    ]
    for index, cell in enumerate(nb.cells, start=1):
        if cell.get("attachments"):
            found.append(f"cell {index}: an image is attached")
        if "data:image/" in cell.source:
            found.append(f"cell {index}: the source holds an image")
    return found


def widget_leftovers(nb: NotebookNode) -> list[str]:
    """No widget state or view stands in the file."""
    found = ["the metadata hold widget state"] if "widgets" in nb.metadata else []
    return found + [
        f"code cell {number}: an output holds a widget view"
        for number, cell in code_cells(nb)
        for output in cell.outputs
        if WIDGET_VIEW in output.get("data", {})
    ]


def prose_between_cells(nb: NotebookNode) -> list[str]:
    """Prose stands between any two code cells, save around the set-up and inside an exercise."""
    found, previous = [], None
    number = 0
    for cell in nb.cells:
        if cell.cell_type == "code":
            number += 1
            set_up = previous is not None and _part(previous) == "setup"
            inside_exercise = previous is not None and _part(previous) == _part(cell) == "exercise"
            if previous is not None and not set_up and not inside_exercise:
                found.append(f"code cell {number}: follows code cell {number - 1} without prose")
            previous = cell
        else:
            previous = None
    return found


def long_cells(nb: NotebookNode) -> list[str]:
    """No code cell is longer than 25 lines."""
    return [
        f"code cell {number}: {lines} lines, {LONGEST_CELL} at most"
        for number, cell in code_cells(nb)
        if (lines := len(cell.source.splitlines())) > LONGEST_CELL and _part(cell) != "exercise"
    ]


def myst_syntax(nb: NotebookNode) -> list[str]:
    """No MyST directive or role: JupyterLab, Colab and GitHub show them as they are typed."""
    found = []
    for index, cell in enumerate(nb.cells, start=1):
        if cell.cell_type != "markdown":
            continue
        directive = FENCE.search(cell.source)
        # Inside a code block, a role is an example of one.
        role = ROLE.search(CODE_BLOCK.sub("", cell.source))
        found += [
            f"cell {index}: MyST syntax {match[0].strip()!r}"
            for match in (directive, role)
            if match
        ]
    return found


def alt_texts(nb: NotebookNode) -> list[str]:
    """Every cell that draws says in words what the figure shows."""
    found = []
    for number, cell in code_cells(nb):
        drawn = any("<Figure size" in text for text in _texts(cell))
        if not (drawn or DRAWS.search(cell.source)):
            continue
        image = cell.metadata.get("mystnb", {}).get("image", {})
        if len((image.get("alt") or "").split()) < 3:
            found.append(f"code cell {number}: draws, but `mystnb.image.alt` does not say what")
    return found


def silent_lines(nb: NotebookNode) -> list[str]:
    """No cell ends in a semicolon: nbval sees the value that the semicolon hides from a reader."""
    return [
        f"code cell {number}: ends in a semicolon; assign the value to `_` or call plt.show()"
        for number, cell in code_cells(nb)
        if cell.source.rstrip().endswith(";")
    ]


def warnings_shown(nb: NotebookNode) -> list[str]:
    """No output comes from stderr: a page shows no warnings."""
    return [
        f"code cell {number}: the output holds what was written to stderr"
        for number, cell in code_cells(nb)
        if "raises-exception" not in cell.metadata.get("tags", [])
        and any(o.output_type == "stream" and o.name == "stderr" for o in cell.outputs)
    ]


def first_cell_sets_up(nb: NotebookNode) -> list[str]:
    """The first code cell is the generated set-up cell."""
    for _, cell in code_cells(nb):
        if _part(cell) == "setup":
            return []
        return ["code cell 1: is not the set-up cell (metadata course: {part: setup})"]
    return []


CHECKS: list[Check] = [
    execution_order,
    empty_cells,
    missing_outputs,
    addresses,
    images,
    widget_leftovers,
    prose_between_cells,
    long_cells,
    myst_syntax,
    alt_texts,
    silent_lines,
    warnings_shown,
    first_cell_sets_up,
]


def stale_generated_cells(nb: NotebookNode, url: str, branch: str) -> list[str]:
    """Every generated cell has the text that its source gives now."""
    found = []
    for index, cell in enumerate(nb.cells, start=1):
        part = cell.metadata.get("course")
        if not part or "part" not in part:
            continue
        try:
            source = generated_source(part, url, branch)
        except ValueError as error:
            found.append(f"cell {index}: {error}")
            continue
        if cell.source != source:
            found.append(f"cell {index}: differs from its source; run `make notebooks`")
    return found


def not_normal(path: Path) -> list[str]:
    """The file is in normal form, to the byte."""
    stored = path.read_text(encoding="utf-8")
    if text_of(normal_form(nbformat.read(path, as_version=4))) == stored:
        return []
    return ["the file is not in normal form; run `make notebooks`"]


def _gives_output(source: str) -> bool:
    """Return whether running `source` surely leaves an output."""
    try:
        body = ast.parse(parsable(source)).body
    except SyntaxError:
        return False
    if not body or not isinstance(body[-1], ast.Expr):
        return any(_calls(node) for node in body)
    last = body[-1].value
    # A call may return None, which shows nothing; any other expression is a value to look at.
    return any(_calls(node) for node in body) or not isinstance(last, ast.Call | ast.Await)


def _calls(node: ast.stmt) -> bool:
    """Return whether the statement, as it stands, calls something that shows an output."""
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    function = node.value.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in SPEAKS


def _texts(cell: NotebookNode) -> Iterator[str]:
    """Yield all text in the outputs of a cell."""
    for output in cell.outputs:
        if output.output_type == "stream":
            yield output.text
        elif output.output_type == "error":
            yield output.evalue
        else:
            yield from (data for data in output.data.values() if isinstance(data, str))


def _part(cell: NotebookNode) -> str:
    return str(cell.metadata.get("course", {}).get("part", ""))
