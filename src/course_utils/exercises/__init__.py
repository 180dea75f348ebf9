"""Exercises of the course: `check` an answer, ask for a `hint`, print the `solution`.

In a notebook:

    check("7.2", student_gradient)   # not attempted, right, or wrong and in what way
    hint("7.2")                      # the next hint each time
    solution("7.2")

The exercises of chapter N stand in `chapter_N.py`, which is imported when first needed.
"""

from course_utils.exercises.cells import cells
from course_utils.exercises.checker import Result, check, hint, solution
from course_utils.exercises.registry import Case, Exercise, exercise, exercises_of

__all__ = [
    "Case",
    "Exercise",
    "Result",
    "cells",
    "check",
    "exercise",
    "exercises_of",
    "hint",
    "solution",
]
