"""What every explorable keeps to: in Python, in its front end, and on a page without a kernel."""

import random
import re
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator

from course_utils import palette
from course_utils.explorables import base
from course_utils.explorables.base import HERE, bundle
from tests.engine import run_module
from tests.explorable_page import Visit, explorable_class, explorables, shared_modules, shown

NAMES = explorables()
CONTROLS = (
    "button:not(:disabled), input[type=range], input[type=radio], input[type=checkbox], select"
)
SMALLEST_TARGET = 24  # CSS pixels, WCAG 2.2 AA
SMALLEST_TEXT = 12
MOST_STAYS = 0.9  # of the elements, when one number changes


def test_there_are_explorables() -> None:
    assert {"training_step", "first_taste"} <= set(NAMES)


# --- Python -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_repr_says_the_state_and_no_address(name: str) -> None:
    cls = explorable_class(name)
    assert re.fullmatch(rf"{cls.__name__}\(\w+=.*\)", repr(cls())) and "0x" not in repr(cls())
    assert repr(cls()) == repr(cls())


@pytest.mark.parametrize("name", NAMES)
def test_what_it_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=r"has no 'colour'; it has \w+"):
        explorable_class(name)(colour="red")


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_type_is_a_type_error(name: str) -> None:
    explorable = explorable_class(name)()
    for trait in explorable._shown:
        with pytest.raises((TypeError, ValueError)):
            setattr(explorable, trait, object())


# --- front end --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_bundle_is_one_module_that_parses(name: str) -> None:
    source = bundle(HERE / f"{name}.js")
    assert not re.search(r"^import\b", source, re.MULTILINE)
    (exported,) = re.findall(r"^export .*", source, re.MULTILINE)
    assert exported in ("export default { render };", "export default { render, accepts };")
    body = """
        const module = await import("data:text/javascript," + encodeURIComponent(data));
        return typeof module.default.render;
    """
    assert run_module(body, source) == "function"


def test_an_import_that_the_bundle_cannot_follow_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    front_end = tmp_path / "odd.js"
    front_end.write_text('import * as engine from "./shared/engine.js";\n')
    with pytest.raises(ValueError, match="odd.js: write imports as"):
        bundle(front_end)


@pytest.mark.parametrize("name", NAMES)
def test_arithmetic_comes_from_the_engine(name: str) -> None:
    source = (HERE / f"{name}.js").read_text(encoding="utf-8")
    assert re.search(r'from "\./shared/\w+\.js"', source)
    assert not re.search(r"Math\.(exp|log|tanh)\b", source), "this belongs into shared/"


def test_colours_stand_in_one_table() -> None:
    css = (HERE / "shared" / "explorable.css").read_text(encoding="utf-8")
    blocks = re.findall(r"\{([^{}]*--background:[^{}]*)\}", css)
    tables = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks]
    assert tables == [palette.LIGHT, palette.DARK]
    for path in [*HERE.glob("*.js"), *HERE.glob("*.css"), *shared_modules()]:
        assert not re.search(r"#[0-9a-fA-F]{6}\b|rgba?\(\s*\d", path.read_text(encoding="utf-8")), (
            f"{path.name} has a colour of its own; take one of palette.py's"
        )


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_colours_are_told_from_their_background(colours: dict[str, str]) -> None:
    for name in ("text", "muted", "forward", "backward", "wrong"):
        for ground in ("background", "panel"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    for k in range(3):
        assert contrast(colours[f"class-{k}"], colours["background"]) >= 3
        assert contrast(colours[f"class-{k}"], colours[f"class-{k}-tint"]) >= 2.5
    assert contrast("#ffffff", "#000000") == pytest.approx(21)


def test_the_shared_sheet_comes_first() -> None:
    assert base.style_sheet("training_step").index(".explorable {") < base.style_sheet(
        "training_step"
    ).index(".sums")


# --- on a page without a kernel ---------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [900, 390])
@pytest.mark.parametrize("name", NAMES)
def test_it_is_accessible_and_fits(name: str, width: int, dark: bool, browser: Browser) -> None:
    with shown(browser, explorable_class(name)(), width=width, dark=dark) as visit:
        assert visit.el.get_attribute("data-explorable") == name
        assert visit.el.locator(".title").inner_text().endswith("?")
        assert len(visit.status) > 20 and not re.search(
            r"NaN|undefined|null|Infinity", visit.status
        )
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        results = Axe().run(
            visit.page,
            options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]},
        )
        assert results.violations_count == 0, results.generate_report()
        assert small_text(visit) == []


