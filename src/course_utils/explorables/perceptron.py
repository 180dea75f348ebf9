"""The perceptron's learning rule, one point at a time, with its mistakes held against the bound."""

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import traitlets
from numpy.typing import NDArray

from course_utils import _checks
from course_utils.explorables._random import Random
from course_utils.explorables.base import Explorable

MOST_STEPS = 1000
MOST_POINTS = 12
FARTHEST = 2.0  # the points stay within −2 … 2
NARROWEST = 1e-9  # a margin below this is rounding: the points count as not separable
KEY = 1e9  # two weight vectors that agree to this many parts in one are the same

Points = list[list[float]]

_CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
# All coordinates are eighths, as are those of points dragged in the page. Sums of a few hundred of
# them are exact in float64, so that a weight vector that returns does so exactly.
PRESETS: dict[str, dict[str, list]] = {
    "AND": {"points": _CORNERS, "labels": [-1, -1, -1, 1]},
    "XOR": {"points": _CORNERS, "labels": [-1, 1, 1, -1]},
    "clouds": {
        "points": [
            [-1.25, 1.25], [1.5, 0.5], [-0.75, 0.0], [0.625, 1.75], [-0.25, 1.5], [1.75, 1.375],
            [-1.0, 0.5], [1.125, 0.875], [-0.25, 0.625], [0.875, 0.0], [0.125, -0.25], [2.0, -0.25],
        ],
        "labels": [-1, 1] * 6,
    },
    "narrow": {
        "points": [
            [-1.5, 0.75], [-1.375, 1.25], [-0.75, 0.375], [-0.5, 0.875], [0.125, 0.0],
            [0.375, 0.375], [0.75, -0.5], [1.0, 0.0], [1.5, -0.75], [1.75, -0.375],
        ],
        "labels": [-1, 1] * 5,
    },
    "overlap": {
        "points": [
            [-1.5, 0.25], [1.25, -0.25], [-1.0, -1.25], [0.5, 1.5], [-0.5, 0.5], [-0.75, -0.25],
            [0.75, 0.75], [0.25, 1.0], [-0.375, -0.625], [1.75, 1.5],
        ],
        "labels": [-1, 1] * 5,
    },
}  # fmt: skip


class Visit(NamedTuple):
    """One look at one point: its number, its score z before an update, and whether it was wrong."""

    point: int
    score: float
    mistake: bool


class Trace(NamedTuple):
    """What the rule has done so far.

    weights: (M + 1, 3), rows (w₁, w₂, b), the start first and one after each of M mistakes
    next: the point that comes next
    finished: every point was right when it was last looked at, and no weight moved since
    returned: (i, j), where the weights after mistake j are those after mistake i; the first time
        that happened, or None
    """

    visits: list[Visit]
    weights: NDArray[np.float64]
    next: int
    finished: bool
    returned: tuple[int, int] | None


class Margin(NamedTuple):
    """radius R = max ‖(x, 1)‖; margin γ, the largest possible; separator (3,), of length 1.

    γ ≤ 0 where no line separates the points.
    """

    radius: float
    margin: float
    separator: NDArray[np.float64]

    @property
    def bound(self) -> float:
        """(R/γ)², infinite where no line separates the points."""
        return (self.radius / self.margin) ** 2 if self.margin > NARROWEST else float("inf")


def learn(
    points: Points, labels: list[int], learning_rate: float, order: str, seed: int, steps: int
) -> Trace:
    """Look at `steps` points, fewer where it is finished, and move the weights at each mistake.

    order: "in turn", or "shuffled" anew for each pass, as `seed` says.
    Twin: shared/perceptron.js, the same operations in the same order.
    """
    n, random = len(points), Random(seed)
    turn: list[int] = []
    w = (0.0, 0.0, 0.0)
    visits: list[Visit] = []
    weights = [w]
    right_since: set[int] = set()  # looked at and found right since the last mistake
    first = {_key(w): 0}
    returned = None
    while True:
        if not turn:
            turn = list(range(n)) if order == "in turn" else _permutation(random, n)
        if len(visits) >= steps or len(right_since) == n:
            return Trace(visits, np.array(weights), turn[0], len(right_since) == n, returned)
        at = turn.pop(0)
        (x1, x2), y = points[at], labels[at]
        score = w[0] * x1 + w[1] * x2 + w[2]
        mistake = y * score <= 0
        visits.append(Visit(at, score, mistake))
        if not mistake:
            right_since.add(at)
            continue
        right_since.clear()
        step = learning_rate * y
        w = (w[0] + step * x1, w[1] + step * x2, w[2] + step)
        weights.append(w)
        if returned is None and _key(w) in first:
            returned = (first[_key(w)], len(weights) - 1)
        first.setdefault(_key(w), len(weights) - 1)


