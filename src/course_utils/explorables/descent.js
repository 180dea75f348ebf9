// Gradient descent on the study-hours loss: its contours, its path, its arrows, its loss curves.
// Everything shown is computed afresh from the traits, so that each control bends the whole path.

import { aboveMinimum, descend, leastSquares, meanVector, sampleGradient } from "./shared/descent.js";
import { redrawWithPage, widthOf } from "./shared/drawing.js";
import { areWithin, button, buttons, choice, draft, element, follow, frame, isWhole, linkHighlights, logScale, num, redraw, roving, slider, svgDraft, svgElement } from "./shared/controls.js";

const TRAITS = ["learning_rate", "batch_size", "features", "scores", "start", "updates", "seed", "axis"];
const BATCHES = [1, 2, 4];
const AXES = ["updates", "samples"];
const FARTHEST = 100; // of a start from the origin
const WINDOW = { raw: 3.4, standardised: 4.2 }; // from the minimum to the edge of the plane
const FLOOR = 1e-12; // the loss curves end here: nothing is to be seen below
const RATES = logScale(0.002, 1);
const ARROW_SCALES = [50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1];

function render({ model, el }) {
  const data = model.get("_data");
  const problems = Object.fromEntries(Object.entries(data.problems).map(([name, p]) => [name, { ...leastSquares(p), meanSquare: p.limits }]));
  const read = () => readState(model, data, problems);

  const parts = frame(el, {
    name: "descent",
    title: "When do small steps downhill arrive?",
    challenges: [
      { text: "With batches of 4, make the path overshoot and still come within 0.001 of the lowest loss.", test: (s) => s.batch === 4 && s.eta > s.limits[0] && s.eta < s.limits[1] && s.above < 1e-3 },
      { text: "With exact scores, let batches of 1 be ahead of batches of 4 after equal samples and behind after equal updates.", test: (s) => s.scores === "exact" && s.batch === 1 && s.t >= 8 && beats(s, "samples", 1, 4) && beats(s, "updates", 4, 1) },
      { text: "With noisy scores and batches of 1, come within 0.2 of the lowest loss and stay there for 50 updates.", test: (s) => s.scores === "noisy" && s.batch === 1 && s.t >= 50 && Math.max(...s.losses.slice(-51)) < 0.2 },
    ],
  });
  const plane = planePicture(el);
  const curves = element("div", { class: "curves" });
  parts.stage.append(plane.el, curves);
  const table = element("div", { class: "students" });
  parts.workings.append(table);

  const { set, unfollow } = follow(model, TRAITS, draw);
  const one = button("One update", () => set({ updates: read().t + 1 }), "primary");
  const back = button("Back", () => set({ updates: read().t - 1 }));
  const reset = button("Reset", () => set({ updates: 0, start: [...model.get("_start")] }));
  const others = button("Other draws", () => set({ seed: model.get("seed") + 1 }));
  const most = model.get("_most");
  const time = slider({ label: "Updates t =", values: Array.from({ length: most + 1 }, (_, t) => t).filter((t) => t <= 60 || t % 10 === 0), onInput: (updates) => set({ updates }) });
  const rate = slider({ label: "Learning rate η =", values: RATES, onInput: (value) => set({ learning_rate: value }) });
  const marks = element("div", { class: "marks", "aria-hidden": "true" });
  rate.el.append(marks);
  const batch = choice({ label: "Students in a batch", options: BATCHES.map((b) => [b, String(b)]), onChange: (value) => set({ batch_size: value }) });
  const features = choice({ label: "Features", options: [["raw", "raw"], ["standardised", "standardised"]], onChange: (value) => set({ features: value }) });
  const scores = choice({ label: "Scores", options: [["exact", "exact"], ["noisy", "noisy"]], onChange: (value) => set({ scores: value }) });
  const axis = choice({ label: "Compare after equal", options: AXES.map((by) => [by, by]), onChange: (value) => set({ axis: value }) });
  parts.controls.append(buttons(one, back, reset, others), time.el, rate.el, batch.el, features.el, scores.el, axis.el);
  const relight = linkHighlights(el);
  const rows = roving(table, "tbody tr");
  plane.onMove((start) => set({ start }), read);

  function draw() {
    const state = read();
    one.disabled = state.diverged || state.t >= most;
    back.disabled = state.t === 0;
    reset.disabled = state.t === 0 && String(state.start) === String(model.get("_start"));
    time.show(state.t);
    rate.show(state.eta);
    redraw(marks, ...state.limits.map((limit, i) => mark(limit, ["1/λ", "2/λ"][i])));
    batch.show(state.batch);
    features.show(state.features);
    scores.show(state.scores);
    axis.show(state.axis);
    const available = widthOf(parts.stage) || 600;
    const wide = available >= 560;
    plane.show(state, Math.min(wide ? available * 0.55 : available, 380));
    redraw(curves, curvesPicture(state, wide ? Math.min(available * 0.44, 310) : available, wide ? 340 : 220));
    rows.redraw([studentsTable(state)]);
    relight();
    parts.say(inWords(state), state.diverged || (state.batch === 4 && state.eta > state.limits[1]));
    parts.judge(state);
  }
  const stops = [unfollow, redrawWithPage(parts.stage, draw)];
  draw();
  return () => stops.forEach((stop) => stop());
}

