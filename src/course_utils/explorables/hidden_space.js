// The input plane beside the hidden space. The hidden layer maps the plane into the space of its
// units; there the output draws one straight line. `bend` goes from the affine part of the layer to
// the whole of it, in the picture and in the network that is trained.

import { Network, Trainer, weightsFit } from "./shared/engine.js";
import { color, paintContour, paintField, paintHalves, paintPoints, planeGrid, redrawWithPage, rgb, sizeCanvas, whenIdle, widthOf } from "./shared/drawing.js";
import { areWithin, button, buttons, choice, element, follow, frame, isWhole, num, slider } from "./shared/controls.js";
import { countRight, trainingFits, trainingLoop } from "./shared/training_loop.js";
import { bentActivation, hiddenView, viewPoints } from "./shared/hidden_view.js";

const FIELD = 44; // the decision region is computed on FIELD × FIELD points
const LINES = 13; // grid lines in each direction
const ALONG = 41; // points on each grid line
const EPOCHS_A_FRAME = 2;
const LIMIT = 3000; // epochs after which Train pauses by itself
const LARGEST = 320; // pixels
const EDGE = 0.86; // of half the window: where a unit's number stands
const NUDGE = 1 / 20; // of half the window: what an arrow key moves the ringed point by
const DATA = [["circles", "circles"], ["moons", "moons"], ["xor", "XOR"], ["spirals", "spirals"]];
const ACTIVATION = [["tanh", "tanh"], ["relu", "ReLU"], ["sigmoid", "sigmoid"], ["gelu", "GELU"]];
const BENDS = Array.from({ length: 21 }, (_, i) => i / 20);
const TRAITS = ["data", "hidden", "activation", "bend", "point", "seed", "epochs", "weights", "learning_rate"];

