"""Broken backward passes, each one wrong line away from a right one, and the symptoms they show.

The right pass is that of chapter 5, cut into four replaceable lines; a bug replaces one of them (or
what the loss does to the output). Nothing here is hidden from the reader: the bug zoo prints the
broken line beside the right one as soon as the bug is named.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from course_utils import _checks
from course_utils.activations import ACTIVATIONS, Activation, Array, softmax
from course_utils.gradient_check import relative_error
from course_utils.losses import log_sum_exp

STEPS = 40
CHECKED = (0, 20)  # the steps before which the gradient is held against central differences
TOO_LARGE = 1e6  # a loss beyond this ends the training
WIDTHS = {"different": [3, 5, 4, 3], "equal": [3, 3, 3, 3]}


class Lines(NamedTuple):
    """The replaceable lines of forward and backward, with all samples in rows.

    loss(z, Y) → L, from the output's pre-activations (…, N, K); one L for each leading index
    base(z, Y) → Δ of the output
    through(delta, W, z, a, dphi) → Δ of the layer below
    weights(delta, a) → ∂L/∂W and bias(delta) → ∂L/∂b
    refresh: whether each forward pass stores its z and a anew
    """

    loss: Callable[[Array, Array], Array] = lambda z, Y: _cross_entropy(z, Y)
    base: Callable[[Array, Array], Array] = lambda z, Y: (softmax(z) - Y) / len(Y)
    through: Callable[..., Array] = lambda delta, W, z, a, dphi: (delta @ W) * dphi(z)
    weights: Callable[[Array, Array], Array] = lambda delta, a: delta.T @ a
    bias: Callable[[Array], Array] = lambda delta: delta.sum(axis=0)
    refresh: bool = True


def _cross_entropy(z: Array, Y: Array) -> Array:
    """−(1/N) Σ log p_y for logits z (…, N, K) and one-hot Y (N, K)."""
    log_p = z - log_sum_exp(z)[..., None]
    return -(Y * log_p).sum(axis=(-2, -1)) / len(Y)


def _double_softmax_base(z: Array, Y: Array) -> Array:
    """The gradient that autograd gives for cross-entropy of softmax(z) taken as logits."""
    p = softmax(z)
    g = (softmax(p) - Y) / len(Y)
    return p * (g - (g * p).sum(axis=1, keepdims=True))


def _squared_error(z: Array, Y: Array) -> Array:
    return ((z - Y) ** 2).mean(axis=(-2, -1))


def _squared_error_base(z: Array, Y: Array) -> Array:
    return 2 * (z - Y) / len(Y)


def _broadcast_loss(z: Array, Y: Array) -> Array:
    return ((z - Y[:, 0]) ** 2).mean(axis=(-2, -1))  # (N, 1) − (N,) is (N, N)


def _broadcast_base(z: Array, Y: Array) -> Array:
    return 2 * (z - Y[:, 0]).mean(axis=1, keepdims=True) / len(Y)


@dataclass(frozen=True)
class Bug:
    """A broken pass: its name, the two lines side by side, what it shows and why."""

    key: str
    name: str
    right: str
    broken: str
    signature: str  # what one sees with it, to compare with
    why: str
    lines: Lines = field(repr=False)
    regression: bool = False


BUGS: dict[str, Bug] = {
    bug.key: bug
    for bug in (
        Bug(
            "healthy",
            "nothing is wrong",
            "delta[l] = (delta[l+1] @ W[l+1]) * dphi(Z[l])",
            "delta[l] = (delta[l+1] @ W[l+1]) * dphi(Z[l])",
            "every shape fits, every layer passes the check in every experiment, and the loss runs "
            "on the dashed line",
            "This pass is right. A zoo without a healthy animal would teach you to see bugs "
            "everywhere: the check passes in every layer, under every experiment.",
            Lines(),
        ),
        Bug(
            "sign",
            "the sign is wrong",
            "delta[L+1] = (P - Y) / N",
            "delta[L+1] = (Y - P) / N",
            "the loss rises from the first step, and every gradient is −1 times the measured one",
            "δ of the output is the source of everything behind it, so its sign turns every "
            "gradient round: all ratios are −1. Descent walks uphill.",
            Lines(base=lambda z, Y: (Y - softmax(z)) / len(Y)),
        ),
        Bug(
            "transpose",
            "W is not transposed back",
            "delta[l] = (delta[l+1] @ W[l+1]) * dphi(Z[l])",
            "delta[l] = (delta[l+1] @ W[l+1].T) * dphi(Z[l])",
            "with different widths it stops with an error; with equal widths only the layers below "
            "the output fail the check",
            "In batch form the way back is Δ W, forward was A Wᵀ. Mixing them up is an error of "
            "shapes unless all widths are equal. Then it runs, and hands each unit the error "
            "signals through the wrong weights. The output layer doesn't go through a W, so it is "
            "right.",
            Lines(through=lambda delta, W, z, a, dphi: (delta @ W.T) * dphi(z)),
        ),
        Bug(
            "sum",
            "sum over the batch for the mean",
            "delta[L+1] = (P - Y) / N",
            "delta[L+1] = P - Y",
            "every gradient is N times the measured one, and with a single sample it is right",
            "The loss is a mean, so 1/N belongs into Δ. Without it every gradient in every layer "
            "is N times too large: the direction is right, the steps are too long. With N = 1 "
            "there is nothing to see.",
            Lines(base=lambda z, Y: softmax(z) - Y),
        ),
        Bug(
            "overwrite",
            "= instead of += over the samples",
            "for n in range(N): dW[l] += np.outer(delta[l][n], A[l-1][n])",
            "for n in range(N): dW[l] = np.outer(delta[l][n], A[l-1][n])",
            "every layer fails by no fixed factor, and with a single sample it is right",
            "Each sample's share replaces the one before, so only the last sample's is left. All "
            "layers are wrong, by no fixed factor, since the other samples' shares are missing and "
            "not scaled. With N = 1 the last sample is the only one.",
            Lines(
                weights=lambda delta, a: np.outer(delta[-1], a[-1]), bias=lambda delta: delta[-1]
            ),
        ),
        Bug(
            "slope_of_a",
            "φ′ taken at a instead of z",
            "delta[l] = (delta[l+1] @ W[l+1]) * dphi(Z[l])",
            "delta[l] = (delta[l+1] @ W[l+1]) * dphi(A[l])",
            "the layers below the output fail with tanh and pass with relu",
            "The slope is needed where the forward pass was, at z. With tanh, φ′(a) is too large, "
            "because a lies closer to 0 than z; it adds up over the layers. With relu, a > 0 "
            "exactly where z > 0, so both slopes are the same and the bug can't be seen.",
            Lines(through=lambda delta, W, z, a, dphi: (delta @ W) * dphi(a)),
        ),
        Bug(
            "no_slope",
            "φ′ left out",
            "delta[l] = (delta[l+1] @ W[l+1]) * dphi(Z[l])",
            "delta[l] = delta[l+1] @ W[l+1]",
            "the layers below the output fail with tanh and with relu",
            "That is ∂L/∂a, handed on as if it were ∂L/∂z. Only the output's layer is right, as "
            "its δ passes no φ. The loss may fall all the same. Relu gives it away, too: units "
            "that are switched off get gradients.",
            Lines(through=lambda delta, W, z, a, dphi: delta @ W),
        ),
        Bug(
            "stale",
            "a stale cache",
            "Z[l], A[l] = …   # stored at every forward pass",
            "if l not in A: Z[l], A[l] = …   # stored at the first one only",
            "the check passes before training and fails after 20 steps",
            "The forward pass keeps the z and a of its very first run. At the start they are the "
            "right ones, so the check passes. Then the weights move and the cache doesn't: the "
            "gradient stays what it was at the start, and training walks on in one straight line.",
            Lines(refresh=False),
        ),
        Bug(
            "double_softmax",
            "softmax taken twice",
            "loss = cross_entropy(logits, y)",
            "loss = cross_entropy(softmax(logits), y)",
            "every layer passes the check, and yet the loss stays above −log(e/(e+2)) = 0.551",
            "The gradient is right, for the wrong loss: no check can find that. Softmax's "
            "probabilities lie between 0 and 1, and taken as logits the best of them, (1, 0, 0), "
            "give e/(e+2) = 0.576. So the loss can't fall below 0.551, and the slopes are small.",
            Lines(
                loss=lambda z, Y: _cross_entropy(softmax(z), Y),
                base=_double_softmax_base,
            ),
        ),
        Bug(
            "broadcast",
            "(N, 1) minus (N,)",
            "error = Y_hat - Y[:, None]   # (N, 1)",
            "error = Y_hat - Y            # (N, N)",
            "every layer passes the check, and yet the loss stays above the variance of the "
            "targets; ŷ − y is N × N; with a single sample all is well",
            "A column minus a flat array is a table of every prediction minus every target. Its "
            "mean square is least if all predictions are the mean target, so that is what the "
            "network learns. The gradient is right for this loss: the check passes. The shape of "
            "ŷ − y is the only witness.",
            Lines(loss=_broadcast_loss, base=_broadcast_base),
            regression=True,
        ),
        Bug(
            "bias_rows",
            "∂L/∂b not summed over the batch",
            "db[l] = delta[l].sum(axis=0)",
            "db[l] = delta[l]",
            "the gradients of the biases have a row for each sample, and so have the biases after "
            "the first step",
            "One bias serves all samples, so their shares add up. Without the sum db is (N, d), "
            "and b − η·db is broadcast to (N, d) without a word: each sample gets its own biases. "
            "The training loss then falls as well as before or better. On another batch size it "
            "breaks.",
            Lines(bias=lambda delta: delta),
        ),
    )
}

HEALTHY_REGRESSION = Lines(loss=_squared_error, base=_squared_error_base)


class Patient:
    """A small network of three layers that trains with the lines of a bug."""

    def __init__(self, lines: Lines, phi: Activation, widths: list[int], seed: int = 3) -> None:
        rng = np.random.default_rng(seed)
        self.lines, self.phi = lines, phi
        self.parameters: dict[str, Array] = {}
        for l, (before, after) in enumerate(zip(widths[:-1], widths[1:], strict=True), start=1):
            self.parameters[f"W{l}"] = rng.normal(0, 1.2 / np.sqrt(before), (after, before))
            self.parameters[f"b{l}"] = rng.normal(0, 0.3, after)
        self.last = len(widths) - 1
        self.z: dict[int, Array] = {}
        self.a: dict[int, Array] = {}

    def loss(self, X: Array, Y: Array, **probe: Array) -> Array:
        """L by a forward pass of its own; leaves the cache alone.

        probe: values (P, …) to try for one parameter, for which P losses come back at once.
        """
        z, _ = self._forward(X, {**self.parameters, **probe})
        return self.lines.loss(z[self.last], Y)

    def gradients(self, X: Array, Y: Array) -> dict[str, Array]:
        """One forward and backward pass; raises ValueError where shapes don't fit."""
        if self.lines.refresh or not self.z:
            self.z, self.a = self._forward(X, self.parameters)
        gradients = {}
        delta = self.lines.base(self.z[self.last], Y)
        for l in range(self.last, 0, -1):
            gradients[f"W{l}"] = self.lines.weights(delta, self.a[l - 1])
            gradients[f"b{l}"] = self.lines.bias(delta)
            if l > 1:
                W, z, a = self.parameters[f"W{l}"], self.z[l - 1], self.a[l - 1]
                delta = self.lines.through(delta, W, z, a, self.phi.derivative)
        return dict(sorted(gradients.items(), key=lambda item: (item[0][1], item[0])))

    def _forward(
        self, X: Array, parameters: dict[str, Array]
    ) -> tuple[dict[int, Array], dict[int, Array]]:
        z: dict[int, Array] = {}
        a = {0: X}
        for l in range(1, self.last + 1):
            z[l] = a[l - 1] @ parameters[f"W{l}"].swapaxes(-1, -2) + parameters[f"b{l}"]
            a[l] = self.phi(z[l])
        return z, a


