"""A link to an explorable's state brings that state back; whatever else it holds does no harm."""

import base64
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import traitlets
from playwright.sync_api import Browser, Locator, Page, expect

from course_utils.explorables.base import HERE, Explorable
from tests.engine import run_module
from tests.explorable_page import explorable_class, explorables, static_state
from tests.test_explorables import operate
from tools.site import serving
from tools.sphinx_ext import assets
from tools.stills import page_of

NAMES = explorables()
TRAINING = ["first_taste", "hidden_space"]
# What undoes the moves before, or goes on by itself; one test presses Train.
NOT_PRESSED = re.compile(r"Train|Run|Pause|Reset|Restart|Start over|Undo|Back|Points back|Forget.*")
# All that is shown, without what belongs to a reader and not to the state: the challenges' ticks,
# whether there is something to undo, where the keyboard stands; and without names given at random.
LOOKS = """place => {
    const copy = place.querySelector(".explorable").cloneNode(true);
    for (const node of copy.querySelectorAll(".challenges, .buttons, .unseen")) node.remove();
    for (const node of copy.querySelectorAll("*")) {
        // Attributes stand in the order in which they were set.
        const pairs = [...node.attributes].map(({ name, value }) => [name, value]).sort();
        for (const [name] of pairs) node.removeAttribute(name);
        for (const [name, value] of pairs) node.setAttribute(name, value);
    }
    const html = copy.innerHTML
        .replace(/(slider|choice|parameter)-\\w+|descent-plane-\\d+/g, "")
        .replace(/ (tabindex|data-lm-\\w+|data-lm-[\\w-]+)="[^"]*"/g, "")
        .replace(/ ?\\blit\\b/g, "").replaceAll(' class=""', "");
    const pixels = [...place.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL());
    const values = [...place.querySelectorAll("input")].map((i) => `${i.value} ${i.checked}`);
    return [html, ...pixels, ...values].join("\\n");
}"""


@dataclass
class Shown:
    """A page with two places of one explorable; what happens here happens in the second."""

    page: Page
    errors: list[str] = field(default_factory=list)

    @property
    def place(self) -> Locator:
        return self.page.locator(".explorable-place").nth(1)

    @property
    def words(self) -> str:
        return self.place.locator(".status").inner_text()

    def looks(self) -> str:
        """What the second place shows, as text."""
        self.page.mouse.move(0, 0)
        self.page.evaluate("document.activeElement.blur()")
        return str(self.place.evaluate(LOOKS))

    def wait(self) -> None:
        """Wait until the second place shows its explorable, drawn at the page's width."""
        expect(self.place).to_have_attribute("data-state", "running")
        self.page.evaluate("new Promise((r) => requestAnimationFrame(() => setTimeout(r)))")

    def link(self) -> str:
        """Press the button below the frame; the link that is then in the clipboard."""
        said = self.place.locator(".explorable-link [role=status]")
        said.evaluate("text => (text.textContent = '')")  # what an earlier press has said
        self.place.get_by_role("button", name="Copy link to this state").press("Enter")
        expect(said).to_have_text("Link copied.")
        link = str(self.page.evaluate("navigator.clipboard.readText()"))
        assert link == self.page.url
        return link

    def press(self, button: str) -> None:
        self.place.get_by_role("button", name=button, exact=True).click()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where each explorable has a page with two places, named by it."""
    folder = tmp_path_factory.mktemp("links")
    assets.copy_explorables(folder / "explorables")
    for name in NAMES:
        state = static_state(explorable_class(name)())
        html = page_of(name, [state, state])
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    with serving(folder) as served:
        yield served


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[Shown]:
    """Open `url` in a browser that knows nothing; fails at the end if the page logged an error."""
    context = browser.new_context(
        viewport={"width": 900, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
    )
    shown = Shown(context.new_page())
    shown.page.on("pageerror", lambda error: shown.errors.append(str(error)))
    shown.page.on(
        "console",
        lambda message: shown.errors.append(message.text) if message.type == "error" else None,
    )
    try:
        shown.page.goto(url)
        if "#" not in url:
            shown.place.scroll_into_view_if_needed()
        shown.wait()
        yield shown
        assert shown.errors == []
    finally:
        context.close()


def move_controls(shown: Shown) -> None:
    """Use every control that changes the state and doesn't go on by itself."""
    controls = shown.place.locator(".controls input, .diagnosis button").all()
    for control in controls:
        if not (control.evaluate("n => n.type === 'radio'") and control.is_checked()):
            operate(control)
    press_buttons(shown)


def press_buttons(shown: Shown) -> None:
    for button in shown.place.locator(".controls button").all():
        if button.is_enabled() and not NOT_PRESSED.fullmatch(button.inner_text()):
            button.press("Enter")


