"""Chapter 3's activation functions: from Python, in the page's arithmetic, and on the page."""

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from course_utils.activations import ACTIVATIONS
from course_utils.explorables.activation_gallery import SHOWN, ActivationGallery, chain
from course_utils.gradient_check import central_difference
from tests.engine import SHARED, run_module
from tests.explorable_page import shown

PAGE_CHAIN = f"""
    const {{ ACTIVATIONS }} = await import("{SHARED.as_uri()}/engine.js");
    return data.map(([name, z, weight, depth]) => m.chain(ACTIVATIONS[name], z, weight, depth));
"""


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "gelu", "leaky_relu"])
def test_the_product_is_the_derivative_of_the_chain(name: str) -> None:
    phi = ACTIVATIONS[name]

    def last(z: np.ndarray) -> float:
        for m in range(4):
            z = phi(z if m == 0 else 1.3 * z)
        return float(z[0])

    measured = central_difference(last, np.array([0.8]))[0]
    assert chain(phi, 0.8, 1.3, 4).product[-1] == pytest.approx(measured, rel=1e-7)


def test_what_the_picture_says() -> None:
    gallery = ActivationGallery(activation="sigmoid", z=0.0, depth=1)
    assert gallery.products == [0.25]
    gallery.activation, gallery.z, gallery.depth = "relu", -1.0, 5
    assert gallery.products == [0.0] * 5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"z": 5.1}, "z is 5.1, but -5 to 5"),
        ({"weight": -0.1}, "weight is -0.1, but 0 to 4"),
        ({"depth": 0}, "depth is 0"),
        ({"depth": 31}, "depth is 31, but 1 to 30"),
        ({"z": float("nan")}, "z is nan"),
    ],
)
def test_bad_values_are_named(change: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ActivationGallery(**change)


def test_the_page_computes_what_python_does() -> None:
    rng = np.random.default_rng(0)
    cases = [
        [name, float(rng.uniform(-5, 5)), float(rng.uniform(0, 2)), int(rng.integers(1, 31))]
        for name in SHOWN
        for _ in range(5)
    ]
    results = run_module(PAGE_CHAIN, cases, module="chain.js")
    for (name, *rest), got in zip(cases, results, strict=True):
        wanted = chain(ACTIVATIONS[name], *rest)
        for key in ("z", "derivative", "product"):
            assert np.allclose(got[key], getattr(wanted, key), rtol=1e-9, atol=1e-14)


def test_page_and_python_say_the_same(browser: Browser) -> None:
    with shown(browser, ActivationGallery()) as visit:
        visit.set(activation="tanh", z=1.0, weight=2.0, depth=3)
        last = ActivationGallery(activation="tanh", z=1.0, weight=2.0, depth=3).products[-1]
        assert f"∂a/∂z₁ = {last:.3g}" in visit.status
        visit.set(activation="relu", z=-2.0)
        assert "Unit 1 has φ′ = 0" in visit.status


def test_z_can_be_dragged(browser: Browser) -> None:
    with shown(browser, ActivationGallery()) as visit:
        box = visit.el.locator("svg.draggable").first.bounding_box()
        assert box
        middle = box["y"] + box["height"] / 2
        zero = box["x"] + 44 + (box["width"] - 54) / 2
        visit.page.mouse.move(box["x"] + 60, middle)
        visit.page.mouse.down()
        visit.page.mouse.move(zero, middle, steps=3)
        visit.page.mouse.up()
        assert abs(visit.get("z")) <= 0.1
        visit.page.mouse.move(zero + 40, middle)
        assert abs(visit.get("z")) <= 0.1


def test_challenges_and_reset(browser: Browser) -> None:
    with shown(browser, ActivationGallery(), width=390) as visit:
        met = visit.el.locator(".challenges .met")
        expect(met).to_have_count(0)
        visit.set(z=0)
        expect(met).to_have_count(1)
        visit.set(activation="relu", z=-1)
        expect(met).to_have_count(2)
        visit.set(activation="tanh", z=0.05, depth=20)
        expect(met).to_have_count(3)
        visit.el.get_by_role("button", name="Reset").click()
        assert [visit.get(name) for name in ("activation", "z", "weight", "depth")] == [
            "sigmoid",
            2,
            1,
            10,
        ]
