"""Chapter 2: from the distance to a line to the rule, its bound, and the return of old weights."""

# mypy: allow-untyped-defs
# Learners see these functions as stubs, so their signatures are kept as plain as theirs.

import numpy as np

from course_utils.exercises.registry import Case, exercise

# Each known mistake is one small function, named `_` since only its message refers to it.


def _half_numbers(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Halves from −4 to 4 without 0: small numbers with which sums are exact in float64."""
    return rng.integers(1, 9, size=shape) / 2 * rng.choice([-1, 1], size=shape)


def _length(v: np.ndarray) -> float:
    return float(np.sqrt(v @ v))


# 2.1 ------------------------------------------------------------------------------------


def _lines_and_points(rng: np.random.Generator) -> list[Case]:
    sizes = {"one point": [1, 1], "several points": [2, 3, 5, 8]}
    cases = []
    for label, counts in sizes.items():
        for count in counts:
            w = _half_numbers(rng, 2) + 0.25
            cases.append(Case(w, float(_half_numbers(rng)), _scattered(rng, count), label=label))
    return cases


def _scattered(rng: np.random.Generator, count: int) -> np.ndarray:
    return _half_numbers(rng, count, 2) + rng.uniform(0.05, 0.2, size=(count, 2))


@exercise(
    "2.1",
    "How far from the line?",
    prompt=r"""
    A unit has the weights $w$, shape `(2,)`, and the bias $b$. Its boundary is the line
    $w^\top x + b = 0$. The rows of $X$, shape `(N, 2)`, are points. Return the signed distance of
    each point from the line, shape `(N,)`: positive on the side that $w$ points to, negative on the
    other. No loop is needed.
    """,
    hints=[
        "The score z grows by ‖w‖ for each step of length 1 along w. So how far have you gone when "
        "it has grown from 0 to z?",
        "All scores at once are `X @ w + b`, shape (N,).",
        "Divide the scores by the length of w, `np.sqrt(w @ w)` or `np.linalg.norm(w)`.",
    ],
    cases=_lines_and_points,
    returns="the distances",
)
def signed_distances(w, b, X):
    """Return the signed distance of N points from the line w·x + b = 0.

    w: shape (2,); b: a number; X: shape (N, 2). The result has shape (N,).
    """
    return (X @ w + b) / np.sqrt(w @ w)


@signed_distances.mistake(
    "the score itself",
    "These are the scores. Doubling w and b doubles them, while the line, and so the distance, "
    "stays. What is missing?",
)
def _(w, b, X):
    return X @ w + b


@signed_distances.mistake(
    "sign lost",
    "The distances are right, but without their signs. On which side of the line is each point?",
)
def _(w, b, X):
    return np.abs(X @ w + b) / _length(w)


@signed_distances.mistake(
    "length squared",
    "You divide by the square of the length of w. Is there a square root missing?",
)
def _(w, b, X):
    return (X @ w + b) / (w @ w)


@signed_distances.mistake(
    "b in the length",
    "The length that you divide by contains b. The line's normal is w alone. Only the margin of "
    "the convergence theorem takes the length of w and b together.",
)
def _(w, b, X):
    return (X @ w + b) / np.sqrt(w @ w + b * b)


@signed_distances.mistake(
    "no bias",
    "The bias is left out, so that these are distances from the parallel line through the origin.",
)
def _(w, b, X):
    return X @ w / _length(w)


@signed_distances.mistake(
    "bias not divided",
    "Only w·x is divided by the length, and b is added afterwards as it is. Mind the brackets.",
)
def _(w, b, X):
    return X @ w / _length(w) + b


@signed_distances.mistake(
    "sign of b",
    "b is subtracted. The line is w·x + b = 0, so that the score has a plus.",
)
def _(w, b, X):
    return (X @ w - b) / _length(w)


@signed_distances.mistake(
    "sum of the entries",
    "You divide by |w₁| + |w₂|. The length of a vector is the root of the sum of squares.",
)
def _(w, b, X):
    return (X @ w + b) / np.abs(w).sum()


@signed_distances.mistake(
    "the side only",
    "This is the output of the unit, +1 or −1. It says on which side a point is, and not how far.",
)
def _(w, b, X):
    return np.sign(X @ w + b)


# 2.2 ------------------------------------------------------------------------------------


def _looks(rng: np.random.Generator) -> list[Case]:
    """Points of all kinds: wrong, right, and on the line; each label, and several η."""
    kinds = {"a mistake": -1, "a right point": 1, "a point on the line": 0}
    return [
        Case(*_look(rng, side, y, decisive), label=label)
        for label, side in kinds.items()
        for y in (-1, 1)
        for decisive in (False, True)
    ]


def _look(rng: np.random.Generator, side: int, y: int, decisive: bool) -> tuple:
    """(w, b, x, y, eta) with y·z of the sign `side`, and nothing zero after a step.

    decisive: whether the sign would be another without b.
    """
    while True:
        w, x = _half_numbers(rng, 2), _half_numbers(rng, 2)
        b = float(_half_numbers(rng)) if side else -float(w @ x)
        eta = float(rng.choice([0.5, 1.5, 2.0, 3.0]))
        after = [b, *(w + eta * y * x), b + eta * y, *(w - eta * y * x), b - eta * y]
        fits = np.sign(y * (w @ x + b)) == side and all(after)
        if fits and (np.sign(y * (w @ x)) != (side or -1)) == decisive:
            return w, b, x, y, eta


@exercise(
    "2.2",
    "One look, one step",
    prompt=r"""
    The perceptron looks at one point: $x$ of shape `(2,)` with the label $y$, which is $-1$ or $1$.
    Return the weights and the bias after this look. On a mistake, $y\,z \le 0$, they move by the
    learning rule (2.8) with the learning rate $\eta$. Otherwise they stay.
    """,
    hints=[
        "First the score z = w·x + b. Then ask whether y·z says that this is a mistake.",
        "A point on the line, z = 0, counts as a mistake. So which of <, <= is it?",
        "On a mistake return w + ηyx and b + ηy, as new values; otherwise w and b as they came.",
    ],
    cases=_looks,
    returns=("w", "b"),
)
def perceptron_step(w, b, x, y, eta):
    """Return (w, b) after one look at the point x with label y.

    w, x: shape (2,); b: a number; y: −1 or 1; eta: the learning rate.
    """
    if y * (w @ x + b) <= 0:
        return w + eta * y * x, b + eta * y
    return w, b


@perceptron_step.mistake(
    "update on every sample",
    "The weights move at every point, also at those that are right. The rule asks first: only a "
    "mistake, y·z ≤ 0, moves them. Otherwise they never come to rest.",
)
def _(w, b, x, y, eta):
    return w + eta * y * x, b + eta * y


@perceptron_step.mistake(
    "wrong inequality at the boundary",
    "A point on the line, z = 0, is not counted as a mistake. But then zero weights, for which "
    "every point is on the boundary, would never move. Look at < and <=.",
)
def _(w, b, x, y, eta):
    if y * (w @ x + b) < 0:
        return w + eta * y * x, b + eta * y
    return w, b


@perceptron_step.mistake(
    "moves when right",
    "The weights move when the point is right, and stay when it is wrong. Which sign has y·z at a "
    "mistake?",
)
def _(w, b, x, y, eta):
    if y * (w @ x + b) > 0:
        return w + eta * y * x, b + eta * y
    return w, b


@perceptron_step.mistake(
    "sign",
    "The step goes the wrong way: it makes the mistake worse. Compare y·z before and after; it "
    "should grow.",
)
def _(w, b, x, y, eta):
    if y * (w @ x + b) <= 0:
        return w - eta * y * x, b - eta * y
    return w, b


@perceptron_step.mistake(
    "forgotten bias update",
    "b never moves. It is the weight of an input that is always 1, and moves by ηy·1.",
)
def _(w, b, x, y, eta):
    if y * (w @ x + b) <= 0:
        return w + eta * y * x, b
    return w, b


@perceptron_step.mistake(
    "no label in the step",
    "The step adds ηx, whatever the label. For a point of class −1 it has to be subtracted: where "
    "is y?",
)
def _(w, b, x, y, eta):
    if y * (w @ x + b) <= 0:
        return w + eta * x, b + eta
    return w, b


@perceptron_step.mistake(
    "label 0 for −1",
    "Points of class −1 never move the weights, as if their label were 0: 0 times x is nothing. "
    "The labels here are −1 and 1.",
)
def _(w, b, x, y, eta):
    y = (y + 1) / 2
    if y * (w @ x + b) <= 0:
        return w + eta * y * x, b + eta * y
    return w, b


@perceptron_step.mistake(
    "threshold 0 and 1 against labels −1 and 1",
    "You compare y with an output of 0 or 1. A label −1 never equals 0, so that every point of "
    "class −1 that is right is taken for a mistake. Let the output be −1 or 1, or test y·z ≤ 0.",
)
def _(w, b, x, y, eta):
    output = 1 if w @ x + b > 0 else 0
    if output != y:
        return w + eta * y * x, b + eta * y
    return w, b


@perceptron_step.mistake(
    "twice the step",
    "The step is twice as long at a point on the wrong side. With y − ŷ in place of y, a mistake "
    "gives ±2. The rule (2.8) adds ηyx.",
)
def _(w, b, x, y, eta):
    error = y - np.sign(w @ x + b)
    return w + eta * error * x, b + eta * error


@perceptron_step.mistake(
    "no bias in the score",
    "The score is computed without b, so that some points are judged by another line.",
)
def _(w, b, x, y, eta):
    if y * (w @ x) <= 0:
        return w + eta * y * x, b + eta * y
    return w, b


@perceptron_step.mistake(
    "no learning rate",
    "The step is yx and y: the learning rate η is missing.",
)
def _(w, b, x, y, eta):
    if y * (w @ x + b) <= 0:
        return w + y * x, b + y
    return w, b


@perceptron_step.mistake(
    "no learning rate for the bias",
    "b moves by y, where w moves with the learning rate. Both take η.",
)
def _(w, b, x, y, eta):
    if y * (w @ x + b) <= 0:
        return w + eta * y * x, b + y
    return w, b


# 2.3 ------------------------------------------------------------------------------------


def _passes(rng: np.random.Generator) -> list[Case]:
    """Problems with at least two mistakes in the pass, some from zero, some from elsewhere."""
    cases = []
    for label, start in (("the zero start", 0.0), ("another start", 1.0)):
        for count in (6, 8, 10):
            cases.append(Case(*_pass_problem(rng, start, count), label=label))
    return cases


def _pass_problem(rng: np.random.Generator, start: float, count: int) -> tuple:
    while True:
        w, b = start * _half_numbers(rng, 2), start * float(_half_numbers(rng))
        X, classes = _half_numbers(rng, count, 2), rng.permutation(np.arange(count) % 2)
        w_end, b_end, mistakes = _one_pass(w, b, X, 2 * classes - 1)
        if 2 <= mistakes < count - 1 and b_end and all(w_end) and _tells(w, b, X, classes):
            return w, b, X, classes


def _tells(w, b, X, classes) -> bool:
    """Whether these numbers tell the usual mistakes from the right way."""
    y = 2 * classes - 1
    right = _one_pass(w, b, X, y)
    others = [_one_pass(w, b, X, classes), _one_pass(w, b, X, -y), _at_once(w, b, X, y)]
    wrong = int((y * (X @ right[0] + right[1]) <= 0).sum())
    return wrong != right[2] and all(
        not np.array_equal(np.hstack(right), np.hstack(other)) for other in others
    )


def _one_pass(w, b, X, y, wrong=lambda yz: yz <= 0):
    mistakes = 0
    for x_n, y_n in zip(X, y, strict=True):
        if wrong(y_n * (w @ x_n + b)):
            w, b, mistakes = w + y_n * x_n, b + y_n, mistakes + 1
    return w, b, mistakes


def _at_once(w, b, X, y):
    wrong = y * (X @ w + b) <= 0
    return w + (y * wrong) @ X, b + (y * wrong).sum(), wrong.sum()


@exercise(
    "2.3",
    "One pass through the data",
    prompt=r"""
    Look at all points once, in the order of the rows of $X$, shape `(N, 2)`, with $\eta = 1$. Each
    look uses the weights as the look before has left them. The classes come as class numbers, as in
    the rest of the course: 0 or 1, shape `(N,)`. The rule wants the labels $-1$ and $1$.

    Return the weights, the bias, and the number of mistakes made on the way.
    """,
    hints=[
        "Turn the class numbers into labels first. A straight line through (0, −1) and (1, 1) does "
        "it.",
        "`for n in range(len(X)):` takes one point after the other, X[n] with y[n]. Inside, it is "
        "exercise 2.2.",
        "Count a mistake at the moment when you make it: start at 0 and add 1 beside the update. "
        "The `return` comes after the loop, not inside.",
    ],
    cases=_passes,
    returns=("w", "b", "the number of mistakes"),
)
def one_pass(w, b, X, classes):
    """Return (w, b, mistakes) after one pass of the perceptron rule, η = 1.

    w: shape (2,); b: a number; X: shape (N, 2);
    classes: shape (N,), class numbers 0 and 1.
    """
    y, mistakes = 2 * classes - 1, 0
    for n in range(len(X)):
        if y[n] * (w @ X[n] + b) <= 0:
            w, b, mistakes = w + y[n] * X[n], b + y[n], mistakes + 1
    return w, b, mistakes


@one_pass.mistake(
    "class numbers for labels",
    "You use the class numbers 0 and 1 as labels. With y = 0 the product y·z is always 0, a "
    "mistake each time, and the step 0·x moves nothing. Turn 0 into −1 first.",
)
def _(w, b, X, classes):
    return _one_pass(w, b, X, classes)


@one_pass.mistake(
    "labels turned round",
    "The labels are turned round: class 1 is to become 1, and class 0 to become −1.",
)
def _(w, b, X, classes):
    return _one_pass(w, b, X, 1 - 2 * classes)


@one_pass.mistake(
    "all points at once",
    "All points are judged by the weights of the start. The perceptron moves at once: the next "
    "point already meets the new weights.",
)
def _(w, b, X, classes):
    return _at_once(w, b, X, 2 * classes - 1)


@one_pass.mistake(
    "update on every sample",
    "The weights move at every point. Only a mistake moves them.",
)
def _(w, b, X, classes):
    w, b, _ = _one_pass(w, b, X, 2 * classes - 1, lambda yz: True)
    return w, b, len(X)


@one_pass.mistake(
    "update on every sample, mistakes counted",
    "You count the mistakes, but the weights move at every point, also at those that are right.",
)
def _(w, b, X, classes):
    mistakes = 0
    for x, y in zip(X, 2 * classes - 1, strict=True):
        mistakes += y * (w @ x + b) <= 0
        w, b = w + y * x, b + y
    return w, b, mistakes


@one_pass.mistake(
    "wrong inequality at the boundary",
    "A point with z = 0 is not counted as a mistake. From zero weights every score is 0, and "
    "nothing ever moves. Look at < and <=.",
)
def _(w, b, X, classes):
    return _one_pass(w, b, X, 2 * classes - 1, lambda yz: yz < 0)


@one_pass.mistake(
    "sign",
    "The steps go the wrong way, away from what the labels ask for.",
)
def _(w, b, X, classes):
    mistakes = 0
    for x, y in zip(X, 2 * classes - 1, strict=True):
        if y * (w @ x + b) <= 0:
            w, b, mistakes = w - y * x, b - y, mistakes + 1
    return w, b, mistakes


@one_pass.mistake(
    "forgotten bias update",
    "b stays where it was. It moves by y at each mistake.",
)
def _(w, b, X, classes):
    mistakes = 0
    for x, y in zip(X, 2 * classes - 1, strict=True):
        if y * (w @ x + b) <= 0:
            w, mistakes = w + y * x, mistakes + 1
    return w, b, mistakes


@one_pass.mistake(
    "counted afterwards",
    "The weights are right, but the mistakes are counted at the end, with the weights of the end. "
    "The theorem counts those made on the way: add 1 beside each update.",
)
def _(w, b, X, classes):
    y = 2 * classes - 1
    w, b, _ = _one_pass(w, b, X, y)
    return w, b, (y * (X @ w + b) <= 0).sum()


@one_pass.mistake(
    "visits counted",
    "You count the points looked at. A mistake is a look that moved the weights.",
)
def _(w, b, X, classes):
    w, b, _ = _one_pass(w, b, X, 2 * classes - 1)
    return w, b, len(X)


@one_pass.mistake(
    "return inside the loop",
    "It ends after the first mistake. Does `return` stand inside the loop, or is there a `break`?",
)
def _(w, b, X, classes):
    for x, y in zip(X, 2 * classes - 1, strict=True):
        if y * (w @ x + b) <= 0:
            return w + y * x, b + y, 1
    return w, b, 0


# 2.4 ------------------------------------------------------------------------------------


def _separated(rng: np.random.Generator) -> list[Case]:
    """Points with a line that separates them; neither w nor (w, b) has length 1."""
    cases = []
    for count in (4, 5, 6, 8, 10, 12):
        w, b = _half_numbers(rng, 2), float(_half_numbers(rng))
        X = _scattered(rng, 60) * rng.uniform(0.5, 1.5)
        z = X @ w + b
        keep = np.concatenate([np.flatnonzero(z > 0.2)[:2], np.flatnonzero(z < -0.2)[:2]])
        rest = [n for n in np.flatnonzero(np.abs(z) > 0.2) if n not in keep]
        keep = rng.permutation(np.concatenate([keep, rest])[:count].astype(int))
        cases.append(Case(w, b, X[keep], np.sign(z[keep]).astype(int)))
    return cases


@exercise(
    "2.4",
    "How many mistakes at most?",
    prompt=r"""
    The line $w^\top x + b = 0$ separates the points $X$, shape `(N, 2)`, with the labels $y$, shape
    `(N,)`, each $-1$ or $1$. Return the three numbers of the convergence theorem:

    - $R$, the length of the longest $\tilde x = (x, 1)$;
    - the margin $\gamma$ of this line: the smallest $y\,\tilde w^\top \tilde x$, divided by the
      length of $\tilde w = (w, b)$;
    - the bound $(R/\gamma)^2$ on the number of mistakes.
    """,
    hints=[
        "Append the constant 1 to each point, and b to w. Then everything happens in three "
        "dimensions, and b needs no care of its own.",
        "`np.column_stack([X, np.ones(len(X))])` has the rows x̃; `np.append(w, b)` is w̃. The "
        "lengths of all rows are `np.linalg.norm(A, axis=1)`.",
        "γ is the smallest entry of y·(X̃ w̃), divided by the length of w̃. All entries are "
        "positive, since the line separates the points.",
    ],
    cases=_separated,
    returns=("R", "γ", "the bound"),
)
def mistake_bound(w, b, X, y):
    """Return (R, gamma, bound) for points that the line w·x + b = 0 separates.

    w: shape (2,); b: a number; X: shape (N, 2); y: shape (N,), labels −1 and 1.
    """
    X1 = np.column_stack([X, np.ones(len(X))])
    w1 = np.append(w, b)
    R = np.linalg.norm(X1, axis=1).max()
    gamma = (y * (X1 @ w1)).min() / np.linalg.norm(w1)
    return R, gamma, (R / gamma) ** 2


def _bound(w, b, X, y, one=1.0, length=None, least=np.min, most=np.max, power=2):
    """R, γ and the bound with one thing or another done differently."""
    R = most(np.sqrt((X**2).sum(axis=1) + one))
    length = np.sqrt(w @ w + b * b) if length is None else length(w)
    gamma = least(y * (X @ w + b)) / length
    return R, gamma, (R / gamma) ** power


@mistake_bound.mistake(
    "R without the 1",
    "R is the length of the longest x, without the constant 1 that carries the bias. In the "
    "theorem, R and γ must belong to the same vectors x̃ = (x, 1).",
)
def _(w, b, X, y):
    return _bound(w, b, X, y, one=0.0)


@mistake_bound.mistake(
    "γ not divided",
    "γ is the smallest score, not divided by the length of w̃. Doubling w̃ would then double γ, "
    "and the bound could be made as small as one likes.",
)
def _(w, b, X, y):
    return _bound(w, b, X, y, length=lambda w: 1.0)


@mistake_bound.mistake(
    "γ divided by the length of w",
    "γ is divided by the length of w alone: that is the distance in the plane. With R measured on "
    "(x, 1), the length must be that of (w, b).",
)
def _(w, b, X, y):
    return _bound(w, b, X, y, length=_length)


@mistake_bound.mistake(
    "both without the bias",
    "R and γ are both measured in the plane, without the 1 and without b. But the rule also moves "
    "the bias, so the proof needs x̃ = (x, 1) and w̃ = (w, b).",
)
def _(w, b, X, y):
    return _bound(w, b, X, y, one=0.0, length=_length)


@mistake_bound.mistake(
    "mean for minimum",
    "γ is the mean over the points. It is the point nearest to the line that counts: the smallest.",
)
def _(w, b, X, y):
    return _bound(w, b, X, y, least=np.mean)


@mistake_bound.mistake(
    "maximum for minimum",
    "γ is that of the farthest point. It is the point nearest to the line that counts.",
)
def _(w, b, X, y):
    return _bound(w, b, X, y, least=np.max)


@mistake_bound.mistake(
    "labels forgotten",
    "γ is negative: the smallest score without its label. A point of class −1 that is right has a "
    "negative score, and y·z is positive.",
)
def _(w, b, X, y):
    return _bound(w, b, X, np.ones(len(X)))


@mistake_bound.mistake(
    "smallest R",
    "R is the length of the shortest x̃. Each mistake may add as much as the longest one.",
)
def _(w, b, X, y):
    return _bound(w, b, X, y, most=np.min)


@mistake_bound.mistake(
    "no square",
    "R and γ are right, but the square is missing. It comes from ‖w̃‖ growing as the square root "
    "of the number of mistakes.",
)
def _(w, b, X, y):
    return _bound(w, b, X, y, power=1)


@mistake_bound.mistake(
    "upside down",
    "The bound is upside down: a wide margin means few mistakes.",
)
def _(w, b, X, y):
    return _bound(w, b, X, y, power=-2)


# 2.5 ------------------------------------------------------------------------------------


def _histories(rng: np.random.Generator) -> list[Case]:
    """Weights over time. A first return, then another to still older weights; or none."""
    cases = [Case(_history(rng, oldest), label="a return") for oldest in (0, 1) * 3]
    return cases + [Case(_history(rng, None), label="no return") for _ in range(2)]


def _history(rng: np.random.Generator, oldest: int | None) -> np.ndarray:
    """(T, 3). Rows 2 and 4 agree in w and not in b; rows 0 and 3 in one entry.

    oldest: the row that returns last, after a younger one has returned; None for no return.
    """
    while True:
        H = rng.integers(-9, 10, size=(int(rng.integers(9, 13)), 3)).astype(float)
        H[3, 0], H[4, :2] = H[0, 0], H[2, :2]
        if len(np.unique(H, axis=0)) == len(H) and not (H[1:] == H[:-1]).any():
            break
    if oldest is not None:
        H[rng.integers(6, 8)] = H[rng.integers(2, 5)]
        H[-1] = H[oldest]
    return H


@exercise(
    "2.5",
    "Has it been here before?",
    prompt=r"""
    `history` has the shape `(T, 3)`. Row $t$ holds $(w_1, w_2, b)$ after mistake $t$, and row 0 the
    start. Find the first return: the smallest $j$ for which row $j$ equals an earlier row $i < j$.
    Return $(i, j)$, or $(-1, -1)$ if no row returns. The numbers are whole, so you may compare them
    exactly.
    """,
    hints=[
        "Two loops: j from 1 up, and for each j all earlier i. As soon as two rows are equal, you "
        "have the answer. Why must j be the outer loop?",
        "`history[i] == history[j]` compares entry by entry and gives three values. All three must "
        "be true.",
        "`np.array_equal(history[i], history[j])` says whether two rows are equal. After both "
        "loops, return −1, −1.",
    ],
    cases=_histories,
    returns=("i", "j"),
)
def first_return(history):
    """Return (i, j): row j is the first one that equals an earlier row, i.

    history: shape (T, 3). The result is (-1, -1) where no row returns.
    """
    for j in range(len(history)):
        for i in range(j):
            if np.array_equal(history[i], history[j]):
                return i, j
    return -1, -1


def _search(pairs, same):
    for i, j in pairs:
        if same(i, j):
            return i, j
    return -1, -1


def _pairs(T: int) -> list[tuple[int, int]]:
    """All i < j, the smallest j first."""
    return [(i, j) for j in range(T) for i in range(j)]


@first_return.mistake(
    "bias left out",
    "You compare w and leave out b. With the same w and another b it is another line.",
)
def _(history):
    return _search(_pairs(len(history)), lambda i, j: (history[i] == history[j])[:2].all())


@first_return.mistake(
    "one equal entry",
    "One equal entry is enough for you. Two weight vectors are the same if all entries are.",
)
def _(history):
    return _search(_pairs(len(history)), lambda i, j: (history[i] == history[j]).any())


@first_return.mistake(
    "only against the start",
    "You compare with the start only. The weights may come back to any earlier place.",
)
def _(history):
    return _search(
        [(0, j) for j in range(1, len(history))], lambda i, j: (history[i] == history[j]).all()
    )


@first_return.mistake(
    "only neighbours",
    "You compare each row with the one before it. A mistake always moves the weights, so "
    "neighbours are never equal. Compare with all earlier rows.",
)
def _(history):
    return _search(
        [(j - 1, j) for j in range(1, len(history))], lambda i, j: (history[i] == history[j]).all()
    )


@first_return.mistake(
    "smallest i first",
    "You found the oldest weights that ever return. Asked for is the first moment at which any "
    "return happens: j belongs in the outer loop.",
)
def _(history):
    T = len(history)
    pairs = [(i, j) for i in range(T) for j in range(i + 1, T)]
    return _search(pairs, lambda i, j: (history[i] == history[j]).all())


@first_return.mistake(
    "equal to itself",
    "Row 0 equals itself, and that is what you found. Only earlier rows count: i < j.",
)
def _(history):
    return 0, 0


@first_return.mistake(
    "the other way round",
    "The pair is turned round: the earlier row comes first.",
)
def _(history):
    i, j = _search(_pairs(len(history)), lambda i, j: (history[i] == history[j]).all())
    return j, i