/** Everything the picture shows, from the traits. */
function readState(model, data, problems) {
  const [eta, batch, features, scores, start, updates, seed, axis] = TRAITS.map((name) => model.get(name));
  const problem = problems[`${features} ${scores}`];
  const walk = (batchSize, count) => descend(problem, { start, learningRate: eta, batchSize, seed, updates: count, far: model.get("_far") });
  const { points, losses, next, diverged } = walk(batch, updates);
  const w = points.at(-1);
  const gradients = data.students.map((_, n) => sampleGradient(problem, n, w));
  const t = points.length - 1;
  const compared = {}; // the curves and a challenge ask for the same
  const runs = (by) => (compared[by] ??= BATCHES.map((size) => ({ size, losses: walk(size, by === "updates" ? t : Math.floor((t * batch) / size)).losses })));
  return {
    eta, batch, features, scores, start, seed, axis, problem, points, losses, next, diverged, w, gradients, t, runs,
    students: data.students,
    steps: gradients.map((g) => g.map((v) => -eta * v)),
    limits: [1 / problem.curvatures[0], 2 / problem.curvatures[0]],
    above: losses.at(-1),
  };
}

/** Whether the run with batches of `first` is ahead of that with `second` after as many updates or samples. */
function beats(state, by, first, second) {
  const end = Object.fromEntries(state.runs(by).map(({ size, losses }) => [size, losses.at(-1)]));
  return end[first] < end[second];
}

/** A limit of the learning rate, marked below its place on the slider. */
function mark(limit, text) {
  const place = shareOfSlider(limit);
  return draft("span", { style: `left: calc(${(place * 100).toFixed(2)}% + ${(8 - 16 * place).toFixed(1)}px)` }, text);
}

/** Where a value stands on a slider over RATES, from 0 to 1: the values are not quite even in log. */
function shareOfSlider(value) {
  if (value <= RATES[0]) return 0;
  if (value >= RATES.at(-1)) return 1;
  const after = RATES.findIndex((rate) => rate >= value);
  const between = (value - RATES[after - 1]) / (RATES[after] - RATES[after - 1]);
  return (after - 1 + between) / (RATES.length - 1);
}

// --- the plane of w₁ and w₂ ---------------------------------------------------------------------

let planes = 0; // each clip path needs a name of its own

/**
 * The contours with the path and the arrows. The handle of the start stays the same element through
 * all redraws, so that a drag and the keyboard's focus survive them.
 */
