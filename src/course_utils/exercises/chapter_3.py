"""Chapter 3: what hidden layers compute, how they bend, and how they fall silent."""

# mypy: allow-untyped-defs
# Learners see these functions as stubs, so their signatures are kept as plain as theirs.

import numpy as np

from course_utils.exercises.registry import Case, exercise

# Each known mistake is one small function, named `_` since only its message refers to it.


def _layer(rng: np.random.Generator, d_out: int, d_in: int) -> tuple[np.ndarray, np.ndarray]:
    """W, shape (d_out, d_in), and b, shape (d_out,), with no entry near 0."""
    W = rng.uniform(0.3, 1.2, size=(d_out, d_in)) * rng.choice([-1, 1], size=(d_out, d_in))
    b = rng.uniform(0.3, 1.0, size=d_out) * rng.choice([-1, 1], size=d_out)
    return W, b


# 3.1 ------------------------------------------------------------------------------------


def _networks(rng: np.random.Generator) -> list[Case]:
    """Square layers, so that a transposed W makes no error: it has to be seen in the values."""
    sizes = {"one sample": [1, 1], "a batch": [4, 5, 7, 9]}
    return [
        Case(rng.normal(size=(n, 3)), *_layer(rng, 3, 3), *_layer(rng, 3, 3), label=label)
        for label, counts in sizes.items()
        for n in counts
    ]


@exercise(
    "3.1",
    "A network with one hidden layer",
    prompt=r"""
    Compute the output of a network with one hidden layer for a batch. The hidden layer uses
    $\phi = \tanh$; the network is for regression, so its output activation $g$ is the identity:

    $$\begin{aligned} A &= \tanh\big(X W^{(1)\top} + b^{(1)}\big), \\
      \hat Y &= A\, W^{(2)\top} + b^{(2)}. \end{aligned}$$

    The samples are the rows of $X$, shape `(N, 3)`. All layers have 3 units, so `W1` and `W2` have
    shape `(3, 3)`: a transposed matrix raises no error here, and $W_{ji}$ leads from unit $i$ to
    unit $j$.
    """,
    hints=[
        "Two layers, two lines: first Z and A of the hidden layer, then the output from A.",
        "Row j of W1 holds the weights into unit j. So entry (n, j) of Z is the dot product of row "
        "n of X with row j of W1: which of X @ W1 and X @ W1.T is that?",
        "A = np.tanh(X @ W1.T + b1). The second layer has the same form, without the tanh.",
    ],
    cases=_networks,
    returns="Ŷ",
)
def network(X, W1, b1, W2, b2):
    """Return the outputs Ŷ, shape (N, 3), of a 3-3-3 network, tanh inside.

    X: shape (N, 3); W1, W2: shape (3, 3), row j leads to unit j;
    b1, b2: shape (3,).
    """
    A = np.tanh(X @ W1.T + b1)
    return A @ W2.T + b2


@network.mistake(
    "transposed W",
    "Both weight matrices are the wrong way round. In a batch a layer is X Wᵀ + b: W_ji leads from "
    "unit i to unit j, so a row of W belongs to a unit of the next layer. With square matrices "
    "nothing complains. Look for the two transposes.",
)
def _(X, W1, b1, W2, b2):
    return np.tanh(X @ W1 + b1) @ W2 + b2


@network.mistake(
    "transposed W1",
    "W1 is the wrong way round, W2 is right. Row j of W1 leads to hidden unit j; with square "
    "matrices nothing complains. Look at the product with X.",
)
def _(X, W1, b1, W2, b2):
    return np.tanh(X @ W1 + b1) @ W2.T + b2


@network.mistake(
    "transposed W2",
    "W2 is the wrong way round, W1 is right. Row j of W2 leads to output j; with square matrices "
    "nothing complains. Look at the product with A.",
)
def _(X, W1, b1, W2, b2):
    return np.tanh(X @ W1.T + b1) @ W2 + b2


