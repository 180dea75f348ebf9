"""The input plane beside the hidden space: what hidden units do to the plane, and why."""

from typing import Any

import numpy as np
import traitlets

from course_utils import data as data_sets
from course_utils.explorables._hidden_view import bent, hidden_view
from course_utils.explorables._training import TrainsInPage
from course_utils.explorables.base import Explorable
from course_utils.network import MLP

MOST_UNITS = 8
ACTIVATIONS = ("tanh", "relu", "sigmoid", "gelu")
# Each data set with the square of the plane that shows it: its centre and half its side.
WINDOWS: dict[str, tuple[list[float], float]] = {
    "circles": ([0.0, 0.0], 1.4),
    "moons": ([0.5, 0.25], 1.9),
    "xor": ([0.5, 0.5], 1.0),
    "spirals": ([0.0, 0.0], 1.2),
}


def _every_data_set() -> dict[str, dict]:
    sets = {
        "circles": data_sets.circles(),
        "moons": data_sets.moons(),
        "xor": data_sets.xor_clouds(),
        "spirals": data_sets.spirals(),
    }
    return {
        name: {
            "X": X.round(3).tolist(),
            "y": y.tolist(),
            "center": WINDOWS[name][0],
            "half": WINDOWS[name][1],
        }
        for name, (X, y) in sets.items()
    }


class HiddenSpace(TrainsInPage, Explorable):
    """Train a 2-hidden-1 network and watch how its hidden layer bends the plane.

    data: "circles", "moons", "xor" (clouds about the four corners) or "spirals"
    hidden: units in the hidden layer, 1 to 8
    activation: "tanh", "relu", "sigmoid" or "gelu"
    bend: how much of φ is used, 0 (the layer is affine) to 1 (the layer is φ)
    point: the ringed point x of the plane, [x₁, x₂]
    seed, epochs, learning_rate, weights: see `TrainsInPage`

    >>> space = HiddenSpace(data="xor", hidden=2)
    >>> space.train(300)
    >>> space.net().forward(np.array([[0.0, 1.0]])).shape
    (1, 1)
    """

    data = traitlets.Enum(tuple(WINDOWS), "circles").tag(sync=True)
    hidden = traitlets.Int(3).tag(sync=True)
    activation = traitlets.Enum(ACTIVATIONS, "tanh").tag(sync=True)
    bend = traitlets.Float(1.0).tag(sync=True)
    point = traitlets.List([0.0, 0.0]).tag(sync=True)
    learning_rate = traitlets.Float(0.3).tag(sync=True)
    _most = traitlets.Int(MOST_UNITS).tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)

    def __init__(self, **state: Any) -> None:
        if state.get("data") in WINDOWS:
            state.setdefault("point", WINDOWS[state["data"]][0])
        super().__init__(_data=_every_data_set(), **state)

    @property
    def samples(self) -> data_sets.Classified:
        """The points in the picture: X (N, 2) and the class numbers y (N,)."""
        X, y = self._arrays()
        return data_sets.Classified(X, y[:, 0].astype(int))

    def hidden_points(self, X: np.ndarray | None = None) -> np.ndarray:
        """Return where the right-hand picture draws the points X (N, 2), by default its own.

        With one or two units these places, (N, 2), are the activations themselves, else a view of
        them in which the first coordinate is the distance from the output's boundary.
        """
        net = self.net()
        net.forward(self.samples.X)
        view = hidden_view(net.W[2][0], float(net.b[2][0]), net.a[1])
        if X is not None:
            net.forward(X)
        return view(net.a[1])

    def _network(self) -> MLP:
        net = MLP([2, self.hidden, 1], self.activation, "binary_cross_entropy", rng=0)
        net.phi = bent(net.phi, self.bend) if self.bend < 1 else net.phi
        return net

    def _arrays(self) -> tuple[np.ndarray, np.ndarray]:
        chosen = self._data[self.data]
        return np.array(chosen["X"]), np.array(chosen["y"], dtype=float)[:, None]

    @traitlets.validate("hidden")
    def _few_units(self, proposal: Any) -> int:
        if not 1 <= proposal["value"] <= MOST_UNITS:
            raise ValueError(f"hidden is {proposal['value']}, but 1 to {MOST_UNITS} is wanted.")
        return proposal["value"]

    @traitlets.validate("bend")
    def _share(self, proposal: Any) -> float:
        if not 0 <= proposal["value"] <= 1:
            raise ValueError(f"bend is {proposal['value']}, but 0 to 1 is wanted.")
        return proposal["value"]

    @traitlets.validate("point")
    def _in_the_plane(self, proposal: Any) -> list[float]:
        point = np.asarray(proposal["value"], dtype=float)
        if point.shape != (2,) or not np.isfinite(point).all():
            raise ValueError(f"point is {proposal['value']}, but two finite numbers are wanted.")
        return [float(x) for x in point]

    @traitlets.observe("data", "hidden", "activation")
    def _other_network(self, change: Any) -> None:
        if change["name"] == "data" and self.weights:
            self.point = WINDOWS[self.data][0]
        self._begin_again(change)
