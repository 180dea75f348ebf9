// Three logits on their way to probabilities, pane by pane. All state is in the model's traits;
// the picture is built once and then follows them, so that a dragged bar keeps its pointer.

import { ARITHMETIC, floatingSoftmax } from "./shared/floating_softmax.js";
import { redrawWithPage } from "./shared/drawing.js";
import { areWithin, button, buttons, choice, element, follow, frame, isWhole, linkHighlights, logScale, num, roving, slider, svgElement } from "./shared/controls.js";

const CLASSES = [0, 1, 2];
const TRAITS = ["logits", "shift", "temperature", "true_class", "arithmetic"];
const FARTHEST = 20; // a logit moved by hand stays within −20 … 20
const LARGEST = 1000; // a logit or shift at all
const SUB = "₀₁₂";

// The panes in their own units; CSS makes them as wide as there is room.
const WIDTH = 170;
const HEIGHT = 200;
const TOP = 24;
const BOTTOM = 160;
const BAR = 28;
const columnOf = (k) => 59 + 43 * k;

function render({ model, el }) {
  const parts = frame(el, {
    name: "softmax",
    title: "How do three scores become probabilities?",
    challenges: [
      { text: "Find two different logit vectors with the same probabilities.", test: (s) => s.sameAnswer },
      { text: "Make the model sure of the wrong class: a loss above 5.", test: (s) => Number.isFinite(s.loss) && s.loss > 5 },
      { text: "Break float32, then repair it without moving a logit.", test: (s) => s.repaired },
    ],
  });
  const panes = [
    makePane("z", "logits z + c", "zero in the middle"),
    makePane("e", "exponentials", "from zero up"),
    makePane("p", "probabilities p", "from 0 to 1"),
    makePane("d", "errors p − y", "zero in the middle"),
  ];
  parts.stage.classList.add("panes");
  parts.stage.append(...panes.map((pane) => pane.el));
  const formula = makeFormula();
  parts.workings.append(formula.el);
  roving(formula.el, "[data-key]");
  linkHighlights(el);

  const memory = { past: [], gesture: null, last: null, broken: null };
  const { set: put, unfollow } = follow(model, TRAITS, draw);
  const current = () => Object.fromEntries(TRAITS.map((name) => [name, model.get(name)]));
  /** Set traits; changes of one gesture (a drag, say) are undone together. */
  const set = (change, gesture = {}) => {
    if (memory.gesture !== gesture) memory.past.push(current());
    memory.gesture = gesture;
    put(change);
  };
  const undo = button("Undo", () => {
    memory.gesture = null;
    put(memory.past.pop());
  });
  const reset = button("Reset", () => set({ ...model.get("_start") }));
  const trueClass = choice({
    label: "True class y",
    options: CLASSES.map((k) => [String(k), String(k)]),
    onChange: (value) => set({ true_class: Number(value) }),
  });
  const arithmetic = choice({
    label: "Computed in",
    options: [["float64", "float64"], ["float32", "float32"], ["float32-max", "float32, largest subtracted"]],
    onChange: (value) => set({ arithmetic: value }),
  });
  const shift = slider({
    label: "Shift all: c =",
    values: Array.from({ length: 241 }, (_, i) => i - 120),
    onInput: (value) => set({ shift: value }, "shift"),
  });
  const temperature = slider({
    label: "Temperature T =",
    values: logScale(0.2, 5),
    onInput: (value) => set({ temperature: value }, "temperature"),
  });
  parts.controls.append(shift.el, temperature.el, trueClass.el, arithmetic.el, buttons(undo, reset));

  const handles = CLASSES.map((k) => makeHandle(panes[0], k, model, { onMove: (logits, gesture) => set({ logits }, gesture), onRelease: () => draw() }));
  let limit = 5;

  function draw() {
    const state = readState(model, memory);
    // While a bar is dragged its axis stays, else the bar would run from the pointer.
    if (!handles.some((handle) => handle.dragged())) limit = axisLimit(state.z);
    drawSigned(panes[0], state.z, limit, (v) => num(v, 4));
    drawUpright(panes[1], state.exponentials, powerAbove(state.exponentials), short);
    drawUpright(panes[2], state.probabilities, 1, share);
    drawSigned(panes[3], state.errors, 1, share);
    panes[2].target.setAttribute("d", targetPath(state.y));
    panes[1].title.replaceChildren(state.subtracted ? "exponentials, largest 1" : "exponentials");
    handles.forEach((handle, k) => handle.show(state.z[k], limit));
    formula.show(state);
    undo.disabled = memory.past.length === 0;
    const start = model.get("_start");
    reset.disabled = TRAITS.every((name) => String(model.get(name)) === String(start[name]));
    trueClass.show(String(state.y));
    arithmetic.show(state.arithmetic);
    shift.show(state.shift);
    temperature.show(state.temperature);
    parts.say(inWords(state), state.failed);
    parts.judge(state);
  }
  const stops = [unfollow, redrawWithPage(parts.stage, draw)];
  draw();
  return () => stops.forEach((stop) => stop());
}

