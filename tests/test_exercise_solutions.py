"""Every exercise's solution gives what PyTorch, SciPy or its definition, written out, gives.

`test_exercises.py` compares each solution with itself. Here each has a second source, computed
another way: gradients by automatic differentiation, sums as loops, minima by other routines.
"""

from collections.abc import Callable
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np
import pytest
import scipy
import torch

from course_utils.exercises import Exercise, exercises_of
from course_utils.exercises.attempts import outcome
from course_utils.exercises.registry import chapters

functional = torch.nn.functional

EXERCISES = [exercise for chapter in chapters() for exercise in exercises_of(chapter)]
Source = Callable[..., Any]
SOURCES: dict[str, Source] = {}


def source(id: str) -> Callable[[Source], Source]:
    """Register the decorated function as the second source of an exercise's values."""

    def register(function: Source) -> Source:
        SOURCES[id] = function
        return function

    return register


def gradients(loss: Callable[..., Any], *values: Any) -> tuple[np.ndarray, ...]:
    """The gradients of `loss` at `values`, by automatic differentiation."""
    tensors = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in values]
    return tuple(g.numpy() for g in torch.autograd.grad(loss(*tensors), tensors))


def tensor(value: Any) -> Any:
    return torch.tensor(value, dtype=torch.float64)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_solution_agrees_with_its_second_source(exercise: Exercise) -> None:
    assert exercise.id in SOURCES, f"write a second source for exercise {exercise.id}"
    for seed in range(5):
        for case in exercise.cases(np.random.default_rng(seed)):
            wanted = SOURCES[exercise.id](*case.inputs)
            wanted = wanted if len(exercise.returns) > 1 else (wanted,)
            for ours, theirs in zip(
                outcome(exercise, exercise.function, case), wanted, strict=True
            ):
                np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)


def test_there_is_no_source_without_an_exercise() -> None:
    assert set(SOURCES) == {exercise.id for exercise in EXERCISES}


# --- 1 --------------------------------------------------------------------------------------------

source("1.1")(lambda Z: torch.softmax(tensor(Z), 1))
source("1.2")(lambda Z, y: functional.cross_entropy(tensor(Z), torch.tensor(y)))


@source("1.3")
def _(W, b, X, y):
    return gradients(
        lambda W, b: functional.cross_entropy(tensor(X) @ W.T + b, torch.tensor(y)), W, b
    )


source("1.4")(
    lambda z: torch.autograd.functional.jacobian(lambda z: torch.softmax(z, 0), tensor(z))
)


@source("1.5")
def _(W, b, k, j, x1):
    def difference(x2, x):
        logits = W @ np.array([x, x2]) + b
        return logits[k] - logits[j]

    return [scipy.optimize.brentq(difference, -1e5, 1e5, args=(x,)) for x in x1]


# --- 2 --------------------------------------------------------------------------------------------


@source("2.1")
def _(w, b, X):
    length = sqrt(w[0] ** 2 + w[1] ** 2)
    return [(w[0] * x[0] + w[1] * x[1] + b) / length for x in X]


@source("2.2")
def _(w, b, x, y, eta):
    loss = y * (w[0] * x[0] + w[1] * x[1] + b)
    return ((w[0] + eta * y * x[0], w[1] + eta * y * x[1]), b + eta * y) if loss <= 0 else (w, b)


@source("2.3")
def _(w, b, X, classes):
    theta, mistakes = np.array([*w, b], dtype=float), 0
    for x, k in zip(X, classes, strict=True):
        point = np.array([*x, 1.0]) * (1 if k == 1 else -1)
        if theta @ point <= 0:
            theta, mistakes = theta + point, mistakes + 1
    return theta[:2], theta[2], mistakes


@source("2.4")
def _(w, b, X, y):
    R = max(sqrt(x[0] ** 2 + x[1] ** 2 + 1) for x in X)
    size = sqrt(w[0] ** 2 + w[1] ** 2 + b**2)
    gamma = min(k * (w[0] * x[0] + w[1] * x[1] + b) / size for x, k in zip(X, y, strict=True))
    return R, gamma, R**2 / gamma**2


@source("2.5")
def _(history):
    seen: dict[tuple[float, ...], int] = {}
    for j, row in enumerate(map(tuple, history)):
        if row in seen:
            return seen[row], j
        seen[row] = j
    return -1, -1


# --- 3 --------------------------------------------------------------------------------------------


@source("3.1")
def _(X, W1, b1, W2, b2):
    X, W1, b1, W2, b2 = map(tensor, (X, W1, b1, W2, b2))
    return functional.linear(torch.tanh(functional.linear(X, W1, b1)), W2, b2)


@source("3.2")
def _(W1, b1, W2, b2):
    """The columns of W are what the unit vectors come out as, less what zero does."""

    def both(x):
        return W2 @ (W1 @ x + b1) + b2

    at_zero = both(np.zeros(len(b1)))
    return np.column_stack([both(unit) - at_zero for unit in np.eye(len(b1))]), at_zero


source("3.3")(lambda x, left, right, height: np.interp(
    x, [left, (left + right) / 2, right], [0, height, 0]
))  # fmt: skip


@source("3.4")
def _(widths):
    layers = [torch.nn.Linear(before, after) for before, after in pairwise(map(int, widths))]
    return sum(parameter.numel() for layer in layers for parameter in layer.parameters())


source("3.5")(lambda X, W, b: sum(
    all(w @ x + c <= 0 for x in X) for w, c in zip(W, b, strict=True)
))  # fmt: skip
source("3.6")(lambda z: gradients(lambda z: torch.sigmoid(z).sum(), z)[0])


