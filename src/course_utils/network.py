"""The multilayer perceptron in NumPy: everything a layer computes stays in sight.

Layers are numbered as in the text, 1 … L hidden and L + 1 the output, so that the code reads like
the equations: `net.z[l] = net.a[l - 1] @ net.W[l].T + net.b[l]`, and `net.a[0]` is X.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from course_utils import _checks
from course_utils.activations import ACTIVATIONS, Activation, Array
from course_utils.losses import LOSSES, Loss


class Gradients(NamedTuple):
    """∂L/∂W⁽ˡ⁾ and ∂L/∂b⁽ˡ⁾ by layer; each has the shape of its parameter."""

    W: dict[int, Array]
    b: dict[int, Array]


class MLP:
    """A multilayer perceptron with widths d₀, d₁, …, d_{L+1}.

    W[l]: (d_l, d_{l−1}), the layout of `torch.nn.Linear.weight`; b[l]: (d_l,)
    z[l], a[l]: (N, d_l) from the last forward pass, a[0] = X
    delta[l]: (N, d_l), ∂L/∂z[l] from the last backward pass

    W starts normal with variance gain/d_{l−1}: gain 2 for the ReLU family (He et al., 2015),
    otherwise 1; b starts at zero.

    Parameters
    ----------
    widths: units of each layer, input first: `[2, 4, 1]` is 2 inputs, 4 hidden units, 1 output.
    activation: φ of the hidden layers, a name from `course_utils.activations.ACTIVATIONS`.
    loss: a name from `course_utils.losses.LOSSES`; it brings the output activation g with it.
    rng: the source of the start weights; a generator or a seed.
    dtype: float64 or float32.

    Raises ValueError or TypeError for widths, names or a dtype that do not fit.

    >>> net = MLP([2, 3, 1], "tanh", rng=0)
    >>> net.forward(np.array([[2.0, 3.0]])).shape
    (1, 1)
    """

    def __init__(
        self,
        widths: Sequence[int],
        activation: str = "tanh",
        loss: str = "squared_error",
        *,
        rng: np.random.Generator | int | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        self.widths = [_checks.count(d, f"widths[{i}]") for i, d in enumerate(widths)]
        if len(self.widths) < 2:
            raise ValueError(f"widths is {list(widths)}, but an input and an output are wanted.")
        if np.dtype(dtype) not in (np.float64, np.float32):
            raise TypeError(f"dtype is {np.dtype(dtype)}, but float64 or float32 is wanted.")
        self.phi: Activation = _checks.choice(activation, "activation", ACTIVATIONS)
        self.loss_function: Loss = _checks.choice(loss, "loss", LOSSES)
        self.last = len(self.widths) - 1  # L + 1

        gain = 2 if activation in ("relu", "leaky_relu", "gelu") else 1
        rng = np.random.default_rng(rng)
        self.W: dict[int, Array] = {}
        self.b: dict[int, Array] = {}
        for l in range(1, self.last + 1):
            shape = self.widths[l], self.widths[l - 1]
            self.W[l] = rng.normal(0, np.sqrt(gain / shape[1]), shape).astype(dtype)
            self.b[l] = np.zeros(shape[0], dtype)
        self.z: dict[int, Array] = {}
        self.a: dict[int, Array] = {}
        self.delta: dict[int, Array] = {}

    def forward(self, X: Array) -> Array:
        """Return ŷ of shape (N, d_{L+1}) for X of shape (N, d₀); keeps every z[l] and a[l].

        Raises TypeError or ValueError where X is not a finite floating-point batch of that width.
        """
        return self._forward(_checks.batch(X, "X", self.widths[0]))

    def loss(self, y: NDArray) -> float:
        """Return L of the last forward pass against the targets y.

        y: (N, d_{L+1}) floats, or (N,) class numbers for cross-entropy.
        Raises TypeError or ValueError where y does not fit that pass.
        """
        y = self._targets(y)
        return self.loss_function.value(self.z[self.last], y)

    def backward(self, y: NDArray) -> Gradients:
        """Return the gradients of L of the last forward pass; keeps every delta[l].

        y: as for `loss`, and the same errors. The formulas are derived in chapter 5
        (Rumelhart, Hinton and Williams, 1986).
        """
        return self._backward(self._targets(y))

    def _forward(self, X: Array) -> Array:
        self.a[0] = X
        for l in range(1, self.last + 1):
            self.z[l] = self.a[l - 1] @ self.W[l].T + self.b[l]
            self.a[l] = self.phi(self.z[l]) if l < self.last else self._output(self.z[l])
        return self.a[self.last]

    def _backward(self, y: NDArray) -> Gradients:
        self.delta[self.last] = self.loss_function.delta(self.a[self.last], y)
        for l in range(self.last - 1, 0, -1):
            self.delta[l] = (self.delta[l + 1] @ self.W[l + 1]) * self.phi.derivative(self.z[l])
        return Gradients(
            W={l: delta.T @ self.a[l - 1] for l, delta in self.delta.items()},
            b={l: delta.sum(axis=0) for l, delta in self.delta.items()},
        )

    def _output(self, z: Array) -> Array:
        return self.loss_function.output(z)

    def _targets(self, y: object) -> NDArray:
        if not self.z:
            raise ValueError("No forward pass yet: call forward(X) before loss or backward.")
        return self.loss_function.targets(y, *self.z[self.last].shape)

    def __repr__(self) -> str:
        widths = "-".join(str(d) for d in self.widths)
        return f"MLP({widths}, {self.phi.name}, {self.loss_function.name})"
