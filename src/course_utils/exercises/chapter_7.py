"""Chapter 7: from one student's prediction to the gradient of a hidden layer."""

# mypy: allow-untyped-defs
# Learners see these functions as stubs, so their signatures are kept as plain as theirs.

import numpy as np

from course_utils.exercises.registry import Case, exercise

# Each known mistake is one small function, named `_` since only its message refers to it.


def _hours(rng: np.random.Generator, count: int) -> np.ndarray:
    """Hours of self-study and homework, shape (count, 2)."""
    return rng.integers(10, 100, size=(count, 2)) / 10


def _parameters(rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Weights, shape (2,), and a bias, none near 0."""
    w1, w2, b = rng.integers(3, 30, size=3) / 10 * rng.choice([-1, 1], size=3)
    return np.array([w1, w2]), float(b)


def _scores(rng: np.random.Generator, count: int) -> np.ndarray:
    """Test scores, shape (count,)."""
    return rng.integers(20, 200, size=count) / 10


def _one_student(rng: np.random.Generator) -> list[Case]:
    return [Case(*_parameters(rng), _hours(rng, 1)[0], float(_scores(rng, 1)[0])) for _ in range(8)]


def _classes(rng: np.random.Generator) -> list[Case]:
    sizes = {"a class of one": [1, 1], "a class of two": [2, 2], "a larger class": [4, 5, 7, 12]}
    return [
        Case(*_parameters(rng), _hours(rng, count), _scores(rng, count), label=label)
        for label, counts in sizes.items()
        for count in counts
    ]


# 7.1 ------------------------------------------------------------------------------------


def _classes_without_scores(rng: np.random.Generator) -> list[Case]:
    return [
        Case(X, w, b, label=case.label) for case in _classes(rng) for w, b, X, _ in [case.inputs]
    ]


@exercise(
    "7.1",
    "Predict for a whole class at once",
    prompt=r"""
    For one student the model is $\hat y = w^\top x + b$, with $x$ and $w$ of shape `(2,)`. For a
    class of $N$ students the hours are the rows of $X$, of shape `(N, 2)`, and the predictions
    $\hat y$ have shape `(N,)`: one for each student.

    Compute them all in one expression, without a loop.
    """,
    hints=[
        "Row n of X is the student x⁽ⁿ⁾. Write the prediction for that row on paper, as a sum of "
        "three terms.",
        "`X @ v` takes the dot product of every row of X with the vector v. Which shape does it "
        "have for X of shape (N, 2)?",
        "The bias is one number and the same for all students. NumPy adds a number to every "
        "element of an array: add it after the product.",
    ],
    cases=_classes_without_scores,
    returns="ŷ",
)
def predict(X, w, b):
    """Return the predictions ŷ of the linear model for N students.

    X: shape (N, 2), a student in each row; w: shape (2,); b: a number.
    ŷ has shape (N,).
    """
    return X @ w + b


@predict.mistake(
    "no bias",
    "The bias b is left out. This model could only predict 0 for a student who studies 0 hours. "
    "Compare your expression with the formula term by term.",
)
def _(X, w, b):
    return X @ w


@predict.mistake(
    "bias before the weights",
    "The bias is added to the hours before they are weighted, so that it gets multiplied by w, "
    "too. Look at the order in which product and sum are taken.",
)
def _(X, w, b):
    return (X + b) @ w


@predict.mistake(
    "bias in each term",
    "The bias is in the sum twice: once for each kind of hours? A unit has one bias, whatever the "
    "number of its inputs. Look at what you sum over.",
)
def _(X, w, b):
    return (X * w + b).sum(axis=1)


@predict.mistake(
    "mean for sum",
    "You averaged the two products where wᵀx is their sum. Look at the function that brings them "
    "together.",
)
def _(X, w, b):
    return (X * w).mean(axis=1) + b


@predict.mistake(
    "no sum",
    "You multiplied the hours by the weights but did not add the two products up: there are two "
    "numbers for each student. `*` works element by element; which operation also sums?",
)
def _(X, w, b):
    return X * w + b


@predict.mistake(
    "sum over the students",
    "The products are summed over the students (axis 0), which mixes different people's hours. "
    "The sum in wᵀx runs over the two kinds of hours of one student.",
)
def _(X, w, b):
    return (X * w).sum(axis=0) + b


@predict.mistake(
    "one column",
    "The numbers are right, but they stand in a column of shape (N, 1). Subtract scores of shape "
    "(N,) from that and NumPy makes an (N, N) array without a word. Look for a reshape or a None "
    "in an index.",
)
def _(X, w, b):
    return (X @ w + b)[:, None]


@predict.mistake(
    "first student only",
    "This is the prediction for the first student alone. X holds N of them, one in each row; "
    "look for an index.",
)
def _(X, w, b):
    return X[0] @ w + b


# 7.2 ------------------------------------------------------------------------------------


@exercise(
    "7.2",
    "The gradient for one student",
    prompt=r"""
    One student has studied $x$ hours, shape `(2,)`, and scored $y$. The prediction is
    $\hat y = w^\top x + b$ and the loss is $L = (\hat y - y)^2$.

    Compute $\partial L/\partial w$, of shape `(2,)`, and $\partial L/\partial b$, a number.
    Follow the chain rule: first $\delta = \partial L/\partial \hat y$, then what
    $\hat y$ owes to $w$ and to $b$.
    """,
    hints=[
        "The parameters act on the loss through ŷ only. So everything starts with one number, "
        "δ = ∂L/∂ŷ. What is the derivative of (ŷ − y)² with respect to ŷ?",
        "How much does ŷ = w₁x₁ + w₂x₂ + b change if w₁ grows by a little? And if b does? These "
        "are ∂ŷ/∂w and ∂ŷ/∂b.",
        "Multiply: ∂L/∂w = δ · ∂ŷ/∂w and ∂L/∂b = δ · ∂ŷ/∂b. For the student (2, 3) with score 10 "
        "and all parameters 0 they are (−40, −60) and −20.",
    ],
    cases=_one_student,
    returns=("∂L/∂w", "∂L/∂b"),
)
def student_gradient(w, b, x, y):
    """Return (∂L/∂w, ∂L/∂b) of L = (wᵀx + b − y)² for one student.

    w, x: shape (2,); b, y: numbers. ∂L/∂w has shape (2,), ∂L/∂b is a number.
    """
    y_hat = w @ x + b
    delta = 2 * (y_hat - y)
    return delta * x, delta


@student_gradient.mistake(
    "sign",
    "The sign is wrong: you took y − ŷ where the derivative of (ŷ − y)² has ŷ − y. Descent with "
    "this would walk uphill. Look at the order in the difference.",
)
def _(w, b, x, y):
    delta = 2 * (y - w @ x - b)
    return delta * x, delta


@student_gradient.mistake(
    "no factor 2",
    "It is half of what it should be: the derivative of a square is missing its factor. "
    "Differentiate u² with respect to u, then put ŷ − y for u.",
)
def _(w, b, x, y):
    error = w @ x + b - y
    return error * x, error


@student_gradient.mistake(
    "no bias in the prediction",
    "The prediction in your δ leaves out the bias b, so you have the gradient at another point. "
    "Look at how ŷ is computed.",
)
def _(w, b, x, y):
    delta = 2 * (w @ x - y)
    return delta * x, delta


@student_gradient.mistake(
    "no target",
    "δ is computed from the prediction alone; the score y doesn't come in. The loss measures a "
    "difference. Look at what you differentiate.",
)
def _(w, b, x, y):
    delta = 2 * (w @ x + b)
    return delta * x, delta


@student_gradient.mistake(
    "no dot product",
    "Your ŷ is not one number: `*` multiplies w and x element by element and leaves two products. "
    "wᵀx is their sum. Print the shape of your ŷ.",
)
def _(w, b, x, y):
    delta = 2 * (w * x + b - y)
    return delta * x, delta


@student_gradient.mistake(
    "the error squared",
    "You multiplied the loss itself, (ŷ − y)², by the inputs. The chain rule asks for its "
    "derivative with respect to ŷ. Look at your δ.",
)
def _(w, b, x, y):
    loss = (w @ x + b - y) ** 2
    return loss * x, loss


@student_gradient.mistake(
    "δ alone",
    "In ∂L/∂w, you stopped at δ = ∂L/∂ŷ. The chain rule has a second factor, ∂ŷ/∂w, which has one "
    "element for each weight. Which is it?",
)
def _(w, b, x, y):
    delta = 2 * (w @ x + b - y)
    return delta, delta


@student_gradient.mistake(
    "δ for both weights",
    "Both elements of your ∂L/∂w are δ itself. But the two weights multiply different hours, so "
    "ŷ reacts to them differently. What is ∂ŷ/∂w₁, and what ∂ŷ/∂w₂?",
)
def _(w, b, x, y):
    delta = 2 * (w @ x + b - y)
    return np.array([delta, delta]), delta


@student_gradient.mistake(
    "w for x",
    "In ∂L/∂w, you multiplied δ by w. In w₁x₁ it is x₁ that stays when you differentiate with "
    "respect to w₁; multiplying by w would give the gradient for the inputs.",
)
def _(w, b, x, y):
    delta = 2 * (w @ x + b - y)
    return delta * w, delta


@student_gradient.mistake(
    "b times δ",
    "In ∂L/∂b, you multiplied δ by b. The bias enters ŷ as b itself. By how much does ŷ grow if b "
    "grows by 0.1?",
)
def _(w, b, x, y):
    delta = 2 * (w @ x + b - y)
    return delta * x, delta * b


@student_gradient.mistake(
    "one for the bias",
    "Your ∂L/∂b is 1. That is ∂ŷ/∂b, the last factor of the chain rule; what comes before it?",
)
def _(w, b, x, y):
    return 2 * (w @ x + b - y) * x, 1.0


# 7.3 ------------------------------------------------------------------------------------


def _steps(rng: np.random.Generator) -> list[Case]:
    rates = rng.permutation([0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.08])
    return [
        Case(*case.inputs, float(eta)) for case, eta in zip(_one_student(rng), rates, strict=True)
    ]


@exercise(
    "7.3",
    "One step, all parameters together",
    prompt=r"""
    Take one step of gradient descent for one student with loss $L = (w^\top x + b - y)^2$:

    $$w \leftarrow w - \eta\,\frac{\partial L}{\partial w}, \qquad
      b \leftarrow b - \eta\,\frac{\partial L}{\partial b}.$$

    Both gradients are those at the *old* $w$ and $b$: all parameters move together. Return the new
    $w$, shape `(2,)`, and the new $b$, a number. Leave the arrays that you were given as they are.
    """,
    hints=[
        "The gradient is that of exercise 7.2. Compute all of it before anything moves.",
        "Gradient descent goes against the gradient: from the old value take η times the gradient "
        "away.",
        "Compute δ = 2(ŷ − y) once, from the old w and b, and use it in both lines. Give the new "
        "values new names, and write `w - …`, not `w -= …`, which changes the caller's array.",
    ],
    cases=_steps,
    returns=("new w", "new b"),
)
def descent_step(w, b, x, y, eta):
    """Return (w, b) after one step of gradient descent on L = (wᵀx + b − y)².

    w, x: shape (2,); b, y and the learning rate eta: numbers.
    The arguments keep their values.
    """
    delta = 2 * (w @ x + b - y)
    return w - eta * delta * x, b - eta * delta


@descent_step.mistake(
    "uphill",
    "The step goes the wrong way: along the gradient, where the loss grows. Look at the sign "
    "before η, and at the sign of your δ.",
)
def _(w, b, x, y, eta):
    delta = 2 * (w @ x + b - y)
    return w + eta * delta * x, b + eta * delta


@descent_step.mistake(
    "w first",
    "new b is computed with the w that has moved already. The two gradients then belong to "
    "different points, and together they are the gradient of nothing. Look at the order of your "
    "lines: what must be computed before anything moves?",
)
def _(w, b, x, y, eta):
    w = w - eta * 2 * (w @ x + b - y) * x
    return w, b - eta * 2 * (w @ x + b - y)


@descent_step.mistake(
    "b first",
    "new w is computed with the b that has moved already. The two gradients then belong to "
    "different points, and together they are the gradient of nothing. Look at the order of your "
    "lines: what must be computed before anything moves?",
)
def _(w, b, x, y, eta):
    b = b - eta * 2 * (w @ x + b - y)
    return w - eta * 2 * (w @ x + b - y) * x, b


@descent_step.mistake(
    "no learning rate",
    "You took the whole gradient away; the learning rate doesn't come in. Such a step lands far "
    "beyond the valley. Look for η in the formula, and in your lines.",
)
def _(w, b, x, y, eta):
    delta = 2 * (w @ x + b - y)
    return w - delta * x, b - delta


@descent_step.mistake(
    "divided by the learning rate",
    "You divided by the learning rate. A small η is to make a small step; look at what yours does.",
)
def _(w, b, x, y, eta):
    delta = 2 * (w @ x + b - y)
    return w - delta * x / eta, b - delta / eta


@descent_step.mistake(
    "learning rate twice",
    "The learning rate is in the step twice, so the step is far too short. Look for a second η.",
)
def _(w, b, x, y, eta):
    delta = 2 * (w @ x + b - y)
    return w - eta**2 * delta * x, b - eta**2 * delta


@descent_step.mistake(
    "no hours in the step of w",
    "w moves by η times δ alone. That is the step for the bias; in the gradient for a weight "
    "there is also the input that it multiplies.",
)
def _(w, b, x, y, eta):
    delta = 2 * (w @ x + b - y)
    return w - eta * delta, b - eta * delta


@descent_step.mistake(
    "hours in the step of b",
    "The step for b contains the hours x. They belong to the weights; the bias enters ŷ "
    "without them. What is ∂ŷ/∂b?",
)
def _(w, b, x, y, eta):
    delta = 2 * (w @ x + b - y)
    return w - eta * delta * x, b - eta * delta * x


@descent_step.mistake(
    "half a step",
    "The step is half as long as it should be. Look at the derivative of the square.",
)
def _(w, b, x, y, eta):
    error = w @ x + b - y
    return w - eta * error * x, b - eta * error


@descent_step.mistake(
    "the change alone",
    "This is the change, −η times the gradient, and not the parameter after it. A step starts from "
    "where the parameters are.",
)
def _(w, b, x, y, eta):
    delta = 2 * (w @ x + b - y)
    return -eta * delta * x, -eta * delta


@descent_step.mistake(
    "the gradient alone",
    "This is the gradient. The step that uses it is still to be taken.",
)
def _(w, b, x, y, eta):
    delta = 2 * (w @ x + b - y)
    return delta * x, delta


@descent_step.mistake(
    "nothing moves",
    "It comes back as it went in. Is the new value computed, and is it what you return?",
)
def _(w, b, x, y, eta):
    return w, b


@descent_step.mistake(
    "weights stay",
    "w has not moved. Look at what you return for it.",
)
def _(w, b, x, y, eta):
    return w, b - eta * 2 * (w @ x + b - y)


@descent_step.mistake(
    "bias stays",
    "b has not moved. It is a parameter like the weights, with a gradient of its own. Look at what "
    "you return for it.",
)
def _(w, b, x, y, eta):
    return w - eta * 2 * (w @ x + b - y) * x, b


@descent_step.mistake(
    "two steps",
    "You took two steps. One is asked for: each parameter moves once.",
)
def _(w, b, x, y, eta):
    for _step in range(2):
        delta = 2 * (w @ x + b - y)
        w, b = w - eta * delta * x, b - eta * delta
    return w, b


# 7.4 ------------------------------------------------------------------------------------


@exercise(
    "7.4",
    "The gradient for the whole class",
    prompt=r"""
    For a class of $N$ students the loss is the mean of theirs,

    $$L = \frac1N \sum_{n=1}^{N} \left(w^\top x^{(n)} + b - y^{(n)}\right)^2 .$$

    Compute $\partial L/\partial w$, shape `(2,)`, and $\partial L/\partial b$, a number, from $X$,
    shape `(N, 2)`, and $y$, shape `(N,)`, without a loop. Put the $1/N$ into the vector of the
    $\delta^{(n)}$; then everything after it is a sum.
    """,
    hints=[
        "The gradient of a mean is the mean of the gradients. So begin with the N gradients of "
        "exercise 7.2: δ⁽ⁿ⁾x⁽ⁿ⁾ for the weights and δ⁽ⁿ⁾ for the bias.",
        "Compute ŷ for the whole class, then the vector δ = 2(ŷ − y)/N. Print its shape: it must "
        "be (N,), like y.",
        "∂L/∂b is the sum of δ. ∂L/∂w is the sum of the rows of X, each times its δ⁽ⁿ⁾: a matrix "
        "product of δ and X, in the one order that gives shape (2,).",
    ],
    cases=_classes,
    returns=("∂L/∂w", "∂L/∂b"),
)
def class_gradient(w, b, X, y):
    """Return (∂L/∂w, ∂L/∂b) of the mean squared error of N students.

    w: shape (2,); b: a number; X: shape (N, 2); y: shape (N,).
    ∂L/∂w has shape (2,), ∂L/∂b is a number.
    """
    delta = 2 * (X @ w + b - y) / len(y)
    return delta @ X, delta.sum()


def _class_delta(w, b, X, y):
    """δ⁽ⁿ⁾ for each student, shape (N,), the 1/N inside."""
    return 2 * (X @ w + b - y) / len(y)


@class_gradient.mistake(
    "sum for mean",
    "You summed over the students where the loss takes their mean. Then the step would grow with "
    "the class. Look for the 1/N.",
)
def _(w, b, X, y):
    delta = 2 * (X @ w + b - y)
    return delta @ X, delta.sum()


@class_gradient.mistake(
    "averaged twice",
    "The 1/N comes in twice: once inside δ and once more in a mean. Look for a `mean` after a "
    "division by N.",
)
def _(w, b, X, y):
    delta = _class_delta(w, b, X, y) / len(y)
    return delta @ X, delta.sum()


@class_gradient.mistake(
    "sign",
    "The sign is wrong: your error is y − ŷ where the derivative has ŷ − y. Look at the order in "
    "the difference.",
)
def _(w, b, X, y):
    delta = -_class_delta(w, b, X, y)
    return delta @ X, delta.sum()


@class_gradient.mistake(
    "no factor 2",
    "It is half of what it should be. Look at the derivative of the square.",
)
def _(w, b, X, y):
    delta = _class_delta(w, b, X, y) / 2
    return delta @ X, delta.sum()


@class_gradient.mistake(
    "no bias in the prediction",
    "The predictions in your δ leave out the bias b. Look at how ŷ is computed.",
)
def _(w, b, X, y):
    delta = _class_delta(w, 0, X, y)
    return delta @ X, delta.sum()


@class_gradient.mistake(
    "bias not summed",
    "∂L/∂b has one number for each student. All of them share one bias, so their shares come "
    "together in one number. How?",
)
def _(w, b, X, y):
    delta = _class_delta(w, b, X, y)
    return delta @ X, delta


@class_gradient.mistake(
    "nothing summed",
    "These are the shares of the single students, one in each row. All students use the same "
    "parameters, so their shares come together in one gradient. How?",
)
def _(w, b, X, y):
    delta = _class_delta(w, b, X, y)
    return delta[:, None] * X, delta


@class_gradient.mistake(
    "bias summed, weights averaged",
    "∂L/∂b is a sum over the students, ∂L/∂w a mean. Both belong to the same loss: look for the "
    "1/N in ∂L/∂b.",
)
def _(w, b, X, y):
    delta = _class_delta(w, b, X, y)
    return delta @ X, delta.sum() * len(y)


@class_gradient.mistake(
    "weights summed, bias averaged",
    "∂L/∂w is a sum over the students, ∂L/∂b a mean. Both belong to the same loss: look for the "
    "1/N in ∂L/∂w.",
)
def _(w, b, X, y):
    delta = _class_delta(w, b, X, y)
    return delta @ X * len(y), delta.sum()


@class_gradient.mistake(
    "bias averaged twice",
    "In ∂L/∂b the 1/N comes in twice: once inside δ and once more in a mean.",
)
def _(w, b, X, y):
    delta = _class_delta(w, b, X, y)
    return delta @ X, delta.mean()


@class_gradient.mistake(
    "broadcast",
    "Somewhere a column of shape (N, 1) meets y of shape (N,). NumPy makes that an (N, N) array "
    "of every prediction minus every score, without a word. Print the shape of ŷ − y.",
)
def _(w, b, X, y):
    delta = 2 * ((X @ w + b)[:, None] - y) / len(y)
    return X.T @ delta, delta.sum()


@class_gradient.mistake(
    "broadcast, by rows",
    "The error ŷ − y has become an (N, N) array: a column of shape (N, 1) met y of shape (N,), "
    "and NumPy took every prediction minus every score. Print the shapes of ŷ and of y.",
)
def _(w, b, X, y):
    delta = 2 * ((X @ w + b)[:, None] - y) / len(y)
    return delta.T @ X, delta.sum()


@class_gradient.mistake(
    "broadcast, then averaged",
    "Each prediction is compared with the mean score. Either you averaged y, or a column of shape "
    "(N, 1) met y of shape (N,), and you averaged the (N, N) array of all differences which that "
    "makes. Print the shape of ŷ − y.",
)
def _(w, b, X, y):
    delta = 2 * ((X @ w + b)[:, None] - y)
    return (X.T @ delta / len(y)).mean(axis=1), delta.mean()


@class_gradient.mistake(
    "last student only",
    "This is the last student's share alone. In a loop, `=` throws away what the students before "
    "have contributed; look for a `+=`, or do without the loop.",
)
def _(w, b, X, y):
    delta = 2 * (X[-1] @ w + b - y[-1])
    return delta * X[-1], delta


@class_gradient.mistake(
    "mean over both axes",
    "Your ∂L/∂w is one number: the mean is taken over the students and over the weights. Each "
    "weight has a derivative of its own. Which axis of (N, 2) are the students?",
)
def _(w, b, X, y):
    delta = 2 * (X @ w + b - y)
    return (delta[:, None] * X).mean(), delta.mean()


@class_gradient.mistake(
    "gradient of the mean student",
    "You averaged the students first and took the gradient for the mean student. The mean of "
    "products δ⁽ⁿ⁾x⁽ⁿ⁾ is not the product of their means. What has to be averaged last?",
)
def _(w, b, X, y):
    delta = 2 * (X @ w + b - y).mean()
    return delta * X.mean(axis=0), delta


# 7.5 ------------------------------------------------------------------------------------


def _hours_only(rng: np.random.Generator) -> list[Case]:
    students = np.array([[1.0, 2.0], [2.0, 3.0], [3.0, 1.0], [4.0, 5.0]])
    others = [Case(_hours(rng, count), label="other classes") for count in (3, 4, 5, 8, 12)]
    return [Case(students, label="the four students"), *others]


def _curvatures(X, bias=True):
    """The eigenvalues of the Hessian of the mean squared error, ascending."""
    A = np.column_stack([X, np.ones(len(X))]) if bias else X
    return np.linalg.eigvalsh(2 * A.T @ A / len(X))


@exercise(
    "7.5",
    "The largest stable learning rate",
    prompt=r"""
    Full-batch gradient descent on $L = \frac1N\sum_n (w^\top x^{(n)} + b - y^{(n)})^2$ converges
    for every learning rate below a limit, and diverges beyond it from almost every start. The limit
    depends on the hours $X$ alone: $L$ is quadratic in the three parameters $(w_1, w_2, b)$, so its
    Hessian, the `(3, 3)` matrix of second derivatives, is the same everywhere. Let $\lambda$ be
    the largest eigenvalue of that matrix. Along its eigenvector each step multiplies the
    distance to the minimum by $1 - \eta\lambda$.

    Compute the limit from $X$, shape `(N, 2)`. For the course's four students it is about 0.0578.
    """,
    hints=[
        "For which η does multiplying by 1 − ηλ again and again shrink a number? Solve "
        "|1 − ηλ| < 1.",
        "Write the gradient with the bias as a third weight, whose input is always 1: the matrix A "
        "has the rows (x₁, x₂, 1), and the gradient is (2/N) Aᵀ(Aθ − y). Differentiate once more.",
        "Append a column of ones to X (np.column_stack), build the (3, 3) Hessian from A, take "
        "np.linalg.eigvalsh of it: its eigenvalues come in ascending order.",
    ],
    cases=_hours_only,
    returns="the limit",
)
def largest_rate(X):
    """Return the learning rate up to which gradient descent converges.

    X: shape (N, 2), the hours of N students. The loss is the mean squared error
    of a linear model with a weight for each column and a bias.
    """
    A = np.column_stack([X, np.ones(len(X))])
    hessian = 2 / len(X) * A.T @ A
    return 2 / np.linalg.eigvalsh(hessian).max()


@largest_rate.mistake(
    "1/λ",
    "This is 1/λ, half of the limit. Up to there every step approaches the minimum from one side. "
    "Beyond it the steps overshoot, but for a while the overshoots still shrink. Until when?",
)
def _(X):
    return 1 / _curvatures(X).max()


@largest_rate.mistake(
    "no factor 2 in the Hessian",
    "The limit is twice too large: your λ is half of what it should be. Differentiate the square "
    "twice and look for the factor that comes down.",
)
def _(X):
    return 4 / _curvatures(X).max()


@largest_rate.mistake(
    "no bias column",
    "This is the limit for a model without a bias. The bias moves along with the weights, and the "
    "Hessian has a row and a column for it. What is its input?",
)
def _(X):
    return 2 / _curvatures(X, bias=False).max()


@largest_rate.mistake(
    "no 1/N",
    "Your Hessian is that of the sum over the students; the loss is their mean. As it stands the "
    "limit shrinks with every student who joins. Look for the 1/N.",
)
def _(X):
    return 2 / _curvatures(X).max() / len(X)


@largest_rate.mistake(
    "smallest eigenvalue",
    "You took the smallest eigenvalue, the direction in which the valley is flattest. The steepest "
    "one diverges first. Look at which eigenvalue you pick.",
)
def _(X):
    return 2 / _curvatures(X).min()


@largest_rate.mistake(
    "sum of the eigenvalues",
    "You used the sum of the eigenvalues (the trace). It gives a rate that is safe but smaller "
    "than the limit. Each direction has its own eigenvalue; which one decides?",
)
def _(X):
    return 2 / _curvatures(X).sum()


@largest_rate.mistake(
    "diagonal only",
    "You used the largest diagonal element of the Hessian. That is the curvature along one "
    "parameter's axis; the steepest direction lies between the axes. What measures it?",
)
def _(X):
    A = np.column_stack([X, np.ones(len(X))])
    return 2 / (2 * A.T @ A / len(X)).diagonal().max()


@largest_rate.mistake(
    "the curvature itself",
    "This is λ, the largest curvature. The limit on the learning rate follows from it: the steeper "
    "the valley, the smaller the step. For which η does |1 − ηλ| stay below 1?",
)
def _(X):
    return _curvatures(X).max()


@largest_rate.mistake(
    "singular value not squared",
    "You took the largest singular value of the data matrix as it is. The Hessian contains "
    "AᵀA, whose eigenvalues are the squares of A's singular values.",
)
def _(X):
    A = np.column_stack([X, np.ones(len(X))])
    return 2 / (2 / len(X) * np.linalg.norm(A, 2))


# 7.6 ------------------------------------------------------------------------------------


def _noisy_classes(rng: np.random.Generator) -> list[Case]:
    def draw(count: int, noise: float, label: str) -> Case:
        w, b = _parameters(rng)
        X = _hours(rng, count)
        X[:3] = [1.0, 2.0], [2.0, 7.0], [6.0, 1.0]  # three that are never on one line
        return Case(X, np.round(X @ w + b + noise * rng.normal(size=count), 2), label=label)

    exact = [draw(count, 0.0, "scores without noise") for count in (4, 6)]
    return exact + [draw(count, 2.0, "noisy scores") for count in (4, 5, 8, 12)]


@exercise(
    "7.6",
    "Straight to the minimum",
    prompt=r"""
    A linear model needs no descent: the minimum of the mean squared error can be computed. With the
    bias as a third weight, $A$ = $X$ with a column of ones, shape `(N, 3)`, and
    $\theta = (w_1, w_2, b)$, the gradient is zero exactly where the *normal equations* hold:

    $$A^\top A\,\theta = A^\top y .$$

    Compute $w$, shape `(2,)`, and $b$, a number, from $X$, shape `(N, 2)`, and $y$, shape `(N,)`.
    The columns of $A$ are linearly independent.
    """,
    hints=[
        "Build A first: np.column_stack puts X and a column of ones next to each other. Its shape "
        "must be (N, 3).",
        "np.linalg.solve(M, v) finds θ with Mθ = v. What are M, of shape (3, 3), and v, of shape "
        "(3,), here?",
        "θ has three elements in the order of A's columns. Return those that belong to the hours, "
        "and apart from them the one that belongs to the ones. (np.linalg.lstsq(A, y) is the "
        "same in one call, and more accurate.)",
    ],
    cases=_noisy_classes,
    returns=("w", "b"),
)
def least_squares(X, y):
    """Return (w, b) with the least mean squared error of Xw + b from y.

    X: shape (N, 2); y: shape (N,). w has shape (2,), b is a number.
    """
    A = np.column_stack([X, np.ones(len(X))])
    theta = np.linalg.solve(A.T @ A, A.T @ y)
    return theta[:2], theta[2]


@least_squares.mistake(
    "no bias column",
    "You fitted a plane through the origin: without a column of ones the bias is held at 0, and "
    "the weights are bent to make up for it. Look at the shape of your A.",
)
def _(X, y):
    return np.linalg.solve(X.T @ X, X.T @ y), 0.0


@least_squares.mistake(
    "bias afterwards",
    "You fitted the weights without a bias and then chose the best b for them. But the best "
    "weights depend on b: all three have to be found together. Look at where the ones come in.",
)
def _(X, y):
    w = np.linalg.solve(X.T @ X, X.T @ y)
    return w, (y - X @ w).mean()


@least_squares.mistake(
    "mean score as bias",
    "Your b is the mean score. That is the best bias for students who study the mean number of "
    "hours; b is the prediction for 0 hours. Put the mean hours into the model and solve for b.",
)
def _(X, y):
    w = _fit(X, y)[:2]
    return w, y.mean()


@least_squares.mistake(
    "order of the columns",
    "The three numbers are right, but split in the wrong place: the order of θ is that of A's "
    "columns. Which column did you put the ones in?",
)
def _(X, y):
    w1, w2, b = _fit(X, y)
    return np.array([b, w1]), w2


@least_squares.mistake(
    "not solved",
    "This is Aᵀy, the right-hand side of the normal equations. They are still to be solved for θ.",
)
def _(X, y):
    A = np.column_stack([X, np.ones(len(X))])
    v = A.T @ y
    return v[:2], v[2]


@least_squares.mistake(
    "one weight at a time",
    "Each weight is fitted as if the others were 0. They share the work: the hours of self-study "
    "and homework and the ones are not orthogonal. The normal equations couple all three.",
)
def _(X, y):
    A = np.column_stack([X, np.ones(len(X))])
    theta = A.T @ y / (A.T @ A).diagonal()
    return theta[:2], theta[2]


@least_squares.mistake(
    "multiplied for solved",
    "You multiplied Aᵀy by AᵀA where the equations ask to undo that multiplication. Look for an "
    "inverse, or better a solve.",
)
def _(X, y):
    A = np.column_stack([X, np.ones(len(X))])
    theta = A.T @ A @ (A.T @ y)
    return theta[:2], theta[2]


@least_squares.mistake(
    "first students only",
    "Your plane goes exactly through the first three students and ignores the rest. Least squares "
    "weighs all N of them: A is not square, AᵀA is.",
)
def _(X, y):
    theta = _fit(X[:3], y[:3])
    return theta[:2], theta[2]


def _fit(X, y):
    """θ = (w₁, w₂, b) of least squares, shape (3,)."""
    return np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y, rcond=None)[0]


# 7.7 ------------------------------------------------------------------------------------


def _small_networks(rng: np.random.Generator) -> list[Case]:
    def draw() -> Case:
        W1 = rng.integers(2, 10, size=(2, 2)) / 10 * rng.choice([-1, 1], size=(2, 2))
        b1 = rng.integers(1, 9, size=2) / 10 * rng.choice([-1, 1], size=2)
        w2 = rng.integers(5, 20, size=2) / 10 * rng.choice([-1, 1], size=2)
        x = rng.integers(3, 12, size=2) / 10
        return Case(W1, b1, w2, float(rng.integers(1, 9)) / 10, x, float(_scores(rng, 1)[0]))

    return [draw() for _ in range(10)]


@exercise(
    "7.7",
    "One layer further back",
    prompt=r"""
    Now the 2-2-1 network: $z = W x + b$ and $a = \tanh(z)$ on the hidden layer, all with two
    units, then $\hat y = v^\top a + c$ and $L = (\hat y - y)^2$. In the code the hidden layer has
    `W1`, shape `(2, 2)`, and `b1`, shape `(2,)`; the output has `w2`, shape `(2,)`, and the number
    `b2`, which are $v$ and $c$ here.

    Compute $\delta = \partial L/\partial z$ of the hidden layer, shape `(2,)`, and
    $\partial L/\partial W$, shape `(2, 2)`, for one student. As everywhere in the course,
    $W_{ji}$ leads from input $i$ to hidden unit $j$. The derivative of $\tanh$ at $z$ is
    $1 - \tanh^2(z)$.
    """,
    hints=[
        "First forward: z, a, ŷ. Then back from the end: the error at the output is the 2(ŷ − y) "
        "of the linear model, one number.",
        "The output hands its error to the hidden unit j through the weight v_j, which gives "
        "∂L/∂a_j. From a_j to z_j it is one more factor: the slope of tanh at z_j.",
        "∂L/∂W_ji = δ_j x_i, as W_ji multiplies x_i on its way into z_j. np.outer(p, q) has the "
        "element p_j q_i in row j and column i.",
    ],
    cases=_small_networks,
    returns=("δ", "∂L/∂W"),
)
def hidden_gradient(W1, b1, w2, b2, x, y):
    """Return (δ, ∂L/∂W) of the hidden layer of a 2-2-1 tanh network.

    One student. W1: shape (2, 2); b1, w2, x: shape (2,); b2, y: numbers.
    δ = ∂L/∂z has shape (2,), ∂L/∂W has the shape of W1.
    """
    a = np.tanh(W1 @ x + b1)
    y_hat = w2 @ a + b2
    delta = 2 * (y_hat - y) * w2 * (1 - a**2)
    return delta, np.outer(delta, x)


def _hidden(W1, b1, w2, b2, x, y):
    """z and a of the hidden layer, and δ of the output."""
    z = W1 @ x + b1
    a = np.tanh(z)
    return z, a, 2 * (w2 @ a + b2 - y)


@hidden_gradient.mistake(
    "no activation derivative",
    "You stopped at ∂L/∂a. On the way from a to z there is the slope of tanh, one number for each "
    "unit; without it a saturated unit would learn as fast as any other.",
)
def _(W1, b1, w2, b2, x, y):
    _, _, error = _hidden(W1, b1, w2, b2, x, y)
    delta = error * w2
    return delta, np.outer(delta, x)


@hidden_gradient.mistake(
    "derivative at a",
    "You took the slope of tanh at a, which is tanh(z) already. φ′ wants z. If your line says "
    "1 − tanh(a)², tanh has been applied twice.",
)
def _(W1, b1, w2, b2, x, y):
    _, a, error = _hidden(W1, b1, w2, b2, x, y)
    delta = error * w2 * (1 - np.tanh(a) ** 2)
    return delta, np.outer(delta, x)


@hidden_gradient.mistake(
    "1 − z²",
    "You took 1 − z² for the slope of tanh. It is 1 − tanh²(z): what is squared is the activation "
    "and not the pre-activation.",
)
def _(W1, b1, w2, b2, x, y):
    z, _, error = _hidden(W1, b1, w2, b2, x, y)
    delta = error * w2 * (1 - z**2)
    return delta, np.outer(delta, x)


@hidden_gradient.mistake(
    "derivative of the sigmoid",
    "You took a(1 − a) for the slope. That belongs to the sigmoid; the units here have tanh.",
)
def _(W1, b1, w2, b2, x, y):
    _, a, error = _hidden(W1, b1, w2, b2, x, y)
    delta = error * w2 * a * (1 - a)
    return delta, np.outer(delta, x)


@hidden_gradient.mistake(
    "no output weights",
    "The error of the output is handed to both hidden units alike. Each gets its share through "
    "the weight that leads from it to the output.",
)
def _(W1, b1, w2, b2, x, y):
    _, a, error = _hidden(W1, b1, w2, b2, x, y)
    delta = error * (1 - a**2)
    return delta, np.outer(delta, x)


@hidden_gradient.mistake(
    "transpose",
    "Your ∂L/∂W is the transpose. Row j is to belong to hidden unit j, column i to input i, like "
    "W itself. Both are 2 by 2 here, so no error shows it: look at the order in the outer product.",
)
def _(W1, b1, w2, b2, x, y):
    _, a, error = _hidden(W1, b1, w2, b2, x, y)
    delta = error * w2 * (1 - a**2)
    return delta, np.outer(x, delta)


@hidden_gradient.mistake(
    "a for x",
    "In ∂L/∂W, you multiplied δ by the activation a of the hidden layer itself. What W multiplies "
    "on the way forward is the input of its layer.",
)
def _(W1, b1, w2, b2, x, y):
    _, a, error = _hidden(W1, b1, w2, b2, x, y)
    delta = error * w2 * (1 - a**2)
    return delta, np.outer(delta, a)


@hidden_gradient.mistake(
    "elementwise",
    "In ∂L/∂W, you multiplied δ and x element by element, so unit 1 meets input 1 only and unit 2 "
    "input 2 only. Every unit has a weight for every input: four products.",
)
def _(W1, b1, w2, b2, x, y):
    _, a, error = _hidden(W1, b1, w2, b2, x, y)
    delta = error * w2 * (1 - a**2)
    return delta, delta * x


@hidden_gradient.mistake(
    "W transposed going forward",
    "On the way forward you used the transpose of W. W_ji leads from input i to unit j, so row j "
    "belongs to unit j. With two units and two inputs no shape betrays it.",
)
def _(W1, b1, w2, b2, x, y):
    _, a, error = _hidden(W1.T, b1, w2, b2, x, y)
    delta = error * w2 * (1 - a**2)
    return delta, np.outer(delta, x)


@hidden_gradient.mistake(
    "no activation going forward",
    "Your ŷ is computed from z; the hidden layer's tanh is left out on the way forward. Look at "
    "what enters the output.",
)
def _(W1, b1, w2, b2, x, y):
    z = W1 @ x + b1
    delta = 2 * (w2 @ z + b2 - y) * w2 * (1 - np.tanh(z) ** 2)
    return delta, np.outer(delta, x)


@hidden_gradient.mistake(
    "no factor 2",
    "It is half of what it should be: the error at the output lacks a factor. Look "
    "at the derivative of the square.",
)
def _(W1, b1, w2, b2, x, y):
    _, a, error = _hidden(W1, b1, w2, b2, x, y)
    delta = error / 2 * w2 * (1 - a**2)
    return delta, np.outer(delta, x)


@hidden_gradient.mistake(
    "sign",
    "The sign is wrong: the error at the output is ŷ − y, not y − ŷ.",
)
def _(W1, b1, w2, b2, x, y):
    _, a, error = _hidden(W1, b1, w2, b2, x, y)
    delta = -error * w2 * (1 - a**2)
    return delta, np.outer(delta, x)
