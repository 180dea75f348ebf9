// A perceptron that looks at one point at a time. The traits say what the data are and how many
// points were looked at; everything shown follows from them afresh, so a dragged point bends the
// whole history.

import { boundaryWithin, largestMargin, learn, positivePart } from "./shared/perceptron.js";
import { redrawWithPage, reducedMotion, widthOf } from "./shared/drawing.js";
import { areWithin, button, buttons, choice, draft, element, factor, follow, frame, isWhole, linkHighlights, num, redraw, roving, svgDraft, svgElement } from "./shared/controls.js";

const TRAITS = ["data", "points", "labels", "steps", "order", "seed", "learning_rate"];
const NAMES = { AND: "AND", XOR: "XOR", clouds: "clouds", narrow: "narrow gap", overlap: "overlap" };
const ORDERS = ["in turn", "shuffled"];
const RATES = [0.5, 1, 2];
const MOST_POINTS = 12;
const EXTENT = 2.3; // the plane shown: a little more than the points may use
const GRID = 1 / 8; // dragged points stay on eighths, whose sums a computer gets exactly right
const ROWS = 8; // of the table of weights
const ZOOMS = [1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];

function render({ model, el }) {
  const presets = model.get("_presets");
  const most = model.get("_most");
  const parts = frame(el, {
    name: "perceptron",
    title: "Will the mistakes ever stop?",
    challenges: [
      { text: "Drag points until it needs more than 20 mistakes and still finishes.", test: (s) => s.finished && s.mistakes > 20 },
      { text: "Make an earlier weight vector return.", test: (s) => s.returned !== null },
      { text: "On XOR, move a single point until a line exists, and let it finish.", test: (s) => s.data === "XOR" && s.finished && movedPoints(s, presets) === 1 },
    ],
  });
  const pointsPane = makePointsPane(model, { onMove: (points, gesture) => change({ points }, gesture) });
  const weightsPane = makeWeightsPane();
  const meter = makeMeter();
  parts.stage.append(element("div", { class: "panes" }, pointsPane.el, weightsPane.el), meter.el);
  const sums = element("ol", { class: "sums" });
  const table = element("div", { class: "weights-table" });
  parts.workings.append(sums, table);

  const memory = { past: [], gesture: null };
  const { set: put, unfollow } = follow(model, TRAITS, fromPython, draw);
  const read = () => readState(model);
  /** Set traits so that Undo can take it back; the moves of one drag count as one. */
  const change = (made, gesture = {}) => {
    if (memory.gesture !== gesture) memory.past.push(snapshot(model));
    memory.gesture = gesture;
    put(made);
  };
  /** Other points are another problem: what was done before doesn't apply to them. */
  const begin = (name) => {
    clock.stop();
    Object.assign(memory, { past: [], gesture: null });
    put({ data: name, ...presets[name], steps: 0 });
  };

  const clock = makeClock({
    delay: (s) => (s.visits.length < 40 ? (s.last?.mistake ? 350 : 140) : 40),
    read,
    tick(s) {
      const skip = s.visits.length < 100 ? 1 : 5;
      change({ steps: Math.min(s.visits.length + skip, stopOf(model, s, most)) });
      return read().visits.length < stopOf(model, s, most);
    },
    onStop: () => draw(),
  });
  const next = button("Next point", () => { clock.stop(); change({ steps: read().visits.length + 1 }); }, "primary");
  const run = button("Run", () => {
    if (clock.running) clock.stop();
    else if (reducedMotion()) change({ steps: stopOf(model, read(), most) });
    else clock.start();
  });
  const undo = button("Undo", () => {
    clock.stop();
    memory.gesture = null;
    put(memory.past.pop() ?? { steps: read().visits.length - 1 });
  });
  const restart = button("Restart", () => { clock.stop(); change({ steps: 0 }); });
  const back = button("Points back", () => { clock.stop(); change({ ...presets[model.get("data")], steps: 0 }); });
  const other = button("Other shuffle", () => { clock.stop(); change({ seed: model.get("seed") + 1 }); });
  const data = choice({ label: "Points", options: Object.entries(NAMES), onChange: begin });
  const order = choice({ label: "Order of the points", options: ORDERS.map((name) => [name, name]), onChange: (value) => change({ order: value }) });
  const rate = choice({ label: "Learning rate η", options: RATES.map((eta) => [eta, String(eta)]), onChange: (value) => change({ learning_rate: value }) });
  parts.controls.append(buttons(next, run, undo, restart, back), data.el, order.el, buttons(other), rate.el);
  const relight = linkHighlights(el);
  const rows = roving(table, "tbody tr");

  function draw() {
    if (model.get("points").length !== model.get("labels").length) return; // the other half is on its way
    const state = read();
    const over = state.finished || state.visits.length >= most;
    run.textContent = clock.running ? "Pause" : "Run";
    next.disabled = over;
    run.disabled = over && !clock.running;
    undo.disabled = memory.past.length === 0 && state.visits.length === 0;
    restart.disabled = state.visits.length === 0;
    back.disabled = movedPoints(state, presets) === 0;
    other.disabled = state.order === "in turn";
    data.show(state.data);
    order.show(state.order);
    rate.show(state.eta);
    const available = widthOf(parts.stage) || 600;
    const wide = available >= 560;
    const size = wide ? Math.min(available / 2 - 6, 350) : Math.min(available, 350);
    pointsPane.show(state, size);
    weightsPane.show(weightsPicture(state, size, wide ? size : 250));
    meter.show(state);
    redraw(sums, ...arithmetic(state));
    rows.redraw([weightsTable(state)]);
    relight();
    parts.say(inWords(state, most), state.returned !== null);
    parts.judge(state);
  }
  function fromPython() {
    clock.stop();
    Object.assign(memory, { past: [], gesture: null });
    draw();
  }
  const stops = [unfollow, redrawWithPage(parts.stage, draw), () => clock.stop()];
  draw();
  return () => stops.forEach((stop) => stop());
}