def go_to_start(shown: Shown) -> None:
    resets = shown.place.get_by_role("button", name=re.compile("^(Reset|Restart|Start over)$"))
    if resets.count() and resets.is_enabled():
        resets.press("Enter")


# --- there and back -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_link_brings_the_state_back(name: str, browser: Browser, address: str) -> None:
    with opened(browser, f"{address}/{name}.html") as sender:
        at_start = sender.looks()
        move_controls(sender)
        link, looks, words = sender.link(), sender.looks(), sender.words
        assert looks != at_start
        with opened(browser, link) as reader:
            expect(reader.place.locator(".title")).to_be_in_viewport()
            assert reader.words == words
            assert reader.looks() == looks
            assert reader.link() == link
            first = reader.page.locator(".explorable-place").first
            first.scroll_into_view_if_needed()
            first.locator(".explorable").wait_for()
            assert first.evaluate(LOOKS) == at_start
            press_buttons(reader)
            press_buttons(sender)
            assert reader.words == sender.words and reader.looks() == sender.looks()
            assert reader.link() == sender.link()
            for shown in (sender, reader):
                go_to_start(shown)
            assert reader.words == sender.words


@pytest.mark.parametrize("name", TRAINING)
def test_training_goes_on_as_it_would_have(name: str, browser: Browser, address: str) -> None:
    with opened(browser, f"{address}/{name}.html") as sender:
        sender.press("Another start")
        before = sender.words
        sender.press("Train")
        expect(sender.place.locator(".status")).not_to_have_text(before)
        sender.press("Pause")
        with opened(browser, sender.link()) as reader:
            for shown in (sender, reader):
                for _ in range(3):
                    shown.press("One epoch")
            assert reader.words == sender.words
            assert reader.link() == sender.link()  # the weights to the last bit


def test_a_trainer_that_resumes_goes_on_as_the_one_before() -> None:
    losses = run_module(
        """
        const X = Float64Array.from(data.X), y = Float64Array.from(data.y);
        const options = { learningRate: 0.1, batchSize: 3, seed: 5 };
        const make = () => new m.Network([2, 3, 1], "tanh", "binary_cross_entropy", 5);
        const whole = new m.Trainer(make(), X, y, options);
        for (let i = 0; i < 7; i++) whole.epoch();
        const first = new m.Trainer(make(), X, y, options);
        for (let i = 0; i < 4; i++) first.epoch();
        const second = new m.Trainer(first.net, X, y, options);
        second.resume(4);
        for (let i = 0; i < 3; i++) second.epoch();
        return [whole.loss(), second.loss(), second.epochs];
        """,
        {"X": [0.1 * i * (-1) ** i for i in range(20)], "y": [i % 2 for i in range(10)]},
    )
    assert losses[0] == losses[1] and losses[2] == 7


def test_a_link_opens_on_a_page_that_is_open(browser: Browser, address: str) -> None:
    with opened(browser, f"{address}/softmax.html") as shown:
        at_start = shown.looks()
        data = encoded({"shift": 5})
        shown.page.evaluate("hash => { location.hash = hash }", f"#state=softmax-2.{data}")
        expect(shown.place.locator(".slider output").first).to_have_text("5")
        shown.page.evaluate("location.hash = '#a-section'")
        assert shown.place.locator(".slider output").first.inner_text() == "5"
        shown.press("Reset")
        assert shown.looks() == at_start


@pytest.mark.parametrize(
    ("values", "said"), [("Array.from({ length: 5000 }, Math.random)", "long"), ("[NaN]", "can't")]
)
def test_what_could_not_be_opened_is_not_handed_out(values: str, said: str) -> None:
    body = f"""
        const model = {{ get: () => {values} }};
        return m.copyLink("some-1", model, {{ trait: [0] }}, {{ accepts: () => true }});
    """
    assert said in run_module(body, module="../state_link.js")


def test_without_a_clipboard_the_link_is_in_the_address_bar(browser: Browser, address: str) -> None:
    with opened(browser, f"{address}/softmax.html") as shown:
        shown.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject() }")
        shown.place.get_by_role("button", name="Copy link").click()
        said = shown.place.locator(".explorable-link [role=status]")
        expect(said).to_contain_text("address bar")
        assert "#state=softmax-2." in shown.page.url


# --- links that can't be used ---------------------------------------------------------------------


def encoded(changes: Any) -> str:
    """The data of a link that brings `changes`."""
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(json.dumps(changes).encode()) + packer.flush()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


