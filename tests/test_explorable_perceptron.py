"""The explorable of chapter 2: the rule, its bound, the return of old weights, dragged points."""

import numpy as np
import pytest
from playwright.sync_api import Browser
from scipy.optimize import linprog
from sklearn.svm import SVC

from course_utils.explorables.perceptron import (
    MOST_STEPS,
    PRESETS,
    Perceptron,
    largest_margin,
    learn,
)
from tests.engine import run_module
from tests.explorable_page import Visit, shown


def press(visit: Visit, name: str, times: int = 1) -> None:
    for _ in range(times):
        visit.el.get_by_role("button", name=name, exact=True).click()


def button(visit: Visit, name: str):  # type: ignore[no-untyped-def]
    return visit.el.get_by_role("button", name=name, exact=True)


def met(visit: Visit) -> list[str]:
    return [text.split("\n")[0] for text in visit.el.locator("li.met").all_inner_texts()]


def random_points(seed: int, count: int = 8) -> tuple[list[list[float]], list[int]]:
    rng = np.random.default_rng(seed)
    points = rng.integers(-16, 17, size=(count, 2)) / 8
    return points.tolist(), rng.choice([-1, 1], size=count).tolist()


# --- Python: the rule and the bound ---------------------------------------------------------------


def test_xor_returns_after_four_mistakes_and_goes_round() -> None:
    demo = Perceptron(data="XOR", steps=8)
    assert demo.returned == (0, 4) and not demo.finished and demo.bound == float("inf")
    wanted = [[0, 0, 0], [0, 0, -1], [0, 1, 0], [1, 1, 1], [0, 0, 0]]
    np.testing.assert_array_equal(demo.history, wanted + wanted[1:])


@pytest.mark.parametrize("data", ["AND", "clouds", "narrow"])
@pytest.mark.parametrize("order", ["in turn", "shuffled"])
def test_separable_points_are_learnt_within_the_bound(data: str, order: str) -> None:
    for seed in range(5):
        demo = Perceptron(data=data, order=order, seed=seed)
        demo.run()
        assert demo.finished and demo.returned is None
        assert 0 < demo.mistakes <= demo.bound
        X1 = np.column_stack([demo.points, np.ones(len(demo.points))])
        assert (np.array(demo.labels) * (X1 @ demo.history[-1]) > 0).all()


def test_only_mistakes_move_the_weights() -> None:
    for seed in range(10):
        points, labels = random_points(seed)
        trace = learn(points, labels, 0.5, "shuffled", seed, 60)
        moves = np.diff(trace.weights, axis=0)
        mistakes = [visit for visit in trace.visits if visit.mistake]
        assert len(moves) == len(mistakes)
        for move, visit in zip(moves, mistakes, strict=True):
            assert labels[visit.point] * visit.score <= 0
            wanted = 0.5 * labels[visit.point] * np.array([*points[visit.point], 1.0])
            np.testing.assert_array_equal(move, wanted)


def separable(P: np.ndarray) -> bool:
    """Whether some u has P @ u > 0: the largest t with P @ u ≥ t and |u| ≤ 1."""
    rows = np.column_stack([-P, np.ones(len(P))])
    limits = [(-1, 1)] * 3 + [(None, 1)]
    return linprog([0, 0, 0, -1], A_ub=rows, b_ub=np.zeros(len(P)), bounds=limits).x[3] > 1e-9


def test_the_margin_is_the_support_vector_machines() -> None:
    answers = []
    for seed in range(30):
        points, labels = random_points(seed, 5)
        y, X1 = np.array(labels), np.column_stack([points, np.ones(5)])
        found = largest_margin(points, labels)
        answers.append(separable(y[:, None] * X1))
        assert (found.bound < np.inf) == answers[-1]
        if answers[-1]:
            np.testing.assert_allclose((y * (X1 @ found.separator)).min(), found.margin)
            svm = SVC(kernel="linear", C=1e8, max_iter=100_000)
            u = svm.fit(np.vstack([X1, -X1]), np.append(y, -y)).coef_[0]
            margin = (y * (X1 @ u)).min() / np.linalg.norm(u)
            np.testing.assert_allclose(found.margin, margin, rtol=1e-2)
    assert 5 < sum(answers) < 25


