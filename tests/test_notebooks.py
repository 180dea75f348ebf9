"""The book's notebooks keep to the rules, and each rule is shown to notice what breaks it.

That their outputs are right is nbval's work, which plain `pytest` does as well; the last part of
this file proves that it would notice.
"""

import copy
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils.exercises import cells
from tools import notebook_checks as checks
from tools.execution import ROOT, book_notebooks
from tools.notebooks import (
    WIDGET_VIEW,
    differences,
    normal_form,
    refresh_generated,
    repository_address,
    setup_cell,
    text_of,
)

BOOK = book_notebooks()


# --- the book -------------------------------------------------------------------------------------


def test_there_are_notebooks() -> None:
    assert BOOK, "no notebook in book/: the tests below would check nothing"


@pytest.mark.parametrize("path", BOOK, ids=lambda path: path.stem)
@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_book(path: Path, check: checks.Check) -> None:
    assert not check(nbformat.read(path, as_version=4))


@pytest.mark.parametrize("path", BOOK, ids=lambda path: path.stem)
def test_book_generated_cells(path: Path) -> None:
    nb = nbformat.read(path, as_version=4)
    assert not checks.stale_generated_cells(nb, *repository_address())


@pytest.mark.parametrize("path", BOOK, ids=lambda path: path.stem)
def test_book_normal_form(path: Path) -> None:
    assert not checks.not_normal(path)


# --- each check notices its fault -----------------------------------------------------------------


def code(source: str, count: int | None, text: str = "", **metadata: object) -> NotebookNode:
    """Return a code cell whose output is `text` on stdout."""
    outputs = [new_output("stream", name="stdout", text=text)] if text else []
    return new_code_cell(source, execution_count=count, outputs=outputs, metadata=metadata)


def data_output(**data: str) -> NotebookNode:
    return new_output("display_data", data={k.replace("__", "/"): v for k, v in data.items()})


def good() -> NotebookNode:
    """Return a notebook without a fault."""
    figure = code(
        "fig, ax = figure()\nplt.show()",
        4,
        mystnb={"image": {"alt": "A line that rises from left to right."}},
    )
    figure.outputs = [data_output(**{"text__plain": "<Figure size 770x374 with 1 Axes>"})]
    return new_notebook(
        cells=[
            new_markdown_cell("# A chapter"),
            code(setup_cell(""), 1, course={"part": "setup"}),
            code("import numpy as np", 2),
            new_markdown_cell("The sum, with `code` and $x_i$, and {braces}."),
            code("print(1 + 1)", 3, "2\n"),
            new_markdown_cell("```python\nx = 1\n```\nA picture:"),
            figure,
            new_markdown_cell("An exercise.", metadata={"course": {"part": "exercise"}}),
            code("answer = ...", 5, course={"part": "exercise"}),
            code('check("7.1", answer)', 6, "Not yet.\n", course={"part": "exercise"}),
        ]
    )


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_good_notebook_passes(check: checks.Check) -> None:
    assert check(good()) == []


def alter(index: int, **changes: object) -> Callable[[NotebookNode], None]:
    """Return a change of the code cell at `index`, counted from 0."""

    def change(nb: NotebookNode) -> None:
        cell = [c for c in nb.cells if c.cell_type == "code"][index]
        for name, value in changes.items():
            cell[name] = value

    return change


def add(cell: NotebookNode) -> Callable[[NotebookNode], None]:
    return lambda nb: nb.cells.append(cell)


def markdown(text: str) -> Callable[[NotebookNode], None]:
    return add(new_markdown_cell(text))


def stream(text: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=text)