def largest_margin(points: Points, labels: list[int]) -> Margin:
    """Return R, and the separator through the origin of the (x, 1) with the largest margin.

    That separator points at the place of the convex hull of all y·(x, 1) that is nearest to the
    origin. The place lies on a corner, an edge or a face, so all of them are tried.
    Twin: shared/perceptron.js.
    """
    P = np.array(labels)[:, None] * np.column_stack([np.array(points), np.ones(len(points))])
    best, separator = -np.inf, np.zeros(3)
    for count in (1, 2, 3):
        for corners in combinations(P, count):
            u = _nearest(*corners)
            length = float(np.sqrt(u @ u))
            if length < NARROWEST:
                continue
            margin = float((P @ u).min()) / length
            if margin > best:
                best, separator = margin, u / length
    return Margin(float(np.sqrt((P * P).sum(axis=1).max())), best, separator)


def _nearest(p: NDArray, q: NDArray | None = None, r: NDArray | None = None) -> NDArray:
    """The place nearest to the origin on the point p, the line pq or the plane pqr; (3,).

    Zero where they fall together.
    """
    if q is None:
        return p
    if r is None:
        along = q - p
        length = along @ along
        return p - (p @ along) / length * along if length > NARROWEST else np.zeros(3)
    normal = np.cross(q - p, r - p)
    length = normal @ normal
    return (p @ normal) / length * normal if length > NARROWEST else np.zeros(3)


def _key(w: tuple[float, float, float]) -> tuple[int, ...]:
    return tuple(round(v * KEY) for v in w)


