"""The explorable of chapter 4: a weight in four places, unit by unit, one student or all four."""

import re

import numpy as np
import pytest
from playwright.sync_api import Browser

from course_utils.data import study_hours
from course_utils.explorables.forward_pass import STARTS, ForwardPass
from tests.explorable_page import Visit, shown

OUTPUTS = list(STARTS)


def press(visit: Visit, name: str, times: int = 1) -> None:
    for _ in range(times):
        visit.el.get_by_role("button", name=name, exact=True).click()


def places(visit: Visit, key: str, mark: str) -> set[str]:
    """Where the parameter `key` carries the class `mark`: edge, cell, sum, code."""
    found = visit.page.evaluate(
        """([key, mark]) => [...document.querySelectorAll(`[data-key="${key}"]`)]
            .filter((node) => node.classList.contains(mark) && !node.classList.contains("hit"))
            .map((node) => node.closest("code") ? "code" : node.closest(".sum") ? "sum"
                : node.matches("button.entry") ? "cell"
                : node.matches("line") ? "edge" : "number")""",
        [key, mark],
    )
    return set(found)


def lit(visit: Visit) -> set[str]:
    """The keys of all that is lit."""
    keys = visit.page.evaluate(
        "() => [...document.querySelectorAll('.lit')].map((node) => node.dataset.key)"
    )
    return set(keys)


def numbers(text: str) -> list[float]:
    """The numbers in a text; "?" counts as none."""
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text.replace("−", "-"))]


def cells(visit: Visit, name: str) -> list[float]:
    """The numbers in the matrix of this name."""
    group = visit.el.get_by_role("group", name=re.compile(f"^{re.escape(name)}, shape")).first
    return numbers(group.locator(".cells").inner_text())


# --- Python ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_prediction_is_that_of_the_equations(output: str) -> None:
    X = study_hours().X
    (W1, b1), (W2, b2) = ((np.array(W), np.array(b)) for W, b in STARTS[output])
    z = np.maximum(X @ W1.T + b1, 0) @ W2.T + b2
    g = {
        "identity": z,
        "sigmoid": 1 / (1 + np.exp(-z)),
        "softmax": np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
    }[output]
    demo = ForwardPass(output=output, student=2)
    np.testing.assert_allclose(demo.prediction, g[2], atol=1e-11)
    demo.batch = True
    np.testing.assert_allclose(demo.prediction, g, atol=1e-11)


def test_a_parameter_is_read_and_changed_under_its_name_in_numpy() -> None:
    demo = ForwardPass(output="softmax", parameter="W2[2,0]")
    assert demo.parameter == "W2[2, 0]" and demo.value == demo.net().W[2][2, 0] == -0.5
    assert demo.says == "W2[2, 0] = -0.5 leads from hidden unit 1 to output unit 3"
    demo.value = 4
    assert demo.net().W[2][2, 0] == 4 and demo.weights[1][0][2][0] == 4
    demo.parameter = "W1[2, 0]"
    assert demo.says == "W1[2, 0] = 0.5 leads from x1 to hidden unit 3"
    demo.parameter = "b1[1]"
    assert demo.says == "b1[1] = 0.5 is the bias of hidden unit 2"
    demo.reset()
    assert demo.weights == STARTS["softmax"] and demo.stop == 0


def test_steps_end_where_everything_is_computed() -> None:
    demo = ForwardPass()
    for _ in range(9):
        demo.step()
    assert demo.stop == demo.last_stop == 4
    demo.output = "softmax"
    assert demo.last_stop == 7 and demo.stop == 4


