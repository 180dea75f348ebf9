"""The course's data sets. Features are float64 rows X (N, d); nothing is downloaded.

scikit-learn makes the synthetic ones and brings the digits; it is imported where it is used.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from course_utils import _checks


class StudyHours(NamedTuple):
    """Four students: X (4, 2) hours, y (4, 1) points, and what the rows and columns are called."""

    X: NDArray[np.float64]
    y: NDArray[np.float64]
    students: tuple[str, ...]
    features: tuple[str, ...]


class Classified(NamedTuple):
    """X (N, d) float64 and y (N,) class numbers."""

    X: NDArray[np.float64]
    y: NDArray[np.int64]


def study_hours() -> StudyHours:
    """Return the four students of the worked example.

    Columns of X: hours of self-study x₁ and of homework x₂; y: the test score in points.
    The scores follow y = 2x₁ + 2x₂ exactly, which a model has to find out.
    Source: the post that the course grew from ("Multi-layer Perceptron", 2025).
    """
    X = np.array([[1.0, 2.0], [2.0, 3.0], [3.0, 1.0], [4.0, 5.0]])
    y = np.array([[6.0], [10.0], [8.0], [18.0]])
    return StudyHours(X, y, ("A", "B", "C", "D"), ("self-study (h)", "homework (h)"))


def circles(n: int = 200, noise: float = 0.06, seed: int = 0) -> Classified:
    """Return two concentric circles of n points in all, radii 1 (class 0) and 0.5 (class 1).

    noise: the standard deviation added to each coordinate.
    """
    from sklearn.datasets import make_circles

    return _classified(make_circles(_samples(n), noise=noise, factor=0.5, random_state=seed))


def moons(n: int = 200, noise: float = 0.12, seed: int = 0) -> Classified:
    """Return two interleaved half circles of n points in all; classes 0 and 1."""
    from sklearn.datasets import make_moons

    return _classified(make_moons(_samples(n), noise=noise, random_state=seed))


def blobs(n: int = 150, classes: int = 3, spread: float = 0.9, seed: int = 4) -> Classified:
    """Return `classes` round clouds in the plane, n points in all, standard deviation `spread`."""
    from sklearn.datasets import make_blobs

    _checks.count(classes, "classes", 2)
    return _classified(
        make_blobs(_samples(n), centers=classes, cluster_std=spread, random_state=seed)
    )


def xor() -> Classified:
    """Return the four corners of the unit square; class 1 where exactly one coordinate is 1."""
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return Classified(X, np.array([0, 1, 1, 0]))


def xor_clouds(n: int = 200, noise: float = 0.1, seed: int = 0) -> Classified:
    """Return n points scattered about the four corners of `xor()`, as evenly as n allows.

    noise: the standard deviation added to each coordinate.
    """
    rng = np.random.default_rng(seed)
    corners = xor()
    nearest = rng.permutation(np.arange(_samples(n)) % 4)
    X = corners.X[nearest] + noise * rng.normal(size=(n, 2))
    return Classified(X, corners.y[nearest])


def spirals(n: int = 200, noise: float = 0.03, seed: int = 0, turns: float = 1.25) -> Classified:
    """Return two interleaved spirals of n points in all, radii 0.15 to 1; classes 0 and 1.

    turns: how often each arm goes round; noise: the standard deviation added to each coordinate.
    """
    y = np.arange(_samples(n)) % 2
    radius = np.linspace(0.15, 1, (n + 1) // 2)[np.arange(n) // 2]
    angle = 2 * np.pi * turns * radius + np.pi * y
    X = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return Classified(X + noise * np.random.default_rng(seed).normal(size=(n, 2)), y)


def digits() -> Classified:
    """Return 1,797 scanned digits: X (1797, 64), 8 × 8 grey values scaled to 0 … 1; y 0 … 9.

    Source: the test set of Alpaydin and Kaynak's "Optical Recognition of Handwritten Digits",
    as scikit-learn ships it.
    """
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return _classified((X / 16, y))


def _samples(n: object) -> int:
    return _checks.count(n, "n", 2)


def _classified(pair: tuple[NDArray, NDArray]) -> Classified:
    X, y = pair
    return Classified(np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.int64))