def _permutation(random: Random, n: int) -> list[int]:
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = int(random.uniform() * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order


class Perceptron(Explorable):
    """Show points to a perceptron one at a time, and watch its weights.

    The weights start at zero and move at mistakes only. Everything follows from the traits.

    data: "AND", "XOR", "clouds", "narrow" or "overlap"; choosing one brings its points back
    points: 2 to 12 pairs [x₁, x₂] within −2 … 2
    labels: −1 or 1 for each point; while it has another length than `points` there is none
    steps: how many points were looked at, 0 … 1000
    order: "in turn", or "shuffled" for each pass; seed: names the shuffles
    learning_rate: η, which is 0.5, 1 or 2

    >>> demo = Perceptron(data="XOR", steps=4)
    >>> demo.history.tolist()[-1], demo.returned
    ([0.0, 0.0, 0.0], (0, 4))
    """

    data = traitlets.Enum(tuple(PRESETS), "clouds").tag(sync=True)
    points = traitlets.List().tag(sync=True)
    labels = traitlets.List().tag(sync=True)
    steps = traitlets.Int(0).tag(sync=True)
    order = traitlets.Enum(("in turn", "shuffled"), "in turn").tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    learning_rate = traitlets.Enum((0.5, 1.0, 2.0), 1.0).tag(sync=True)
    _presets = traitlets.Dict(PRESETS).tag(sync=True)
    _most = traitlets.Int(MOST_STEPS).tag(sync=True)
    _farthest = traitlets.Float(FARTHEST).tag(sync=True)

    def __init__(self, **state: Any) -> None:
        given = {name: state.pop(name) for name in ("points", "labels") if name in state}
        super().__init__(**state)
        self.set_points(**(PRESETS[self.data] | given))
        self.observe(self._bring_points, names="data")

    def set_points(self, points: Any, labels: Any) -> None:
        """Replace the points (N, 2) and their labels (N,), −1 or 1, and start over.

        Raises ValueError where they don't fit each other or are out of range.
        """
        points, labels = np.asarray(points).tolist(), np.asarray(labels).tolist()
        if len(points) != len(labels):
            raise ValueError(f"There are {len(points)} points, but {len(labels)} labels.")
        with self.hold_sync():
            self.points, self.labels = points, labels

    @property
    def trace(self) -> Trace:
        """All that has happened, visit by visit."""
        return self._learn(self.steps)

    @property
    def history(self) -> NDArray[np.float64]:
        """(M + 1, 3): w₁, w₂ and b at the start and after each mistake."""
        return self.trace.weights

    @property
    def weights(self) -> NDArray[np.float64]:
        """w, (2,)."""
        return self.history[-1, :2]

    @property
    def bias(self) -> float:
        """b."""
        return float(self.history[-1, 2])

    @property
    def mistakes(self) -> int:
        """How many updates there have been."""
        return len(self.history) - 1

    @property
    def bound(self) -> float:
        """(R/γ)² with the largest margin γ; infinite where no line separates the points."""
        return largest_margin(self.points, self.labels).bound

    @property
    def finished(self) -> bool:
        """Whether every point has been found right since the last mistake."""
        return self.trace.finished

    @property
    def returned(self) -> tuple[int, int] | None:
        """(i, j): the weights after mistake j were those after mistake i. None: not so far."""
        return self.trace.returned

    def step(self, points: int = 1) -> None:
        """Look at so many more points; the picture follows.

        Raises ValueError beyond 1000 in all.
        """
        self.steps = len(self.trace.visits) + _checks.count(points, "points")

    def run(self) -> None:
        """Go on until it is finished, the weights have returned, or 1000 points were looked at."""
        whole = self._learn(MOST_STEPS)
        mistakes = [visit for visit, (*_, wrong) in enumerate(whole.visits, start=1) if wrong]
        back = mistakes[whole.returned[1] - 1] if whole.returned else 0
        self.steps = back if back > len(self.trace.visits) else len(whole.visits)

    def reset(self) -> None:
        """Go back to the start, with the points of `data`; order and seed stay."""
        with self.hold_sync():
            self.set_points(**PRESETS[self.data])
            self.steps = 0

    def _learn(self, steps: int) -> Trace:
        if len(self.points) != len(self.labels):
            raise ValueError(
                f"There are {len(self.points)} points, but {len(self.labels)} labels; "
                "set_points sets both."
            )
        return learn(self.points, self.labels, self.learning_rate, self.order, self.seed, steps)

    def _bring_points(self, change: Any) -> None:
        with self.hold_sync():
            self.set_points(**PRESETS[change["new"]])
            self.steps = 0

    @traitlets.validate("points")
    def _points_of_the_plane(self, proposal: Any) -> Points:
        try:
            points = np.array(proposal["value"], dtype=np.float64)
        except (TypeError, ValueError):
            raise TypeError("points are wanted as a list of pairs [x₁, x₂].") from None
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"points has shape {points.shape}, but (N, 2) is wanted.")
        if not 2 <= len(points) <= MOST_POINTS:
            raise ValueError(f"There are {len(points)} points, but 2 to {MOST_POINTS} are wanted.")
        _checks.floats(points, "points")
        if np.abs(points).max() > FARTHEST:
            raise ValueError(
                f"points go as far as {np.abs(points).max():g}, "
                f"but −{FARTHEST:g} … {FARTHEST:g} is wanted."
            )
        return points.tolist()

    @traitlets.validate("labels")
    def _minus_or_plus_one(self, proposal: Any) -> list[int]:
        labels = [int(y) if y in (-1, 1) else y for y in proposal["value"]]
        wrong = [y for y in labels if y not in (-1, 1)]
        if wrong:
            hint = " From class numbers 0 and 1: 2*y - 1." if set(labels) <= {0, 1} else ""
            raise ValueError(f"labels has {wrong[0]!r}, but −1 and 1 are wanted.{hint}")
        return labels

    @traitlets.validate("steps")
    def _not_too_many(self, proposal: Any) -> int:
        if _checks.count(proposal["value"], "steps", 0) > MOST_STEPS:
            raise ValueError(f"steps is {proposal['value']}, but at most {MOST_STEPS} are shown.")
        return proposal["value"]

    @traitlets.validate("seed")
    def _not_negative(self, proposal: Any) -> int:
        return _checks.count(proposal["value"], "seed", 0)
