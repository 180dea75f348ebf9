"""Chapter 6's descent: from Python, in the page's arithmetic, and on the page."""

import itertools

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from course_utils.data import study_hours
from course_utils.explorables.descent import FAR, MOST_UPDATES, Descent, descend, draws, problem
from tests.engine import run_module
from tests.explorable_page import Visit, shown

PROBLEMS = list(itertools.product(("raw", "standardised"), ("exact", "noisy")))
PAGE_DESCENT = """
    return data.map(({ X, y, start, learningRate, batchSize, seed, updates, far }) => {
        const problem = m.leastSquares({ X, y });
        const walk = m.descend(problem, { start, learningRate, batchSize, seed, updates, far });
        const gradients = X.map((_, n) => m.sampleGradient(problem, n, start));
        return { problem, gradients, mean: m.meanVector(gradients), ...walk };
    });
"""


# --- Python -------------------------------------------------------------------------------------


def test_limits_are_those_of_the_text() -> None:
    demo = Descent()
    assert np.allclose(demo.limits, [0.030384, 0.060767], atol=1e-6)
    demo.features = "standardised"
    assert np.allclose(demo.limits, [0.326979, 0.653958], atol=1e-6)


def test_the_steepest_mode_does_what_the_limits_say() -> None:
    steep = np.linalg.eigh(problem("raw", "exact").hessian)[1][:, -1]
    for share, settles, swings in [(0.9, True, False), (1.8, True, True), (2.1, False, True)]:
        demo = Descent(updates=30)
        demo.learning_rate = share * demo.limits[0]
        modes = (demo.path.points - problem("raw", "exact").minimum) @ steep
        assert (abs(modes[-1]) < abs(modes[0])) == settles
        assert (modes[1] * modes[0] < 0) == swings


def test_gradients_average_to_the_full_one() -> None:
    demo = Descent(updates=0, start=[1.0, -2.0])
    X, y = study_hours().X, study_hours().y[:, 0]
    full = 2 / 4 * X.T @ (X @ np.array([1.0, -2.0]) - y)
    assert np.allclose(demo.gradients.mean(axis=0), full)


def test_noisy_scores_leave_a_gradient_at_the_minimum_and_exact_ones_none() -> None:
    for features in ("raw", "standardised"):
        for scores, vanish in [("exact", True), ("noisy", False)]:
            one = problem(features, scores)
            gradients = one.gradients(one.minimum)
            assert np.allclose(gradients.mean(axis=0), 0)
            assert np.allclose(gradients, 0) == vanish


@pytest.mark.parametrize("batch_size", [1, 2, 4])
def test_every_draw_is_as_likely_as_any_other(batch_size: int) -> None:
    batches = draws(4, batch_size, seed=3)
    counts = np.zeros(4)
    for _ in range(4000):
        batch = next(batches)
        assert len(set(batch)) == batch_size
        counts[batch] += 1
    assert np.allclose(counts / 4000, batch_size / 4, atol=0.03)


def test_the_mean_square_limit_separates_shrinking_from_growing() -> None:
    one = problem("raw", "exact")
    limit = one.mean_square_limit(1)
    assert limit == pytest.approx(0.0341, abs=1e-4)
    assert one.mean_square_limit(4) == pytest.approx(2 / np.linalg.eigvalsh(one.hessian)[-1])
    for share, shrinks in [(0.97, True), (1.05, False)]:
        steps = [np.eye(2) - share * limit * 2 * np.outer(x, x) for x in one.X]
        moments = np.eye(2)
        sizes = []
        for _ in range(400):
            moments = np.mean([step @ moments @ step for step in steps], axis=0)
            sizes.append(np.trace(moments))
        assert (sizes[-1] < sizes[-100]) == shrinks


def test_a_path_that_diverges_ends_with_a_finite_loss() -> None:
    demo = Descent(learning_rate=1.0, updates=MOST_UPDATES, batch_size=1)
    points, losses = demo.path
    assert len(points) == len(losses) < 20
    assert np.isfinite(points).all() and losses[-1] > FAR >= losses[-2]


