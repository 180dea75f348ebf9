"""Central differences: the gradient measured rather than derived."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from course_utils import _checks
from course_utils.activations import Array
from course_utils.network import MLP


def central_difference(f: Callable[[Array], float], theta: Array, h: float = 1e-5) -> Array:
    """Return the gradient of f at theta, one entry at a time: (f(θ + h) − f(θ − h)) / 2h.

    theta: a float64 array of any shape; the result has its shape. The error is O(h²) from the
    formula and O(ε/h) from rounding, with ε = 2.2e-16: h near ε^(1/3) balances the two.

    Raises TypeError where theta is no float64 array (rounding would swamp the difference).
    """
    theta = _checks.floats(theta, "theta")
    if theta.dtype != np.float64:
        raise TypeError(f"theta has dtype {theta.dtype}, but float64 is wanted.")
    h = _checks.positive(h, "h")
    gradient = np.empty_like(theta)
    probe = theta.copy()
    for index in np.ndindex(theta.shape):
        probe[index] = theta[index] + h
        above = f(probe.copy())
        probe[index] = theta[index] - h
        below = f(probe.copy())
        probe[index] = theta[index]
        gradient[index] = (above - below) / (2 * h)
    return gradient


def relative_error(a: Array, b: Array) -> float:
    """Return ‖a − b‖ / (‖a‖ + ‖b‖) in the Euclidean norm, and 0 where both are zero.

    Raises ValueError where the shapes differ, even if they would broadcast.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise ValueError(f"The shapes are {a.shape} and {b.shape}, but they must be the same.")
    size = np.linalg.norm(a) + np.linalg.norm(b)
    return float(np.linalg.norm(a - b) / size) if size else 0.0


def gradient_check(net: MLP, X: Array, y: NDArray, h: float = 1e-5) -> dict[str, float]:
    """Return the relative error of `net.backward` against central differences, by parameter.

    X: (N, d₀), y: as `MLP.loss` wants it. The keys are "W1", "b1", "W2", …. In float64 a right
    gradient of a smooth network gives about 1e-9, a wrong one about 1.
    The network ends as it began, but for z, a and delta, which belong to X.
    """
    net.forward(X)
    gradients = net.backward(y)
    errors = {}
    for name in ("W", "b"):
        parameters, derived = getattr(net, name), getattr(gradients, name)
        for l, theta in parameters.items():

            def loss_at(probe: Array, parameters: dict = parameters, l: int = l) -> float:
                parameters[l] = probe
                net.forward(X)
                return net.loss(y)

            try:
                measured = central_difference(loss_at, theta, h)
            finally:
                parameters[l] = theta
            errors[f"{name}{l}"] = relative_error(derived[l], measured)
    net.forward(X)
    net.backward(y)
    return dict(sorted(errors.items(), key=lambda item: (int(item[0][1:]), item[0])))
