"""Putting a case to a learner's function, whatever the function may do."""

import contextlib
import copy
import inspect
import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_utils.exercises.registry import Case, Exercise, Function

DOTS = np.empty(0)  # stands for a value that the learner has left as dots; compared with `is`


class Unreadable(Exception):
    """A returned value that can't be read as the numbers that are due; says why."""


@dataclass
class Attempt:
    """What came of putting one case to an answer."""

    case: Case
    inputs: dict[str, Any]  # by the name of the argument, as they were before the call
    wanted: tuple[np.ndarray, ...]
    value: Any = None
    parts: tuple[np.ndarray, ...] = ()
    error: BaseException | None = None
    unreadable: str = ""
    printed: str = ""
    warned: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)  # the arguments it changed in place


def attempt(exercise: Exercise, answer: Function, case: Case) -> Attempt:
    """Call `answer` on a copy of the case's inputs and read what it returns.

    Nothing that the answer does gets out of here, except a KeyboardInterrupt.
    """
    result = Attempt(
        case=case,
        inputs=dict(zip(exercise.parameters, copy.deepcopy(case.inputs), strict=True)),
        wanted=outcome(exercise, exercise.function, case),
    )
    inputs = copy.deepcopy(case.inputs)
    printed = io.StringIO()
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        try:
            with contextlib.redirect_stdout(printed):
                result.value = answer(*inputs)
                shapes = [part.shape for part in result.wanted]
                result.parts = read_parts(result.value, exercise.returns, shapes)
        except KeyboardInterrupt:
            raise
        except Unreadable as problem:
            result.unreadable = str(problem)
        except BaseException as error:  # a learner's code may raise anything, SystemExit too
            result.error = error
    result.printed = printed.getvalue()
    result.warned = [str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)]
    result.changed = [
        name
        for name, before, after in zip(exercise.parameters, case.inputs, inputs, strict=True)
        if not _same(before, after)
    ]
    return result


def outcome(exercise: Exercise, function: Function, case: Case) -> tuple[np.ndarray, ...]:
    """The values that a function of the course, solution or mistake, returns for a case."""
    with np.errstate(all="ignore"):
        value = function(*copy.deepcopy(case.inputs))
    values = value if len(exercise.returns) > 1 else (value,)
    return tuple(np.array(part, dtype=float) for part in values)


def _same(before: Any, after: Any) -> bool:
    """Whether an input's arrays are unchanged. Other inputs, a generator say, may change."""
    if isinstance(before, list | tuple):
        return len(before) == len(after) and all(map(_same, before, after))
    if not isinstance(before, np.ndarray):
        return True
    return bool(np.array_equal(before, after, equal_nan=before.dtype.kind in "fc"))


def is_untouched(answer: Function) -> bool:
    """Whether the function's body is empty but for a docstring, dots or `pass`."""

    def stub() -> None:
        """Docstring."""

    def without_docstring() -> None: ...

    code = getattr(undecorated(answer), "__code__", None)
    return (
        code is not None
        and code.co_code in (stub.__code__.co_code, without_docstring.__code__.co_code)
        and all(value in (None, ..., answer.__doc__) for value in code.co_consts)
    )


def undecorated(function: Function) -> Function:
    """The function as the learner wrote it, below any decorators."""
    try:
        return inspect.unwrap(function)
    except ValueError:  # wrapped in a circle
        return function


def read_parts(
    value: Any, returns: tuple[str, ...], shapes: Sequence[tuple[int, ...]]
) -> tuple[np.ndarray, ...]:
    """The returned value as one array for each name in `returns`, whatever its shape.

    `shapes` are those that are due: they tell whether one array stands for several values.

    Raises
    ------
    Unreadable : if it is of another kind, or holds another number of values.
    """
    if value is None:
        raise Unreadable("Your function returns nothing (None). Does it end in `return …`?")
    if value is ...:
        return (DOTS,) * len(returns)
    if len(returns) == 1:
        return (_read_single(value, returns[0], shapes[0]),)
    due = f"{len(returns)} values are due: {', '.join(returns)}"
    if not _is_sequence(value):
        array = value if isinstance(value, np.ndarray) else _read(value)
        elements = list(array) if array.ndim else []
        if [np.shape(element) for element in elements] != list(shapes):
            what = f"one array of shape {array.shape}" if array.ndim else "a single number"
            raise Unreadable(f"Your function returns {what}. {due}; `return` them with commas.")
        value = elements
    if len(value) != len(returns):
        raise Unreadable(f"Your function returns {count(len(value), 'value')}. {due}.")
    return tuple(
        DOTS if _has_dots(part) else _read(part, f"For {name}, your function returns")
        for part, name in zip(value, returns, strict=True)
    )


