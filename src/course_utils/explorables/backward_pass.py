"""The way back through a small network, stop by stop, and a weight to wiggle."""

import re
from typing import Any

import numpy as np
import traitlets

from course_utils import _checks
from course_utils.explorables.base import (
    Explorable,
    Layers,
    MarksParameter,
    layers_of,
    network_from,
)
from course_utils.network import MLP

X = np.array([[1.0, 0.5]])  # the one sample
# For each loss: the target, and start weights of one decimal, so that the sums can be followed.
TARGETS: dict[str, list] = {"squared_error": [[1.0]], "cross_entropy": [1]}
_HIDDEN: Layers = [
    [[[0.5, -0.4], [0.8, 0.3]], [0.1, -0.2]],
    [[[0.7, -0.6], [-0.5, 0.9]], [0.2, 0.1]],
]
STARTS: dict[str, Layers] = {
    "squared_error": [*_HIDDEN, [[[1.2, -0.8]], [0.3]]],
    "cross_entropy": [*_HIDDEN, [[[1.2, -0.8], [-0.7, 0.6]], [0.0, 0.1]]],
}
WIDTHS = {"squared_error": [2, 2, 2, 1], "cross_entropy": [2, 2, 2, 2]}
LAST_STOP = 15
_PARAMETER = re.compile(r"([Wb])([1-3])\[(\d)(?:, ?(\d))?\]")


class BackwardPass(MarksParameter, Explorable):
    """Forward and back through a network with two hidden layers of two units, for one sample.

    stop: 0 (nothing computed yet) to 15 (all gradients); 7 is the loss, 8 the base case δ⁽³⁾
    parameter: the one to look at and to wiggle, written as in NumPy: "W1[0, 1]" or "b2[1]"
    epsilon: the wiggle ε > 0, for ΔL/ε
    activation: φ, one of "tanh", "sigmoid", "relu"
    loss: "squared_error" (one output) or "cross_entropy" (two, through softmax)
    weights: [[W1, b1], [W2, b2], [W3, b3]] as nested lists; can be read and set

    >>> demo = BackwardPass(epsilon=1e-6)
    >>> abs(demo.quotient - demo.gradient) < 1e-5
    True
    """

    stop = traitlets.Int(0).tag(sync=True)
    parameter = traitlets.Unicode("W1[0, 0]").tag(sync=True)
    epsilon = traitlets.Float(0.1).tag(sync=True)
    activation = traitlets.Enum(("tanh", "sigmoid", "relu"), "tanh").tag(sync=True)
    loss = traitlets.Enum(tuple(TARGETS), "squared_error").tag(sync=True)
    weights = traitlets.List().tag(sync=True)
    _x = traitlets.List(X[0].tolist()).tag(sync=True)
    _targets = traitlets.Dict(TARGETS).tag(sync=True)
    _starts = traitlets.Dict(STARTS).tag(sync=True)

    def __init__(self, **state: Any) -> None:
        if "weights" not in state and state.get("loss", "squared_error") in STARTS:
            state["weights"] = STARTS[state.get("loss", "squared_error")]
        super().__init__(**state)

    def net(self) -> MLP:
        """Return the network in the picture as an `MLP`, after its forward and backward pass."""
        net = network_from(self.weights, MLP(WIDTHS[self.loss], self.activation, self.loss, rng=0))
        net.forward(X)
        net.backward(self._y())
        return net

    @property
    def loss_value(self) -> float:
        """L of the sample at the present weights."""
        return self.net().loss(self._y())

    @property
    def gradient(self) -> float:
        """∂L/∂θ for the chosen parameter θ, by backpropagation."""
        name, l, index = self._place()
        gradients = self.net().backward(self._y())
        return float(getattr(gradients, name)[l][index])

    @property
    def quotient(self) -> float:
        """ΔL/ε: how much the loss changes per unit when the chosen parameter is raised by ε."""
        name, l, index = self._place()
        net = self.net()
        before = net.loss(self._y())
        getattr(net, name)[l][index] += self.epsilon
        net.forward(X)
        return (net.loss(self._y()) - before) / self.epsilon

    def paths(self) -> list[tuple[tuple[int, ...], float]]:
        """Every path from the chosen parameter to the output, as (units, product).

        units: the unit in each layer, from the parameter's own on, counted from 0. The products,
        of what the parameter multiplies, a slope φ′(z) and a weight for each step, and δ at the
        output, add up to the gradient.
        """
        name, l, index = self._place()
        net = self.net()
        first = net.a[l - 1][0, index[1]] if name == "W" else 1.0
        paths: list[tuple[tuple[int, ...], float]] = [((index[0],), first)]
        for k in range(l, net.last):
            slope = net.phi.derivative(net.z[k])[0]
            paths = [
                ((*units, j), product * slope[units[-1]] * net.W[k + 1][j, units[-1]])
                for units, product in paths
                for j in range(net.widths[k + 1])
            ]
        end = net.delta[net.last][0]
        return [(units, float(product * end[units[-1]])) for units, product in paths]

    def reset(self) -> None:
        """Go back to the start weights and to the first stop."""
        with self.hold_sync():
            self.weights = STARTS[self.loss]
            self.stop = 0

    def _y(self) -> np.ndarray:
        return np.array(TARGETS[self.loss])

    def _place(self) -> tuple[str, int, tuple[int, ...]]:
        """The chosen parameter as ("W" or "b", layer, index)."""
        return _parse(self.parameter, WIDTHS[self.loss])

    @traitlets.validate("stop")
    def _known_stop(self, proposal: Any) -> int:
        if not 0 <= proposal["value"] <= LAST_STOP:
            raise ValueError(f"stop is {proposal['value']}, but 0 to {LAST_STOP} is wanted.")
        return proposal["value"]

    @traitlets.validate("parameter")
    def _known_parameter(self, proposal: Any) -> str:
        name, l, index = _parse(proposal["value"], WIDTHS[self.loss])
        return f"{name}{l}[{', '.join(map(str, index))}]"

    @traitlets.validate("epsilon")
    def _positive(self, proposal: Any) -> float:
        return _checks.positive(proposal["value"], "epsilon")

    @traitlets.validate("weights")
    def _fitting(self, proposal: Any) -> Layers:
        return layers_of(network_from(proposal["value"], MLP(WIDTHS[self.loss], rng=0)))

    @traitlets.observe("loss")
    def _start_over(self, change: Any) -> None:
        if not self.weights:
            return
        try:
            self._place()
        except ValueError:  # an output that the other loss doesn't have
            self.parameter = "W3[0, 0]"
        if [len(b) for _, b in self.weights] != WIDTHS[change["new"]][1:]:
            self.weights = STARTS[change["new"]]


def _parse(parameter: str, widths: list[int]) -> tuple[str, int, tuple[int, ...]]:
    """ "W1[0, 1]" as ("W", 1, (0, 1)); raises ValueError for what the network doesn't have."""
    match = _PARAMETER.fullmatch(parameter)
    if match:
        name, l = match[1], int(match[2])
        index = tuple(int(part) for part in match.groups()[2:] if part is not None)
        shape = (widths[l], widths[l - 1]) if name == "W" else (widths[l],)
        if len(index) == len(shape) and all(i < d for i, d in zip(index, shape, strict=True)):
            return name, l, index
    raise ValueError(
        f'parameter is {parameter!r}, but one of this network\'s is wanted, such as "W1[0, 1]" '
        'or "b2[1]": layers count from 1, rows and columns from 0.'
    )