/** What Undo restores. Not `data`: its points are among them. */
function snapshot(model) {
  return Object.fromEntries(TRAITS.filter((name) => name !== "data").map((name) => [name, model.get(name)]));
}

const settings = (model, steps) => ({
  points: model.get("points"),
  labels: model.get("labels"),
  learningRate: model.get("learning_rate"),
  order: model.get("order"),
  seed: model.get("seed"),
  steps,
});

/** Everything the picture shows, from the traits. */
function readState(model) {
  const now = settings(model, model.get("steps"));
  const trace = learn(now);
  const w = trace.weights.at(-1);
  const last = trace.visits.at(-1);
  return {
    ...trace, ...largestMargin(now.points, now.labels), w, last,
    data: model.get("data"), points: now.points, labels: now.labels, order: now.order, eta: now.learningRate,
    mistakes: trace.weights.length - 1,
    before: last?.mistake ? trace.weights.at(-2) : w,
    right: now.points.map(([x1, x2], i) => now.labels[i] * (w[0] * x1 + w[1] * x2 + w[2]) > 0),
  };
}

/** Where Run stops: finished, an earlier weight vector back, or the last visit there is. */
function stopOf(model, state, most) {
  const whole = learn(settings(model, most));
  if (!whole.returned) return whole.visits.length;
  const mistakes = whole.visits.flatMap((visit, i) => (visit.mistake ? [i + 1] : []));
  const back = mistakes[whole.returned[1] - 1];
  return back > state.visits.length ? back : whole.visits.length;
}

function movedPoints({ data, points, labels }, presets) {
  const home = presets[data];
  if (points.length !== home.points.length || String(labels) !== String(home.labels)) return Math.max(points.length, home.points.length);
  return points.filter((p, i) => String(p) !== String(home.points[i])).length;
}

/** Calls `tick` after `delay` again and again, until it returns false. */
function makeClock({ delay, read, tick, onStop }) {
  let timer = null;
  const clock = {
    get running() {
      return timer !== null;
    },
    start() {
      timer = setTimeout(go, 0);
    },
    stop() {
      if (timer === null) return;
      clearTimeout(timer);
      timer = null;
      onStop();
    },
  };
  function go() {
    const goesOn = tick(read());
    if (timer === null) return;
    if (goesOn) timer = setTimeout(go, delay(read()));
    else clock.stop();
  }
  return clock;
}

