// Activation functions: φ, φ′, and the product of derivatives along a chain of units.

import { ACTIVATIONS } from "./shared/engine.js";
import { redrawWithPage, widthOf } from "./shared/drawing.js";
import { button, buttons, choice, draft, element, follow, frame, isWhole, num, redraw, slider, svgDraft } from "./shared/controls.js";
import { chain } from "./shared/chain.js";

const REACH = 5; // z from −5 to 5
const MOST_WEIGHT = 4;
const MOST_DEPTH = 30;
const CURVE_POINTS = 201;
const NAMES = [["sigmoid", "sigmoid"], ["tanh", "tanh"], ["relu", "ReLU"], ["leaky_relu", "leaky ReLU"], ["gelu", "GELU"], ["step", "step"]];
const START = { activation: "sigmoid", z: 2, weight: 1, depth: 10 };
const LOWEST = -12; // powers of ten on the axis of the products
const HIGHEST = 6;
const HEIGHT = 184;
const MARGIN = { left: 48, right: 10, top: 10, bottom: 40 };
const steps = (low, high, step) => Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => Number((low + i * step).toFixed(3)));

function render({ model, el }) {
  const parts = frame(el, {
    name: "activation_gallery",
    title: "How much of a derivative comes through many layers?",
    challenges: [
      { text: "Find the z at which sigmoid passes most on. How much is it?", test: (s) => s.activation === "sigmoid" && Math.abs(s.z) < 0.06 },
      { text: "Let nothing at all come through: a product of exactly 0.", test: (s) => s.total === 0 && s.activation !== "step" },
      { text: "Choose tanh or sigmoid, z ≠ 0, 20 units or more, and bring the product between 0.1 and 10.", test: (s) => ["tanh", "sigmoid"].includes(s.activation) && s.z !== 0 && s.depth >= 20 && s.total > 0.1 && s.total < 10 },
    ],
  });
  const panes = element("div", { class: "panes" });
  parts.stage.append(panes);

  const { set, unfollow } = follow(model, Object.keys(START), draw);
  const activation = choice({ label: "Activation φ", options: NAMES, onChange: (value) => set({ activation: value }) });
  const z = slider({ label: "First unit's z =", values: steps(-REACH, REACH, 0.05), onInput: (value) => set({ z: value }) });
  const depth = slider({ label: "Units in the chain:", values: steps(1, MOST_DEPTH, 1), onInput: (value) => set({ depth: value }) });
  const weight = slider({ label: "Weight w =", values: steps(0, MOST_WEIGHT, 0.05), onInput: (value) => set({ weight: value }) });
  const reset = button("Reset", () => set(START));
  parts.controls.append(activation.el, z.el, depth.el, weight.el, buttons(reset));

  function draw() {
    const state = readState(model);
    activation.show(state.activation);
    z.show(state.z);
    depth.show(state.depth);
    weight.show(state.weight);
    reset.disabled = Object.keys(START).every((name) => START[name] === state[name]);
    const available = widthOf(parts.stage) || 600;
    const small = Math.floor((available - 20) / (available > 560 ? 3 : 2));
    const wide = available > 560 ? small : available;
    redraw(
      panes,
      curvePane(state, small, "φ(z)", state.phi.f, "forward", ...heights(state.activation), set),
      curvePane(state, small, "φ′(z)", state.phi.derivative, "backward", [-0.25, 1.3], [0, 0.25, 0.5, 0.75, 1], set),
      productPane(state, wide),
    );
    parts.say(inWords(state));
    parts.judge(state);
  }
  const stops = [unfollow, redrawWithPage(parts.stage, draw)];
  draw();
  return () => stops.forEach((stop) => stop());
}

/** The range and the ticks of φ's axis: bounded functions need less of it. */
function heights(activation) {
  const bounded = ["sigmoid", "tanh", "step"].includes(activation);
  return bounded ? [[-1.2, 1.2], [-1, 0, 1]] : [[-1.2, 5.2], [-1, 0, 1, 2, 3, 4, 5]];
}

