"""How soon explorables answer on the built site (`python -m tools bench answers`).

An answer takes from the input's time stamp to the end of the frame that shows what it did, with
Chromium's processor slowed to that of one phone, whatever the machine's own speed is just then.
Each control is used on a freshly opened page, so that nothing has warmed up for it: its first
answer, then later ones. Coming to a control may scroll the page; that is done before the control
is used, as it is for a person. Another load on the machine only adds to a time, so the least of
several turns counts, and of some more where it misses the target.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, JSHandle, Locator, Page

from tools import site
from tools.browser import launched
from tools.sphinx_ext.widgets import VIEW

TARGET = 50  # ms
# Speeds are Lighthouse's BenchmarkIndex (https://github.com/GoogleChrome/lighthouse, in
# docs/throttling.md). A quick desktop's, slowed four times, is that of a phone between the two that
# Chromium's developer tools call mid-tier (a Pixel 5, 1000) and low-tier (a Moto G4 Power, 264).
PHONE = 3100 / 4
TURNS = 3
MOST_TURNS = 9  # where the least time so far misses the target
TRIALS = 6  # of the machine's speed
USES = 5  # of a control on one page: the first and later ones
COMING = 200  # ms from coming to a control, which may scroll the page, to using it
HELD = 100  # ms that a key is down, as by a person's finger
STEP = 8  # pixels between two positions of a dragged pointer
SETTLED = 400  # ms after which a page that was opened does nothing more

# How often a second a long string is put together and a long array copied, in Lighthouse's units.
SPEED = """() => {
    const perSecond = (work) => {
        const start = performance.now();
        let done = 0;
        for (; done % 10 || performance.now() - start < 250; done++) work(done);
        return (1000 * done) / (performance.now() - start);
    };
    const grow = () => {
        let text = "";
        for (let i = 0; i < 10_000; i++) text += "a";
        return text;
    };
    const arrays = [0, 1].map(() => Array.from({ length: 100_000 }, (_, i) => i));
    const copy = (turn) => {
        const [from, to] = turn % 2 ? arrays : arrays.toReversed();
        for (let i = 0; i < from.length; i++) to[i] = from[i];
    };
    return (perSecond(grow) + perSecond(copy)) / 20;
}"""
# `takeAnswer` gives the slowest answer since it was last called, in ms. A message that is posted in
# an animation frame arrives when that frame is done.
WATCH = """() => {
    const { port1, port2 } = new MessageChannel();
    let waiting = 0;
    let slowest = 0;
    port1.onmessage = ({ data }) => {
        slowest = Math.max(slowest, performance.now() - data);
        waiting -= 1;
    };
    const note = ({ timeStamp }) => {
        waiting += 1;
        requestAnimationFrame(() => port2.postMessage(timeStamp));
    };
    for (const type of ["keydown", "keyup", "pointerdown", "pointermove", "pointerup"]) {
        addEventListener(type, note, { capture: true });
    }
    window.takeAnswer = async () => {
        do await new Promise((done) => setTimeout(done, 30)); while (waiting);
        const taken = slowest;
        slowest = 0;
        return taken;
    };
}"""
# The ways to use an explorable, always in the same order: its buttons, inputs and groups of radio
# buttons; then what has a tab stop of its own, of points side by side one; then what can be
# dragged, and one use for pointing at what lights up.
FIND = """(root) => {
    const short = (text) => text.trim().slice(0, 28);
    const name = (node) => short(node.getAttribute("aria-label") ?? node.textContent);
    const title = (node) => short(node.closest("fieldset")?.querySelector("legend").textContent
        ?? node.labels?.[0]?.firstChild.textContent ?? node.textContent);
    const keys = { button: "Enter", checkbox: "Space", "select-one": "ArrowDown" };
    const atEnd = (node) => node.value && node.value === node.max;
    const key = (node) => atEnd(node) ? "ArrowLeft" : keys[node.type] ?? "ArrowRight";
    const radios = [...root.querySelectorAll("fieldset, .parameters")];
    const groups = radios.map((group) => group.querySelector("input[type=radio]:checked"));
    const natives = root.querySelectorAll(
        ":is(button, input:not([type=radio]), select):not([data-key])");
    const first = (node) => node.parentNode.querySelector("[role=slider]");
    const isOne = (node) => node.getAttribute("role") !== "slider" || node === first(node);
    const stops = [...root.querySelectorAll("[tabindex='0']")].filter(isOne);
    const canBeDragged = (node) => node.matches(".stage :is([role=slider], canvas)");
    const isShown = (node) => node.getClientRects().length;
    const points = [...root.querySelectorAll("[data-key]")].filter(isShown);
    const use = (kind, node, label, more) => ({ kind, node, label, ...more });
    return [
        ...[...natives, ...groups.filter(Boolean)].map((node) =>
            use("key", node, title(node), { key: key(node) })),
        ...stops.map((node) => use("key", node, name(node), { key: key(node) })),
        ...stops.filter(canBeDragged).map((node) => use("drag", node, `drag: ${name(node)}`)),
        ...points.slice(0, 1).map((node) => use("point", node, "pointing", { points })),
    ];
}"""

# Whether the focus had to come from elsewhere.
COME = """({ node }) => {
    const came = node !== document.activeElement;
    node.focus();
    return came;
}"""


@dataclass
class Use:
    """A way to use an explorable, and the least time of each answer in ms, the first one first."""

    label: str
    times: list[float] = field(default_factory=lambda: [float("inf")] * USES)

    @property
    def misses(self) -> bool:
        return max(self.times) > TARGET

    @property
    def first(self) -> float:
        return self.times[0]

    @property
    def later(self) -> float:
        return max(self.times[1:])

    def keep_least(self, times: list[float]) -> None:
        """Take over what is less in another turn's times."""
        self.times = [min(pair) for pair in zip(self.times, times, strict=True)]