@network.mistake(
    "activation on the output",
    "The output went through tanh as well. φ belongs to the hidden layers; for regression g is the "
    "identity. A network that ends in tanh can never predict more than 1.",
)
def _(X, W1, b1, W2, b2):
    return np.tanh(np.tanh(X @ W1.T + b1) @ W2.T + b2)


@network.mistake(
    "no activation",
    "There is no tanh between the layers. Two affine layers in a row are one affine layer, and the "
    "hidden units are of no use. Where does φ go?",
)
def _(X, W1, b1, W2, b2):
    return (X @ W1.T + b1) @ W2.T + b2


@network.mistake(
    "activation on the output only",
    "The tanh is at the end, where none belongs, and missing in the hidden layer. Look at which "
    "layer is the hidden one.",
)
def _(X, W1, b1, W2, b2):
    return np.tanh((X @ W1.T + b1) @ W2.T + b2)


@network.mistake(
    "bias after the activation",
    "b1 is added after the tanh. It belongs to z, inside the brackets: it moves the place where "
    "the unit bends, and not the unit's value.",
)
def _(X, W1, b1, W2, b2):
    return (np.tanh(X @ W1.T) + b1) @ W2.T + b2


@network.mistake(
    "no hidden bias",
    "b1 is left out. Then all units bend along lines through the origin. Compare your first line "
    "with the formula.",
)
def _(X, W1, b1, W2, b2):
    return np.tanh(X @ W1.T) @ W2.T + b2


@network.mistake(
    "no output bias",
    "b2 is left out. Compare your last line with the formula.",
)
def _(X, W1, b1, W2, b2):
    return np.tanh(X @ W1.T + b1) @ W2.T


@network.mistake(
    "relu for tanh",
    "The hidden layer uses ReLU; the exercise asks for tanh.",
)
def _(X, W1, b1, W2, b2):
    return np.maximum(X @ W1.T + b1, 0) @ W2.T + b2


@network.mistake(
    "hidden layer only",
    "These are the activations A of the hidden layer. The output layer is still to come.",
)
def _(X, W1, b1, W2, b2):
    return np.tanh(X @ W1.T + b1)


# 3.2 ------------------------------------------------------------------------------------


def _two_layers(rng: np.random.Generator) -> list[Case]:
    return [Case(*_layer(rng, d, d), *_layer(rng, d, d)) for d in (2, 3, 2, 4, 3)]


@exercise(
    "3.2",
    "Two affine layers are one",
    prompt=r"""
    Two layers without an activation function compute
    $z = W^{(2)}\big(W^{(1)} x + b^{(1)}\big) + b^{(2)}$. Find the one layer that does the same:
    $W$ and $b$ with $z = Wx + b$ for every $x$.

    All matrices have shape `(d, d)`, all biases `(d,)`.
    """,
    hints=[
        "Multiply out the brackets. Which part contains x, and which doesn't?",
        "W⁽¹⁾ acts on x first, so it stands next to x. Matrix products don't commute.",
        "W is W⁽²⁾W⁽¹⁾. The first bias goes through the second layer, too: b is W⁽²⁾b⁽¹⁾ + b⁽²⁾.",
    ],
    cases=_two_layers,
    returns=("W", "b"),
)
def collapse(W1, b1, W2, b2):
    """Return (W, b) with W x + b = W2 (W1 x + b1) + b2 for every x.

    W1, W2 and W: shape (d, d); b1, b2 and b: shape (d,).
    """
    return W2 @ W1, W2 @ b1 + b2


@collapse.mistake(
    "wrong order",
    "W: the two matrices are multiplied in the wrong order. The layer that acts first stands next "
    "to x, on the right.",
)
def _(W1, b1, W2, b2):
    return W1 @ W2, W2 @ b1 + b2