function readState(model) {
  const state = Object.fromEntries(Object.keys(START).map((name) => [name, model.get(name)]));
  const phi = ACTIVATIONS[state.activation];
  const run = chain(phi, state.z, state.weight, state.depth);
  return { ...state, phi, run, total: run.product[state.depth - 1], label: NAMES.find(([name]) => name === state.activation)[1] };
}

// --- the panes ----------------------------------------------------------------------------------

/** Axes, ticks and scales of a pane; `x` and `y` are ranges. */
function axes(width, x, y, xTicks, yTicks, yFormat = num) {
  const inner = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: HEIGHT - MARGIN.bottom };
  const toX = (value) => inner.left + ((value - x[0]) / (x[1] - x[0])) * (inner.right - inner.left);
  const toY = (value) => inner.bottom - ((value - y[0]) / (y[1] - y[0])) * (inner.bottom - inner.top);
  const nodes = [
    ...yTicks.flatMap((tick) => [
      svgDraft("line", { x1: inner.left, x2: inner.right, y1: toY(tick), y2: toY(tick), stroke: "var(--rule)" }),
      svgDraft("text", { x: inner.left - 9, y: toY(tick), "text-anchor": "end", "dominant-baseline": "central" }, yFormat(tick)),
    ]),
    ...xTicks.map((tick) => svgDraft("text", { x: toX(tick), y: inner.bottom + 17, "text-anchor": "middle" }, num(tick))),
  ];
  return { inner, toX, toY, nodes };
}

function pane(width, label, caption, nodes, attributes = {}) {
  const svg = svgDraft("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": label, ...attributes }, nodes);
  return draft("figure", { style: `width: ${width}px` }, draft("figcaption", {}, caption), svg);
}

