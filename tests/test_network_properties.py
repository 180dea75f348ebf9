"""What holds for every network, whatever its shape, weights and data: symmetries, means, purity.

`test_network.py` compares with PyTorch and with central differences. A fault that both sides share,
or that shows only from the second pass on, would not be seen there; it breaks a law here.
"""

import copy
import json
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.activations import ACTIVATIONS, sigmoid, softmax
from course_utils.gradient_check import relative_error
from course_utils.losses import LOSSES, log_sum_exp
from course_utils.network import MLP, Gradients
from course_utils.training import SGD, train

Data = tuple[MLP, np.ndarray, np.ndarray]
ALL_ACTIVATIONS, ALL_LOSSES = tuple(ACTIVATIONS), tuple(LOSSES)
HOMOGENEOUS = ("relu", "leaky_relu", "identity")


@st.composite
def networks(
    draw: Callable,
    activations: tuple[str, ...] = ALL_ACTIVATIONS,
    losses: tuple[str, ...] = ALL_LOSSES,
    hidden: int = 0,
    dtype: type = np.float64,
) -> Data:
    """A network with at least `hidden` hidden layers, biases that are not 0, and data for it."""
    widths = draw(st.lists(st.integers(1, 5), min_size=2 + hidden, max_size=5))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    net = MLP(
        widths,
        draw(st.sampled_from(activations)),
        draw(st.sampled_from(losses)),
        rng=rng,
        dtype=dtype,
    )
    for b in net.b.values():
        b[:] = rng.normal(size=b.shape)
    n = draw(st.integers(1, 7))
    X = rng.normal(size=(n, widths[0])).astype(dtype)
    if net.loss_function.name == "cross_entropy":
        return net, X, rng.integers(0, widths[-1], size=n)
    return net, X, rng.random((n, widths[-1])).astype(dtype)


def passes(net: MLP, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float, Gradients]:
    """ŷ, L and the gradients."""
    y_hat = net.forward(X)
    return y_hat, net.loss(y), net.backward(y)


def flat(gradients: Gradients) -> np.ndarray:
    """All gradients in one vector."""
    return np.concatenate([g.ravel() for kind in gradients for g in kind.values()])


def same(a: object, b: object) -> None:
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


# --- shapes and kinds -----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_shapes_and_dtype_are_those_of_the_text(dtype: type, data: st.DataObject) -> None:
    net, X, y = data.draw(networks(dtype=dtype))
    y_hat, value, gradients = passes(net, X, y)
    n = len(X)
    assert isinstance(value, float) and np.isfinite(value) and value >= 0
    assert y_hat.shape == (n, net.widths[-1])
    for l in range(1, net.last + 1):
        assert net.z[l].shape == net.a[l].shape == net.delta[l].shape == (n, net.widths[l])
        assert gradients.W[l].shape == net.W[l].shape == (net.widths[l], net.widths[l - 1])
        assert gradients.b[l].shape == net.b[l].shape == (net.widths[l],)
    assert {a.dtype for a in (y_hat, *net.delta.values(), *gradients.W.values())} == {
        np.dtype(dtype)
    }
    SGD(net, 0.1, 0.5).step(gradients)
    assert {p.dtype for p in (*net.W.values(), *net.b.values())} == {np.dtype(dtype)}


# --- the mean over the samples --------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(networks())
def test_a_batch_is_the_mean_of_its_samples(case: Data) -> None:
    net, X, y = case
    y_hat, value, gradients = passes(net, X, y)
    singles = [passes(net, X[[i]], y[[i]]) for i in range(len(X))]
    same(y_hat, np.concatenate([single[0] for single in singles]))
    same(value, np.mean([single[1] for single in singles]))
    same(flat(gradients), np.mean([flat(single[2]) for single in singles], axis=0))


@settings(max_examples=60, deadline=None)
@given(networks(), st.randoms(use_true_random=False))
def test_the_order_and_the_number_of_copies_of_the_samples_do_not_matter(
    case: Data, random: object
) -> None:
    net, X, y = case
    order = list(range(len(X)))
    random.shuffle(order)  # type: ignore[attr-defined]
    y_hat, value, gradients = passes(net, X, y)
    for chosen in (order, 3 * order):
        other_y_hat, other, others = passes(net, X[chosen], y[chosen])
        same(other_y_hat, y_hat[chosen])
        same(other, value)
        same(flat(others), flat(gradients))