function planePicture(el) {
  const clip = `descent-plane-${planes++}`;
  const edge = svgElement("rect", { rx: 4 });
  const layer = svgElement("g", { "clip-path": `url(#${clip})` });
  const front = svgElement("g", {});
  const handle = svgElement("circle", { r: 13, class: "handle", tabindex: 0, role: "slider", "aria-label": "Start point. Left and right change w₁, up and down change w₂" });
  const grip = svgElement("g", { class: "start" }, svgElement("circle", { r: 6 }), handle);
  const svg = svgElement("svg", { role: "group" }, svgElement("defs", {}, svgElement("clipPath", { id: clip }, edge)), layer, front, grip);
  let view;

  function show(state, size) {
    view = planeView(state, size);
    for (const [name, value] of Object.entries({ width: size, height: size + 2, viewBox: `0 0 ${size} ${size + 2}`, "aria-label": `Contours of the loss over w₁ and w₂, and the path. ${inWords(state)}` })) svg.setAttribute(name, value);
    for (const name of ["width", "height"]) edge.setAttribute(name, view.side);
    edge.setAttribute("x", view.left);
    edge.setAttribute("y", view.top);
    redraw(layer, ...contours(state, view), ...path(state, view), ...arrows(state, view));
    redraw(front, ...axes(view), ...letters(state, view));
    const [x, y] = view.place(state.start);
    grip.setAttribute("transform", `translate(${x} ${y})`);
    const [w1, w2] = state.start;
    for (const [name, value] of Object.entries({ valuemin: view.low[0], valuemax: view.high[0], valuenow: w1, valuetext: `w₁ = ${num(w1)}, w₂ = ${num(w2)}` })) handle.setAttribute(`aria-${name}`, value);
  }

  function onMove(moved, read) {
    const tidy = (w) => w.map((v, i) => Math.round(10 * Math.max(view.low[i], Math.min(view.high[i], v))) / 10);
    const go = (w) => moved(tidy(w));
    handle.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      handle.focus();
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const box = svg.getBoundingClientRect();
      go(view.weights([event.clientX - box.left, event.clientY - box.top]));
    });
    handle.addEventListener("keydown", (event) => {
      const moves = { ArrowRight: [0.1, 0], ArrowLeft: [-0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
      if (!(event.key in moves)) return;
      event.preventDefault();
      go(read().start.map((v, i) => v + moves[event.key][i] * (event.shiftKey ? 5 : 1)));
    });
  }
  return { el: element("div", { class: "plane" }, svg), show, onMove };
}

/** By which power of two the picture zooms out, so that the whole path is in it. */
function zoomOf({ points, problem, features }) {
  const reach = Math.max(...points.flatMap((w) => w.map((v, i) => Math.abs(v - problem.minimum[i]))));
  return 2 ** Math.max(0, Math.ceil(Math.log2(reach / WINDOW[features])));
}

/** How weights map to the picture. */
function planeView(state, size) {
  const { minimum } = state.problem;
  const half = WINDOW[state.features];
  const zoom = zoomOf(state);
  const [left, top, side] = [58, 22, size - 60];
  const perUnit = side / (2 * half * zoom);
  return {
    size, left, top, side, zoom, perUnit, half: half * zoom,
    low: minimum.map((v) => v - half), // where the start may be dragged to
    high: minimum.map((v) => v + half),
    edges: minimum.map((v) => [v - half * zoom, v + half * zoom]),
    place: (w) => [left + side / 2 + (w[0] - minimum[0]) * perUnit, top + side / 2 - (w[1] - minimum[1]) * perUnit],
    weights: ([x, y]) => [minimum[0] + (x - left - side / 2) / perUnit, minimum[1] - (y - top - side / 2) / perUnit],
  };
}

function contours({ problem }, view) {
  const [cx, cy] = view.place(problem.minimum);
  const stretch = Math.sqrt(problem.curvatures[0] / problem.curvatures[1]);
  const turn = `rotate(${(-problem.angle * 180) / Math.PI} ${cx} ${cy})`;
  const rings = [];
  for (let k = 8; k >= 1; k--) {
    const r = 0.11 * k * view.side * Math.sqrt(stretch) * 0.55;
    rings.push(svgDraft("ellipse", { cx, cy, rx: r / Math.sqrt(stretch), ry: r * Math.sqrt(stretch), transform: turn, class: k % 2 ? "ring odd" : "ring" }));
  }
  const cross = svgDraft("path", { d: `M${cx - 6} ${cy}H${cx + 6}M${cx} ${cy - 6}V${cy + 6}`, class: "lowest" });
  return [svgDraft("rect", { x: view.left, y: view.top, width: view.side, height: view.side, class: "ground" }), ...rings, cross];
}