def test_a_return_comes_only_where_no_line_separates() -> None:
    returns = 0
    for seed in range(60):
        points, labels = random_points(seed, 6)
        trace = learn(points, labels, 1.0, "shuffled", seed, 400)
        bound = largest_margin(points, labels).bound
        if trace.returned:
            i, j = trace.returned
            np.testing.assert_array_equal(trace.weights[i], trace.weights[j])
            assert bound == float("inf")
            returns += 1
        if trace.finished:
            assert bound < float("inf")
    assert returns > 10


def test_the_learning_rate_only_scales() -> None:
    slow, fast = (Perceptron(data="narrow", learning_rate=eta, steps=40) for eta in (0.5, 2))
    np.testing.assert_array_equal(4 * slow.history, fast.history)


# --- Python: driving it ---------------------------------------------------------------------------


def test_step_run_and_reset() -> None:
    demo = Perceptron()
    demo.step(3)
    assert demo.steps == 3 and demo.mistakes > 0
    demo.run()
    assert demo.finished and demo.steps < MOST_STEPS
    demo.set_points([[0, 0], [1, 1]], [1, -1])
    demo.reset()
    assert demo.steps == 0 and demo.points == PRESETS["clouds"]["points"]
    np.testing.assert_array_equal(demo.weights, [0, 0])
    assert demo.bias == 0


def test_run_stops_at_a_return_and_then_at_the_end() -> None:
    demo = Perceptron(data="overlap")
    demo.run()
    assert demo.returned is not None and demo.mistakes == demo.returned[1]
    demo.run()
    assert demo.steps == MOST_STEPS


def test_another_data_set_brings_its_points() -> None:
    demo = Perceptron(data="AND", steps=5)
    assert demo.steps == 5
    demo.data = "narrow"
    assert demo.steps == 0
    assert (demo.points, demo.labels) == (PRESETS["narrow"]["points"], PRESETS["narrow"]["labels"])


def test_own_points() -> None:
    demo = Perceptron(points=np.array([[0.0, 1.0], [1.0, 0.0]]), labels=np.array([1, -1]))
    demo.run()
    assert demo.finished and demo.labels == [1, -1]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"points": [[0, 0]]}, ValueError, "1 points, but 2 to 12"),
        ({"points": [[0, 0, 0], [1, 1, 1]]}, ValueError, r"shape \(2, 3\), but \(N, 2\)"),
        ({"points": [[0, 0], [3, 0]]}, ValueError, "as far as 3, but −2 … 2"),
        ({"points": [[0, 0], [np.nan, 0]]}, ValueError, "nan at index"),
        ({"points": [["a", 0], [1, 0]]}, TypeError, "pairs"),
        ({"labels": [0, 1]}, ValueError, r"labels has 0, but −1 and 1 .* 2\*y - 1"),
        ({"labels": [2, 1]}, ValueError, "labels has 2, but −1 and 1 are wanted.$"),
        ({"steps": -1}, ValueError, "steps is -1"),
        ({"steps": 1001}, ValueError, "at most 1000"),
        ({"seed": -1}, ValueError, "seed is -1"),
        ({"order": "random"}, TypeError, "'in turn', 'shuffled'"),
        ({"learning_rate": 0.0}, TypeError, "learning_rate"),
        ({"data": "moons"}, TypeError, "'AND'"),
    ],
)
def test_bad_values_are_named(change: dict, error: type[Exception], words: str) -> None:
    demo = Perceptron()
    with pytest.raises(error, match=words):
        for name, value in change.items():
            setattr(demo, name, value)


def test_points_and_labels_that_do_not_fit_are_named() -> None:
    demo = Perceptron()
    with pytest.raises(ValueError, match="2 points, but 3 labels"):
        demo.set_points([[0, 0], [1, 1]], [1, 1, -1])
    demo.labels = [1, -1]
    with pytest.raises(ValueError, match="12 points, but 2 labels; set_points"):
        demo.step()


# --- JavaScript -----------------------------------------------------------------------------------


