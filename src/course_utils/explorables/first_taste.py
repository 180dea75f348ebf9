"""A first taste: two circles that no straight line separates, and hidden units that do."""

from typing import Any

import numpy as np
import traitlets

from course_utils import data
from course_utils.explorables._training import TrainsInPage
from course_utils.explorables.base import Explorable
from course_utils.network import MLP

MOST_UNITS = 8


class FirstTaste(TrainsInPage, Explorable):
    """Train a small network on two concentric circles, with 0 to 8 hidden tanh units.

    hidden: units in the hidden layer; with 0 there is none, and the boundary is a straight line
    seed, epochs, learning_rate, weights: see `TrainsInPage`
    """

    hidden = traitlets.Int(0).tag(sync=True)
    _most = traitlets.Int(MOST_UNITS).tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)

    def __init__(self, **state: Any) -> None:
        X, y = data.circles()
        super().__init__(_data={"X": X.round(3).tolist(), "y": y.tolist()}, **state)

    def _network(self) -> MLP:
        widths = [2, self.hidden, 1] if self.hidden else [2, 1]
        return MLP(widths, "tanh", "binary_cross_entropy", rng=0)

    def _arrays(self) -> tuple[np.ndarray, np.ndarray]:
        y = np.array(self._data["y"], dtype=float)
        return np.array(self._data["X"]), y[:, None]

    @traitlets.validate("hidden")
    def _few_units(self, proposal: Any) -> int:
        if not 0 <= proposal["value"] <= MOST_UNITS:
            raise ValueError(f"hidden is {proposal['value']}, but 0 to {MOST_UNITS} is wanted.")
        return proposal["value"]

    @traitlets.observe("hidden")
    def _other_network(self, change: Any) -> None:
        self._begin_again(change)
