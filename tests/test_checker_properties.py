"""The checker on whatever a learner's function may do: one verdict, in words, never a wrong one.

`test_exercises.py` has the answers that learners give; here hypothesis makes up those that nobody
thinks of.
"""

import array
import builtins
import contextlib
import datetime
import decimal
import fractions
import io
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from course_utils.exercises import Case, Exercise, Result, check, exercise, exercises_of, registry
from course_utils.exercises.attempts import outcome
from course_utils.exercises.compare import CLOSE
from course_utils.exercises.registry import chapters

EXERCISES = [exercise for chapter in chapters() for exercise in exercises_of(chapter)]
each_exercise = pytest.mark.parametrize("given_exercise", EXERCISES, ids=lambda e: e.id)
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+|\bobject at\b")
CASES = 5
many = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
few = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module", autouse=True)
def toys() -> Iterator[None]:
    """97.1 returns a matrix, 97.2 a number and a vector, 97.3 takes what can't be printed well."""

    @exercise(
        "97.1",
        "A matrix",
        prompt="p",
        hints=["h"],
        cases=lambda rng: [Case(rng.normal(size=(2, 3)), rng.normal(size=3)) for _ in range(CASES)],
    )
    def matrix(A, b):
        """Return A + b."""
        return A + b

    @exercise(
        "97.2",
        "A number and a vector",
        prompt="p",
        hints=["h"],
        cases=lambda rng: [Case(rng.normal(size=3), float(rng.normal())) for _ in range(CASES)],
        returns=("sum", "product"),
    )
    def both(v, c):
        """Return the sum of v and cv."""
        return v.sum(), c * v

    @exercise(
        "97.3",
        "Other inputs",
        prompt="p",
        hints=["h"],
        cases=lambda rng: [
            Case(rng.normal(size=2), lambda x: 2 * x, object()) for _ in range(CASES)
        ],
    )
    def other(v, f, thing):
        """Return f(v)."""
        return f(v)

    yield
    for number in (1, 2, 3):
        registry._exercises.pop(f"97.{number}")


def verdict(id: str, answer: object, seed: int = 0) -> Result:
    """Check the answer and hold what comes to all that a verdict promises."""
    out, err = io.StringIO(), io.StringIO()
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        warnings.simplefilter("error")
        result = check(id, answer, rng=np.random.default_rng(seed))
        text = repr(result)
    assert result.status in ("right", "wrong", "not attempted")
    assert re.search(r"[a-z]{2}.*[.?:]", result.message), result.message  # a sentence
    assert text.startswith(f"Exercise {id}: ")
    assert not ADDRESS.search(text), text
    assert "Traceback" not in text and len(text) < 3000
    assert err.getvalue() == ""
    return result


# --- any value ------------------------------------------------------------------------------------

numbers = st.one_of(
    st.integers(-(10**400), 10**400),
    st.floats(),
    st.complex_numbers(),
    st.booleans(),
    st.decimals(),
    st.fractions(),
)
words = st.one_of(st.text(max_size=20), st.binary(max_size=20))
shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
plain_arrays = hnp.arrays(hnp.scalar_dtypes(), shapes)
object_arrays = hnp.arrays(
    object, shapes, elements=st.one_of(st.none(), st.floats(), st.text(max_size=3)), fill=st.none()
)
records = hnp.arrays(hnp.array_dtypes(), hnp.array_shapes(max_dims=2, max_side=2))
tensors = st.builds(
    lambda values, dtype, grad: (
        torch.tensor(values).to(dtype).requires_grad_(grad and dtype.is_floating_point)
    ),
    hnp.arrays(np.float32, shapes, elements=st.floats(-100, 100, width=32)),
    st.sampled_from(
        [torch.float16, torch.bfloat16, torch.float32, torch.int8, torch.bool, torch.complex64]
    ),
    st.booleans(),
)
odd = st.sampled_from(
    [
        lambda: None,
        lambda: object(),
        lambda: type("Thing", (), {})(),
        lambda: (i for i in range(3)),
        lambda: iter([1, 2]),
        lambda: map(abs, [1]),
        lambda: enumerate([1]),
        lambda: np.sum,
        lambda: np,
        lambda: int,
        lambda: print,
        lambda: slice(3),
        lambda: np.random.default_rng(0),
        lambda: np.nditer([1, 2]),
        lambda: np.dtype(float),
        lambda: memoryview(b"123"),
        lambda: bytearray(b"123"),
        lambda: array.array("d", [1, 2]),
        lambda: datetime.date(2020, 1, 1),
        lambda: np.datetime64("2020-01-01"),
        lambda: np.ma.masked,
        lambda: np.ma.masked_array([[1.0, 2.0, 3.0]] * 2, mask=True),
        lambda: torch.nn.Linear(2, 3),
        lambda: torch.eye(3).to_sparse(),
        lambda: torch.empty(2, 3, device="meta"),
        lambda: torch.optim,
        lambda: io.StringIO("text"),
        lambda: ValueError("an exception, returned"),
        lambda: {"a": 1},
        lambda: {1, 2},
        lambda: decimal.Decimal("NaN"),
        lambda: fractions.Fraction(1, 3),
        lambda: NotImplemented,
    ]
).map(lambda make: make())
leaves = st.one_of(
    numbers, words, st.none(), plain_arrays, object_arrays, records, tensors, odd, st.just(...)
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=2),
    ),
    max_leaves=5,
)