def test_the_pages_arithmetic_is_pythons() -> None:
    cases = [
        (*random_points(seed, 3 + seed % 10), eta, order, seed)
        for seed in range(30)
        for eta, order in ((1.0, "in turn"), (0.5, "shuffled"))
    ]
    theirs = run_module(
        """return data.map(([points, labels, learningRate, order, seed]) => ({
            ...m.learn({ points, labels, learningRate, order, seed, steps: 90 }),
            best: m.largestMargin(points, labels),
        }));""",
        cases,
        module="perceptron.js",
    )
    for (points, labels, eta, order, seed), page in zip(cases, theirs, strict=True):
        trace = learn(points, labels, eta, order, seed, 90)
        np.testing.assert_array_equal(page["weights"], trace.weights)
        seen = [(v["point"], v["score"], v["mistake"]) for v in page["visits"]]
        assert seen == [tuple(visit) for visit in trace.visits]
        assert (page["next"], page["finished"]) == (trace.next, trace.finished)
        assert page["returned"] == (list(trace.returned) if trace.returned else None)
        best = largest_margin(points, labels)
        np.testing.assert_allclose(page["best"]["margin"], best.margin, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(page["best"]["radius"], best.radius, rtol=1e-12)


def test_the_line_and_the_side_that_are_drawn() -> None:
    rng = np.random.default_rng(0)
    lines = [*rng.normal(size=(50, 3)).tolist(), [1, 0, 0.5], [0, -2, 1], [0, 0, 1], [1, 1, 9]]
    drawn = run_module(
        "return data.map((w) => ({ ends: m.boundaryWithin(w, 2), part: m.positivePart(w, 2) }));",
        lines,
        module="perceptron.js",
    )
    crossings = 0
    for (w1, w2, b), picture in zip(lines, drawn, strict=True):
        corners = [w1 * p + w2 * q + b > 0 for p in (-2, 2) for q in (-2, 2)]
        assert bool(picture["ends"]) == (len(set(corners)) == 2)
        for p, q in picture["ends"]:
            assert abs(w1 * p + w2 * q + b) < 1e-9 and max(abs(p), abs(q)) < 2 + 1e-9
            assert max(abs(p), abs(q)) > 2 - 1e-9
            crossings += 1
        assert all(w1 * p + w2 * q + b > -1e-9 for p, q in picture["part"])
        inside = [list(corner) for corner in [(-2, -2), (-2, 2), (2, -2), (2, 2)]
                  if w1 * corner[0] + w2 * corner[1] + b > 0]  # fmt: skip
        assert all(corner in picture["part"] for corner in inside)
    assert crossings > 20


# --- the page -------------------------------------------------------------------------------------


def test_a_press_spells_out_the_update(browser: Browser) -> None:
    with shown(browser, Perceptron(data="AND", steps=3)) as visit:
        press(visit, "Next point")
        text = visit.el.locator(".sums").inner_text()
        for line in (
            "z = 0·1 + 0·1 + (−1) = −1",
            "y·z = 1·(−1) = −1 ≤ 0: a mistake",
            "w ← (0, 0) + 1·1·(1, 1) = (1, 1)",
            "b ← (−1) + 1·1 = 0",
        ):
            assert line in text
        assert "mistake 2." in visit.status and "At most 51 mistakes" in visit.status
        assert visit.get("steps") == 4
        assert "2 mistakes" in visit.el.locator(".meter").inner_text()
        assert "bound (R/γ)² = 51" in visit.el.locator(".meter").inner_text()
        press(visit, "Next point", 1)
        press(visit, "Undo", 1)
        assert visit.get("steps") == 4


def test_xors_return_is_announced(browser: Browser) -> None:
    with shown(browser, Perceptron(data="XOR"), calm=True) as visit:
        press(visit, "Run")
        assert visit.get("steps") == 4
        assert "Now the zero weights of the start are back" in visit.status
        assert "add up to zero" in visit.status and "repeat for ever" in visit.status
        assert visit.el.locator("tr.same").count() == 2
        assert met(visit) == ["Make an earlier weight vector return."]
        press(visit, "Next point")
        assert "At mistake 4 the zero weights of the start were back" in visit.status


def test_run_plays_and_pauses(browser: Browser) -> None:
    with shown(browser, Perceptron(data="AND")) as visit:
        press(visit, "Run")
        visit.page.wait_for_function("model.get('steps') >= 2")
        press(visit, "Pause")
        steps = visit.get("steps")
        visit.page.wait_for_timeout(500)
        assert visit.get("steps") == steps
        press(visit, "Run")
        visit.page.wait_for_function("n => model.get('steps') > n", arg=steps)
        visit.set(steps=1)  # Python takes over
        visit.page.wait_for_timeout(500)
        assert visit.get("steps") == 1 and button(visit, "Run").is_visible()


def test_it_finishes_and_says_so(browser: Browser) -> None:
    demo = Perceptron(data="narrow")
    demo.run()
    with shown(browser, Perceptron(data="narrow"), calm=True) as visit:
        press(visit, "Run")
        assert visit.get("steps") == demo.steps
        assert f"Finished: every point is on its right side, after {demo.mistakes}" in visit.status
        assert button(visit, "Next point").is_disabled() and button(visit, "Run").is_disabled()
        assert visit.el.locator(".handle.wrong").count() == 0
        press(visit, "Restart")
        assert "The weights are zero" in visit.status


def test_points_are_dragged_and_come_back(browser: Browser) -> None:
    with shown(browser, Perceptron(data="XOR", steps=6)) as visit:
        handle = visit.el.locator(".handle").nth(3)
        box = handle.bounding_box()
        assert box is not None
        at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        visit.page.mouse.move(*at)
        visit.page.mouse.down()
        visit.page.mouse.move(at[0] + 20, at[1] - 40, steps=4)
        visit.page.mouse.move(at[0] - 50, at[1] + 200, steps=4)
        visit.page.mouse.up()
        x1, x2 = visit.get("points")[3]
        assert x2 < -1 and (8 * x1) % 1 == 0 and (8 * x2) % 1 == 0
        assert "At most" in visit.status  # now a line exists
        press(visit, "Undo")
        assert visit.get("points") == PRESETS["XOR"]["points"] and visit.get("steps") == 6
        assert button(visit, "Points back").is_disabled()


def test_points_are_moved_by_keyboard_and_xor_is_solved(browser: Browser) -> None:
    with shown(browser, Perceptron(data="XOR"), calm=True) as visit:
        handle = visit.el.locator(".handle").nth(3)
        handle.focus()
        for _ in range(5):
            visit.page.keyboard.press("Shift+ArrowDown")
        visit.page.keyboard.press("ArrowRight")
        assert visit.get("points")[3] == [1.125, -1.5]
        assert visit.page.evaluate("document.activeElement.classList.contains('handle')")
        press(visit, "Run")
        assert "Finished" in visit.status
        assert "On XOR, move a single point until a line exists, and let it finish." in met(visit)
        for _ in range(9):
            visit.page.keyboard.press("ArrowUp")  # the focus is on Run: nothing moves
        assert visit.get("points")[3] == [1.125, -1.5]
        press(visit, "Points back")
        assert visit.get("points") == PRESETS["XOR"]["points"]


def test_python_moves_the_picture(browser: Browser) -> None:
    with shown(browser, Perceptron()) as visit:
        visit.set(points=[[0, 0.5], [0, -0.5]])  # the labels are still on their way
        visit.set(labels=[1, -1], steps=1)
        assert visit.el.locator(".handle").count() == 2
        assert "mistake 1" in visit.status
        visit.set(order="shuffled", learning_rate=2)
        assert visit.el.get_by_role("radio", name="shuffled").is_checked()
        assert visit.el.get_by_role("radio", name="2", exact=True).is_checked()


def test_no_line_at_all_is_said_in_words(browser: Browser) -> None:
    with shown(browser, Perceptron(data="XOR", steps=1)) as visit:
        assert "w is zero, so there is no line: the unit says −1 everywhere" in visit.status
        visit.set(points=[[0.125, 0], [1, 1], [1, 0], [0, 1]])
        assert "The line lies outside the picture." in visit.status


def test_the_end_of_the_picture_is_said(browser: Browser) -> None:
    with shown(browser, Perceptron(data="overlap", steps=MOST_STEPS)) as visit:
        assert f"ends here, after {MOST_STEPS} visits" in visit.status
        assert button(visit, "Next point").is_disabled()


@pytest.mark.parametrize("width", [390, 900])
@pytest.mark.parametrize("data", ["XOR", "narrow"])
def test_the_controls_stay_where_they_are(data: str, width: int, browser: Browser) -> None:
    with shown(browser, Perceptron(data=data), width=width) as visit:
        places = set()
        for _ in range(7):
            for name in ("Next point", "Undo", "Points back"):
                box = button(visit, name).bounding_box()
                assert box is not None
                places.add((name, box["x"], box["y"]))
            goals = visit.el.locator(".sums").bounding_box()
            assert goals is not None
            places.add(("below", goals["x"], goals["y"]))
            press(visit, "Next point")
        assert len(places) == 4
