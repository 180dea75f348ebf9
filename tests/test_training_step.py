"""The explorable of chapter 7: its numbers, its presses, Python and picture in step."""

import numpy as np
import pytest
from playwright.sync_api import Browser

from course_utils.explorables.training_step import STARTS, TrainingStep
from tests.explorable_page import Visit, shown


def press(visit: Visit, name: str, times: int = 1) -> None:
    for _ in range(times):
        visit.el.get_by_role("button", name=name, exact=True).click()


def workings(visit: Visit) -> str:
    return visit.el.locator(".sums").inner_text()


# --- Python -----------------------------------------------------------------------------------


def test_a_step_in_python_gives_the_posts_numbers() -> None:
    demo = TrainingStep()
    assert (demo.prediction, demo.loss) == (0, 100)
    demo.step()
    assert (demo.prediction, demo.loss, demo.stage) == (2.8, 51.84, "update")
    np.testing.assert_allclose(demo.net().W[1], [[0.4, 0.6]])
    demo.reset()
    assert demo.weights == STARTS["2-1"] and demo.stage == "start"


def test_another_network_brings_its_own_start() -> None:
    demo = TrainingStep()
    demo.step()
    demo.network = "2-2-1"
    assert demo.history == [STARTS["2-2-1"]] and demo.stage == "start" and demo.prediction == 6


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"student": 4}, ValueError, "student is 4, but 0, 1, 2 or 3"),
        ({"learning_rate": 0.0}, ValueError, "learning_rate is 0"),
        ({"network": "3-1"}, TypeError, "'2-1', '2-2-1'"),
        ({"weights": [[[[1.0]], [0.0]]]}, ValueError, r"shape \(1, 1\), but \(1, 2\)"),
        ({"weights": []}, ValueError, "0 layers, but MLP.2-1.* has 1"),
        ({"weights": [[[[np.nan, 0.0]], [0.0]]]}, ValueError, "nan at index"),
        ({"history": []}, ValueError, "history is empty"),
    ],
)
def test_bad_values_are_named(change: dict, error: type[Exception], words: str) -> None:
    demo = TrainingStep()
    with pytest.raises(error, match=words):
        for name, value in change.items():
            setattr(demo, name, value)


# --- the page ---------------------------------------------------------------------------------


def test_four_presses_spell_out_the_posts_step(browser: Browser) -> None:
    with shown(browser, TrainingStep()) as visit:
        for label in ("Forward", "Loss", "Gradient", "Update"):
            press(visit, label)
        text = workings(visit)
        for line in (
            "ŷ = 0·2 + 0·3 + 0 = 0",
            "L = (ŷ − y)² = (0 − 10)² = 100",
            "∂L/∂ŷ = 2(ŷ − y) = 2(0 − 10) = −20",
            "∂L/∂w₁ = (−20)·2 = −40",
            "∂L/∂w₂ = (−20)·3 = −60",
            "∂L/∂b = −20",
            "w₁ ← 0 − 0.01·(−40) = 0.4",
            "w₂ ← 0 − 0.01·(−60) = 0.6",
            "b ← 0 − 0.01·(−20) = 0.2",
            "now ŷ = 2.8, L = 51.84",
        ):
            assert line in text
        assert "fell from 100 to 51.84" in visit.status
        np.testing.assert_allclose(np.concatenate(visit.get("history")[-1][0][0]), [0.4, 0.6])


@pytest.mark.parametrize("network", list(STARTS))
@pytest.mark.parametrize("student", range(4))
def test_the_pages_steps_are_numpys(network: str, student: int, browser: Browser) -> None:
    demo = TrainingStep(network=network, student=student, learning_rate=0.004)
    with shown(browser, demo) as visit:
        press(visit, "Whole step", 5)
        for _ in range(5):
            demo.step()
        for ours, theirs in zip(demo.history, visit.get("history"), strict=True):
            for (W, b), (W_page, b_page) in zip(ours, theirs, strict=True):
                np.testing.assert_allclose(W_page, W, rtol=1e-12, atol=1e-14)
                np.testing.assert_allclose(b_page, b, rtol=1e-12, atol=1e-14)