def test_step_and_reset_drive_the_path_and_keep_the_seed() -> None:
    demo = Descent(seed=7, batch_size=1, start=[0, 0], updates=0)
    demo.step()
    one = demo.weights
    demo.step(9)
    assert demo.updates == 10 and np.allclose(demo.path.points[1], one)
    demo.reset()
    assert (demo.updates, demo.seed, demo.start) == (0, 7, [-0.5, 3.5])
    with pytest.raises(ValueError, match="at most 400"):
        demo.step(401)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"learning_rate": 0.0}, "learning_rate is 0.0"),
        ({"updates": 401}, "updates is 401, but at most 400"),
        ({"updates": -1}, "updates is -1"),
        ({"seed": -1}, "seed is -1"),
        ({"start": [1.0]}, r"start has shape \(1,\), but \(2,\)"),
        ({"start": [1.0, float("nan")]}, "start holds nan"),
        ({"start": [1.0, 1e3]}, "but −100 to 100"),
    ],
)
def test_bad_values_are_named(change: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Descent(**change)
    demo = Descent()
    ((name, value),) = change.items()
    with pytest.raises(ValueError, match=words):
        setattr(demo, name, value)


def test_a_start_that_is_no_point_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="two numbers"):
        Descent(start=["a", "b"])
    with pytest.raises(TypeError, match="batch_size"):
        Descent(batch_size=3)


# --- the page's arithmetic ----------------------------------------------------------------------


def test_the_page_walks_the_same_path() -> None:
    rng = np.random.default_rng(0)
    cases = []
    for (features, scores), batch_size in itertools.product(PROBLEMS, (1, 2, 4)):
        one = problem(features, scores)
        cases.append(
            {
                "X": one.X.tolist(),
                "y": one.y.tolist(),
                "start": rng.normal(0, 3, 2).tolist(),
                "learningRate": float(rng.choice([0.01, 0.05, 0.5])),
                "batchSize": batch_size,
                "seed": int(rng.integers(1000)),
                "updates": 60,
                "far": FAR,
            }
        )
    found = run_module(PAGE_DESCENT, cases, module="descent.js")
    lengths = set()
    for ((features, scores), _), case, page in zip(
        itertools.product(PROBLEMS, (1, 2, 4)), cases, found, strict=True
    ):
        one = problem(features, scores)
        start = np.array(case["start"])
        batches = draws(4, case["batchSize"], case["seed"])
        path = descend(one, start, case["learningRate"], batches, 60)
        lengths.add(len(path.points))
        assert np.allclose(page["points"], path.points, rtol=1e-9, atol=1e-12)
        assert np.allclose(page["losses"], path.losses, rtol=1e-9, atol=1e-12)
        assert np.allclose(page["problem"]["H"], one.hessian, rtol=1e-12)
        assert np.allclose(page["problem"]["minimum"], one.minimum, rtol=1e-12)
        assert np.allclose(page["gradients"], one.gradients(start), rtol=1e-12)
        assert np.allclose(page["mean"], one.gradients(start).mean(axis=0), rtol=1e-11)
        curvatures, directions = np.linalg.eigh(one.hessian)
        assert np.allclose(page["problem"]["curvatures"], curvatures[::-1], rtol=1e-12)
        angle = page["problem"]["angle"]
        along = abs(directions[:, -1] @ [np.cos(angle), np.sin(angle)])
        assert along == pytest.approx(1, abs=1e-12)
        assert page["diverged"] == (path.losses[-1] > FAR)
        if not page["diverged"]:  # else the stream has gone on no further
            following = draws(4, case["batchSize"], case["seed"])
            assert page["next"] == next(itertools.islice(following, 60, None))
    assert 61 in lengths and min(lengths) < 61, "paths that end early belong into this test"


# --- on the page --------------------------------------------------------------------------------


def slide(visit: Visit, label: str, value: float) -> None:
    slider = visit.el.get_by_label(label)
    slider.fill(str(value))


def test_the_words_follow_the_learning_rate(browser: Browser) -> None:
    demo = Descent()
    low, high = demo.limits
    with shown(browser, demo) as visit:
        for rate, words in [
            (0.02, "below 1/λ"),
            (low, "η is 1/λ"),
            (0.05, "between 1/λ and 2/λ"),
            (high, "from side to side for ever"),
            (0.07, "It diverges"),
        ]:
            visit.set(learning_rate=rate)
            assert words in visit.status
        visit.set(updates=400)
        assert "Diverged" in visit.status and "NaN" not in visit.looks()
        expect(visit.el.get_by_role("button", name="One update")).to_be_disabled()
        before = visit.el.locator(".plane svg").inner_html()
        visit.set(learning_rate=0.3)  # the picture is not frozen: a control still bends the path
        assert visit.el.locator(".plane svg").inner_html() != before
        visit.set(learning_rate=0.02)
        expect(visit.el.get_by_role("button", name="Back")).to_be_enabled()
        assert "below 1/λ" in visit.status


def test_extremes_show_no_nan(browser: Browser) -> None:
    with shown(browser, Descent()) as visit:
        for traits in [
            {"start": [2.0, 2.0], "updates": 400},
            {"learning_rate": 1e-9},
            {"learning_rate": 1e9},
            {"start": [100, -100], "batch_size": 1, "scores": "noisy"},
            {"features": "standardised", "updates": 0},
        ]:
            visit.set(**traits)
            assert "NaN" not in visit.looks() and "Infinity" not in visit.looks()