function path({ points }, view) {
  const places = points.map(view.place);
  const written = places.map((at) => at.map((v) => v.toFixed(2)).join());
  const dots = places.length <= 81 ? written.slice(1, -1) : [];
  const [x, y] = places.at(-1);
  return [
    svgDraft("polyline", { points: written.join(" "), class: "path" }),
    svgDraft("path", { d: dots.map((at) => `M${at}h0`).join(""), class: "dots" }),
    svgDraft("circle", { cx: x, cy: y, r: 5, class: "here" }),
  ];
}

/** Arrows −η∇L⁽ⁿ⁾ of the students and their mean, larger or smaller than life where that is needed to see them. */
function arrowLines(state, view) {
  const steps = [...state.steps, meanVector(state.steps)];
  const longest = Math.max(...steps.map((s) => Math.hypot(...s))) * view.perUnit;
  const scale = ARROW_SCALES.find((s) => s * longest <= 0.45 * view.side) ?? (0.45 * view.side) / longest;
  const from = view.place(state.w);
  const tip = (step) => [from[0] + step[0] * view.perUnit * scale, from[1] - step[1] * view.perUnit * scale];
  const of = (step, key, kind) => ({ from, to: tip(step), key, kind });
  const lines = state.steps.map((step, n) => of(step, state.students[n], "sample"));
  lines.push(of(steps.at(-1), "mean", "mean"));
  if (state.batch < 4) lines.push(of(meanVector(state.next.map((n) => state.steps[n])), "next", "next"));
  return { scale, lines: lines.filter(({ to }) => Math.hypot(to[0] - from[0], to[1] - from[1]) > 1) };
}

function arrows(state, view) {
  return arrowLines(state, view).lines.flatMap(({ from, to, key, kind }) => {
    const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
    const size = Math.min(9, 2 + Math.hypot(to[0] - from[0], to[1] - from[1]) / 2); // a tip no larger than its arrow
    const wing = (turn) => [to[0] - size * Math.cos(angle + turn), to[1] - size * Math.sin(angle + turn)].map((v) => v.toFixed(1)).join();
    return [
      svgDraft("line", { x1: from[0], y1: from[1], x2: to[0], y2: to[1], class: `arrow ${kind}`, "data-key": key }),
      svgDraft("polyline", { points: `${wing(0.4)} ${to.map((v) => v.toFixed(1)).join()} ${wing(-0.4)}`, class: `arrow tip ${kind}` }),
    ];
  });
}

/** The students' letters at the arrows' ends, pushed further out where they would cover each other. */
function letters(state, view) {
  const { scale, lines } = arrowLines(state, view);
  const taken = [{ at: view.place(state.problem.minimum), half: 6 }]; // the cross
  const lengthOf = ({ from, to }) => Math.hypot(to[0] - from[0], to[1] - from[1]);
  const shortFirst = lines.filter(({ kind }) => kind !== "next").sort((p, q) => lengthOf(p) - lengthOf(q)); // so their order along a line stays
  const labels = shortFirst.map(({ from, to, key, kind }) => {
    const length = lengthOf({ from, to });
    const half = kind === "mean" ? 22 : 7; // of the word's width
    const within = (v, i) => Math.max(i ? 14 : view.left + half, Math.min((i ? view.top + view.side - 12 : view.size - half), v));
    const outward = (away) => [0, 1].map((i) => within(to[i] + ((to[i] - from[i]) / length) * away, i));
    const covers = (at) => taken.some((p) => Math.abs(p.at[0] - at[0]) < p.half + half && Math.abs(p.at[1] - at[1]) < 15);
    let away = half === 7 ? 11 : 20;
    while (covers(outward(away)) && away < 150) away += 3;
    const at = outward(away);
    taken.push({ at, half });
    return svgDraft("text", { x: at[0], y: at[1], class: `backward letter ${kind}`, "text-anchor": "middle", "dominant-baseline": "central", "data-key": key }, key);
  });
  const size = scale === 1 ? "−η∇L in true length" : scale > 1 ? `−η∇L × ${scale}` : `−η∇L ÷ ${num(1 / scale, 2)}`;
  labels.push(svgDraft("text", { x: view.size - 2, y: 14, class: "backward", "text-anchor": "end" }, size));
  return labels;
}