def small_text(visit: Visit) -> list[str]:
    """Texts that are drawn too small to read."""
    return visit.page.evaluate(
        """least => [...document.querySelectorAll("#place *")].filter((node) =>
            [...node.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim())
            && !node.closest(".unseen") && node.getClientRects().length
            && parseFloat(getComputedStyle(node).fontSize)
               * (node.ownerSVGElement ? node.getScreenCTM().a : 1) < least
        ).map((node) => node.outerHTML)""",
        SMALLEST_TEXT,
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_control_does_something_by_keyboard(name: str, browser: Browser) -> None:
    with shown(browser, explorable_class(name)(), width=390) as visit:
        controls = visit.el.locator(CONTROLS)
        count = controls.count()
        assert count >= 3
        for index in range(count):
            visit.restart()
            control = controls.nth(index)
            if not control.is_visible() and not control.evaluate("n => n.type === 'radio'"):
                continue
            box = control.evaluate(
                """n => {
                    const { width, height } = (n.closest("label") ?? n).getBoundingClientRect();
                    return [width, height];
                }"""
            )
            assert min(box) >= SMALLEST_TARGET, (control.evaluate("n => n.outerHTML"), box)
            before = visit.drawn()
            operate(control)
            assert changes(visit, before), f"{control.evaluate('n => n.outerHTML')} does nothing"
            assert not re.search(r"NaN|undefined|Infinity", visit.el.inner_text())


def changes(visit: Visit, before: str) -> bool:
    """Whether the explorable soon draws something else: training shows after a moment."""
    for _ in range(20):
        if visit.drawn() != before:
            return True
        visit.page.wait_for_timeout(25)
    return False


def operate(control: Locator) -> None:
    """Use a control as a reader without a mouse would; one that is set already is moved on."""
    control.focus()
    kind = control.evaluate("n => n.type ?? n.tagName")
    if kind == "range":
        at_end = control.evaluate("n => n.value === n.max")
        control.press("ArrowLeft" if at_end else "ArrowRight")
    elif kind == "radio":
        control.press("ArrowRight" if control.is_checked() else "Space")
    elif kind == "select-one":
        control.press("ArrowDown")
    elif kind == "checkbox":
        control.press("Space")
    else:
        control.press("Enter")


@pytest.mark.parametrize("name", NAMES)
def test_an_input_changes_what_is_drawn_and_replaces_little(name: str, browser: Browser) -> None:
    """What is replaced must be laid out and painted anew, which makes answers slow."""
    with shown(browser, explorable_class(name)()) as visit:
        control = visit.el.locator("input[type=range], button:not(:disabled)").first
        operate(control)
        visit.page.evaluate(
            """() => {
                window.before = [...document.querySelectorAll("#place *")];
                window.canvases = 0;
                const Canvas = OffscreenCanvas;
                window.OffscreenCanvas = function (...size) {
                    canvases += 1;
                    return new Canvas(...size);
                };
            }"""
        )
        looks = visit.drawn()
        operate(control)
        kept, canvases = visit.page.evaluate(
            "[before.filter((node) => node.isConnected).length / before.length, canvases]"
        )
        assert visit.drawn() != looks
        assert kept > MOST_STAYS
        assert canvases == 0


# Each picture drawn over the one before and drawn afresh, and how many of its children stayed.
REDRAW = """async (pictures) => {
    const { draft, redraw } = await import("./shared/controls.js");
    const drafts = (list) =>
        list.map(([tag, key, inside]) => draft(tag, { "data-key": key }, ...drafts(inside)));
    const place = document.createElement("div");
    return pictures.map((picture) => {
        const before = [...place.children];
        redraw(place, ...drafts(picture));
        const afresh = document.createElement("div");
        redraw(afresh, ...drafts(picture));
        const stayed = before.filter((node) => node.parentNode === place);
        return [place.innerHTML, afresh.innerHTML, stayed.length];
    });
}"""


def test_a_redraw_shows_what_is_new_and_moves_what_stays(browser: Browser) -> None:
    rng = random.Random(5)

    def picture(depth: int) -> list[Any]:
        """Siblings: of each key only one, so that what stays is known."""
        keys = rng.sample("abcdef", rng.randint(0, 6))
        return [
            ["b" if key < "d" else "i", key, picture(depth - 1) if depth else []] for key in keys
        ]

    pictures = [picture(2) for _ in range(100)]
    with shown(browser, explorable_class(NAMES[0])()) as visit:
        results = visit.page.evaluate(REDRAW, pictures)
    moved = 0
    for (before, now), (html, afresh, stayed) in zip(
        pairwise([[], *pictures]), results, strict=True
    ):
        old_keys = [key for _, key, _ in before]
        common = [key for _, key, _ in now if key in old_keys]
        assert html == afresh and stayed == len(common)
        moved += common != sorted(common, key=old_keys.index)
    assert moved > 20  # else the test showed nothing


FOLLOW = """
    const state = { a: 1, b: 1 };
    const listeners = {};
    const model = {
        set(name, value) {
            state[name] = value;
            listeners[`change:${name}`]?.();
        },
        save_changes() {},
        on: (event, listener) => (listeners[event] = listener),
        off: (event) => delete listeners[event],
    };
    const [heard, own] = [[], []];
    const hear = () => heard.push({ ...state });
    const view = m.follow(model, ["a", "b"], hear, () => own.push({ ...state }));
    view.set({ a: 2, b: 2 });
    const others = heard.length;
    model.set("a", 3);
    view.unfollow();
    model.set("b", 3);
    return { others, own, heard, state };
"""


def test_a_view_hears_of_others_changes_and_not_of_its_own() -> None:
    """Else one press would be drawn once for each trait that it sets, in states between."""
    found = run_module(FOLLOW, module="controls.js")
    assert found["others"] == 0 and found["own"] == [{"a": 2, "b": 2}]
    assert found["heard"] == [{"a": 3, "b": 2}] and found["state"] == {"a": 3, "b": 3}


TRAINING = """
    const FRAME = 16; // ms
    let now = 0;
    let callback = null;
    globalThis.requestAnimationFrame = (next) => ((callback = next), 1);
    globalThis.cancelAnimationFrame = () => (callback = null);
    globalThis.matchMedia = () => ({ matches: data.calm });
    performance.now = () => now;
    let pictures = 0;
    const counts = new Set();
    const loop = m.trainingLoop({
        epochs(count) {
            counts.add(count);
            now += data.cost;
            return true;
        },
        draw: () => (pictures += 1),
        publish() {},
        perFrame: 2,
    });
    loop.start();
    const atStart = pictures;
    while (now < data.time) {
        now = FRAME * (Math.floor(now / FRAME) + 1);
        callback(now);
    }
    loop.halt();
    return { atStart, pictures, counts: [...counts], halted: callback === null };
"""


@pytest.mark.parametrize(
    ("cost", "calm", "pictures", "epochs"),
    [(1, False, 100, 2), (10, False, 32, 2), (1, True, 2, 120)],
    ids=["every frame", "on a slow machine", "for less motion"],
)
def test_training_rests_between_its_pictures(
    cost: float, calm: bool, pictures: int, epochs: int
) -> None:
    """A click that comes while a slow machine trains must not wait for pictures in a row."""
    data = {"cost": cost, "calm": calm, "time": 1600}
    found = run_module(TRAINING, data, module="training_loop.js")
    assert found["atStart"] == 0  # the first frame draws
    assert found["pictures"] == pytest.approx(pictures, abs=2)
    assert found["counts"] == [epochs] and found["halted"]


@pytest.mark.parametrize("name", NAMES)
def test_it_follows_the_pages_theme_and_width(name: str, browser: Browser) -> None:
    with shown(browser, explorable_class(name)()) as visit:
        before = visit.page.screenshot()
        visit.page.evaluate("document.documentElement.dataset.theme = 'dark'")
        visit.page.wait_for_timeout(150)
        assert visit.page.screenshot() != before
        visit.page.set_viewport_size({"width": 390, "height": 900})
        visit.page.wait_for_timeout(150)
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", NAMES)
def test_it_can_be_taken_away(name: str, browser: Browser) -> None:
    """JupyterLab takes a view away when its cell runs again; nothing may go on without it."""
    with shown(browser, explorable_class(name)()) as visit:
        visit.page.evaluate("leave(); document.getElementById('place').replaceChildren()")
        visit.page.evaluate("document.documentElement.dataset.theme = 'dark'")
        visit.page.set_viewport_size({"width": 500, "height": 900})
        visit.page.wait_for_timeout(100)
