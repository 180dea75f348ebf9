"""The cells by which an exercise appears in a notebook."""

from course_utils.exercises.registry import find


def cells(exercise_id: str) -> dict[str, str]:
    """The five pieces of an exercise, by name, in the order in which they appear.

    "prompt", "hints" and "solution" are Markdown, "stub" and "check" are code. Hints and
    solution are folded; the blank lines make Markdown render inside the folds.

    Raises
    ------
    ValueError : if there is no such exercise.
    """
    exercise = find(exercise_id)
    return {
        "prompt": f"### Exercise {exercise.id} – {exercise.title}\n\n{exercise.prompt}",
        "stub": exercise.stub,
        "check": f'check("{exercise.id}", {exercise.name})',
        "hints": "\n\n".join(
            _fold(f"Hint {number}", hint) for number, hint in enumerate(exercise.hints, start=1)
        ),
        "solution": _fold("Solution", f"```python\n{exercise.solution}\n```"),
    }


def _fold(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"
