"""Gradient descent in its three sizes: the whole data set, one sample, or a mini-batch."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from course_utils import _checks
from course_utils.activations import Array
from course_utils.network import MLP, Gradients


class SGD:
    """The update v ← μv + ∂L/∂θ, θ ← θ − ηv for every parameter θ of a network.

    With μ = 0 this is plain gradient descent. The form is that of `torch.optim.SGD`.
    All gradients are taken before any parameter moves.

    Raises TypeError or ValueError where learning_rate (η > 0) or momentum (0 ≤ μ < 1) do not fit.
    """

    def __init__(self, net: MLP, learning_rate: float, momentum: float = 0.0) -> None:
        self.net = net
        self.learning_rate = _checks.positive(learning_rate, "learning_rate")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum is {momentum}, but 0 ≤ momentum < 1 is wanted.")
        self.momentum = momentum
        self.velocity: Gradients | None = None

    def step(self, gradients: Gradients) -> None:
        """Move every parameter once; `gradients` as `MLP.backward` returns them."""
        v = self._smooth(gradients) if self.momentum else gradients
        for l in v.W:
            self.net.W[l] -= self.learning_rate * v.W[l]
            self.net.b[l] -= self.learning_rate * v.b[l]

    def _smooth(self, g: Gradients) -> Gradients:
        if self.velocity is None:
            self.velocity = g
        else:
            v, mu = self.velocity, self.momentum
            self.velocity = Gradients(
                W={l: mu * v.W[l] + g.W[l] for l in g.W}, b={l: mu * v.b[l] + g.b[l] for l in g.b}
            )
        return self.velocity


def minibatches(n: int, batch_size: int, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Yield the indices 0 … n − 1 in a new random order, `batch_size` at a time.

    The last batch is smaller where batch_size does not divide n.
    """
    order = rng.permutation(n)
    for start in range(0, n, batch_size):
        yield order[start : start + batch_size]


def train(
    net: MLP,
    X: Array,
    y: NDArray,
    *,
    learning_rate: float,
    epochs: int,
    batch_size: int | None = None,
    momentum: float = 0.0,
    rng: np.random.Generator | int | None = None,
    record: bool = True,
) -> NDArray[np.float64]:
    """Train `net` in place; return the loss on all of X before the first epoch and after each.

    X: (N, d₀); y: as `MLP.loss` wants it; the result: (epochs + 1,), or (2,), the first and the
    last of them, without `record`, which saves a forward pass an epoch.
    batch_size None is gradient descent (one step an epoch, no shuffling), 1 is SGD, between them
    mini-batches; every epoch takes each sample once, in a new order drawn from `rng`.

    Raises TypeError or ValueError for data that do not fit the network, and FloatingPointError as
    soon as the loss is no longer finite, which is what a learning rate that is too large does.
    """
    net.forward(X)
    losses = [net.loss(y)]
    n = len(X)
    size = n if batch_size is None else _checks.count(batch_size, "batch_size")
    rng = np.random.default_rng(rng)
    optimiser = SGD(net, learning_rate, momentum)
    with np.errstate(over="ignore", invalid="ignore"):
        for epoch in range(1, _checks.count(epochs, "epochs", 0) + 1):
            for batch in [slice(None)] if size >= n else minibatches(n, size, rng):
                net._forward(X[batch])  # X and y are checked above, once for all steps
                optimiser.step(net._backward(y[batch]))
            if record or epoch == epochs:
                net._forward(X)
                losses.append(net.loss_function.value(net.z[net.last], y))
                if not np.isfinite(losses[-1]):
                    raise FloatingPointError(
                        f"The loss is {losses[-1]} after epoch {epoch}: training diverged. "
                        f"learning_rate = {learning_rate:g} is too large for this data."
                    )
    return np.array(losses)
