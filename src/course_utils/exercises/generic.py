"""Mistakes that can happen in any exercise, told from the values alone.

Each function takes what came and what was due for one returned value, over several cases,
and returns a sentence if its mistake explains all of them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from course_utils.exercises.compare import close, distance

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Pair:
    """One returned value of one case: what came, what was due, and for which inputs."""

    got: np.ndarray
    wanted: np.ndarray
    inputs: dict[str, Any]
    warned: Sequence[str] = ()

    @property
    def right(self) -> bool:
        return close(self.got, self.wanted)


def diagnose(pairs: Sequence[Pair]) -> str:
    """The first mistake below that explains every pair, or an empty string."""
    return next(filter(None, (mistake(pairs) for mistake in MISTAKES)), "")


def wrong_shape(pairs: Sequence[Pair]) -> str:
    """Says which shape came and which is due, and what relates the two."""
    wrong = [pair for pair in pairs if pair.got.shape != pair.wanted.shape]
    if not wrong:
        return ""
    telling = max(wrong, key=lambda pair: pair.got.size + pair.wanted.size)
    got, wanted = telling.got.shape, telling.wanted.shape
    opening = f"{_spell(got)} where {_spell(wanted)} is due".capitalize()

    if 0 in got and 0 not in wanted:
        return f"{opening}: it is empty."
    if got[::-1] == wanted:
        if all(close(pair.got.T, pair.wanted) for pair in wrong):
            return f"{opening}: this is the transpose."
        return f"{opening}: the axes are the wrong way round, and the values differ, too."
    if _squeezed(got) == _squeezed(wanted):
        clue = (
            "Look for an index, a reshape or a `keepdims` that adds or drops an axis of length 1."
        )
        if all(_same_numbers(pair) for pair in wrong):
            return f"{opening}. The numbers are right. {clue}"
        return f"{opening}. {clue} The numbers differ, too."
    for axis in range(len(got)):
        for name, reduce in (("mean", np.mean), ("sum", np.sum)):
            if _reduces(wrong, reduce, axis):
                return (
                    f"{opening}. There is one value for each element of axis {axis}; the {name} "
                    "over that axis is still to be taken."
                )
    if got == wanted * 2 and len(wanted) == 1:
        return (
            f"{opening}. An array of shape (N, 1) combined with one of shape (N,) is broadcast to "
            "(N, N), every element with every other. Print the shapes on the way."
        )
    if len(got) < len(wanted):
        return f"{opening}. Is something summed, averaged or indexed away that should stay?"
    if not wanted:
        return f"{opening}. Which one of them, or what of all of them, is asked for?"
    if len(got) > len(wanted):
        return f"{opening}. Is a sum over one of the axes missing, or a broadcast at work?"
    if len(got) == 1 and got[0] == wanted[0] - 1:
        return f"{opening}. One element is missing: does a range or a slice end one early?"
    return f"{opening}. Follow the shapes line by line."


def _same_numbers(pair: Pair) -> bool:
    same_size = pair.got.size == pair.wanted.size
    return same_size and close(pair.got.reshape(pair.wanted.shape), pair.wanted)


def _squeezed(shape: Shape) -> Shape:
    return tuple(length for length in shape if length != 1)


def _spell(shape: Shape) -> str:
    return f"shape {shape}" if shape else "a number"


def _reduces(pairs: Sequence[Pair], reduce: Callable[..., np.ndarray], axis: int) -> bool:
    return all(
        pair.got.ndim > axis and close(np.asarray(reduce(pair.got, axis=axis)), pair.wanted)
        for pair in pairs
    )


def not_finite(pairs: Sequence[Pair]) -> str:
    bad = [p for p in pairs if np.isfinite(p.wanted).all() and not np.isfinite(p.got).all()]
    if not bad:
        return ""
    what = "nan" if any(np.isnan(pair.got).any() for pair in bad) else "inf"
    where = "" if len(bad) == len(pairs) else f" in {len(bad)} of {len(pairs)} cases"
    warned = sorted({text for pair in bad for text in pair.warned})
    said = f" NumPy warned: {'; '.join(warned)}." if warned else ""
    return (
        f"There is {what} in it{where}, where finite numbers are due.{said} Look for a number "
        "too large for exp, a division by 0, a log of 0 or inf − inf."
    )


def all_zero(pairs: Sequence[Pair]) -> str:
    if any(pair.got.any() for pair in pairs):
        return ""
    return "It is 0 in every case. Is the result computed, and is that what is returned?"


def ignores_inputs(pairs: Sequence[Pair]) -> str:
    same = all(np.array_equal(pair.got, pairs[0].got) for pair in pairs)
    if len(pairs) < 3 or not same:
        return ""
    return (
        "It is the same for different inputs. Does the function use fixed numbers, or variables "
        "of the notebook, in place of its arguments?"
    )


def lost_signs(pairs: Sequence[Pair]) -> str:
    if any((pair.wanted < 0).any() for pair in pairs) and _all(pairs, np.abs):
        return "The sizes are right, but the minus signs are lost: is there an abs or a square?"
    return ""


def wrong_sign(pairs: Sequence[Pair]) -> str:
    if _all(pairs, np.negative):
        return "The sign is wrong everywhere: is a difference the wrong way round, or a − lost?"
    return ""


def transposed(pairs: Sequence[Pair]) -> str:
    if _all(pairs, np.transpose):
        return "This is the transpose: rows and columns have changed places."
    return ""


def constant_factor(pairs: Sequence[Pair]) -> str:
    factors = [_factor(pair) for pair in pairs if pair.wanted.any()]
    if len(factors) < 2 or not all(factors) or not _constant(factors):
        return ""
    return (
        f"It is {_times(factors[0])} the right value every time. Follow that factor through your "
        "lines: where does it come in, or get lost?"
    )


def factor_of_length(pairs: Sequence[Pair]) -> str:
    """A factor such as N, once too often or missing, perhaps with a small number."""
    pairs = [pair for pair in pairs if pair.wanted.any()]
    factors = [_factor(pair) for pair in pairs]
    if len(factors) < 2 or not all(factors):
        return ""
    for name, lengths in _lengths(pairs):
        too_large, too_small = np.array(factors) / lengths, np.array(factors) * lengths
        if _constant(too_large) and (times := _small(too_large[0])) is not None:
            return (
                f"It is too large by the factor {times}{name}: a sum where the mean is asked for, "
                "or a wrong division?"
            )
        if _constant(too_small) and (times := _small(1 / too_small[0])) is not None:
            return (
                f"It is too small by the factor {times}{name}: a mean where the sum is asked for, "
                "or divided twice?"
            )
    return ""


def _small(number: float) -> str | None:
    return _SMALL.get(round(float(number), 4))


# What a length may come with: 2 from the derivative of a square, −1 from a difference.
_SMALL = {1.0: "", 2.0: "2 × ", 0.5: "1/2 × ", -1.0: "−1 × ", -2.0: "−2 × ", -0.5: "−1/2 × "}


def mixed_with_input(pairs: Sequence[Pair]) -> str:
    """An argument that is missing, or there once too often, as a summand or a factor."""
    for name in pairs[0].inputs:
        for what, combine in _COMBINATIONS.items():
            if all(_is_combined(pair, name, combine) for pair in pairs):
                return f"It is the right value {what} {name}. Where does {name} come in, and how?"
    return ""


_COMBINATIONS: dict[str, Callable[..., Any]] = {
    "minus": np.subtract,
    "plus": np.add,
    "minus twice": lambda wanted, value: wanted - 2 * value,
    "plus twice": lambda wanted, value: wanted + 2 * value,
    "times": np.multiply,
    "divided by": np.divide,
}


def _is_combined(pair: Pair, name: str, combine: Callable[..., Any]) -> bool:
    value = pair.inputs[name]
    if not isinstance(value, np.ndarray | int | float) or not np.any(value):
        return False
    try:
        value = np.broadcast_to(value, pair.wanted.shape)
    except ValueError:
        return False
    return close(pair.got, np.asarray(combine(pair.wanted, value)))


def off_by_a_constant(pairs: Sequence[Pair]) -> str:
    differences = np.concatenate([(pair.got - pair.wanted).ravel() for pair in pairs])
    if len(differences) < 3 or not _constant(differences):
        return ""
    return f"It is off by {differences[0]:+.4g} every time. Which constant is that?"


def rounded(pairs: Sequence[Pair]) -> str:
    for change in (np.trunc, np.floor, np.round):
        if _all(pairs, change):
            return (
                "The digits after the point are lost: is there an int, a // or an array of whole "
                "numbers?"
            )
    for digits in (1, 2, 3, 4):
        if _all(pairs, partial(np.round, decimals=digits)):
            places = f"{digits} digit{'s' * (digits > 1)}"
            return f"It is rounded to {places} after the point. Return the full precision."
    return ""


def reordered(pairs: Sequence[Pair]) -> str:
    if all(pair.got.ndim and close(pair.got[::-1], pair.wanted) for pair in pairs):
        return "The right values, but in reverse order."
    if all(
        pair.got.size > 1 and close(np.sort(pair.got, axis=None), np.sort(pair.wanted, axis=None))
        for pair in pairs
    ):
        return "The right values, but in another order."
    return ""


def upside_down(pairs: Sequence[Pair]) -> str:
    if all(pair.wanted.all() for pair in pairs) and _all(pairs, np.reciprocal):
        return "It is 1 divided by the right value: a quotient stands upside down."
    return ""


def squared(pairs: Sequence[Pair]) -> str:
    if _all(pairs, np.square):
        return "It is the square of the right value."
    if all((pair.wanted >= 0).all() for pair in pairs) and _all(pairs, np.sqrt):
        return "It is the square root of the right value."
    return ""


def imprecise(pairs: Sequence[Pair]) -> str:
    worst = max(distance(pair.got, pair.wanted) for pair in pairs)
    if worst > 1e-2:
        return ""
    digits = int(-np.log10(worst))
    return (
        f"It agrees to about {digits} digits only. Is something rounded, computed in low "
        "precision or by a difference quotient, or is a small term missing?"
    )


MISTAKES: list[Callable[[Sequence[Pair]], str]] = [
    not_finite,
    all_zero,
    wrong_sign,
    lost_signs,
    transposed,
    rounded,
    factor_of_length,
    mixed_with_input,
    constant_factor,
    upside_down,
    squared,
    off_by_a_constant,
    reordered,
    imprecise,
    ignores_inputs,
]


def _all(pairs: Sequence[Pair], change: Callable[..., Any]) -> bool:
    """Whether every answer is the wanted value, changed so."""
    return all(close(pair.got, np.asarray(change(pair.wanted))) for pair in pairs)


def _factor(pair: Pair) -> float:
    """c with got = c · wanted, or 0 if there is no such c."""
    factor = float(np.vdot(pair.wanted, pair.got) / np.vdot(pair.wanted, pair.wanted))
    return factor if close(pair.got, factor * pair.wanted) else 0.0


def _constant(values: Sequence[float] | np.ndarray) -> bool:
    return bool(np.allclose(values, values[0], rtol=1e-5, atol=1e-9))


def _times(factor: float) -> str:
    """ "1/2 of" or "−3 times"."""
    for denominator in range(2, 11):
        if np.isclose(factor * denominator, 1):
            return f"1/{denominator} of"
    return f"{factor:.4g} times".replace("-", "−")


def _lengths(pairs: Sequence[Pair]) -> Iterator[tuple[str, np.ndarray]]:
    """The lengths of the inputs' axes, where they differ between the cases."""
    for name in pairs[0].inputs:
        values = [pair.inputs[name] for pair in pairs]
        shapes = [value.shape for value in values if isinstance(value, np.ndarray)] or [()]
        for axis in range(min(map(len, shapes))):
            lengths = np.array([shape[axis] for shape in shapes], dtype=float)
            if lengths.all() and np.ptp(lengths):
                what = ("number of rows", "number of columns") if len(shapes[0]) == 2 else None
                yield f"the {what[axis] if what else 'length'} of {name}", lengths