function render({ model, el }) {
  const every = model.get("_data");
  const parts = frame(el, {
    name: "hidden_space",
    title: "What does the hidden layer do to the plane?",
    challenges: [
      { text: "Put all points of the circles on their right side with three hidden units.", test: (s) => s.data === "circles" && s.hidden === 3 && s.bend === 1 && s.right === s.total },
      { text: "Take the bend out (0) and train for 100 epochs: how many points does the best straight line get?", test: (s) => s.bend === 0 && s.epochs >= 100 },
      { text: "Unroll the spirals: all points right. How many units does it take?", test: (s) => s.data === "spirals" && s.bend === 1 && s.right === s.total },
    ],
  });
  const planes = { input: plane("application"), hidden: plane("img") };
  planes.input.canvas.tabIndex = 0;
  parts.stage.append(element("div", { class: "planes" }, planes.input.figure, planes.hidden.figure));

  let net;
  let trainer;
  const { set, unfollow } = follow(model, TRAITS, fromPython, () => {}); // what is set is drawn with the network
  let diverged = false;

  const chosen = (name = model.get("data")) => every[name];

  function build() {
    net = networkOf(model);
    if (weightsFit(model.get("weights"), net)) net.weights = model.get("weights");
    net.phi = bentActivation(net.phi, model.get("bend"));
    net.reserve(FIELD * FIELD); // the most that a picture needs
    trainer = trainerOf(net, chosen(), model);
    trainer.resume(model.get("epochs"));
  }

  /** Take up the start weights of a seed, for this network or another one. */
  function restart(change = {}) {
    loop.halt();
    diverged = false;
    const fresh = networkOf(model, change);
    set({ ...change, weights: fresh.weights, epochs: 0 });
    build();
    draw();
  }

  /** Train; where the loss overflows go back to the last good weights and stop. */
  function epochs(count) {
    const before = net.weights;
    const done = trainer.epochs;
    for (let i = 0; i < count; i++) trainer.epoch();
    if (!Number.isFinite(trainer.loss())) {
      net.weights = before;
      trainer.resume(done);
      diverged = true;
      return false;
    }
    return Math.floor(trainer.epochs / LIMIT) === Math.floor(done / LIMIT);
  }

  const publish = () => set({ weights: net.weights, epochs: trainer.epochs });
  const loop = trainingLoop({ epochs, draw, publish, perFrame: EPOCHS_A_FRAME });

  const train = button("Train", () => (loop.running ? loop.pause() : loop.start()), "primary");
  const step = button("One epoch", () => {
    loop.halt();
    epochs(1);
    publish();
    draw();
  });
  const reset = button("Reset", () => restart());
  const another = button("Another start", () => restart({ seed: model.get("seed") + 1 }));
  const bend = slider({
    label: "Bend, affine to φ:",
    values: BENDS,
    format: (value) => value.toFixed(2),
    onInput: (value) => {
      set({ bend: value });
      net.phi = bentActivation(networkOf(model).phi, value);
      draw();
    },
  });
  const units = slider({
    label: "Hidden units:",
    values: Array.from({ length: model.get("_most") }, (_, i) => i + 1),
    onInput: (hidden) => restart({ hidden }),
  });
  const data = choice({
    label: "Data",
    options: DATA,
    onChange: (name) => restart({ data: name, point: [...chosen(name).center] }),
  });
  const activation = choice({ label: "Activation φ", options: ACTIVATION, onChange: (name) => restart({ activation: name }) });
  parts.controls.append(buttons(train, step, reset, another), bend.el, units.el, data.el, activation.el);
  ringedPoint(planes.input.canvas, { where: () => ({ ...chosen(), point: model.get("point") }), move });

  function move(point) {
    set({ point });
    draw();
  }

  function fromPython() {
    loop.halt();
    diverged = false;
    build();
    draw();
  }

  function draw() {
    const state = measure(model, trainer, diverged);
    train.textContent = loop.running ? "Pause" : "Train";
    reset.disabled = !loop.running && state.epochs === 0 && !diverged;
    bend.show(state.bend);
    units.show(state.hidden);
    data.show(state.data);
    activation.show(state.activation);
    const size = Math.min(Math.floor(((widthOf(parts.stage) || 600) - 10) / 2), LARGEST);
    const scene = sceneOf(state, net, chosen());
    paintInput(planes.input.canvas, size, scene, el);
    paintHidden(planes.hidden.canvas, size, scene, el);
    planes.input.caption.textContent = "Input plane: x₁ to the right, x₂ up. Dashed: each unit's line z = 0.";
    planes.hidden.caption.textContent = hiddenCaption(state.hidden);
    const words = inWords(state, scene);
    planes.input.canvas.setAttribute("aria-label", "Input plane with the points, the decision region and a ringed point. Arrow keys move the ringed point.");
    planes.hidden.canvas.setAttribute("aria-label", `${hiddenCaption(state.hidden)} The output's boundary is a straight line here.`);
    parts.say(words, diverged);
    parts.judge(state);
  }

  /** Go once through what the reader's first inputs will need: the first time takes a browser long. */
  function rehearse() {
    const trial = trainerOf(networkOf(model), chosen(), model);
    trial.epoch();
    for (const data of Object.values(every)) sceneOf(measure(model, trial, false), trial.net, data);
  }

  build();
  const stops = [unfollow, redrawWithPage(parts.stage, draw), loop.pause];
  draw();
  whenIdle(rehearse);
  return () => stops.forEach((stop) => stop());
}

function plane(role) {
  const caption = element("figcaption");
  const canvas = element("canvas", { role });
  return { caption, canvas, figure: element("figure", {}, caption, canvas) };
}

function networkOf(model, change = {}) {
  const [hidden, activation, seed] = ["hidden", "activation", "seed"].map((name) => change[name] ?? model.get(name));
  return new Network([2, hidden, 1], activation, "binary_cross_entropy", seed);
}

function trainerOf(net, { X, y }, model) {
  return new Trainer(net, Float64Array.from(X.flat()), Float64Array.from(y), {
    learningRate: model.get("learning_rate"),
    batchSize: model.get("_batch_size"),
    seed: model.get("seed"),
  });
}

