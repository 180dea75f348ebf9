// One training step, press by press. All state is in the model's traits; everything shown is
// computed from them afresh, so that a change from Python and a press look the same.

import { Network, weightsFit } from "./shared/engine.js";
import { redrawWithPage, widthOf } from "./shared/drawing.js";
import { button, buttons, choice, draft, element, factor, follow, frame, isWhole, linkHighlights, logScale, num, redraw, roving, slider } from "./shared/controls.js";
import { networkPicture, unitPlaces, weightStroke } from "./shared/network_picture.js";

const STAGES = ["start", "forward", "loss", "gradient", "update"];
const NAMES = ["", "Forward", "Loss", "Gradient", "Update"];
const SUBSCRIPT = "₀₁₂₃₄₅₆₇₈₉";

function render({ model, el }) {
  const data = model.get("_data");
  const read = () => readState(model, data);

  const parts = frame(el, {
    name: "training_step",
    title: "What does one training step change, and by how much?",
    challenges: [
      { text: "Bring the loss of one student under 0.01 in at most ten updates.", test: (s) => s.updates > 0 && s.updates <= 10 && s.lossAfter < 0.01 },
      { text: "From the start, hit the score almost exactly with a single update (loss under 0.01).", test: (s) => s.updates === 1 && s.lossAfter < 0.01 },
      { text: "Find a learning rate with which an update makes the loss larger.", test: (s) => s.stage === "update" && s.lossAfter > s.lossBefore },
    ],
  });
  const sums = element("ol", { class: "sums" });
  const table = element("div", { class: "parameters" });
  parts.workings.append(sums, table);

  const starts = () => model.get("_starts")[model.get("network")];
  const { set, unfollow } = follow(model, ["student", "learning_rate", "network", "stage", "history"], draw);
  const next = button("Forward", () => set(advance(read())), "primary");
  const whole = button("Whole step", () => set(finish(model, data)));
  const undo = button("Undo", () => set(stepBack(read())));
  const reset = button("Reset", () => set({ history: [starts()], stage: "start" }));
  const student = choice({
    label: "Student",
    options: data.students.map((name, i) => [String(i), name]),
    onChange: (value) => set({ student: Number(value), stage: "start" }),
  });
  const network = choice({
    label: "Network",
    options: [["2-1", "one unit"], ["2-2-1", "2-2-1"]],
    onChange: (value) => set({ network: value, history: [model.get("_starts")[value]], stage: "start" }),
  });
  const rate = slider({
    label: "Learning rate η =",
    values: logScale(0.001, 0.2),
    onInput: (value) => set({ learning_rate: value, stage: model.get("stage") === "update" ? "start" : model.get("stage") }),
  });
  parts.controls.append(buttons(next, whole, undo, reset), student.el, network.el, rate.el);
  const relight = linkHighlights(el);
  const rows = roving(table, "tbody tr");

  function draw() {
    const state = read();
    next.textContent = state.stage === "update" ? NAMES[1] : NAMES[STAGES.indexOf(state.stage) + 1];
    for (const press of [next, whole]) press.disabled = state.diverged;
    undo.disabled = state.stage === "start" && state.updates === 0;
    reset.disabled = undo.disabled && String(state.history) === String([starts()]);
    student.show(String(model.get("student")));
    network.show(model.get("network"));
    rate.show(model.get("learning_rate"));
    redraw(parts.stage, pictureOf(state, widthOf(parts.stage)));
    redraw(sums, ...arithmetic(state));
    rows.redraw([parameterTable(state)]);
    relight();
    parts.say(inWords(state), state.diverged || (state.stage === "update" && state.lossAfter > state.lossBefore));
    parts.judge(state);
  }
  const stops = [unfollow, redrawWithPage(parts.stage, draw)];
  draw();
  return () => stops.forEach((stop) => stop());
}

/** Everything the picture shows, from the traits: the network before and after this step's update. */
function readState(model, data) {
  const [stage, history, eta] = ["stage", "history", "learning_rate"].map((name) => model.get(name));
  const index = model.get("student");
  const x = data.X[index];
  const y = data.y[index];
  const updated = stage === "update" && history.length > 1;
  const net = networkWith(model.get("network"), history[history.length - (updated ? 2 : 1)], x, y);
  const after = networkWith(model.get("network"), history[history.length - 1], x, y);
  const name = data.students[index];
  return {
    stage: updated || stage !== "update" ? stage : "start",
    history, eta, x, y, name, net, after,
    updates: history.length - 1,
    lossBefore: net.loss([y]),
    lossAfter: after.loss([y]),
    diverged: !Number.isFinite(after.loss([y])),
  };
}

