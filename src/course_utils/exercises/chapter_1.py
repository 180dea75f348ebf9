"""Chapter 1: from a stable softmax to the gradient and the boundary of softmax regression."""

# mypy: allow-untyped-defs
# Learners see these functions as stubs, so their signatures are kept as plain as theirs.

import numpy as np

from course_utils.exercises.registry import Case, exercise

# Each known mistake is one small function, named `_` since only its message refers to it.


def _logits(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    """Ordinary logits, shape (n, k)."""
    return rng.integers(-30, 30, size=(n, k)) / 10 + rng.integers(1, 9, size=(n, k)) / 100


def _large_logits(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    """Logits whose rows lie far from 0, up and down, and far from each other; n ≥ 2."""
    levels = rng.permutation(np.linspace(-1, 1, n)) * rng.integers(900, 1100)
    return _logits(rng, n, k) + levels[:, None].round()


def _softmax(Z: np.ndarray, axis: int = -1) -> np.ndarray:
    e = np.exp(Z - Z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _log_sum_exp(Z: np.ndarray, axis: int = 1) -> np.ndarray:
    m = Z.max(axis=axis, keepdims=True)
    return np.squeeze(m, axis) + np.log(np.exp(Z - m).sum(axis=axis))


# 1.1 ------------------------------------------------------------------------------------


def _batches_of_logits(rng: np.random.Generator) -> list[Case]:
    ordinary = [(1, 3), (2, 2), (3, 3), (4, 3), (5, 2)]
    large = [(2, 3), (3, 4), (4, 3)]
    return [Case(_logits(rng, *s), label="ordinary logits") for s in ordinary] + [
        Case(_large_logits(rng, *s), label="large logits") for s in large
    ]


@exercise(
    "1.1",
    "A softmax that survives large logits",
    prompt=r"""
    $Z$ holds the logits of $N$ samples, one sample in each row, shape `(N, K)`. Return the
    probabilities $P$ of the same shape: softmax of each row.

    Some logits are as large as 1,000, so that $e^z$ overflows. Use (1.3), row by row. No loop is
    needed.
    """,
    hints=[
        "Write softmax for one row first. What may you subtract from all logits of a row without "
        "changing the result?",
        "`Z.max(axis=1, keepdims=True)` is the largest logit of each row as a column of shape "
        "(N, 1). Subtracting it from Z broadcasts along the rows.",
        "Take the exponential of what remains, sum it along axis 1, again with `keepdims=True`, "
        "and divide.",
    ],
    cases=_batches_of_logits,
    returns="P",
)
def stable_softmax(Z):
    """Return softmax of each row of Z, without overflow.

    Z: shape (N, K), logits. The result has the same shape.
    """
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@stable_softmax.mistake(
    "no max subtracted",
    "Nothing is subtracted before the exponential: e to the power 1000 is inf, inf / inf is nan, "
    "and far below zero all exponentials become 0. Which number may you subtract from each row?",
)
def _(Z):
    return np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)


@stable_softmax.mistake(
    "wrong axis",
    "Softmax runs down the columns (axis 0), so the samples compete with each other. Classes stand "
    "side by side in a row: look at your axis, and at which sums of P are 1.",
)
def _(Z):
    return _softmax(Z, axis=0)


@stable_softmax.mistake(
    "one maximum for all rows",
    "You subtract the largest logit of the whole batch. A row that lies far below it underflows to "
    "zeros, and 0 / 0 is nan. Each row needs its own maximum.",
)
def _(Z):
    e = np.exp(Z - Z.max())
    return e / e.sum(axis=1, keepdims=True)


@stable_softmax.mistake(
    "maximum of the columns",
    "You subtract the maximum of each column. That shifts the logits of one row by different "
    "numbers, which changes their differences. Look at the axis of your max.",
)
def _(Z):
    e = np.exp(Z - Z.max(axis=0, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@stable_softmax.mistake(
    "one sum for all rows",
    "You divide by the sum over the whole batch, so that all of P adds up to 1. Each row is to add "
    "up to 1 by itself. Look at the axis of your sum.",
)
def _(Z):
    e = np.exp(Z - Z.max())
    return e / e.sum()


@stable_softmax.mistake(
    "sum down the columns",
    "You subtract the right maxima, but divide by the sums of the columns. Each row is to add up "
    "to 1. Look at the axis of your sum.",
)
def _(Z):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


@stable_softmax.mistake(
    "no division",
    "These are the exponentials. They don't add up to 1 yet: what are they to be divided by?",
)
def _(Z):
    return np.exp(Z - Z.max(axis=1, keepdims=True))


@stable_softmax.mistake(
    "no exponential",
    "You divide the logits themselves by their sum. Logits may be negative; what makes them "
    "positive?",
)
def _(Z):
    return Z / Z.sum(axis=1, keepdims=True)


@stable_softmax.mistake(
    "sigmoid",
    "That is the sigmoid of each logit by itself. Softmax takes the whole row: its values compete, "
    "and their sum is 1.",
)
def _(Z):
    return 1 / (1 + np.exp(-Z))


@stable_softmax.mistake(
    "the logarithm",
    "These are the logarithms of the probabilities. One exponential is missing at the end.",
)
def _(Z):
    return Z - _log_sum_exp(Z)[:, None]


# 1.2 ------------------------------------------------------------------------------------


def _labelled_logits(rng: np.random.Generator) -> list[Case]:
    ordinary = [
        Case(Z, rng.integers(Z.shape[1], size=len(Z)), label=case.label)
        for case in _batches_of_logits(rng)
        for Z in case.inputs
        if case.label == "ordinary logits"
    ]
    # Either all logits are high up, so that exponentials overflow, or the true class lies so far
    # below the others that its probability is rounded to 0.
    large = []
    for n, k, level, drop in [(2, 3, 1000, 0), (3, 4, 0, 850), (4, 3, 900, 0), (2, 4, 0, 950)]:
        Z, y = _logits(rng, n, k) + level, rng.integers(k, size=n)
        Z[0, y[0]] -= drop
        large.append(Case(Z, y, label="large logits"))
    return ordinary + large


@exercise(
    "1.2",
    "Cross-entropy from logits",
    prompt=r"""
    Compute the mean cross-entropy of a batch,

    $$L = \frac1N \sum_{n=1}^{N} \Big(\log \sum_k e^{z^{(n)}_k} - z^{(n)}_{y^{(n)}}\Big),$$

    from the logits $Z$, shape `(N, K)`, and the class numbers $y$, shape `(N,)`, integers from 0
    to $K - 1$. The result is one number. Some logits are as large as 1,000: no intermediate result
    may overflow, and no logarithm of 0 may be taken.
    """,
    hints=[
        "There are two terms for each sample. The second one picks one logit from each row: "
        "`Z[np.arange(len(Z)), y]` has shape (N,).",
        "The first term is log-sum-exp (1.7): the row's maximum m, plus the logarithm of the sum "
        "of the exponentials of z − m.",
        "With m of shape (N, 1), log-sum-exp is `m[:, 0] + np.log(np.exp(Z - m).sum(axis=1))`, "
        "shape (N,). Subtract the true logits and take the mean.",
    ],
    cases=_labelled_logits,
    returns="L",
)
def cross_entropy_from_logits(Z, y):
    """Return the mean cross-entropy of N samples, a number.

    Z: shape (N, K), logits; y: shape (N,), class numbers.
    """
    m = Z.max(axis=1, keepdims=True)
    log_sum_exp = m[:, 0] + np.log(np.exp(Z - m).sum(axis=1))
    return (log_sum_exp - Z[np.arange(len(Z)), y]).mean()


def _true(values: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The entry of the true class in each row."""
    return values[np.arange(len(y)), y]


@cross_entropy_from_logits.mistake(
    "softmax twice",
    "Softmax is applied before a loss that takes logits, so it is applied twice. The probabilities "
    "are taken for logits. Start from Z itself.",
)
def _(Z, y):
    P = _softmax(Z)
    return (_log_sum_exp(P) - _true(P, y)).mean()


@cross_entropy_from_logits.mistake(
    "through the probabilities",
    "You take the logarithm of a probability. For large logits it was rounded to 0, and its "
    "logarithm is −inf. Put softmax into −log p first, on paper: what remains?",
)
def _(Z, y):
    return -np.log(_true(_softmax(Z), y)).mean()


@cross_entropy_from_logits.mistake(
    "no max subtracted",
    "The exponentials are taken of the logits as they are: they overflow or vanish for large ones. "
    "Log-sum-exp (1.7) needs the row's maximum taken out, and added again.",
)
def _(Z, y):
    return (np.log(np.exp(Z).sum(axis=1)) - _true(Z, y)).mean()


@cross_entropy_from_logits.mistake(
    "no max subtracted, through the probabilities",
    "The softmax inside overflows for large logits, since no maximum is subtracted. And a "
    "probability that is rounded to 0 has no logarithm: use (1.9), which needs neither.",
)
def _(Z, y):
    return -np.log(_true(np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True), y)).mean()


@cross_entropy_from_logits.mistake(
    "max not added again",
    "You subtract the maximum and don't add it again after the logarithm. In softmax a shift "
    "cancels; in log-sum-exp it does not.",
)
def _(Z, y):
    return (_log_sum_exp(Z) - Z.max(axis=1) - _true(Z, y)).mean()


@cross_entropy_from_logits.mistake(
    "sum for mean",
    "You summed over the samples where the mean is asked for. Then the loss would grow with the "
    "batch. Look for the 1/N.",
)
def _(Z, y):
    return (_log_sum_exp(Z) - _true(Z, y)).sum()


@cross_entropy_from_logits.mistake(
    "mean over all entries",
    "You divide by N·K, the number of all entries. There is one loss for each sample, so divide by "
    "N. `MSELoss` divides by all entries; cross-entropy doesn't.",
)
def _(Z, y):
    return (_log_sum_exp(Z) - _true(Z, y)).mean() / Z.shape[1]


@cross_entropy_from_logits.mistake(
    "sign",
    "The sign is wrong: this is the mean of log p_y, which is negative. A loss falls as p_y rises.",
)
def _(Z, y):
    return (_true(Z, y) - _log_sum_exp(Z)).mean()


@cross_entropy_from_logits.mistake(
    "no logarithm",
    "This is the mean of 1 − p_y. The loss is not proportional to the probability: where is the "
    "logarithm?",
)
def _(Z, y):
    return (1 - _true(_softmax(Z), y)).mean()


@cross_entropy_from_logits.mistake(
    "wrong axis",
    "Log-sum-exp runs down the columns, over the samples (axis 0). It has to run over the classes "
    "of one sample.",
)
def _(Z, y):
    return (_log_sum_exp(Z, axis=0)[y] - _true(Z, y)).mean()


@cross_entropy_from_logits.mistake(
    "every row with every label",
    "`Z[:, y]` takes the columns y of every row, shape (N, N): each sample is scored with the "
    "labels of all. Pick one entry from each row: which row numbers belong to y?",
)
def _(Z, y):
    return (_log_sum_exp(Z)[:, None] - Z[:, y]).mean()


@cross_entropy_from_logits.mistake(
    "predicted class",
    "You use the largest logit of each row, that is the class the model prefers. The loss asks "
    "about the true class y.",
)
def _(Z, y):
    return (_log_sum_exp(Z) - Z.max(axis=1)).mean()


# 1.3 ------------------------------------------------------------------------------------


def _problems(rng: np.random.Generator) -> list[Case]:
    sizes = {
        "one sample": [(1, 2, 3), (1, 3, 4), (1, 3, 3)],
        "a batch": [(4, 2, 3), (5, 3, 4), (3, 3, 3), (7, 4, 2)],
    }
    return [
        Case(
            rng.normal(0, 0.7, (k, d)),
            rng.normal(0, 0.7, k),
            rng.normal(0, 1.2, (n, d)),
            rng.integers(k, size=n),
            label=label,
        )
        for label, shapes in sizes.items()
        for n, d, k in shapes
    ]


@exercise(
    "1.3",
    "The gradient of a batch",
    prompt=r"""
    $X$ holds $N$ samples, shape `(N, d)`, and $y$ their class numbers, shape `(N,)`. The
    parameters are $W$, shape `(K, d)`, and $b$, shape `(K,)`. The loss is the mean cross-entropy.

    Compute $\partial L/\partial W$ and $\partial L/\partial b$, each in the shape of its parameter,
    without a loop over the samples.
    """,
    hints=[
        "Go forward first: Z = XWᵀ + b, then softmax of each row. Which shape has P?",
        "Build the one-hot targets, for example as `np.eye(K)[y]`, shape (N, K). The errors of the "
        "whole batch are Δ = (P − Y)/N.",
        "∂L/∂b is Δ summed over the samples. ∂L/∂W is a product of Δ and X whose shape must come "
        "out as (K, d): there is only one.",
    ],
    cases=_problems,
    returns=("∂L/∂W", "∂L/∂b"),
)
def softmax_gradients(W, b, X, y):
    """Return (∂L/∂W, ∂L/∂b) of the mean cross-entropy of N samples.

    W: shape (K, d); b: shape (K,); X: shape (N, d); y: shape (N,), classes.
    """
    Z = X @ W.T + b
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    Delta = (P - np.eye(len(b))[y]) / len(X)
    return Delta.T @ X, Delta.sum(axis=0)


def _delta(W, b, X, y):
    """(P − Y)/N, shape (N, K)."""
    return (_softmax(X @ W.T + b) - np.eye(len(b))[y]) / len(X)


@softmax_gradients.mistake(
    "transposed W",
    "Your ∂L/∂W is the transpose, shape (d, K). A gradient has the shape of its parameter. Look at "
    "the order of your product.",
)
def _(W, b, X, y):
    Delta = _delta(W, b, X, y)
    return X.T @ Delta, Delta.sum(axis=0)


@softmax_gradients.mistake(
    "sign",
    "The sign is wrong: you took y − p where the derivative is p − y. Descent with this would walk "
    "uphill.",
)
def _(W, b, X, y):
    Delta = -_delta(W, b, X, y)
    return Delta.T @ X, Delta.sum(axis=0)


@softmax_gradients.mistake(
    "sum for mean",
    "You summed over the samples where the loss takes their mean. Look for the 1/N in Δ.",
)
def _(W, b, X, y):
    Delta = _delta(W, b, X, y) * len(X)
    return Delta.T @ X, Delta.sum(axis=0)


@softmax_gradients.mistake(
    "mean twice",
    "The 1/N comes in twice. It stands inside Δ already; from there on everything is a sum.",
)
def _(W, b, X, y):
    Delta = _delta(W, b, X, y)
    return Delta.T @ X / len(X), Delta.mean(axis=0)


@softmax_gradients.mistake(
    "no target",
    "The target doesn't come in: you went on with P alone. Δ measures a difference. What is to be "
    "subtracted, and where?",
)
def _(W, b, X, y):
    P = _softmax(X @ W.T + b) / len(X)
    return P.T @ X, P.sum(axis=0)


@softmax_gradients.mistake(
    "softmax along the wrong axis",
    "Softmax runs down the columns, so the samples compete with each other. Each row of P is to "
    "add up to 1. Look at your axis.",
)
def _(W, b, X, y):
    Delta = (_softmax(X @ W.T + b, axis=0) - np.eye(len(b))[y]) / len(X)
    return Delta.T @ X, Delta.sum(axis=0)


@softmax_gradients.mistake(
    "no softmax",
    "You subtracted the target from the logits, not from the probabilities. Where is softmax?",
)
def _(W, b, X, y):
    Delta = (X @ W.T + b - np.eye(len(b))[y]) / len(X)
    return Delta.T @ X, Delta.sum(axis=0)


@softmax_gradients.mistake(
    "sigmoid for softmax",
    "You used the sigmoid of each logit. With one true class of several, the probabilities must "
    "add up to 1: that takes softmax.",
)
def _(W, b, X, y):
    Delta = (1 / (1 + np.exp(-(X @ W.T + b))) - np.eye(len(b))[y]) / len(X)
    return Delta.T @ X, Delta.sum(axis=0)


@softmax_gradients.mistake(
    "times p(1 − p)",
    "You multiplied p − y by p(1 − p). The derivative of softmax is already in p − y: the Jacobian "
    "and the logarithm have cancelled to give it. Besides, softmax is not element by element.",
)
def _(W, b, X, y):
    P = _softmax(X @ W.T + b)
    Delta = _delta(W, b, X, y) * P * (1 - P)
    return Delta.T @ X, Delta.sum(axis=0)


@softmax_gradients.mistake(
    "no bias in the scores",
    "The scores leave out the bias b, so this is the gradient at another point. Look at how Z is "
    "computed.",
)
def _(W, b, X, y):
    Delta = _delta(W, 0 * b, X, y)
    return Delta.T @ X, Delta.sum(axis=0)


@softmax_gradients.mistake(
    "bias summed over the classes",
    "In ∂L/∂b you summed over the classes (axis 1), where p − y always gives 0. There is one "
    "gradient for each class: sum over the samples.",
)
def _(W, b, X, y):
    Delta = _delta(W, b, X, y)
    return Delta.T @ X, Delta.sum(axis=1)


# 1.4 ------------------------------------------------------------------------------------


@exercise(
    "1.4",
    "The Jacobian of softmax",
    prompt=r"""
    For the logits $z$ of one sample, shape `(K,)`, return the Jacobian of softmax,
    $J_{ki} = \partial p_k / \partial z_i$, of shape `(K, K)`.
    """,
    hints=[
        "You need p first. The logits here are small, so softmax as written will do.",
        "On the diagonal stands p_k(1 − p_k), beside it −p_k p_i. How can both be written as one "
        "difference of matrices?",
        "`np.diag(p)` is the matrix with p on its diagonal, `np.outer(p, p)` the one of all "
        "products p_k p_i.",
    ],
    cases=lambda rng: [Case(_logits(rng, 1, k)[0]) for k in (2, 3, 3, 4, 5, 6)],
    returns="J",
)
def softmax_jacobian(z):
    """Return J with J[k, i] = ∂p_k/∂z_i, shape (K, K), for p = softmax(z).

    z: shape (K,).
    """
    p = np.exp(z) / np.exp(z).sum()
    return np.diag(p) - np.outer(p, p)


@softmax_jacobian.mistake(
    "diagonal only",
    "Your diagonal is right, but all else is 0, as if softmax worked on each logit by itself. "
    "Raising z_i changes the sum below the line, and so every p_k.",
)
def _(z):
    p = _softmax(z)
    return np.diag(p * (1 - p))


@softmax_jacobian.mistake(
    "a vector",
    "p(1 − p) is only the diagonal of the Jacobian. There is a derivative for every pair of an "
    "output and an input: K × K of them.",
)
def _(z):
    p = _softmax(z)
    return p * (1 - p)


@softmax_jacobian.mistake(
    "plus",
    "The products p_k p_i have the wrong sign: what one class gains, the others must lose. Look at "
    "the sign between your two matrices.",
)
def _(z):
    p = _softmax(z)
    return np.diag(p) + np.outer(p, p)


@softmax_jacobian.mistake(
    "no diag(p)",
    "This is −ppᵀ; the first part, diag(p), is missing. Compare the entry at k = i with the "
    "quotient rule.",
)
def _(z):
    p = _softmax(z)
    return -np.outer(p, p)


@softmax_jacobian.mistake(
    "p not on the diagonal",
    "You subtract ppᵀ from the vector p, which broadcasts it into every row. It belongs on the "
    "diagonal alone: np.diag(p).",
)
def _(z):
    p = _softmax(z)
    return p - np.outer(p, p)


@softmax_jacobian.mistake(
    "inner product",
    "`p @ p` is one number, the sum of the squares. ppᵀ is the matrix of all products: an outer "
    "product.",
)
def _(z):
    p = _softmax(z)
    return np.diag(p) - p @ p


@softmax_jacobian.mistake(
    "logits for probabilities",
    "You put the logits z into the formula where the probabilities p belong. Take softmax first.",
)
def _(z):
    return np.diag(z) - np.outer(z, z)


@softmax_jacobian.mistake(
    "sign",
    "The sign is wrong everywhere: raising a logit raises its own probability, so the diagonal "
    "must be positive.",
)
def _(z):
    p = _softmax(z)
    return np.outer(p, p) - np.diag(p)


# 1.5 ------------------------------------------------------------------------------------


def _two_classes_of_three(rng: np.random.Generator) -> list[Case]:
    cases = []
    for size in (1, 2, 3, 4, 5, 6):
        # Weights of three classes that differ clearly, so that no boundary is near vertical.
        W = rng.permutation([[-1.4], [0.3], [1.9]]) + rng.integers(-3, 4, size=(3, 2)) / 10
        k, j = rng.choice(3, size=2, replace=False)
        b = rng.permutation([-0.8, 0.5, 1.3])
        cases.append(Case(W, b, int(k), int(j), rng.integers(-20, 20, size=size) / 10 + 0.05))
    return cases


@exercise(
    "1.5",
    "Draw a boundary",
    prompt=r"""
    To draw the boundary between two classes $k$ and $j$ of a model with two features, we need its
    points. Given $W$, shape `(K, 2)`, $b$, shape `(K,)`, the two class numbers and an array of
    values for $x_1$, shape `(M,)`, return the $x_2$ at which both classes are equally probable,
    shape `(M,)`.
    """,
    hints=[
        "Equally probable means that the log-odds (1.17) are zero. Which equation is that for x₁ "
        "and x₂?",
        "With v = w_k − w_j and c = b_k − b_j the equation is v₁x₁ + v₂x₂ + c = 0.",
        "Solve it for x₂: take everything else to the other side, mind the signs, and divide by "
        "v₂. In code v₁ and v₂ are v[0] and v[1].",
    ],
    cases=_two_classes_of_three,
    returns="x₂",
)
def boundary(W, b, k, j, x1):
    """Return the x₂ at which classes k and j are equally probable, shape (M,).

    W: shape (K, 2); b: shape (K,); k, j: class numbers; x1: shape (M,).
    """
    v = W[k] - W[j]
    c = b[k] - b[j]
    return -(v[0] * x1 + c) / v[1]


@boundary.mistake(
    "sign",
    "The sign is wrong: in v₁x₁ + v₂x₂ + c = 0, two terms change sides before you divide by v₂.",
)
def _(W, b, k, j, x1):
    v, c = W[k] - W[j], b[k] - b[j]
    return (v[0] * x1 + c) / v[1]


@boundary.mistake(
    "no bias",
    "The biases are left out, so that your line goes through the origin. The log-odds contain "
    "b_k − b_j.",
)
def _(W, b, k, j, x1):
    v = W[k] - W[j]
    return -v[0] * x1 / v[1]


@boundary.mistake(
    "sign of the bias",
    "The bias has the wrong sign. It changes sides together with v₁x₁: look at your brackets.",
)
def _(W, b, k, j, x1):
    v, c = W[k] - W[j], b[k] - b[j]
    return (-v[0] * x1 + c) / v[1]


@boundary.mistake(
    "one score alone",
    "You solved z_k = 0. A score of zero means nothing by itself, since only differences count: "
    "the boundary is where z_k = z_j.",
)
def _(W, b, k, j, x1):
    return -(W[k, 0] * x1 + b[k]) / W[k, 1]


@boundary.mistake(
    "the other score alone",
    "You solved z_j = 0. A score of zero means nothing by itself, since only differences count: "
    "the boundary is where z_k = z_j.",
)
def _(W, b, k, j, x1):
    return -(W[j, 0] * x1 + b[j]) / W[j, 1]


@boundary.mistake(
    "sum for difference",
    "You added the parameters of the two classes. Equal scores, z_k = z_j, lead to differences of "
    "weights and biases.",
)
def _(W, b, k, j, x1):
    v, c = W[k] + W[j], b[k] + b[j]
    return -(v[0] * x1 + c) / v[1]


@boundary.mistake(
    "axes swapped",
    "The two weights have changed places: the given x₁ is multiplied by v₁ = v[0], and you divide "
    "by v₂ = v[1].",
)
def _(W, b, k, j, x1):
    v, c = W[k] - W[j], b[k] - b[j]
    return -(v[1] * x1 + c) / v[0]


@boundary.mistake(
    "columns for rows",
    "You took columns of W for the classes. Class k has row k of W, `W[k]`; the columns belong to "
    "the features.",
)
def _(W, b, k, j, x1):
    v, c = W[:, 0] - W[:, 1], b[k] - b[j]
    return -(v[0] * x1 + c) / v[1]