/** Everything the picture shows, from the traits; `memory` keeps what the challenges compare. */
function readState(model, memory) {
  const [logits, shift, temperature, y, arithmetic] = TRAITS.map((name) => model.get(name));
  const z = logits.map((v) => v + shift);
  const steps = floatingSoftmax(z, temperature, y, arithmetic);
  const right = floatingSoftmax(z, temperature, y, "float32-max");
  const off = Math.max(...steps.probabilities.map((p, k) => Math.abs(p - right.probabilities[k])));
  const failed = !(off < 1e-3) || !Number.isFinite(steps.loss);
  const { last, broken } = memory;
  const same = (a, b, gap) => a.every((v, k) => Math.abs(v - b[k]) < gap);
  const sameAnswer = !failed && last !== null && !same(z, last.z, 1e-3) && same(steps.probabilities, last.p, 1e-6) && temperature === last.temperature;
  if (!failed) memory.last = { z, p: steps.probabilities, temperature };
  const repaired = !failed && broken !== null && same(z, broken, 1e-9);
  if (failed) memory.broken = z;
  return {
    z, shift, temperature, y, arithmetic, right, failed, sameAnswer, repaired, ...steps,
    subtracted: ARITHMETIC[arithmetic].subtract,
    largest: ARITHMETIC[arithmetic].largest,
  };
}

/** The first of 5, 10, 15, 20, 30, 50, … that no value passes. */
function axisLimit(values) {
  const most = Math.max(...values.map(Math.abs));
  for (let power = 1; ; power *= 10) {
    for (const digit of [1, 1.5, 2, 3, 5]) if (digit * power >= most && digit * power >= 5) return digit * power;
  }
}

/** 1, 2, 5 or 10 times a power of ten, just above the largest value; 1 where all are 0. */
function powerAbove(values) {
  const most = Math.max(...values);
  if (most === 0 || !Number.isFinite(most)) return most || 1;
  const power = Math.floor(Math.log10(most));
  const tops = [1, 2, 5, 10].map((digit) => Number(`${digit}e${power}`));
  return tops.find((top) => top >= most) ?? most;
}

/** A number of at most six characters, so that it fits over a bar beside its neighbours. */
function short(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size === 0 || (size >= 1e-2 && size < 1e4)) return num(value, 3);
  return value.toExponential(1).replace("e+", "e").replaceAll("-", "−");
}

/** A probability or an error in three digits; what rounds to 0 or 1 without being it says so. */
function share(value) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return num(value);
  const rounded = value.toFixed(3);
  const near = Math.abs(Number(rounded));
  const text = near === 0 ? "0" : near === 1 ? rounded[0] === "-" ? "−1" : "1" : rounded.replace("-", "−");
  return Number(rounded) !== value && (near === 0 || near === 1) ? `≈${text}` : text;
}

// --- the panes ----------------------------------------------------------------------------------

