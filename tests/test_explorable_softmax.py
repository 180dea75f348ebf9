"""Chapter 1's softmax: from Python, in the page's arithmetic, and on the page."""

import math

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from course_utils.explorables.softmax import WAYS, Softmax, floating_softmax
from course_utils.gradient_check import central_difference
from tests.engine import run_module
from tests.explorable_page import Visit, shown

PAGE_SOFTMAX = """
    // JSON has no NaN and no infinity.
    const finite = (value) => typeof value !== "number" || Number.isFinite(value);
    const words = (key, value) => (finite(value) ? value : String(value));
    const results = data.map(([z, T, y, way]) => m.floatingSoftmax(z, T, y, way));
    return JSON.parse(JSON.stringify(results, words));
"""
WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


# --- Python -------------------------------------------------------------------------------------


def test_the_first_picture_has_the_numbers_of_the_text() -> None:
    demo = Softmax()
    assert demo.probabilities.round(3).tolist() == [0.705, 0.259, 0.035]
    assert demo.loss == pytest.approx(-np.log(0.259496), abs=1e-5)
    assert demo.gradient.sum() == pytest.approx(0, abs=1e-12)


def test_gradient_is_that_of_the_loss() -> None:
    demo = Softmax(logits=[0.4, -1.2, 2.0], shift=3.0, temperature=0.7, true_class=2)

    def loss(z: np.ndarray) -> float:
        return floating_softmax(z, 0.7, 2, "float64").loss

    assert np.allclose(demo.gradient, central_difference(loss, demo.z), atol=1e-8)


def test_float32_fails_as_written_and_not_with_the_largest_subtracted() -> None:
    demo = Softmax(shift=90.0)
    right = demo.probabilities
    demo.arithmetic = "float32"
    assert np.isnan(demo.probabilities).all() and math.isnan(demo.loss)
    demo.arithmetic = "float32-max"
    assert np.allclose(demo.probabilities, right, atol=1e-6)
    assert demo.loss == pytest.approx(1.3490, abs=1e-4)


def test_reset_goes_back_to_what_it_was_made_with() -> None:
    demo = Softmax(logits=[0, 1, 2], temperature=2.0)
    demo.logits, demo.shift, demo.temperature = [5.0, 5.0, 5.0], -40.0, 0.5
    demo.true_class, demo.arithmetic = 0, "float32"
    demo.reset()
    assert repr(demo) == repr(Softmax(logits=[0, 1, 2], temperature=2.0))
    assert demo.logits == [0, 1, 2]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"logits": [1.0, 2.0]}, r"logits has shape \(2,\), but \(3,\)"),
        ({"logits": [1.0, 2.0, float("nan")]}, "holds nan"),
        ({"logits": [1.0, 2.0, 2000.0]}, "logits holds 2000.0, but numbers from −1000 to 1000"),
        ({"shift": float("inf")}, "shift holds inf"),
        ({"temperature": 0.0}, "temperature is 0.0"),
        ({"temperature": 1e-3}, "temperature is 0.001, but 0.01 to 100"),
        ({"true_class": 3}, "true_class is 3, but 0, 1 or 2"),
    ],
)
def test_bad_values_are_named(change: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Softmax(**change)
    demo = Softmax()
    ((name, value),) = change.items()
    with pytest.raises(ValueError, match=words):
        setattr(demo, name, value)
    assert demo.probabilities.round(3).tolist() == [0.705, 0.259, 0.035]


def test_an_unknown_arithmetic_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="float16"):
        Softmax(arithmetic="float16")


# --- the page's arithmetic ----------------------------------------------------------------------


def test_the_page_computes_what_python_does() -> None:
    rng = np.random.default_rng(0)
    cases = [
        [(rng.normal(0, 4, 3) + shift).tolist(), float(T), int(rng.integers(3)), way]
        for way in WAYS
        for shift in (0, 40, 89, 120, -80, -104, -130, 900, -900)
        for T in (0.2, 1, 3)
    ]
    results = run_module(PAGE_SOFTMAX, cases, module="floating_softmax.js")
    failures = 0
    for (z, T, y, way), got in zip(cases, results, strict=True):
        wanted = floating_softmax(np.array(z), T, y, way)
        for name, value in wanted._asdict().items():
            page = np.vectorize(lambda v: float(WORDS.get(v, v)))(got[name])
            if way == "float32" and np.max(wanted.exponentials) < 1e-36:
                # Among the smallest float32 the last digit is a large share.
                assert np.array_equal(np.isfinite(page), np.isfinite(value)), (z, T, way, name)
                continue
            tolerance = 1e-12 if way == "float64" else 5e-6
            assert np.allclose(page, value, rtol=tolerance, atol=tolerance, equal_nan=True), (
                f"{name} of {z} at T = {T} in {way}: page {page}, Python {value}"
            )
        failures += not np.isfinite(wanted.loss)
    assert 10 < failures < len(cases) / 2, "both sides of the cliff are to be among the cases"


# --- on the page --------------------------------------------------------------------------------


def bar(visit: Visit, key: str) -> Locator:
    """The bar of this key: z, e, p or d and the class."""
    return visit.el.locator(f"rect[data-key='{key}']:not(.reach)")


def height(visit: Visit, key: str) -> float:
    return float(bar(visit, key).get_attribute("height") or "nan")


def met(visit: Visit) -> list[bool]:
    """Which challenges are ticked."""
    items = visit.el.locator(".challenges li").all()
    return ["met" in (item.get_attribute("class") or "") for item in items]


