"""One call that holds a derived value against PyTorch's and against a central difference."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from course_utils.gradient_check import central_difference

Difference = tuple[Callable[[NDArray], float], NDArray] | NDArray


class Disagreement(AssertionError):
    """Two computations of the same quantity differ; the message shows both."""


def agree(
    name: str,
    numpy: object,
    torch: object = None,
    difference: Difference | None = None,
    *,
    tolerance: float = 1e-10,
    difference_tolerance: float = 1e-6,
) -> None:
    """Print one line if NumPy, PyTorch and a central difference give the same `name`.

    numpy: our value, an array or a number.
    torch: PyTorch's, a tensor or a number.
    difference: a pair (f, theta), where f maps an array like theta to a number, and whose central
        difference at theta is the value; or that value itself.
    tolerance, difference_tolerance: the largest |Δ| allowed, as a share of the largest entry of
        the value (of 1, where the value is smaller). They are printed instead of the |Δ| itself,
        whose last digits differ from machine to machine.

    Raises Disagreement, with both values, their shapes and the largest difference, where the
    values differ or only their shapes do, even if they would broadcast. Raises ValueError where
    there is nothing to compare with, TypeError for a float32 value, which cannot agree that well.
    """
    if torch is None and difference is None:
        raise ValueError(f"{name}: give torch=… or difference=…, there is nothing to compare with.")
    ours = _array(numpy, f"{name} from NumPy")
    sources = ["NumPy"]
    if torch is not None:
        theirs = _array(torch, f"{name} from PyTorch")
        _compare(name, ours, "PyTorch", theirs, tolerance)
        sources.append("PyTorch")
    line = f"✓ {name} {ours.shape}: {' = '.join(sources)}"
    line += f" to {tolerance:.0e}" if torch is not None else ""
    if difference is not None:
        measured = _measure(difference, f"{name} from the central difference")
        _compare(name, ours, "central difference", measured, difference_tolerance)
        line += f" = central difference to {difference_tolerance:.0e}"
    print(line)


def _measure(difference: Difference, what: str) -> NDArray:
    if isinstance(difference, tuple):
        f, theta = difference
        return central_difference(f, np.asarray(theta, dtype=np.float64))
    return _array(difference, what)


def _array(value: object, what: str) -> NDArray:
    """Return a tensor, an array or a number as an array; torch is never imported here."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{what} has dtype {array.dtype}, but numbers are wanted.")
    if array.dtype.kind == "f" and array.dtype.itemsize < 8:
        raise TypeError(
            f"{what} has dtype {array.dtype}, but float64 is wanted where two computations are "
            f"compared: in PyTorch write torch.tensor(…, dtype=torch.float64) or module.double()."
        )
    return array


def _compare(name: str, ours: NDArray, source: str, theirs: NDArray, tolerance: float) -> None:
    values = f"NumPy, shape {ours.shape}:\n{ours}\n{source}, shape {theirs.shape}:\n{theirs}"
    if ours.shape != theirs.shape:
        raise Disagreement(f"{name}: NumPy and {source} differ in shape.\n{values}")
    if ours.size == 0:
        raise ValueError(f"{name}: shape {ours.shape} holds no number to compare.")
    gap = np.abs(ours - theirs)
    allowed = tolerance * max(1.0, float(np.abs(theirs).max()))
    if not (gap <= allowed).all():  # written so that NaN disagrees
        flat = int(np.argmax(np.nan_to_num(gap, nan=np.inf)))
        worst = tuple(int(i) for i in np.unravel_index(flat, gap.shape))
        where = f" at index {worst}" if worst else ""
        raise Disagreement(
            f"{name}: NumPy and {source} differ by up to {gap[worst]:.3g}{where}, "
            f"but {allowed:.0e} is allowed.\n{values}"
        )
