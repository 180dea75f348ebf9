"""A plane to look at a hidden layer in, in which the output's boundary is a straight line.

The twin of `shared/hidden_view.js`; a test holds the two equal.
"""

from typing import NamedTuple

import numpy as np

from course_utils.activations import Activation, Array

POWER_STEPS = 30


class HiddenView(NamedTuple):
    """Where a hidden vector a (d,) is drawn, (u, v) = axes · a + shift, and how the output sees it.

    axes: (2, d); shift: (2,)
    logit: (3,), so that the output's pre-activation is logit[0] + logit[1]·u + logit[2]·v
    """

    axes: Array
    shift: Array
    logit: Array

    def __call__(self, A: Array) -> Array:
        """Return the points (N, 2) at which the hidden vectors A (N, d) are drawn."""
        return A @ self.axes.T + self.shift


def hidden_view(w: Array, b: float, A: Array) -> HiddenView:
    """Return the view of a hidden layer whose output unit has weights w (d,) and bias b.

    With one or two units the axes are the units themselves. With more, u is the signed distance
    from the output's boundary wᵀa + b = 0, and v the direction along it in which the points
    A (N, d) are spread most, found by power iteration.
    """
    d = len(w)
    if d <= 2:
        axes = np.eye(2, d)
        return HiddenView(axes, np.zeros(2), np.array([b, *(axes @ w)]))
    norm = float(np.sqrt(w @ w))
    across = w / norm if norm > 0 else np.eye(d)[0]
    along = _widest(A - A.mean(axis=0), across)
    shift = np.array([b / norm if norm > 0 else 0.0, 0.0])
    logit = np.array([0.0 if norm > 0 else b, norm, 0.0])
    return HiddenView(np.stack([across, along]), shift, logit)


def _widest(A: Array, across: Array) -> Array:
    """Return the unit vector at right angles to `across` along which A (N, d) is widest."""
    covariance = A.T @ A
    v = _unit(_without(1 / np.arange(1.0, len(across) + 1), across), np.zeros(len(across)))
    if not v.any():  # the start vector happens to point across
        v = _unit(_without(np.eye(len(across))[1], across), v)
    for _ in range(POWER_STEPS):
        v = _unit(_without(covariance @ v, across), v)
    return v


def _without(v: Array, across: Array) -> Array:
    return v - (v @ across) * across


def _unit(v: Array, otherwise: Array) -> Array:
    norm = np.sqrt(v @ v)
    return v / norm if norm > 1e-9 else otherwise


def bent(phi: Activation, bend: float) -> Activation:
    """Return (1 − bend)·z + bend·φ(z): the identity for bend 0, φ for bend 1."""
    return Activation(
        phi.name,
        lambda z: (1 - bend) * z + bend * phi(z),
        lambda z: (1 - bend) + bend * phi.derivative(z),
    )