def test_a_logit_can_be_dragged_and_the_drag_undone(browser: Browser) -> None:
    with shown(browser, Softmax()) as visit:
        box = visit.el.locator(".handle circle").nth(2).bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        visit.page.mouse.move(x, y)
        visit.page.mouse.down()
        visit.page.mouse.move(x, y - 30, steps=6)
        visit.page.mouse.up()
        assert visit.get("logits")[:2] == [2.0, 1.0]
        assert visit.get("logits")[2] > 0.5
        visit.el.get_by_role("button", name="Undo").click()
        assert visit.get("logits") == [2.0, 1.0, -1.0]
        expect(visit.el.get_by_role("button", name="Undo")).to_be_disabled()


def test_a_logit_can_be_moved_by_keyboard(browser: Browser) -> None:
    with shown(browser, Softmax()) as visit:
        handle = visit.el.get_by_role("slider", name="Logit of class 1")
        handle.press("ArrowUp")
        handle.press("PageDown")
        assert visit.get("logits") == [2.0, pytest.approx(0.1), -1.0]
        assert handle.get_attribute("aria-valuetext") == "0.1"
        for _ in range(40):
            handle.press("PageUp")
        assert visit.get("logits")[1] == 20, "the logit stops where the hand's reach ends"


def test_errors_sum_to_zero_and_bars_follow_python(browser: Browser) -> None:
    with shown(browser, Softmax()) as visit:
        visit.set(logits=[0.0, 3.0, -2.0], true_class=2)
        demo = Softmax(logits=[0, 3, -2], true_class=2)
        heights = [height(visit, f"p{k}") for k in range(3)]
        assert np.allclose(np.array(heights) / sum(heights), demo.probabilities, atol=1e-9)
        sizes = [height(visit, f"d{k}") for k in range(3)]
        assert sizes[2] == pytest.approx(sizes[0] + sizes[1])
        assert f"loss is {demo.loss:.4g}" in visit.status
        assert visit.el.locator(".formula").inner_text().endswith("sum of p − y = 0")


def test_a_shift_moves_logits_and_no_probability(browser: Browser) -> None:
    with shown(browser, Softmax()) as visit:
        before = [height(visit, f"p{k}") for k in range(3)]
        exponential = visit.el.locator(".formula [data-key=e0].number").inner_text()
        slider = visit.el.get_by_label("Shift all")
        for _ in range(3):
            slider.press("ArrowRight")
        assert visit.get("shift") == 3
        assert [height(visit, f"p{k}") for k in range(3)] == pytest.approx(before)
        assert visit.el.locator(".formula [data-key=e0].number").inner_text() != exponential
        assert "that cancels" in visit.status
        assert met(visit) == [True, False, False]
        visit.el.get_by_role("button", name="Undo").click()
        assert visit.get("shift") == 0


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"shift": 100.0}, "e to the power 102 is beyond the largest float32 number, 3.40e38"),
        ({"shift": -110.0}, "rounds them to 0; 0/0 is undefined"),
        ({"logits": [88.5, 88.5, 88.5]}, "The sum of the exponentials is beyond the largest"),
        ({"logits": [80.0, -40.0, 80.0]}, "rounded to 0, so the loss came out as ∞"),
        ({"shift": -102.5}, "keeps only a few of their digits"),
    ],
)
def test_each_failure_is_told_in_words(state: dict, words: str, browser: Browser) -> None:
    with shown(browser, Softmax(arithmetic="float32", **state)) as visit:
        right = Softmax(**state)
        assert words in visit.status
        assert f"loss {right.loss:.4g}" in visit.status
        assert visit.el.locator(".status.wrong").count() == 1
        before = visit.looks()
        visit.set(arithmetic="float32-max")
        assert visit.el.locator(".status.wrong").count() == 0 and visit.looks() != before
        assert met(visit)[2]


def test_float64_has_an_end_too(browser: Browser) -> None:
    with shown(browser, Softmax(logits=[1000.0, 0.0, -1000.0])) as visit:
        assert "beyond the largest float64 number, 1.80e308" in visit.status


def test_challenges_are_not_met_before_the_first_touch(browser: Browser) -> None:
    with shown(browser, Softmax()) as visit:
        assert met(visit) == [False] * 3
        visit.set(temperature=0.5)
        assert met(visit) == [False] * 3
        visit.set(logits=[6.0, -1.0, 0.0], temperature=1.0)
        assert met(visit) == [False, True, False]
        assert "sure of class 0, and wrong" in visit.status


def lit(visit: Visit) -> set[str]:
    """The keys of all that is lit."""
    nodes = visit.el.locator(".lit").all()
    return {str(node.get_attribute("data-key")) for node in nodes}


def test_a_term_lights_its_bar_and_a_bar_its_term(browser: Browser) -> None:
    with shown(browser, Softmax()) as visit:
        visit.el.locator(".formula [data-key=p2]").hover()
        assert lit(visit) == {"p2"} and "lit" in (bar(visit, "p2").get_attribute("class") or "")
        bar(visit, "e0").hover()
        assert lit(visit) == {"e0"}
        assert visit.el.locator(".formula [data-key=e0].lit").count() == 3
        # By keyboard: the formula is one stop, the arrow keys go from term to term.
        first = visit.el.locator(".formula [data-key][tabindex='0']")
        expect(first).to_have_count(1)
        first.focus()
        first.press("ArrowRight")
        assert lit(visit) == {"z0"}


def test_controls_stay_in_place_when_the_numbers_change(browser: Browser) -> None:
    for width in (900, 390):
        with shown(browser, Softmax(), width=width) as visit:
            controls = visit.el.locator(".controls")
            before = controls.bounding_box()
            for state in (
                {"shift": -87.0, "temperature": 0.2},
                {"logits": [-1000.0, 1000.0, 999.0], "shift": 0.0},
                {"arithmetic": "float32-max"},
            ):
                visit.set(**state)
                assert controls.bounding_box() == before
                assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
