// Forward through a small network, unit by unit. A parameter is one object in four places: its edge
// in the picture, its cell in the matrix, its term in the sum, its index in the code. They carry the
// same key, which is the index as NumPy writes it, such as "W1[1, 0]". All state is in the model's
// traits; everything shown is computed from them afresh.

import { Network, weightsFit } from "./shared/engine.js";
import { redrawWithPage, widthOf } from "./shared/drawing.js";
import { areWithin, button, buttons, choice, draft, element, factor, follow, frame, isWhole, linkHighlights, num, redraw, roving, slider } from "./shared/controls.js";
import { networkPicture, unitPlaces, weightStroke } from "./shared/network_picture.js";

const TRAITS = ["parameter", "stop", "batch", "student", "output", "weights"];
const LOSS_OF = { identity: "squared_error", sigmoid: "binary_cross_entropy", softmax: "cross_entropy" };
const VALUES = Array.from({ length: 41 }, (_, i) => (i - 20) / 4);
const DIGITS = 4;
const LARGEST = 1000; // size of a weight
const SUBSCRIPTS = "₀₁₂₃₄";

function render({ model, el }) {
  const read = () => readState(model);
  const parts = frame(el, {
    name: "forward_pass",
    title: "Where does this weight stand, and which numbers does it change?",
    challenges: [
      { text: "Choose the weight that leads from x₂ to the first hidden unit.", test: (s) => s.chosen.key === "W1[0, 1]" },
      { text: "Switch the third hidden unit off for all four students by changing one number.", test: (s) => s.changed.length === 1 && everyStudent(s, (n) => valueOf(s, "a", 1, 2, n) === 0) },
      { text: "With softmax, bring ŷ₁ under 0.05 without touching anything that leads to output unit 1.", test: isMovedByTheOthers },
    ],
  });
  const layers = element("div", { class: "layers" });
  const sums = element("ol", { class: "units" });
  parts.workings.append(layers, sums);

  const { set, unfollow } = follow(model, TRAITS, draw);
  const go = (stop) => set({ stop: Math.max(0, Math.min(lastStop(model.get("output")), stop)) });
  const next = button("Next unit", () => go(read().stop + 1), "primary");
  const back = button("Back", () => go(read().stop - 1));
  const end = button("To the end", () => go(Infinity));
  const reset = button("Reset", () => set({ stop: 0, weights: model.get("_starts")[model.get("output")] }));
  const batch = choice({
    label: "Samples",
    options: [["one", "one student"], ["all", "all four"]],
    onChange: (value) => set({ batch: value === "all" }),
  });
  const student = choice({
    label: "Student in the picture",
    options: model.get("_data").students.map((name, n) => [String(n), name]),
    onChange: (value) => set({ student: Number(value) }),
  });
  const output = choice({
    label: "Output",
    options: [["identity", "score"], ["sigmoid", "pass?"], ["softmax", "grade"]],
    onChange: (value) => set(otherOutput(model, value)),
  });
  const value = slider({ label: "Its value:", values: VALUES, onInput: (v) => set({ weights: withValue(read(), v) }) });
  parts.controls.append(buttons(next, back, end, reset), value.el, batch.el, student.el, output.el);
  const relight = linkHighlights(el);
  const cells = roving(layers, "button");
  el.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key ?? "";
    if (/^[Wb]\d/.test(key) && key !== read()?.chosen.key) set({ parameter: key });
  });

  function draw() {
    const state = read();
    if (!state) return; // Python is about to send the rest of a change
    next.disabled = end.disabled = state.stop === lastStop(state.output);
    back.disabled = state.stop === 0;
    reset.disabled = state.stop === 0 && state.changed.length === 0;
    batch.show(state.batch ? "all" : "one");
    student.show(String(state.student));
    output.show(state.output);
    value.el.querySelector("label").firstChild.textContent = `${state.chosen.name} = `;
    value.show(state.chosen.value);
    redraw(parts.stage, pictureOf(state, widthOf(parts.stage)));
    layers.classList.toggle("wide", state.batch);
    cells.redraw([1, 2].map((l) => layerOf(state, l)), state.chosen.key);
    redraw(sums, ...sumsOf(state));
    relight();
    parts.say(inWords(state));
    parts.judge(state);
  }
  const ends = [unfollow, redrawWithPage(parts.stage, draw)];
  draw();
  return () => ends.forEach((stop) => stop());
}