def has_dots(value: object) -> bool:
    return value is ... or (isinstance(value, list | tuple) and any(map(has_dots, value)))


@pytest.mark.parametrize("id", ["97.1", "97.2", "97.3"])
@many
@given(value=values)
def test_any_value_gets_a_verdict_and_is_not_right(id: str, value: object) -> None:
    result = verdict(id, lambda *inputs: value)
    assert result.status == "wrong" or (result.status == "not attempted" and has_dots(value))


@many
@given(value=values, case=st.integers(0, CASES - 1))
def test_any_value_in_one_case_alone_is_not_right(value: object, case: int) -> None:
    calls = iter(range(CASES))
    result = verdict("97.1", lambda A, b: value if next(calls) == case else A + b)
    assert result.status == "wrong" or (result.status == "not attempted" and has_dots(value))


@many
@given(first=values, second=values)
def test_any_two_values_get_a_verdict(first: object, second: object) -> None:
    result = verdict("97.2", lambda v, c: (first, second))
    assert result.status != "right"
    result = verdict("97.2", lambda v, c: (v.sum(), second))
    assert result.status != "right"


# --- any exception, and other manners -------------------------------------------------------------


def exceptions() -> list[type[BaseException]]:
    """All built-in exceptions that can be made of a text, but the one that is let through."""
    found, todo = set(), [BaseException]
    while todo:
        kind = todo.pop()
        todo += kind.__subclasses__()
        with contextlib.suppress(Exception):
            kind("text")
            found.add(kind)
    # pytest's own say that they are built in, but refuse to be made of another value than a text.
    built_in = {kind for kind in found if getattr(builtins, kind.__name__, None) is kind}
    return sorted(built_in - {KeyboardInterrupt}, key=lambda kind: kind.__name__)


@many
@given(kind=st.sampled_from(exceptions()), text=st.one_of(words, values))
def test_any_exception_becomes_a_verdict(kind: type[BaseException], text: object) -> None:
    def fails(A, b):
        raise kind(text)

    status = verdict("97.1", fails).status
    assert status == "wrong" or issubclass(kind, NotImplementedError | TypeError | AttributeError)


def test_an_address_in_an_error_is_not_passed_on() -> None:
    said = f"{object()} and <module.Thing object at 0x7F00AB12CD> don't fit"

    def fails(A, b):
        raise ValueError(said)

    assert "<object> and <module.Thing> don't fit" in " ".join(
        verdict("97.1", fails).message.split()
    )


def test_inputs_that_are_no_numbers_are_shown_without_an_address() -> None:
    message = verdict("97.3", lambda v, f, thing: f(v) * np.cos(v)).message
    assert "thing = <object>" in message and "lambda" in message


def test_defaults_are_shown_without_an_address() -> None:
    def too_many(A, b, c, d=object()):  # noqa: B008
        return A + b

    assert "d=<object>" in verdict("97.1", too_many).message


def deep(A, b):
    return deep(b, A)


class Callable2:
    def __call__(self, A, b):
        return A + b


class Wrong:
    def __call__(self, A, b):
        return A - b

    def __repr__(self):
        raise RuntimeError


def changes_everything(A, b):
    A[:], b[:] = 0, 0
    return A + b


def chatters(A, b):
    for _ in range(2000):
        print("a line")
    return A - b


def interferes(A, b):
    warnings.simplefilter("error")
    np.seterr(all="raise")
    warnings.warn("learner's own", stacklevel=1)
    return A - b