// --- panes ----------------------------------------------------------------------------------------

const caption = (words) => element("div", { class: "caption" }, words);

function makeWeightsPane() {
  const picture = element("div");
  const el = element("div", { class: "pane" }, caption("weights: each update, head to tail"), picture);
  return { el, show: (drawn) => redraw(picture, drawn) };
}

const sign = (y) => (y > 0 ? "+1" : "−1");
const pair = (v) => `(${v.map((x) => num(x, 5)).join(", ")})`;
const text = (x, y, content, attributes = {}) => svgDraft("text", { x, y, ...attributes }, content);

/** A straight arrow with an open head; `style` is its class. */
function arrow(from, to, style) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy);
  if (length < 0.5) return [];
  const angle = Math.atan2(dy, dx);
  const size = Math.min(9, 0.6 * length);
  const wing = (turn) => `${(to[0] - size * Math.cos(angle + turn)).toFixed(1)},${(to[1] - size * Math.sin(angle + turn)).toFixed(1)}`;
  return [
    svgDraft("line", { x1: from[0], y1: from[1], x2: to[0], y2: to[1], class: `arrow ${style}` }),
    svgDraft("polyline", { points: `${wing(0.42)} ${to.map((v) => v.toFixed(1)).join()} ${wing(-0.42)}`, class: `arrow tip ${style}` }),
  ];
}

// --- the plane of the points: what is drawn, and over it what is dragged --------------------------

function makePointsPane(model, { onMove }) {
  const picture = element("div");
  const over = svgElement("svg", { class: "handles" });
  const el = element("div", { class: "pane" }, caption("points: drag them"), element("div", { class: "points" }, picture, over));
  let handles = [];
  let size = 300;

  const shownKind = () => String(handles.map((handle) => handle.label));
  function show(state, newSize) {
    size = newSize;
    redraw(picture, pointsPicture(state, size));
    for (const [name, value] of Object.entries({ width: size, height: size, viewBox: `0 0 ${size} ${size}` })) over.setAttribute(name, value);
    if (shownKind() !== String(state.labels)) {
      handles = state.labels.map((label, i) => makeHandle(i, label, { model, onMove, place: () => placeIn(size), box: () => over.getBoundingClientRect() }));
      over.replaceChildren(...handles.map((handle) => handle.node));
    }
    handles.forEach((handle, i) => handle.show(state, i, placeIn(size)));
  }
  return { el, show };
}

/** How the plane maps to a square of `size` pixels. */
const placeIn = (size) => ([x1, x2]) => [(size / 2) * (1 + x1 / EXTENT), (size / 2) * (1 - x2 / EXTENT)];

/** A data point that can be dragged, or moved by the arrow keys. */
function makeHandle(i, label, { model, onMove, place, box }) {
  const mark = svgElement("path", { d: label > 0 ? "M0 -9l8.5 15h-17z" : "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0", class: label > 0 ? "mark class-1" : "mark class-0" });
  const node = svgElement(
    "g",
    { class: "handle", role: "slider", tabindex: 0, "data-key": `p${i}`, "aria-label": `Point ${i + 1}, class ${sign(label)}. Left and right change x₁, up and down change x₂` },
    svgElement("circle", { r: 13, class: "reach" }),
    mark,
  );
  const farthest = model.get("_farthest");
  let drag = null;
  const move = (to, gesture) => {
    const tidy = to.map((v) => Math.max(-farthest, Math.min(farthest, Math.round(v / GRID) * GRID)) + 0);
    const points = model.get("points");
    if (String(tidy) !== String(points[i])) onMove(points.map((p, k) => (k === i ? tidy : p)), gesture);
  };
  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    node.focus({ preventScroll: true });
    node.setPointerCapture(event.pointerId);
    drag = { from: [event.clientX, event.clientY], point: model.get("points")[i] };
  });
  node.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const unit = box().width / (2 * EXTENT);
    move([drag.point[0] + (event.clientX - drag.from[0]) / unit, drag.point[1] - (event.clientY - drag.from[1]) / unit], drag);
  });
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) node.addEventListener(type, () => (drag = null));
  node.addEventListener("keydown", (event) => {
    const moves = { ArrowRight: [GRID, 0], ArrowLeft: [-GRID, 0], ArrowUp: [0, GRID], ArrowDown: [0, -GRID] };
    if (!(event.key in moves)) return;
    event.preventDefault();
    move(model.get("points")[i].map((v, k) => v + moves[event.key][k] * (event.shiftKey ? 4 : 1)), `key ${i}`);
  });
  return {
    node,
    label,
    show({ points, right, visits, last }, at, put) {
      const [x, y] = put(points[at]);
      node.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
      node.classList.toggle("wrong", !right[at] && visits.length > 0);
      node.classList.toggle("looked-at", last?.point === at);
      const side = right[at] ? "on its right side" : "not on its right side";
      const range = { valuemin: -farthest, valuemax: farthest, valuenow: points[at][0], valuetext: `x₁ = ${num(points[at][0])}, x₂ = ${num(points[at][1])}, ${side}` };
      for (const [name, value] of Object.entries(range)) node.setAttribute(`aria-${name}`, value);
    },
  };
}

