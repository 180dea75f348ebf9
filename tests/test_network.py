"""The NumPy network: right against PyTorch and central differences, strict about its input."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.activations import ACTIVATIONS, sigmoid, softmax
from course_utils.gradient_check import central_difference, gradient_check, relative_error
from course_utils.losses import LOSSES, log_sum_exp
from course_utils.network import MLP
from course_utils.training import SGD, minibatches, train

TORCH_ACTIVATIONS = {
    "identity": torch.nn.Identity(),
    "sigmoid": torch.nn.Sigmoid(),
    "tanh": torch.nn.Tanh(),
    "relu": torch.nn.ReLU(),
    "leaky_relu": torch.nn.LeakyReLU(0.01),
    "gelu": torch.nn.GELU(),
}
SMOOTH = ["identity", "sigmoid", "tanh", "gelu"]


def torch_loss(name: str, z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """PyTorch's counterpart; sums over the outputs and averages over the samples."""
    if name == "squared_error":
        return torch.nn.functional.mse_loss(z, y) * z.shape[1]
    if name == "binary_cross_entropy":
        return torch.nn.functional.binary_cross_entropy_with_logits(z, y) * z.shape[1]
    return torch.nn.functional.cross_entropy(z, y)


def torch_twin(net: MLP) -> torch.nn.Sequential:
    """The same network as nn.Sequential, with its weights copied in."""
    layers: list[torch.nn.Module] = []
    for l in net.W:
        linear = torch.nn.Linear(*reversed(net.W[l].shape), dtype=torch.from_numpy(net.W[l]).dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(net.W[l]))
            linear.bias.copy_(torch.from_numpy(net.b[l]))
        layers += [linear] if l == net.last else [linear, TORCH_ACTIVATIONS[net.phi.name]]
    return torch.nn.Sequential(*layers)


