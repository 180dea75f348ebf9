"""Gradient descent on the study-hours loss, with the whole batch, two students or one at a time."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import traitlets
from numpy.typing import NDArray

from course_utils import _checks
from course_utils.data import study_hours
from course_utils.explorables._random import Random
from course_utils.explorables.base import Explorable

MOST_UPDATES = 400
FAR = 1e12  # a path ends where the loss is this far above its minimum: it has diverged
NOISE = np.array([1.0, -1.0, 1.0, -1.0])  # points by which the noisy scores are off
FARTHEST = 100.0  # for start: beyond, nothing of the loss would be seen


class Path(NamedTuple):
    """points (T + 1, 2), the weights from the start on; losses (T + 1,), above the minimum.

    T is smaller than asked for where the loss passed `FAR`.
    """

    points: NDArray[np.float64]
    losses: NDArray[np.float64]


class Problem(NamedTuple):
    """Squared error of ŷ = w₁x₁ + w₂x₂ on X (N, 2) and y (N,), with its Hessian and minimum."""

    X: NDArray[np.float64]
    y: NDArray[np.float64]

    @property
    def hessian(self) -> NDArray[np.float64]:
        """(2, 2), the same everywhere."""
        return 2 / len(self.X) * self.X.T @ self.X

    @property
    def minimum(self) -> NDArray[np.float64]:
        """(2,), the weights of the lowest loss."""
        return np.asarray(np.linalg.solve(self.X.T @ self.X, self.X.T @ self.y), dtype=np.float64)

    def gradients(self, w: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 2), the gradient of each sample's own loss at w."""
        return 2 * (self.X @ w - self.y)[:, None] * self.X

    def above_minimum(self, w: NDArray[np.float64]) -> float:
        """L(w) − min L, from the quadratic form, which keeps its digits near the minimum."""
        away = w - self.minimum
        return float(away @ self.hessian @ away / 2)

    def mean_square_limit(self, batch_size: int) -> float:
        """The η up to which E‖w − w*‖² shrinks, for batches drawn without replacement.

        An update multiplies w − w* by I − ηH_B, so that its second moment is mapped linearly; the
        map shrinks while its spectral radius is below 1.
        """
        batches = [self.X[list(b)] for b in combinations(range(len(self.X)), batch_size)]

        def shrinks(eta: float) -> bool:
            steps = [np.eye(2) - eta * 2 / batch_size * x.T @ x for x in batches]
            moments = np.mean([np.kron(step, step) for step in steps], axis=0)
            return bool(np.abs(np.linalg.eigvals(moments)).max() < 1)

        low, high = 0.0, 2 / float(np.linalg.eigvalsh(self.hessian)[-1]) * 1.001
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if shrinks(middle) else (low, middle)
        return low


def problem(features: str, scores: str) -> Problem:
    """Return the four students' problem.

    features: "raw", or "standardised", where the columns of X and y are centred and those of X
    have standard deviation 1; scores: "exact", or "noisy", off by a point each.
    """
    X, column, *_ = study_hours()
    y = column[:, 0] + (NOISE if scores == "noisy" else 0)
    if features == "standardised":
        return Problem((X - X.mean(axis=0)) / X.std(axis=0), y - y.mean())
    return Problem(X, y)


def draws(n: int, batch_size: int, seed: int) -> Iterator[list[int]]:
    """Yield batches of different samples for ever, the same as in `shared/descent.js`."""
    random = Random(seed)
    while True:
        order = list(range(n))
        for k in range(batch_size):
            j = k + int(random.uniform() * (n - k))
            order[k], order[j] = order[j], order[k]
        yield order[:batch_size]


def descend(
    problem: Problem,
    start: NDArray[np.float64],
    learning_rate: float,
    batches: Iterator[list[int]],
    updates: int,
) -> Path:
    """Return the path of `updates` updates from `start` (2,), each with the next batch's mean."""
    w = np.array(start, dtype=float)
    points, losses = [w], [problem.above_minimum(w)]
    for _, batch in zip(range(updates), batches, strict=False):
        if losses[-1] > FAR:
            break
        w = w - learning_rate * problem.gradients(w)[batch].mean(axis=0)
        points.append(w)
        losses.append(problem.above_minimum(w))
    return Path(np.array(points), np.array(losses))