// --- the state, from the traits -----------------------------------------------------------------

const lastStop = (output) => (output === "softmax" ? 7 : 4);

function readState(model) {
  const [parameter, stop, batch, student, output, weights] = TRAITS.map((name) => model.get(name));
  const { X, students } = model.get("_data");
  const widths = [2, 3, output === "softmax" ? 3 : 1];
  if (weights.length !== 2 || weights[1][1].length !== widths[2]) return null;
  const net = new Network(widths, "relu", LOSS_OF[output]);
  net.weights = weights;
  net.forward(Float64Array.from(X.flat()), X.length);
  const state = { stop: Math.min(stop, lastStop(output)), batch, student, output, net, students, X };
  state.list = parametersIn(net, weights, model.get("_starts")[output]);
  state.changed = state.list.filter((p) => p.value !== p.start);
  state.chosen = state.list.find((p) => p.key === parameter) ?? state.list[0];
  state.now = unitAt(state);
  return state;
}

/** Every parameter: its key and name, where it leads from and to, its value now and at the start. */
function parametersIn(net, weights, starts) {
  const list = [];
  for (const l of [1, 2]) {
    const [W, b] = weights[l - 1];
    const [W0, b0] = starts[l - 1];
    b.forEach((bias, j) => {
      W[j].forEach((weight, i) => {
        list.push({ key: `W${l}[${j}, ${i}]`, name: weightName(l, j, i), l, j, i, value: weight, start: W0[j][i] });
      });
      list.push({ key: `b${l}[${j}]`, name: biasName(net, l, j), l, j, value: bias, start: b0[j] });
    });
  }
  return list;
}

/** The unit that the present stop computes: { l, j }; none at the start, and l = 3 for softmax. */
function unitAt({ stop, net }) {
  if (stop === 0) return null;
  if (stop <= 3) return { l: 1, j: stop - 1 };
  return stop - 4 < net.widths[2] ? { l: 2, j: stop - 4 } : { l: 3, j: 0 };
}

/** Whether z (or, with "a", the activation) of unit j in layer l has been computed. */
function isKnown({ stop, output }, kind, l, j) {
  if (l === 0) return true;
  if (l === 1) return stop >= j + 1;
  return kind === "a" && output === "softmax" ? stop === lastStop(output) : stop >= 4 + j;
}

const valueOf = ({ net, student }, kind, l, j, n = student) => net[kind][l][n * net.widths[l] + j];
const shown = (state, kind, l, j, n) => (isKnown(state, kind, l, j) ? written(state, kind, l, j, n) : "?");

/** A value in figures; probabilities with three decimals, so that one sees them add up to 1. */
function written(state, kind, l, j, n) {
  const value = valueOf(state, kind, l, j, n);
  return kind === "a" && l === 2 && state.output !== "identity" ? value.toFixed(3) : num(value, DIGITS);
}

const everyStudent = ({ students }, test) => students.every((_, n) => test(n));