/** A pane with a bar, a number and a class mark for each class; `name` is the letter of its keys. */
function makePane(name, heading, scale) {
  const label = (x, y, anchor, text = "") => svgElement("text", { x, y, "text-anchor": anchor, class: "tick" }, text);
  const zero = svgElement("line", { x1: 36, x2: WIDTH, class: "axis" });
  const high = label(30, TOP + 5, "end");
  const low = label(30, BOTTOM + 4, "end");
  const bars = CLASSES.map((k) =>
    svgElement("rect", { x: columnOf(k) - BAR / 2, width: BAR, class: name === "d" ? "error" : `class-${k}`, "data-key": `${name}${k}` }),
  );
  const values = CLASSES.map((k) => svgElement("text", { x: columnOf(k), "text-anchor": "middle", class: name === "d" ? "backward" : "", "data-key": `${name}${k}` }));
  const marks = CLASSES.map((k) => [
    svgElement("path", { d: markPath(k, columnOf(k) - 8, 190), class: `class-${k}` }),
    svgElement("text", { x: columnOf(k) + 3, y: 195, "text-anchor": "start" }, String(k)),
  ]);
  const target = svgElement("path", { class: "target", "data-key": "y" });
  const svg = svgElement("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" }, bars, zero, target, values, marks.flat(), high, low);
  const title = element("div", { class: "pane-title" }, heading);
  return { el: element("div", { class: "pane" }, title, svg), name, heading, scale, svg, title, zero, high, low, bars, values, target };
}

/** The mark of a class: a circle, a triangle, a square. */
function markPath(k, x, y) {
  if (k === 0) return `M${x - 5} ${y}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0`;
  if (k === 1) return `M${x} ${y - 6}l6 10h-12z`;
  return `M${x - 5} ${y - 5}h10v10h-10z`;
}

/** y as a dashed line in the probabilities' pane: at 1 for the true class, at 0 for the others. */
function targetPath(y) {
  return CLASSES.map((k) => `M${columnOf(k) - 19} ${k === y ? TOP : BOTTOM}h38`).join("");
}

function drawUpright(pane, values, top, format) {
  drawAxis(pane, BOTTOM, short(top).replace(".0e", "e"), "0");
  const part = (v) => (v === top ? 1 : Math.max(v, 0) / top); // ∞ fills the pane
  values.forEach((v, k) => placeBar(pane, k, BOTTOM, -part(v) * (BOTTOM - TOP), v, format));
  describe(pane, values, format);
}

function drawSigned(pane, values, limit, format) {
  const middle = (TOP + BOTTOM) / 2;
  drawAxis(pane, middle, num(limit), num(-limit));
  values.forEach((v, k) => placeBar(pane, k, middle, (-v * (BOTTOM - TOP)) / 2 / limit, v, format));
  describe(pane, values, format);
}

function drawAxis(pane, zero, high, low) {
  pane.zero.setAttribute("y1", zero);
  pane.zero.setAttribute("y2", zero);
  pane.high.textContent = high;
  pane.low.textContent = low;
}

/** A bar from `base` that is `height` long, upwards where that is negative; none for NaN. */
function placeBar(pane, k, base, height, value, format) {
  const known = !Number.isNaN(height);
  const [bar, label] = [pane.bars[k], pane.values[k]];
  const length = known ? Math.abs(height) : 0;
  const up = !known || height <= 0;
  bar.setAttribute("y", up ? base - length : base);
  bar.setAttribute("height", length);
  bar.classList.toggle("overflow", value === Infinity);
  const gap = pane.name === "z" ? 13 : 5; // the handle of a logit needs room
  label.setAttribute("y", Math.min(Math.max(up ? base - length - gap : base + length + gap + 9, 11), BOTTOM + 18));
  label.textContent = Number.isNaN(value) ? "NaN" : format(value);
}

function describe(pane, values, format) {
  const list = values.map((v, k) => `class ${k}: ${Number.isNaN(v) ? "undefined" : format(v)}`).join(", ");
  pane.svg.setAttribute("aria-label", `Bars of the ${pane.heading}, ${pane.scale}. ${list}.`);
}

