"""Forward through a small network, unit by unit: a weight in the picture, the sum and the code."""

import re
from typing import Any

import numpy as np
import traitlets

from course_utils import _checks
from course_utils.data import study_hours
from course_utils.explorables.base import (
    Explorable,
    Layers,
    MarksParameter,
    layers_of,
    network_from,
)
from course_utils.network import MLP

# The hidden layer serves all three outputs; entries that make the sums easy to follow by hand.
_HIDDEN: list = [[[1.0, 0.5], [-1.0, 1.0], [0.5, -1.0]], [0.0, 0.5, 1.0]]
STARTS: dict[str, Layers] = {
    "identity": [_HIDDEN, [[[2.0, 1.0, -1.0]], [1.0]]],
    "sigmoid": [_HIDDEN, [[[0.5, 1.0, -1.0]], [-2.0]]],
    "softmax": [
        _HIDDEN,
        [[[1.0, -1.0, -1.0], [0.5, 0.5, -0.5], [-0.5, 1.0, 1.0]], [0.0, 0.5, 1.0]],
    ],
}
LOSS_OF = {
    "identity": "squared_error",
    "sigmoid": "binary_cross_entropy",
    "softmax": "cross_entropy",
}
LARGEST = 1000  # of a weight's size; larger ones could overflow on the way
_PARAMETER = re.compile(r"([Wb])([12])\[(\d)(?:, ?(\d))?\]")


class ForwardPass(MarksParameter, Explorable):
    """Compute a 2-3-1 network (2-3-3 with softmax) for the students of the worked example.

    parameter: the one that is marked everywhere, as in NumPy: "W1[1, 0]" or "b2[0]"
    stop: how many units are computed; with softmax the last stop is softmax itself
    batch: False for one student as a vector, True for all four as the rows of a matrix
    student: 0 … 3, whose numbers the picture shows
    output: g, "identity" (a score), "sigmoid" (pass or not) or "softmax" (three grades)
    weights: [[W1, b1], [W2, b2]] as nested lists; can be read and set

    >>> demo = ForwardPass(student=1)
    >>> demo.prediction
    [9.5]
    >>> demo.parameter = "W1[1, 0]"
    >>> demo.says
    'W1[1, 0] = -1.0 leads from x1 to hidden unit 2'
    """

    parameter = traitlets.Unicode("W1[1, 0]").tag(sync=True)
    stop = traitlets.Int(0).tag(sync=True)
    batch = traitlets.Bool(False).tag(sync=True)
    student = traitlets.Int(1).tag(sync=True)
    output = traitlets.Enum(tuple(STARTS), "identity").tag(sync=True)
    weights = traitlets.List().tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)
    _starts = traitlets.Dict(STARTS).tag(sync=True)

    def __init__(self, **state: Any) -> None:
        X, _, students, features = study_hours()
        data = {"X": X.tolist(), "students": students, "features": features}
        state.setdefault("weights", STARTS.get(state.get("output", "identity"), []))
        super().__init__(_data=data, **state)

    def net(self) -> MLP:
        """Return the network in the picture as an `MLP`, after a forward pass of all students."""
        net = network_from(self.weights, self._network())
        net.forward(study_hours().X)
        return net

    @property
    def prediction(self) -> list:
        """ŷ of the student, a list of d₂ numbers; with `batch` a list of four such lists."""
        net = self.net()
        y_hat = net.a[net.last].round(12)
        return (y_hat if self.batch else y_hat[self.student]).tolist()

    @property
    def last_stop(self) -> int:
        """The number of the stop at which ŷ is complete: 4, or 7 with softmax."""
        return _last_stop(self.output)

    @property
    def says(self) -> str:
        """What the marked parameter is, in words."""
        name, l, index = self._place()
        here = f"{self.parameter} = {self.value}"
        unit = f"hidden unit {index[0] + 1}" if l == 1 else f"output unit {index[0] + 1}"
        if name == "b":
            return f"{here} is the bias of {unit}"
        source = f"x{index[1] + 1}" if l == 1 else f"hidden unit {index[1] + 1}"
        return f"{here} leads from {source} to {unit}"

    def step(self) -> None:
        """Compute the next unit; at the end nothing is left to do."""
        self.stop = min(self.stop + 1, self.last_stop)

    def reset(self) -> None:
        """Go back to the inputs, with the start weights of the present output."""
        with self.hold_sync():
            self.weights = STARTS[self.output]
            self.stop = 0

    def _network(self) -> MLP:
        widths = [2, 3, 3 if self.output == "softmax" else 1]
        return MLP(widths, "relu", LOSS_OF[self.output], rng=0)

    def _place(self) -> tuple[str, int, tuple[int, ...]]:
        """The marked parameter as its letter, layer and index."""
        return _placed(self.parameter, self.output)

    @traitlets.validate("parameter")
    def _known_parameter(self, proposal: Any) -> str:
        name, l, index = _placed(proposal["value"], self.output)
        return f"{name}{l}[{', '.join(map(str, index))}]"

    @traitlets.validate("stop")
    def _reachable(self, proposal: Any) -> int:
        stop = _checks.count(proposal["value"], "stop", 0)
        if stop > self.last_stop:
            raise ValueError(
                f"stop is {stop}, but 0 to {self.last_stop} is wanted for {self.output}."
            )
        return stop

    @traitlets.validate("student")
    def _known_student(self, proposal: Any) -> int:
        if not 0 <= proposal["value"] < len(study_hours().X):
            raise ValueError(f"student is {proposal['value']}, but 0, 1, 2 or 3 is wanted.")
        return proposal["value"]

    @traitlets.validate("weights")
    def _fitting(self, proposal: Any) -> Layers:
        layers = layers_of(network_from(proposal["value"], self._network()))
        largest = max(np.abs(part).max() for layer in layers for part in map(np.array, layer))
        if largest > LARGEST:
            raise ValueError(f"weights reach {largest:g}, but sizes up to {LARGEST} are wanted.")
        return layers

    @traitlets.observe("output")
    def _other_output(self, change: Any) -> None:
        """Take up the start weights of another output; what no longer exists is given up."""
        if change["old"] not in STARTS or not self._data:  # while the object is being made
            return
        with self.hold_sync():
            self.weights = STARTS[change["new"]]
            self.stop = min(self.stop, self.last_stop)
            try:
                self._place()
            except ValueError:
                self.parameter = "W1[1, 0]"


def _last_stop(output: str) -> int:
    return 7 if output == "softmax" else 4


def _placed(parameter: str, output: str) -> tuple[str, int, tuple[int, ...]]:
    """Split "W1[1, 0]" into "W", 1 and (1, 0); raises ValueError where there is no such entry."""
    match = _PARAMETER.fullmatch(parameter)
    if match:
        name, l = match[1], int(match[2])
        index = tuple(int(i) for i in match.groups()[2:] if i is not None)
        W, b = STARTS[output][l - 1]
        shape = np.shape(W if name == "W" else b)
        if len(index) == len(shape) and all(i < d for i, d in zip(index, shape, strict=True)):
            return name, l, index
    raise ValueError(
        f'parameter is {parameter!r}, but an entry such as "W1[1, 0]" or "b2[0]" is wanted: '
        f"W1 has shape (3, 2), b1 (3,), W2 {np.shape(STARTS[output][1][0])}."
    )