/** The traits after another output is chosen: its own start weights, and the stop as far as it goes. */
function otherOutput(model, output) {
  const atEnd = model.get("stop") === lastStop(model.get("output"));
  const weights = model.get("_starts")[output];
  const exists = Number(model.get("parameter").match(/\[(\d)/)[1]) < weights[Number(model.get("parameter")[1]) - 1][1].length;
  return {
    output,
    weights,
    stop: atEnd ? lastStop(output) : Math.min(model.get("stop"), lastStop(output)),
    parameter: exists ? model.get("parameter") : "W1[1, 0]",
  };
}

/** The weights with the chosen parameter set to `value`. */
function withValue({ net, chosen }, value) {
  const weights = net.weights;
  const [W, b] = weights[chosen.l - 1];
  if (chosen.i === undefined) b[chosen.j] = value;
  else W[chosen.j][chosen.i] = value;
  return weights;
}

function isMovedByTheOthers(state) {
  const elsewhere = state.changed.length > 0 && state.changed.every((p) => p.l === 2 && p.j !== 0);
  return state.output === "softmax" && elsewhere && valueOf(state, "a", 2, 0) < 0.05;
}

// --- names, as in the text (from 1) and as in the code (from 0) ----------------------------------

const subscript = (...indices) => indices.map((i) => SUBSCRIPTS[i + 1]).join("");
const layerMark = (l) => `⁽${"⁰¹²"[l]}⁾`;
const weightName = (l, j, i) => `W${layerMark(l)}${subscript(j, i)}`;
const biasName = (net, l, j) => `b${layerMark(l)}${net.widths[l] > 1 ? subscript(j) : ""}`;
const index = (net, l, j) => (net.widths[l] > 1 ? subscript(j) : "");

function activationName(net, l, j) {
  if (l === 0) return `x${subscript(j)}`;
  return l === 1 ? `a⁽¹⁾${subscript(j)}` : `ŷ${index(net, 2, j)}`;
}

const preName = (net, l, j) => `z${layerMark(l)}${index(net, l, j)}`;

function activationCode({ batch, student }, l, i) {
  const name = l === 0 ? (batch ? "X" : "x") : "a1";
  return batch ? `${name}[${student}, ${i}]` : `${name}[${i}]`;
}

const preCode = ({ batch, student }, l, j) => (batch ? `z${l}[${student}, ${j}]` : `z${l}[${j}]`);

// --- the picture ----------------------------------------------------------------------------------

function pictureOf(state, available) {
  const { net, now, chosen } = state;
  const width = Math.max(280, Math.min(available || 600, 640));
  const height = 280;
  const radius = 23;
  const place = unitPlaces(net.widths, { left: 34, right: width - 34, height });
  const units = [];
  for (let l = 0; l <= 2; l++) {
    for (let j = 0; j < net.widths[l]; j++) {
      const bias = state.list.find((p) => p.key === `b${l}[${j}]`);
      const isNow = now?.l === l ? now.j === j : now?.l === 3 && l === 2;
      units.push({
        at: place(l, j),
        name: activationName(net, l, j),
        value: shown(state, "a", l, j),
        key: `a${l}${j}`,
        tone: "forward",
        state: isNow ? "now" : "",
        below: bias ? [{ text: signed(bias.value), key: bias.key, tone: bias === chosen ? "chosen" : "" }] : [],
      });
    }
  }
  const links = state.list.filter((p) => p.i !== undefined).map((p) => linkOf(p, state, place));
  const words = `Network with the numbers of student ${state.students[state.student]}. ${inWords(state)}`;
  return networkPicture({ width, height, radius, labelWidth: 34, units, links, words });
}

function linkOf(p, { net, chosen }, place) {
  return {
    from: place(p.l - 1, p.i),
    to: place(p.l, p.j),
    along: p.l === 1 ? 0.33 : net.widths[2] > 1 ? 0.25 : 0.5, // where the numbers of crossing edges stay apart
    lines: [{ text: num(p.value, DIGITS) }],
    key: p.key,
    state: p === chosen ? "chosen" : "",
    target: true,
    ...weightStroke(p.value),
  };
}

const signed = (value) => `${value < 0 ? "−" : "+"} ${num(Math.abs(value), DIGITS)}`;

// --- the matrices ---------------------------------------------------------------------------------

/** One layer as an equation of matrices, with the lines of code that compute it. */
function layerOf(state, l) {
  const { net, batch } = state;
  const relation = batch
    ? [activationsOf(state, l - 1), "·", weightsOf(state, l), "+", biasesOf(state, l), "=", resultsOf(state, "z", l)]
    : [weightsOf(state, l), "·", activationsOf(state, l - 1), "+", biasesOf(state, l), "=", resultsOf(state, "z", l)];
  const phi = l === 1 ? "relu" : state.output;
  if (l === 1 || state.output !== "identity") relation.push(`${phi} →`, resultsOf(state, "a", l));
  return draft(
    "section",
    { class: "layer", "aria-label": l === 1 ? "Hidden layer" : "Output layer" },
    draft("div", { class: "relation" }, batch ? studentLetters(state) : null, relation.map((part) => (typeof part === "string" ? draft("span", { class: "sign" }, part) : part))),
    layerCode(state, l).map(([code, shapes]) => draft("code", {}, code, shapes && draft("span", { class: "shapes" }, `# ${shapes}`))),
  );

  function layerCode() {
    const [n, from, to] = [state.X.length, net.widths[l - 1], net.widths[l]];
    const input = l === 1 ? (batch ? "X" : "x") : "a1";
    const affineLine = batch
      ? [`z${l} = ${input} @ W${l}.T + b${l}`, `(${n}, ${from}) @ (${from}, ${to}) + (${to},) → (${n}, ${to})`]
      : [`z${l} = W${l} @ ${input} + b${l}`, `(${to}, ${from}) @ (${from},) + (${to},) → (${to},)`];
    return [affineLine, ...outputCode(l === 1 ? "relu" : state.output, batch).map((code) => [code])];
  }
}

function outputCode(phi, batch) {
  const along = batch ? "axis=1, keepdims=True" : "";
  return {
    relu: ["a1 = np.maximum(z1, 0)"],
    identity: ["y_hat = z2"],
    sigmoid: ["y_hat = 1 / (1 + np.exp(-z2))"],
    softmax: [`e = np.exp(z2 - z2.max(${along}))`, `y_hat = e / e.sum(${along})`],
  }[phi];
}

/** Whose row is whose, left of a batch. */
function studentLetters({ students, student }) {
  const letter = (name, n) => draft("span", { class: n === student ? "entry letter now" : "entry letter" }, name);
  return draft("div", { class: "letters", "data-part": "letters" }, students.map(letter));
}

/** A grid of cells under its name and shape; `part` says what stays the same when it is turned. */
function grid(part, name, shape, rows) {
  const style = `grid-template-columns: repeat(${rows[0].length}, auto)`;
  return draft(
    "div",
    { class: "matrix", role: "group", "aria-label": `${name}, shape ${shape}`, "data-part": part },
    draft("span", { class: "matrix-name" }, name, draft("span", { class: "shapes" }, ` ${shape}`)),
    draft("div", { class: "cells", style }, rows.flat()),
  );
}

function parameterCell(state, key) {
  const p = state.list.find((parameter) => parameter.key === key);
  const here = state.now?.l === p.l && state.now.j === p.j;
  const kind = `entry ${here ? "now" : ""} ${p === state.chosen ? "chosen" : ""}`;
  const label = `${num(p.value, DIGITS)} is ${p.name}, in the code ${p.key}`;
  const pressed = p === state.chosen ? "true" : "false";
  return draft("button", { type: "button", class: kind, "data-key": key, "aria-label": label, "aria-pressed": pressed }, num(p.value, DIGITS));
}

const plainCell = (text, key, kind = "") => draft("span", { class: `entry ${kind}`, "data-key": key }, text);
const count = (length) => Array.from({ length }, (_, k) => k);

/** W for one sample, Wᵀ for a batch: a row of W has become a column. */
function weightsOf(state, l) {
  const [to, from] = [count(state.net.widths[l]), count(state.net.widths[l - 1])];
  const cell = (j, i) => parameterCell(state, `W${l}[${j}, ${i}]`);
  if (state.batch) return grid("W", `W${layerMark(l)}ᵀ`, `(${from.length}, ${to.length})`, from.map((i) => to.map((j) => cell(j, i))));
  return grid("W", `W${layerMark(l)}`, `(${to.length}, ${from.length})`, to.map((j) => from.map((i) => cell(j, i))));
}

/** b as a column; for a batch as a row, with the copies below it that broadcasting stands for. */
function biasesOf(state, l) {
  const to = count(state.net.widths[l]);
  const key = (j) => `b${l}[${j}]`;
  const first = to.map((j) => parameterCell(state, key(j)));
  if (!state.batch) return grid("b", `b${layerMark(l)}`, `(${to.length},)`, first.map((cell) => [cell]));
  const copy = () => to.map((j) => plainCell(num(state.list.find((p) => p.key === key(j)).value, DIGITS), key(j), "repeated"));
  return grid("b", `b${layerMark(l)}`, `(${to.length},)`, [first, ...count(state.X.length - 1).map(copy)]);
}

function activationsOf(state, l) {
  const name = l === 0 ? (state.batch ? "X" : "x") : `${state.batch ? "A" : "a"}⁽¹⁾`;
  return valuesOf(state, "a", l, name, (n) => (state.now && state.now.l === l + 1 && n === state.student ? "now" : ""));
}

function resultsOf(state, kind, l) {
  const isHere = (n, j) => state.now && (state.now.l === l ? state.now.j === j : state.now.l === 3 && l === 2) && n === state.student;
  const letter = kind === "z" ? (state.batch ? "Z" : "z") : l === 2 ? "" : state.batch ? "A" : "a";
  const name = kind === "a" && l === 2 ? (state.batch ? "Ŷ" : "ŷ") : `${letter}${layerMark(l)}`;
  return valuesOf(state, kind, l, name, (n, j) => (isHere(n, j) ? "now" : ""));
}

/** Values of a layer: a column for one sample, a row for each sample of a batch. */
function valuesOf(state, kind, l, name, mark) {
  const units = count(state.net.widths[l]);
  const cell = (n, j) => plainCell(shown(state, kind, l, j, n), `${kind}${l}${j}`, `value ${mark(n, j)}`);
  if (!state.batch) return grid(`${kind}${l}`, name, `(${units.length},)`, units.map((j) => [cell(state.student, j)]));
  const rows = state.students.map((_, n) => units.map((j) => cell(n, j)));
  return grid(`${kind}${l}`, name, `(${rows.length}, ${units.length})`, rows);
}

// --- the sums: symbols, numbers, code ---------------------------------------------------------------

const keyed = (key, ...content) => draft("span", { "data-key": key }, ...content);
const between = (parts) => parts.flatMap((part, at) => (at ? [" + ", part] : [part]));

function sumsOf(state) {
  const items = [];
  for (const l of [1, 2]) {
    for (const j of count(state.net.widths[l])) items.push(unitItem(state, l, j));
  }
  if (state.output === "softmax") items.push(softmaxItem(state));
  return items;
}

function unitItem(state, l, j) {
  const { net, chosen } = state;
  const inputs = count(net.widths[l - 1]);
  const mark = (key) => (key === chosen.key ? "chosen" : "");
  const term = (key, ...content) => draft("span", { "data-key": key, class: `term ${mark(key)}` }, ...content);
  const [weight, bias] = [(i) => `W${l}[${j}, ${i}]`, `b${l}[${j}]`];
  const value = (key) => factor(state.list.find((p) => p.key === key).value);
  const input = (i, text) => keyed(`a${l - 1}${i}`, text);

  const symbols = between([...inputs.map((i) => term(weight(i), weightName(l, j, i), " ", input(i, activationName(net, l - 1, i)))), term(bias, biasName(net, l, j))]);
  const known = inputs.every((i) => isKnown(state, "a", l - 1, i)) && isKnown(state, "z", l, j);
  const numbers = between([...inputs.map((i) => term(weight(i), value(weight(i)), "·", input(i, factor(Number(valueOf(state, "a", l - 1, i).toPrecision(DIGITS)))))), term(bias, value(bias))]);
  const code = between([...inputs.map((i) => term(weight(i), weight(i), " * ", input(i, activationCode(state, l - 1, i)))), term(bias, bias)]);
  const isNow = state.now?.l === l && state.now.j === j;
  return draft(
    "li",
    { class: `${isNow ? "now" : ""} ${chosen.l === l && chosen.j === j ? "marked" : ""}`.trim(), "aria-current": isNow && "step" },
    draft("b", {}, l === 1 ? `hidden unit ${j + 1}` : net.widths[2] > 1 ? `output unit ${j + 1}` : "output"),
    draft("div", { class: "sum" }, keyed(`z${l}${j}`, preName(net, l, j)), " = ", symbols),
    draft("div", { class: known ? "sum" : "sum later" }, "= ", numbers, " = ", keyed(`z${l}${j}`, num(valueOf(state, "z", l, j), DIGITS))),
    draft("div", { class: known ? "sum" : "sum later" }, afterwards(state, l, j)),
    draft("code", {}, `${preCode(state, l, j)} = `, code),
  );
}

/** What the unit's own activation makes of z; softmax is no such thing. */
function afterwards(state, l, j) {
  const phi = l === 1 ? "relu" : state.output;
  const name = activationName(state.net, l, j);
  const result = keyed(`a${l}${j}`, written(state, "a", l, j));
  if (phi === "softmax") return [];
  if (phi === "identity") return [`${name} = z⁽²⁾ = `, result];
  const z = num(valueOf(state, "z", l, j), DIGITS);
  return [`${name} = ${phi === "relu" ? "relu" : "σ"}(${z}) = `, result];
}

function softmaxItem(state) {
  const units = count(3);
  const known = state.stop === lastStop("softmax");
  const z = units.flatMap((j) => [j ? ", " : "", keyed(`z2${j}`, num(valueOf(state, "z", 2, j), DIGITS))]);
  const p = units.flatMap((j) => [j ? ", " : "", keyed(`a2${j}`, written(state, "a", 2, j))]);
  return draft(
    "li",
    { class: known ? "now" : "", "aria-current": known && "step" },
    draft("b", {}, "softmax, of all three at once"),
    draft("div", { class: "sum" }, "ŷ = softmax(z⁽²⁾₁, z⁽²⁾₂, z⁽²⁾₃)"),
    draft("div", { class: known ? "sum" : "sum later" }, "= softmax(", z, ") = (", p, ")"),
  );
}

// --- the state in words -------------------------------------------------------------------------------

const inWords = (state) => `${stopInWords(state)} ${parameterInWords(state)}`;

function parameterInWords({ chosen, net, changed }) {
  const target = chosen.l === 1 ? `hidden unit ${chosen.j + 1}` : net.widths[2] > 1 ? `output unit ${chosen.j + 1}` : "the output";
  const here = `${chosen.name} = ${num(chosen.value, DIGITS)}`;
  const moved = changed.includes(chosen) ? ` (at the start ${num(chosen.start, DIGITS)})` : "";
  if (chosen.i === undefined) return `Marked: ${here}${moved}, the bias of ${target}; in the code ${chosen.key}.`;
  const source = chosen.l === 1 ? `x${subscript(chosen.i)}` : `hidden unit ${chosen.i + 1}`;
  return `Marked: ${here}${moved}, from ${source} to ${target}; in the code ${chosen.key}.`;
}

function stopInWords(state) {
  const { now, batch, students, student } = state;
  const who = batch ? "all four students" : `student ${students[student]}`;
  if (!now) return `Only the inputs of ${who} are known.`;
  if (now.l === 1) return hiddenInWords(state, now.j);
  if (now.l === 3) return softmaxInWords(state);
  return outputInWords(state, now.j);
}

function hiddenInWords(state, j) {
  const unit = `Hidden unit ${j + 1}`;
  if (state.batch) {
    const on = state.students.filter((_, n) => valueOf(state, "a", 1, j, n) > 0);
    if (on.length === state.students.length) return `${unit} is on for all four students: a column of Z and of A.`;
    return on.length ? `${unit} is on for ${listed(on)} and off for the others: a column of Z and of A.` : `${unit} is off for all four students.`;
  }
  const z = valueOf(state, "z", 1, j);
  const size = num(z, DIGITS);
  return z > 0 ? `${unit}: z = ${size} is positive, so relu passes it on.` : `${unit}: z = ${size} is not positive, so relu gives 0. The unit is off.`;
}

function outputInWords(state, j) {
  const of = state.batch ? ` of student ${state.students[state.student]}` : "";
  const z = num(valueOf(state, "z", 2, j), DIGITS);
  if (state.output === "softmax") return `Output unit ${j + 1}: the logit${of} is ${z}. It is no probability yet; softmax needs all three.`;
  const yHat = valueOf(state, "a", 2, j);
  if (state.output === "identity") return `The output${of} is ŷ = ${z} points: nothing is done to z on the way out.`;
  const extreme = yHat > 0.9995 || yHat < 0.0005 ? " So far from 0 the sigmoid is flat." : "";
  return `The output${of}: the sigmoid makes of z = ${z} the probability ŷ = ${yHat.toFixed(3)}.${extreme}`;
}

function softmaxInWords(state) {
  const p = count(3).map((j) => valueOf(state, "a", 2, j));
  const best = p.indexOf(Math.max(...p));
  const of = state.batch ? ` of student ${state.students[state.student]}` : "";
  return `Softmax takes the three logits${of} together; the probabilities sum to 1, and grade ${best + 1} gets most, ${p[best].toFixed(3)}.`;
}

const listed = (words) => (words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : words[0]);

/** Whether there is such a state: what comes with a link may be anything. */
function accepts({ parameter, stop, student, output, weights, _data, _starts }) {
  const known = Object.hasOwn(LOSS_OF, output) && isWhole(student, 0, _data.students.length - 1);
  if (!known || !isWhole(stop, 0, lastStop(output)) || !areWithin(weights.flat(3), LARGEST)) return false;
  const net = new Network([2, 3, output === "softmax" ? 3 : 1], "relu", LOSS_OF[output]);
  return weightsFit(weights, net) && parametersIn(net, weights, _starts[output]).some((p) => p.key === parameter);
}

export default { render, accepts };
