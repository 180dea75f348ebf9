// Forward and back through a small network, stop by stop, with one parameter to wiggle. All state
// is in the model's traits; everything shown is computed from them afresh.

import { Network, weightsFit } from "./shared/engine.js";
import { redrawWithPage, widthOf } from "./shared/drawing.js";
import { button, buttons, choice, draft, element, follow, frame, isWhole, linkHighlights, num, redraw, slider, svgDraft } from "./shared/controls.js";
import { networkPicture, unitPlaces, weightStroke } from "./shared/network_picture.js";
import { differenceQuotient, gradientAtActivation, pathsToLoss } from "./shared/paths.js";

const TRAITS = ["stop", "parameter", "epsilon", "activation", "loss", "weights"];
const EPSILONS = Array.from({ length: 31 }, (_, i) => Number(`${i % 2 ? 3 : 1}e${-Math.ceil(i / 2)}`));
const VALUES = Array.from({ length: 61 }, (_, i) => Math.round(i - 30) / 10);
const LOSS_STOP = 7;
const LAST_STOP = LOSS_STOP + 8;
const PHI = { tanh: "tanh", sigmoid: "σ", relu: "relu" };

function render({ model, el }) {
  const read = () => readState(model);
  const parts = frame(el, {
    name: "backward_pass",
    title: "Which way does this weight push the loss, and along which paths?",
    challenges: [
      { text: "Walk from the inputs to the loss and all the way back.", test: (s) => s.stop === s.stops.length - 1 },
      { text: "Choose ε so small that ΔL/ε is wrong by more than 10 %.", test: (s) => s.epsilon < 1e-9 && Math.abs(s.gradient) > 1e-9 && Math.abs(s.quotient - s.gradient) > 0.1 * Math.abs(s.gradient) },
      { text: "With relu, move one parameter until at least five gradients are exactly 0.", test: (s) => s.activation === "relu" && s.list.filter((p) => p.gradient === 0).length >= 5 },
    ],
  });
  const account = element("div", { class: "account" });
  const paths = element("div", { class: "paths" });
  const chart = element("div", { class: "chart" });
  const table = element("div", { class: "parameters" });
  parts.workings.append(account, element("div", { class: "wiggle" }, chart, paths), table);

  const { set, unfollow } = follow(model, TRAITS, draw);
  const go = (stop) => set({ stop: Math.max(0, Math.min(LAST_STOP, stop)) });
  const back = button("Back", () => go(model.get("stop") - 1));
  const next = button("Next", () => go(model.get("stop") + 1), "primary");
  const reset = button("Reset", () => set({ stop: 0, weights: model.get("_starts")[model.get("loss")] }));
  const timeline = slider({
    label: "Stop",
    values: Array.from({ length: LAST_STOP + 1 }, (_, i) => i),
    format: (i) => `${i} of ${LAST_STOP}`,
    onInput: go,
  });
  const value = slider({ label: "Its value:", values: VALUES, onInput: (v) => set({ weights: withValue(read(), v) }) });
  const epsilon = slider({ label: "Wiggle by ε =", values: EPSILONS, onInput: (e) => set({ epsilon: e }) });
  const activation = choice({
    label: "Activation φ",
    options: [["tanh", "tanh"], ["sigmoid", "sigmoid"], ["relu", "relu"]],
    onChange: (name) => set({ activation: name }),
  });
  const loss = choice({
    label: "Loss",
    options: [["squared_error", "squared error"], ["cross_entropy", "cross-entropy"]],
    onChange: (name) => set(changeOfLoss(model, name)),
  });
  parts.controls.append(buttons(back, next, reset), timeline.el, value.el, epsilon.el, activation.el, loss.el);
  const relight = linkHighlights(el);
  const pathRows = pathList(paths, parts.stage);
  const rows = parameterTable(table, (key) => set({ parameter: key }));
  parts.stage.addEventListener("click", ({ target }) => target.matches(".hit") && set({ parameter: target.dataset.key }));

  function draw() {
    const state = read();
    if (!state) return; // Python is about to send the rest of a change
    const { stop, chosen } = state;
    back.disabled = stop === 0;
    next.disabled = stop === state.stops.length - 1;
    reset.disabled = stop === 0 && sameWeights(model.get("weights"), model.get("_starts")[state.loss]);
    timeline.show(stop);
    value.el.querySelector("label").firstChild.textContent = `${chosen.name} = `;
    value.show(chosen.value);
    epsilon.show(state.epsilon);
    activation.show(state.activation);
    loss.show(state.loss);
    redraw(parts.stage, pictureOf(state, widthOf(parts.stage)));
    redraw(account, ...accountOf(state));
    redraw(chart, ...chartOf(state));
    pathRows.show(state);
    rows.show(state);
    relight();
    parts.say(inWords(state), !Number.isFinite(state.lossValue));
    parts.judge(state);
  }
  const ends = [unfollow, redrawWithPage(parts.stage, draw)];
  draw();
  return () => ends.forEach((end) => end());
}