/** Let pointer and arrow keys move the ringed point of the input plane. */
function ringedPoint(canvas, { where, move }) {
  const clamp = (value, k, { center, half }) => Math.max(center[k] - half, Math.min(center[k] + half, value));
  const toPointer = (event) => {
    const now = where();
    const box = canvas.getBoundingClientRect();
    const across = (2 * (event.clientX - box.left)) / box.width - 1;
    const up = 1 - (2 * (event.clientY - box.top)) / box.height;
    move([across, up].map((share, k) => clamp(Number((now.center[k] + share * now.half).toFixed(3)), k, now)));
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    toPointer(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons) toPointer(event);
  });
  canvas.addEventListener("keydown", (event) => {
    const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
    const direction = directions[event.key];
    if (!direction) return;
    event.preventDefault();
    const now = where();
    move(now.point.map((value, k) => clamp(Number((value + direction[k] * NUDGE * now.half).toFixed(3)), k, now)));
  });
}

// --- what is shown, computed from the network ---------------------------------------------------

function measure(model, trainer, diverged) {
  const loss = trainer.loss();
  const state = Object.fromEntries(TRAITS.map((name) => [name, model.get(name)]));
  const dead = state.activation === "relu" && state.bend === 1 ? deadUnits(trainer) : 0;
  return { ...state, epochs: trainer.epochs, loss, diverged, dead, right: countRight(trainer), total: trainer.n };
}

/** How many hidden units have z ≤ 0 on every point, so that a ReLU lets nothing through. */
function deadUnits({ net, n }) {
  const d = net.widths[1];
  const z = net.z[1];
  let dead = 0;
  for (let j = 0; j < d; j++) {
    let on = false;
    for (let i = 0; i < n && !on; i++) on = z[i * d + j] > 0;
    if (!on) dead += 1;
  }
  return dead;
}

const backgrounds = new WeakMap(); // by data set

/** What a data set's pictures show whatever the network does, as lists of points. */
function backgroundOf(data) {
  if (!backgrounds.has(data)) {
    const { X, y, center, half } = data;
    const region = planeGrid(FIELD, half).map((value, i) => value + center[i % 2]);
    const members = [0, 1].map((k) => [...y.keys()].filter((i) => y[i] === k));
    backgrounds.set(data, { samples: Float64Array.from(X.flat()), members, lines: gridLines(center, half), region });
  }
  return backgrounds.get(data);
}

/** Everything the two pictures show. The data's forward pass comes first: the view depends on it. */
function sceneOf(state, net, data) {
  const { center, half } = data;
  const { samples, members, lines, region } = backgroundOf(data);
  const output = net.last;
  const n = data.y.length;
  net.forward(samples, n);
  const view = hiddenView(net.W[output], net.b[output][0], net.a[1], n);
  const points = viewPoints(view, net.a[1], n);
  net.forward(lines, lines.length / 2);
  const bentLines = viewPoints(view, net.a[1], lines.length / 2);
  net.forward(Float64Array.from(state.point), 1);
  const ring = { x: state.point, a: Array.from(net.a[1].subarray(0, state.hidden)), p: net.a[output][0], at: viewPoints(view, net.a[1], 1) };
  const p = net.forward(region, FIELD * FIELD);
  return { samples, members, center, half, view, points, lines, bentLines, ring, p, net, bend: state.bend };
}

/** The grid over the window as one list of points: first the upright lines, then the level ones. */
function gridLines(center, half) {
  const points = new Float64Array(2 * 2 * LINES * ALONG);
  let at = 0;
  for (let direction = 0; direction < 2; direction++) {
    for (let line = 0; line < LINES; line++) {
      for (let i = 0; i < ALONG; i++, at += 2) {
        points[at + direction] = center[direction] + half * ((2 * line) / (LINES - 1) - 1);
        points[at + 1 - direction] = center[1 - direction] + half * ((2 * i) / (ALONG - 1) - 1);
      }
    }
  }
  return points;
}

