"""check, hint and solution: what a learner calls in a notebook."""

import textwrap
import warnings
from dataclasses import dataclass

import numpy as np

from course_utils.exercises.attempts import attempt, is_untouched
from course_utils.exercises.diagnosis import Diagnosis, diagnose, unfit
from course_utils.exercises.registry import Exercise, find

WIDTH = 80  # columns, as wide as code in a notebook
_HEADLINES = {"right": "right.", "wrong": "not right yet.", "not attempted": "not attempted yet."}
_hints_given: dict[str, int] = {}


@dataclass(frozen=True)
class Result:
    """What `check` found.

    Attributes
    ----------
    exercise : the id, such as "7.1".
    status : "not attempted", "right" or "wrong".
    message : what to tell the learner.
    mistake : the name of the known mistake that was recognised, or "".
    """

    exercise: str
    status: str
    message: str
    mistake: str = ""

    def __repr__(self) -> str:
        text = f"Exercise {self.exercise}: {_HEADLINES[self.status]} {self.message}"
        return "\n".join(
            line if line.startswith(" ") else textwrap.fill(line, WIDTH, break_on_hyphens=False)
            for line in text.split("\n")
        )


def check(
    exercise_id: str, answer: object = None, *, rng: np.random.Generator | None = None
) -> Result:
    """Try an answer on newly drawn inputs and say whether it is right, or in what way it is wrong.

    Parameters
    ----------
    exercise_id : such as "7.1".
    answer : the learner's function. Whatever it does, no exception leaves this call
        except a KeyboardInterrupt.
    rng : draws the inputs; a new generator by default.

    Raises
    ------
    ValueError : if there is no such exercise.
    """
    exercise = find(exercise_id)
    if problem := unfit(exercise, answer):
        return Result(exercise.id, "wrong", problem)
    assert callable(answer)
    if is_untouched(answer):
        return _result(exercise, Diagnosis("not attempted", ""))
    attempts = [
        attempt(exercise, answer, case) for case in exercise.cases(rng or np.random.default_rng())
    ]
    print(attempts[0].printed, end="")  # once is enough to follow what the function does
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # a wrong answer may hold anything
        return _result(exercise, diagnose(exercise, answer, attempts))


def _result(exercise: Exercise, diagnosis: Diagnosis) -> Result:
    message = diagnosis.message or (
        f"Replace the dots in {exercise.name} with your code, run that cell, then this one."
    )
    return Result(exercise.id, diagnosis.status, message, diagnosis.mistake)


def hint(exercise_id: str) -> None:
    """Print the next hint of an exercise; after the last one, start again.

    Raises
    ------
    ValueError : if there is no such exercise.
    """
    exercise = find(exercise_id)
    given = _hints_given.get(exercise.id, 0) % len(exercise.hints)
    _hints_given[exercise.id] = given + 1
    print(
        textwrap.fill(f"Hint {given + 1} of {len(exercise.hints)}: {exercise.hints[given]}", WIDTH)
    )
    if given + 1 == len(exercise.hints):
        print(f'That was the last hint. solution("{exercise.id}") prints a solution.')


def solution(exercise_id: str) -> None:
    """Print the solution of an exercise.

    Raises
    ------
    ValueError : if there is no such exercise.
    """
    print(find(exercise_id).solution)