// --- the state, from the traits -----------------------------------------------------------------

const widthsFor = (loss) => [2, 2, 2, loss === "cross_entropy" ? 2 : 1];

function readState(model) {
  const [stop, parameter, epsilon, activation, loss, weights] = TRAITS.map((name) => model.get(name));
  const y = model.get("_targets")[loss].flat();
  const widths = widthsFor(loss);
  if (weights.length !== 3 || weights[2][1].length !== widths[3]) return null;
  const net = passed({ widths, activation, loss, weights, x: model.get("_x"), y });
  const state = { stop, epsilon, activation, loss, y, net, stops: stopsOf(net), lossValue: net.loss(y) };
  state.now = state.stops[stop];
  state.told = STOPS[state.now.kind](state.now.l, net, activation, y);
  state.list = parametersOf(net);
  state.chosen = state.list.find((p) => p.key === parameter) ?? state.list[0];
  state.gradient = state.chosen.gradient;
  state.quotientAt = differenceQuotient(net, loss, y, state.chosen);
  state.quotient = state.quotientAt(epsilon);
  return state;
}

/** The network after a forward and a backward pass. */
function passed({ widths, activation, loss, weights, x, y }) {
  const net = new Network(widths, activation, loss);
  net.weights = weights;
  net.forward(Float64Array.from(x), 1);
  net.backward(y);
  return net;
}

/** Every parameter with its key, written as in NumPy, its name, value and gradient. */
function parametersOf(net) {
  const list = [];
  for (let l = 1; l <= net.last; l++) {
    const columns = net.widths[l - 1];
    for (let j = 0; j < net.widths[l]; j++) {
      for (let i = 0; i < columns; i++) {
        const at = j * columns + i;
        list.push({ key: `W${l}[${j}, ${i}]`, name: `W${sup(l)}${sub(j, i)}`, l, j, i, at, value: net.W[l][at], gradient: net.dW[l][at] });
      }
      list.push({ key: `b${l}[${j}]`, name: `b${sup(l)}${sub(j)}`, l, j, at: j, value: net.b[l][j], gradient: net.db[l][j] });
    }
  }
  return list;
}

function withValue({ net, chosen }, value) {
  (chosen.i === undefined ? net.b : net.W)[chosen.l][chosen.at] = value;
  return net.weights;
}

