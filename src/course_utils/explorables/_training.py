"""What the explorables that train a small network in the page have in common."""

from typing import Any

import numpy as np
import traitlets

from course_utils import _checks, training
from course_utils.explorables._random import seed_weights
from course_utils.explorables.base import layers_of, network_from
from course_utils.network import MLP


class TrainsInPage(traitlets.HasTraits):
    """A part of an explorable: start weights from a seed, training, and the way to NumPy.

    A subclass derives from it and from `Explorable`, in this order, and says which network and
    which data it has: `_network()` with any parameters, `_arrays()` with X (N, d₀) and y (N, 1).

    seed: names the start weights, the same here and in the page
    epochs: passes over the data so far
    weights: [[W1, b1], …] as nested lists, the network in the picture; can be read and set
    """

    seed = traitlets.Int(0).tag(sync=True)
    epochs = traitlets.Int(0).tag(sync=True)
    learning_rate = traitlets.Float(0.1).tag(sync=True)
    weights = traitlets.List().tag(sync=True)
    _batch_size = traitlets.Int(10).tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "_shown" in cls.__dict__:
            common = ["seed", "epochs", "learning_rate"]
            cls._shown = [*(name for name in cls._shown if name not in common), *common]

    def __init__(self, **state: Any) -> None:
        # Last, since what shape they must have depends on the rest of the state.
        weights = state.pop("weights", None)
        super().__init__(**state)
        if weights is None:
            self.reset()
        else:
            self.weights = weights

    def reset(self) -> None:
        """Go back to the start weights of the present seed."""
        with self.hold_sync():
            self.weights = layers_of(seed_weights(self._network(), self.seed))
            self.epochs = 0

    def net(self) -> MLP:
        """Return the network in the picture as an `MLP` of its own, to go on with in NumPy."""
        return network_from(self.weights, self._network())

    @property
    def accuracy(self) -> float:
        """The share of points that the network in the picture puts into the right class."""
        X, y = self._arrays()
        return float(((self.net().forward(X) > 0.5) == (y > 0.5)).mean())

    def train(self, epochs: int) -> None:
        """Train for so many epochs in NumPy; the picture follows.

        Raises FloatingPointError where the learning rate is so large that the loss overflows; the
        picture then stays as it was.
        """
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
        raise NotImplementedError

    def _arrays(self) -> tuple[np.ndarray, np.ndarray]:
        raise NotImplementedError

    @traitlets.validate("seed", "epochs")
    def _not_negative(self, proposal: Any) -> int:
        return _checks.count(proposal["value"], proposal["trait"].name, 0)

    @traitlets.validate("learning_rate")
    def _positive(self, proposal: Any) -> float:
        return _checks.positive(proposal["value"], "learning_rate")

    @traitlets.validate("weights")
    def _fitting(self, proposal: Any) -> list:
        return layers_of(network_from(proposal["value"], self._network()))

    @traitlets.observe("seed")
    def _begin_again(self, change: Any) -> None:
        if self.weights:  # else the object is still being made
            self.reset()