function networkWith(widths, weights, x, y) {
  const net = new Network(widths.split("-").map(Number), "relu", "squared_error");
  net.weights = weights;
  net.forward(Float64Array.from(x), 1);
  net.backward([y]);
  return net;
}

/** The traits after the next press. */
function advance(state) {
  const now = STAGES.indexOf(state.stage);
  if (state.stage === "gradient") {
    state.net.update(state.eta);
    return { history: [...state.history, state.net.weights], stage: "update" };
  }
  return { stage: state.stage === "update" ? "forward" : STAGES[now + 1] };
}

/** The traits after the rest of this step, or after a whole new one. */
function finish(model, data) {
  const state = readState(model, data);
  return advance(state.stage === "update" ? { ...state, net: state.after, stage: "gradient" } : { ...state, stage: "gradient" });
}

/** The traits before the last press. */
function stepBack({ stage, history, updates }) {
  if (stage === "update" || stage === "start") return { history: history.slice(0, -1), stage: "gradient" };
  if (stage === "forward") return { stage: updates ? "update" : "start" };
  return { stage: STAGES[STAGES.indexOf(stage) - 1] };
}

const reached = (state, stage) => STAGES.indexOf(state.stage) >= STAGES.indexOf(stage);

// --- names: the single unit is written as in the text, ŷ = w₁x₁ + w₂x₂ + b ---------------------

const sub = (...indices) => indices.map((i) => SUBSCRIPT[i]).join("");
const sup = (layer) => `⁽${"⁰¹²³"[layer]}⁾`;

function names(net) {
  const plain = net.last === 1;
  return {
    input: (i) => `x${sub(i + 1)}`,
    W: (l, j, i) => (plain ? `w${sub(i + 1)}` : `W${sup(l)}${sub(j + 1, i + 1)}`),
    b: (l, j) => (plain ? "b" : `b${sup(l)}${net.widths[l] > 1 ? sub(j + 1) : ""}`),
    a: (l, j) => (l === 0 ? `x${sub(j + 1)}` : l === net.last ? "ŷ" : `a${sup(l)}${sub(j + 1)}`),
    z: (l, j) => (l === net.last ? "ŷ" : `z${sup(l)}${sub(j + 1)}`),
    delta: (l, j) => (l === net.last ? "∂L/∂ŷ" : `δ${sup(l)}${sub(j + 1)}`),
  };
}

/** Every parameter: its key, name, value, gradient and value after the update. */
function parameters({ net, after }) {
  const name = names(net);
  const list = [];
  for (let l = 1; l <= net.last; l++) {
    const columns = net.widths[l - 1];
    for (let j = 0; j < net.widths[l]; j++) {
      for (let i = 0; i < columns; i++) {
        const at = j * columns + i;
        list.push({ key: `W${l}${j}${i}`, name: name.W(l, j, i), l, j, i, value: net.W[l][at], gradient: net.dW[l][at], updated: after.W[l][at] });
      }
      list.push({ key: `b${l}${j}`, name: name.b(l, j), l, j, value: net.b[l][j], gradient: net.db[l][j], updated: after.b[l][j] });
    }
  }
  return list;
}

// --- the arithmetic, spelt out -----------------------------------------------------------------

const keyed = (key, text) => draft("span", { "data-key": key }, text);
const line = (...content) => draft("div", { class: "sum" }, ...content);

function arithmetic(state) {
  const { net } = state;
  const steps = [
    ["forward", "Forward", forwardSums(net)],
    ["loss", "Loss", lossSums(state)],
    ["gradient", "Gradient", gradientSums(state)],
    ["update", "Update", updateSums(state)],
  ];
  return steps.map(([stage, title, lines]) => {
    const style = stage === state.stage ? "now" : reached(state, stage) ? "" : "later";
    return draft("li", { class: style, "aria-current": stage === state.stage && "step" }, draft("b", {}, title), lines);
  });
}