/** The square around all points of these lists. */
function windowAround(...lists) {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  for (const points of lists) {
    for (let i = 0; i < points.length; i++) {
      low[i % 2] = Math.min(low[i % 2], points[i]);
      high[i % 2] = Math.max(high[i % 2], points[i]);
    }
  }
  const side = Math.max(high[0] - low[0], high[1] - low[1]) || 2;
  return { center: [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2], half: 0.54 * side };
}

// --- the two pictures ---------------------------------------------------------------------------

/** Where a point of this window goes on a square of `size` pixels. */
function toPixels({ center, half }, size) {
  const scale = size / (2 * half);
  return { x: (x) => size / 2 + (x - center[0]) * scale, y: (y) => size / 2 - (y - center[1]) * scale };
}

function paintInput(canvas, size, scene, el) {
  const context = boundaryStyle(sizeCanvas(canvas, size, size), el);
  const place = toPixels(scene, size);
  paintField(context, size, scene.p, FIELD, ...tints(el));
  paintContour(context, size, scene.p, FIELD, 0.5);
  paintGrid(context, scene.lines, place, el, ALONG - 1); // straight, so their ends will do
  if (scene.bend > 0) paintUnits(context, scene, place, el);
  paintSamples(context, size, { points: scene.samples, members: scene.members, place }, el);
  paintRing(context, place, scene.ring.x, el);
}

function paintHidden(canvas, size, scene, el) {
  const context = boundaryStyle(sizeCanvas(canvas, size, size), el);
  const box = windowAround(scene.bentLines, scene.points);
  const place = toPixels(box, size);
  const [c0, c1, c2] = scene.view.logit;
  const { center, half } = box;
  const constant = c0 + c1 * (center[0] - half) + c2 * (center[1] + half); // in the corner where pixels begin
  const pixel = (2 * half) / size;
  paintHalves(context, size, { constant, across: c1 * pixel, down: -c2 * pixel }, ...tints(el));
  paintGrid(context, scene.bentLines, place, el);
  paintSamples(context, size, { points: scene.points, members: scene.members, place }, el);
  paintRing(context, place, scene.ring.at, el);
}

const tints = (el) => [rgb(color(el, "class-0-tint")), rgb(color(el, "class-1-tint"))];

function boundaryStyle(context, el) {
  context.strokeStyle = color(el, "text");
  context.lineWidth = 2.5;
  return context;
}