def answers() -> None:
    """Print each explorable's slowest first answer and slowest later one, with their controls."""
    built = site.build()
    print("Answers to an input in ms, with the processor slowed to a phone's, so many times (×).")
    print(f"Least of {TURNS} turns, of up to {MOST_TURNS} where that is over the target, {TARGET}.")
    print("Another load on the machine adds to them:")
    with launched() as browser, site.serving(built) as address:
        for page in sorted(built.glob("*.html")):
            for place in range(page.read_text(encoding="utf-8").count(f'type="{VIEW}"')):
                slowed = max(1.0, _speed(browser) / PHONE)  # a slower one stays as it is
                name, uses = _measured(browser, f"{address}/{page.name}", place, slowed)
                print(f"  {name:20s}{slowed:.1f} ×  {_row(uses)}", flush=True)


def _speed(browser: Browser) -> float:
    """The machine's speed just now: another load only slows it, so the best of several trials."""
    page = browser.new_page()
    try:
        return max(float(page.evaluate(SPEED)) for _ in range(TRIALS))
    finally:
        page.close()


def _row(uses: list[Use]) -> str:
    first = max(uses, key=lambda use: use.first)
    later = max(uses, key=lambda use: use.later)
    shown = f"first {first.first:4.0f} {first.label:30s} later {later.later:4.0f} {later.label:30s}"
    return shown + ("over the target" if any(use.misses for use in uses) else "")


def _measured(browser: Browser, address: str, place: int, slowed: float) -> tuple[str, list[Use]]:
    """The name of the explorable at this place of a page, and all its uses, measured."""
    with _opened(browser, address, place, slowed) as root:
        name = root.get_attribute("data-explorable") or ""
        labels = root.evaluate(f"root => ({FIND})(root).map((use) => use.label)")
    uses = [Use(label) for label in labels]
    for number, use in enumerate(uses):
        for turn in range(MOST_TURNS):
            if turn >= TURNS and not use.misses:
                break
            with _opened(browser, address, place, slowed) as root:
                use.keep_least(_times(root, number))
    return name, uses


@contextmanager
def _opened(browser: Browser, address: str, place: int, slowed: float) -> Iterator[Locator]:
    """Open a page with the explorable at this place in sight, slow the processor; its root."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        page.goto(address)
        spot = page.locator(".explorable-place").nth(place)
        spot.scroll_into_view_if_needed()
        root = spot.locator("[data-explorable]")
        root.wait_for()
        page.evaluate(WATCH)
        page.wait_for_timeout(SETTLED)
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowed})
        yield root
    finally:
        context.close()


def _times(root: Locator, number: int) -> list[float]:
    """The times of the answers to one use of an explorable, again and again."""
    kind = _find(root, number).evaluate("use => use.kind")
    return {"key": _by_keyboard, "drag": _by_dragging, "point": _by_pointing}[kind](root, number)


def _find(root: Locator, number: int) -> JSHandle:
    """A use of an explorable, looked up anew, for a redraw may have replaced its elements."""
    return root.evaluate_handle(f"(root, number) => ({FIND})(root)[number]", number)


def _take(page: Page) -> float:
    return float(page.evaluate("takeAnswer()"))


def _by_keyboard(root: Locator, number: int) -> list[float]:
    times = []
    for _ in range(USES):
        _enable(root, number)
        _press(root, number)
        times.append(_take(root.page))
    return times


def _press(root: Locator, number: int) -> None:
    """Come to a control and press the key that uses it."""
    use = _find(root, number)
    if use.evaluate(COME):
        root.page.wait_for_timeout(COMING)
    root.page.keyboard.press(use.evaluate("({ key }) => key"), delay=HELD)


def _enable(root: Locator, number: int) -> None:
    """Use the other controls in turn until this one, say "Undo", has something to do."""
    is_key = root.evaluate(f"root => ({FIND})(root).map((u) => u.kind === 'key')")
    others = [at for at, key in enumerate(is_key) if key and at != number]
    for other in sorted(others, key=lambda at: (at < number, at)):
        if not _find(root, number).evaluate("({ node }) => node.disabled"):
            return
        _press(root, other)
        _take(root.page)


def _by_dragging(root: Locator, number: int) -> list[float]:
    page = root.page
    x, y = _middle(root, number)
    page.mouse.move(x, y)
    _take(page)
    page.mouse.down()
    times = []
    for step in range(1, USES + 1):
        page.mouse.move(x + STEP * step, y - STEP * step)
        times.append(_take(page))
    page.mouse.up()
    return times


def _by_pointing(root: Locator, number: int) -> list[float]:
    times = []
    for step in range(USES):
        x, y = _middle(root, number, step)
        root.page.mouse.move(x, y)
        times.append(_take(root.page))
    return times


def _middle(root: Locator, number: int, step: int = 0) -> tuple[float, float]:
    """The middle of what is dragged or, step by step, pointed at, brought into sight."""
    x, y = _find(root, number).evaluate(
        """({ node, points }, step) => {
            const target = points?.[step % points.length] ?? node;
            target.scrollIntoView({ block: "center" });
            const { left, top, width, height } = target.getBoundingClientRect();
            return [left + width / 2, top + height / 2];
        }""",
        step,
    )
    root.page.wait_for_timeout(COMING)
    return x, y
