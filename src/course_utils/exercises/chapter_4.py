"""Chapter 4: from one unit's sum to a network's output, its cost and its memory."""

# mypy: allow-untyped-defs
# Learners see these functions as stubs, so their signatures are kept as plain as theirs.

import numpy as np

from course_utils.exercises.registry import Case, exercise

# Each known mistake is one small function, named `_` since only its message refers to it.


def _decimals(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers from ±0.2 to ±2 with one decimal, none near 0."""
    return rng.integers(2, 21, size=shape) / 10 * rng.choice([-1, 1], size=shape)


# 4.1 ------------------------------------------------------------------------------------


def _units(rng: np.random.Generator) -> list[Case]:
    def draw(d: int, j: int) -> Case:
        return Case(_decimals(rng, d, d), _decimals(rng, d), _decimals(rng, d), j)

    return [draw(d, int(rng.integers(1, d))) for d in (2, 3, 3, 4, 5, 6, 6, 7)]


@exercise(
    "4.1",
    "From the equation's index to the code's",
    prompt=r"""
    Equation (4.1) computes the pre-activation of one unit,
    $z_j = \sum_i W_{ji}\, x_i + b_j$, and counts units from 1. Write it in NumPy, which counts
    from 0: return $z_j$, a number, for the unit with the number `j` = 1, …, d.

    `W` has shape `(d, d)`, `b` and `x` have shape `(d,)`. There are as many units as inputs here,
    so no shape will tell you that rows and columns are mixed up.
    """,
    hints=[
        "W_ji leads from input i to unit j. So all the weights into unit j stand in one row of W, "
        "or in one column. Which?",
        "Row j of the equation is `W[j - 1]` in the code, an array of shape (d,). The bias has the "
        "same shift.",
        "`u @ v` multiplies two arrays of shape (d,) entry by entry and sums up the products. What "
        "is still missing after that is one number.",
    ],
    cases=_units,
    returns="z_j",
)
def pre_activation(W, b, x, j):
    """Return z_j of unit j, a number; j = 1, …, d as in the equation.

    W: shape (d, d), W_ji leads from input i to unit j; b, x: shape (d,).
    """
    return W[j - 1] @ x + b[j - 1]


@pre_activation.mistake(
    "column for row",
    "You took column j of W: the weights that lead from input j to all units. The weights into "
    "unit j stand in row j. With a square W no shape betrays it.",
)
def _(W, b, x, j):
    return W[:, j - 1] @ x + b[j - 1]


@pre_activation.mistake(
    "off by one",
    "This is the next unit. The equation counts units from 1, NumPy counts rows from 0: look at "
    "the index of W and of b.",
)
def _(W, b, x, j):
    return W[j] @ x + b[j]


@pre_activation.mistake(
    "bias of the next unit",
    "The weighted sum is right, but the bias is the next unit's. W and b need the same shift of "
    "the index.",
)
def _(W, b, x, j):
    return W[j - 1] @ x + b[j]


@pre_activation.mistake(
    "weights of the next unit",
    "The bias is right, but the weights are the next unit's. W and b need the same shift of the "
    "index.",
)
def _(W, b, x, j):
    return W[j] @ x + b[j - 1]


@pre_activation.mistake(
    "no bias",
    "The bias is left out. Compare your expression with equation (4.1) term by term.",
)
def _(W, b, x, j):
    return W[j - 1] @ x


@pre_activation.mistake(
    "bias in each term",
    "The bias is in the sum once for each input. A unit has one bias, however many inputs it has: "
    "look at what you sum over.",
)
def _(W, b, x, j):
    return (W[j - 1] * x + b[j - 1]).sum()


@pre_activation.mistake(
    "all biases",
    "You added the biases of all units. Unit j has one bias of its own.",
)
def _(W, b, x, j):
    return W[j - 1] @ x + b.sum()


@pre_activation.mistake(
    "mean for sum",
    "You averaged the products where equation (4.1) sums them.",
)
def _(W, b, x, j):
    return (W[j - 1] * x).mean() + b[j - 1]


@pre_activation.mistake(
    "activation applied",
    "You applied relu. Asked for is the pre-activation, the value that goes into φ; it may be "
    "negative.",
)
def _(W, b, x, j):
    return np.maximum(W[j - 1] @ x + b[j - 1], 0)


# 4.2 ------------------------------------------------------------------------------------


def _square_batches(rng: np.random.Generator) -> list[Case]:
    return [
        Case(_decimals(rng, d, d), _decimals(rng, d, d), _decimals(rng, d))
        for d in (2, 3, 3, 4, 4, 5, 6)
    ]


@exercise(
    "4.2",
    "A layer for a batch, with no shape to help",
    prompt=r"""
    Write the affine part of a layer for a batch, equation (4.6). `A` has shape `(N, d)` with a
    sample in each row, `W` has shape `(d, d)`, `b` has shape `(d,)`; the result $Z$ has shape
    `(N, d)`.

    To make it hard, the check uses as many samples as inputs as units, N = d. Everything fits
    everything, and each wrong product runs without an error.
    """,
    hints=[
        "Take one row of A. As a column vector x it gives Wx + b; the row of Z is that, laid flat.",
        "Z[n, j] is the sum over i of A[n, i] · W[j, i], plus b[j]. In a product `P @ Q` the sum "
        "runs over the columns of P and the rows of Q. Where must i stand?",
        "`A @ W.T` puts i where it belongs. NumPy counts axes from the last, so an array of shape "
        "(d,) is added to every row, which is what you want for b.",
    ],
    cases=_square_batches,
    returns="Z",
)
def affine(A, W, b):
    """Return Z of shape (N, d): row n is W a + b for the sample in row n of A.

    A: shape (N, d); W: shape (d, d), W_ji leads from i to j; b: shape (d,).
    """
    return A @ W.T + b


@affine.mistake(
    "missing transpose",
    "The transpose is missing: A @ W sums over the units that the weights lead to, where the sum "
    "must run over those they come from. In other words, every edge is walked backwards.",
)
def _(A, W, b):
    return A @ W + b


@affine.mistake(
    "bias down the columns",
    "The bias runs down the columns: every sample got a bias of its own, and the units of a sample "
    "share it. An array of shape (d, 1) does that; b has shape (d,) and needs no reshaping.",
)
def _(A, W, b):
    return A @ W.T + b[:, None]


@affine.mistake(
    "samples as columns",
    "You treated the columns of A as the samples. That is the formula for column vectors, W a + b; "
    "in a batch the samples are rows.",
)
def _(A, W, b):
    return W @ A + b[:, None]


@affine.mistake(
    "samples as columns, bias across",
    "W @ A takes the columns of A for the samples, and then b is added across them. In a batch the "
    "samples are rows: A comes first, and W transposed.",
)
def _(A, W, b):
    return W @ A + b


@affine.mistake(
    "result transposed",
    "The numbers are right, but lie the wrong way: this is Zᵀ, with a sample in each column. "
    "Transpose once more, or change the order of the product.",
)
def _(A, W, b):
    return W @ A.T + b[:, None]


@affine.mistake(
    "elementwise",
    "You multiplied entry by entry with `*`. A unit sums over all its inputs: that is the matrix "
    "product `@`.",
)
def _(A, W, b):
    return A * W + b


@affine.mistake(
    "no bias",
    "The bias is left out: a sample of zeros must give b, and here it gives zeros.",
)
def _(A, W, b):
    return A @ W.T


@affine.mistake(
    "bias on the inputs",
    "The bias is added to the inputs, before the product, so it gets multiplied by W, too. It "
    "belongs to the units that the weights lead to.",
)
def _(A, W, b):
    return (A + b) @ W.T


# 4.3 ------------------------------------------------------------------------------------


def _networks(rng: np.random.Generator) -> list[Case]:
    def draw(widths: list[int], N: int, label: str) -> Case:
        layers = range(1, len(widths))
        W = {l: _decimals(rng, widths[l], widths[l - 1]) for l in layers}
        b = {l: _decimals(rng, widths[l]) for l in layers}
        b[len(widths) - 1] -= 3  # some outputs below zero, so that a relu there shows
        return Case(_decimals(rng, N, widths[0]), W, b, label=label)

    one = [draw([2, 3, 1], N, "one hidden layer") for N in (4, 5, 6)]
    two = [draw([3, 4, 2, 2], N, "two hidden layers") for N in (4, 5)]
    return one + two + [draw([2, 4, 3, 4, 1], 6, "three hidden layers")]


@exercise(
    "4.3",
    "Forward, for any depth",
    prompt=r"""
    Write the forward pass of a whole network for regression: $\phi$ = tanh on the hidden layers
    and the identity on the output. `X` has shape `(N, d_0)`. `W` and `b` are dictionaries with the
    number of the layer as the key, as in this chapter: `W[1]` has shape `(d_1, d_0)`, `b[1]` has
    shape `(d_1,)`, and so on up to `len(W)`, the output layer.

    Return $\hat y$, shape `(N, d_{L+1})`. The check tries one, two and three hidden layers.
    """,
    hints=[
        "One variable is enough: it starts as X and becomes the activations of layer 1, then 2, "
        "and so on. Each pass through the loop is one layer.",
        "`for l in range(1, len(W) + 1)` counts the layers as the text does. In each: the affine "
        "map of equation (4.6), then the activation.",
        "One layer is different from the others. For which l must the activation not be applied?",
    ],
    cases=_networks,
    returns="ŷ",
)
def forward_pass(X, W, b):
    """Return ŷ for a batch, shape (N, d_out), with tanh on the hidden layers.

    X: shape (N, d_0); W[l]: shape (d_l, d_{l-1}); b[l]: shape (d_l,).
    The layers are l = 1, …, len(W); the last one is the output.
    """
    a = X
    for l in range(1, len(W) + 1):
        z = a @ W[l].T + b[l]
        a = np.tanh(z) if l < len(W) else z
    return a


def _run(X, W, b, phi=np.tanh, g=lambda z: z, bias=True):
    """The forward pass with φ, g and the bias to choose."""
    a = X
    for l in range(1, len(W) + 1):
        z = a @ W[l].T + (b[l] if bias else 0)
        a = phi(z) if l < len(W) else g(z)
    return a


@forward_pass.mistake(
    "activation on the output",
    "You applied φ to the output layer, too. Then no prediction can leave the range from −1 to 1. "
    "φ belongs to the hidden layers; the output has g, here the identity.",
)
def _(X, W, b):
    return _run(X, W, b, g=np.tanh)


@forward_pass.mistake(
    "no activation",
    "There is no activation in it. So z is handed from layer to layer, and the whole network is "
    "one affine map, however deep.",
)
def _(X, W, b):
    return _run(X, W, b, phi=lambda z: z)


@forward_pass.mistake(
    "activation on the inputs",
    "φ is applied before the affine map: the inputs went through tanh, and in each layer it comes "
    "one step too early. First z, then a = φ(z).",
)
def _(X, W, b):
    return _run(np.tanh(X), W, b)


@forward_pass.mistake(
    "relu for tanh",
    "You used relu. Here the hidden layers have tanh.",
)
def _(X, W, b):
    return _run(X, W, b, phi=lambda z: np.maximum(z, 0))


@forward_pass.mistake(
    "no bias",
    "The biases are left out in every layer: inputs of zero would have to give an output of zero.",
)
def _(X, W, b):
    return _run(X, W, b, bias=False)


@forward_pass.mistake(
    "bias after the activation",
    "The bias is added after tanh. It is part of z, the value that tanh is applied to.",
)
def _(X, W, b):
    a = X
    for l in range(1, len(W) + 1):
        z = a @ W[l].T
        a = (np.tanh(z) if l < len(W) else z) + b[l]
    return a


@forward_pass.mistake(
    "output layer missing",
    "You returned the activations of the last hidden layer. The output layer is still to come: "
    "does the range of your loop end one early?",
)
def _(X, W, b):
    a = X
    for l in range(1, len(W)):
        a = np.tanh(a @ W[l].T + b[l])
    return a


@forward_pass.mistake(
    "softmax on the output",
    "You applied softmax to the output. That is for classes; here the task is regression, and the "
    "output activation is the identity.",
)
def _(X, W, b):
    def softmax(z):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    return _run(X, W, b, g=softmax)


# 4.4 ------------------------------------------------------------------------------------


def _architectures(rng: np.random.Generator) -> list[Case]:
    # Widths apart from each other and from N, so that a confusion shows.
    return [
        Case([int(d) for d in rng.permutation(np.arange(3, 40))[:depth]], int(rng.integers(50, 99)))
        for depth in (3, 3, 4, 4, 5, 5)
    ]


@exercise(
    "4.4",
    "What a forward pass costs",
    prompt=r"""
    `widths` is the list $[d_0, d_1, \dots, d_{L+1}]$ of a network, and a batch has $N$ samples.
    Return two whole numbers:

    - how many multiply-adds a forward pass of the batch takes, by equation (4.9). Adding a bias
      and applying $\phi$ don't count;
    - how many bytes the values take that are kept for the way back, by equation (4.8), in
      `float64` (8 bytes each): the inputs $a^{(0)}$, and $z$ and $a$ of every layer after them.
    """,
    hints=[
        "Do it by hand first, for widths [2, 3, 1] and N = 4. Each weight is used once for each "
        "sample. How many weights are there?",
        "For the memory, write down the shapes of a[0], z[1], a[1], z[2], a[2] and count the "
        "numbers in each.",
        "A sum over the layers l = 1, …, len(widths) − 1 has the terms widths[l] · widths[l − 1] "
        "for the weights. In the memory every width but the first comes twice.",
    ],
    cases=_architectures,
    returns=("multiply-adds", "bytes"),
)
def cost(widths, N):
    """Return (multiply-adds, bytes kept) of a forward pass, in float64.

    widths: the list [d_0, d_1, …, d_out], inputs first; N: the batch size.
    """
    layers = range(1, len(widths))
    multiply_adds = N * sum(widths[l] * widths[l - 1] for l in layers)
    kept = 8 * N * (widths[0] + 2 * sum(widths[l] for l in layers))
    return multiply_adds, kept


def _weights(widths):
    return sum(d * before for before, d in zip(widths, widths[1:], strict=False))


@cost.mistake(
    "N forgotten",
    "This is the cost of one sample. Every sample of the batch takes its own products, and its own "
    "values are kept.",
)
def _(widths, N):
    return _weights(widths), 8 * (widths[0] + 2 * sum(widths[1:]))


@cost.mistake(
    "biases counted",
    "You counted the biases among the multiply-adds. A bias is added, but nothing is multiplied; "
    "the count is of weights only.",
)
def _(widths, N):
    return N * (_weights(widths) + sum(widths[1:])), 8 * N * (widths[0] + 2 * sum(widths[1:]))


@cost.mistake(
    "output layer left out",
    "The output layer is left out: the last number of widths plays no part. It has weights like "
    "every other layer, and z and a like every other layer.",
)
def _(widths, N):
    return N * _weights(widths[:-1]), 8 * N * (widths[0] + 2 * sum(widths[1:-1]))


@cost.mistake(
    "inputs not kept",
    "The inputs are missing from the memory. The gradient of W⁽¹⁾ is made of them, so they are "
    "needed on the way back.",
)
def _(widths, N):
    return N * _weights(widths), 16 * N * sum(widths[1:])


@cost.mistake(
    "one array per layer",
    "You counted one array for each layer. There are two, z and a; only the inputs come alone.",
)
def _(widths, N):
    return N * _weights(widths), 8 * N * sum(widths)


@cost.mistake(
    "inputs twice",
    "You counted the inputs twice, as if they had a pre-activation. Layer 0 has no z: nothing is "
    "computed there.",
)
def _(widths, N):
    return N * _weights(widths), 16 * N * sum(widths)


@cost.mistake(
    "float32",
    "That is the memory in float32, with 4 bytes a number. In float64 a number takes 8.",
)
def _(widths, N):
    return N * _weights(widths), 4 * N * (widths[0] + 2 * sum(widths[1:]))


@cost.mistake(
    "numbers for bytes",
    "You counted numbers; asked for are bytes. A float64 takes 8 of them.",
)
def _(widths, N):
    return N * _weights(widths), N * (widths[0] + 2 * sum(widths[1:]))


@cost.mistake(
    "product of all widths",
    "You multiplied all widths with each other. Only neighbouring layers are connected: each pair "
    "of them has its own matrix, and the counts of the matrices add up.",
)
def _(widths, N):
    return N * int(np.prod(widths)), 8 * N * (widths[0] + 2 * sum(widths[1:]))


@cost.mistake(
    "floating-point operations",
    "That is twice the multiply-adds: you counted the multiplication and the addition one by one, "
    "as floating-point operations. Here the pair counts as one.",
)
def _(widths, N):
    return 2 * N * _weights(widths), 8 * N * (widths[0] + 2 * sum(widths[1:]))


# 4.5 ------------------------------------------------------------------------------------


def _square_logits(rng: np.random.Generator) -> list[Case]:
    ordinary = [Case(_decimals(rng, K, K), label="ordinary logits") for K in (2, 3, 3, 4, 5)]
    large = [
        Case(_decimals(rng, K, K) + rng.integers(800, 1000), label="large logits") for K in (3, 4)
    ]
    return ordinary + large


@exercise(
    "4.5",
    "Softmax for a batch",
    prompt=r"""
    `Z` holds the logits of a batch, shape `(N, K)`: a sample in each row, a class in each column.
    Return the probabilities, shape `(N, K)`: softmax of each row,

    $$p_k = \frac{e^{z_k}}{\sum_{m=1}^{K} e^{z_m}} .$$

    Every row must sum to 1, and logits near 1000 must not overflow. As in exercise 4.2 the check
    uses N = K, so that a wrong axis makes no error.
    """,
    hints=[
        "Which axis do the classes of one sample lie along? That is the axis to sum over.",
        "Softmax doesn't change if the same number is subtracted from all logits of a sample. "
        "Which number makes the largest exponent 0?",
        "`e.sum(axis=1)` has shape (N,), and dividing by it would go column by column. With "
        "`keepdims=True` it keeps the shape (N, 1), and each row is divided by its own sum.",
    ],
    cases=_square_logits,
    returns="p",
)
def softmax_rows(Z):
    """Return softmax of each row of Z, shape (N, K); safe for large logits."""
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@softmax_rows.mistake(
    "wrong axis",
    "You normalised down the columns: over the samples, for each class. The probabilities of one "
    "sample must sum to 1, so sum over the classes, axis 1.",
)
def _(Z):
    e = np.exp(Z - Z.max(axis=0))
    return e / e.sum(axis=0)


@softmax_rows.mistake(
    "no keepdims",
    "The sums are right but are divided along the wrong axis: they have shape (N,), which NumPy "
    "lays across the columns, so entry k of a row is divided by the sum of row k. keepdims=True "
    "keeps them a column.",
)
def _(Z):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1)


@softmax_rows.mistake(
    "normalised over everything",
    "You divided by the sum over the whole batch, so all N·K numbers together sum to 1. Each "
    "sample needs a sum of its own.",
)
def _(Z):
    e = np.exp(Z - Z.max())
    return e / e.sum()


@softmax_rows.mistake(
    "elementwise",
    "You treated each logit by itself, with the sigmoid. Softmax is not element-wise: each "
    "probability depends on all logits of its row, and each row sums to 1.",
)
def _(Z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-Z))


@softmax_rows.mistake(
    "overflow",
    "The formula is right, and it overflows for large logits: exp(1000) is inf, and inf / inf is "
    "nan. Subtract the row's largest logit first; softmax doesn't notice.",
)
def _(Z):
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(Z)
        return e / e.sum(axis=1, keepdims=True)


@softmax_rows.mistake(
    "not normalised",
    "These are the exponentials, not yet divided by their sum: the rows don't sum to 1.",
)
def _(Z):
    return np.exp(Z - Z.max(axis=1, keepdims=True))


@softmax_rows.mistake(
    "no exponential",
    "You divided the logits by their sum without the exponential. Logits may be negative, and then "
    "so would the probabilities be.",
)
def _(Z):
    return Z / Z.sum(axis=1, keepdims=True)


@softmax_rows.mistake(
    "logarithm",
    "This is the logarithm of the probabilities. A loss wants it; asked for are the probabilities.",
)
def _(Z):
    z = Z - Z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))