@collapse.mistake(
    "biases added",
    "b: the two biases are added as they are. But the first one is part of what the second layer "
    "receives, and is multiplied by W2 with the rest. Multiply out the brackets.",
)
def _(W1, b1, W2, b2):
    return W2 @ W1, b1 + b2


@collapse.mistake(
    "wrong order, biases added",
    "The matrices are in the wrong order (the first layer's stands next to x), and the biases are "
    "added as they are, though the first one goes through the second layer.",
)
def _(W1, b1, W2, b2):
    return W1 @ W2, b1 + b2


@collapse.mistake(
    "elementwise product",
    "W: `*` multiplies entry by entry. One layer after the other is the matrix product.",
)
def _(W1, b1, W2, b2):
    return W2 * W1, W2 @ b1 + b2


@collapse.mistake(
    "second bias lost",
    "b: the bias of the second layer is missing. What is z for x = 0?",
)
def _(W1, b1, W2, b2):
    return W2 @ W1, W2 @ b1


@collapse.mistake(
    "first bias lost",
    "b: the bias of the first layer is missing. What is z for x = 0?",
)
def _(W1, b1, W2, b2):
    return W2 @ W1, b2


@collapse.mistake(
    "transposed",
    "W: this is the transpose. For a single column x there is none to be taken: z = W⁽²⁾W⁽¹⁾x + b.",
)
def _(W1, b1, W2, b2):
    return (W2 @ W1).T, W2 @ b1 + b2


@collapse.mistake(
    "sum of the matrices",
    "W: you added the matrices. Two layers one after the other multiply; they would add if they "
    "stood side by side.",
)
def _(W1, b1, W2, b2):
    return W2 + W1, W2 @ b1 + b2


# 3.3 ------------------------------------------------------------------------------------


def _hats(rng: np.random.Generator) -> list[Case]:
    cases = []
    for sign in (1, -1, 1, 1, -1, -1):
        left, width = rng.integers(-20, 5) / 10, rng.integers(7, 25) / 10
        height = sign * rng.integers(13, 40) / 10
        x = np.sort(rng.uniform(left - 1, left + width + 2, size=9))
        x[4] = left + 0.4 * width  # one point on the hat, whatever is drawn
        x[8] = left + width + 1.5  # and one beyond it
        cases.append(Case(x, float(left), float(left + width), float(height)))
    return cases


@exercise(
    "3.3",
    "A hat of three ReLUs",
    prompt=r"""
    Build a hat from shifted ReLUs: a function of one number $x$ that is 0 up to $l$ (`left`), rises
    in a straight line to the height $h$ half way between $l$ and $r$ (`right`), falls in a straight
    line back to 0 at $r$, and stays 0.

    With $m = (l + r)/2$ it has the form
    $c_1\,\mathrm{relu}(x - l) + c_2\,\mathrm{relu}(x - m) + c_3\,\mathrm{relu}(x - r)$. Find the
    coefficients, and return the values for all entries of $x$, shape `(N,)`.
    """,
    hints=[
        "relu(x − l) has slope 0 up to l, and slope 1 after it. So c₁ is the slope of the hat's "
        "left side. How long is that side, and how high does it climb?",
        "At m the slope must change from s to −s. By how much is that?",
        "With s = h / (m − l): c₁ = s, c₂ = −2s, c₃ = s. After r the three slopes add up to 0.",
    ],
    cases=_hats,
    returns="the hat",
)
def hat(x, left, right, height):
    """Return the hat over x, shape (N,).

    It is 0 outside left … right and has its height in the middle.
    """
    middle = (left + right) / 2
    slope = height / (middle - left)
    bends = np.maximum(x - left, 0) - 2 * np.maximum(x - middle, 0) + np.maximum(x - right, 0)
    return slope * bends


def _bends(x, left, right, c=(1, -2, 1)):
    places = (left, (left + right) / 2, right)
    return sum(ck * np.maximum(x - place, 0) for ck, place in zip(c, places, strict=True))


