"""Losses L = (1/N) Σ L⁽ⁿ⁾ computed from the output's pre-activations z, and their δ = ∂L/∂z.

Each loss comes with the output activation g that belongs to it. For all three pairs the base case
of backpropagation has the same form, a multiple of ŷ − y, which is why `delta` takes ŷ = g(z).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from course_utils import _checks
from course_utils.activations import Array, sigmoid, softmax


class Loss(NamedTuple):
    """A loss and its output activation.

    output(z) → ŷ, shape (N, K)
    value(z, y) → L, a number
    delta(y_hat, y) → δ = ∂L/∂z, shape (N, K), with the 1/N inside
    targets(y, n, k) → y, or an error if it does not fit an output of shape (n, k)
    """

    name: str
    output: Callable[[Array], Array]
    value: Callable[[Array, NDArray], float]
    delta: Callable[[Array, NDArray], Array]
    targets: Callable[[object, int, int], NDArray]


def log_sum_exp(z: Array) -> Array:
    """Return log Σ_k e^{z_k} along the last axis, shifted by the largest entry so that no e^z
    overflows. z: (N, K) gives (N,), (K,) gives a number.
    """
    top = z.max(axis=-1, keepdims=True)
    return top[..., 0] + np.log(np.exp(z - top).sum(axis=-1))


def squared_error(z: Array, y: Array) -> float:
    """Return (1/N) Σ ‖ŷ⁽ⁿ⁾ − y⁽ⁿ⁾‖² with ŷ = z; z and y: (N, K).

    `torch.nn.MSELoss` divides by N·K instead; the two are equal for K = 1.
    """
    return float(np.square(z - y).sum() / len(z))


def binary_cross_entropy(z: Array, y: Array) -> float:
    """Return −(1/N) Σ y log p + (1 − y) log(1 − p) with p = sigmoid(z); z, y: (N, 1), y in [0, 1].

    Written with log(1 + eᶻ) − yz, which neither overflows nor takes the logarithm of 0.
    """
    return float((np.logaddexp(0, z) - y * z).sum() / len(z))


def cross_entropy(z: Array, y: NDArray[np.integer]) -> float:
    """Return −(1/N) Σ log p_y with p = softmax(z); z: (N, K) logits, y: (N,) class numbers."""
    return float((log_sum_exp(z) - z[np.arange(len(z)), y]).mean())


def _softmax_delta(p: Array, y: NDArray[np.integer]) -> Array:
    delta = p.copy()
    delta[np.arange(len(p)), y] -= 1
    return delta / len(p)


def _same_shape(y: object, n: int, k: int) -> Array:
    y = _checks.batch(y, "y", k)
    if len(y) != n:
        raise ValueError(f"y has {len(y)} rows, but X has {n}: one target per sample is wanted.")
    return y


def _probabilities(y: object, n: int, k: int) -> Array:
    y = _same_shape(y, n, k)
    if y.min() < 0 or y.max() > 1:
        raise ValueError(
            f"y holds values from {y.min():g} to {y.max():g}, but 0 to 1 are wanted. "
            f"Labels −1 and 1 become 0 and 1 by (y + 1) / 2."
        )
    return y


def _class_numbers(y: object, n: int, k: int) -> NDArray[np.integer]:
    return _checks.labels(y, n, k)


LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        Loss(
            "squared_error",
            lambda z: z,
            squared_error,
            lambda y_hat, y: 2 * (y_hat - y) / len(y),
            _same_shape,
        ),
        Loss(
            "binary_cross_entropy",
            sigmoid,
            binary_cross_entropy,
            lambda y_hat, y: (y_hat - y) / len(y),
            _probabilities,
        ),
        Loss("cross_entropy", softmax, cross_entropy, _softmax_delta, _class_numbers),
    )
}