def returns_its_argument(A, b):
    return A


MANNERS: list[tuple[str, object]] = [
    ("wrong", deep),
    ("right", Callable2()),
    ("wrong", Wrong()),
    ("wrong", changes_everything),
    ("wrong", chatters),
    ("wrong", interferes),
    ("wrong", returns_its_argument),
    ("wrong", lambda: 0),
    ("wrong", lambda A: A),
    ("wrong", lambda *, A, b: A + b),
    ("wrong", lambda A, b, c: A + b),
    ("right", lambda *inputs, **options: inputs[0] + inputs[1]),
    ("right", lambda A, b=0: A + b),
    ("right", np.add),
    ("wrong", np.subtract),
    ("wrong", print),
    ("wrong", dict),
    ("wrong", max),
    ("wrong", "A + b"),
    ("wrong", 3.5),
    ("wrong", np.zeros((2, 3))),
    ("wrong", torch.eye(2)),
    ("wrong", Case),
    ("wrong", warnings),
]


@pytest.mark.parametrize(("status", "answer"), MANNERS, ids=range(len(MANNERS)))
def test_other_manners_get_a_verdict(status: str, answer: object) -> None:
    filters, errors = list(warnings.filters), np.geterr()
    assert verdict("97.1", answer).status == status
    assert list(warnings.filters) == filters and np.geterr() == errors


# --- the right values -----------------------------------------------------------------------------

FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "list": np.ndarray.tolist,
    "tuple of lists": lambda Z: tuple(Z.tolist()),
    "list of arrays": list,
    "float32": lambda Z: Z.astype(np.float32),
    "long double": lambda Z: Z.astype(np.longdouble),
    "other byte order": lambda Z: Z.astype(Z.dtype.newbyteorder()),
    "column by column": np.asfortranarray,
    "a view, backwards": lambda Z: Z[::-1].copy()[::-1],
    "read-only": lambda Z: np.broadcast_to(Z, Z.shape),
    "objects": lambda Z: Z.astype(object),
    "complex": lambda Z: Z.astype(complex),
    "masked": np.ma.array,
    "tensor": torch.tensor,
    "float32 tensor": lambda Z: torch.tensor(Z, dtype=torch.float32),
    "tensor with a graph": lambda Z: torch.tensor(Z, requires_grad=True) * 1,
    "parameter": lambda Z: torch.nn.Parameter(torch.tensor(Z)),
    "list of tensors": lambda Z: [torch.tensor(row) for row in Z],
}


@pytest.mark.parametrize("form", FORMS)
@few
@given(seed=st.integers(0, 10**6))
def test_the_right_values_are_right_in_every_form(form: str, seed: int) -> None:
    put = FORMS[form]
    assert verdict("97.1", lambda A, b: put(A + b), seed).status == "right"
    result = verdict("97.2", lambda v, c: (put(np.array([v.sum()]))[0], put(c * v)), seed)
    assert result.status == "right"
    assert "float32" in form or "less than float64" not in result.message


@each_exercise
@few
@given(data=st.data())
def test_one_wrong_number_in_one_case_is_never_right(
    given_exercise: Exercise, data: st.DataObject
) -> None:
    """By more than float32 could be off; a tenth of the largest value at least, either way."""
    seed = data.draw(st.integers(0, 10**6))
    cases = given_exercise.cases(np.random.default_rng(seed))
    chosen = data.draw(st.integers(0, len(cases) - 1))
    factor = data.draw(st.sampled_from([-3.0, -0.1, 100 * CLOSE, 0.5]))
    calls = iter(range(len(cases)))

    def spoilt(*inputs):
        parts = outcome(given_exercise, given_exercise.function, Case(*inputs))
        if next(calls) == chosen:
            part = data.draw(st.sampled_from([p for p in parts if p.size]))
            index = data.draw(st.integers(0, part.size - 1))
            part.flat[index] += factor * max(np.abs(part).max(), 1e-3)
        return parts if len(parts) > 1 else parts[0]

    result = verdict(given_exercise.id, spoilt, seed)
    if given_exercise.compare is None:
        assert result.status == "wrong", result


@each_exercise
@few
@given(value=values)
def test_any_value_gets_a_verdict_in_every_exercise(
    given_exercise: Exercise, value: object
) -> None:
    assert verdict(given_exercise.id, lambda *inputs: value).status != "right"