@hat.mistake(
    "slope over the whole width",
    "The hat is half as high as it should be: the slope is height / (right − left). It reaches the "
    "top half way already. Over which distance does it climb?",
)
def _(x, left, right, height):
    return height / (right - left) * _bends(x, left, right)


@hat.mistake(
    "height for slope",
    "You used the height as the slope. A line with slope h climbs h per unit of x, and the left "
    "side isn't 1 wide.",
)
def _(x, left, right, height):
    return height * _bends(x, left, right)


@hat.mistake(
    "no 2 in the middle",
    "At the middle you took the slope away once: that makes it level, not falling. From +s to −s "
    "it has to change by how much?",
)
def _(x, left, right, height):
    return 2 * height / (right - left) * _bends(x, left, right, (1, -1, 1))


@hat.mistake(
    "plateau",
    "The function climbs and then stays level: the slope is taken away once at the middle, and "
    "that is all. It still has to come down.",
)
def _(x, left, right, height):
    return 2 * height / (right - left) * _bends(x, left, right, (1, -1, 0))


@hat.mistake(
    "no third ReLU",
    "Beyond `right` your function goes on falling without end. A third ReLU has to bring the slope "
    "back to 0 there.",
)
def _(x, left, right, height):
    return 2 * height / (right - left) * _bends(x, left, right, (1, -2, 0))


@hat.mistake(
    "wrong sign at the end",
    "Beyond `right` the slope isn't 0: the last ReLU has the wrong sign. Add up the three slopes.",
)
def _(x, left, right, height):
    return 2 * height / (right - left) * _bends(x, left, right, (1, -2, -1))


@hat.mistake(
    "ReLU of the whole",
    "You cut the finished hat off at 0 with one more ReLU, which loses every hat that points "
    "down. The sum of the three is 0 outside by itself.",
)
def _(x, left, right, height):
    return np.maximum(2 * height / (right - left) * _bends(x, left, right), 0)


# 3.4 ------------------------------------------------------------------------------------


def _widths(rng: np.random.Generator) -> list[Case]:
    lengths = (3, 3, 4, 4, 5, 6)
    return [Case([int(d) for d in rng.integers(2, 30, size=n)]) for n in lengths]


@exercise(
    "3.4",
    "Count the parameters",
    prompt=r"""
    How many parameters, weights and biases together, has a network with the widths
    $d_0, d_1, \dots, d_{L+1}$ (a list of whole numbers, the inputs first)? Each layer from 1 to
    $L + 1$ has a weight matrix $W^{(\ell)} \in \mathbb{R}^{d_\ell \times d_{\ell-1}}$ and a bias
    $b^{(\ell)} \in \mathbb{R}^{d_\ell}$. A 2-3-1 network has 13.
    """,
    hints=[
        "How many numbers are in W⁽ℓ⁾, and how many in b⁽ℓ⁾? The inputs are layer 0: they have "
        "neither.",
        "Layer l leads from `widths[l - 1]` units to `widths[l]` units, and l runs from 1 to "
        "`len(widths) - 1`.",
        "Sum (widths[l − 1] + 1) · widths[l] over the layers. For 2-3-1: 3·3 + 4·1 = 13.",
    ],
    cases=_widths,
    returns="the number of parameters",
)
def parameter_count(widths):
    """Return how many weights and biases a network with these widths has.

    widths: a list such as [2, 3, 1], the inputs first.
    """
    return sum((widths[l - 1] + 1) * widths[l] for l in range(1, len(widths)))


def _pairs(widths):
    return list(zip(widths, widths[1:], strict=False))


@parameter_count.mistake(
    "no biases",
    "The biases are missing: this counts the weights alone. How many units have a bias?",
)
def _(widths):
    return sum(i * o for i, o in _pairs(widths))


@parameter_count.mistake(
    "biases for the inputs",
    "You gave the inputs biases, too. Layer 0 computes nothing: it is the data.",
)
def _(widths):
    return sum(i * o for i, o in _pairs(widths)) + sum(widths)


