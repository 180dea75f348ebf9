"""Input checks with messages that say what came, what was wanted and the likely cause."""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


def batch(X: object, name: str = "X", width: int | None = None) -> NDArray[np.floating]:
    """Return `X` if it is a finite floating-point array of shape (N, width) with N ≥ 1.

    Raises TypeError where it is no floating-point NumPy array, ValueError for everything else.
    """
    wanted = f"(N, {'d' if width is None else width})"
    array = floats(X, name)
    if array.ndim == 1 and width == 1:
        raise ValueError(
            f"{name} has shape {array.shape}, but {wanted} is wanted: one column, not a flat "
            f"array. (N,) against (N, 1) broadcasts to (N, N) without a word; "
            f"write {name}[:, None]."
        )
    if array.ndim == 1:
        raise ValueError(
            f"{name} has shape {array.shape}, but {wanted} is wanted: samples are rows. "
            f"For one sample write {name}[None, :]."
        )
    if array.ndim != 2:
        raise ValueError(f"{name} has shape {array.shape}, but {wanted} is wanted.")
    if array.shape[0] == 0:
        raise ValueError(f"{name} has shape {array.shape}: the batch is empty, N ≥ 1 is wanted.")
    if width is not None and array.shape[1] != width:
        hint = f" Is {name} transposed?" if array.shape[0] == width else ""
        raise ValueError(f"{name} has shape {array.shape}, but {wanted} is wanted.{hint}")
    return array


def floats(x: object, name: str) -> NDArray[np.floating]:
    """Return `x` if it is a finite floating-point NumPy array; any shape.

    Raises TypeError for another type or dtype, ValueError for NaN and infinity.
    """
    if not isinstance(x, np.ndarray):
        raise TypeError(
            f"{name} is a {type(x).__name__}, but a NumPy array is wanted: "
            f"write np.array({name}, dtype=float)."
        )
    if not np.issubdtype(x.dtype, np.floating):
        raise TypeError(
            f"{name} has dtype {x.dtype}, but floating point is wanted (integers would cut off "
            f"every update): write {name}.astype(float)."
        )
    if not np.isfinite(x).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
        raise ValueError(
            f"{name} holds {x[where]} at index {where}, but finite numbers are wanted. A learning "
            f"rate that is too large is the usual cause."
        )
    return x


def labels(y: object, n: int, classes: int, name: str = "y") -> NDArray[np.integer]:
    """Return `y` if it is an integer array of shape (n,) with values in 0 … classes − 1.

    Raises TypeError for another type or dtype, ValueError for a wrong shape or value.
    """
    if not isinstance(y, np.ndarray) or not np.issubdtype(y.dtype, np.integer):
        came = f"dtype {y.dtype}" if isinstance(y, np.ndarray) else f"type {type(y).__name__}"
        raise TypeError(
            f"{name} has {came}, but an array of integer class numbers is wanted: "
            f"write {name}.astype(int), or {name}.argmax(axis=1) where it is one-hot."
        )
    if y.shape != (n,):
        hint = f" Write {name}[:, 0]." if y.shape == (n, 1) else ""
        hint = f" Is it one-hot? Write {name}.argmax(axis=1)." if y.shape == (n, classes) else hint
        raise ValueError(f"{name} has shape {y.shape}, but ({n},) is wanted.{hint}")
    if y.min() < 0 or y.max() >= classes:
        raise ValueError(
            f"{name} holds class numbers from {y.min()} to {y.max()}, but 0 to {classes - 1} "
            f"are wanted: the network has {classes} outputs."
        )
    return y


def positive(value: object, name: str) -> float:
    """Return `value` if it is a finite number above zero; raises TypeError or ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise TypeError(f"{name} is a {type(value).__name__}, but a number is wanted.")
    if not np.isfinite(value) or value <= 0:
        raise ValueError(f"{name} is {value}, but a finite number above 0 is wanted.")
    return float(value)


def count(value: object, name: str, least: int = 1) -> int:
    """Return `value` if it is a whole number of at least `least`; raises TypeError, ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} is {value!r}, but a whole number is wanted.")
    if value < least:
        raise ValueError(f"{name} is {value}, but at least {least} is wanted.")
    return int(value)


def choice(value: object, name: str, known: Mapping[str, T]) -> T:
    """Return `known[value]`; raises ValueError that lists the known names."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} is {value!r}, but one of {', '.join(known)} is wanted.")
    return known[value]