function forwardSums(net) {
  const name = names(net);
  const lines = [];
  for (let l = 1; l <= net.last; l++) {
    const columns = net.widths[l - 1];
    for (let j = 0; j < net.widths[l]; j++) {
      const terms = [];
      for (let i = 0; i < columns; i++) {
        const product = `${factor(net.W[l][j * columns + i])}·${factor(net.a[l - 1][i])}`;
        terms.push(keyed(`W${l}${j}${i}`, product), " + ");
      }
      terms.push(keyed(`b${l}${j}`, factor(net.b[l][j])));
      const hidden = l < net.last;
      lines.push(line(`${name.z(l, j)} = `, ...terms, ` = ${num(net.z[l][j])}`));
      if (hidden) lines.push(line(`${name.a(l, j)} = relu(${num(net.z[l][j])}) = `, keyed(`a${l}${j}`, num(net.a[l][j]))));
    }
  }
  return lines;
}

function lossSums({ net, y, lossBefore }) {
  return [line("L = (ŷ − y)² = (", keyed(`a${net.last}0`, num(net.a[net.last][0])), " − ", keyed("y", num(y)), `)² = ${num(lossBefore)}`)];
}

function gradientSums(state) {
  const { net, y } = state;
  const name = names(net);
  const lines = [line(`${name.delta(net.last, 0)} = 2(ŷ − y) = 2(${num(net.a[net.last][0])} − ${num(y)}) = `, keyed("delta", num(net.delta[net.last][0])))];
  for (let l = net.last; l >= 1; l--) {
    const columns = net.widths[l - 1];
    if (l < net.last) {
      for (let j = 0; j < net.widths[l]; j++) {
        const back = `${factor(net.W[l + 1][j])}·${factor(net.delta[l + 1][0])}·relu′(${num(net.z[l][j])})`;
        lines.push(line(`${name.delta(l, j)} = ${back} = ${num(net.delta[l][j])}`));
      }
    }
    for (let j = 0; j < net.widths[l]; j++) {
      for (let i = 0; i < columns; i++) {
        const product = `${factor(net.delta[l][j])}·${factor(net.a[l - 1][i])} = ${num(net.dW[l][j * columns + i])}`;
        lines.push(line(keyed(`W${l}${j}${i}`, `∂L/∂${name.W(l, j, i)} = ${product}`)));
      }
      lines.push(line(keyed(`b${l}${j}`, `∂L/∂${name.b(l, j)} = ${num(net.db[l][j])}`)));
    }
  }
  return lines;
}

function updateSums(state) {
  const eta = num(state.eta);
  const lines = parameters(state).map((p) =>
    line(keyed(p.key, `${p.name} ← ${num(p.value)} − ${eta}·${factor(p.gradient)} = ${num(p.updated)}`)),
  );
  const { after } = state;
  lines.push(line(`now ŷ = ${num(after.a[after.last][0])}, L = ${num(state.lossAfter)}`));
  return lines;
}

// --- the table: every parameter in figures, and the keyboard's way to point --------------------

function parameterTable(state) {
  const showGradient = reached(state, "gradient");
  const showUpdate = reached(state, "update");
  const head = ["name", "value", "gradient", "after"].map((text) => draft("th", { scope: "col" }, text));
  const rows = parameters(state).map((p) =>
    draft(
      "tr",
      { "data-key": p.key },
      draft("th", { scope: "row" }, p.name),
      draft("td", { class: "forward" }, num(p.value)),
      draft("td", { class: "backward" }, showGradient ? num(p.gradient) : "–"),
      draft("td", { class: "forward" }, showUpdate ? num(p.updated) : "–"),
    ),
  );
  return draft(
    "table",
    {},
    draft("caption", {}, "Parameters"),
    draft("thead", {}, draft("tr", {}, head)),
    draft("tbody", {}, rows),
  );
}

// --- the picture --------------------------------------------------------------------------------

/** A number for the picture, with as many digits as fit into `room` signs; the table has them all. */
function short(value, room) {
  for (let digits = 4; digits > 0; digits--) {
    const text = num(value, digits);
    if (text.length <= room) return text;
  }
  return value.toExponential(0).replace("e+", "e").replaceAll("-", "−");
}

/** The same where a minus sign doesn't count, as on a link; and below a unit, where the bias is added. */
const signed = (value, room) => (value < 0 ? "−" : "") + short(Math.abs(value), room);
const plus = (value, room) => (value < 0 ? "− " : "+ ") + short(Math.abs(value), room);