@parameter_count.mistake(
    "no bias at the output",
    "The biases of the output layer are missing. It is an affine layer like the others.",
)
def _(widths):
    return sum((i + 1) * o for i, o in _pairs(widths)) - widths[-1]


@parameter_count.mistake(
    "bias counted on the wrong side",
    "A layer has one bias for each unit it leads to, d_ℓ of them; you counted one for each unit it "
    "comes from.",
)
def _(widths):
    return sum(i * (o + 1) for i, o in _pairs(widths))


@parameter_count.mistake(
    "one bias a layer",
    "You counted one bias for each layer. Each unit has its own.",
)
def _(widths):
    return sum(i * o + 1 for i, o in _pairs(widths))


@parameter_count.mistake(
    "units counted",
    "This is the number of units. The parameters stand on the connections between them, and one at "
    "each unit that computes.",
)
def _(widths):
    return sum(widths)


@parameter_count.mistake(
    "product of all widths",
    "You multiplied all widths. Only neighbouring layers are connected; their numbers of weights "
    "add up.",
)
def _(widths):
    return int(np.prod(widths))


@parameter_count.mistake(
    "output layer forgotten",
    "The last layer is missing: L hidden layers and an output make L + 1 weight matrices. Look at "
    "where your loop ends.",
)
def _(widths):
    return sum((i + 1) * o for i, o in _pairs(widths)[:-1])


# 3.5 ------------------------------------------------------------------------------------