class Descent(Explorable):
    """Walk down the loss of ŷ = w₁x₁ + w₂x₂ on the four students.

    There is no bias, so that the loss is a surface over a plane: the picture shows all of it.

    learning_rate: η > 0
    batch_size: 1, 2 or 4 students an update; 4 is gradient descent
    features: "raw", or "standardised" (centred, as the scores then are, and divided by their
        standard deviation)
    scores: "exact" (y = 2x₁ + 2x₂), or "noisy" (each off by a point)
    start: [w₁, w₂]
    updates: how many the path shows, 0 … 400
    seed: names the students drawn
    axis: of the loss curves, "updates" or "samples"

    >>> demo = Descent(learning_rate=0.01, start=[0, 0], updates=1)
    >>> demo.weights.tolist()
    [0.61, 0.7]
    """

    learning_rate = traitlets.Float(0.05).tag(sync=True)
    batch_size = traitlets.Enum((1, 2, 4), 4).tag(sync=True)
    features = traitlets.Enum(("raw", "standardised"), "raw").tag(sync=True)
    scores = traitlets.Enum(("exact", "noisy"), "exact").tag(sync=True)
    start = traitlets.List().tag(sync=True)
    updates = traitlets.Int(6).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    axis = traitlets.Enum(("updates", "samples"), "updates").tag(sync=True)
    _start = traitlets.List([-0.5, 3.5]).tag(sync=True)
    _most = traitlets.Int(MOST_UPDATES).tag(sync=True)
    _far = traitlets.Float(FAR).tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)

    def __init__(self, **state: Any) -> None:
        state.setdefault("start", [-0.5, 3.5])
        super().__init__(_data=_data(), **state)

    @property
    def path(self) -> Path:
        """The weights from the start on, (updates + 1, 2), and the loss above its minimum.

        Shorter where it diverged.
        """
        return self._descend(self.updates)

    @property
    def weights(self) -> NDArray[np.float64]:
        """(2,), where the path has come to."""
        return self.path.points[-1].round(12)

    @property
    def gradients(self) -> NDArray[np.float64]:
        """(4, 2), each student's gradient there; their mean is the full gradient."""
        return self._problem().gradients(self.path.points[-1])

    @property
    def limits(self) -> tuple[float, float]:
        """1/λ and 2/λ with the largest curvature λ of the loss in the picture."""
        largest = float(np.linalg.eigvalsh(self._problem().hessian)[-1])
        return 1 / largest, 2 / largest

    def step(self, updates: int = 1) -> None:
        """Go on by so many updates; the picture follows.

        Raises ValueError beyond 400 in all.
        """
        self.updates += _checks.count(updates, "updates")

    def reset(self) -> None:
        """Go back to the beginning of the path, and to its first start; the seed stays."""
        with self.hold_sync():
            self.start = list(self._start)
            self.updates = 0

    def _problem(self) -> Problem:
        return problem(self.features, self.scores)

    def _descend(self, updates: int) -> Path:
        batches = draws(4, self.batch_size, self.seed)
        return descend(self._problem(), np.array(self.start), self.learning_rate, batches, updates)

    @traitlets.validate("learning_rate")
    def _positive_rate(self, proposal: Any) -> float:
        return _checks.positive(proposal["value"], "learning_rate")

    @traitlets.validate("updates")
    def _not_too_many(self, proposal: Any) -> int:
        if _checks.count(proposal["value"], "updates", 0) > MOST_UPDATES:
            raise ValueError(
                f"updates is {proposal['value']}, but at most {MOST_UPDATES} are shown."
            )
        return proposal["value"]

    @traitlets.validate("seed")
    def _not_negative(self, proposal: Any) -> int:
        return _checks.count(proposal["value"], "seed", 0)

    @traitlets.validate("start")
    def _point_of_the_plane(self, proposal: Any) -> list[float]:
        try:
            start = np.array(proposal["value"], dtype=np.float64)
        except (TypeError, ValueError):
            raise TypeError(
                f"start is {proposal['value']!r}, but two numbers are wanted."
            ) from None
        _checks.floats(start, "start")
        if start.shape != (2,):
            raise ValueError(f"start has shape {start.shape}, but (2,) is wanted: w₁ and w₂.")
        if np.abs(start).max() > FARTHEST:
            raise ValueError(
                f"start is {start.tolist()}, but −{FARTHEST:g} to {FARTHEST:g} is wanted."
            )
        return start.tolist()


def _data() -> dict[str, Any]:
    """The four problems and what belongs to them, in the form that travels to the page."""
    problems = {}
    for features in ("raw", "standardised"):
        for scores in ("exact", "noisy"):
            one = problem(features, scores)
            problems[f"{features} {scores}"] = {
                "X": one.X.tolist(),
                "y": one.y.tolist(),
                "limits": {str(b): one.mean_square_limit(b) for b in (1, 2)},
            }
    return {"students": study_hours().students, "problems": problems}
