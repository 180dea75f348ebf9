"""Begins a chapter, or gives a chapter an exercise's cells: `python -m tools new ...`.

What is written here is only a beginning; CONTRIBUTING.md says how it goes on.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_utils import exercises
from tools import files, notebook_file
from tools.execution import ROOT
from tools.notebooks import normal_form, refresh_generated, repository_address, text_of

USAGE = """\
Wanted: new chapter NN_topic     such as 08_momentum
or:     new exercise N.M         such as 8.1; its function must stand in chapter_N.py"""
QUESTION = """\
**{}. A question on what the chapter is about?**

<details><summary>The answer of someone who took it the wrong way</summary>

Say what is wrong with it.

</details>

<details><summary>The right answer</summary>

Right. Say why.

</details>"""
# The parts of every chapter, in their order, each with what belongs there.
PARTS = {
    "The question": "A question that this chapter answers, and a prediction to make before it.",
    "See it move": "An explorable, shown before anything is derived.",
    "Step by step": "What we need and why, the equation with its shapes, the NumPy cell, the "
    "PyTorch cell that agrees, what was learned. One heading for each step.",
    "Pitfalls": "The mistakes that are really made, each as a box that begins with **Pitfall.**",
    "Exercises": "Four or five of them.",
    "Test yourself": "Choose an answer and open it.\n\n"
    + "\n\n".join(map(QUESTION.format, range(1, 6))),
    "The same in PyTorch": "The chapter once more, the way one would write it at work.",
    "Summary": "A few sentences, each of them true by itself.",
    "What comes next": "A link to the next chapter, and why to go there.",
}
BEGINNING = "One or two sentences on what this chapter is about and what it is good for."
IMPORTS = """\
import numpy as np
import torch

from course_utils.exercises import check, hint
from course_utils.verify import agree"""
SETUP = {"course": {"part": "setup"}, "tags": ["hide-input"]}
PIECES = {
    "prompt": new_markdown_cell,
    "stub": new_code_cell,
    "check": new_code_cell,
    "hints": new_markdown_cell,
    "solution": new_markdown_cell,
}


def new(arguments: Sequence[str], root: Path = ROOT) -> Path:
    """Write what `arguments` ask for (see USAGE) and return the notebook.

    Raises ValueError, before anything is written, for what can't be done.
    """
    match list(arguments):
        case ["chapter", name]:
            return new_chapter(name, root)
        case ["exercise", exercise]:
            return new_exercise(exercise, root)
    raise ValueError(USAGE)


def new_chapter(name: str, root: Path = ROOT) -> Path:
    """Write the notebook of a new chapter with its headings, and name it in `_toc.yml`."""
    if not re.fullmatch(r"\d\d_[a-z][a-z0-9_]*", name):
        raise ValueError(f"{name!r} is no name of a chapter.\n{USAGE}")
    path = root / "book" / f"{name}.ipynb"
    taken = sorted(path.parent.glob(f"{name[:3]}*.ipynb"))
    if taken:
        raise ValueError(f"book/{taken[0].name} has that number already.")
    toc = root / "_toc.yml"
    contents = with_chapter(toc.read_text(encoding="utf-8"), name)
    title = name[3:].replace("_", " ").capitalize()
    cells = [new_markdown_cell(f"# {title}\n\n{BEGINNING}")]
    cells += [new_code_cell(metadata=SETUP), new_code_cell(IMPORTS)]
    cells += [new_markdown_cell(f"## {part}\n\n{text}") for part, text in PARTS.items()]
    nb = refresh_generated(new_notebook(cells=cells), *repository_address(root))
    files.write(path, text_of(normal_form(nb)))
    files.write(toc, contents)
    return path


def with_chapter(toc: str, name: str) -> str:
    """Return the text of `_toc.yml` with the chapter `name` in its place by number."""
    chapters = list(re.finditer(r"^ *- file: (\d\d_\w+)\n", toc, re.MULTILINE))
    before = [line for line in chapters if line[1] < name]
    if not before:
        raise ValueError("_toc.yml has no chapter after which this one could stand.")
    place = before[-1].end()
    return toc[:place] + before[-1][0].replace(before[-1][1], name) + toc[place:]


def new_exercise(exercise: str, root: Path = ROOT) -> Path:
    """Put the five cells of an exercise after the last one of its chapter's notebook."""
    exercises.cells(exercise)  # which raises ValueError if there is none
    number = int(exercise.split(".")[0])
    paths = sorted((root / "book").glob(f"{number:02}_*.ipynb"))
    if not paths:
        raise ValueError(f"book/ has no notebook for chapter {number}: begin it first.\n{USAGE}")
    nb = notebook_file.read(paths[0])
    place = 0
    for index, cell in enumerate(nb.cells, start=1):
        part = cell.metadata.get("course", {})
        if part.get("exercise") == exercise:
            raise ValueError(f"{paths[0].name} has exercise {exercise} already.")
        if part.get("part") == "exercise" or cell.source.startswith("## Exercises"):
            place = index
    if not place:
        raise ValueError(f"{paths[0].name} has no heading `## Exercises` to put it under.")
    nb.cells[place:place] = [
        make(metadata={"course": {"part": "exercise", "exercise": exercise, "piece": piece}})
        for piece, make in PIECES.items()
    ]
    nb = refresh_generated(nb, *repository_address(root))
    files.write(paths[0], text_of(normal_form(nb)))
    return paths[0]
