"""When two arrays count as the same answer."""

import numpy as np

EXACT = 1e-7  # float64, with room for a central difference
CLOSE = 2e-5  # float32
_FLOOR = 1e-6  # values below this are noise beside ordinary ones


def distance(got: np.ndarray, wanted: np.ndarray) -> float:
    """The largest difference, relative to the largest wanted value.

    Infinite where the shapes differ or where one is nan or inf and the other isn't.
    """
    if got.shape != wanted.shape:
        return np.inf
    finite = np.isfinite(wanted)
    if not np.array_equal(got[~finite], wanted[~finite], equal_nan=True):
        return np.inf
    got, wanted = got[finite], wanted[finite]
    if not np.isfinite(got).all():
        return np.inf
    scale = max(np.abs(wanted).max(initial=0.0), _FLOOR)
    return float(np.abs(got - wanted).max(initial=0.0) / scale)


def close(got: np.ndarray, wanted: np.ndarray) -> bool:
    return distance(got, wanted) <= CLOSE
