"""The text of the chapters agrees with their code: numbers come out of it, equations exist."""

import json
import re
from math import log
from pathlib import Path

import pytest

from tools.execution import book_notebooks

BOOK = book_notebooks()
by_notebook = pytest.mark.parametrize("notebook", BOOK, ids=lambda path: path.stem)

TAG = re.compile(r"\\tag\{(\d+\.\d+)\}")
REFERENCE = re.compile(r"\((\d\.\d{1,2})\)|\bequations? \((\d\.\d{1,2})\b")
EXACT_NUMBER = re.compile(r"(?<![\w.])\d+\.\d{2,}(?![\w.]*\d)")
NO_PROSE = re.compile(r"```.*?```|\]\([^)]*\)|\\tag\{[^}]*\}|\(\d\.\d{1,2}\)", re.DOTALL)

# Numbers that a sentence works out by itself, or reads off the picture: what they are.
WORKED_OUT = {
    "01_softmax_regression": [log(2), 2 * log(2), 3 * log(2), 1 / 8, 0.95],
    "06_stochastic_gradient_descent": [0.65, 0.92, 0.33],
    "07_worked_example": [100 - 51.84, 0.06 * 28 - 1, 10 / 7, 15 / 7, 5 / 7],
}


def cells(notebook: Path, kind: str) -> list[dict]:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    return [cell for cell in content["cells"] if cell["cell_type"] == kind]


def prose(notebook: Path) -> str:
    """Return the Markdown that is written by hand, not made from an exercise."""
    texts = [c for c in cells(notebook, "markdown") if "course" not in c["metadata"]]
    return "\n\n".join("".join(cell["source"]) for cell in texts)


def computed(notebook: Path) -> str:
    """Return the code and all text that it puts out."""
    texts = []
    for cell in cells(notebook, "code"):
        texts += ["".join(cell["source"])]
        for output in cell["outputs"]:
            texts += ["".join(output.get("text", ""))]
            texts += ["".join(data) for data in output.get("data", {}).values()]
    return "\n".join(texts)


def unfounded(text: str, source: str, worked_out: list[float]) -> list[str]:
    """Return the numbers of two and more decimals in `text` that none of `source` rounds to.

    Numbers of one decimal or none are too common for such a comparison to say anything.
    """
    known = [float(number) for number in re.findall(r"\d+\.\d+", source)] + worked_out
    return [
        number
        for number in EXACT_NUMBER.findall(NO_PROSE.sub("", text))
        if not any(
            abs(value - float(number)) <= 0.5001 * 10 ** -len(number.partition(".")[2])
            for value in known
        )
    ]


@by_notebook
def test_numbers_in_the_text_come_out_of_the_page(notebook: Path) -> None:
    worked_out = WORKED_OUT.get(notebook.stem, [])
    found = unfounded(prose(notebook), computed(notebook), worked_out)
    assert not found, f"{notebook.name}: no code or output on the page has these numbers"


def test_a_wrong_number_is_found() -> None:
    text = (
        "It fell to 51.84, by (7.2), a half of $103.68$; see [that](page.md#3.14).\n```\n2.72\n```"
    )
    assert unfounded(text, "loss 51.8400 and 103.677", []) == []
    assert unfounded(text, "loss 51.8300", [103.68]) == ["51.84"]


def equations() -> dict[str, str]:
    """Return every equation number of the book, and the notebook in which it stands."""
    found: dict[str, str] = {}
    for notebook in BOOK:
        for tag in TAG.findall(prose(notebook)):
            assert tag not in found, f"equation ({tag}) stands in {found[tag]} and {notebook.stem}"
            found[tag] = notebook.stem
    return found


@by_notebook
def test_equations_are_numbered_in_order(notebook: Path) -> None:
    chapter = int(notebook.stem[:2])
    tags = TAG.findall(prose(notebook))
    assert tags == [f"{chapter}.{number}" for number in range(1, len(tags) + 1)]


@by_notebook
def test_references_to_equations_lead_to_one(notebook: Path) -> None:
    text = NO_PROSE.sub(lambda match: match[0] if match[0][0] == "(" else "", prose(notebook))
    comments = re.findall(r"#.*\bequations? \(.*|#.*\bby \(.*", computed(notebook))
    named = {a or b for a, b in REFERENCE.findall("\n".join([text, *comments]))}
    missing = named - set(equations())
    assert not missing, f"{notebook.name} refers to equations that there are not"