BAD_LINKS = {
    "no data": "softmax-2.",
    "nothing": "",
    "not base64": "softmax-2.%zz*<b>",
    "not deflated": "softmax-2.AAAA",
    "cut off": f"softmax-2.{encoded({'shift': 1, 'temperature': 2})[:-4]}",
    "not JSON": f"softmax-2.{base64.urlsafe_b64encode(zlib.compress(b'{', wbits=-15)).decode()}",
    "no object": f"softmax-2.{encoded([1, 2])}",
    "unfolds to 50 MB": f"softmax-2.{encoded({'shift': '0' * 50_000_000})}",
    "longer than any": f"softmax-2.{'A' * 100_000}",
    "another explorable's": f"softmax-2.{encoded({'epochs': 3})}",
    "another explorable": f"first_taste-1.{encoded({'epochs': 3})}",
    "no such place": f"softmax-3.{encoded({'shift': 1})}",
    "data of the notebook": f"softmax-2.{encoded({'_start': {}})}",
    "a prototype": f"softmax-2.{encoded({'__proto__': {'shift': 1}})}",
    "another type": f"softmax-2.{encoded({'shift': '1'})}",
    "another shape": f"softmax-2.{encoded({'logits': [1, 2]})}",
    "no finite number": f"softmax-2.{encoded({'logits': [1, 2, None]})}",
    "out of range": f"softmax-2.{encoded({'true_class': 3})}",
    "markup": f"softmax-2.{encoded({'arithmetic': '<img src=x onerror=alert(1)>'})}",
}


@pytest.fixture(scope="module")
def at_start(browser: Browser, address: str) -> str:
    """What the explorable shows that the bad links are for."""
    with opened(browser, f"{address}/softmax.html") as plain:
        return plain.looks()


@pytest.mark.parametrize("fault", BAD_LINKS)
def test_a_bad_link_leaves_the_explorable_at_its_start(
    fault: str, browser: Browser, address: str, at_start: str
) -> None:
    with opened(browser, f"{address}/softmax.html#state={BAD_LINKS[fault]}") as shown:
        notice = shown.page.locator(".explorable-notice")
        notice.wait_for()
        assert "couldn't be read" in notice.inner_text()
        shown.place.scroll_into_view_if_needed()
        shown.wait()
        assert shown.looks() == at_start
        assert shown.page.locator("img").count() == 0


def values_like(value: Any) -> list[Any]:
    """Values to try for a trait: of its type, near and far, and of other types."""
    if isinstance(value, bool):
        return [not value, 2, "yes"]
    if isinstance(value, int | float):
        return [-1, 0, 1, 2, 3, 0.5, 7, 30.5, 1000, 10**9, -(10**9), "1", None, [1]]
    if isinstance(value, str):
        return ["", "A", "Z", "tanh", "relu", "<b>", "W1[0, 0]", "W9[9, 9]", "W2[2, 0]", 1, None]
    if isinstance(value, dict):
        return [{"A": "sign"}, {"Z": "sign"}, {"A": "no bug"}, {"A": 1}, [], None]
    ends = [[], value[:-1], [*value, *value[:1]], [*value[:-1], "x"], [*value[:-1], None]]
    return [*ends, [*value[:-1], []], [9e9 for _ in value], "x", None]


def open_traits(explorable: Explorable) -> dict[str, Any]:
    state = static_state(explorable)
    return {name: value for name, value in state.items() if not name.startswith("_")}


def made(name: str, state: dict[str, Any]) -> Explorable | None:
    """The explorable of this state; None where Python refuses it."""
    try:
        return explorable_class(name)(**state)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError, traitlets.TraitError):
        return None


def trials(name: str) -> list[tuple[dict[str, Any], bool | None]]:
    """Changes of an explorable's start, and whether a link may bring them (None: no matter)."""
    start = open_traits(explorable_class(name)())
    found: list[tuple[dict[str, Any], bool | None]] = [({}, True)]
    variants = []
    for trait, value in start.items():
        for tried in values_like(value):
            changed = made(name, {**start, trait: tried})
            found.append(({trait: tried}, None if changed else False))
            alone = made(name, {trait: tried})
            if alone:
                variants.append(open_traits(alone))
    # A trait of one state with the rest of another: weights of another network, say.
    for variant in variants:
        for trait in start:
            moved = variant[trait] != start[trait]
            if moved and not made(name, {**start, trait: variant[trait]}):
                found.append(({trait: variant[trait]}, False))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_what_python_refuses_no_link_can_bring(name: str) -> None:
    cases = trials(name)
    results = run_module(
        f"""
        const {{ default: widget }} = await import({json.dumps((HERE / f"{name}.js").as_uri())});
        const opens = (link) => m.changesIn(link, data.start, widget).then(() => true, () => false);
        return Promise.all(data.links.map(opens));
        """,
        {
            "start": static_state(explorable_class(name)()),
            "links": [encoded(changes) for changes, _ in cases],
        },
        module="../state_link.js",
    )
    refused = [changes for changes, allowed in cases if allowed is False]
    assert len(refused) >= 3
    wrong = [
        changes
        for (changes, allowed), taken in zip(cases, results, strict=True)
        if allowed is not None and allowed != taken
    ]
    assert wrong == [], f"{name}.js: `accepts` takes what {name}.py refuses"
