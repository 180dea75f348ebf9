"""One training step, press by press: Forward, Loss, Gradient, Update."""

from typing import Any

import numpy as np
import traitlets

from course_utils import _checks
from course_utils.data import study_hours
from course_utils.explorables.base import Explorable, Layers, layers_of, network_from
from course_utils.network import MLP
from course_utils.training import SGD

# Where each network starts. The single unit starts at zero, as in the post; a network with a hidden
# layer must not (chapter 3), and takes numbers that are easy to follow by hand.
STARTS: dict[str, Layers] = {
    "2-1": [[[[0.0, 0.0]], [0.0]]],
    "2-2-1": [[[[0.5, 0.5], [-1.0, 1.0]], [0.0, 0.0]], [[[2.0, 1.0]], [0.0]]],
}
STAGES = ("start", "forward", "loss", "gradient", "update")


class TrainingStep(Explorable):
    """Train on one student of the worked example, one press at a time.

    student: 0 … 3, the row of `study_hours()`
    learning_rate: η > 0
    network: "2-1" (one linear unit) or "2-2-1" (two ReLU units between)
    stage: how far the present step has come: start, forward, loss, gradient or update
    history: the weights after each update, the start first; the last entry is in force

    >>> demo = TrainingStep()
    >>> demo.step()
    >>> demo.prediction
    2.8
    """

    student = traitlets.Int(1).tag(sync=True)
    learning_rate = traitlets.Float(0.01).tag(sync=True)
    network = traitlets.Enum(tuple(STARTS), "2-1").tag(sync=True)
    stage = traitlets.Enum(STAGES, "start").tag(sync=True)
    history = traitlets.List().tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)
    _starts = traitlets.Dict(STARTS).tag(sync=True)

    def __init__(self, **state: Any) -> None:
        X, y, students, features = study_hours()
        data = {"X": X.tolist(), "y": y[:, 0].tolist(), "students": students, "features": features}
        state.setdefault("history", [STARTS.get(state.get("network", "2-1"), [])])
        super().__init__(_data=data, **state)

    @property
    def weights(self) -> Layers:
        """[[W1, b1], …] as nested lists; assigning starts the training over from there.

        W of layer l has shape (d_l, d_{l−1}), b (d_l,). Raises ValueError for other shapes.
        """
        return self.history[-1]

    @weights.setter
    def weights(self, layers: Layers) -> None:
        with self.hold_sync():
            self.history = [layers_of(network_from(layers, self._network()))]
            self.stage = "start"

    def net(self) -> MLP:
        """Return the network in the picture as an `MLP` of its own, to go on with in NumPy."""
        return network_from(self.weights, self._network())

    @property
    def prediction(self) -> float:
        """ŷ for the student, in points."""
        return round(float(self.net().forward(self._sample()[0])[0, 0]), 12)

    @property
    def loss(self) -> float:
        """(ŷ − y)² for the student, in points squared."""
        return round((self.prediction - self._sample()[1].item()) ** 2, 12)

    def step(self) -> None:
        """Do one whole training step in NumPy; the picture follows."""
        net = self.net()
        x, y = self._sample()
        net.forward(x)
        SGD(net, self.learning_rate).step(net.backward(y))
        with self.hold_sync():
            self.history = [*self.history, layers_of(net)]
            self.stage = "update"

    def reset(self) -> None:
        """Go back to the network's start weights."""
        self.weights = STARTS[self.network]

    def _network(self) -> MLP:
        return MLP([int(d) for d in self.network.split("-")], "relu", "squared_error", rng=0)

    def _sample(self) -> tuple[np.ndarray, np.ndarray]:
        X, y, *_ = study_hours()
        return X[[self.student]], y[[self.student]]

    @traitlets.validate("student")
    def _known_student(self, proposal: Any) -> int:
        if not 0 <= proposal["value"] < len(study_hours().X):
            raise ValueError(f"student is {proposal['value']}, but 0, 1, 2 or 3 is wanted.")
        return proposal["value"]

    @traitlets.validate("learning_rate")
    def _positive_rate(self, proposal: Any) -> float:
        return _checks.positive(proposal["value"], "learning_rate")

    @traitlets.validate("history")
    def _fitting_history(self, proposal: Any) -> list[Layers]:
        if not proposal["value"]:
            raise ValueError("history is empty, but at least the start weights are wanted.")
        return proposal["value"]

    @traitlets.observe("network")
    def _start_over(self, change: Any) -> None:
        try:
            self.net()
        except ValueError:  # the weights in force belong to the other network
            self.weights = STARTS[change["new"]]