OBJECT = "<course_utils.network.MLP object at 0x7f3a5c0e1d90>"
FAULTS: list[tuple[checks.Check, str, Callable[[NotebookNode], None], str]] = [
    (checks.execution_order, "unexecuted", alter(2, execution_count=None), "code cell 3: .* None"),
    (checks.execution_order, "out of order", alter(1, execution_count=7), "code cell 2: .* 7"),
    (checks.empty_cells, "empty code cell", add(code(" \n", None)), "cell 11"),
    (checks.missing_outputs, "printed nothing", alter(2, outputs=[]), "code cell 3"),
    (checks.missing_outputs, "drew nothing", alter(3, outputs=[]), "code cell 4"),
    (checks.missing_outputs, "value not shown", alter(1, source="x = 1\nx"), "code cell 2"),
    (checks.addresses, "printed address", alter(2, outputs=[stream(OBJECT)]), "0x7f3a5c0e1d90"),
    (
        checks.addresses,
        "address as a value",
        alter(2, outputs=[data_output(text__plain=OBJECT)]),
        "0x7f3a5c0e1d90",
    ),
    (checks.images, "png", alter(3, outputs=[data_output(image__png="iVBO")]), "image/png"),
    (checks.images, "svg", alter(3, outputs=[data_output(**{"image__svg+xml": "<svg/>"})]), "svg"),
    (checks.images, "pasted", markdown("![](data:image/png;base64,iVBO)"), "cell 11"),
    (
        checks.images,
        "attached",
        add(new_markdown_cell("x", attachments={"a.png": {"image/png": "iVBO"}})),
        "attached",
    ),
    (
        checks.widget_leftovers,
        "view",
        alter(2, outputs=[new_output("display_data", data={WIDGET_VIEW: {"model_id": "1"}})]),
        "code cell 3",
    ),
    (
        checks.widget_leftovers,
        "state",
        lambda nb: nb.metadata.__setitem__("widgets", {}),
        "widget state",
    ),
    (
        checks.prose_between_cells,
        "no prose",
        lambda nb: nb.cells.insert(3, code("y = 2", 3)),
        "code cell 3: follows code cell 2",
    ),
    (checks.prose_between_cells, "no prose after exercise", add(code("y = 2", 7)), "code cell 7"),
    (checks.long_cells, "26 lines", alter(1, source="x = 1\n" * 26), "code cell 2: 26 lines"),
    (checks.myst_syntax, "directive", markdown("```{note}\nHello\n```"), "cell 11: .*note"),
    (checks.myst_syntax, "directive with colons", markdown(":::{tip}\nHello\n:::"), "tip"),
    (checks.myst_syntax, "role", markdown("See {ref}`chapter-1`."), "ref"),
    (checks.alt_texts, "no alt text", alter(3, metadata={}), "code cell 4"),
    (
        checks.alt_texts,
        "alt text says nothing",
        alter(3, metadata={"mystnb": {"image": {"alt": "figure"}}}),
        "code cell 4",
    ),
    (
        checks.alt_texts,
        "drawn without show",
        alter(2, outputs=[data_output(text__plain="<Figure size 640x480 with 1 Axes>")]),
        "code cell 3",
    ),
    (checks.silent_lines, "semicolon", alter(1, source="ax.plot(x);"), "code cell 2"),
    (checks.warnings_shown, "warning", alter(2, outputs=[stream("w", "stderr")]), "code cell 3"),
    (checks.first_cell_sets_up, "no set-up", alter(0, metadata={}), "code cell 1"),
]


@pytest.mark.parametrize(
    ("check", "plant", "says"),
    [pytest.param(check, plant, says, id=name) for check, name, plant, says in FAULTS],
)
def test_fault_is_found(
    check: checks.Check, plant: Callable[[NotebookNode], None], says: str
) -> None:
    nb = good()
    plant(nb)
    found = check(nb)
    assert len(found) == 1 and re.search(says, found[0]), found


def test_every_check_has_a_fault() -> None:
    assert {check for check, *_ in FAULTS} == set(checks.CHECKS)


def test_stale_generated_cell_is_found() -> None:
    nb = good()
    nb.cells = nb.cells[:7]
    assert checks.stale_generated_cells(nb, "", "main") == []
    assert checks.stale_generated_cells(nb, "https://github.com/you/fork", "main") == [
        "cell 2: differs from its source; run `make notebooks`"
    ]
    nb.cells[0].metadata.course = NotebookNode(part="exercise", exercise="0.0", piece="stub")
    assert re.search("0.0", checks.stale_generated_cells(nb, "", "main")[0])


