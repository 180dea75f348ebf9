"""The exercises: their solutions, stubs and mistakes, and the checker on odd answers."""

import ast
import functools
import gc
import re
import sys
import warnings

import numpy as np
import pytest

from course_utils.exercises import (
    Case,
    cells,
    check,
    exercise,
    exercises_of,
    generic,
    hint,
    solution,
)
from course_utils.exercises import registry as registry_module
from course_utils.exercises.attempts import outcome
from course_utils.exercises.compare import close
from course_utils.exercises.registry import chapters

DRAWS = 25
EXERCISES = [exercise for chapter in chapters() for exercise in exercises_of(chapter)]
MISTAKES = [
    pytest.param(exercise, mistake, id=f"{exercise.id}-{mistake.name}")
    for exercise in EXERCISES
    for mistake in exercise.mistakes
]

each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)


def seeds():
    return map(np.random.default_rng, range(DRAWS))


# Every registered exercise ------------------------------------------------------------------


def test_there_are_exercises_to_test():
    assert 7 in chapters()
    assert len(exercises_of(7)) >= 5


@each_exercise
def test_solution_is_right(exercise):
    for rng in seeds():
        assert check(exercise.id, exercise.function, rng=rng).status == "right"


@each_exercise
def test_printed_solution_is_right(exercise, capsys):
    solution(exercise.id)
    printed = capsys.readouterr().out
    assert "@exercise" not in printed
    assert check(exercise.id, define(printed, exercise.name)).status == "right"


@each_exercise
def test_stub_is_not_attempted_and_says_so_in_a_stable_way(exercise):
    stub = define(exercise.stub, exercise.name)
    results = {repr(check(exercise.id, stub)) for _ in range(3)}
    assert len(results) == 1
    assert check(exercise.id, stub).status == "not attempted"
    assert exercise.name in results.pop()


@each_exercise
def test_stub_shows_signature_and_docstring_but_no_solution(exercise):
    stub, whole = (ast.parse(text).body[0] for text in (exercise.stub, exercise.solution))
    assert ast.unparse(stub.args) == ast.unparse(whole.args)
    assert ast.get_docstring(stub) == ast.get_docstring(whole)
    assert len(stub.body) == 2 and ast.unparse(stub.body[1]) == "..."
    assert exercise.stub.endswith("...  # your code here")


@pytest.mark.parametrize("exercise, mistake", MISTAKES)
def test_mistake_is_named(exercise, mistake):
    for rng in seeds():
        result = check(exercise.id, mistake.function, rng=rng)
        assert result.status == "wrong"
        assert result.mistake == mistake.name
        assert mistake.message in result.message


@pytest.mark.parametrize("exercise, mistake", MISTAKES)
def test_mistake_differs_from_the_solution(exercise, mistake):
    for rng in seeds():
        assert not all(
            close(got, wanted)
            for case in exercise.cases(rng)
            for got, wanted in zip(
                outcome(exercise, mistake.function, case),
                outcome(exercise, exercise.function, case),
                strict=True,
            )
        )


@each_exercise
def test_exercise_is_complete(exercise):
    messages = [mistake.message for mistake in exercise.mistakes]
    assert len(messages) >= 4
    assert len(set(messages)) == len(messages)
    assert all(message.endswith((".", "?")) and len(message) > 40 for message in messages)
    assert len(exercise.hints) >= 3
    assert len(exercise.prompt) > 100