function pictureOf(state, available) {
  const { net, y } = state;
  const width = Math.max(280, Math.min(available || 600, 640));
  const hidden = net.last > 1;
  const height = hidden ? 250 : 190;
  const [left, right] = [30, width - 32];
  const roomy = width > 480; // gradients fit into the picture; else they stand in the table alone
  const radius = roomy ? 23 : 20;
  const room = roomy ? 5 : 4; // signs that fit into a unit, or on a link
  const name = names(net);
  const place = unitPlaces(net.widths, { left, right, height, after: roomy ? 0.6 : 0.75 });
  const shownNet = state.stage === "update" ? state.after : net;
  const units = [];
  const links = [];
  const texts = [];

  for (let l = 0; l <= net.last; l++) {
    for (let j = 0; j < net.widths[l]; j++) {
      const known = l === 0 || reached(state, "forward");
      units.push({ at: place(l, j), name: name.a(l, j), value: known ? short(shownNet.a[l][j], room) : "?", key: `a${l}${j}`, tone: "forward" });
    }
  }
  for (const p of parameters(state)) {
    const end = place(p.l, p.j);
    const shown = state.stage === "update" ? p.updated : p.value;
    const gradient = roomy && reached(state, "gradient") ? `∂ ${signed(p.gradient, room)}` : "";
    if (p.i === undefined) {
      const below = end.y + radius + 13;
      texts.push({ x: end.x, y: below, text: plus(shown, room), key: p.key }, { x: end.x, y: below + 17, text: gradient, tone: "backward", key: p.key });
      continue;
    }
    const along = hidden && p.i !== p.j && p.l === 1 ? 0.3 : hidden ? 0.55 : 0.5;
    const lines = [{ text: signed(shown, room) }, { text: gradient, tone: "backward" }];
    links.push({ from: place(p.l - 1, p.i), to: end, along, lines, key: p.key, ...weightStroke(shown) });
  }

  const output = place(net.last, 0);
  const target = { x: right, y: height / 2 };
  const error = reached(state, "loss");
  links.push({ from: output, to: target, tone: error ? "backward" : "rule", thickness: 2, dashed: true });
  units.push({ at: target, name: "y", value: num(y), key: "y", tone: "muted" });
  if (error) {
    const loss = state.stage === "update" ? state.lossAfter : state.lossBefore;
    texts.push({ x: (output.x + target.x) / 2, y: output.y - radius - 26, text: `L = ${num(loss, 4)}`, tone: "backward" });
  }
  const words = `Network with its numbers. ${inWords(state)}`;
  return networkPicture({ width, height, radius, labelWidth: roomy ? 56 : 40, units, links, texts, words });
}

// --- the state in words -------------------------------------------------------------------------

function inWords(state) {
  const { name, y, net, after, stage, updates, lossBefore, lossAfter } = state;
  const yHat = num(net.a[net.last][0]);
  const count = `${updates} update${updates === 1 ? "" : "s"}`;
  if (state.diverged) {
    return `After ${count} the loss is too large for the computer's numbers: training has diverged. Undo or reset, then take a smaller learning rate.`;
  }
  switch (stage) {
    case "forward":
      return `Forward: the network predicts ${yHat} points for student ${name}, who scored ${num(y)}.`;
    case "loss":
      return `Loss: the prediction ${yHat} is ${num(Math.abs(net.a[net.last][0] - y))} points away from ${num(y)}, so the loss is ${num(lossBefore)}.`;
    case "gradient":
      return Math.abs(net.delta[net.last][0]) < 1e-9
        ? "Gradient: the prediction is exact, so every gradient is 0 and an update would change nothing."
        : `Gradient: ∂L/∂ŷ = ${num(net.delta[net.last][0])}, so raising the prediction would ${net.delta[net.last][0] < 0 ? "lower" : "raise"} the loss.`;
    case "update": {
      const change = lossAfter < lossBefore ? "fell" : lossAfter > lossBefore ? "rose" : "stayed";
      const warning = change === "rose" ? " The learning rate is too large for this student." : "";
      return `Update ${updates}: the loss ${change} from ${num(lossBefore)} to ${num(lossAfter)}; the prediction is now ${num(after.a[after.last][0])}.${warning}`;
    }
    default:
      return `${updates ? `After ${count}` : "Before the first update"}: student ${name} studied ${num(state.x[0])} hours, did ${num(state.x[1])} hours of homework and scored ${num(y)}. Press Forward.`;
  }
}

/** Whether there is such a state: what comes with a link may be anything. */
function accepts({ student, learning_rate, network, stage, history, _data, _starts }) {
  const known = isWhole(student, 0, _data.students.length - 1) && Object.hasOwn(_starts, network) && STAGES.includes(stage);
  if (!known || !(learning_rate > 0) || !history.length) return false;
  const net = new Network(network.split("-").map(Number), "relu", "squared_error");
  return history.every((weights) => weightsFit(weights, net));
}

export default { render, accepts };