def test_what_nothing_is_known_of_yet_is_hidden(browser: Browser) -> None:
    with shown(browser, TrainingStep()) as visit:
        press(visit, "Forward")
        hidden = visit.el.locator("li.later .sum")
        assert hidden.count() > 5
        assert all(not hidden.nth(i).is_visible() for i in range(hidden.count()))
        assert "−20" not in (visit.el.locator("svg").text_content() or "")


@pytest.mark.parametrize("width", [360, 1280])
def test_numbers_fit_into_their_units(width: int, browser: Browser) -> None:
    demo = TrainingStep(network="2-2-1", student=2, learning_rate=0.2)
    for _ in range(3):
        demo.step()
    with shown(browser, demo, width=width) as visit:
        assert "40.7" in visit.status  # the units hold −40.7, of which the phone has room for −41
        circles = visit.el.locator("svg circle")
        for i in range(circles.count()):
            key = circles.nth(i).get_attribute("data-key")
            value = visit.el.locator(f'svg text[data-key="{key}"]').first
            (ring, text) = (circles.nth(i).bounding_box(), value.bounding_box())
            assert ring and text and text["width"] < ring["width"]


def test_undo_goes_back_press_by_press(browser: Browser) -> None:
    with shown(browser, TrainingStep()) as visit:
        assert visit.el.get_by_role("button", name="Undo").is_disabled()
        seen = [visit.status]
        for label in ("Forward", "Loss", "Gradient", "Update", "Forward"):
            press(visit, label)
            seen.append(visit.status)
        for earlier in seen[-2::-1]:
            press(visit, "Undo")
            assert visit.status == earlier
        assert visit.get("history") == [STARTS["2-1"]]


def test_python_moves_the_picture(browser: Browser) -> None:
    with shown(browser, TrainingStep()) as visit:
        visit.set(student=3, learning_rate=0.02)
        assert visit.el.get_by_role("radio", name="D").is_checked()
        assert "η = 0.02" in visit.el.locator(".slider label").inner_text()
        assert "student D studied 4 hours" in visit.status
        visit.set(history=[[[[[1.0, 1.0]], [0.5]]]], stage="forward")
        assert "ŷ = 1·4 + 1·5 + 0.5 = 9.5" in workings(visit)


def test_overshooting_and_divergence_are_said_in_words(browser: Browser) -> None:
    with shown(browser, TrainingStep(learning_rate=0.2)) as visit:
        press(visit, "Whole step")
        assert "rose from 100" in visit.status and "too large for this student" in visit.status
        visit.set(history=[[[[[1e200, 0.0]], [0.0]]]], stage="start")
        assert "training has diverged" in visit.status
        assert visit.el.get_by_role("button", name="Whole step").is_disabled()
        press(visit, "Reset")
        assert "Before the first update" in visit.status


def test_challenges_are_ticked_when_met(browser: Browser) -> None:
    with shown(browser, TrainingStep(learning_rate=1 / 28)) as visit:
        assert visit.el.locator("li.met").count() == 0
        press(visit, "Whole step")
        assert visit.el.locator("li.met").count() == 2  # in ten updates, and in a single one
        press(visit, "Reset")
        assert visit.el.locator("li.met").count() == 2


def test_pointing_at_a_weight_lights_all_that_belongs_to_it(browser: Browser) -> None:
    with shown(browser, TrainingStep()) as visit:
        press(visit, "Whole step")
        visit.el.locator("tbody tr").nth(1).hover()
        lit = visit.el.locator(".lit")
        assert {lit.nth(i).get_attribute("data-key") for i in range(lit.count())} == {"W101"}
        assert lit.count() >= 6  # edge, two labels, term, gradient, update, row
        visit.el.locator("tbody tr").first.focus()
        visit.page.keyboard.press("ArrowDown")
        assert visit.page.evaluate("document.activeElement.dataset.key") == "W101"


def test_the_controls_stay_where_they_are(browser: Browser) -> None:
    with shown(browser, TrainingStep(network="2-2-1"), width=390) as visit:
        button = visit.el.locator("button.primary")
        places = set()
        for _ in range(6):
            box = button.bounding_box()
            assert box is not None
            places.add((box["x"], box["y"]))
            button.click()
        assert len(places) == 1