/** The lines of `gridLines`, or what became of them, through every `step`-th of their points. */
function paintGrid(context, points, place, el, step = 1) {
  context.save();
  context.globalAlpha = 0.6;
  context.strokeStyle = color(el, "muted");
  context.lineWidth = 0.8;
  context.beginPath();
  for (let line = 0; line < 2 * LINES; line++) {
    for (let i = 0; i < ALONG; i += step) {
      const at = 2 * (line * ALONG + i);
      const x = place.x(points[at]);
      const y = place.y(points[at + 1]);
      if (i === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
  }
  context.stroke();
  context.restore();
}

/** Each hidden unit's line z_j = 0, with its number on the side where z_j > 0. */
function paintUnits(context, { net, center, half, bend }, place, el) {
  context.save();
  context.globalAlpha = bend;
  context.strokeStyle = context.fillStyle = color(el, "forward");
  context.font = "600 13px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let j = 0; j < net.widths[1]; j++) {
    const w = [net.W[1][2 * j], net.W[1][2 * j + 1]];
    const norm = Math.hypot(...w);
    if (norm === 0) continue;
    const distance = (w[0] * center[0] + w[1] * center[1] + net.b[1][j]) / norm;
    if (Math.abs(distance) > 1.4 * half) continue;
    const [nx, ny] = [w[0] / norm, w[1] / norm];
    const foot = [center[0] - distance * nx, center[1] - distance * ny];
    context.lineWidth = 1.8;
    context.setLineDash([7, 4]);
    context.beginPath();
    context.moveTo(place.x(foot[0] - 3 * half * ny), place.y(foot[1] + 3 * half * nx));
    context.lineTo(place.x(foot[0] + 3 * half * ny), place.y(foot[1] - 3 * half * nx));
    context.stroke();
    // Beside the line's end at the edge of the window: in the middle are the points.
    const ends = [ny, -nx].map((way, k) => (Math.sign(way) * EDGE * half - foot[k] + center[k]) / way);
    const along = Math.min(...ends.filter(Number.isFinite));
    const number = [foot[0] + along * ny + 0.09 * half * nx, foot[1] - along * nx + 0.09 * half * ny];
    context.fillText(String(j + 1), place.x(number[0]), place.y(number[1]));
  }
  context.restore();
}

function paintSamples(context, size, { points, members, place }, el) {
  const edge = color(el, "background");
  const radius = size > 240 ? 4 : 2.8;
  for (const k of [0, 1]) paintPoints(context, { points, members: members[k], place }, k, radius, color(el, `class-${k}`), edge);
}

function paintRing(context, place, [x, y], el) {
  for (const [radius, width, name] of [[9, 5, "background"], [9, 2.5, "focus"]]) {
    context.strokeStyle = color(el, name);
    context.lineWidth = width;
    context.beginPath();
    context.arc(place.x(x), place.y(y), radius, 0, 2 * Math.PI);
    context.stroke();
  }
}

// --- words --------------------------------------------------------------------------------------

function hiddenCaption(hidden) {
  if (hidden === 1) return "Hidden space: a line, a₁ to the right.";
  if (hidden === 2) return "Hidden space: a₁ to the right, a₂ up.";
  return `Hidden space, ${hidden}-dimensional, seen along the output's boundary.`;
}

function inWords(state, { ring }) {
  if (state.diverged) {
    return `Training diverged: with learning rate ${num(state.learning_rate)} the loss became too large for the computer's numbers. The picture shows the last good weights. Reset, and take a smaller learning rate in Python.`;
  }
  const phi = ACTIVATION.find(([name]) => name === state.activation)[1];
  const count = `${state.hidden} ${phi} unit${state.hidden === 1 ? "" : "s"}, start number ${state.seed}.`;
  const bend =
    state.bend === 0
      ? " Bend 0: the layer is affine, so the grid stays straight, and so does the boundary."
      : state.bend < 1
        ? ` Bend ${state.bend.toFixed(2)}: partly affine, partly ${phi}.`
        : "";
  const epochs = `After ${state.epochs} epoch${state.epochs === 1 ? "" : "s"}, ${state.right} of ${state.total} points are on the right side; loss ${num(state.loss, 3)}.`;
  const place = (values) => `(${values.map((value) => num(Number(value.toFixed(2)))).join(", ")})`;
  const hidden = state.hidden <= 3 ? ` goes to a = ${place(ring.a)} and` : "";
  const dead = state.dead ? ` Dead units, off at every point: ${state.dead}.` : "";
  return `${count}${bend} ${epochs}${dead} The ringed point x = ${place(ring.x)}${hidden} gets p = ${num(Number(ring.p.toFixed(3)))}.`;
}

/** Whether there is such a state: what comes with a link may be anything. */
function accepts(state) {
  const { data, hidden, activation, bend, point, _data, _most } = state;
  const known = DATA.some(([name]) => name === data) && ACTIVATION.some(([name]) => name === activation);
  if (!known || !isWhole(hidden, 1, _most) || !(bend >= 0 && bend <= 1)) return false;
  const { center, half } = _data[data];
  const net = new Network([2, hidden, 1], activation, "binary_cross_entropy");
  return areWithin(point.map((v, i) => v - center[i]), half, 2) && trainingFits(state, net);
}

export default { render, accepts };