# --- symmetries -----------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(networks(hidden=1), st.data())
def test_hidden_units_can_change_places(case: Data, data: st.DataObject) -> None:
    net, X, y = case
    l = data.draw(st.integers(1, net.last - 1))
    order = data.draw(st.permutations(range(net.widths[l])))
    y_hat, value, gradients = passes(net, X, y)
    other = copy.deepcopy(net)
    other.W[l], other.b[l] = net.W[l][order], net.b[l][order]
    other.W[l + 1] = net.W[l + 1][:, order]
    other_y_hat, other_value, others = passes(other, X, y)
    same(other_y_hat, y_hat)
    same(other_value, value)
    same(others.W[l], gradients.W[l][order])
    same(others.b[l], gradients.b[l][order])
    same(others.W[l + 1], gradients.W[l + 1][:, order])


@settings(max_examples=60, deadline=None)
@given(networks(hidden=1, activations=HOMOGENEOUS), st.floats(0.1, 10), st.data())
def test_relu_lets_a_factor_through(case: Data, factor: float, data: st.DataObject) -> None:
    net, X, y = case
    l = data.draw(st.integers(1, net.last - 1))
    before = passes(net, X, y)
    net.W[l] = net.W[l] * factor
    net.b[l] = net.b[l] * factor
    net.W[l + 1] = net.W[l + 1] / factor
    after = passes(net, X, y)
    same(after[0], before[0])
    same(after[2].W[l], before[2].W[l] / factor)
    same(after[2].W[l + 1], before[2].W[l + 1] * factor)


@settings(max_examples=40, deadline=None)
@given(networks(hidden=1, activations=("tanh",)), st.data())
def test_tanh_lets_a_sign_through(case: Data, data: st.DataObject) -> None:
    net, X, y = case
    l = data.draw(st.integers(1, net.last - 1))
    before = passes(net, X, y)
    for parameter in (net.W[l], net.b[l], net.W[l + 1]):
        parameter *= -1
    same(passes(net, X, y)[0], before[0])


@settings(max_examples=60, deadline=None)
@given(networks(losses=("cross_entropy",)), st.floats(-50, 50))
def test_cross_entropy_is_blind_to_a_shift_of_the_logits(case: Data, shift: float) -> None:
    net, X, y = case
    before = passes(net, X, y)
    np.testing.assert_allclose(net.delta[net.last].sum(axis=1), 0, atol=1e-12)
    net.b[net.last] = net.b[net.last] + shift
    after = passes(net, X, y)
    np.testing.assert_allclose(after[1], before[1], atol=1e-9)
    np.testing.assert_allclose(flat(after[2]), flat(before[2]), atol=1e-9)


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=6), st.integers(0, 5))
def test_losses_are_what_their_formulas_say(logits: list[float], label: int) -> None:
    """Written out for one sample, as the docstrings put it, without the tricks against overflow."""
    z, k = np.array([logits]), label % len(logits)
    p = np.exp(z) / np.exp(z).sum()
    same(softmax(z), p)
    same(log_sum_exp(z), np.log(np.exp(z).sum()))
    np.testing.assert_allclose(
        LOSSES["cross_entropy"].value(z, np.array([k])), -np.log(p[0, k]), atol=1e-9
    )
    y = np.linspace(0, 1, len(logits))[None]
    same(LOSSES["squared_error"].value(z, y), ((z - y) ** 2).sum())
    q = sigmoid(z / 3)  # of −10 … 10, where 1 − q keeps enough digits
    direct = -(y * np.log(q) + (1 - y) * np.log(1 - q)).sum()
    np.testing.assert_allclose(LOSSES["binary_cross_entropy"].value(z / 3, y), direct, rtol=1e-9)


@pytest.mark.parametrize("name", sorted(LOSSES))
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_delta_is_the_slope_of_the_loss(name: str, data: st.DataObject) -> None:
    loss = LOSSES[name]
    net, X, y = data.draw(networks(losses=(name,)))
    net.forward(X)
    z, h = net.z[net.last], 1e-5
    measured = np.empty_like(z)
    for index in np.ndindex(z.shape):
        step = np.zeros_like(z)
        step[index] = h
        measured[index] = (loss.value(z + step, y) - loss.value(z - step, y)) / (2 * h)
    np.testing.assert_allclose(loss.delta(loss.output(z), y), measured, rtol=1e-6, atol=1e-8)


