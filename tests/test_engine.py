"""The JavaScript engine computes what the NumPy network computes."""

import numpy as np
import pytest

from course_utils.activations import ACTIVATIONS
from course_utils.explorables._random import Random, seed_weights
from course_utils.explorables.base import layers_of, network_from
from course_utils.gradient_check import relative_error
from course_utils.losses import LOSSES
from course_utils.network import MLP
from course_utils.training import SGD
from tests.engine import run_module

TOLERANCE = 1e-12
FORWARD_AND_BACK = """
    return data.map(({ widths, activation, loss, weights, X, y }) => {
        const net = new m.Network(widths, activation, loss);
        net.weights = weights;
        net.forward(Float64Array.from(X.flat()), X.length);
        const targets = (loss === "cross_entropy" ? Uint32Array : Float64Array).from(y.flat());
        const value = net.loss(targets);
        net.backward(targets);
        return { yHat: net.a[net.last], value, dW: net.dW, db: net.db };
    });
"""
SGD_RUN = """
    return data.map(({ widths, activation, loss, seed, X, y, learningRate, batchSize, epochs }) => {
        const net = new m.Network(widths, activation, loss, seed);
        const start = net.weights;
        const targets = (loss === "cross_entropy" ? Uint32Array : Float64Array).from(y.flat());
        const options = { learningRate, batchSize, seed };
        const trainer = new m.Trainer(net, Float64Array.from(X.flat()), targets, options);
        const orders = [];
        const permutation = trainer.random.permutation.bind(trainer.random);
        trainer.random.permutation = (n) => {
            orders.push(permutation(n));
            return orders.at(-1);
        };
        for (let i = 0; i < epochs; i++) trainer.epoch();
        return { start, orders, weights: net.weights, loss: trainer.loss() };
    });
"""


def random_case(rng: np.random.Generator) -> dict:
    """A network of random shape with random data, as JSON takes it."""
    depth = int(rng.integers(2, 5))
    widths = [int(d) for d in rng.integers(1, 7, size=depth)]
    loss = str(rng.choice(list(LOSSES)))
    n = int(rng.integers(1, 12))
    X = rng.normal(size=(n, widths[0]))
    y = (
        rng.integers(0, widths[-1], size=n)
        if loss == "cross_entropy"
        else rng.random((n, widths[-1]))
    )
    return {
        "widths": widths,
        "activation": str(rng.choice(list(ACTIVATIONS))),
        "loss": loss,
        "X": X.tolist(),
        "y": y.tolist(),
    }


def twin(case: dict, rng: np.random.Generator | int = 0) -> tuple[MLP, np.ndarray, np.ndarray]:
    net = MLP(case["widths"], case["activation"], case["loss"], rng=rng)
    dtype = int if case["loss"] == "cross_entropy" else float
    return net, np.array(case["X"]), np.array(case["y"], dtype=dtype)


def test_forward_loss_and_gradients_are_numpys() -> None:
    rng = np.random.default_rng(20)
    cases = [random_case(rng) for _ in range(150)]
    for activation, case in zip(list(ACTIVATIONS) * 3, cases, strict=False):
        case["activation"] = activation  # each at least three times
    for case in cases:
        net, *_ = twin(case, rng)
        for b in net.b.values():
            b[:] = rng.normal(size=b.shape)
        case["weights"] = layers_of(net)
    for case, theirs in zip(cases, run_module(FORWARD_AND_BACK, cases), strict=True):
        net, X, y = twin(case)
        network_from(case["weights"], net)
        y_hat = net.forward(X)
        gradients = net.backward(y)
        pairs = {"ŷ": (y_hat, theirs["yHat"]), "L": (net.loss(y), theirs["value"])}
        for l in net.W:
            pairs[f"dW[{l}]"] = gradients.W[l], theirs["dW"][str(l)]
            pairs[f"db[{l}]"] = gradients.b[l], theirs["db"][str(l)]
        for name, (ours, other) in pairs.items():
            other = np.reshape(other, np.shape(ours))
            assert relative_error(ours, other) <= TOLERANCE, (name, case)


def test_an_sgd_run_ends_where_numpys_does() -> None:
    rng = np.random.default_rng(21)
    cases = []
    for seed in range(12):
        case = random_case(rng)
        case["activation"] = ["tanh", "sigmoid", "relu", "gelu"][seed % 4]
        cases.append({**case, "seed": seed, "learningRate": 0.05, "batchSize": 3, "epochs": 20})
    for case, theirs in zip(cases, run_module(SGD_RUN, cases), strict=True):
        net, X, y = twin(case)
        seed_weights(net, case["seed"])
        for (W, _), l in zip(theirs["start"], net.W, strict=True):
            np.testing.assert_allclose(
                net.W[l], W, rtol=TOLERANCE, err_msg=f"start, seed {case['seed']}"
            )
        optimiser = SGD(net, case["learningRate"])
        for order in theirs["orders"]:
            assert sorted(order) == list(range(len(X)))
            for start in range(0, len(X), case["batchSize"]):
                batch = order[start : start + case["batchSize"]]
                net.forward(X[batch])
                optimiser.step(net.backward(y[batch]))
        for (W, b), l in zip(theirs["weights"], net.W, strict=True):
            np.testing.assert_allclose(W, net.W[l], rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(b, net.b[l], rtol=1e-9, atol=1e-9)
        net.forward(X)
        assert theirs["loss"] == pytest.approx(net.loss(y), rel=1e-9, abs=1e-12)


def test_the_seeded_generators_are_the_same() -> None:
    body = """
        const random = new m.Random(data);
        const uniforms = Array.from({ length: 50 }, () => random.uniform());
        return { uniforms, normals: Array.from({ length: 50 }, () => random.normal()) };
    """
    for seed in (0, 1, 12345, 2**32 - 1):
        theirs = run_module(body, seed)
        random = Random(seed)
        assert [random.uniform() for _ in range(50)] == theirs["uniforms"]
        normals = [random.normal() for _ in range(50)]
        np.testing.assert_allclose(normals, theirs["normals"], rtol=TOLERANCE)


def test_large_logits_neither_overflow_nor_lose_the_loss() -> None:
    case = {
        "widths": [1, 3],
        "activation": "tanh",
        "loss": "cross_entropy",
        "weights": [[[[1000.0], [0.0], [-1000.0]], [0.0, 0.0, 0.0]]],
        "X": [[1.0], [2.0]],
        "y": [0, 2],
    }
    (theirs,) = run_module(FORWARD_AND_BACK, [case])
    net, X, y = twin(case)
    network_from(case["weights"], net)
    net.forward(X)
    assert theirs["value"] == net.loss(y) == 2000.0


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AssertionError, match="unknown activation swish"):
        run_module('return new m.Network([1, 1], "swish").last;')
