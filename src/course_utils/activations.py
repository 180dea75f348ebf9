"""Activation functions φ and their derivatives φ′, both as functions of the pre-activation z.

Every function takes an array of any shape and returns one of the same shape and dtype.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, expit

Array = NDArray[np.floating]


class Activation(NamedTuple):
    """φ and φ′; call `phi(z)` and `phi.derivative(z)`."""

    name: str
    function: Callable[[Array], Array]
    derivative: Callable[[Array], Array]

    def __call__(self, z: Array) -> Array:
        return self.function(z)


def sigmoid(z: Array) -> Array:
    """Return 1 / (1 + e⁻ᶻ), without overflow for any z."""
    return expit(z)


def softmax(z: Array) -> Array:
    """Return e^{z_k} / Σ_j e^{z_j} along the last axis.

    z: (K,) or (N, K). Subtracting the largest entry changes nothing (softmax is blind to a shift)
    and keeps e^z from overflowing.
    """
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _gelu_derivative(z: Array) -> Array:
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return ((1 + erf(z / np.sqrt(2))) / 2 + z * density).astype(z.dtype)


ACTIVATIONS: dict[str, Activation] = {
    phi.name: phi
    for phi in (
        Activation("identity", lambda z: z, np.ones_like),
        Activation("step", lambda z: (z > 0).astype(z.dtype), np.zeros_like),
        Activation("sigmoid", sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
        Activation("tanh", np.tanh, lambda z: 1 - np.tanh(z) ** 2),
        Activation("relu", lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(z.dtype)),
        Activation(
            "leaky_relu",
            lambda z: np.where(z > 0, z, z.dtype.type(0.01) * z),
            lambda z: np.where(z > 0, z.dtype.type(1), z.dtype.type(0.01)),
        ),
        Activation(
            "gelu",
            lambda z: (z * (1 + erf(z / np.sqrt(2))) / 2).astype(z.dtype),
            _gelu_derivative,
        ),
    )
}