function pointsPicture(state, size) {
  const place = placeIn(size);
  const path = (corners) => corners.map((p) => place(p).map((v) => v.toFixed(1)).join()).join(" ");
  const { w, before, last, next, points, labels } = state;
  const nodes = [...axes(size, place)];
  if (w.some((v) => v !== 0)) {
    nodes.unshift(
      svgDraft("polygon", { points: path(positivePart(w.map((v) => -v), EXTENT)), class: "side-0" }),
      svgDraft("polygon", { points: path(positivePart(w, EXTENT)), class: "side-1" }),
    );
  }
  if (last?.mistake) {
    nodes.push(svgDraft("polyline", { points: path(boundaryWithin(before, EXTENT)), class: "line before" }));
    const ends = [place([0, 0]), place(points[last.point])];
    nodes.push(...arrow(...ends, "sample"));
  }
  const ends = boundaryWithin(w, EXTENT);
  nodes.push(svgDraft("polyline", { points: path(ends), class: "line" }));
  if (ends.length) nodes.push(...normal(w, ends, place, state.finished ? points : [...points, below(points[next])]));
  if (!state.finished) {
    const [x, y] = place(points[next]);
    nodes.push(text(x, y + (y > size - 40 ? -16 : 26), "next", { class: "label", "text-anchor": "middle" }));
  }
  const words = points.map((p, i) => `point ${i + 1} (${sign(labels[i])}) at ${pair(p)}`).join(", ");
  return svgDraft("svg", { width: size, height: size, viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": `The plane of x₁ and x₂ with the boundary: ${words}.` }, nodes);
}

function axes(size, place) {
  const [x0, y0] = place([0, 0]);
  const ticks = [-2, -1, 1, 2].flatMap((v) => {
    const [x, y] = place([v, v]);
    return [text(x, y0 + 16, num(v), { class: "tick", "text-anchor": "middle" }), text(x0 - 5, y + 5, num(v), { class: "tick", "text-anchor": "end" })];
  });
  return [
    svgDraft("line", { x1: 0, x2: size, y1: y0, y2: y0, class: "axis" }),
    svgDraft("line", { x1: x0, x2: x0, y1: 0, y2: size, class: "axis" }),
    ...ticks,
    text(size - 4, y0 - 6, "x₁", { class: "tick", "text-anchor": "end" }),
    text(x0 + 6, 14, "x₂", { class: "tick" }),
    svgDraft("rect", { x: 0.5, y: 0.5, width: size - 1, height: size - 1, class: "frame" }),
  ];
}

/** About where the word "next" stands, in the units of the plane. */
const below = ([x1, x2]) => [x1, x2 - 0.3];

/** w as the line's normal: a short arrow with a right angle, where on the line nothing is in its way. */
function normal(w, ends, place, taken) {
  const length = Math.hypot(w[0], w[1]);
  const unit = [w[0] / length, w[1] / length];
  const feet = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8].map((share) => [0, 1].map((k) => ends[0][k] + share * (ends[1][k] - ends[0][k])));
  const tips = (foot) => [0.35, 0.72].map((along) => [foot[0] + along * unit[0], foot[1] + along * unit[1]]);
  const isFree = ([x1, x2]) => Math.max(Math.abs(x1), Math.abs(x2)) < EXTENT - 0.1 && taken.every((p) => Math.hypot(p[0] - x1, p[1] - x2) > 0.35);
  const foot = feet.find((start) => tips(start).every(isFree)) ?? feet[0];
  const at = (along, across) => place([foot[0] + along * unit[0] - across * unit[1], foot[1] + along * unit[1] + across * unit[0]]);
  const corner = [at(0.13, 0), at(0.13, 0.13), at(0, 0.13)].map((p) => p.map((v) => v.toFixed(1)).join()).join(" ");
  const [x, y] = at(0.72, 0);
  return [
    svgDraft("polyline", { points: corner, class: "corner" }),
    ...arrow(at(0, 0), at(0.55, 0), "now"),
    text(x, y + 5, "w", { class: "label", "text-anchor": "middle" }),
  ];
}

// --- the plane of the weights: each update head to tail -------------------------------------------

function weightsPicture(state, width, height) {
  const { weights, w, before, last, labels, returned, mistakes } = state;
  const reach = Math.max(...weights.flat().map(Math.abs)) * 1.12;
  const limit = ZOOMS.find((zoom) => zoom >= reach) ?? reach;
  const side = width - 46; // on the right there is b
  const unit = Math.min(side - 30, height - 40) / 2 / limit;
  const [x0, y0] = [side / 2, height / 2];
  const place = ([w1, w2]) => [x0 + w1 * unit, y0 - w2 * unit];
  const tick = limit / 2;
  const nodes = [
    svgDraft("line", { x1: 0, x2: side, y1: y0, y2: y0, class: "axis" }),
    svgDraft("line", { x1: x0, x2: x0, y1: 0, y2: height, class: "axis" }),
    ...[-tick, tick].flatMap((v) => [
      text(x0 + v * unit, y0 + 16, num(v, 3), { class: "tick", "text-anchor": "middle" }),
      text(x0 - 5, y0 - v * unit + 5, num(v, 3), { class: "tick", "text-anchor": "end" }),
    ]),
    text(side - 4, y0 - 6, "w₁", { class: "tick", "text-anchor": "end" }),
    text(x0 + 6, 14, "w₂", { class: "tick" }),
    ...trail(weights, place),
    ...(last?.mistake ? arrow(place([0, 0]), place(before), "old") : []),
    ...arrow(place([0, 0]), place(w), "now"),
    ...(last?.mistake ? arrow(place(before), place(w), `update class-${labels[last.point] > 0 ? 1 : 0}`) : []),
    ...(returned && returned[1] === mistakes ? again(place(w)) : []),
    ...weightLabels(state, place, { side, height }),
    ...biasGauge(state, { x: width - 14, y0, unit, height }),
    svgDraft("rect", { x: 0.5, y: 0.5, width: side - 1, height: height - 1, class: "frame" }),
  ];
  const words = last?.mistake ? `The update ${pair(difference(w, before))} is added at the head of ${pair(before.slice(0, 2))}.` : "";
  return svgDraft("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `The plane of the weights: w = ${pair(w.slice(0, 2))}, b = ${num(w[2])}. ${words}` }, nodes);
}

const difference = (w, before) => [w[0] - before[0], w[1] - before[1]];

/** Where w has been: the last forty places, joined. */
function trail(weights, place) {
  const places = weights.slice(-41, -1).map(place);
  return [
    svgDraft("polyline", { points: places.map((p) => p.map((v) => v.toFixed(1)).join()).join(" "), class: "trail" }),
    ...places.map(([cx, cy]) => svgDraft("circle", { cx, cy, r: 2.5, class: "stop" })),
  ];
}

const again = ([cx, cy]) => [6, 10].map((r) => svgDraft("circle", { cx, cy, r, class: "again" }));

/** Names beside the arrows, kept within the pane and apart from each other. */
function weightLabels({ w, before, last, returned, mistakes }, place, { side, height }) {
  const labels = [];
  if (last?.mistake && difference(w, before).some((v) => v !== 0)) {
    const middle = [0, 1].map((k) => (w[k] + before[k]) / 2);
    labels.push({ at: place(middle), name: "ηyx" });
  }
  if (returned && returned[1] === mistakes) labels.push({ at: place(w), name: "back again" });
  else if (w[0] !== 0 || w[1] !== 0) labels.push({ at: place(w), name: "w" });
  const taken = [];
  return labels.map(({ at, name }) => {
    let [x, y] = [Math.max(34, Math.min(side - 34, at[0] + 12)), Math.max(16, Math.min(height - 8, at[1] - 8))];
    while (taken.some(([, other]) => Math.abs(other - y) < 17)) y += 17;
    taken.push([x, y]);
    return text(x, y, name, { class: "label", "text-anchor": "middle" });
  });
}

/** b on a scale of its own, in the units of w. */
function biasGauge({ w, before, last }, { x, y0, unit, height }) {
  const y = y0 - w[2] * unit;
  return [
    svgDraft("line", { x1: x, x2: x, y1: 22, y2: height, class: "axis" }),
    svgDraft("line", { x1: x - 6, x2: x + 6, y1: y0, y2: y0, class: "axis" }),
    text(x, 14, "b", { class: "tick", "text-anchor": "middle" }),
    ...(last?.mistake ? arrow([x, y0 - before[2] * unit], [x, y], "now") : []),
    svgDraft("circle", { cx: x, cy: y, r: 4, class: "bias" }),
  ];
}

// --- mistakes against the bound -------------------------------------------------------------------

function makeMeter() {
  const left = element("span", { class: "count" });
  const right = element("span", { class: "bound" });
  const bar = element("div", { class: "bar" });
  const el = element("div", { class: "meter" }, element("div", { class: "meter-words" }, left, right), element("div", { class: "gauge", "aria-hidden": "true" }, bar));
  return {
    el,
    show({ mistakes, bound }) {
      const limited = Number.isFinite(bound);
      left.textContent = counted(mistakes, "mistake");
      right.textContent = limited ? `bound (R/γ)² = ${num(bound, 4)}` : "no line, so no bound";
      el.classList.toggle("unbounded", !limited);
      bar.style.width = `${(100 * mistakes) / (limited ? bound : Math.max(20, 1.25 * mistakes))}%`;
    },
  };
}

const counted = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

// --- the arithmetic of the last look, and the weights so far ---------------------------------------

const line = (...content) => draft("li", {}, ...content);

function arithmetic({ last, before, w, points, labels, eta }) {
  if (!last) return [line("z = w₁x₁ + w₂x₂ + b"), line("a mistake, if y·z ≤ 0; then"), line("w ← w + ηyx"), line("b ← b + ηy")];
  const [x, y] = [points[last.point], labels[last.point]];
  const product = y * last.score;
  const score = line(`z = ${factor(before[0])}·${factor(x[0])} + ${factor(before[1])}·${factor(x[1])} + ${factor(before[2])} = ${num(last.score)}`);
  if (!last.mistake) return [score, line(`y·z = ${factor(y)}·${factor(last.score)} = ${num(product)} > 0: right`), line("w stays"), line("b stays")];
  return [
    score,
    line(`y·z = ${factor(y)}·${factor(last.score)} = ${num(product + 0)} ≤ 0: a mistake`),
    line(`w ← ${pair(before.slice(0, 2))} + ${num(eta)}·${factor(y)}·${pair(x)} = ${pair(w.slice(0, 2))}`),
    line(`b ← ${factor(before[2])} + ${num(eta)}·${factor(y)} = ${num(w[2])}`),
  ];
}

function weightsTable({ weights, changedBy, labels, returned }) {
  const head = ["mistake", "point", "w₁", "w₂", "b"].map((name) => draft("th", { scope: "col" }, name));
  const from = Math.max(0, weights.length - ROWS);
  const rows = weights.slice(from).map((w, at) => {
    const m = from + at;
    const point = changedBy[m];
    const same = returned?.includes(m);
    return draft(
      "tr",
      { class: same ? "same" : "", "data-key": point === null ? "start" : `p${point}` },
      draft("th", { scope: "row" }, m === 0 ? "start" : String(m), same ? " ↺" : ""),
      draft("td", {}, point === null ? "" : `${point + 1} (${sign(labels[point])})`),
      w.map((v) => draft("td", {}, num(v, 5))),
    );
  });
  return draft("table", {}, draft("caption", {}, from ? `The last ${ROWS} weights` : "Weights after each mistake"), draft("thead", {}, draft("tr", {}, head)), draft("tbody", {}, rows));
}

// --- the state in words ----------------------------------------------------------------------------

function inWords(state, most) {
  const { visits, mistakes, finished, bound } = state;
  const limited = Number.isFinite(bound);
  const limit = limited ? num(Math.floor(bound + 1e-9)) : "";
  if (finished) return `Finished: every point is on its right side, after ${counted(mistakes, "mistake")} in ${visits.length} visits. The theorem allowed ${limit} mistakes.`;
  if (visits.length === 0) {
    const outlook = limited ? `A line exists, so there can be at most ${limit} mistakes.` : "No line separates these points, so the mistakes can't end.";
    return `The weights are zero, and there is no line yet. Point ${state.next + 1} comes first. ${outlook}`;
  }
  const tail = [returnInWords(state), lineInWords(state)].filter(Boolean);
  if (!tail.length) tail.push(limited ? `At most ${limit} mistakes are possible.` : "No line separates these points, so the mistakes go on.");
  if (visits.length >= most) tail.push(`The picture ends here, after ${most} visits.`);
  return [lookInWords(state), ...tail].join(" ");
}

function lookInWords({ visits, mistakes, last, labels, w, before }) {
  const opening = `Visit ${visits.length}: point ${last.point + 1} (${sign(labels[last.point])}) has y·z = ${num(labels[last.point] * last.score + 0, 4)},`;
  if (!last.mistake) return `${opening} above 0: right, and nothing changes.`;
  return `${opening} not above 0: mistake ${mistakes}. ${pair(difference(w, before))} is added to w, and ${num(w[2] - before[2])} to b.`;
}

/** What a return of earlier weights means, from then on. */
function returnInWords({ returned, changedBy, order, mistakes, points }) {
  if (!returned) return "";
  const [i, j] = returned;
  const where = i === 0 ? "zero weights of the start" : `weights of mistake ${i}`;
  if (mistakes > j) return `At mistake ${j} the ${where} were back: no line separates the points.`;
  const nextAfter = (m) => (m === 0 ? 0 : (changedBy[m] + 1) % points.length);
  const loops = order === "in turn" && nextAfter(i) === nextAfter(j);
  const forEver = loops ? " In this order the same updates repeat for ever." : "";
  return `Now the ${where} are back: the ${j - i} updates between add up to zero. So no line separates the points, and the mistakes never end.${forEver}`;
}

function lineInWords({ w, points }) {
  if (w[0] === 0 && w[1] === 0) return w[2] === 0 ? "" : `w is zero, so there is no line: the unit says ${sign(w[2])} everywhere.`;
  return boundaryWithin(w, EXTENT).length || !points.length ? "" : "The line lies outside the picture.";
}

/** Whether there is such a state: what comes with a link may be anything. */
function accepts({ data, points, labels, steps, order, seed, learning_rate, _presets, _most, _farthest }) {
  const known = Object.hasOwn(_presets, data) && ORDERS.includes(order) && RATES.includes(learning_rate);
  const placed = points.length <= MOST_POINTS && points.length > 1 && points.every((p) => areWithin(p, _farthest, 2));
  const labelled = labels.length === points.length && labels.every((label) => label === 1 || label === -1);
  return known && placed && labelled && isWhole(steps, 0, _most) && isWhole(seed, 0);
}

export default { render, accepts };