def symptoms(
    bug: str, samples: int = 8, activation: str = "tanh", widths: str = "different"
) -> dict[str, Any]:
    """Train with a bug for 40 steps and check its gradients before and after 20 of them.

    bug: a key of `BUGS`; samples: N, 1 … 8; widths: "different" or "equal", those of the layers.

    Returns "losses" (41 numbers, or those up to an error or overflow) beside "healthy" ones,
    "checks" at step 0 and 20 as lists of rows (parameter, its shape, its gradient's shape, relative
    error or None, ratio to the measured gradient or None), the shape of "error" (ŷ − y), and
    "raised", a message or "". Raises ValueError for an unknown bug or setting.
    """
    known = _checks.choice(bug, "bug", BUGS)
    phi = _checks.choice(activation, "activation", ACTIVATIONS)
    layers = list(_checks.choice(widths, "widths", WIDTHS))
    X, Y = _data(_checks.count(samples, "samples"), known.regression)
    layers[-1] = Y.shape[1]
    rate = 0.1 if known.regression else 0.4
    with np.errstate(all="ignore"):
        losses, checks, raised = _train(Patient(known.lines, phi, layers), X, Y, rate)
        right = HEALTHY_REGRESSION if known.regression else Lines()
        healthy, _, _ = _train(Patient(right, phi, layers), X, Y, rate, checked=())
    error = [samples, samples] if bug == "broadcast" else list(Y.shape)
    return {
        "losses": losses, "healthy": healthy, "checks": checks, "error": error, "raised": raised
    }  # fmt: skip


