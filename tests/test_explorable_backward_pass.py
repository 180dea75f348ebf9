"""The way back, stop by stop: its numbers in Python and JavaScript, its presses, its words."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

from course_utils.explorables.backward_pass import LAST_STOP, STARTS, TARGETS, BackwardPass, X
from tests.engine import SHARED, run_module
from tests.explorable_page import Visit, shown

SETTINGS = [(loss, phi) for loss in STARTS for phi in ("tanh", "sigmoid", "relu")]
EVERY = {
    loss: [
        *(f"W{l}[{j}, {i}]" for l, (W, _) in enumerate(layers, 1)
          for j in range(len(W)) for i in (0, 1)),
        *(f"b{l}[{j}]" for l, (_, b) in enumerate(layers, 1) for j in range(len(b))),
    ]
    for loss, layers in STARTS.items()
}  # fmt: skip


def press(visit: Visit, name: str, times: int = 1) -> None:
    for _ in range(times):
        visit.el.get_by_role("button", name=name, exact=True).click()


# --- Python ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("loss", "phi"), SETTINGS)
def test_the_quotient_closes_in_on_the_gradient_and_paths_add_up(loss: str, phi: str) -> None:
    demo = BackwardPass(loss=loss, activation=phi)
    assert len(EVERY[loss]) == {"squared_error": 15, "cross_entropy": 18}[loss]
    for parameter in EVERY[loss]:
        demo.parameter = parameter
        demo.epsilon = 1e-6
        assert demo.quotient == pytest.approx(demo.gradient, abs=2e-5)
        paths = demo.paths()
        assert sum(product for _, product in paths) == pytest.approx(demo.gradient, abs=1e-12)
        outputs = 1 if loss == "squared_error" else 2
        layer = int(parameter[1])
        assert len(paths) == {1: 2 * outputs, 2: outputs, 3: 1}[layer]


def test_it_is_driven_and_read_back() -> None:
    demo = BackwardPass()
    before = demo.loss_value
    demo.parameter = "b2[1]"
    demo.value = 0.5
    assert demo.value == 0.5 and demo.weights[1][1] == [0.2, 0.5]
    assert demo.loss_value != before
    demo.stop = LAST_STOP
    demo.reset()
    assert demo.weights == STARTS["squared_error"] and demo.stop == 0


def test_another_loss_brings_its_own_start_and_keeps_what_fits() -> None:
    demo = BackwardPass(loss="cross_entropy", parameter="W3[1, 0]")
    demo.loss = "squared_error"
    assert demo.weights == STARTS["squared_error"] and demo.parameter == "W3[0, 0]"
    demo.parameter = "W1[1, 1]"
    demo.loss = "cross_entropy"
    assert demo.weights == STARTS["cross_entropy"] and demo.parameter == "W1[1, 1]"


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"stop": 16}, ValueError, "stop is 16, but 0 to 15"),
        ({"epsilon": 0.0}, ValueError, "epsilon is 0"),
        ({"parameter": "W3[1, 0]"}, ValueError, "W3.1, 0.*such as"),
        ({"parameter": "W1[0]"}, ValueError, "rows and columns from 0"),
        ({"parameter": "V1[0, 0]"}, ValueError, "one of this network's"),
        ({"activation": "gelu"}, TypeError, "'tanh'"),
        ({"weights": [[[[1.0]], [0.0]]]}, ValueError, "1 layers"),
    ],
)
def test_bad_values_are_named(change: dict, error: type[Exception], words: str) -> None:
    demo = BackwardPass()
    with pytest.raises(error, match=words):
        for name, value in change.items():
            setattr(demo, name, value)


# --- JavaScript against NumPy ----------------------------------------------------------------


@pytest.mark.parametrize(("loss", "phi"), SETTINGS)
def test_the_pages_arithmetic_is_numpys(loss: str, phi: str) -> None:
    rng = np.random.default_rng(7)
    demo = BackwardPass(loss=loss, activation=phi, epsilon=0.01)
    demo.weights = [
        [rng.normal(size=np.shape(W)).tolist(), rng.normal(size=np.shape(b)).tolist()]
        for W, b in demo.weights
    ]
    wanted: list[dict[str, Any]] = []
    for parameter in EVERY[loss]:
        demo.parameter = parameter
        name, l, index = demo._place()
        i = index[1] if name == "W" else None
        at = index[0] if i is None else index[0] * 2 + i
        wanted.append(
            {"l": l, "at": at, "i": i, "quotient": demo.quotient, "gradient": demo.gradient,
             "paths": [product for _, product in demo.paths()],
             "units": [list(units) for units, _ in demo.paths()]}
        )  # fmt: skip
    net = demo.net()
    data = {
        "widths": net.widths, "activation": phi, "loss": loss, "weights": demo.weights,
        "x": X[0].tolist(), "y": np.array(TARGETS[loss]).ravel().tolist(), "epsilon": 0.01,
        "list": [{key: w[key] for key in ("l", "at", "i") if w[key] is not None} for w in wanted],
    }  # fmt: skip
    body = """
    const { Network } = await import(new URL("engine.js", data.url));
    const net = new Network(data.widths, data.activation, data.loss);
    net.weights = data.weights;
    net.forward(Float64Array.from(data.x), 1);
    net.backward(data.y);
    return {
      each: data.list.map((p) => ({
        quotient: m.differenceQuotient(net, data.loss, data.y, p)(data.epsilon),
        paths: m.pathsToLoss(net, p).map((path) => path.product),
        units: m.pathsToLoss(net, p).map((path) => path.units),
      })),
      back: [1, 2].map((l) => [0, 1].map((i) => m.gradientAtActivation(net, l, i))),
    };
    """
    found = run_module(body, {**data, "url": (SHARED / "paths.js").as_uri()}, module="paths.js")
    for w, f in zip(wanted, found["each"], strict=True):
        assert f["quotient"] == pytest.approx(w["quotient"], abs=1e-10)
        np.testing.assert_allclose(f["paths"], w["paths"], atol=1e-12)
        assert f["units"] == w["units"]
    back = [(net.delta[l + 1] @ net.W[l + 1])[0] for l in (1, 2)]
    np.testing.assert_allclose(found["back"], back, atol=1e-12)


# --- the page --------------------------------------------------------------------------------


def test_the_timeline_goes_to_the_end_and_back(browser: Browser) -> None:
    with shown(browser, BackwardPass()) as visit:
        account = visit.el.locator(".account")
        assert "Press Next" in visit.status
        assert visit.el.get_by_role("button", name="Back", exact=True).is_disabled()
        press(visit, "Next", 8)
        assert "δ⁽³⁾ = 2(0.04355 − 1) = −1.913" in account.inner_text()
        assert "delta[3] = 2 * (y_hat - y)" in account.inner_text()
        press(visit, "Next", 2)
        assert "∂L/∂a⁽²⁾₁ = 1.2·(−1.913) = −2.295" in account.inner_text()
        press(visit, "Next", 5)
        assert visit.get("stop") == LAST_STOP
        assert "∂L/∂W⁽¹⁾₁₁ = (−1.889)·1 = −1.889" in account.inner_text()
        assert visit.el.get_by_role("button", name="Next", exact=True).is_disabled()
        assert "(done)" in visit.el.locator(".challenges li").first.inner_text()
        press(visit, "Back", 1)
        assert visit.get("stop") == LAST_STOP - 1
        press(visit, "Reset")
        assert visit.get("stop") == 0


def test_a_weight_is_chosen_by_its_edge_and_by_keyboard(browser: Browser) -> None:
    with shown(browser, BackwardPass()) as visit:
        visit.el.locator('rect.hit[data-key="W3[0, 1]"]').click()
        assert visit.get("parameter") == "W3[0, 1]" and "One path" in visit.el.inner_text()
        visit.el.locator('input[value="W3[0, 1]"]').focus()
        visit.page.keyboard.press("ArrowDown")
        assert visit.get("parameter") == "b3[0]" and "b⁽³⁾₁" in visit.status


def test_the_wiggle_closes_in_and_then_drowns(browser: Browser) -> None:
    with shown(browser, BackwardPass()) as visit:
        visit.set(epsilon=1.0)
        assert "too large" in visit.status
        visit.set(epsilon=1e-7)
        assert "six places" in visit.status
        visit.set(epsilon=1e-14)
        assert "rounding" in visit.status


def test_a_path_lights_its_links(browser: Browser) -> None:
    with shown(browser, BackwardPass()) as visit:
        lit = visit.el.locator("line.on-path")
        assert lit.count() == 0
        visit.el.locator("button.path").nth(1).focus()
        keys = lit.evaluate_all("nodes => nodes.map((n) => n.dataset.key)")
        assert keys == ["W1[0, 0]", "W2[1, 0]", "W3[0, 1]"]


def test_it_follows_python_and_survives_extremes(browser: Browser) -> None:
    with shown(browser, BackwardPass()) as visit:
        visit.set(loss="cross_entropy", weights=STARTS["cross_entropy"], stop=8)
        assert "δ⁽³⁾₂ = 0.6378 − 1 = −0.3622" in visit.el.locator(".account").inner_text()
        huge = [[[[1e200, 1e200], [1, 1]], [0, 0]], *STARTS["squared_error"][1:]]
        huge[2] = [[[1e200, 1e200]], [1e300]]
        visit.set(loss="squared_error", weights=huge)
        assert "too large for the computer's numbers" in visit.status
        assert "NaN" not in visit.el.inner_text()


def test_controls_stay_where_they_are(browser: Browser) -> None:
    with shown(browser, BackwardPass(), width=390) as visit:
        places = set()
        for stop in range(LAST_STOP + 1):
            visit.set(stop=stop)
            button = visit.el.get_by_role("button", name="Next")
            places.add(button.evaluate("node => node.getBoundingClientRect().top"))
        assert len(places) == 1