function axes(view) {
  const bottom = view.top + view.side;
  const nodes = [];
  const step = 2 * view.zoom;
  for (const i of [0, 1]) {
    for (let v = Math.ceil(view.edges[i][0] / step) * step; v <= view.edges[i][1]; v += step) {
      const at = view.place(i ? [0, v] : [v, 0])[i];
      if (i === 0 && at > view.size - 40) continue; // the axis' name stands there
      if (i === 1 && at < view.top + 8) continue;
      nodes.push(svgDraft("text", i ? { x: view.left - 6, y: at, "text-anchor": "end", "dominant-baseline": "central" } : { x: at, y: bottom + 20, "text-anchor": "middle" }, tick(v)));
    }
  }
  nodes.push(svgDraft("text", { x: view.size - 2, y: bottom + 20, "text-anchor": "end" }, "w₁"));
  nodes.push(svgDraft("text", { x: view.left - 6, y: 14, "text-anchor": "end" }, "w₂"));
  nodes.push(svgDraft("rect", { x: view.left, y: view.top, width: view.side, height: view.side, class: "frame" }));
  return nodes;
}

/** A number beside an axis, short enough for its margin. */
const tick = (v) => (Math.abs(v) < 1e4 ? num(v) : v.toExponential(1).replace("e+", "e").replace("-", "−"));

// --- the loss curves of the three batch sizes ----------------------------------------------------

function curvesPicture(state, width, height) {
  const inUpdates = state.axis === "updates";
  const runs = state.runs(state.axis);
  const last = Math.max(8, inUpdates ? state.t : state.t * state.batch);
  const all = runs.flatMap(({ losses }) => losses.map((v) => Math.max(v, FLOOR)));
  const top = Math.ceil(Math.log10(Math.max(...all)) + 0.01);
  const bottom = Math.min(Math.floor(Math.log10(Math.min(...all))), top - 3);
  const [left, right, up, down] = [44, width - 48, 26, height - 44];
  const x = (step, size) => left + ((right - left) * step * (inUpdates ? 1 : size)) / last;
  const y = (loss) => down + ((up - down) * (Math.log10(Math.max(loss, FLOOR)) - bottom)) / (top - bottom);
  const nodes = [svgDraft("text", { x: 2, y: 14 }, "loss above its minimum")];

  const every = Math.ceil((top - bottom) / 5);
  for (let power = bottom; power <= top; power += every) {
    const at = y(10 ** power);
    nodes.push(svgDraft("line", { x1: left, x2: right, y1: at, y2: at, class: "grid" }), svgDraft("text", { x: left - 5, y: at, "text-anchor": "end", "dominant-baseline": "central" }, `10${raised(power)}`));
  }
  for (const share of [0, 0.5, 1]) {
    nodes.push(svgDraft("text", { x: left + share * (right - left), y: down + 18, "text-anchor": "middle" }, num(Math.round(share * last))));
  }
  nodes.push(svgDraft("text", { x: (left + right) / 2, y: down + 36, "text-anchor": "middle" }, inUpdates ? "updates" : "students seen"));

  const ends = runs.map(({ size, losses }) => ({ size, y: y(losses.at(-1)), x: x(losses.length - 1, size) })).sort((p, q) => p.y - q.y);
  ends.forEach((end, i) => (end.label = i ? Math.max(end.y, ends[i - 1].label + 16) : end.y));
  const over = ends.at(-1).label - (down + 4);
  for (const { losses, size } of [...runs].sort((run) => (run.size === state.batch ? 1 : -1))) {
    const points = losses.map((loss, step) => `${x(step, size).toFixed(1)},${y(loss).toFixed(1)}`).join(" ");
    nodes.push(svgDraft("polyline", { points, class: `curve batch-${size}${size === state.batch ? " chosen" : ""}` }));
  }
  for (const end of ends) {
    const chosen = end.size === state.batch;
    nodes.push(svgDraft("text", { x: Math.min(end.x, right) + 6, y: end.label - Math.max(0, over), class: chosen ? "forward chosen" : "", "dominant-baseline": "central" }, `B = ${end.size}`));
  }
  const words = runs.map(({ size, losses }) => `batches of ${size} are ${num(losses.at(-1), 2)} above it`).join(", ");
  return svgDraft("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Loss above its minimum against ${state.axis}: in the end ${words}.` }, nodes);
}

const raised = (power) => String(power).replace(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));