/** A curve over z with the present point on it; dragging anywhere in it moves z. */
function curvePane(state, width, caption, f, tone, range, ticks, set) {
  const { inner, toX, toY, nodes } = axes(width, [-REACH, REACH], range, width < 230 ? [-4, 0, 4] : [-4, -2, 0, 2, 4], ticks);
  const value = f(state.z);
  nodes.push(
    svgDraft("path", { d: curve(f, toX, toY, range), fill: "none", stroke: `var(--${tone})`, "stroke-width": 2.5, "stroke-dasharray": tone === "backward" && "7 4" }),
    svgDraft("line", { x1: toX(state.z), x2: toX(state.z), y1: inner.top, y2: inner.bottom, stroke: "var(--muted)", "stroke-dasharray": "2 3" }),
    svgDraft("circle", { cx: toX(state.z), cy: toY(value), r: 12, fill: "transparent" }),
    svgDraft("circle", { cx: toX(state.z), cy: toY(value), r: 6, fill: `var(--${tone})`, stroke: "var(--background)", "stroke-width": 2 }),
    svgDraft("text", { x: (inner.left + inner.right) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, "z"),
  );
  const drag = (left) => (event) => {
    const share = (event.clientX - left - inner.left) / (inner.right - inner.left);
    const z = Math.max(-REACH, Math.min(REACH, REACH * (2 * share - 1)));
    set({ z: Number((Math.round(z * 20) / 20).toFixed(2)) });
  };
  const onpointerdown = (event) => {
    // The pointer may leave the picture, so the page has to listen.
    const until = new AbortController();
    const { signal } = until;
    const moved = drag(event.currentTarget.getBoundingClientRect().left);
    document.addEventListener("pointermove", moved, { signal });
    for (const type of ["pointerup", "pointercancel"]) document.addEventListener(type, () => until.abort(), { signal });
    moved(event);
  };
  return pane(width, `${caption} of ${state.label}: ${num(value, 3)} at z = ${num(state.z)}`, `${caption} = ${num(value, 3)}`, nodes, { class: "draggable", onpointerdown });
}

/** The curve of f as an SVG path, broken where it jumps. */
function curve(f, toX, toY, [low, high]) {
  let path = "";
  let last = NaN;
  for (let i = 0; i < CURVE_POINTS; i++) {
    const z = REACH * ((2 * i) / (CURVE_POINTS - 1) - 1);
    const value = f(z);
    const jump = !(Math.abs(value - last) < 0.4);
    path += `${jump ? "M" : "L"}${toX(z).toFixed(1)} ${toY(Math.max(low, Math.min(high, value))).toFixed(1)}`;
    last = value;
  }
  return path;
}

/** ∂a_m/∂z₁ for every unit m, on a logarithmic axis; 0 has a place of its own at the bottom, arrows lead out of it. */
function productPane(state, width) {
  const ticks = [-12, -9, -6, -3, 0, 3, 6];
  const label = (tick) => (tick === 0 ? "1" : `10${[...String(tick)].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("")}`);
  const { inner, toX, toY, nodes } = axes(width, [0.5, Math.max(state.depth, 5) + 0.5], [LOWEST - 2, HIGHEST], depthTicks(state.depth), ticks, label);
  nodes.push(svgDraft("text", { x: inner.left - 9, y: toY(LOWEST - 2), "text-anchor": "end", "dominant-baseline": "central" }, "0"));
  const places = state.run.product.map((product, m) => {
    const size = Math.abs(product);
    const height = size === 0 ? LOWEST - 2 : Math.max(LOWEST - 1, Math.min(HIGHEST, Math.log10(size)));
    return [toX(m + 1), toY(height), product];
  });
  nodes.push(svgDraft("path", { d: places.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join(""), fill: "none", stroke: "var(--backward)", "stroke-width": 2, "stroke-dasharray": "7 4" }));
  for (const [x, y, product] of places) {
    const look = { fill: product < 0 ? "var(--background)" : "var(--backward)", stroke: "var(--backward)", "stroke-width": 2 };
    const power = Math.log10(Math.abs(product));
    // Beyond the axis an arrowhead: a row of dots there would look like a level product.
    const way = power > HIGHEST ? -1 : power < LOWEST - 1 && product !== 0 ? 1 : 0;
    nodes.push(way ? svgDraft("path", { d: `M${x - 4} ${y - 3 * way}h8l-4 ${7 * way}z`, ...look }) : svgDraft("circle", { cx: x, cy: y, r: 4, ...look }));
  }
  nodes.push(svgDraft("text", { x: (inner.left + inner.right) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, "unit m"));
  return pane(width, `The product of derivatives after each of ${state.depth} units; the last is ${num(state.total, 3)}`, `∂a/∂z₁ = ${num(state.total, 3)}`, nodes);
}

function depthTicks(depth) {
  const every = depth > 12 ? 5 : depth > 6 ? 2 : 1;
  return [1, ...Array.from({ length: Math.floor(Math.max(depth, 5) / every) }, (_, i) => (i + 1) * every)].filter((tick, i, all) => all.indexOf(tick) === i && (tick === 1 || every === 1 || tick - 1 > every / 2));
}

// --- the state in words -------------------------------------------------------------------------

function inWords({ label, phi, z, weight, depth, run, total }) {
  const slope = phi.derivative(z);
  const first = `${label} at z = ${num(z)}: φ = ${num(phi.f(z), 3)}, φ′ = ${num(slope, 3)}.`;
  const zeroAt = run.derivative.findIndex((value) => value === 0);
  const after = `After ${depth} unit${depth === 1 ? "" : "s"} with weight ${num(weight)}, ∂a/∂z₁ = ${num(total, 3)}.`;
  return `${first} ${after} ${verdict(total, zeroAt, weight, depth)}`;
}

function verdict(total, zeroAt, weight, depth) {
  if (zeroAt >= 0) return `Unit ${zeroAt + 1} has φ′ = 0, so nothing comes through: neither it nor a unit before it can learn.`;
  if (total === 0) return weight === 0 ? "The weight 0 cuts the chain." : "It is too small for the computer's numbers.";
  const size = Math.abs(total);
  if (size < 1e-3) return "Almost nothing comes through: the gradient vanishes.";
  if (size > 1e3) return "It grows with every unit: the gradient explodes.";
  if (depth === 1) return "One unit passes on φ′(z) and no more.";
  return "A good part of the derivative comes through.";
}

/** Whether there is such a state: what comes with a link may be anything. */
function accepts({ activation, z, weight, depth }) {
  const known = NAMES.some(([name]) => name === activation);
  return known && Math.abs(z) <= REACH && weight >= 0 && weight <= MOST_WEIGHT && isWhole(depth, 1, MOST_DEPTH);
}

export default { render, accepts };