def _layers_with_dead_units(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n in (6, 7, 9, 10, 12, 14, 15):
        X, W = rng.normal(size=(n, 3)), rng.normal(size=(12, 3))
        b = rng.normal(size=12) - 0.6
        dead = rng.permutation(12)[: rng.integers(1, 6)]
        b[dead] = -(X @ W[dead].T).max(axis=0) - rng.uniform(0.1, 1, size=len(dead))
        cases.append(Case(X, W, b))
    return cases


@exercise(
    "3.5",
    "Find the dead units",
    prompt=r"""
    A ReLU unit is dead on a data set if its pre-activation is not positive on *any* sample:
    $z_j^{(n)} \le 0$ for all $n$. Count the dead units of a layer with
    $Z = X W^\top + b$: $X$ has shape `(N, 3)`, $W$ `(12, 3)` and $b$ `(12,)`.
    """,
    hints=[
        "Compute Z first. Which shape does it have, and which axis are the samples?",
        "`Z <= 0` is an array of True and False. A unit is dead if its whole column is True.",
        "`.all(axis=0)` goes down the columns and leaves one answer for each unit; `.sum()` counts "
        "the True ones.",
    ],
    cases=_layers_with_dead_units,
    returns="the number of dead units",
)
def dead_units(X, W, b):
    """Return how many of the 12 ReLU units are off on every sample.

    X: shape (N, 3); W: shape (12, 3); b: shape (12,).
    """
    Z = X @ W.T + b
    return (Z <= 0).all(axis=0).sum()


@dead_units.mistake(
    "off on some sample",
    "You counted the units that are off on some sample. That is healthy: a ReLU that is never off "
    "is a straight line. Dead is off on all of them.",
)
def _(X, W, b):
    return (X @ W.T + b <= 0).any(axis=0).sum()


@dead_units.mistake(
    "live units",
    "This is the number of units that are still alive. Look at the direction of your comparison.",
)
def _(X, W, b):
    return 12 - (X @ W.T + b <= 0).all(axis=0).sum()


@dead_units.mistake(
    "share for number",
    "This is the share of dead units; their number is asked for. Look for a mean.",
)
def _(X, W, b):
    return (X @ W.T + b <= 0).all(axis=0).mean()


@dead_units.mistake(
    "off on average",
    "You counted the units whose mean pre-activation is not positive. One sample with z > 0 keeps "
    "a unit alive, however low the mean.",
)
def _(X, W, b):
    return ((X @ W.T + b).mean(axis=0) <= 0).sum()


@dead_units.mistake(
    "zeros counted",
    "You counted zeros over all units and samples. They have to be counted unit by unit: over "
    "which axis do you ask for `all`?",
)
def _(X, W, b):
    return (X @ W.T + b <= 0).sum()


@dead_units.mistake(
    "no bias",
    "The bias is left out of Z. A very negative bias is what kills most units.",
)
def _(X, W, b):
    return (X @ W.T <= 0).all(axis=0).sum()


# 3.6 ------------------------------------------------------------------------------------


def _pre_activations(rng: np.random.Generator) -> list[Case]:
    ordinary = [Case(rng.normal(size=n) * 2, label="ordinary z") for n in (3, 4, 5, 6)]
    large = []
    for n in (3, 5, 6):
        z = rng.normal(size=n)
        z[0], z[1] = rng.uniform(800, 2000), -rng.uniform(800, 2000)
        large.append(Case(z, label="very large z"))
    return [*ordinary, *large]


@exercise(
    "3.6",
    "The derivative of sigmoid, for every z",
    prompt=r"""
    For $\sigma(z) = 1/(1 + e^{-z})$ the derivative is
    $\sigma'(z) = \sigma(z)\,\big(1 - \sigma(z)\big)$. Compute it for an array of pre-activations
    $z$, shape `(N,)`. It has to be right for $z = \pm 1000$, too, where it is 0 to all digits, and
    $e^{1000}$ is more than a float64 can hold.
    """,
    hints=[
        "σ′ is even: σ′(−z) = σ′(z). So you may choose the sign of z that suits you.",
        "e^(−|z|) lies between 0 and 1 for every z.",
        "With e = np.exp(-np.abs(z)) the derivative is e / (1 + e)².",
    ],
    cases=_pre_activations,
    returns="σ′(z)",
)
def sigmoid_derivative(z):
    """Return σ′(z) for pre-activations z of shape (N,).

    Also where e^z or e^(−z) overflows.
    """
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def _sigma(z):
    return 1 / (1 + np.exp(-z))


@sigmoid_derivative.mistake(
    "overflow in a quotient",
    "For very negative z, e^(−z) is infinite, and ∞/∞² is nan. Everything else is right. Write it "
    "so that only e^(−|z|) occurs.",
)
def _(z):
    return np.exp(-z) / (1 + np.exp(-z)) ** 2


@sigmoid_derivative.mistake(
    "overflow in a quotient, for positive z",
    "For very large z, e^z is infinite, and ∞/∞² is nan. Everything else is right. Write it so "
    "that only e^(−|z|) occurs.",
)
def _(z):
    return np.exp(z) / (1 + np.exp(z)) ** 2


@sigmoid_derivative.mistake(
    "sigmoid itself",
    "This is σ(z), not its derivative. Its slope is greatest at z = 0 and dies out on both sides.",
)
def _(z):
    return _sigma(z)


@sigmoid_derivative.mistake(
    "φ′ of a",
    "You applied the derivative to a = σ(z) in place of z: sigmoid is taken twice. φ′ wants the "
    "pre-activation.",
)
def _(z):
    a = _sigma(_sigma(z))
    return a * (1 - a)


@sigmoid_derivative.mistake(
    "z(1 − z)",
    "You computed z(1 − z). That formula holds with a = σ(z) in the place of z.",
)
def _(z):
    return z * (1 - z)


@sigmoid_derivative.mistake(
    "derivative of tanh",
    "This is 1 − σ². With a = tanh z, 1 − a² is the derivative of tanh; sigmoid's is a(1 − a).",
)
def _(z):
    return 1 - _sigma(z) ** 2


@sigmoid_derivative.mistake(
    "1 − σ",
    "This is 1 − σ(z). The other factor is missing.",
)
def _(z):
    return 1 - _sigma(z)