// --- the students in figures ---------------------------------------------------------------------

function studentsTable(state) {
  const mean = meanVector(state.gradients);
  const cell = (value) => draft("td", { class: "backward" }, num(value, 3));
  const head = ["gradient of", "∂L/∂w₁", "∂L/∂w₂", "next"].map((text) => draft("th", { scope: "col" }, text));
  const row = (key, name, gradient, next) => draft("tr", { "data-key": key }, draft("th", { scope: "row" }, name), gradient.map(cell), draft("td", {}, next));
  const rows = state.students.map((name, n) => row(name, `student ${name}`, state.gradients[n], state.next.includes(n) ? "drawn" : ""));
  rows.push(row("mean", "mean of all", mean, ""));
  return draft("table", {}, draft("caption", {}, "At the end of the path"), draft("thead", {}, draft("tr", {}, head)), draft("tbody", {}, rows));
}

// --- the state in words --------------------------------------------------------------------------

function inWords(state) {
  const { t, batch, above, diverged } = state;
  const where = `After ${t} update${t === 1 ? "" : "s"} (${t * batch} students seen) the loss is ${num(above, 3)} above its minimum.`;
  if (diverged) return `Diverged: after ${t} updates the loss is beyond 10¹² and the path ends here. Choose a smaller η, and the whole path follows.`;
  const zoom = zoomOf(state);
  const zoomed = zoom > 1 ? ` To keep the path in sight, the picture is zoomed out ${num(zoom, 3)} times.` : "";
  return `${batch === 4 ? regime(state) : stochastic(state)} ${where}${zoomed}`;
}

/** What the full gradient does at this η: in the steepest direction each update multiplies by 1 − ηλ. */
function regime({ eta, problem, limits }) {
  const factor = 1 - eta * problem.curvatures[0];
  const times = `times ${num(factor, 2)} each update`;
  if (Math.abs(factor) < 5e-3) return "η is 1/λ: the steepest direction is done with in one update.";
  if (Math.abs(Math.abs(factor) - 1) < 1e-3 && eta > limits[0]) return "η is 2/λ: the steepest direction jumps from side to side for ever.";
  if (factor > 0) return `η is below 1/λ: the steepest direction shrinks without overshooting, ${times}.`;
  return factor > -1
    ? `η is between 1/λ and 2/λ: the steepest direction overshoots and yet shrinks, ${times}.`
    : `η is above 2/λ: the steepest direction overshoots and grows, ${times}. It diverges.`;
}

function stochastic({ batch, eta, problem, scores, students, next }) {
  const drawn = next.map((n) => students[n]).sort().join(" and ");
  const limit = problem.meanSquare[batch];
  const opening = `Batches of ${batch}, next ${drawn}.`;
  if (eta > limit) return `${opening} η is above ${num(limit, 3)}, where the mean square over all draws grows: some draws run far away.`;
  return scores === "noisy"
    ? `${opening} The scores are noisy: a constant η keeps the point jumping about, less for a smaller η.`
    : `${opening} One rule fits all students: at the minimum every arrow is zero, so the jumping dies down.`;
}

/** Whether there is such a state: what comes with a link may be anything. */
function accepts(state) {
  const { learning_rate, batch_size, features, scores, start, updates, seed, axis, _data, _most } = state;
  const known = BATCHES.includes(batch_size) && `${features} ${scores}` in _data.problems && AXES.includes(axis);
  return known && learning_rate > 0 && areWithin(start, FARTHEST, 2) && isWhole(updates, 0, _most) && isWhole(seed, 0);
}

export default { render, accepts };