def test_another_output_brings_its_own_weights_and_drops_what_it_lacks() -> None:
    demo = ForwardPass(output="softmax", stop=7, parameter="b2[2]")
    demo.output = "sigmoid"
    assert demo.weights == STARTS["sigmoid"]
    assert (demo.stop, demo.parameter) == (4, "W1[1, 0]")
    own = [STARTS["identity"][0], [[[1.0, 1.0, 1.0]], [0.0]]]
    assert ForwardPass(output="sigmoid", weights=own).weights == own


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"student": 4}, ValueError, "student is 4, but 0, 1, 2 or 3"),
        ({"stop": 5}, ValueError, "stop is 5, but 0 to 4"),
        ({"stop": -1}, ValueError, "stop is -1"),
        ({"output": "relu"}, TypeError, "'identity', 'sigmoid', 'softmax'"),
        ({"parameter": "W1[0, 2]"}, ValueError, r"'W1\[0, 2\]', but .* W1 has shape \(3, 2\)"),
        ({"parameter": "b2[1]"}, ValueError, "W2 .1, 3."),
        ({"parameter": "W1[0]"}, ValueError, "such as"),
        ({"weights": [[[[1.0]], [0.0]]]}, ValueError, "1 layers, but"),
        ({"weights": [STARTS["identity"][0], [[[1.0, 2.0, np.nan]], [0.0]]]}, ValueError, "nan"),
        ({"weights": [STARTS["identity"][0], [[[1.0, 2.0, 2e3]], [0.0]]]}, ValueError, "2000"),
    ],
)
def test_bad_values_are_named(change: dict, error: type[Exception], words: str) -> None:
    demo = ForwardPass()
    with pytest.raises(error, match=words):
        for name, value in change.items():
            setattr(demo, name, value)


# --- the page -------------------------------------------------------------------------------------


def test_a_weight_is_one_object_under_the_pointer(browser: Browser) -> None:
    everywhere = {"edge", "number", "cell", "sum", "code"}
    with shown(browser, ForwardPass(stop=4)) as visit:
        for place in (
            'rect.hit[data-key="W1[2, 1]"]',
            'button[data-key="W1[2, 1]"]',
            '.sum [data-key="W1[2, 1]"] >> nth=0',
            'code [data-key="W1[2, 1]"]',
        ):
            visit.page.mouse.move(0, 0)
            visit.el.locator(place).hover(position={"x": 4, "y": 4})
            assert places(visit, "W1[2, 1]", "lit") == everywhere, place
            assert lit(visit) == {"W1[2, 1]"}


def test_a_weight_is_one_object_under_the_keyboard(browser: Browser) -> None:
    with shown(browser, ForwardPass(batch=True)) as visit:
        visit.el.locator('button[data-key="W1[1, 0]"]').focus()
        assert lit(visit) == {"W1[1, 0]"}
        visit.page.keyboard.press("ArrowRight")  # in Wᵀ the next column is the next unit
        assert places(visit, "W1[2, 0]", "lit") == {"edge", "number", "cell", "sum", "code"}
        visit.page.keyboard.press("Enter")
        assert visit.get("parameter") == "W1[2, 0]"
        assert places(visit, "W1[2, 0]", "chosen") == {"edge", "number", "cell", "sum", "code"}
        assert visit.page.evaluate("document.activeElement.dataset.key") == "W1[2, 0]"
        assert "W⁽¹⁾₃₁ = 0.5, from x₁ to hidden unit 3; in the code W1[2, 0]" in visit.status


def test_a_press_marks_and_the_slider_moves_what_is_marked(browser: Browser) -> None:
    with shown(browser, ForwardPass(stop=4)) as visit:
        visit.el.locator('rect.hit[data-key="W2[0, 0]"]').click()
        assert visit.get("parameter") == "W2[0, 0]"
        visit.el.get_by_role("slider").press("ArrowRight")
        assert visit.get("weights")[1] == [[[2.25, 1.0, -1.0]], [1.0]]
        assert "at the start 2" in visit.status
        assert cells(visit, "z⁽²⁾") == [10.38]  # 9.5 + 0.25 · 3.5, to four digits
        press(visit, "Reset")
        assert visit.get("weights") == STARTS["identity"] and visit.get("stop") == 0


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("batch", [False, True], ids=["one", "batch"])
def test_the_page_shows_numpys_numbers(output: str, batch: bool, browser: Browser) -> None:
    demo = ForwardPass(output=output, batch=batch, student=3)
    demo.stop = demo.last_stop
    net = demo.net()
    rows = slice(None) if batch else 3
    with shown(browser, demo) as visit:
        for name, value in (("z⁽¹⁾", net.z[1]), ("a⁽¹⁾", net.a[1]), ("z⁽²⁾", net.z[2])):
            name = name.upper() if batch else name
            np.testing.assert_allclose(cells(visit, name), value[rows].ravel(), rtol=6e-4)
        if output != "identity":
            y_hat = cells(visit, "Ŷ" if batch else "ŷ")
            np.testing.assert_allclose(y_hat, net.a[2][rows].ravel(), atol=6e-4)
        for j in range(3):  # the student's numbers in the picture and at the end of the sums
            units = visit.el.locator(f'svg text[data-key="a1{j}"]').all_text_contents()
            assert numbers(units[0]) == [net.a[1][3, j]]
            sums = visit.el.locator(f'.sum [data-key="z1{j}"]').all_inner_texts()
            assert numbers(sums[1]) == [net.z[1][3, j]]
        W1 = net.W[1].T if batch else net.W[1]
        assert cells(visit, "W⁽¹⁾ᵀ" if batch else "W⁽¹⁾") == W1.ravel().tolist()
        copies = 4 if batch else 1
        assert cells(visit, "b⁽¹⁾") == net.b[1].tolist() * copies


