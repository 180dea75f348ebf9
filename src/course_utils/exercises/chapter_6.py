"""Chapter 6: mini-batches, modes, an epoch, momentum, standardising."""

# mypy: allow-untyped-defs
# Learners see these functions as stubs, so their signatures are kept as plain as theirs.

import numpy as np

from course_utils.exercises.registry import Case, exercise

# Each known mistake is one small function, named `_` since only its message refers to it.


def _data(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Features, shape (count, 2), and targets, shape (count,)."""
    return rng.normal(1, 1, (count, 2)), rng.normal(3, 2, count)


# 6.1 ------------------------------------------------------------------------------------


def _batches(rng: np.random.Generator) -> list[Case]:
    sizes = [(1, "a batch of one"), (1, "a batch of one"), (2, "a larger batch")]
    sizes += [(B, "a larger batch") for B in (3, 4, 6)]
    cases = []
    for B, label in sizes:
        N = B + int(rng.integers(4, 8))
        X, y = _data(rng, N)
        batch = rng.permutation(N - 1)[:B] + 1  # never the first B in order
        w, b, eta = rng.normal(0, 1, 2), float(rng.normal(0, 1)), float(rng.uniform(0.02, 0.1))
        cases.append(Case(w, b, X, y, batch, eta, label=label))
    return cases


@exercise(
    "6.1",
    "One step on a mini-batch",
    prompt=r"""
    The model is $\hat y = w^\top x + b$ and the loss of a sample is $(\hat y - y)^2$. Take one step
    of mini-batch SGD: average the gradients of the samples in the batch $\mathcal B$,

    $$g = \frac{1}{B} \sum_{n \in \mathcal B} \nabla L^{(n)}(w, b),$$

    and move $w$ and $b$ by $-\eta$ times their part of it. `X` has shape `(N, 2)`, `y` `(N,)`;
    `batch` is an integer array of shape `(B,)` with the samples' indices. Both gradients are those
    at the old $w$ and $b$. Return the new $w$, shape `(2,)`, and the new $b$, a number.
    """,
    hints=[
        "Pick the batch first, from X and from y with the same indices. After that it is the "
        "gradient of a small data set with B samples.",
        "`X[batch]` has shape (B, 2) and `y[batch]` shape (B,). The vector "
        "δ = 2(ŷ − y)/B has one element per sample of the batch.",
        "∂L/∂w is `X[batch].T @ delta` and ∂L/∂b is `delta.sum()`. Compute δ once, before "
        "anything moves, and write `w - …`, not `w -= …`.",
    ],
    cases=_batches,
    returns=("new w", "new b"),
)
def minibatch_step(w, b, X, y, batch, eta):
    """Return (w, b) after one step of SGD on the samples of a mini-batch.

    w: shape (2,); b, eta: numbers; X: (N, 2); y: (N,); batch: indices, (B,).
    """
    delta = 2 * (X[batch] @ w + b - y[batch]) / len(batch)
    return w - eta * X[batch].T @ delta, b - eta * delta.sum()


@minibatch_step.mistake(
    "sum for mean",
    "You summed over the batch where the mean is asked for. The step then grows with the size of "
    "the batch, and a learning rate that was fine for one size diverges with a larger one. Look "
    "for the 1/B.",
)
def _(w, b, X, y, batch, eta):
    delta = 2 * (X[batch] @ w + b - y[batch])
    return w - eta * X[batch].T @ delta, b - eta * delta.sum()


@minibatch_step.mistake(
    "divided by N",
    "You divided by N, the size of the whole data set. The mean is over the samples that the sum "
    "runs over. How many are in the batch?",
)
def _(w, b, X, y, batch, eta):
    delta = 2 * (X[batch] @ w + b - y[batch]) / len(X)
    return w - eta * X[batch].T @ delta, b - eta * delta.sum()


@minibatch_step.mistake(
    "whole data set",
    "This is a step of gradient descent: it uses all N samples. Where does `batch` come in?",
)
def _(w, b, X, y, batch, eta):
    delta = 2 * (X @ w + b - y) / len(X)
    return w - eta * X.T @ delta, b - eta * delta.sum()


@minibatch_step.mistake(
    "targets of other samples",
    "X is indexed by the batch, y is not: you took the first B targets. The samples and their "
    "targets no longer belong together. Look at how y is indexed.",
)
def _(w, b, X, y, batch, eta):
    delta = 2 * (X[batch] @ w + b - y[: len(batch)]) / len(batch)
    return w - eta * X[batch].T @ delta, b - eta * delta.sum()


@minibatch_step.mistake(
    "first B samples",
    "You took the first B samples. The batch names its samples by their indices; `X[batch]` picks "
    "these rows.",
)
def _(w, b, X, y, batch, eta):
    X, y = X[: len(batch)], y[: len(batch)]
    delta = 2 * (X @ w + b - y) / len(y)
    return w - eta * X.T @ delta, b - eta * delta.sum()


@minibatch_step.mistake(
    "sign",
    "The step goes uphill. Look at the order in ŷ − y, and at the sign before η.",
)
def _(w, b, X, y, batch, eta):
    delta = 2 * (X[batch] @ w + b - y[batch]) / len(batch)
    return w + eta * X[batch].T @ delta, b + eta * delta.sum()


@minibatch_step.mistake(
    "w first",
    "new b is computed with the w that has moved already: the gradient is evaluated after a "
    "partial update. Compute both gradients before anything moves.",
)
def _(w, b, X, y, batch, eta):
    w = w - eta * X[batch].T @ (2 * (X[batch] @ w + b - y[batch]) / len(batch))
    return w, b - eta * (2 * (X[batch] @ w + b - y[batch]) / len(batch)).sum()


@minibatch_step.mistake(
    "b first",
    "new w is computed with the b that has moved already: the gradient is evaluated after a "
    "partial update. Compute both gradients before anything moves.",
)
def _(w, b, X, y, batch, eta):
    b = b - eta * (2 * (X[batch] @ w + b - y[batch]) / len(batch)).sum()
    return w - eta * X[batch].T @ (2 * (X[batch] @ w + b - y[batch]) / len(batch)), b


@minibatch_step.mistake(
    "one sample after the other",
    "You took a step after each sample of the batch. A mini-batch makes one step: all its "
    "gradients are taken at the same w and b, then averaged.",
)
def _(w, b, X, y, batch, eta):
    for n in batch:
        delta = 2 * (X[n] @ w + b - y[n])
        w, b = w - eta * delta * X[n], b - eta * delta
    return w, b


@minibatch_step.mistake(
    "no factor 2",
    "The step is half as long as it should be. Look at the derivative of the square.",
)
def _(w, b, X, y, batch, eta):
    delta = (X[batch] @ w + b - y[batch]) / len(batch)
    return w - eta * X[batch].T @ delta, b - eta * delta.sum()


@minibatch_step.mistake(
    "bias not averaged",
    "new b comes from the sum over the batch, where the mean is asked for. With the 1/B inside δ, "
    "both gradients get it.",
)
def _(w, b, X, y, batch, eta):
    delta = 2 * (X[batch] @ w + b - y[batch])
    return w - eta * X[batch].T @ delta / len(batch), b - eta * delta.sum()


@minibatch_step.mistake(
    "the change alone",
    "This is the change, −η times the gradient. A step starts from where the parameters are.",
)
def _(w, b, X, y, batch, eta):
    delta = 2 * (X[batch] @ w + b - y[batch]) / len(batch)
    return -eta * X[batch].T @ delta, -eta * delta.sum()


# 6.2 ------------------------------------------------------------------------------------


def _valleys(rng: np.random.Generator) -> list[Case]:
    cases = []
    reaches = {"no overshooting": (0.5, 0.7, 0.9), "swings": (1.2, 1.5, 1.8)}
    for label, products in reaches.items():
        for product in products:
            Q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
            curvatures = np.array([0.3, 1.0, 2.5]) * rng.uniform(1, 1.5, 3)
            H = Q * curvatures @ Q.T
            H = (H + H.T) / 2
            eta = product / curvatures.max()
            start, lowest = rng.normal(0, 2, 3), rng.normal(0, 2, 3)
            cases.append(Case(H, start, lowest, float(eta), int(rng.integers(3, 7)), label=label))
    return cases


def _modes(H):
    return np.linalg.eigh(H)


@exercise(
    "6.2",
    "Where is descent after t steps?",
    prompt=r"""
    On a quadratic loss with Hessian $H$ and lowest point $\theta^*$, gradient descent needs no
    simulation: equation (6.6) says what each mode has become after $t$ steps. Compute
    $\theta^{(t)}$ from $\theta^{(0)}$ in three moves, without a loop: into the eigenvectors'
    directions, all modes $t$ steps on, and back.

    `H` has shape `(3, 3)` and is symmetric; `start`, `lowest` and the result have shape `(3,)`.
    """,
    hints=[
        "The modes describe the distance to the lowest point. So begin with `start - lowest`, and "
        "add `lowest` again in the end.",
        "`curvatures, Q = np.linalg.eigh(H)` gives the eigenvectors as *columns* of Q. The "
        "component of a vector d along column k is q_kᵀd; all of them at once are `Q.T @ d`.",
        "After t steps mode k is (1 − ηλ_k)ᵗ times what it was, element by element. To go back, "
        "`Q @ modes` adds up the eigenvectors with these weights.",
    ],
    cases=_valleys,
    returns="θ⁽ᵗ⁾",
)
def after_steps(H, start, lowest, eta, t):
    """Return θ after t steps of gradient descent on a quadratic, shape (3,).

    H: the Hessian, (3, 3); start, lowest: θ⁽⁰⁾ and θ*, (3,); eta, t: numbers.
    """
    curvatures, Q = np.linalg.eigh(H)
    modes = (1 - eta * curvatures) ** t * (Q.T @ (start - lowest))
    return lowest + Q @ modes


@after_steps.mistake(
    "plus",
    "Your factor is 1 + ηλ: this walks uphill, and every mode grows. Look at the sign in (6.4).",
)
def _(H, start, lowest, eta, t):
    c, Q = _modes(H)
    return lowest + Q @ ((1 + eta * c) ** t * (Q.T @ (start - lowest)))


@after_steps.mistake(
    "one step short",
    "This is where descent is one step earlier. The start counts as t = 0; look at the exponent.",
)
def _(H, start, lowest, eta, t):
    c, Q = _modes(H)
    return lowest + Q @ ((1 - eta * c) ** (t - 1) * (Q.T @ (start - lowest)))


@after_steps.mistake(
    "lowest point not added",
    "This is the distance to the lowest point, not the point itself. What was taken away in the "
    "beginning has to be added in the end.",
)
def _(H, start, lowest, eta, t):
    c, Q = _modes(H)
    return Q @ ((1 - eta * c) ** t * (Q.T @ (start - lowest)))


@after_steps.mistake(
    "distance to zero",
    "You took the modes of the start itself. They shrink towards the lowest point, not towards "
    "zero: the modes describe start − lowest.",
)
def _(H, start, lowest, eta, t):
    c, Q = _modes(H)
    return lowest + Q @ ((1 - eta * c) ** t * (Q.T @ start))


@after_steps.mistake(
    "not transformed back",
    "The modes are right, but they are components along the eigenvectors; you added them to the "
    "lowest point as if they were components along the axes. Which product goes back?",
)
def _(H, start, lowest, eta, t):
    c, Q = _modes(H)
    return lowest + (1 - eta * c) ** t * (Q.T @ (start - lowest))


@after_steps.mistake(
    "not transformed",
    "You multiplied the components along the axes by the factors of the modes. The factors belong "
    "to the eigenvectors' directions: go there first.",
)
def _(H, start, lowest, eta, t):
    c, _ = _modes(H)
    return lowest + (1 - eta * c) ** t * (start - lowest)


@after_steps.mistake(
    "Q and its transpose swapped",
    "Q and its transpose have changed places. `eigh` returns the eigenvectors as columns, so "
    "`Q.T @ d` takes the components along them and `Q @ modes` goes back.",
)
def _(H, start, lowest, eta, t):
    c, Q = _modes(H)
    return lowest + Q.T @ ((1 - eta * c) ** t * (Q @ (start - lowest)))


@after_steps.mistake(
    "elements to the power t",
    "`**` raises each element of the matrix I − ηH to the power t. The matrix applied t times is "
    "something else (np.linalg.matrix_power); with modes, you need no matrix at all.",
)
def _(H, start, lowest, eta, t):
    return lowest + (np.eye(len(H)) - eta * H) ** t @ (start - lowest)


@after_steps.mistake(
    "diagonal only",
    "You used the diagonal of H as if the axes were its eigenvectors. The elements beside the "
    "diagonal mix the directions.",
)
def _(H, start, lowest, eta, t):
    return lowest + (1 - eta * np.diag(H)) ** t * (start - lowest)


@after_steps.mistake(
    "t times the first step",
    "You took t steps with the first gradient: 1 − tηλ. The gradient is taken anew at each step, "
    "so that the factors multiply.",
)
def _(H, start, lowest, eta, t):
    return start - t * eta * H @ (start - lowest)


@after_steps.mistake(
    "one factor for all",
    "All modes got the factor of the steepest one. Each has a curvature of its own.",
)
def _(H, start, lowest, eta, t):
    return lowest + (1 - eta * _modes(H)[0][-1]) ** t * (start - lowest)


# 6.3 ------------------------------------------------------------------------------------


def _epochs(rng: np.random.Generator) -> list[Case]:
    cases = []
    sizes = {"batches of one size": [(6, 2), (6, 3), (8, 4)],
             "a smaller last batch": [(7, 3), (8, 3), (5, 2), (11, 4)]}  # fmt: skip
    for label, pairs in sizes.items():
        for N, B in pairs:
            X, y = _data(rng, N)
            order = np.roll(rng.permutation(N), 1)
            while (order == np.arange(N)).sum() > 1:
                order = rng.permutation(N)
            eta = float(rng.uniform(0.02, 0.06))
            cases.append(Case(rng.normal(0, 1, 2), X, y, order, B, eta, label=label))
    return cases


def _epoch(w, X, y, B, eta, divisor=len):
    """One pass in the given order; `divisor` gives what a batch's sum is divided by."""
    for first in range(0, len(X), B):
        rows = slice(first, first + B)
        error = X[rows] @ w - y[rows]
        w = w - eta * 2 * X[rows].T @ error / divisor(error)
    return w


@exercise(
    "6.3",
    "One epoch",
    prompt=r"""
    Carry out one epoch of mini-batch SGD for the model $\hat y = w^\top x$ with squared error. The
    order has been drawn already: `order` is a permutation of $0, \dots, N-1$, shape `(N,)`. The
    first batch is the samples `order[:B]`, the second the next $B$, and so on; the last may be
    smaller, and it counts with the mean over its own samples. Each batch makes one step, from the
    $w$ that the batch before has left.

    `X` has shape `(N, 2)`, `y` `(N,)`. Return $w$ after the epoch, shape `(2,)`.
    """,
    hints=[
        "Make the batches first: for a start `first` in range(0, N, B), the indices are "
        "`order[first : first + B]`. Slicing beyond the end is allowed and gives the smaller rest.",
        "In each turn of the loop take X and y at the *same* indices, and the gradient at the "
        "present w.",
        "The mean over the batch divides by `len(batch)`, which for the last one may be less than "
        "B. Update w inside the loop, return it after the loop.",
    ],
    cases=_epochs,
    returns="w",
)
def one_epoch(w, X, y, order, B, eta):
    """Return w after one epoch of mini-batch SGD on (wᵀx − y)², shape (2,).

    w: (2,); X: (N, 2); y, order: (N,), order a permutation; B, eta: numbers.
    """
    for first in range(0, len(X), B):
        batch = order[first : first + B]
        error = X[batch] @ w - y[batch]
        w = w - eta * 2 * X[batch].T @ error / len(batch)
    return w


@one_epoch.mistake(
    "X and y apart",
    "X is shuffled and y isn't: each student got somebody else's score. No shape shows it. Use "
    "the same indices for both.",
)
def _(w, X, y, order, B, eta):
    return _epoch(w, X[order], y, B, eta)


@one_epoch.mistake(
    "y shuffled alone",
    "y is shuffled and X isn't: each student got somebody else's score. No shape shows it. Use "
    "the same indices for both.",
)
def _(w, X, y, order, B, eta):
    return _epoch(w, X, y[order], B, eta)


@one_epoch.mistake(
    "order not used",
    "You went through the data from front to back. The batches come from `order`.",
)
def _(w, X, y, order, B, eta):
    return _epoch(w, X, y, B, eta)


@one_epoch.mistake(
    "last batch dropped",
    "The samples that don't fill a batch are left out. An epoch takes every sample once; look at "
    "the end of your range.",
)
def _(w, X, y, order, B, eta):
    order = order[: len(order) // B * B]
    return _epoch(w, X[order], y[order], B, eta)


@one_epoch.mistake(
    "last batch divided by B",
    "The smaller last batch is divided by B. Its mean is over its own samples: how many are there?",
)
def _(w, X, y, order, B, eta):
    return _epoch(w, X[order], y[order], B, eta, lambda _: B)


@one_epoch.mistake(
    "sum for mean",
    "You summed over each batch where the mean is asked for. Look for the division by the number "
    "of samples in the batch.",
)
def _(w, X, y, order, B, eta):
    return _epoch(w, X[order], y[order], B, eta, lambda _: 1)


@one_epoch.mistake(
    "divided by N",
    "Each batch is divided by N, the size of the whole data set, so the steps are too short. The "
    "mean is over the samples of the batch.",
)
def _(w, X, y, order, B, eta):
    return _epoch(w, X[order], y[order], B, eta, lambda _: len(X))


@one_epoch.mistake(
    "all gradients at the start",
    "All gradients of the epoch are taken at the w of its beginning. Each batch starts from the w "
    "that the batch before has left: update w inside the loop and use the new one.",
)
def _(w, X, y, order, B, eta):
    new = w
    for first in range(0, len(X), B):
        batch = order[first : first + B]
        new = new - eta * 2 * X[batch].T @ (X[batch] @ w - y[batch]) / len(batch)
    return new


@one_epoch.mistake(
    "first batch only",
    "Only the first batch has made its step. Is your `return` inside the loop?",
)
def _(w, X, y, order, B, eta):
    return _epoch(w, X[order[:B]], y[order[:B]], B, eta)


@one_epoch.mistake(
    "one sample at a time",
    "You took a step after each sample: that is SGD with batches of one. A batch of B samples "
    "makes one step.",
)
def _(w, X, y, order, B, eta):
    return _epoch(w, X[order], y[order], 1, eta)


@one_epoch.mistake(
    "whole data set",
    "This is one step with the gradient of all samples, gradient descent. An epoch of mini-batch "
    "SGD has a step for each batch.",
)
def _(w, X, y, order, B, eta):
    return _epoch(w, X, y, len(X), eta)


@one_epoch.mistake(
    "sign",
    "The steps go uphill. Look at the order in ŷ − y, and at the sign before η.",
)
def _(w, X, y, order, B, eta):
    return _epoch(w, X[order], y[order], B, -eta)


@one_epoch.mistake(
    "no factor 2",
    "The steps are half as long as they should be. Look at the derivative of the square.",
)
def _(w, X, y, order, B, eta):
    return _epoch(w, X[order], y[order], B, eta / 2)


# 6.4 ------------------------------------------------------------------------------------


def _gradients(rng: np.random.Generator) -> list[Case]:
    return [
        Case(
            rng.normal(0, 2, 3),
            rng.normal(0, 3, (int(steps), 3)),
            float(rng.uniform(0.05, 0.4)),
            float(rng.uniform(0.3, 0.95)),
        )
        for steps in rng.permutation([3, 3, 4, 4, 5, 6])
    ]


@exercise(
    "6.4",
    "Momentum",
    prompt=r"""
    The gradients of $T$ steps are given, one in each row of `gradients`, shape `(T, 3)`. Carry out
    the $T$ steps of momentum (6.15),

    $$v \leftarrow \mu v + g, \qquad \theta \leftarrow \theta - \eta v,$$

    starting with $v = 0$. Return $\theta$ and $v$ after the last step, both of shape `(3,)`.
    """,
    hints=[
        "A loop over the rows of `gradients`, with two lines in it, in the order of the formula.",
        "v starts as zeros of the shape of θ. It keeps what it has collected from one turn of the "
        "loop to the next.",
        "`v = mu * v + g`, then `theta = theta - eta * v`, with the new v. Write `theta = …`, not "
        "`theta -= …`, which changes the caller's array.",
    ],
    cases=_gradients,
    returns=("θ", "v"),
)
def momentum_steps(theta, gradients, eta, mu):
    """Return (θ, v) after a step of momentum for each row of `gradients`.

    theta: (3,); gradients: (T, 3); eta, mu: numbers. θ and v have shape (3,),
    and v starts at 0.
    """
    v = np.zeros_like(theta)
    for g in gradients:
        v = mu * v + g
        theta = theta - eta * v
    return theta, v


def _walk(theta, gradients, velocity, move):
    v = np.zeros_like(theta)
    for g in gradients:
        old, v = v, velocity(v, g)
        theta = move(theta, v, old, g)
    return theta, v


@momentum_steps.mistake(
    "running mean",
    "You averaged: v = μv + (1 − μ)g. That is another convention, and its steps are shorter by the "
    "factor 1 − μ. PyTorch and (6.15) add the whole gradient.",
)
def _(theta, gradients, eta, mu):
    return _walk(
        theta, gradients, lambda v, g: mu * v + (1 - mu) * g, lambda x, v, old, g: x - eta * v
    )


@momentum_steps.mistake(
    "no memory",
    "Nothing is left of earlier gradients: this is plain gradient descent. Does v keep its value "
    "from one turn of the loop to the next, and does it enter the new one?",
)
def _(theta, gradients, eta, mu):
    return _walk(theta, gradients, lambda v, g: g, lambda x, v, old, g: x - eta * v)


@momentum_steps.mistake(
    "old velocity",
    "θ moves with the velocity of the step before. Update v first, then move with the new one.",
)
def _(theta, gradients, eta, mu):
    return _walk(theta, gradients, lambda v, g: mu * v + g, lambda x, v, old, g: x - eta * old)


@momentum_steps.mistake(
    "μ at the gradient",
    "μ stands at the gradient, and v is kept in full. The old velocity is what has to fade: look "
    "at which of the two is multiplied.",
)
def _(theta, gradients, eta, mu):
    return _walk(theta, gradients, lambda v, g: v + mu * g, lambda x, v, old, g: x - eta * v)


@momentum_steps.mistake(
    "v never fades",
    "v is the sum of all gradients: μ doesn't come in. Without fading, θ would roll to and fro for "
    "ever.",
)
def _(theta, gradients, eta, mu):
    return _walk(theta, gradients, lambda v, g: v + g, lambda x, v, old, g: x - eta * v)


@momentum_steps.mistake(
    "η twice",
    "The learning rate comes in twice: in v and again where θ moves. Look at both lines.",
)
def _(theta, gradients, eta, mu):
    return _walk(theta, gradients, lambda v, g: mu * v + eta * g, lambda x, v, old, g: x - eta * v)


@momentum_steps.mistake(
    "η inside v",
    "Your v contains the learning rate. θ moves rightly so, as long as η never changes; the form "
    "asked for, which is PyTorch's, keeps v free of it and multiplies by η where θ moves.",
)
def _(theta, gradients, eta, mu):
    return _walk(theta, gradients, lambda v, g: mu * v + eta * g, lambda x, v, old, g: x - v)


@momentum_steps.mistake(
    "sign",
    "θ goes uphill. Look at the sign before η.",
)
def _(theta, gradients, eta, mu):
    return _walk(theta, gradients, lambda v, g: mu * v + g, lambda x, v, old, g: x + eta * v)


@momentum_steps.mistake(
    "Nesterov",
    "This is Nesterov's variant, which looks one step ahead: it moves by g + μv with the new v. "
    "Plain momentum (6.15) moves by v.",
)
def _(theta, gradients, eta, mu):
    return _walk(
        theta, gradients, lambda v, g: mu * v + g, lambda x, v, old, g: x - eta * (g + mu * v)
    )


@momentum_steps.mistake(
    "no learning rate",
    "θ moves by v itself; the learning rate doesn't come in.",
)
def _(theta, gradients, eta, mu):
    return _walk(theta, gradients, lambda v, g: mu * v + g, lambda x, v, old, g: x - v)


@momentum_steps.mistake(
    "one step only",
    "Only the first gradient has been used. Is your `return` inside the loop?",
)
def _(theta, gradients, eta, mu):
    return theta - eta * gradients[0], gradients[0]


# 6.5 ------------------------------------------------------------------------------------


def _two_sets(rng: np.random.Generator) -> list[Case]:
    return [
        Case(
            rng.normal(rng.uniform(2, 8, 2), rng.uniform(0.5, 3, 2), (int(n), 2)),
            rng.normal(rng.uniform(2, 8, 2), rng.uniform(0.5, 3, 2), (int(m), 2)),
        )
        for n, m in rng.permutation([[4, 3], [5, 4], [6, 3], [8, 5], [12, 4]])
    ]


@exercise(
    "6.5",
    "Standardise new data",
    prompt=r"""
    A model was trained on standardised features. New samples must go through the same change: from
    each feature take its mean over the *training* samples, and divide by its standard deviation
    over the training samples (with $1/N$ inside the root, as `np.std` has it).

    `X_train` has shape `(N, 2)`, `X_new` `(M, 2)`. Return the standardised new samples, shape
    `(M, 2)`.
    """,
    hints=[
        "Each column is a feature with a mean and a standard deviation of its own, so both have "
        "shape (2,). Along which axis are they taken?",
        "The means and standard deviations come from X_train alone. X_new appears only where it "
        "is changed.",
        "`mean = X_train.mean(axis=0)` and `std = X_train.std(axis=0)`; then subtract and divide. "
        "Broadcasting does it for all rows.",
    ],
    cases=_two_sets,
    returns="standardised X_new",
)
def standardise(X_train, X_new):
    """Return X_new, standardised as X_train would be, shape (M, 2).

    X_train: shape (N, 2); X_new: shape (M, 2).
    """
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    return (X_new - mean) / std


@standardise.mistake(
    "by its own mean",
    "You used the mean and standard deviation of the new samples. The model has learned what one "
    "unit of the *training* features means; with other numbers the same student gets another "
    "prediction, depending on who else is in the new set.",
)
def _(X_train, X_new):
    return (X_new - X_new.mean(axis=0)) / X_new.std(axis=0)


@standardise.mistake(
    "both sets together",
    "You took mean and standard deviation over both sets together. The model was trained with "
    "those of the training set; besides, new data must not leak into what is learned.",
)
def _(X_train, X_new):
    both = np.concatenate([X_train, X_new])
    return (X_new - both.mean(axis=0)) / both.std(axis=0)


@standardise.mistake(
    "variance for standard deviation",
    "You divided by the variance, whose unit is hours squared. Look for the root.",
)
def _(X_train, X_new):
    return (X_new - X_train.mean(axis=0)) / X_train.var(axis=0)


@standardise.mistake(
    "N − 1",
    "Your standard deviation divides by N − 1. Statistics has a use for that; here 1/N is asked "
    "for, which is what `np.std` does and `torch.std` doesn't.",
)
def _(X_train, X_new):
    return (X_new - X_train.mean(axis=0)) / X_train.std(axis=0, ddof=1)


@standardise.mistake(
    "not centred",
    "You divided but did not subtract the mean. It is the mean that makes the condition number of "
    "positive features so large.",
)
def _(X_train, X_new):
    return X_new / X_train.std(axis=0)


@standardise.mistake(
    "not scaled",
    "You subtracted the mean but did not divide by the standard deviation.",
)
def _(X_train, X_new):
    return X_new - X_train.mean(axis=0)


@standardise.mistake(
    "one mean for all features",
    "Mean and standard deviation are taken over all numbers of X_train at once. Each feature has "
    "its own: which axis are the samples?",
)
def _(X_train, X_new):
    return (X_new - X_train.mean()) / X_train.std()


@standardise.mistake(
    "along the rows",
    "You standardised each sample by itself, along its row: a student's hours of two kinds against "
    "each other. Each *column* is a feature; look at the axis.",
)
def _(X_train, X_new):
    mean, std = X_new.mean(axis=1, keepdims=True), X_new.std(axis=1, keepdims=True)
    return (X_new - mean) / std


@standardise.mistake(
    "only the mean is the training set's",
    "The mean is that of the training set, the standard deviation that of the new samples. Both "
    "come from the training set.",
)
def _(X_train, X_new):
    return (X_new - X_train.mean(axis=0)) / X_new.std(axis=0)


@standardise.mistake(
    "mean after dividing",
    "You divided first and then subtracted the mean of the undivided feature. Look at the "
    "brackets.",
)
def _(X_train, X_new):
    return X_new / X_train.std(axis=0) - X_train.mean(axis=0)