@each_exercise
def test_cases_are_drawn_anew_and_fit_the_function(exercise):
    first, again, other = (exercise.cases(np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert repr(first) == repr(again) != repr(other)
    assert len(first) >= 5
    for case in first:
        assert len(case.inputs) == len(exercise.parameters)
        assert len(exercise.returns) == len(outcome(exercise, exercise.function, case))


@each_exercise
def test_no_answer_can_be_a_constant(exercise):
    """The wanted values differ between the cases, as do those that an all-zero answer gives."""
    wanted = [outcome(exercise, exercise.function, case) for case in exercise.cases(next(seeds()))]
    for part in range(len(exercise.returns)):
        assert any(not np.array_equal(w[part], wanted[0][part]) for w in wanted)
        assert all(w[part].any() for w in wanted)


@each_exercise
def test_cells(exercise):
    pieces = cells(exercise.id)
    assert list(pieces) == ["prompt", "stub", "check", "hints", "solution"]
    assert pieces["prompt"].startswith(f"### Exercise {exercise.id} – {exercise.title}\n\n")
    namespace = {"np": np, "check": check}
    exec(pieces["stub"], namespace)
    assert eval(pieces["check"], namespace).status == "not attempted"
    assert pieces["hints"].count("<details>") == len(exercise.hints)
    assert pieces["hints"].count("</details>") == len(exercise.hints)
    assert "<details><summary>Hint 1</summary>\n\n" in pieces["hints"]
    fenced = re.fullmatch(
        r"<details><summary>Solution</summary>\n\n```python\n(.*)\n```\n\n</details>",
        pieces["solution"],
        re.DOTALL,
    )
    assert check(exercise.id, define(fenced[1], exercise.name)).status == "right"


def define(source, name):
    """The function that a notebook cell with this source defines."""
    namespace = {"np": np}
    exec(source, namespace)
    return namespace[name]


def test_figures_of_the_prompts():
    largest_rate, gradient = exercises_of(7)[4], exercises_of(7)[1]
    X = np.array([[1.0, 2.0], [2.0, 3.0], [3.0, 1.0], [4.0, 5.0]])
    assert round(float(largest_rate(X)), 4) == 0.0578
    dw, db = gradient(np.zeros(2), 0.0, np.array([2.0, 3.0]), 10.0)
    assert dw.tolist() == [-40, -60] and db == -20


# Asking for exercises ------------------------------------------------------------------------


@pytest.mark.parametrize("call", [lambda id: check(id, len), hint, solution, cells])
def test_unknown_id_lists_the_known_ones(call):
    with pytest.raises(ValueError, match=r"'7\.99'.*chapter 7: 7\.1, 7\.2, 7\.3"):
        call("7.99")
    with pytest.raises(ValueError, match=r"chapters with exercises:.*7"):
        call("98.1")
    with pytest.raises(ValueError, match="in quotes"):
        call(7.1)


def test_hints_come_one_by_one_and_then_again(capsys, toy):
    for number in (1, 2, 3, 1):
        hint("99.1")
        assert capsys.readouterr().out.startswith(f"Hint {number} of 3: {toy.hints[number - 1]}")
    for _ in range(2):
        hint("99.1")
    assert 'solution("99.1")' in capsys.readouterr().out


def test_registering_rejects_what_can_not_work(toy):
    options = {"prompt": "p", "hints": ["h"], "cases": lambda rng: []}
    with pytest.raises(ValueError, match="chapter.number"):
        exercise("seven", "t", **options)
    with pytest.raises(ValueError, match="taken by sums"):
        exercise("99.1", "t", **options)(documented)
    with pytest.raises(ValueError, match="docstring"):
        exercise("99.2", "t", **options)(lambda: 0)
    with pytest.raises(ValueError, match="already has a mistake called 'no bias'"):
        toy.mistake("no bias", "…")


def documented():
    """Return nothing."""


def test_a_reloaded_chapter_replaces_its_exercises(toy):
    again = exercise("99.1", "t", prompt="p", hints=["h"], cases=lambda rng: [])(toy.function)
    assert exercises_of(99) == [again]


# The checker on odd answers: a small exercise with one and one with two values ---------------


def draw(rng):
    sizes = {"one sample": [1, 1], "a batch": [3, 4, 6]}
    return [
        Case(rng.normal(size=(N, 2)), rng.normal(size=(3, 2)), rng.normal(size=3) + 3, label=label)
        for label, counts in sizes.items()
        for N in counts
    ]


@pytest.fixture
def toy():
    @exercise(
        "99.1",
        "A toy",
        prompt="Sum up.",
        hints=["One.", "Two.", "Three."],
        cases=draw,
        returns="Z",
    )
    def sums(A, W, b):
        """Return Z = AWᵀ + b, shape (N, 3)."""
        return A @ W.T + b

    @sums.mistake("no bias", "The bias is left out.")
    def _(A, W, b):
        return A @ W.T

    yield sums
    registry_module._exercises.pop("99.1", None)


@pytest.fixture
def pair():
    @exercise(
        "99.2",
        "Another",
        prompt="Twice.",
        hints=["One."],
        cases=lambda rng: [
            Case(rng.normal(size=N), float(rng.normal()) + 3) for N in (1, 2, 3, 4, 5, 6)
        ],
        returns=("mean", "scaled"),
    )
    def two(v, c):
        """Return the mean of v, a number, and v · c, shape (N,)."""
        return v.mean() * c, v * c

    @two.mistake("no factor", "The factor is left out.")
    def _(v, c):
        return v.mean(), v

    @two.mistake("squashed", "It is squashed.")
    def _(v, c):
        return np.tanh(v.mean() * c), np.tanh(v * c)

    @two.mistake("mean not scaled", "The mean is not scaled.")
    def _(v, c):
        return v.mean(), v * c

    yield two
    registry_module._exercises.pop("99.2", None)


def verdict(id, answer, status="wrong"):
    """The message of a check, whose status is as given, and which never raises or warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = check(id, answer, rng=np.random.default_rng(3))
        assert result.status == status, result
        lines = repr(result).split("\n")
    assert lines[0].startswith(f"Exercise {id}: ")
    assert all(len(line) <= 80 for line in lines if not line.startswith(" "))
    return result.message


def untouched(A, W, b):
    """Return Z."""
    ...  # your code here


def only_pass(A, W, b):
    pass


@pytest.mark.parametrize("answer", [untouched, only_pass, lambda A, W, b: ...])
def test_empty_bodies_are_not_attempted(toy, answer):
    assert "Replace the dots in sums" in verdict("99.1", answer, "not attempted")


def test_half_written_answers_are_not_attempted(toy):
    def dots_in_the_middle(A, W, b):
        Z = ...
        return Z + b

    def not_implemented(A, W, b):
        raise NotImplementedError

    for answer in (dots_in_the_middle, not_implemented):
        assert "still dots" in verdict("99.1", answer, "not attempted")


def test_a_constant_is_an_attempt(toy):
    """Its bytecode is that of an empty function."""

    def constant(A, W, b):
        return 0.5

    assert "A number where shape (6, 3) is due" in verdict("99.1", constant)


@pytest.mark.parametrize("answer", [None, 3, "sums", np.zeros(3), [1], ...])
def test_not_a_function(toy, answer):
    assert 'check("99.1", sums)' in verdict("99.1", answer)


def test_the_call_in_place_of_the_function(toy):
    assert "without parentheses" in verdict("99.1", untouched(1, 2, 3))


def test_a_class_is_no_function(toy):
    assert "a class" in verdict("99.1", type("Sums", (), {}))


def test_arguments(toy):
    def too_few(A, W):
        return A @ W.T

    def in_another_order(W, A, b):
        return A @ W.T + b

    def failing_in_another_order(b, W, A):
        return A @ W.T @ A + b

    def more_with_default(A, W, b, scale=1):
        return scale * (A @ W.T + b)

    def wrong_in_another_order(b, W, A):
        return np.tanh(b @ W.T + A)

    assert "takes (A, W); it is called with (A, W, b)" in verdict("99.1", too_few)
    assert "takes (W, A, b), but" in verdict("99.1", in_another_order)
    assert "takes (b, W, A), but" in verdict("99.1", failing_in_another_order)
    assert "takes (b, W, A), but" in verdict("99.1", wrong_in_another_order)
    verdict("99.1", more_with_default, "right")
    verdict("99.1", lambda *inputs: toy(*inputs), "right")
    verdict("99.1", functools.partial(more_with_default, scale=1), "right")
    assert "takes (b)" in verdict("99.1", functools.partial(toy.function, 1, 2))


def test_none_and_prints(toy, capsys):
    def prints(A, W, b):
        print(A @ W.T + b)

    def forgets(A, W, b):
        Z = A @ W.T + b  # noqa: F841

    def in_place(A, W, b):
        W *= 2

    assert "prints instead" in verdict("99.1", prints)
    assert capsys.readouterr().out.count("[[") == 1  # the first case only
    message = verdict("99.1", forgets)
    assert "nothing (None)" in message and "print" not in message
    assert "changes W in place instead" in verdict("99.1", in_place)


RAISED = [
    (ZeroDivisionError, "divided by zero", lambda A, W, b: 1 / 0),
    (ValueError, "A has shape (6, 2), W has shape (3, 2)", lambda A, W, b: A @ W + b),
    (ValueError, "each axis counted from the last", lambda A, W, b: A + b),
    (NameError, "a typing error", lambda A, W, b: A @ Wz.T + b),  # noqa: F821
    (NameError, "Did you mean `np`?", lambda A, W, b: npp.dot(A, W.T) + b),  # noqa: F821
    (IndexError, "first element has index 0", lambda A, W, b: A[:, 2]),
    (TypeError, "Parentheses call a function", lambda A, W, b: b(A @ W.T)),
    (TypeError, "Something there is None", lambda A, W, b: A @ W.T + print(end="")),
    (AttributeError, "other methods", lambda A, W, b: A.mm(W)),
    (ValueError, "np.where chooses", lambda A, W, b: A @ W.T + b if A > 0 else b),
    (SystemExit, "would end Python", lambda A, W, b: sys.exit(1)),
    (ValueError, "unpack", lambda A, W, b: [p for p, q in [A.shape + (1,)]]),
    (TypeError, "can't become one number", lambda A, W, b: float(A @ W.T)),
    (ValueError, "column_stack", lambda A, W, b: np.hstack([A, np.ones(len(A))])),
    (np.linalg.LinAlgError, "square matrix", lambda A, W, b: np.linalg.inv(W)),
    (GeneratorExit, "GeneratorExit", lambda A, W, b: throw(GeneratorExit)),
    (MemoryError, "far too large", lambda A, W, b: throw(MemoryError)),
    (KeyError, "KeyError", lambda A, W, b: {}["Z"]),
    (AssertionError, "assert", lambda A, W, b: throw(AssertionError)),
]


def throw(error):
    raise error


@pytest.mark.parametrize("kind, clue, answer", RAISED)
def test_exceptions_are_explained(toy, kind, clue, answer):
    message = verdict("99.1", answer)
    assert f"raises {kind.__name__} in line " in message
    assert clue in message


def test_the_line_of_an_error_is_that_of_the_learners_code(toy):
    def fails(A, W, b):
        Z = A @ W.T
        return np.linalg.norm(Z, axis=7)

    line = fails.__code__.co_firstlineno + 2
    message = verdict("99.1", fails)
    assert f"in line {line}, `return np.linalg.norm(Z, axis=7)`" in message


def test_an_error_without_source(toy):
    answer = define("def sums(A, W, b):\n    return A @ W\n", "sums")
    message = verdict("99.1", answer)
    assert "ValueError in line 2: matmul" in message
    assert "A has shape (6, 2), W has shape (3, 2), b has shape (3,)" in message


def test_errors_that_fight_back(toy):
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    def long(A, W, b):
        raise ValueError("x" * 10_000)

    assert "raises Mute" in verdict("99.1", lambda A, W, b: throw(Mute))
    assert len(verdict("99.1", long)) < 500


def test_endless_recursion(toy):
    def sums(A, W, b):
        return sums(A, W, b)

    assert "calls itself without end" in verdict("99.1", sums)


def test_keyboard_interrupt_passes_through(toy):
    stdout = sys.stdout
    with pytest.raises(KeyboardInterrupt):
        check("99.1", lambda A, W, b: throw(KeyboardInterrupt))
    assert sys.stdout is stdout


def test_other_kinds_of_numbers_are_accepted(toy):
    torch = pytest.importorskip("torch")
    for convert in (
        list,
        tuple,
        np.ndarray.tolist,
        lambda Z: np.array(Z, dtype=object),
        lambda Z: Z.astype(complex),
        np.asfortranarray,
        torch.tensor,
        lambda Z: torch.tensor(Z, requires_grad=True),
        lambda Z: [torch.tensor(row, requires_grad=True) for row in Z],
        lambda Z: np.ma.array(Z),
        np.matrix,
    ):
        verdict("99.1", lambda A, W, b, convert=convert: convert(A @ W.T + b), "right")


def test_single_precision_is_right_but_remarked_upon(toy):
    torch = pytest.importorskip("torch")

    def single(A, W, b):
        return (A.astype("f4") @ W.T.astype("f4") + b).astype("f4")

    def torch_single(A, W, b):
        A, W, b = (torch.tensor(array, dtype=torch.float32) for array in (A, W, b))
        return torch.nn.functional.linear(A, W, b)

    for answer in (single, torch_single):
        assert "less than float64" in verdict("99.1", answer, "right")
    assert "less than" not in verdict("99.1", toy.function, "right")


NOT_NUMBERS = [
    ("text", lambda Z: str(Z)),
    ("text", lambda Z: [["a", "b", "c"]] * len(Z)),
    ("a dict", lambda Z: {"Z": Z}),
    ("a set", lambda Z: {1.0, 2.0}),
    ("a function", lambda Z: Z.sum),
    ("a class", lambda Z: dict),
    ("a generator", lambda Z: (row for row in Z)),
    ("list(…)", lambda Z: map(list, Z)),
    ("True and False", lambda Z: Z > 0),
    ("complex numbers", lambda Z: Z * 1j),
    ("that can't be read", lambda Z: object()),
    ("the shapes of its elements are (6, 3), (6,)", lambda Z: [Z, Z[:, 0]]),
    ("that can't be read", lambda Z: np.array([Z, None], dtype=object)),
    ("values of type datetime64", lambda Z: np.full(Z.shape, np.datetime64("2020-01-01"))),
    ("A comma at the end", lambda Z: (Z,)),
    ("2 values. One is due: Z", lambda Z: (Z, Z)),
]


@pytest.mark.parametrize("clue, spoil", NOT_NUMBERS)
def test_what_is_not_numbers(toy, clue, spoil):
    assert clue in verdict("99.1", lambda A, W, b: spoil(A @ W.T + b))


def test_objects_that_fight_back(toy):
    class Hostile:
        def __getattr__(self, name):
            raise RuntimeError

        def __array__(self, *args, **kwargs):
            raise SystemExit

        def __repr__(self):
            raise RuntimeError

    verdict("99.1", lambda A, W, b: Hostile())
    verdict("99.1", lambda A, W, b: [Hostile(), 2])
    endless = []
    endless.append(endless)
    verdict("99.1", lambda A, W, b: endless)


def test_async_and_yield(toy):
    async def waits(A, W, b):
        return A @ W.T + b

    def yields(A, W, b):
        yield A @ W.T + b

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert "async" in check("99.1", waits).message
        gc.collect()
    assert not caught  # "never awaited"
    assert "`yield` stands where `return` is due" in verdict("99.1", yields)


def test_changing_the_arguments_is_a_named_mistake(toy):
    def in_place(A, W, b):
        A *= 2
        return A @ W.T / 2 + b

    def in_place_and_wrong(A, W, b):
        A *= 2
        return A @ W.T / 2

    result = check("99.1", in_place)
    assert result.mistake == "in place"
    assert "values are right, but your function changes its argument A" in result.message
    result = check("99.1", in_place_and_wrong)
    assert result.mistake == "no bias"
    assert "Besides, your function changes its argument A" in result.message


def test_a_view_of_an_input_is_as_good_as_a_copy(pair):
    def view(v, c):
        v *= c
        return v.mean(), v

    def harmless(v, c):
        scaled = v * c
        return scaled.mean(), scaled[:]

    assert check("99.2", view).mistake == "in place"
    verdict("99.2", harmless, "right")


def test_shapes(toy):
    def message(change):
        return verdict("99.1", lambda A, W, b: change(A @ W.T + b))

    assert "Shape (3, 6) where shape (6, 3) is due: this is the transpose." in message(np.transpose)
    assert "wrong way round, and the values differ" in message(lambda Z: 2 * Z.T)
    assert "numbers are right" in message(lambda Z: Z[:, :, None])
    assert "Is something summed" in message(lambda Z: Z.sum(axis=0))
    assert "the sum over that axis" in message(lambda Z: np.stack([Z / 4, 3 * Z / 4]))
    assert "the mean over that axis" in message(lambda Z: np.stack([Z / 2, 3 * Z / 2]))
    assert "Shape (6, 2) where shape (6, 3)" in message(lambda Z: Z[:, :2])
    assert "Shape (0,) where shape (6, 3) is due: it is empty" in message(lambda Z: [])


def test_broadcast_of_a_column_and_a_row(pair):
    def broadcast(v, c):
        return v.mean() * c, v[:, None] - v

    assert "(N, 1) combined with one of shape (N,)" in verdict("99.2", broadcast)


def test_a_square_transpose():
    squares = [np.arange(4.0).reshape(2, 2), np.eye(2) + 1, np.arange(9.0).reshape(3, 3)]
    pairs = [generic.Pair(got=a.T, wanted=a, inputs={}) for a in squares]
    assert "the transpose" in generic.diagnose(pairs)


def test_one_element_too_few(pair):
    def short(v, c):
        return v.mean() * c, v[: len(v) - 1] * c

    assert "One element is missing" in verdict("99.2", short)


GENERIC = [
    ("sign is wrong everywhere", lambda Z, A, W, b: -Z),
    ("minus signs are lost", lambda Z, A, W, b: abs(Z)),
    ("2 times the right value", lambda Z, A, W, b: 2 * Z),
    ("1/2 of the right value", lambda Z, A, W, b: Z / 2),
    ("−3 times the right value", lambda Z, A, W, b: -3 * Z),
    ("too large by the factor the number of rows of A", lambda Z, A, W, b: Z * len(A)),
    ("too small by the factor the number of rows of A", lambda Z, A, W, b: Z / len(A)),
    ("too small by the factor 2 × the number of rows", lambda Z, A, W, b: Z / len(A) / 2),
    ("too large by the factor −2 × the number of rows", lambda Z, A, W, b: -2 * Z * len(A)),
    ("the right value plus b", lambda Z, A, W, b: Z + b),
    ("the right value minus twice b", lambda Z, A, W, b: Z - 2 * b),
    ("the right value times b", lambda Z, A, W, b: Z * b),
    ("the right value divided by b", lambda Z, A, W, b: Z / b),
    ("1 divided by the right value", lambda Z, A, W, b: 1 / Z),
    ("the square of the right value", lambda Z, A, W, b: Z**2),
    ("off by +1 every time", lambda Z, A, W, b: Z + 1),
    ("in another order", lambda Z, A, W, b: Z[:, ::-1]),
    ("digits after the point are lost", lambda Z, A, W, b: Z.astype(int)),
    ("digits after the point are lost", lambda Z, A, W, b: Z // 1),
    ("rounded to 2 digits", lambda Z, A, W, b: np.round(Z, 2)),
    ("rounded to 1 digit after", lambda Z, A, W, b: np.round(Z, 1)),
    ("to about 3 digits", lambda Z, A, W, b: Z.astype("f2")),
    ("It is 0 in every case", lambda Z, A, W, b: 0 * Z),
    ("There is nan in it", lambda Z, A, W, b: Z * np.nan),
    ("There is inf in it", lambda Z, A, W, b: Z / 0),
    ("NumPy warned: overflow encountered in exp", lambda Z, A, W, b: Z * np.exp(1e3 + A[:, :1])),
]


@pytest.mark.parametrize("clue, spoil", GENERIC)
def test_generic_mistakes(toy, clue, spoil):
    assert clue in verdict("99.1", lambda A, W, b: spoil(A @ W.T + b, A, W, b))


def test_reverse_order_and_fixed_answers(pair):
    def reverse(v, c):
        return v.mean() * c, v[::-1] * c

    def fixed(v, c):
        return 1.0, v * c

    message = verdict("99.2", reverse)
    assert message.startswith("mean is right. scaled: ") and "in reverse order" in message
    assert "the same for different inputs" in verdict("99.2", fixed)


@pytest.mark.parametrize(
    "answer",
    [
        lambda A, W, b: W @ A[0] + b if len(A) > 1 else A @ W.T + b,  # another shape
        lambda A, W, b: (A @ W.T + b) * (1 if len(A) == 1 else -1),  # another value
        lambda A, W, b: (A @ W.T + b).reshape(1, 3),  # an error
        lambda A, W, b: A @ W.T + b if len(A) == 1 else None,
        lambda A, W, b: (A @ W.T + b) / (len(A) == 1),
        lambda A, W, b: A @ W.T + b + np.sin(len(A) - 1),  # nothing known
        lambda A, W, b: A @ W.T + b * (len(A) == 1),  # a known mistake
    ],
)
def test_right_for_one_sample_wrong_for_a_batch(toy, answer):
    message = verdict("99.1", answer) + " "
    assert message.startswith("Right for one sample, wrong for a batch. ") or (
        message.startswith("Right for one sample, wrong for a batch.\n    A")
    )


def test_a_coincidence_in_one_case_names_no_mistake(toy):
    def sometimes(A, W, b):
        return A @ W.T if len(A) == 3 else A @ W.T + 1.7 * b

    assert check("99.1", sometimes).mistake == ""


def test_one_small_case_is_shown_when_nothing_is_known(toy):
    message = verdict("99.1", lambda A, W, b: np.tanh(A @ W.T + b))
    assert "None of the usual mistakes. Z in one case:\n    A     = [[" in message
    assert "\n    yours = [[" in message and "\n    right = [[" in message
    assert message.endswith('hint("99.1") gives a hint.')
    verdict("99.1", lambda *, A, W, b: 0)
    assert re.search(r"\n    A     = \[\[[^\]]*\]\]\n", message)  # the smallest: one sample


def test_inputs_that_are_no_arrays():
    """A list of layers, a function and a generator, as later chapters need them."""

    @exercise(
        "99.5",
        "t",
        prompt="p",
        hints=["h"],
        cases=lambda rng: [
            Case(rng.normal(size=N), [rng.normal(size=(3, N)), rng.normal(size=(2, 3))], np.tanh, g)
            for N, g in enumerate(rng.spawn(5), start=1)
        ],
    )
    def run(x, Ws, phi, rng):
        """Return the output of a network, plus noise."""
        for W in Ws:
            x = phi(W @ x)
        return x + rng.normal(size=2)

    def in_place(x, Ws, phi, rng):
        Ws[1] *= 2
        return run(x, [Ws[0], Ws[1] / 2], phi, rng)

    verdict("99.5", run.function, "right")
    assert "Shape (3,) where shape (2,)" in verdict("99.5", lambda x, Ws, phi, rng: Ws[0] @ x)
    assert "2 times" in verdict("99.5", lambda *inputs: 2 * run(*inputs))
    assert "in one case" in verdict("99.5", lambda *inputs: run(*inputs) + inputs[0][0])
    assert check("99.5", in_place).mistake == "in place"
    registry_module._exercises.pop("99.5")


def test_how_often_it_is_right_when_that_depends_on_the_values(pair):
    def clipped(v, c):
        return np.where(v.mean() * c < 0, np.sin(c), v.mean() * c), v * c

    def rectified(v, c):
        return max(v.mean() * c, 0), v * c

    assert re.search(r"Right in [1-5] of 6 cases. mean in one", verdict("99.2", clipped))
    message = verdict("99.2", rectified)
    assert re.search(r"Right in [1-5] of 6 cases. In the others: It is 0", message)


def test_elements_that_are_right(pair, toy):
    @exercise(
        "99.3",
        "t",
        prompt="p",
        hints=["h"],
        cases=lambda rng: [Case(rng.normal(size=3)) for _ in range(5)],
    )
    def double(v):
        """Return 2v."""
        return 2 * v

    message = verdict("99.3", lambda v: [2 * v[0], 2 * v[0], 2 * v[2]])
    assert "Right in every case: index 0, 2." in message
    registry_module._exercises.pop("99.3")


eta = 0.1


def test_unused_arguments_and_values_from_the_notebook(toy):
    def outside(A, W, b):
        return np.tanh(A @ W.T) * eta

    def squares(A, W, b):
        return [[w @ a * b[0] ** 2 for w in W] for a in A]

    message = verdict("99.1", outside)
    assert "never uses its argument b." in message
    assert "It reads eta from the notebook, which is not among its arguments." in message
    message = verdict("99.1", squares)
    assert "never uses" not in message and "notebook" not in message


def test_decorated_functions_are_looked_at_below_the_decorator(toy):
    def wrap(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper

    verdict("99.1", wrap(untouched), "not attempted")
    assert "never uses" not in verdict("99.1", wrap(lambda A, W, b: np.tanh(A @ W.T + b)))
    message = verdict("99.1", wrap(lambda A, W, b: A @ W + b))
    assert "in line " in message and "A has shape (6, 2), W has shape (3, 2)" in message


def test_a_warning_on_the_way_to_a_right_answer_is_mentioned(toy):
    def warns(A, W, b):
        np.exp(np.array([1e3]))
        return A @ W.T + b

    assert "NumPy warns, though: overflow encountered in exp" in verdict("99.1", warns, "right")


def test_strict_settings_of_the_notebook_change_nothing(toy):
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "There is inf" in check("99.1", lambda A, W, b: (A @ W.T + b) / 0).message
        assert check("99.1", toy.function).status == "right"


def test_checking_leaves_the_random_state_alone(toy):
    np.random.seed(0)
    state = np.random.get_state()[1].copy()
    check("99.1", toy.function)
    assert np.array_equal(np.random.get_state()[1], state)


# Several values ------------------------------------------------------------------------------


def test_several_values_in_other_containers(pair):
    torch = pytest.importorskip("torch")

    def mean_scaled(v, c):
        return v.mean() * c, v * c

    for convert in (
        list,
        lambda parts: np.array([*parts, None], dtype=object)[:2],
        lambda parts: [torch.tensor(part) for part in parts],
    ):
        verdict("99.2", lambda v, c, convert=convert: convert(mean_scaled(v, c)), "right")


@pytest.mark.parametrize(
    "clue, answer",
    [
        ("a single number. 2 values are due: mean, scaled", lambda v, c: v.mean() * c),
        ("one array of shape (6,). 2 values are due", lambda v, c: v * c),
        ("3 values. 2 values are due", lambda v, c: (v.mean() * c, v * c, c)),
        ("1 value. 2 values are due", lambda v, c: (v.mean(),)),
        ("a dict", lambda v, c: {"mean": v.mean() * c, "scaled": v * c}),
        ("a generator", lambda v, c: (part for part in (v.mean() * c, v * c))),
        ("For scaled, your function returns None", lambda v, c: (v.mean() * c, None)),
        ("For mean, your function returns text", lambda v, c: (f"{v.mean() * c}", v * c)),
        ("in the order scaled, mean; the order asked for", lambda v, c: (v * c, v.mean() * c)),
        ("The mean is not scaled.", lambda v, c: (v.mean(), v * c)),
        (
            "mean is right. scaled: It is the right value divided by c",
            lambda v, c: (v.mean() * c, v),
        ),
        ("mean is right. scaled: It is squashed.", lambda v, c: (v.mean() * c, np.tanh(v * c))),
        ("mean: Shape (2,) where a number is due", lambda v, c: ([v.mean(), c], np.tanh(v * c))),
        ("mean, scaled: The sign is wrong", lambda v, c: (-v.mean() * c, -v * c)),
        ("mean: The sign is wrong", lambda v, c: (-v.mean() * c, v)),
        ("mean: The mean is not scaled.", lambda v, c: (v.mean(), np.tanh(v))),
        ("scaled: It is squashed.", lambda v, c: (-v.mean() * c, np.tanh(v * c))),
        ("mean: Shape (1,) where a number is due.", lambda v, c: ([v.mean() * c], v * c)),
    ],
)
def test_several_values(pair, clue, answer):
    assert clue in verdict("99.2", answer)


def test_answers_in_part(pair):
    first = verdict("99.2", lambda v, c: (v.mean() * c, ...), "not attempted")
    assert first == "mean is right. scaled is still dots."
    second = verdict("99.2", lambda v, c: (..., v * c), "not attempted")
    assert second == "scaled is right. mean is still dots."
    wrong = verdict("99.2", lambda v, c: (v.mean(), ...))
    assert wrong == "The factor is left out.\nscaled is still dots."
    assert "sign" in verdict("99.2", lambda v, c: (-v.mean() * c, ...))
    assert "Replace" in verdict("99.2", lambda v, c: (..., ...), "not attempted")


# Answers that are not unique -----------------------------------------------------------------


@pytest.fixture
def root():
    @exercise(
        "99.4",
        "A root",
        prompt="p",
        hints=["h"],
        cases=lambda rng: [Case(float(c)) for c in rng.integers(2, 90, size=6)],
        compare=lambda got, wanted, c: abs(got**2 - c) < 1e-6,
        returns="r",
    )
    def root(c):
        """Return a number r with r² = c."""
        return c**0.5

    @root.mistake("half", "Half of c is no root.")
    def _(c):
        return c / 2

    yield root
    registry_module._exercises.pop("99.4")


def test_compare_decides_where_answers_are_not_unique(root):
    verdict("99.4", root.function, "right")
    verdict("99.4", lambda c: -(c**0.5), "right")
    assert check("99.4", lambda c: c / 2).mistake == "half"
    message = verdict("99.4", lambda c: 3 * c**0.5)
    assert "a right one = " in message and "times" not in message
    assert "Shape (2,) where a number is due" in verdict("99.4", lambda c: [c, c])
    verdict("99.4", lambda c: ..., "not attempted")