# --- 4 --------------------------------------------------------------------------------------------

source("4.1")(lambda W, b, x, j: sum(W[j - 1, i] * x[i] for i in range(len(x))) + b[j - 1])
source("4.2")(lambda A, W, b: functional.linear(*map(tensor, (A, W, b))))


@source("4.3")
def _(X, W, b):
    a = tensor(X)
    for l in sorted(W):
        z = functional.linear(a, tensor(W[l]), tensor(b[l]))
        a = z if l == max(W) else torch.tanh(z)
    return a


@source("4.4")
def _(widths, N):
    """Counted product by product; kept are X, and z and a of every layer, 8 bytes a number."""
    products = sum(1 for before, after in pairwise(widths) for _ in range(before * after))
    return N * products, 8 * N * (widths[0] + sum(2 * width for width in widths[1:]))


source("4.5")(lambda Z: torch.softmax(tensor(Z), 1))


# --- 5 --------------------------------------------------------------------------------------------

source("5.1")(lambda Z, y: gradients(lambda Z: functional.cross_entropy(Z, torch.tensor(y)), Z)[0])
source("5.2")(
    lambda delta, W, Z: gradients(
        lambda Z: (tensor(delta) * (torch.tanh(Z) @ tensor(W).T)).sum(), Z
    )[0]
)


@source("5.3")
def _(delta, A):
    """The loss whose slope with respect to z is delta: Σ δ·z."""
    W, b = np.zeros((delta.shape[1], A.shape[1])), np.zeros(delta.shape[1])
    return gradients(lambda W, b: (tensor(delta) * functional.linear(tensor(A), W, b)).sum(), W, b)


@source("5.4")
def _(W1, b1, W2, b2, X, Y):
    def loss(W1, b1, W2, b2):
        Y_hat = functional.linear(torch.tanh(functional.linear(tensor(X), W1, b1)), W2, b2)
        return ((Y_hat - tensor(Y)) ** 2).sum() / len(X)

    return gradients(loss, W1, b1, W2, b2)


@source("5.5")
def _(f, theta, h):
    units = np.eye(len(theta))
    return [(f(theta + h * unit) - f(theta - h * unit)) / h / 2 for unit in units]


@source("5.6")
def _(n, edges):
    """The sum over all paths of the product of their links."""

    def to_the_end(i: int) -> float:
        if i == n - 1:
            return 1.0
        return sum(d * to_the_end(int(j)) for a, j, d in edges if a == i)

    return [to_the_end(i) for i in range(n)]


@source("5.7")
def _(widths, N):
    """Forward one product a layer; backward two, but in the first layer no way further back."""
    sizes = [int(N * before * after) for before, after in pairwise(widths)]
    return sum(sizes), sum(2 * size for size in sizes[1:]) + sizes[0]


# --- 6 --------------------------------------------------------------------------------------------


def step(w, b, X, y, eta):
    """One step on the mean squared error of wᵀx + b, by automatic differentiation."""
    dw, db = gradients(lambda w, b: ((tensor(X) @ w + b - tensor(y)) ** 2).mean(), w, b)
    return w - eta * dw, b - eta * db


source("6.1")(lambda w, b, X, y, batch, eta: step(w, b, X[batch], y[batch], eta))


@source("6.2")
def _(H, start, lowest, eta, t):
    theta = start
    for _ in range(int(t)):
        theta = theta - eta * H @ (theta - lowest)
    return theta


@source("6.3")
def _(w, X, y, order, B, eta):
    for batch in torch.tensor(order).split(int(B)):
        rows = batch.numpy()
        (dw,) = gradients(lambda w, r=rows: ((tensor(X[r]) @ w - tensor(y[r])) ** 2).mean(), w)
        w = w - eta * dw
    return w


@source("6.4")
def _(theta, gradients, eta, mu):
    parameter = torch.nn.Parameter(tensor(theta))
    optimiser = torch.optim.SGD([parameter], lr=eta, momentum=mu)
    for g in gradients:
        parameter.grad = tensor(g)
        optimiser.step()
    return parameter.detach(), optimiser.state[parameter]["momentum_buffer"]


@source("6.5")
def _(X_train, X_new):
    from sklearn.preprocessing import StandardScaler

    return StandardScaler().fit(X_train).transform(X_new)


# --- 7 --------------------------------------------------------------------------------------------

source("7.1")(lambda X, w, b: [x[0] * w[0] + x[1] * w[1] + b for x in X])
source("7.2")(lambda w, b, x, y: gradients(lambda w, b: (tensor(x) @ w + b - y) ** 2, w, b))
source("7.3")(lambda w, b, x, y, eta: step(w, b, x[None], [y], eta))


@source("7.4")
def _(w, b, X, y):
    return gradients(lambda w, b: ((tensor(X) @ w + b - tensor(y)) ** 2).mean(), w, b)


@source("7.5")
def _(X):
    """Two over the largest curvature of the loss, by automatic differentiation."""
    X1 = tensor(np.column_stack([X, np.ones(len(X))]))
    H = torch.autograd.functional.hessian(lambda t: ((X1 @ t) ** 2).mean(), torch.zeros(3).double())
    return 2 / torch.linalg.matrix_norm(H, ord=2)


@source("7.6")
def _(X, y):
    from sklearn.linear_model import LinearRegression

    model = LinearRegression().fit(X, y)
    return model.coef_, model.intercept_


@source("7.7")
def _(W1, b1, w2, b2, x, y):
    """∂L/∂b is δ, as z = Wx + b."""

    def loss(b, W):
        return (tensor(w2) @ torch.tanh(W @ tensor(x) + b) + b2 - y) ** 2

    return gradients(loss, b1, W1)
