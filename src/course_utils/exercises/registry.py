"""Exercises with their cases and known mistakes, registered chapter by chapter."""

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Function = Callable[..., Any]


class Case:
    """One set of inputs on which an answer is tried.

    Parameters
    ----------
    *inputs : the arguments of the exercise's function, in its order.
    label : what kind of case this is, to complete "right for …, wrong for …":
        "one sample", "a batch", "large logits". Empty where all cases are of one kind.
    """

    def __init__(self, *inputs: Any, label: str = "") -> None:
        self.inputs = inputs
        self.label = label

    def __repr__(self) -> str:
        return f"Case({', '.join(map(repr, self.inputs))}, label={self.label!r})"


@dataclass(frozen=True)
class Mistake:
    """A known wrong way: what it computes, and what to tell whoever took it.

    The message has to be true for each returned value by itself: the mistake may have been
    made in one of them only.
    """

    name: str
    message: str
    function: Function

    @property
    def source(self) -> str:
        """The source of its function, without the decorator."""
        return _without_decorator(self.function)


@dataclass
class Exercise:
    """One exercise. The learner's stub and the printed solution both come from `function`.

    Attributes
    ----------
    id : "chapter.number", such as "7.2".
    title, prompt : Markdown; the prompt states the task, with the shapes.
    hints : the ladder, from a nudge to all but the answer; Markdown that also reads as plain text.
    cases : draws the cases anew from a random generator.
    function : the solution.
    returns : the names of the returned values, used in messages. With more than one name
        the function returns a tuple.
    compare : for answers that are not unique, `compare(got, wanted, *inputs) -> bool` decides
        instead of equality; `got` and `wanted` are built like the solution's return value.
    mistakes : the known mistakes; where two match, the one registered first is named.
    """

    id: str
    title: str
    prompt: str
    hints: Sequence[str]
    cases: Callable[[np.random.Generator], list[Case]]
    function: Function
    returns: tuple[str, ...] = ("the result",)
    compare: Callable[..., bool] | None = None
    mistakes: list[Mistake] = field(default_factory=list)

    def __call__(self, *inputs: Any) -> Any:
        return self.function(*inputs)

    def mistake(self, name: str, message: str) -> Callable[[Function], Function]:
        """Register the decorated function as a known mistake.

        The message says what was done, why it is wrong and what to look at.

        Raises
        ------
        ValueError : if this exercise already has a mistake of that name.
        """
        if any(name == known.name for known in self.mistakes):
            raise ValueError(f"exercise {self.id} already has a mistake called {name!r}")

        def register(function: Function) -> Function:
            self.mistakes.append(Mistake(name, _one_line(message), function))
            return function

        return register

    @property
    def name(self) -> str:
        """The name of the function that the learner writes."""
        return self.function.__name__

    @property
    def parameters(self) -> list[str]:
        """The names of its arguments."""
        return list(inspect.signature(self.function).parameters)

    @property
    def solution(self) -> str:
        """The source of the solution, without the decorator."""
        return _without_decorator(self.function)

    @property
    def stub(self) -> str:
        """What the learner starts from: signature and docstring of the solution, then dots."""
        lines, definition = _parse(self.function)
        docstring = definition.body[0]
        return "\n".join(
            [*lines[definition.lineno - 1 : docstring.end_lineno], "    ...  # your code here"]
        )


def _parse(function: Function) -> tuple[list[str], ast.FunctionDef]:
    """The lines of a function's source, and its definition in them."""
    source = textwrap.dedent(inspect.getsource(function))
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    return source.rstrip().splitlines(), definition


def _without_decorator(function: Function) -> str:
    """The source of a function from its `def` on."""
    lines, definition = _parse(function)
    return "\n".join(lines[definition.lineno - 1 :])


_exercises: dict[str, Exercise] = {}


def exercise(
    id: str,
    title: str,
    *,
    prompt: str,
    hints: Sequence[str],
    cases: Callable[[np.random.Generator], list[Case]],
    returns: str | tuple[str, ...] = "the result",
    compare: Callable[..., bool] | None = None,
) -> Callable[[Function], Exercise]:
    """Register the decorated function as the solution of an exercise (see `Exercise`).

    Raises
    ------
    ValueError : if the id is not "chapter.number" or is taken, or the function has no docstring.
    """
    if not re.fullmatch(r"\d+\.\d+", id):
        raise ValueError(f'an exercise id is "chapter.number", such as "7.2"; got {id!r}')

    def register(function: Function) -> Exercise:
        if not function.__doc__:
            raise ValueError(f"exercise {id}: {function.__name__} needs a docstring for its stub")
        taken = _exercises.get(id)
        if taken and taken.name != function.__name__:  # the same name: a module reloaded
            raise ValueError(f"exercise id {id} is taken by {taken.name}")
        _exercises[id] = Exercise(
            id=id,
            title=title,
            prompt=textwrap.dedent(prompt).strip(),
            hints=[_one_line(hint) for hint in hints],
            cases=cases,
            function=function,
            returns=(returns,) if isinstance(returns, str) else returns,
            compare=compare,
        )
        return _exercises[id]

    return register


def find(id: str) -> Exercise:
    """The exercise of that id; its chapter is imported when first asked for.

    Raises
    ------
    ValueError : if there is none, with a list of those that there are.
    """
    if not isinstance(id, str):
        raise ValueError(
            f'the id of the exercise comes first and in quotes, as in check("7.1", …); got {id!r}'
        )
    if id not in _exercises:
        chapter = id.partition(".")[0]
        known = [exercise.id for exercise in exercises_of(chapter)]
        if not known:
            raise ValueError(
                f"there is no exercise {id!r}; chapters with exercises: "
                + ", ".join(map(str, chapters()))
            )
        if id not in known:
            raise ValueError(
                f"there is no exercise {id!r}; those of chapter {chapter}: {', '.join(known)}"
            )
    return _exercises[id]


def exercises_of(chapter: int | str) -> list[Exercise]:
    """The exercises of one chapter in order; an empty list where it has none."""
    if str(chapter) in map(str, chapters()):
        importlib.import_module(f"{__package__}.chapter_{chapter}")
    numbered = [
        (int(id.split(".")[1]), id) for id in _exercises if id.split(".")[0] == f"{chapter}"
    ]
    return [_exercises[id] for _, id in sorted(numbered)]


def chapters() -> list[int]:
    """The numbers of the chapters that have exercises: the modules `chapter_N` of this package."""
    package = importlib.import_module(__package__)
    names = [module.name for module in pkgutil.iter_modules(package.__path__)]
    return sorted(int(name[len("chapter_") :]) for name in names if name.startswith("chapter_"))


def _one_line(text: str) -> str:
    """The text with the line breaks of its source undone, and paragraphs kept."""
    paragraphs = re.split(r"\n\s*\n", textwrap.dedent(text).strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