function changeOfLoss(model, loss) {
  const change = { weights: model.get("_starts")[loss], loss };
  const parameter = model.get("parameter");
  if (loss === "squared_error" && /^[Wb]3\[1/.test(parameter)) change.parameter = "W3[0, 0]";
  return change;
}

const sameWeights = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// --- names ----------------------------------------------------------------------------------------

const sub = (...indices) => indices.map((i) => "₁₂₃"[i]).join("");
const sup = (l) => `⁽${"⁰¹²³"[l]}⁾`;
const nameA = (net, l, j) => (l === 0 ? `x${sub(j)}` : l === net.last ? (net.widths[l] > 1 ? `ŷ${sub(j)}` : "ŷ") : `a${sup(l)}${sub(j)}`);
/** A factor with few digits, in brackets where negative. */
const figure = (value, digits = 4) => (value < 0 ? `(${num(value, digits)})` : num(value, digits));
/** A number that fits into a circle: three places, and "≈0" for what they can't show. */
function small(value, places = 3) {
  if (Math.abs(value) >= 100 || !Number.isFinite(value)) return num(value, 3);
  const text = num(Number(value.toFixed(places)), 3);
  return value !== 0 && text === "0" ? "≈0" : text;
}
const keyed = (key, text) => draft("span", { "data-key": key }, text);
const each = (count, make) => Array.from({ length: count }, (_, j) => make(j));

// --- the stops ------------------------------------------------------------------------------------

/** The timeline: nothing, forward layer by layer, the loss, and back. */
function stopsOf(net) {
  const stops = [{ kind: "start", l: 0, forward: true }];
  for (let l = 1; l <= net.last; l++) {
    stops.push({ kind: "z", l, forward: true }, { kind: l < net.last ? "a" : "output", l, forward: true });
  }
  stops.push({ kind: "loss", l: net.last, forward: true });
  for (let l = net.last; l >= 1; l--) {
    if (l < net.last) stops.push({ kind: "back", l }, { kind: "delta", l });
    else stops.push({ kind: "base", l });
    stops.push({ kind: "gradient", l });
  }
  return stops;
}

/** Whether the timeline has come to the stop of this kind and layer. */
function reached(state, kind, l) {
  return state.stops.findIndex((s) => s.kind === kind && s.l === l) <= state.stop;
}

/** A stop's equation, NumPy lines, shapes and live numbers. */
const STOPS = {
  start: () => ({
    equation: "a⁽⁰⁾ = x",
    code: ["a[0] = x", "A[0] = X"],
    shapes: ["(2,)", "(N, 2)"],
    sums: ({ net }) => each(2, (j) => [`x${sub(j)} = `, keyed(`a0${j}`, num(net.a[0][j], 4))]),
    words: "Nothing is computed yet: only the inputs and the parameters are known. Press Next.",
  }),
  z: (l, net) => ({
    equation: `z${sup(l)} = W${sup(l)} a${sup(l - 1)} + b${sup(l)}`,
    code: [`z[${l}] = W[${l}] @ a[${l - 1}] + b[${l}]`, `Z[${l}] = A[${l - 1}] @ W[${l}].T + b[${l}]`],
    shapes: [`(${net.widths[l]}, ${net.widths[l - 1]}) · (${net.widths[l - 1]},) + (${net.widths[l]},)`, `(N, ${net.widths[l - 1]}) · (${net.widths[l - 1]}, ${net.widths[l]}) + (${net.widths[l]},)`],
    sums: () => each(net.widths[l], (j) => affineSum(net, l, j)),
    words: `The affine part of layer ${l}: every unit weighs what comes in and adds its bias.`,
  }),
  a: (l, net, phi) => ({
    equation: `a${sup(l)} = ${PHI[phi]}(z${sup(l)})`,
    code: [`a[${l}] = phi(z[${l}])`, `A[${l}] = phi(Z[${l}])`],
    shapes: [`(${net.widths[l]},), entry by entry`, `(N, ${net.widths[l]}), entry by entry`],
    sums: () => each(net.widths[l], (j) => [`a${sup(l)}${sub(j)} = ${PHI[phi]}(${num(net.z[l][j], 4)}) = `, keyed(`a${l}${j}`, num(net.a[l][j], 4))]),
    words: `The activation of layer ${l} bends each number by itself. z is kept: the way back will ask for φ′(z).`,
  }),
  output: (l, net) => {
    const softmax = net.widths[l] > 1;
    return {
      equation: softmax ? `ŷ = softmax(z${sup(l)})` : `ŷ = z${sup(l)}`,
      code: [softmax ? `y_hat = softmax(z[${l}])` : `y_hat = z[${l}]`, softmax ? `Y_hat = softmax(Z[${l}])` : `Y_hat = Z[${l}]`],
      shapes: [`(${net.widths[l]},)`, `(N, ${net.widths[l]})`],
      sums: () => each(net.widths[l], (j) => [`${nameA(net, l, j)} = `, keyed(`a${l}${j}`, num(net.a[l][j], 4))]),
      words: softmax ? "Softmax makes two probabilities of the two logits." : "The output is the identity: ŷ is z⁽³⁾ itself.",
    };
  },
  loss: (l, net, phi, y) => {
    const classes = net.widths[l] > 1;
    return {
      equation: classes ? "L = −log ŷ_y" : "L = (ŷ − y)²",
      code: [classes ? "L = -np.log(y_hat[y])" : "L = ((y_hat - y) ** 2).sum()", classes ? "L = -np.log(Y_hat[range(N), y]).mean()" : "L = ((Y_hat - Y) ** 2).sum() / N"],
      shapes: ["a number", "a number"],
      sums: (state) => [classes ? [`L = −log ${num(net.a[l][y[0]], 4)} = `, keyed("loss", num(state.lossValue, 4))] : [`L = (${num(net.a[l][0], 4)} − ${num(y[0], 4)})² = `, keyed("loss", num(state.lossValue, 4))]],
      words: "The loss is one number. From here on we go back, and ask of every number before: how does L react to you?",
    };
  },
  base: (l, net, phi, y) => {
    const classes = net.widths[l] > 1;
    return {
      equation: classes ? `δ${sup(l)} = ŷ − y (y one-hot)` : `δ${sup(l)} = 2(ŷ − y)`,
      code: [classes ? `delta[${l}] = y_hat - one_hot` : `delta[${l}] = 2 * (y_hat - y)`, classes ? `D[${l}] = (Y_hat - one_hot) / N` : `D[${l}] = 2 * (Y_hat - Y) / N`],
      shapes: [`(${net.widths[l]},)`, `(N, ${net.widths[l]})`],
      sums: () => each(net.widths[l], (j) => [classes ? `δ${sup(l)}${sub(j)} = ${num(net.a[l][j], 4)} − ${y[0] === j ? 1 : 0} = ` : `δ${sup(l)} = 2(${num(net.a[l][0], 4)} − ${num(y[0], 4)}) = `, keyed(`a${l}${j}`, num(net.delta[l][j], 4))]),
      words: "The base case: the error signal at the output. Everything that follows is made from it.",
    };
  },
  gradient: (l, net) => ({
    equation: `∂L/∂W${sup(l)} = δ${sup(l)} a${sup(l - 1)}ᵀ,  ∂L/∂b${sup(l)} = δ${sup(l)}`,
    code: [`dW[${l}] = np.outer(delta[${l}], a[${l - 1}])`, `dW[${l}] = D[${l}].T @ A[${l - 1}]; db[${l}] = D[${l}].sum(axis=0)`],
    shapes: [`(${net.widths[l]},) ⊗ (${net.widths[l - 1]},) → (${net.widths[l]}, ${net.widths[l - 1]})`, `(${net.widths[l]}, N) · (N, ${net.widths[l - 1]}) → (${net.widths[l]}, ${net.widths[l - 1]})`],
    sums: () => parametersOf(net).filter((p) => p.l === l).map((p) => gradientSum(net, p)),
    words: `The gradients of layer ${l}: a weight's is the error signal at its end times the value at its beginning.`,
  }),
  back: (l, net) => ({
    equation: `∂L/∂a${sup(l)} = W${sup(l + 1)}ᵀ δ${sup(l + 1)}`,
    code: [`back = W[${l + 1}].T @ delta[${l + 1}]`, `back = D[${l + 1}] @ W[${l + 1}]`],
    shapes: [`(${net.widths[l]}, ${net.widths[l + 1]}) · (${net.widths[l + 1]},) → (${net.widths[l]},)`, `(N, ${net.widths[l + 1]}) · (${net.widths[l + 1]}, ${net.widths[l]}) → (N, ${net.widths[l]})`],
    sums: () => each(net.widths[l], (j) => backSum(net, l, j)),
    words: `Each unit of layer ${l} collects the error signals of all units that it feeds, each through its weight: a sum over paths.`,
  }),
  delta: (l, net, phi) => ({
    equation: `δ${sup(l)} = ∂L/∂a${sup(l)} ⊙ φ′(z${sup(l)})`,
    code: [`delta[${l}] = back * dphi(z[${l}])`, `D[${l}] = back * dphi(Z[${l}])`],
    shapes: [`(${net.widths[l]},) ⊙ (${net.widths[l]},)`, `(N, ${net.widths[l]}) ⊙ (N, ${net.widths[l]})`],
    sums: () => each(net.widths[l], (j) => deltaSum(net, l, j, phi)),
    words: `Through the activation: unit by unit, times the slope φ′ at its own z. Where the slope is 0, nothing comes through.`,
  }),
};

function affineSum(net, l, j) {
  const columns = net.widths[l - 1];
  const terms = each(columns, (i) => [keyed(`W${l}[${j}, ${i}]`, `${figure(net.W[l][j * columns + i])}·${figure(net.a[l - 1][i])}`), " + "]).flat();
  return [`z${sup(l)}${sub(j)} = `, ...terms, keyed(`b${l}[${j}]`, figure(net.b[l][j])), ` = ${num(net.z[l][j], 4)}`];
}

/** One term for each path back from layer l + 1. */
function backSum(net, l, i) {
  const columns = net.widths[l];
  const terms = each(net.widths[l + 1], (j) => [j ? " + " : "", keyed(`W${l + 1}[${j}, ${i}]`, `${figure(net.W[l + 1][j * columns + i])}·${figure(net.delta[l + 1][j])}`)]).flat();
  return [`∂L/∂a${sup(l)}${sub(i)} = `, ...terms, ` = ${num(gradientAtActivation(net, l, i), 4)}`];
}

function deltaSum(net, l, j, phi) {
  const slope = net.phi.derivative(net.z[l][j]);
  return [`δ${sup(l)}${sub(j)} = ${figure(gradientAtActivation(net, l, j))}·${PHI[phi]}′(${num(net.z[l][j], 4)}) = ${figure(gradientAtActivation(net, l, j))}·${num(slope, 4)} = `, keyed(`a${l}${j}`, num(net.delta[l][j], 4))];
}

function gradientSum(net, p) {
  if (p.i === undefined) return [keyed(p.key, `∂L/∂${p.name} = δ${sup(p.l)}${sub(p.j)} = ${num(p.gradient, 4)}`)];
  return [keyed(p.key, `∂L/∂${p.name} = ${figure(net.delta[p.l][p.j])}·${figure(net.a[p.l - 1][p.i])} = ${num(p.gradient, 4)}`)];
}

/** The panel of the present stop: equation, live numbers, then code and shapes for one and for N. */
function accountOf(state) {
  const { now, told } = state;
  const listing = (title, code, shapes) =>
    draft("div", { class: "listing" }, draft("span", { class: "muted" }, title), draft("code", {}, code), draft("span", { class: "muted" }, shapes));
  return [
    draft("p", { class: `equation ${now.forward ? "forward" : "backward"}` }, told.equation),
    draft("div", { class: "sums" }, told.sums(state).map((line) => draft("div", {}, ...line))),
    listing("one sample", told.code[0], told.shapes[0]),
    listing("a batch", told.code[1], told.shapes[1]),
  ];
}

// --- the wiggle -----------------------------------------------------------------------------------

const CHART = { width: 300, height: 150, left: 46, right: 12, top: 12, bottom: 34, low: -12, high: 1 };

/** How far ΔL/ε is from the gradient, for every ε, on two logarithmic scales. */
function chartOf(state) {
  const { chosen, gradient, epsilon } = state;
  const { width, height, left, right, top, bottom, low, high } = CHART;
  const across = (e) => left + ((width - left - right) * -Math.log10(e)) / 15;
  const up = (error) => top + ((height - top - bottom) * (high - Math.min(high, Math.max(low, Math.log10(error))))) / (high - low);
  const gap = (e) => Math.abs(state.quotientAt(e) - gradient);
  const points = EPSILONS.map((e) => [e, gap(e)]).filter(([, error]) => Number.isFinite(error));
  const text = (x, y, content, anchor = "middle") => svgDraft("text", { x, y, "text-anchor": anchor }, content);
  const here = gap(epsilon);
  const q = num(state.quotient, 8);
  return [
    draft("p", { class: "quotient" }, `ΔL/ε for ${chosen.name}: `, draft("b", {}, q), draft("br"), "gradient: ", draft("b", { class: "backward" }, num(gradient, 8))),
    svgDraft(
      "svg",
      { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Distance of ΔL/ε from the gradient for ε from 1 to 1e−15. At ε = ${num(epsilon)} it is ${num(here, 2)}.` },
      [0, -4, -8, -12].map((p) => [
        svgDraft("line", { x1: left, x2: width - right, y1: up(10 ** p), y2: up(10 ** p), stroke: "var(--rule)" }),
        text(left - 4, up(10 ** p) + 4, `1e${p}`.replace("-", "−").replace("1e0", "1"), "end"),
      ]).flat(),
      [0, 5, 10, 15].map((p) => text(across(10 ** -p), height - bottom + 16, p ? `1e−${p}` : "1", p === 15 ? "end" : "middle")),
      text((left + width - right) / 2, height - 3, "ε"),
      svgDraft("polyline", { points: points.map(([e, error]) => `${across(e)},${up(error)}`).join(" "), fill: "none", stroke: "var(--backward)", "stroke-width": 2 }),
      Number.isFinite(here) ? svgDraft("circle", { cx: across(Math.min(1, Math.max(1e-15, epsilon))), cy: up(here), r: 5, fill: "var(--focus)" }) : null,
    ),
    draft("p", { class: "muted" }, "|ΔL/ε − gradient| against ε"),
  ];
}

/** A path's links in the picture. */
function linksOf(path, chosen) {
  const later = path.steps.map((step) => `W${step.l}[${step.to}, ${step.from}]`);
  return chosen.i === undefined ? later : [chosen.key, ...later];
}

/** A path's product, spelt out: what the parameter multiplies, a slope and a weight for each step, δ. */
function productInFigures(path) {
  const factors = [path.first, ...path.steps.flatMap((step) => [step.slope, step.weight]), path.end];
  return `${factors.map((v) => figure(v, 3)).join("·\u200b")} = ${num(path.product, 4)}`; // a line may end after a factor
}

/** The paths as a list; pointing at one, or moving the focus to it, lights its links. */
function pathList(place, stage) {
  let found = [];
  let chosen;
  const presses = () => [...place.querySelectorAll("button")];
  const light = (path) => {
    const keys = path ? linksOf(path, chosen) : [];
    for (const node of stage.querySelectorAll("line[data-key]:not(.hit)")) node.classList.toggle("on-path", keys.includes(node.dataset.key));
  };
  const lightUnder = ({ target }) => light(found[presses().indexOf(target.closest("button"))]);
  for (const type of ["pointerover", "focusin", "click"]) place.addEventListener(type, lightUnder);
  for (const type of ["pointerout", "focusout"]) place.addEventListener(type, () => light());
  return {
    show(state) {
      const focused = presses().indexOf(document.activeElement);
      chosen = state.chosen;
      found = pathsToLoss(state.net, chosen);
      redraw(place, ...pathsOf(state, found));
      if (focused >= found.length) presses().at(-1).focus();
      light(found[presses().findIndex((press) => press.matches(":hover, :focus"))]);
    },
  };
}

function pathsOf({ net, chosen }, found) {
  const layer = (k) => chosen.l + k;
  const unit = (j, k) => (layer(k) === net.last ? nameA(net, net.last, j) : `a${sup(layer(k))}${sub(j)}`);
  const row = (path) =>
    draft("li", {}, draft("button", { type: "button", class: "path" }, draft("span", {}, path.units.map(unit).join(" → ")), draft("span", { class: "backward" }, productInFigures(path))));
  const total = found.reduce((sum, path) => sum + path.product, 0);
  const one = found.length === 1;
  return [
    draft("p", { class: "muted" }, `${one ? "One path" : `${found.length} paths`} from ${chosen.name} to the loss`),
    draft("ul", {}, found.map(row)),
    draft("p", {}, one ? "gradient = " : "sum of the paths = gradient = ", draft("b", { class: "backward" }, num(total, 6))),
  ];
}

// --- the table: choose a parameter ----------------------------------------------------------------

function parameterTable(place, onChoose) {
  const group = `parameter-${Math.random().toString(36).slice(2)}`;
  place.addEventListener("change", ({ target }) => onChoose(target.value));
  return {
    show(state) {
      const layers = [...new Set(state.list.map((p) => p.l))];
      redraw(place, ...layers.map((l) => layerTable(state, l, group)));
      for (const input of place.querySelectorAll("input")) input.checked = input.value === state.chosen.key;
    },
  };
}

function layerTable(state, l, group) {
  const known = reached(state, "gradient", l);
  const head = draft("tr", {}, ["wiggle", "value", "gradient"].map((text) => draft("th", { scope: "col" }, text)));
  const rows = state.list.filter((p) => p.l === l).map((p) => parameterRow(p, known, group));
  return draft("table", {}, draft("caption", {}, `Layer ${l}`), draft("thead", {}, head), draft("tbody", {}, rows));
}

function parameterRow(p, known, group) {
  const input = draft("input", { type: "radio", name: group, value: p.key });
  return draft(
    "tr",
    { "data-key": p.key },
    draft("th", { scope: "row" }, draft("label", {}, input, p.name)),
    draft("td", { class: "forward" }, num(p.value, 4)),
    draft("td", { class: "backward" }, known ? num(p.gradient, 4) : "–"),
  );
}

// --- the picture ----------------------------------------------------------------------------------

function pictureOf(state, available) {
  const { net, chosen, now } = state;
  const width = Math.max(280, Math.min(available || 600, 700));
  const roomy = width > 520;
  const radius = roomy ? 23 : 19;
  const height = 270;
  const [left, right] = [radius + 4, width - radius - 6];
  const place = unitPlaces(net.widths, { left, right, height: height - 14, after: roomy ? 0.7 : 0.8 });
  const units = [];
  for (let l = 0; l <= net.last; l++) {
    for (let j = 0; j < net.widths[l]; j++) units.push(unitAt(state, l, j, place(l, j), roomy));
  }
  const links = state.list
    .filter((p) => p.i !== undefined)
    .map((p) => ({
      from: place(p.l - 1, p.i),
      to: place(p.l, p.j),
      along: p.i === p.j ? 0.5 : 0.28,
      key: p.key,
      lines: roomy || p.key === chosen.key ? [{ text: num(p.value, 3) }] : [],
      dashed: busy(now, p.l) && !now.forward,
      state: `${busy(now, p.l) ? "" : "resting"} ${p.key === chosen.key ? "chosen" : ""}`.trim(),
      target: true,
      ...weightStroke(p.value),
    }));
  const end = { x: right, y: (height - 14) / 2 };
  const atLoss = reached(state, "loss", net.last);
  for (let j = 0; j < net.widths[net.last]; j++) {
    links.push({ from: place(net.last, j), to: end, tone: atLoss ? "backward" : "rule", thickness: 2, dashed: true, state: now.kind === "loss" || now.kind === "base" ? "" : "resting" });
  }
  units.push({ at: end, name: "L", value: atLoss ? small(state.lossValue, roomy ? 3 : 2) : "?", key: "loss", tone: atLoss ? "backward" : "muted" });
  return networkPicture({ width, height, radius, labelWidth: 36, units, links, words: `Network with its numbers at this stop. ${state.told.words}` });
}

/** Whether this stop computes with the weights of layer l. */
const busy = (stop, l) => (stop.kind === "z" && stop.l === l) || (stop.kind === "gradient" && stop.l === l) || (stop.kind === "back" && stop.l + 1 === l);

function unitAt(state, l, j, at, roomy) {
  const { net } = state;
  const digits = roomy ? 3 : 2;
  const known = l === 0 || reached(state, l < net.last ? "a" : "output", l);
  const below = [];
  if (l > 0 && roomy) below.push({ text: reached(state, "z", l) ? `z ${small(net.z[l][j])}` : "", tone: "muted-text" });
  if (l > 0) below.push({ text: reached(state, l === net.last ? "base" : "delta", l) ? `δ ${small(net.delta[l][j], digits)}` : "", tone: "backward" });
  const touched = state.chosen.l <= l && (state.chosen.l < l || state.chosen.j === j);
  return { at, name: nameA(net, l, j), value: known ? small(net.a[l][j], digits) : "?", key: `a${l}${j}`, tone: "forward", below, state: touched ? "touched" : "" };
}

// --- the state in words -----------------------------------------------------------------------------

function inWords(state) {
  const { chosen, epsilon, gradient, lossValue } = state;
  if (!Number.isFinite(lossValue)) return "The loss is too large for the computer's numbers. Press Reset, or take smaller weights.";
  const q = state.quotient;
  const gap = Math.abs(q - gradient);
  const wiggle = `Raising ${chosen.name} by ${num(epsilon)} changes the loss by ${num(q * epsilon, 3)}: ΔL/ε = ${num(q, 6)}, gradient ${num(gradient, 6)}.`;
  return `${state.told.words} ${wiggle} ${verdict(state, gap)}`;
}

function verdict({ epsilon, gradient, quotient: q, activation }, gap) {
  if (gradient === 0 && q === 0) return activation === "relu" ? "This path is switched off by a relu, so nothing reaches the loss." : "Nothing reaches the loss.";
  if (epsilon < 1e-8 && gap > 1e-7) return "ε is now so small that rounding in L drowns the difference.";
  if (gap < 1e-6) return "They agree to at least six places.";
  return gap > 0.2 * Math.abs(gradient) ? "ε is too large: the loss bends on the way." : "They are close; a smaller ε brings them closer.";
}

/** Whether there is such a state: what comes with a link may be anything. */
function accepts({ stop, parameter, epsilon, activation, loss, weights, _targets }) {
  const known = Object.hasOwn(PHI, activation) && Object.hasOwn(_targets, loss) && isWhole(stop, 0, LAST_STOP);
  if (!known || !(epsilon > 0)) return false;
  const net = new Network(widthsFor(loss), activation, loss);
  return weightsFit(weights, net) && parametersOf(net).some((p) => p.key === parameter);
}

export default { render, accepts };