def test_unit_by_unit(browser: Browser) -> None:
    with shown(browser, ForwardPass(output="softmax")) as visit:
        known = [len(cells(visit, "z⁽¹⁾")) + len(cells(visit, "z⁽²⁾")) + len(cells(visit, "ŷ"))]
        for _ in range(7):
            press(visit, "Next unit")
            texts = (cells(visit, name) for name in ("z⁽¹⁾", "z⁽²⁾", "ŷ"))
            known.append(sum(map(len, texts)))
        assert known == [0, 1, 2, 3, 4, 5, 6, 9]  # softmax: three at once
        assert visit.el.get_by_role("button", name="Next unit").is_disabled()
        assert "sum to 1" in visit.status
        press(visit, "Back")
        assert visit.get("stop") == 6 and cells(visit, "ŷ") == []


def test_shapes_stand_beside_the_code(browser: Browser) -> None:
    with shown(browser, ForwardPass()) as visit:
        code = " ".join(visit.el.locator(".layer code").all_inner_texts())
        assert "z1 = W1 @ x + b1\n# (3, 2) @ (2,) + (3,) → (3,)" in code
        visit.set(batch=True)
        code = " ".join(visit.el.locator(".layer code").all_inner_texts())
        assert "z1 = X @ W1.T + b1\n# (4, 2) @ (2, 3) + (3,) → (4, 3)" in code
        assert "z1[1, 0] = W1[0, 0] * X[1, 0]" in visit.el.locator(".units").inner_text()


def test_a_change_from_python_in_two_messages_is_waited_for(browser: Browser) -> None:
    with shown(browser, ForwardPass(stop=4)) as visit:
        visit.set(output="softmax")  # the weights still have one output
        visit.set(weights=STARTS["softmax"], stop=7)
        assert cells(visit, "ŷ") == [0.25, 0.679, 0.072]


def test_extremes_are_said_in_words(browser: Browser) -> None:
    far = [STARTS["sigmoid"][0], [[[1000.0, 1000.0, -1000.0]], [0.0]]]
    with shown(browser, ForwardPass(output="sigmoid", stop=4, weights=far)) as visit:
        assert "ŷ = 1.000" in visit.status and "the sigmoid is flat" in visit.status
        assert not re.search("NaN|undefined|∞", visit.el.inner_text())


def test_challenges_can_be_met(browser: Browser) -> None:
    with shown(browser, ForwardPass(batch=True, stop=4)) as visit:
        visit.el.locator('button[data-key="W1[0, 1]"]').click()
        visit.el.locator('button[data-key="b1[2]"]').click()
        visit.el.get_by_role("slider").fill("12")  # −2: off for C, too
        assert visit.el.locator(".challenges .met").count() == 2
        visit.el.get_by_text("grade", exact=True).click()
        visit.el.locator('button[data-key="b2[1]"]').click()
        visit.el.get_by_role("slider").press("End")
        assert visit.el.locator(".challenges .met").count() == 3
