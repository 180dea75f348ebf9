"""Chapter 5: from the error at the output to the gradient of every parameter."""

# mypy: allow-untyped-defs
# Learners see these functions as stubs, so their signatures are kept as plain as theirs.

import numpy as np

from course_utils.exercises.registry import Case, exercise

# Each known mistake is one small function, named `_` since only its message refers to it.


def _numbers(rng: np.random.Generator, *shape: int, scale: float = 1.0) -> np.ndarray:
    """Numbers of one decimal, none 0, of standard size `scale`."""
    size = rng.integers(2, 15, size=shape) / 10
    return scale * size * rng.choice([-1.0, 1.0], size=shape)


# 5.1 ------------------------------------------------------------------------------------


def _logits(rng: np.random.Generator) -> list[Case]:
    sizes = {"one sample": [(1, 3), (1, 4)], "a batch": [(2, 3), (3, 3), (5, 4), (4, 2)]}
    return [
        Case(_numbers(rng, n, k), rng.integers(k, size=n), label=label)
        for label, shapes in sizes.items()
        for n, k in shapes
    ]


def _softmax(Z, axis=1):
    e = np.exp(Z - Z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _one_hot(Z, y):
    return np.eye(Z.shape[1])[y]


@exercise(
    "5.1",
    "The base case",
    prompt=r"""
    Everything on the way back begins with $\Delta^{(L+1)} = \partial L/\partial Z^{(L+1)}$. Compute
    it for cross-entropy with softmax: $Z$, shape `(N, K)`, holds the logits of $N$ samples, one in
    each row, and $y$, shape `(N,)`, their class numbers. The loss is the *mean* over the samples,
    and its $1/N$ belongs into $\Delta$.
    """,
    hints=[
        "For one sample the answer is p − y, with the probabilities p and the one-hot target.",
        "Softmax is taken of each row by itself: which axis is summed over? With keepdims=True the "
        "sums have the shape (N, 1), which divides the rows.",
        "Copy P, take 1 away at the true classes with P[np.arange(N), y] -= 1 on the copy, and "
        "divide by N. Check: every row of Δ sums to 0.",
    ],
    cases=_logits,
    returns="Δ",
)
def output_delta(Z, y):
    """Return Δ = ∂L/∂Z of the mean cross-entropy, with the 1/N inside.

    Z: logits, shape (N, K); y: class numbers, shape (N,). Δ has shape (N, K).
    """
    N, K = Z.shape
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    return (P - np.eye(K)[y]) / N


@output_delta.mistake(
    "sum for mean",
    "The 1/N is missing: this is Δ of the sum over the samples. Every gradient behind it would "
    "grow with the batch. Look at what the loss averages over.",
)
def _(Z, y):
    return _softmax(Z) - _one_hot(Z, y)


@output_delta.mistake(
    "sign",
    "The sign is wrong: you took y − p. The loss falls when the true class's logit grows, so its "
    "entry of Δ must be negative. Look at the order in the difference.",
)
def _(Z, y):
    return (_one_hot(Z, y) - _softmax(Z)) / len(Z)


@output_delta.mistake(
    "no target",
    "These are the probabilities divided by N; the true classes don't come in. Where do you take "
    "the 1 away?",
)
def _(Z, y):
    return _softmax(Z) / len(Z)


@output_delta.mistake(
    "no softmax",
    "You took the target away from the logits. That would be right (up to a 2) for squared error; "
    "here the probabilities are due. Look at what you subtract from.",
)
def _(Z, y):
    return (Z - _one_hot(Z, y)) / len(Z)


@output_delta.mistake(
    "softmax over the samples",
    "Softmax is taken down the columns, so that different samples compete. Each sample is a row: "
    "look at the axis.",
)
def _(Z, y):
    return (_softmax(Z, axis=0) - _one_hot(Z, y)) / len(Z)


@output_delta.mistake(
    "one softmax for all",
    "One softmax is taken over all N·K logits together: the sum has no axis. Each row's "
    "probabilities sum to 1 by themselves.",
)
def _(Z, y):
    e = np.exp(Z)
    return (e / e.sum() - _one_hot(Z, y)) / len(Z)


@output_delta.mistake(
    "divided by N·K",
    "You divided by the number of entries, N·K. The mean runs over the samples only: the K "
    "entries of a row belong to one loss. Look for a mean() or a size.",
)
def _(Z, y):
    return (_softmax(Z) - _one_hot(Z, y)) / Z.size


@output_delta.mistake(
    "softmax twice",
    "Softmax is taken twice: of the logits, and again of the probabilities. Follow P from line to "
    "line.",
)
def _(Z, y):
    return (_softmax(_softmax(Z)) - _one_hot(Z, y)) / len(Z)


# 5.2 ------------------------------------------------------------------------------------


def _hidden_layers(rng: np.random.Generator) -> list[Case]:
    sizes = {"one sample": [(1, 2), (1, 3)], "a batch": [(3, 2), (4, 3), (2, 4), (5, 3)]}
    return [
        Case(_numbers(rng, n, d), _numbers(rng, d, d), _numbers(rng, n, d), label=label)
        for label, shapes in sizes.items()
        for n, d in shapes
    ]


@exercise(
    "5.2",
    "One layer back",
    prompt=r"""
    Carry the error signal back by one layer with $\phi = \tanh$:

    $$\Delta^{(\ell)} = \big(\Delta^{(\ell+1)} W^{(\ell+1)}\big) \odot \phi'(Z^{(\ell)}) .$$

    You get `delta` = $\Delta^{(\ell+1)}$, `W` = $W^{(\ell+1)}$ and `Z` = $Z^{(\ell)}$, with samples
    in rows. To make it harder, all layers have the *same* width, so no error of shapes will help
    you.
    """,
    hints=[
        "Two steps: first through the weights, which gives ∂L/∂A of the layer, then through tanh, "
        "which multiplies entry by entry.",
        "W_ji leads from unit i to unit j. Unit i collects Σ_j Δ_nj W_ji: is that Δ @ W or "
        "Δ @ W.T?",
        "The derivative of tanh at z is 1 − tanh²(z): square the tanh of Z, not Z, and not the "
        "tanh of the tanh.",
    ],
    cases=_hidden_layers,
    returns="Δ of the layer below",
)
def back_one_layer(delta, W, Z):
    """Return Δ⁽ˡ⁾ from Δ⁽ˡ⁺¹⁾, W⁽ˡ⁺¹⁾ and Z⁽ˡ⁾, for tanh.

    delta: shape (N, d_{l+1}); W: shape (d_{l+1}, d_l); Z: shape (N, d_l).
    The result has the shape of Z.
    """
    return (delta @ W) * (1 - np.tanh(Z) ** 2)


@back_one_layer.mistake(
    "transpose",
    "W is transposed here and should not be. Forward was A Wᵀ for rows; the way back is Δ W. With "
    "all widths equal, no shape betrays it. Sum over the unit that the weight leads *to*.",
)
def _(delta, W, Z):
    return (delta @ W.T) * (1 - np.tanh(Z) ** 2)


@back_one_layer.mistake(
    "φ′ of a for φ′ of z",
    "You took the slope of tanh at a = tanh(z) instead of at z: tanh is applied twice in your "
    "1 − tanh²(…). If you have a already, the slope is 1 − a².",
)
def _(delta, W, Z):
    return (delta @ W) * (1 - np.tanh(np.tanh(Z)) ** 2)


@back_one_layer.mistake(
    "no slope",
    "This is ∂L/∂A: you stopped before the activation. Between A and Z there is the slope of "
    "tanh, entry by entry.",
)
def _(delta, W, Z):
    return delta @ W


@back_one_layer.mistake(
    "1 − z²",
    "You took 1 − z² for the slope. The identity is tanh′(z) = 1 − tanh²(z): what is squared is "
    "the activation.",
)
def _(delta, W, Z):
    return (delta @ W) * (1 - Z**2)


@back_one_layer.mistake(
    "activation for slope",
    "You multiplied by tanh(z) itself where its derivative is due. Look at the second factor.",
)
def _(delta, W, Z):
    return (delta @ W) * np.tanh(Z)


@back_one_layer.mistake(
    "slope of the sigmoid",
    "You took a(1 − a) for the slope. That is the sigmoid's, with a = σ(z); here φ is tanh.",
)
def _(delta, W, Z):
    a = np.tanh(Z)
    return (delta @ W) * a * (1 - a)


@back_one_layer.mistake(
    "slope before the weights",
    "The slope is multiplied in before W. It belongs to the layer that the signal arrives at, so "
    "it comes after the product with W. With equal widths both orders fit.",
)
def _(delta, W, Z):
    return (delta * (1 - np.tanh(Z) ** 2)) @ W


# 5.3 ------------------------------------------------------------------------------------


def _layers(rng: np.random.Generator) -> list[Case]:
    sizes = {"one sample": [(1, 2, 3), (1, 3, 2)], "a batch": [(4, 2, 3), (3, 3, 2), (5, 1, 4)]}
    return [
        Case(_numbers(rng, n, out), _numbers(rng, n, inp), label=label)
        for label, shapes in sizes.items()
        for n, out, inp in shapes
    ]


@exercise(
    "5.3",
    "From δ to the gradients of a layer",
    prompt=r"""
    Given $\Delta^{(\ell)}$, shape `(N, d_l)`, with the $1/N$ inside, and $A^{(\ell-1)}$, shape
    `(N, d_{l-1})`, compute $\partial L/\partial W^{(\ell)}$, shape `(d_l, d_{l-1})`, and
    $\partial L/\partial b^{(\ell)}$, shape `(d_l,)`. No loop is needed.
    """,
    hints=[
        "For one sample: ∂L/∂W_ji = δ_j a_i and ∂L/∂b_j = δ_j. For a batch the shares of the "
        "samples add up.",
        "A matrix product sums over the index that its factors share. Which product of Δ and A, "
        "one of them transposed, sums over the samples?",
        "ΔᵀA has the shape (d_l, N)·(N, d_{l−1}). The bias gets the sum of Δ over axis 0. The 1/N "
        "is in Δ already.",
    ],
    cases=_layers,
    returns=("∂L/∂W", "∂L/∂b"),
)
def layer_gradients(delta, A):
    """Return (∂L/∂W, ∂L/∂b) of a layer from its Δ and its inputs A.

    delta: shape (N, d_l), the 1/N inside; A: shape (N, d_{l-1}).
    ∂L/∂W has shape (d_l, d_{l-1}), ∂L/∂b shape (d_l,).
    """
    return delta.T @ A, delta.sum(axis=0)


@layer_gradients.mistake(
    "transpose",
    "Your ∂L/∂W is the transpose: rows belong to the units that the weights lead to. Take the "
    "factors of the product in the other order.",
)
def _(delta, A):
    return A.T @ delta, delta.sum(axis=0)


@layer_gradients.mistake(
    "averaged twice",
    "The 1/N comes in twice: it is in Δ already, and you divide once more. After Δ everything is a "
    "sum.",
)
def _(delta, A):
    return delta.T @ A / len(A), delta.mean(axis=0)


@layer_gradients.mistake(
    "bias averaged",
    "In ∂L/∂b, you took the mean over the samples. The 1/N is in Δ already, so the shares only "
    "add up.",
)
def _(delta, A):
    return delta.T @ A, delta.mean(axis=0)


@layer_gradients.mistake(
    "bias not summed over the batch",
    "Your ∂L/∂b is Δ itself, with a row for each sample. All samples share one bias. Subtracted "
    "from b, this would be broadcast to (N, d) without a word. Sum over the right axis.",
)
def _(delta, A):
    return delta.T @ A, delta


@layer_gradients.mistake(
    "bias summed over the units",
    "Your ∂L/∂b is summed over the units (axis 1) and so has one number for each sample. The sum "
    "runs over the samples.",
)
def _(delta, A):
    return delta.T @ A, delta.sum(axis=1)


@layer_gradients.mistake(
    "= for +=",
    "This is the last sample's share alone. In a loop, `=` throws away what the samples before "
    "have contributed; it takes `+=`, or the product that does the loop for you.",
)
def _(delta, A):
    return np.outer(delta[-1], A[-1]), delta[-1]


@layer_gradients.mistake(
    "product of the sums",
    "You summed Δ and A over the samples first and multiplied afterwards. The sum of the products "
    "is not the product of the sums: every sample's δ meets its own a only.",
)
def _(delta, A):
    return np.outer(delta.sum(axis=0), A.sum(axis=0)), delta.sum(axis=0)


@layer_gradients.mistake(
    "nothing summed",
    "Your ∂L/∂W has an outer product for each sample, shape (N, d_l, d_{l−1}). They belong to the "
    "same weights, so they add up.",
)
def _(delta, A):
    return delta[:, :, None] * A[:, None, :], delta.sum(axis=0)


# 5.4 ------------------------------------------------------------------------------------


def _networks(rng: np.random.Generator) -> list[Case]:
    sizes = {
        "one sample": [(1, 2, 3, 2), (1, 3, 2, 2)],
        "a batch": [(3, 2, 3, 2), (4, 3, 2, 2), (5, 2, 4, 3)],
    }
    return [
        Case(
            _numbers(rng, hidden, inputs),
            _numbers(rng, hidden),
            _numbers(rng, outputs, hidden),
            _numbers(rng, outputs),
            _numbers(rng, n, inputs),
            _numbers(rng, n, outputs, scale=2.0),
            label=label,
        )
        for label, shapes in sizes.items()
        for n, inputs, hidden, outputs in shapes
    ]


@exercise(
    "5.4",
    "Forward and back, all of it",
    prompt=r"""
    Write the whole pass for one hidden layer with $\tanh$ and an identity output, for a batch:

    $$L = \frac1N \sum_{n=1}^{N} \big\lVert \hat y^{(n)} - y^{(n)} \big\rVert^2 .$$

    Return the gradients of `W1`, `b1`, `W2`, `b2`, each in the shape of its parameter. `X` has
    shape `(N, d0)` and `Y` shape `(N, d2)`. There may be several outputs: the loss *sums* over
    them and averages over the samples only.
    """,
    hints=[
        "Forward first, keeping what the way back needs: A1 = tanh(X W1ᵀ + b1), then Ŷ.",
        "The base case is 2(Ŷ − Y)/N. Its layer's gradients are Δ2ᵀA1 and the column sums of Δ2.",
        "Then Δ1 = (Δ2 W2) ⊙ (1 − A1²), and the first layer's gradients are Δ1ᵀX and the column "
        "sums of Δ1. Nothing is updated.",
    ],
    cases=_networks,
    returns=("∂L/∂W1", "∂L/∂b1", "∂L/∂W2", "∂L/∂b2"),
)
def network_gradients(W1, b1, W2, b2, X, Y):
    """Return (∂L/∂W1, ∂L/∂b1, ∂L/∂W2, ∂L/∂b2) of the mean squared error.

    W1: shape (d1, d0); b1: (d1,); W2: (d2, d1); b2: (d2,); X: (N, d0);
    Y: (N, d2). The hidden layer has tanh, the output the identity.
    """
    A1 = np.tanh(X @ W1.T + b1)
    Y_hat = A1 @ W2.T + b2
    delta2 = 2 * (Y_hat - Y) / len(X)
    delta1 = (delta2 @ W2) * (1 - A1**2)
    return delta1.T @ X, delta1.sum(axis=0), delta2.T @ A1, delta2.sum(axis=0)


def _pass(W1, b1, W2, b2, X, Y, *, scale=2.0, slope=None, back=None, feed=None):
    """The right pass, or one that is wrong in a single place."""
    Z1 = X @ W1.T + b1
    A1 = np.tanh(Z1)
    Y_hat = (A1 if feed is None else feed(Z1)) @ W2.T + b2
    delta2 = scale * (Y_hat - Y) / len(X)
    delta1 = delta2 @ (W2 if back is None else back(W2))
    delta1 = delta1 * (1 - A1**2 if slope is None else slope(Z1, A1))
    return delta1, delta2, A1, (delta1.T @ X, delta1.sum(axis=0), delta2.T @ A1, delta2.sum(axis=0))


@network_gradients.mistake(
    "sum for mean",
    "The loss is the mean over the samples and your gradients belong to the sum: 1/N is missing. "
    "It comes in once, in the Δ of the output.",
)
def _(W1, b1, W2, b2, X, Y):
    return _pass(W1, b1, W2, b2, X, Y, scale=2.0 * len(X))[3]


@network_gradients.mistake(
    "mean over the outputs, too",
    "You divided by all N·K entries, as np.mean and torch.nn.MSELoss do. This loss averages over "
    "the N samples only and sums over the outputs.",
)
def _(W1, b1, W2, b2, X, Y):
    return _pass(W1, b1, W2, b2, X, Y, scale=2.0 / Y.shape[1])[3]


@network_gradients.mistake(
    "no factor 2",
    "All is half of what it should be: the derivative of the square lacks its factor. Look at the "
    "base case.",
)
def _(W1, b1, W2, b2, X, Y):
    return _pass(W1, b1, W2, b2, X, Y, scale=1.0)[3]


@network_gradients.mistake(
    "sign",
    "The sign is wrong: the base case has Ŷ − Y, not Y − Ŷ. It reaches every gradient.",
)
def _(W1, b1, W2, b2, X, Y):
    return _pass(W1, b1, W2, b2, X, Y, scale=-2.0)[3]


@network_gradients.mistake(
    "φ′ of a for φ′ of z",
    "The slope in your hidden Δ is taken at a instead of z: with a in hand it is 1 − a², not "
    "1 − tanh²(a).",
)
def _(W1, b1, W2, b2, X, Y):
    return _pass(W1, b1, W2, b2, X, Y, slope=lambda z, a: 1 - np.tanh(a) ** 2)[3]


@network_gradients.mistake(
    "no slope",
    "Your hidden Δ lacks the slope of tanh: it is ∂L/∂A1, not ∂L/∂Z1.",
)
def _(W1, b1, W2, b2, X, Y):
    return _pass(W1, b1, W2, b2, X, Y, slope=lambda z, a: 1.0)[3]


@network_gradients.mistake(
    "bias not summed over the batch",
    "The gradients of the biases have a row for each sample. One bias serves them all: sum Δ over "
    "the samples.",
)
def _(W1, b1, W2, b2, X, Y):
    delta1, delta2, A1, _grads = _pass(W1, b1, W2, b2, X, Y)
    return delta1.T @ X, delta1, delta2.T @ A1, delta2


@network_gradients.mistake(
    "z for a",
    "The output was fed with Z1: tanh is left out on the way forward, and the way back starts "
    "from a wrong prediction. Look at what enters the second layer.",
)
def _(W1, b1, W2, b2, X, Y):
    return _pass(W1, b1, W2, b2, X, Y, feed=lambda z: z)[3]


@network_gradients.mistake(
    "stale cache",
    "The slope and the inputs of the second layer come from a forward pass without b1: the stored "
    "activations are not those of the present parameters. Compute forward once, and use what "
    "it stored.",
)
def _(W1, b1, W2, b2, X, Y):
    stale = np.tanh(X @ W1.T)
    _delta1, delta2, _A1, _grads = _pass(W1, b1, W2, b2, X, Y)
    delta1 = (delta2 @ W2) * (1 - stale**2)
    return delta1.T @ X, delta1.sum(axis=0), delta2.T @ stale, delta2.sum(axis=0)


@network_gradients.mistake(
    "after a partial update",
    "Your first layer's gradients are computed with a W2 that has moved by its own gradient "
    "already. All gradients belong to the same, old parameters: nothing is updated here.",
)
def _(W1, b1, W2, b2, X, Y):
    delta1, delta2, A1, grads = _pass(W1, b1, W2, b2, X, Y)
    delta1 = (delta2 @ (W2 - grads[2])) * (1 - A1**2)
    return delta1.T @ X, delta1.sum(axis=0), grads[2], grads[3]


# 5.5 ------------------------------------------------------------------------------------


class _Function:
    """A smooth function of a vector with a name to print; cubic, so that h leaves a trace."""

    def __init__(self, c: np.ndarray, k: float) -> None:
        self.c, self.k = c, k

    def __call__(self, theta: np.ndarray) -> float:
        return float(self.c @ theta + self.k * (theta**3).sum() + np.sin(theta.sum()))

    def __repr__(self) -> str:
        return f"a cubic with c = {self.c.tolist()}, k = {self.k}"


def _functions(rng: np.random.Generator) -> list[Case]:
    return [
        Case(
            _Function(_numbers(rng, d), float(rng.integers(5, 20)) / 10),
            _numbers(rng, d),
            float(h),
        )
        for d, h in zip((1, 2, 3, 4, 2, 3), (0.1, 0.2, 0.3, 0.4, 0.25, 0.5), strict=True)
    ]


@exercise(
    "5.5",
    "Measure a gradient",
    prompt=r"""
    Write the central difference yourself. For each entry $i$ of the vector $\theta$, and with
    $e_i$ that has a 1 at $i$ and 0 elsewhere,

    $$g_i = \frac{f(\theta + h e_i) - f(\theta - h e_i)}{2h} .$$

    $f$ takes a vector of shape `(d,)` and returns a number. Leave `theta` as you were given it. The
    check uses large steps $h$ on purpose, so that only this formula fits.
    """,
    hints=[
        "One entry at a time: the others stay where they are. You need a loop over the entries and "
        "two values of f for each.",
        "`theta.copy()` gives an array that may be changed. `np.zeros_like(theta)` gives a place "
        "for the result.",
        "In the loop: step = np.zeros_like(theta); step[i] = h; then the formula with θ + step and "
        "θ − step. The distance between the two points is 2h.",
    ],
    cases=_functions,
    returns="g",
)
def measure_gradient(f, theta, h):
    """Return the central differences of f at theta with step h.

    f: maps an array of shape (d,) to a number; theta: shape (d,); h: a number.
    g has shape (d,).
    """
    g = np.zeros_like(theta)
    for i in range(len(theta)):
        step = np.zeros_like(theta)
        step[i] = h
        g[i] = (f(theta + step) - f(theta - step)) / (2 * h)
    return g


def _steps(theta, h):
    """h·e_i for every i."""
    return h * np.eye(len(theta))


@measure_gradient.mistake(
    "forward difference",
    "This is the one-sided difference (f(θ + h) − f(θ))/h. Its error falls as h, that of the "
    "central one as h². Take the second value on the other side of θ.",
)
def _(f, theta, h):
    return np.array([(f(theta + s) - f(theta)) / h for s in _steps(theta, h)])


@measure_gradient.mistake(
    "backward difference",
    "This is the one-sided difference (f(θ) − f(θ − h))/h. Take the first value on the other side "
    "of θ, at θ + h.",
)
def _(f, theta, h):
    return np.array([(f(theta) - f(theta - s)) / h for s in _steps(theta, h)])


@measure_gradient.mistake(
    "divided by h",
    "It is twice too large: the two points are 2h apart, and you divided by h.",
)
def _(f, theta, h):
    return np.array([(f(theta + s) - f(theta - s)) / h for s in _steps(theta, h)])


@measure_gradient.mistake(
    "multiplied by h",
    "You multiplied where the formula divides. In Python, `/ 2 * h` divides by 2 and then "
    "multiplies by h: put 2 * h into brackets.",
)
def _(f, theta, h):
    return np.array([(f(theta + s) - f(theta - s)) / 2 * h for s in _steps(theta, h)])


@measure_gradient.mistake(
    "not divided",
    "This is the change of f and not yet a rate: divide by the distance of the two points.",
)
def _(f, theta, h):
    return np.array([f(theta + s) - f(theta - s) for s in _steps(theta, h)])


@measure_gradient.mistake(
    "all entries at once",
    "You moved all entries of θ together, so every entry of g holds the same sum of all "
    "derivatives. Move one entry at a time.",
)
def _(f, theta, h):
    return np.full_like(theta, (f(theta + h) - f(theta - h)) / (2 * h))


@measure_gradient.mistake(
    "entry not put back",
    "The entries that were moved stay moved: from the second entry on you measure somewhere else. "
    "Put the old value back, or start from a fresh copy each time.",
)
def _(f, theta, h):
    probe, g = theta.copy(), np.zeros_like(theta)
    for i in range(len(theta)):
        probe[i] = theta[i] + h
        above = f(probe)
        probe[i] = theta[i] - h
        g[i] = (above - f(probe)) / (2 * h)
    return g


@measure_gradient.mistake(
    "the second point too low by h",
    "After adding h you took away h once, which leads back to θ, or twice h from θ, which leads "
    "too far. The two points lie at θ + h and θ − h.",
)
def _(f, theta, h):
    return np.array([(f(theta + s) - f(theta - 2 * s)) / (2 * h) for s in _steps(theta, h)])


# 5.6 ------------------------------------------------------------------------------------


def _graphs(rng: np.random.Generator) -> list[Case]:
    def draw(n: int) -> Case:
        edges = [(i, j, float(_numbers(rng, 1)[0])) for j in range(1, n) for i in range(j)]
        kept = [e for e in edges if e[1] == e[0] + 1 or e[0] == 0 or rng.random() < 0.6]
        return Case(n, np.array(kept))

    return [draw(n) for n in (4, 5, 6, 5, 7, 4)]


@exercise(
    "5.6",
    "Backpropagation on any graph",
    prompt=r"""
    Backpropagation needs no layers. A computation is a list of values $v_0, \dots, v_{n-1}$, each
    made from earlier ones; $v_{n-1}$ is the output. Each row of `edges`, shape `(E, 3)`, is
    $(i, j, d)$: the value $j$ uses the value $i$, and $d = \partial v_j/\partial v_i$ is the local
    derivative of that one step. Rows are sorted by $j$.

    Compute $\partial v_{n-1}/\partial v_i$ for every $i$, shape `(n,)`. If a value acts along
    several paths, the paths add up.
    """,
    hints=[
        "The base case: how does the output react to itself?",
        "Walk through the edges backwards. When you come to (i, j, d), the derivative with respect "
        "to j must be complete. Is it, in this order?",
        "At each edge, add d times the derivative for j to the derivative for i. `=` would forget "
        "the other paths. Indices from a float array need int().",
    ],
    cases=_graphs,
    returns="the derivatives",
)
def graph_gradient(n, edges):
    """Return ∂v_{n−1}/∂v_i for i = 0 … n − 1.

    n: the number of values; edges: rows (i, j, ∂v_j/∂v_i), sorted by j,
    shape (E, 3).
    """
    gradient = np.zeros(n)
    gradient[n - 1] = 1.0
    for i, j, d in edges[::-1]:
        gradient[int(i)] += d * gradient[int(j)]
    return gradient


@graph_gradient.mistake(
    "= for +=",
    "Where a value is used twice, only one of its paths counts: the second `=` overwrites the "
    "first. Paths add up.",
)
def _(n, edges):
    gradient = np.zeros(n)
    gradient[n - 1] = 1.0
    for i, j, d in edges[::-1]:
        gradient[int(i)] = d * gradient[int(j)]
    return gradient


@graph_gradient.mistake(
    "wrong order",
    "Only the edges that lead to the output itself have left a trace. That happens in a walk "
    "forwards: there is nothing to hand on until the last value is reached. Begin at the output.",
)
def _(n, edges):
    gradient = np.zeros(n)
    gradient[n - 1] = 1.0
    for i, j, d in edges:
        gradient[int(i)] += d * gradient[int(j)]
    return gradient


@graph_gradient.mistake(
    "added for multiplied",
    "Along a path you added the derivatives. Along a path they multiply; it is the paths that "
    "add up.",
)
def _(n, edges):
    gradient = np.zeros(n)
    gradient[n - 1] = 1.0
    for i, j, d in edges[::-1]:
        gradient[int(i)] += d + gradient[int(j)]
    return gradient


@graph_gradient.mistake(
    "no base case",
    "All of it is 0: nothing was put in at the output. How does the output react to itself?",
)
def _(n, edges):
    return np.zeros(n)


@graph_gradient.mistake(
    "forward derivatives",
    "These are the derivatives of every value with respect to the first one, ∂v_j/∂v_0: forward "
    "mode. Asked for is the other direction, the output with respect to every value.",
)
def _(n, edges):
    tangent = np.zeros(n)
    tangent[0] = 1.0
    for i, j, d in edges:
        tangent[int(j)] += d * tangent[int(i)]
    return tangent


# 5.7 ------------------------------------------------------------------------------------


def _architectures(rng: np.random.Generator) -> list[Case]:
    return [
        Case(rng.integers(2, 30, size=depth), int(rng.integers(2, 50)))
        for depth in (2, 3, 3, 4, 5, 4)
    ]


@exercise(
    "5.7",
    "What does the way back cost?",
    prompt=r"""
    Count the multiply-adds of the matrix products, for a network with `widths`
    $d_0, d_1, \dots, d_{L+1}$ and a batch of `N` samples:

    - forward, one product per layer, $A^{(\ell-1)} W^{(\ell)\top}$;
    - backward, $\Delta^{(\ell)\top} A^{(\ell-1)}$ for every layer, and $\Delta^{(\ell)} W^{(\ell)}$
      for every layer but the first: nobody asks for $\partial L/\partial X$.

    A product of an $(m, k)$ and a $(k, n)$ matrix takes $m\,k\,n$ multiply-adds. Biases and
    activations are not counted. Return two numbers.
    """,
    hints=[
        "Layer l has d_l · d_{l−1} weights. How many multiply-adds does it take for one sample?",
        "Both products on the way back have the same cost as the product forward. Write down the "
        "three shapes.",
        "forward = N · Σ d_l d_{l−1} over all layers. backward = 2 · forward less the product of "
        "the first layer, N · d_1 d_0.",
    ],
    cases=_architectures,
    returns=("forward", "backward"),
)
def multiply_adds(widths, N):
    """Return the numbers of multiply-adds (forward, backward) of a batch.

    widths: d_0, d_1, …, d_{L+1}, shape (L + 2,); N: the number of samples.
    """
    products = N * widths[1:] * widths[:-1]
    return products.sum(), 2 * products.sum() - products[0]


def _products(widths, N):
    return N * widths[1:] * widths[:-1]


@multiply_adds.mistake(
    "twice the forward pass",
    "Your backward is exactly twice forward. That includes the error signal for the inputs, "
    "Δ⁽¹⁾W⁽¹⁾, which nobody needs: the recursion stops at layer 1.",
)
def _(widths, N):
    forward = _products(widths, N).sum()
    return forward, 2 * forward


@multiply_adds.mistake(
    "backward like forward",
    "Your backward counts one product per layer. On the way back there are two: one for the "
    "gradient of the weights, one that carries δ to the layer below.",
)
def _(widths, N):
    forward = _products(widths, N).sum()
    return forward, forward


@multiply_adds.mistake(
    "one sample only",
    "This is the count for one sample. Every sample of the batch goes through every product.",
)
def _(widths, N):
    products = _products(widths, 1)
    return products.sum(), 2 * products.sum() - products[0]


@multiply_adds.mistake(
    "last layer for first",
    "In backward, you left out the last layer's way back where it is the first layer's that isn't "
    "needed. Which δ does nobody ask for?",
)
def _(widths, N):
    products = _products(widths, N)
    return products.sum(), 2 * products.sum() - products[-1]


@multiply_adds.mistake(
    "biases counted",
    "You counted the biases as well. Asked for are the matrix products alone; the biases are "
    "additions without a product.",
)
def _(widths, N):
    products = N * widths[1:] * (widths[:-1] + 1)
    return products.sum(), 2 * products.sum() - products[0]


@multiply_adds.mistake(
    "way back only",
    "Your backward counts only the products that carry δ. The gradients of the weights, ΔᵀA, take "
    "one product per layer, too.",
)
def _(widths, N):
    products = _products(widths, N)
    return products.sum(), products[1:].sum()