def test_the_start_moves_by_pointer_and_by_keys_and_keeps_the_focus(browser: Browser) -> None:
    with shown(browser, Descent(), width=390) as visit:
        handle = visit.el.get_by_role("slider", name="Start point")
        box = handle.bounding_box()
        assert box and min(box["width"], box["height"]) >= 24
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        visit.page.mouse.move(x, y)
        visit.page.mouse.down()
        visit.page.mouse.move(x + 40, y + 40, steps=4)
        visit.page.mouse.up()
        w1, w2 = visit.get("start")
        assert w1 > 0 and w2 < 3
        handle.focus()
        for key in ["ArrowRight", "ArrowUp", "ArrowUp", "Shift+ArrowLeft"]:
            visit.page.keyboard.press(key)
        assert visit.get("start") == pytest.approx([w1 - 0.4, w2 + 0.2])
        expect(handle).to_be_focused()
        visit.page.mouse.move(x, y)  # a drag that is over moves nothing any more
        assert visit.get("start") == pytest.approx([w1 - 0.4, w2 + 0.2])


def test_back_undoes_and_reset_keeps_the_seed(browser: Browser) -> None:
    with shown(browser, Descent(batch_size=1, seed=5)) as visit:
        stage = visit.el.locator(".stage")
        looked = stage.inner_html()
        visit.el.get_by_role("button", name="One update").click()
        assert visit.get("updates") == 7
        visit.el.get_by_role("button", name="Back").click()
        assert stage.inner_html() == looked
        visit.set(start=[0, 0])
        visit.el.get_by_role("button", name="Reset").click()
        assert (visit.get("updates"), visit.get("start"), visit.get("seed")) == (0, [-0.5, 3.5], 5)
        expect(visit.el.get_by_role("button", name="Reset")).to_be_disabled()


def test_the_marks_stand_below_their_places_on_the_slider(browser: Browser) -> None:
    demo = Descent()
    for features in ("raw", "standardised"):
        demo.features = features
        with shown(browser, demo) as visit:
            slider = visit.el.get_by_label("Learning rate")
            box = slider.bounding_box()
            assert box
            for limit, text in zip(demo.limits, ["1/λ", "2/λ"], strict=True):
                visit.set(learning_rate=limit)
                share = slider.evaluate("i => (i.value - i.min) / (i.max - i.min)")
                thumb = box["x"] + 8 + share * (box["width"] - 16)
                mark = visit.el.locator(".marks span", has_text=text).bounding_box()
                assert mark and abs(mark["x"] + mark["width"] / 2 - thumb) < 3


def test_the_table_lights_its_arrow_and_says_who_is_next(browser: Browser) -> None:
    with shown(browser, Descent(batch_size=1, updates=3, seed=2)) as visit:
        drawn = visit.el.locator("tr", has_text="drawn")
        expect(drawn).to_have_count(1)
        batch = next(itertools.islice(draws(4, 1, 2), 3, None))
        assert drawn.get_attribute("data-key") == study_hours().students[batch[0]]
        visit.el.locator('tr[data-key="C"]').hover()
        expect(visit.el.locator('.plane line[data-key="C"].lit')).to_have_count(1)


def test_the_challenges_can_be_met(browser: Browser) -> None:
    with shown(browser, Descent()) as visit:
        met = visit.el.locator(".challenges .met")
        expect(met).to_have_count(0)
        visit.set(updates=80)
        expect(met).to_have_count(1)
        visit.set(learning_rate=0.02, batch_size=1, updates=40, axis="samples")
        for seed in range(20):
            visit.set(seed=seed)
        expect(met).to_have_count(2)
        visit.set(scores="noisy", learning_rate=0.008, updates=400)
        for seed in range(20):
            visit.set(seed=seed)
        expect(met).to_have_count(3)


def test_nothing_moves_when_the_words_change(browser: Browser) -> None:
    with shown(browser, Descent(), width=390) as visit:

        def places() -> list:
            return visit.page.evaluate(
                "() => [...document.querySelectorAll('button, input, table')]"
                ".map((e) => [e.getBoundingClientRect().x, e.getBoundingClientRect().y])"
            )

        before = places()
        for traits in [
            {"batch_size": 1},
            {"learning_rate": 0.08, "scores": "noisy", "updates": 30},
            {"batch_size": 4},
            {"features": "standardised", "axis": "samples"},
            {"features": "raw", "updates": 400},
        ]:
            visit.set(**traits)
            assert places() == before, f"{traits}: {visit.status}"