def _read_single(value: Any, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The only value that is due; a tuple counts as several unless it has the right shape."""
    if _has_dots(value):
        return DOTS
    with contextlib.suppress(Unreadable):
        array = _read(value)
        if array.shape == shape:
            return array
    if isinstance(value, tuple) and len(value) == 1:
        raise Unreadable(
            "Your function returns a tuple with one value in it. A comma at the end of the "
            "`return` line does that: take it away."
        )
    if isinstance(value, tuple) and any(np.ndim(_read(part)) for part in value):
        raise Unreadable(f"Your function returns {count(len(value), 'value')}. One is due: {name}.")
    return _read(value)


def _has_dots(value: Any) -> bool:
    return value is ... or (_is_sequence(value) and any(map(_has_dots, value)))


def _read(value: Any, subject: str = "Your function returns") -> np.ndarray:
    """The value as an array of real numbers, copied.

    Raises
    ------
    Unreadable : if it is none.
    """
    for is_kind, what in _NOT_NUMBERS:
        if is_kind(value):
            raise Unreadable(f"{subject} {what}")
    try:
        array = _to_array(value)
        if array.dtype == object:
            array = array.astype(float)
    except Exception as error:
        what = f"a {type(value).__name__} that can't be read as an array of numbers"
        raise Unreadable(f"{subject} {what}{_element_shapes(value)}.") from error
    if array.dtype.kind == "c" and not np.any(array.imag):
        array = array.real
    if array.dtype.kind not in "iuf":
        kinds = {"b": "True and False", "c": "complex numbers", "U": "text", "S": "text"}
        what = kinds.get(array.dtype.kind, f"values of type {array.dtype}")
        raise Unreadable(f"{subject} {what}, where ordinary numbers are due.")
    return array


def _element_shapes(value: Any) -> str:
    if not _is_sequence(value):
        return ""
    try:
        shapes = [np.shape(_to_array(element)) for element in value]
    except Exception:
        return ""
    return f": the shapes of its elements are {', '.join(map(str, shapes))}"


def _to_array(value: Any) -> np.ndarray:
    if hasattr(value, "detach"):  # a torch tensor, wherever it lives
        value = value.detach().cpu().numpy()
    elif _is_sequence(value):
        value = [_to_array(element) for element in value]
    return np.array(value)


def _is_sequence(value: Any) -> bool:
    return isinstance(value, tuple | list)


def count(number: int, what: str) -> str:
    """ "1 value", "2 values"."""
    return f"{number} {what}{'s' * (number != 1)}"


def _is_coroutine(value: Any) -> bool:
    if inspect.iscoroutine(value):
        value.close()  # otherwise Python warns that it was never awaited
        return True
    return False


_NOT_NUMBERS: list[tuple[Callable[[Any], bool], str]] = [
    (lambda value: value is None, "None where a value is due. Is it computed at all?"),
    (inspect.isgenerator, "a generator: `yield` stands where `return` is due."),
    (_is_coroutine, "nothing yet: declared with `async`, it only starts when awaited."),
    (
        lambda value: isinstance(value, map | filter | zip | range),
        "an iterator, which yields its values only when asked. Put list(…) around it.",
    ),
    (inspect.isclass, "a class, not numbers."),
    (
        callable,
        "a function, not numbers. Do the parentheses of a call miss, as in `x.sum` for `x.sum()`?",
    ),
    (lambda value: isinstance(value, dict), "a dict. Return the values alone."),
    (
        lambda value: isinstance(value, set | frozenset),
        "a set, which has no order: { } stands where [ ] or ( ) is due.",
    ),
    (
        lambda value: isinstance(value, str | bytes),
        "text where numbers are due. Return the numbers themselves.",
    ),
]
