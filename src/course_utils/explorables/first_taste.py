"""A first taste: two circles that no straight line separates, and hidden units that do."""

from typing import Any

import numpy as np
import traitlets

from course_utils import _checks, data, training
from course_utils.explorables._random import seed_weights
from course_utils.explorables.base import Explorable, layers_of, network_from
from course_utils.network import MLP

MOST_UNITS = 8


class FirstTaste(Explorable):
    """Train a small network on two concentric circles, with 0 to 8 hidden tanh units.

    hidden: units in the hidden layer; with 0 there is none, and the boundary is a straight line
    seed: names the start weights, the same here and in the page
    epochs: passes over the data so far
    weights: [[W1, b1], …] as nested lists, the network in the picture; can be read and set
    """

    hidden = traitlets.Int(0).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    epochs = traitlets.Int(0).tag(sync=True)
    learning_rate = traitlets.Float(0.1).tag(sync=True)
    weights = traitlets.List().tag(sync=True)
    _batch_size = traitlets.Int(10).tag(sync=True)
    _most = traitlets.Int(MOST_UNITS).tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)

    def __init__(self, **state: Any) -> None:
        X, y = data.circles()
        super().__init__(_data={"X": X.round(3).tolist(), "y": y.tolist()}, **state)
        if not self.weights:
            self.reset()

    def reset(self) -> None:
        """Go back to the start weights of the present seed."""
        with self.hold_sync():
            self.weights = layers_of(seed_weights(self._network(), self.seed))
            self.epochs = 0

    def net(self) -> MLP:
        """Return the network in the picture as an `MLP` of its own."""
        return network_from(self.weights, self._network())

    @property
    def accuracy(self) -> float:
        """The share of points that the network in the picture puts into the right class."""
        X, y = self._arrays()
        return float(((self.net().forward(X) > 0.5) == (y > 0.5)).mean())

    def train(self, epochs: int) -> None:
        """Train for so many epochs in NumPy; the picture follows."""
        net = self.net()
        X, y = self._arrays()
        training.train(
            net,
            X,
            y,
            learning_rate=self.learning_rate,
            epochs=_checks.count(epochs, "epochs"),
            batch_size=self._batch_size,
            rng=self.seed + self.epochs,
            record=False,
        )
        with self.hold_sync():
            self.weights = layers_of(net)
            self.epochs += epochs

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

    @traitlets.validate("seed", "epochs")
    def _not_negative(self, proposal: Any) -> int:
        return _checks.count(proposal["value"], proposal["trait"].name, 0)

    @traitlets.validate("learning_rate")
    def _positive(self, proposal: Any) -> float:
        return _checks.positive(proposal["value"], "learning_rate")

    @traitlets.validate("weights")
    def _fitting(self, proposal: Any) -> list:
        return layers_of(network_from(proposal["value"], self._network()))

    @traitlets.observe("hidden", "seed")
    def _begin_again(self, change: Any) -> None:
        if self.weights and self._data:
            self.reset()