/** What moves a logit: drag it, or focus it and press the arrow keys. */
function makeHandle(pane, k, model, { onMove, onRelease }) {
  const grip = svgElement("circle", { cx: columnOf(k), r: 8, class: `class-${k}`, "data-key": `z${k}` });
  const reach = svgElement("rect", { x: columnOf(k) - 21, width: 42, height: 44, class: "reach", "data-key": `z${k}` });
  const node = svgElement(
    "g",
    { class: "handle", role: "slider", tabindex: 0, "aria-label": `Logit of class ${k}`, "aria-orientation": "vertical", "data-key": `z${k}` },
    reach,
    grip,
  );
  // The handles are controls, so they lie outside the picture that is described as one image.
  pane.handles ??= overlay(pane);
  pane.handles.append(node);
  let drag = null;
  let limit = 5;

  const move = (z, gesture) => {
    const logits = [...model.get("logits")];
    logits[k] = Number(Math.max(-FARTHEST, Math.min(FARTHEST, z - model.get("shift"))).toFixed(2));
    if (logits[k] !== model.get("logits")[k]) onMove(logits, gesture);
  };
  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    node.focus({ preventScroll: true });
    node.setPointerCapture(event.pointerId);
    drag = { y: event.clientY, z: model.get("logits")[k] + model.get("shift"), gesture: {} };
  });
  node.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const pixel = pane.svg.getBoundingClientRect().height / HEIGHT;
    const step = limit > 20 ? 1 : 0.1;
    const z = drag.z - ((event.clientY - drag.y) / pixel / (BOTTOM - TOP)) * 2 * limit;
    move(Math.max(-limit, Math.min(limit, Math.round(z / step) * step)), drag.gesture);
  });
  const release = () => {
    if (!drag) return;
    drag = null;
    onRelease(); // the axis may fit itself to the bars again
  };
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) node.addEventListener(type, release);
  node.addEventListener("keydown", (event) => {
    const moves = { ArrowUp: 0.1, ArrowRight: 0.1, ArrowDown: -0.1, ArrowLeft: -0.1, PageUp: 1, PageDown: -1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    move(model.get("logits")[k] + model.get("shift") + moves[event.key], `key ${k}`);
  });
  return {
    dragged: () => drag !== null,
    show(z, newLimit) {
      limit = newLimit;
      const y = (TOP + BOTTOM) / 2 - (z * (BOTTOM - TOP)) / 2 / limit;
      grip.setAttribute("cy", y);
      reach.setAttribute("y", y - 22);
      node.setAttribute("aria-valuenow", z);
      node.setAttribute("aria-valuemin", -FARTHEST + model.get("shift"));
      node.setAttribute("aria-valuemax", FARTHEST + model.get("shift"));
      node.setAttribute("aria-valuetext", num(z, 5));
    },
  };
}