def _data(samples: int, regression: bool) -> tuple[Array, Array]:
    """X (N, 3) and, for three classes, one-hot Y (N, 3), or for regression Y (N, 1)."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(8, 3))
    Y = (X[:, [0]] - X[:, [1]]) / 2 if regression else np.eye(3)[[0, 1, 2, 0, 1, 2, 0, 1]]
    return X[:samples], Y[:samples]


def _train(
    patient: Patient, X: Array, Y: Array, rate: float, checked: tuple[int, ...] = CHECKED
) -> tuple[list[float], list[list], str]:
    """The losses, the checks before the steps in `checked`, and what was raised."""
    losses = [float(patient.loss(X, Y))]
    checks: list[list] = []
    try:
        for step in range(STEPS):
            gradients = patient.gradients(X, Y)
            if step in checked:
                checks.append(_check(patient, gradients, X, Y))
            for name, gradient in gradients.items():
                patient.parameters[name] = patient.parameters[name] - rate * gradient
            loss = float(patient.loss(X, Y))
            if not loss < TOO_LARGE:  # also where it is NaN
                return losses, checks, "the loss grew beyond a million"
            losses.append(loss)
    except ValueError as error:
        return losses, checks, f"ValueError: {error}"
    return losses, checks, ""


def _check(patient: Patient, gradients: dict[str, Array], X: Array, Y: Array) -> list[list]:
    """One row for each parameter: its gradient held against the loss that the code computes."""
    rows: list[list] = []
    for name, gradient in gradients.items():
        shape = patient.parameters[name].shape
        row: list = [name, list(shape), list(gradient.shape), None, None]
        if gradient.shape == shape:
            measured = _differences(patient, name, X, Y)
            row[3:] = relative_error(gradient, measured), _ratio(gradient, measured)
        rows.append(row)
    return rows


def _differences(patient: Patient, name: str, X: Array, Y: Array, h: float = 1e-5) -> Array:
    """The central differences of the loss by one parameter, all its entries at once."""
    theta = patient.parameters[name]
    probes = h * np.eye(theta.size).reshape(theta.size, *theta.shape)
    if theta.ndim == 1:
        theta, probes = theta[None, :], probes[:, None, :]  # the same b for all samples
    above, below = (patient.loss(X, Y, **{name: theta + s * probes}) for s in (1, -1))
    return ((above - below) / (2 * h)).reshape(patient.parameters[name].shape)


def _ratio(gradient: Array, measured: Array) -> float | None:
    """c where gradient = c · measured, None where there is no such c."""
    size = float((measured**2).sum())
    if size < 1e-20:
        return None
    factor = float((gradient * measured).sum()) / size
    return factor if np.allclose(gradient, factor * measured, rtol=1e-5, atol=1e-7) else None
