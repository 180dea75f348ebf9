"""The introduction's explorable."""

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from course_utils.explorables.first_taste import FirstTaste
from tests.explorable_page import shown


def test_it_trains_in_python() -> None:
    taste = FirstTaste(hidden=4)
    before = taste.weights
    taste.train(100)
    assert taste.accuracy == 1.0 and taste.epochs == 100 and taste.weights != before
    taste.reset()
    assert taste.weights == before and taste.epochs == 0


def test_no_straight_line_separates_the_circles() -> None:
    taste = FirstTaste(hidden=0)
    taste.train(200)
    assert taste.accuracy < 0.65


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"hidden": 9}, "hidden is 9, but 0 to 8"),
        ({"seed": -1}, "seed is -1"),
        ({"learning_rate": -0.1}, "learning_rate is -0.1"),
        ({"weights": [[[[1.0, 2.0, 3.0]], [0.0]]]}, r"shape \(1, 3\), but \(1, 2\)"),
    ],
)
def test_bad_values_are_named(change: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        FirstTaste(**change)


def test_the_page_starts_where_python_does(browser: Browser) -> None:
    taste = FirstTaste(hidden=3, seed=5)
    with shown(browser, FirstTaste(hidden=0, seed=5)) as visit:
        slider = visit.el.locator("input[type=range]")
        for _ in range(3):
            slider.press("ArrowRight")
        for (W, b), (W_page, b_page) in zip(taste.weights, visit.get("weights"), strict=True):
            np.testing.assert_allclose(W_page, W, rtol=1e-12)
            np.testing.assert_allclose(b_page, b, rtol=1e-12)


def test_training_pauses_resets_and_separates(browser: Browser) -> None:
    with shown(browser, FirstTaste(hidden=4)) as visit:
        start = visit.get("weights")
        train = visit.el.locator("button.primary")
        train.click()
        expect(train).to_have_text("Pause")
        visit.page.wait_for_function(
            "document.querySelector('.status').textContent.includes('200 of 200')"
        )
        train.click()
        expect(train).to_have_text("Train")
        epochs = visit.get("epochs")
        status = visit.status
        visit.page.wait_for_timeout(200)
        assert epochs > 0 and visit.get("epochs") == epochs and visit.status == status

        trained = FirstTaste(hidden=4)
        trained.weights = visit.get("weights")
        assert f"{round(200 * trained.accuracy)} of 200" in status

        visit.el.get_by_role("button", name="Reset").click()
        assert visit.get("weights") == start and "After 0 epochs" in visit.status


def test_python_moves_the_picture(browser: Browser) -> None:
    taste = FirstTaste(hidden=4)
    taste.train(100)
    with shown(browser, FirstTaste()) as visit:
        assert "straight line" in visit.status
        visit.set(hidden=4, weights=taste.weights, epochs=100)
        assert "200 of 200" in visit.status and "After 100 epochs" in visit.status


def test_less_motion_for_those_who_ask_for_it(browser: Browser) -> None:
    with shown(browser, FirstTaste(hidden=2), calm=True) as visit:
        visit.page.evaluate(
            """() => {
                window.drawn = 0;
                const put = CanvasRenderingContext2D.prototype.drawImage;
                CanvasRenderingContext2D.prototype.drawImage = function (...a) {
                    window.drawn++;
                    return put.apply(this, a);
                };
            }"""
        )
        visit.el.locator("button.primary").click()
        visit.page.wait_for_timeout(1500)
        assert 1 <= visit.page.evaluate("window.drawn") <= 5