function overlay(pane) {
  const svg = svgElement("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "handles" });
  pane.el.append(svg);
  return svg;
}

// --- the formula with its numbers ---------------------------------------------------------------

/** The formula, built once; `show` fills in the numbers. Each term carries the key of its bar. */
function makeFormula() {
  const fields = {};
  const field = (name, key) => {
    const node = element("span", { class: "number", "data-key": key });
    (fields[name] ??= []).push(node);
    return node;
  };
  const power = (k) => element("span", { "data-key": `e${k}` }, "e", element("sup", { "data-key": `z${k}` }, field(`x${k}`)));
  const joined = (make, sign) => CLASSES.flatMap((k) => (k ? [sign, make(k)] : [make(k)]));
  const line = (...content) => element("div", { class: "sum" }, ...content);
  const el = element(
    "div",
    { class: "formula" },
    line("Σ = ", ...joined(power, " + "), " = ", field("total", "total")),
    ...CLASSES.map((k) => line(`p${SUB[k]} = `, power(k), " / Σ = ", field(`e${k}`, `e${k}`), " / ", field("total", "total"), " = ", field(`p${k}`, `p${k}`))),
    line(element("span", { "data-key": "y" }, "L = −log p", field("y")), " = ", field("loss", "loss")),
    line("p − y = (", ...joined((k) => field(`d${k}`, `d${k}`), ", "), ")"),
    line("sum of p − y = ", field("sum", "sum")),
  );
  for (const node of [...fields.y, ...fields.sum]) node.classList.remove("number");
  const put = (name, text) => {
    for (const node of fields[name]) node.textContent = text;
  };
  return {
    el,
    show(state) {
      const sum = state.errors.reduce((a, b) => a + b, 0);
      for (const k of CLASSES) {
        put(`x${k}`, num(state.exponents[k], 4));
        put(`e${k}`, num(state.exponentials[k], 3));
        put(`p${k}`, share(state.probabilities[k]));
        put(`d${k}`, share(state.errors[k]));
      }
      put("total", num(state.total, 3));
      put("y", SUB[state.y]);
      put("loss", Number.isNaN(state.loss) ? "NaN" : num(state.loss, 4));
      put("sum", Number.isNaN(sum) ? "NaN" : num(Math.abs(sum) < 1e-4 ? 0 : sum, 3));
    },
  };
}

// --- the state in words -------------------------------------------------------------------------

function inWords(state) {
  if (state.failed) return `${failure(state)} The right answer is p = ${list(state.right.probabilities)}, loss ${num(state.right.loss, 4)}.`;
  const { y, probabilities: p, shift, temperature, subtracted, loss } = state;
  const sentences = [
    `The true class ${y} has probability ${share(p[y])}, so the loss is ${num(loss, 4)}.`,
    surprise(p, y, loss),
  ];
  if (subtracted) sentences.push("The largest logit was subtracted first, so nothing can overflow.");
  else if (shift) sentences.push(`The shift multiplied every exponential by e${shift < 0 ? "⁻" : ""}${superscript(shift)}${temperature === 1 ? "" : "ᐟᵀ"}; that cancels.`);
  else if (temperature !== 1) sentences.push(`T = ${num(temperature)} ${temperature < 1 ? "sharpens" : "flattens"} the probabilities; their order stays.`);
  return sentences.filter(Boolean).join(" ");
}

/** What is remarkable about the probabilities. */
function surprise(p, y, loss) {
  const spread = Math.max(...p) - Math.min(...p);
  if (spread < 1e-6) return "All logits are equal: the model doesn't know, and the loss is log 3.";
  const top = p.indexOf(Math.max(...p));
  if (top !== y && p[top] > 0.9) return `The model is sure of class ${top}, and wrong.`;
  if (loss < 1e-3) return "The model is sure and right: p − y has almost vanished, there is little left to learn.";
  return "";
}

const list = (values) => `(${values.map(share).join(", ")})`;
const superscript = (value) => [...num(Math.abs(value), 4)].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? (c === "." ? "·" : c)).join("");

/** Why the arithmetic failed. */
function failure({ exponents, exponentials, total, probabilities, y, largest, arithmetic }) {
  const worst = exponentials.indexOf(Infinity);
  const most = num(largest, 2);
  if (worst >= 0) {
    return `e to the power ${num(exponents[worst], 4)} is beyond the largest ${arithmetic} number, ${most}, and became ∞; ∞/∞ is undefined (NaN).`;
  }
  if (total === Infinity) return `The sum of the exponentials is beyond the largest ${arithmetic} number, ${most}, so every probability became 0.`;
  if (total === 0) return `All three exponentials are so small that ${arithmetic} rounds them to 0; 0/0 is undefined (NaN).`;
  if (probabilities[y] === 0) return `The probability of the true class was rounded to 0, so the loss came out as ∞.`;
  return `The exponentials are so small that ${arithmetic} keeps only a few of their digits, and the probabilities are off.`;
}

/** Whether there is such a state: what comes with a link may be anything. */
function accepts({ logits, shift, temperature, true_class, arithmetic }) {
  const inRange = areWithin(logits, LARGEST, 3) && Math.abs(shift) <= LARGEST && temperature >= 0.01 && temperature <= 100;
  return inRange && isWhole(true_class, 0, 2) && Object.hasOwn(ARITHMETIC, arithmetic);
}

export default { render, accepts };
