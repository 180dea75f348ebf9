"""Reads a notebook from its file, and says what is wrong with a file that is none."""

import json
import re
import warnings
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode, ValidationError
from nbformat.validator import normalize
from nbformat.warnings import MissingIDFieldWarning

CONFLICT = re.compile(r"^(<{7}|={7}|>{7})(?: .*)?$", re.MULTILINE)
GET_BACK = "`git checkout -- {path}` brings back the form that was committed last."


class BrokenNotebook(ValueError):
    """A file is no notebook; the message says which file, what is wrong and what to do."""

    def __init__(self, path: Path, what: str, advice: str = GET_BACK) -> None:
        place = "/".join(path.parts[-2:])  # book/NN_topic.ipynb
        super().__init__(f"{place} can't be read: {what}\n{advice.format(path=place)}")


def content(path: Path) -> dict[str, Any]:
    """Return the JSON object in the file of a notebook; each of its cells has type and source.

    Raises BrokenNotebook for anything else, and OSError where there is no such file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BrokenNotebook(path, f"it is not UTF-8 text ({error.reason}).") from None
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise _not_json(path, text, error) from None
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        raise BrokenNotebook(path, "it is JSON, but not that of a notebook: it has no cells.")
    if found.get("nbformat") != 4:
        raise BrokenNotebook(
            path,
            f"its format is {found.get('nbformat')!r}, and the course needs 4.",
            "Open it in JupyterLab (`make lab`) and save it: that writes format 4.",
        )
    for number, cell in enumerate(found["cells"], start=1):
        if not isinstance(cell, dict) or not {"cell_type", "source"} <= set(cell):
            raise BrokenNotebook(path, f"cell {number} lacks its type or its source.")
    return found


def read(path: Path) -> NotebookNode:
    """Return the notebook in a file. Raises BrokenNotebook if it breaks the rules of the format."""
    found = content(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingIDFieldWarning)  # ids are made when it is stored
        _, with_ids = normalize(nbformat.from_dict(found))
    try:
        nbformat.validate(with_ids)
    except ValidationError as error:
        place = ".".join(map(str, error.absolute_path)) or "the notebook"
        raise BrokenNotebook(path, f"{place}: {error.message[:300]}") from None
    return nbformat.reads(json.dumps(found), as_version=4)  # joins sources kept as lists of lines


def _not_json(path: Path, text: str, error: json.JSONDecodeError) -> BrokenNotebook:
    conflict = CONFLICT.search(text)
    if conflict:
        line = text.count("\n", 0, conflict.start()) + 1
        return BrokenNotebook(
            path,
            f"line {line} is the mark of a merge conflict, {conflict[0]!r}: git could not join "
            "two versions of it.",
            "Take one of them, `git checkout --ours {path}` or `git checkout --theirs {path}`, "
            "add by hand what the other one had, then run `make notebooks`.",
        )
    if not text[error.pos :].strip() or "Unterminated" in error.msg:
        what = f"it ends in the middle, at line {error.lineno}" if text.strip() else "it is empty"
        return BrokenNotebook(
            path, f"{what}. The likely cause: it was not written to its end (a full disk, a crash)."
        )
    return BrokenNotebook(path, f"line {error.lineno}, column {error.colno}: {error.msg}.")