def random_data(net: MLP, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    dtype = net.W[1].dtype
    X = rng.normal(size=(n, net.widths[0])).astype(dtype)
    if net.loss_function.name == "cross_entropy":
        return X, rng.integers(0, net.widths[-1], size=n)
    return X, rng.random((n, net.widths[-1])).astype(dtype)


shapes = st.lists(st.integers(1, 6), min_size=2, max_size=5)


@settings(max_examples=150, deadline=None)
@given(
    widths=shapes,
    activation=st.sampled_from(list(TORCH_ACTIVATIONS)),
    loss=st.sampled_from(list(LOSSES)),
    n=st.integers(1, 8),
    seed=st.integers(0, 10**6),
)
def test_everything_agrees_with_pytorch(
    widths: list[int], activation: str, loss: str, n: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    net = MLP(widths, activation, loss, rng=rng)
    for b in net.b.values():
        b[:] = rng.normal(size=b.shape)
    X, y = random_data(net, n, rng)
    twin = torch_twin(net)
    z = twin(torch.from_numpy(X))
    value = torch_loss(loss, z, torch.from_numpy(y))
    value.backward()

    net.forward(X)
    np.testing.assert_allclose(net.z[net.last], z.detach().numpy(), rtol=1e-9, atol=1e-11)
    assert net.loss(y) == pytest.approx(value.item(), rel=1e-10)
    gradients = net.backward(y)
    for l, layer in zip(net.W, [m for m in twin if isinstance(m, torch.nn.Linear)], strict=True):
        np.testing.assert_allclose(gradients.W[l], layer.weight.grad.numpy(), rtol=1e-8, atol=1e-11)
        np.testing.assert_allclose(gradients.b[l], layer.bias.grad.numpy(), rtol=1e-8, atol=1e-11)


@settings(max_examples=60, deadline=None)
@given(
    widths=shapes,
    activation=st.sampled_from(SMOOTH),
    loss=st.sampled_from(list(LOSSES)),
    seed=st.integers(0, 10**6),
)
def test_gradients_agree_with_central_differences(
    widths: list[int], activation: str, loss: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    net = MLP(widths, activation, loss, rng=rng)
    X, y = random_data(net, 4, rng)
    before = {name: [p.copy() for p in getattr(net, name).values()] for name in "Wb"}
    net.forward(X)
    gradients = net.backward(y)
    for name, error in gradient_check(net, X, y).items():
        size = np.linalg.norm(getattr(gradients, name[0])[int(name[1:])])
        rounding = 1e-9 / max(size, 1e-300)  # of the losses, over 2h: rules where gradients vanish
        assert error < 1e-6 + rounding, (name, error)
    for name in "Wb":
        for old, new in zip(before[name], getattr(net, name).values(), strict=True):
            np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("loss", list(LOSSES))
def test_float32_stays_float32_and_close_to_float64(loss: str) -> None:
    double = MLP([3, 5, 2], "gelu", loss, rng=1)
    single = MLP([3, 5, 2], "gelu", loss, rng=1, dtype=np.float32)
    X, y = random_data(double, 6, np.random.default_rng(2))
    y32 = y if loss == "cross_entropy" else y.astype(np.float32)
    results = []
    for net, data, targets in ((double, X, y), (single, X.astype(np.float32), y32)):
        net.forward(data)
        gradients = net.backward(targets)
        SGD(net, 0.1, 0.9).step(gradients)
        results.append([*gradients.W.values(), *gradients.b.values(), *net.W.values()])
        assert {a.dtype for a in results[-1]} == {net.W[1].dtype}
        assert {a.dtype for kept in (net.z, net.a, net.delta) for a in kept.values()} == {
            net.W[1].dtype
        }
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_derivatives_are_those_of_the_functions(name: str) -> None:
    phi = ACTIVATIONS[name]
    z = np.array([-800.0, -3.0, -0.4, 0.3, 2.0, 800.0])
    slope = (phi(z + 1e-6) - phi(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(phi.derivative(z), slope, atol=1e-8, rtol=1e-6)
    assert phi(z).shape == phi.derivative(z).shape == z.shape


def test_the_derivative_of_relu_at_zero_is_zero() -> None:
    assert ACTIVATIONS["relu"].derivative(np.zeros(1))[0] == 0.0


@given(st.lists(st.floats(-500, 500), min_size=1, max_size=6), st.floats(-1e3, 1e3))
def test_softmax_is_a_distribution_blind_to_shifts(logits: list[float], shift: float) -> None:
    z = np.array(logits)
    p = softmax(z)
    assert p.sum() == pytest.approx(1) and (p >= 0).all()
    np.testing.assert_allclose(softmax(z + shift), p, atol=1e-9)
    assert log_sum_exp(z + shift) == pytest.approx(log_sum_exp(z) + shift, abs=1e-9)


def test_nothing_overflows_for_huge_logits() -> None:
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_allclose(softmax(np.array([[1e4, 0.0], [-1e4, 0.0]])), [[1, 0], [0, 1]])
        np.testing.assert_allclose(sigmoid(np.array([-1e4, 1e4])), [0, 1])
        z = np.array([[1e4], [-1e4]])
        assert LOSSES["binary_cross_entropy"].value(z, np.array([[0.0], [1.0]])) == 1e4
        assert LOSSES["cross_entropy"].value(np.array([[1e4, 0.0]]), np.array([1])) == 1e4


# --- training ---------------------------------------------------------------------------------


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_optimiser_moves_as_pytorchs_does(momentum: float) -> None:
    net = MLP([3, 4, 2], "tanh", "cross_entropy", rng=3)
    X, y = random_data(net, 8, np.random.default_rng(4))
    twin = torch_twin(net)
    theirs = torch.optim.SGD(twin.parameters(), lr=0.1, momentum=momentum)
    ours = SGD(net, 0.1, momentum)
    for _ in range(7):
        net.forward(X)
        ours.step(net.backward(y))
        theirs.zero_grad()
        torch_loss("cross_entropy", twin(torch.from_numpy(X)), torch.from_numpy(y)).backward()
        theirs.step()
    np.testing.assert_allclose(net.W[1], twin[0].weight.detach().numpy(), rtol=1e-10)
    np.testing.assert_allclose(net.b[2], twin[2].bias.detach().numpy(), rtol=1e-10)


@given(n=st.integers(1, 40), size=st.integers(1, 50))
def test_every_sample_is_in_one_minibatch(n: int, size: int) -> None:
    batches = list(minibatches(n, size, np.random.default_rng(0)))
    assert sorted(np.concatenate(batches)) == list(range(n))
    assert all(len(batch) == size for batch in batches[:-1])


def test_training_records_the_loss_and_repeats_with_its_seed() -> None:
    runs = []
    for _ in range(2):
        net = MLP([2, 6, 2], "tanh", "cross_entropy", rng=0)
        X, y = random_data(net, 30, np.random.default_rng(1))
        net.forward(X)
        first = net.loss(y)
        runs.append(train(net, X, y, learning_rate=0.5, epochs=15, batch_size=7, rng=5))
        net.forward(X)
        assert runs[-1].shape == (16,) and runs[-1][0] == first and runs[-1][-1] == net.loss(y)
    np.testing.assert_array_equal(*runs)
    assert runs[0][-1] < runs[0][0]


def test_the_posts_step() -> None:
    net = MLP([2, 1], rng=0)
    net.W[1][:] = 0
    x, y = np.array([[2.0, 3.0]]), np.array([[10.0]])
    assert net.forward(x).item() == 0 and net.loss(y) == 100
    gradients = net.backward(y)
    assert net.delta[1].item() == -20
    assert gradients.W[1].tolist() == [[-40, -60]] and gradients.b[1].tolist() == [-20]
    SGD(net, 0.01).step(gradients)
    np.testing.assert_allclose(net.W[1], [[0.4, 0.6]])
    np.testing.assert_allclose(net.b[1], [0.2])
    assert net.forward(x).item() == pytest.approx(2.8) and net.loss(y) == pytest.approx(51.84)


def test_divergence_is_reported_not_returned() -> None:
    net = MLP([2, 1], rng=0)
    X, y = np.array([[2.0, 3.0]]), np.array([[10.0]])
    with pytest.raises(FloatingPointError, match=r"learning_rate = 1 is too large"):
        train(net, X, y, learning_rate=1.0, epochs=1000)


# --- bad input: what came, what was wanted ----------------------------------------------------

ONE = np.array([[1.0, 2.0]])


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        (np.ones((3, 4)), ValueError, r"shape \(3, 4\).*\(N, 2\) is wanted"),
        (np.ones((2, 5)), ValueError, r"\(2, 5\).*transposed"),
        (np.ones(2), ValueError, r"shape \(2,\).*samples are rows.*X\[None, :\]"),
        (np.ones((0, 2)), ValueError, r"batch is empty"),
        (np.ones((2, 2, 2)), ValueError, r"shape \(2, 2, 2\)"),
        (np.array([[1, 2]]), TypeError, r"dtype int64.*floating point is wanted.*astype\(float\)"),
        (np.array([[1.0, np.nan]]), ValueError, r"nan at index \(0, 1\)"),
        (np.array([[np.inf, 1.0]]), ValueError, r"inf at index \(0, 0\)"),
        ([[1.0, 2.0]], TypeError, r"is a list.*NumPy array is wanted"),
        (np.array([["a", "b"]]), TypeError, r"dtype <U1"),
    ],
)
def test_a_bad_X_is_named(X: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        MLP([2, 3, 1], rng=0).forward(X)


@pytest.mark.parametrize(
    ("loss", "widths", "y", "error", "words"),
    [
        ("squared_error", [2, 1], np.ones(1), ValueError, r"\(1,\).*\(N, 1\).*y\[:, None\]"),
        ("squared_error", [2, 3], np.ones((1, 2)), ValueError, r"\(1, 2\).*\(N, 3\)"),
        ("squared_error", [2, 1], np.ones((2, 1)), ValueError, r"2 rows, but X has 1"),
        ("squared_error", [2, 1], np.array([[np.nan]]), ValueError, r"y holds nan"),
        ("squared_error", [2, 1], np.array([[1]]), TypeError, r"y has dtype int64"),
        ("binary_cross_entropy", [2, 1], -np.ones((1, 1)), ValueError, r"−1 and 1 become 0 and 1"),
        ("cross_entropy", [2, 3], np.array([0.0]), TypeError, r"dtype float64.*integer class"),
        ("cross_entropy", [2, 3], np.array([[0, 1, 0]]), ValueError, r"one-hot.*argmax"),
        ("cross_entropy", [2, 3], np.array([[1]]), ValueError, r"y\[:, 0\]"),
        ("cross_entropy", [2, 3], np.array([3]), ValueError, r"from 3 to 3, but 0 to 2"),
        ("cross_entropy", [2, 3], np.array([0, 1]), ValueError, r"shape \(2,\), but \(1,\)"),
    ],
)
def test_bad_targets_are_named(
    loss: str, widths: list[int], y: np.ndarray, error: type[Exception], words: str
) -> None:
    net = MLP(widths, "tanh", loss, rng=0)
    net.forward(ONE)
    for use in (net.loss, net.backward):
        with pytest.raises(error, match=words):
            use(y)


@pytest.mark.parametrize(
    ("build", "error", "words"),
    [
        (lambda: MLP([2, 1], "swish"), ValueError, r"activation is 'swish'.*relu"),
        (lambda: MLP([2, 1], loss="mse"), ValueError, r"loss is 'mse'.*squared_error"),
        (lambda: MLP([2]), ValueError, r"an input and an output"),
        (lambda: MLP([2, 0]), ValueError, r"widths\[1\] is 0"),
        (lambda: MLP([2, 1.5]), TypeError, r"widths\[1\] is 1.5"),
        (lambda: MLP([2, 1], dtype=int), TypeError, r"dtype is int64.*float64 or float32"),
        (lambda: MLP([2, 1]).loss(np.ones((1, 1))), ValueError, r"call forward\(X\) before"),
        (lambda: MLP([2, 1]).backward(np.ones((1, 1))), ValueError, r"call forward\(X\) before"),
        (lambda: SGD(MLP([2, 1]), 0), ValueError, r"learning_rate is 0"),
        (lambda: SGD(MLP([2, 1]), "a"), TypeError, r"learning_rate is a str"),
        (lambda: SGD(MLP([2, 1]), 0.1, 1.0), ValueError, r"momentum is 1.0"),
        (lambda: fit(batch_size=0), ValueError, r"batch_size is 0"),
        (lambda: fit(epochs=-1), ValueError, r"epochs is -1"),
        (lambda: fit(epochs=1.5), TypeError, r"epochs is 1.5"),
        (lambda: fit(learning_rate=np.nan), ValueError, r"learning_rate is nan"),
        (lambda: central_difference(sum, np.ones(2, np.float32)), TypeError, r"float32.*float64"),
        (lambda: central_difference(sum, [1.0]), TypeError, r"theta is a list"),
        (lambda: central_difference(sum, np.ones(2), h=0), ValueError, r"h is 0"),
        (lambda: relative_error(np.ones((2, 1)), np.ones(2)), ValueError, r"\(2, 1\) and \(2,\)"),
    ],
)
def test_bad_arguments_are_named(build: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        build()  # type: ignore[operator]


def fit(**changes: object) -> None:
    options = {"learning_rate": 0.1, "epochs": 1} | changes
    train(MLP([2, 1], rng=0), ONE, np.ones((1, 1)), **options)  # type: ignore[arg-type]


def test_the_error_of_two_zeros_is_zero() -> None:
    assert relative_error(np.zeros(3), np.zeros(3)) == 0.0
    assert relative_error(np.ones(3), -np.ones(3)) == 1.0