def test_file_not_in_normal_form_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    text = text_of(normal_form(good()))
    path.write_text(text, encoding="utf-8")
    assert checks.not_normal(path) == []
    for wrong in (text + "\n", text.replace('"name": "python3"', '"name": "my-kernel"')):
        path.write_text(wrong, encoding="utf-8")
        assert len(checks.not_normal(path)) == 1


# --- normal form ----------------------------------------------------------------------------------


def noisy() -> NotebookNode:
    """Return a notebook as an editor leaves it."""
    nb = good()
    nb.metadata = nbformat.from_dict(
        {
            "kernelspec": {"name": "my-kernel", "display_name": "Mine", "language": "python"},
            "language_info": {"name": "python", "version": "3.11.7"},
            "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}},
            "colab": {"provenance": []},
        }
    )
    cell = nb.cells[4]
    cell.metadata = nbformat.from_dict(
        {
            "execution": {"iopub.status.busy": "2026-01-01T00:00:00Z"},
            "collapsed": False,
            "tags": [],
            "jupyter": {"outputs_hidden": True, "source_hidden": True},
        }
    )
    cell.outputs = [
        stream("1\n"),
        stream("2\n"),
        new_output(
            "display_data",
            data={WIDGET_VIEW: {"model_id": "a"}, "text/plain": "Slider()"},
            metadata={"width": 3},
        ),
        new_output("display_data", data={"image/png": "iVBO"}),
        new_output("error", ename="E", evalue="v", traceback=["\x1b[31mCell\x1b[0m", "x", "E: v"]),
    ]
    return nb


def test_normal_form_removes_what_is_transient() -> None:
    nb = normal_form(noisy())
    cell = nb.cells[4]
    assert cell.metadata == {"jupyter": {"source_hidden": True}}
    assert cell.outputs == [
        stream("1\n2\n"),
        new_output("display_data", data={"text/plain": "Slider()"}),
        new_output("error", ename="E", evalue="v", traceback=["E: v"]),
    ]
    assert set(nb.metadata) == {"kernelspec", "language_info"}
    assert nb.metadata.kernelspec.name == "python3"
    assert "version" not in nb.metadata.language_info


def test_normal_form_is_stable_and_valid() -> None:
    once = normal_form(noisy())
    nbformat.validate(once)
    assert text_of(normal_form(copy.deepcopy(once))) == text_of(once)
    assert text_of(normal_form(nbformat.reads(text_of(once), as_version=4))) == text_of(once)


def test_normal_form_keeps_ids_and_mends_those_that_will_not_do() -> None:
    nb = good()
    nb.cells[0].id = nb.cells[1].id = "same"
    nb.cells[2].id = "with space"
    ids = [cell.id for cell in normal_form(nb).cells]
    assert ids[0] == "same" and ids[3] == nb.cells[3].id
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[\w-]+", id) for id in ids)
    assert ids == [cell.id for cell in normal_form(nb).cells]


def test_normal_form_leaves_its_argument_alone() -> None:
    nb = noisy()
    before = copy.deepcopy(nb)
    normal_form(nb)
    assert nb == before


def test_refresh_writes_the_generated_cells_and_no_others() -> None:
    nb = good()
    nb.cells = nb.cells[:7]
    for piece in ("prompt", "stub"):
        part = {"part": "exercise", "exercise": "7.1", "piece": piece}
        nb.cells.append(new_markdown_cell("old", metadata={"course": part}))
    new = refresh_generated(nb, "https://github.com/you/fork", "dev")
    changed = [i for i, (a, b) in enumerate(zip(nb.cells, new.cells, strict=True)) if a != b]
    assert changed == [1, 7, 8]
    assert '%pip install -q --no-deps "git+https://github.com/you/fork@dev"' in new.cells[1].source
    assert new.cells[7].source.startswith("### Exercise 7.1")
    assert (new.cells[7].cell_type, new.cells[8].cell_type) == ("markdown", "code")
    assert new.cells[8].source == cells("7.1")["stub"].rstrip()
    nbformat.validate(normal_form(new))