# --- nothing is changed that isn't meant to be ----------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(networks())
def test_backward_leaves_parameters_and_inputs_alone(case: Data) -> None:
    net, X, y = case
    parameters = copy.deepcopy((net.W, net.b))
    X_before, y_before = X.copy(), y.copy()
    _, _, gradients = passes(net, X, y)
    np.testing.assert_equal((net.W, net.b), parameters)
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(y, y_before)
    for gradient, parameter in zip(gradients.W.values(), net.W.values(), strict=True):
        assert not np.shares_memory(gradient, parameter)


@settings(max_examples=60, deadline=None)
@given(networks(), st.integers(0, 10**6))
def test_passes_leave_no_trace_in_later_ones(case: Data, seed: int) -> None:
    """Other data, of another number of samples, go through in between."""
    net, X, y = case
    y_hat, value, gradients = copy.deepcopy(passes(net, X, y))
    rows = np.random.default_rng(seed).integers(len(X), size=len(X) + 2)
    passes(net, -2 * X[rows], y[rows])
    again = passes(net, X, y)
    np.testing.assert_array_equal(again[0], y_hat)
    assert again[1] == value
    np.testing.assert_array_equal(flat(again[2]), flat(gradients))


@settings(max_examples=40, deadline=None)
@given(networks(), st.sampled_from([0.0, 0.9]))
def test_a_step_moves_the_parameters_by_the_gradients_and_spares_these(
    case: Data, momentum: float
) -> None:
    net, X, y = case
    _, _, gradients = passes(net, X, y)
    before, kept = copy.deepcopy((net.W, net.b)), copy.deepcopy(gradients)
    optimiser = SGD(net, 0.25, momentum)
    optimiser.step(gradients)
    for parameters, old, kind in zip((net.W, net.b), before, kept, strict=True):
        for l in parameters:
            same(parameters[l], old[l] - 0.25 * kind[l])
    optimiser.step(gradients)
    np.testing.assert_equal(gradients, kept)


@settings(max_examples=40, deadline=None)
@given(networks(), st.integers(1, 4), st.integers(0, 99))
def test_samples_keep_their_targets_when_shuffled(case: Data, size: int, seed: int) -> None:
    net, X, y = case
    by_hand = copy.deepcopy(net)
    X_before, y_before = X.copy(), y.copy()
    eta = 1e-4  # with 0.05 a network of large weights diverged
    train(net, X, y, learning_rate=eta, epochs=2, batch_size=size, rng=seed)
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(y, y_before)
    rng = np.random.default_rng(seed)
    n = len(X)
    for _ in range(2):
        order = rng.permutation(n) if size < n else np.arange(n)
        for start in range(0, n, size):
            pairs = [(X[i], y[i]) for i in order[start : start + size]]
            _, _, gradients = passes(by_hand, *map(np.array, zip(*pairs, strict=True)))
            for l in by_hand.W:
                by_hand.W[l] -= eta * gradients.W[l]
                by_hand.b[l] -= eta * gradients.b[l]
    for ours, theirs in zip((net.W, net.b), (by_hand.W, by_hand.b), strict=True):
        for l in ours:
            same(ours[l], theirs[l])


@settings(max_examples=40, deadline=None)
@given(networks(activations=("tanh", "sigmoid", "gelu")))
def test_a_small_step_lowers_the_loss_by_the_gradients_square(case: Data) -> None:
    net, X, y = case
    _, value, gradients = passes(net, X, y)
    square = float(flat(gradients) @ flat(gradients))
    eta = 1e-7
    SGD(net, eta).step(gradients)
    net.forward(X)
    assert net.loss(y) - value == pytest.approx(-eta * square, rel=1e-3, abs=1e-13)


# --- saved and restored ---------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(networks())
def test_parameters_travel_as_json_without_loss(case: Data) -> None:
    from course_utils.explorables.base import layers_of, network_from

    net, X, y = case
    travelled = json.loads(json.dumps(layers_of(net)))
    other = MLP(net.widths, net.phi.name, net.loss_function.name, rng=1)
    assert network_from(travelled, other) is other
    ours, theirs = passes(net, X, y), passes(other, X, y)
    np.testing.assert_array_equal(ours[0], theirs[0])
    assert relative_error(flat(ours[2]), flat(theirs[2])) == 0
    assert layers_of(other) == travelled