def test_refresh_names_what_does_not_exist() -> None:
    for part in ({"part": "coda"}, {"part": "exercise", "exercise": "7.1", "piece": "joke"}):
        nb = new_notebook(cells=[new_code_cell("x", metadata={"course": part})])
        with pytest.raises(ValueError, match="coda|joke"):
            refresh_generated(nb, "", "main")


def test_set_up_cell_does_nothing_here_and_says_what_to_do_elsewhere() -> None:
    exec(setup_cell(""))
    missing = setup_cell("").replace("course_utils", "course_utils_is_not_here")
    with pytest.raises(ModuleNotFoundError, match="make lab"):
        exec(missing)


def test_differences_are_named() -> None:
    before, after = good(), good()
    after.cells[4].outputs[0].text = "3\n"
    assert differences(before, after) == ["output of code cell 3:\n    -2\n    +3"]
    assert differences(before, good()) == ["brought into normal form"]


# --- nbval bites ----------------------------------------------------------------------------------


def alone(notebook: Path) -> list[str]:
    """What tells pytest to run nbval over this notebook only, wherever it stands."""
    options = ["-p", "no:cacheprovider", "--color=no", "-c", str(ROOT / "pyproject.toml")]
    return [*options, f"--rootdir={notebook.parent}", "-n0", str(notebook)]


def run_nbval(notebook: Path, package: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run pytest with nbval over `notebook`, with `package`'s folder first on the path."""
    env = dict(os.environ)
    if package is not None:
        env["PYTHONPATH"] = str(package)
    return subprocess.run(
        [sys.executable, "-m", "pytest", *alone(notebook)],
        env=env,
        cwd=notebook.parent,
        capture_output=True,
        text=True,
    )


def softmax_notebook(folder: Path) -> Path:
    """Write a small notebook in normal form that computes with course_utils."""
    nb = new_notebook(
        cells=[
            code("import numpy as np\nfrom course_utils.activations import sigmoid", 1),
            new_markdown_cell("The sigmoid of 1 is"),
            code("print(round(float(sigmoid(np.array(1.0))), 4))", 2, "0.7311\n"),
        ]
    )
    path = folder / "small.ipynb"
    path.write_text(text_of(normal_form(nb)), encoding="utf-8")
    return path


def test_nbval_passes_a_true_notebook_and_names_a_changed_number(tmp_path: Path) -> None:
    notebook = softmax_notebook(tmp_path)
    result = run_nbval(notebook)
    assert result.returncode == 0, result.stdout
    assert "2 passed" in result.stdout

    text = notebook.read_text(encoding="utf-8")
    notebook.write_text(text.replace("0.7311", "0.7312"), encoding="utf-8")
    result = run_nbval(notebook)
    assert result.returncode == 1
    assert re.search(r"FAILED .*small\.ipynb::Cell 1", result.stdout), result.stdout
    assert "0.7312" in result.stdout and "0.7311" in result.stdout


def test_nbval_notices_a_changed_sign_in_the_package(tmp_path: Path) -> None:
    notebook = softmax_notebook(tmp_path)
    package = tmp_path / "package"
    shutil.copytree(ROOT / "src" / "course_utils", package / "course_utils")
    assert run_nbval(notebook, package).returncode == 0

    module = package / "course_utils" / "activations.py"
    text = module.read_text(encoding="utf-8")
    assert text.count("expit(z)") >= 1
    module.write_text(text.replace("expit(z)", "expit(-z)"), encoding="utf-8")
    result = run_nbval(notebook, package)
    assert result.returncode == 1
    assert re.search(r"FAILED .*small\.ipynb::Cell 1", result.stdout), result.stdout
