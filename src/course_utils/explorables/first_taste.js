// Two circles, a line that fails, hidden units that succeed: the course's first picture.

import { Network, Trainer, weightsFit } from "./shared/engine.js";
import { color, paintContour, paintField, paintPoint, planeGrid, redrawWithPage, rgb, sizeCanvas, widthOf } from "./shared/drawing.js";
import { button, buttons, element, follow, frame, isWhole, num, slider } from "./shared/controls.js";
import { countRight, trainingFits, trainingLoop } from "./shared/training_loop.js";

const EXTENT = 1.4; // the plane shown: −1.4 … 1.4 in both directions
const GRID = 56;
const LIMIT = 2000; // epochs after which Train pauses by itself

function render({ model, el }) {
  const { X, y } = model.get("_data");
  const points = Float64Array.from(X.flat());
  const labels = Float64Array.from(y);
  const grid = planeGrid(GRID, EXTENT);

  const parts = frame(el, {
    name: "first_taste",
    title: "Can you fence in the inner circle?",
    challenges: [
      { text: "With no hidden unit, train and see how far a straight line gets.", test: (s) => s.hidden === 0 && s.epochs >= 50 },
      { text: "Put every point on its right side.", test: (s) => s.right === s.total },
      { text: "Do it with three hidden units. Why not with two?", test: (s) => s.right === s.total && s.hidden === 3 },
    ],
  });
  const canvas = element("canvas", { role: "img" });
  parts.stage.append(canvas);

  let net;
  let trainer;
  const { set, unfollow } = follow(model, ["hidden", "seed", "epochs", "weights", "learning_rate"], fromPython, () => {}); // what is set is drawn with the network

  function build() {
    const hidden = model.get("hidden");
    net = networkOf(hidden, model.get("seed"));
    if (weightsFit(model.get("weights"), net)) net.weights = model.get("weights");
    trainer = new Trainer(net, points, labels, {
      learningRate: model.get("learning_rate"),
      batchSize: model.get("_batch_size"),
      seed: model.get("seed"),
    });
    trainer.resume(model.get("epochs"));
  }

  /** Take up new start weights: another number of hidden units, another seed, or the same again. */
  function restart(change = {}) {
    loop.halt();
    const hidden = change.hidden ?? model.get("hidden");
    const fresh = networkOf(hidden, change.seed ?? model.get("seed"));
    set({ ...change, weights: fresh.weights, epochs: 0 });
    build();
    draw();
  }

  const train = button("Train", () => (loop.running ? loop.pause() : loop.start()), "primary");
  const step = button("One epoch", () => {
    loop.halt();
    trainer.epoch();
    publish();
    draw();
  });
  const reset = button("Reset", () => restart());
  const another = button("Another start", () => restart({ seed: model.get("seed") + 1 }));
  const units = slider({
    label: "Hidden units:",
    values: Array.from({ length: model.get("_most") + 1 }, (_, i) => i),
    onInput: (hidden) => restart({ hidden }),
  });
  parts.controls.append(buttons(train, step, reset, another), units.el);

  const loop = trainingLoop({
    epochs(count) {
      for (let i = 0; i < count; i++) trainer.epoch();
      return Math.floor(trainer.epochs / LIMIT) === Math.floor((trainer.epochs - count) / LIMIT);
    },
    draw,
    publish,
  });

  function publish() {
    set({ weights: net.weights, epochs: trainer.epochs });
  }

  function fromPython() {
    loop.halt();
    build();
    draw();
  }

  function draw() {
    const state = measure(trainer, model);
    train.textContent = loop.running ? "Pause" : "Train";
    reset.disabled = !loop.running && state.epochs === 0;
    units.show(state.hidden);
    paint(canvas, Math.min(widthOf(parts.stage) || 420, 420), state);
    const words = inWords(state);
    canvas.setAttribute("aria-label", `Two circles of points and the boundary between the predicted classes. ${words}`);
    parts.say(words);
    parts.judge(state);
  }

  function paint(target, size, state) {
    const context = sizeCanvas(target, size, size);
    const p = net.forward(grid, GRID * GRID);
    paintField(context, size, p, GRID, rgb(color(el, "class-0-tint")), rgb(color(el, "class-1-tint")));
    context.strokeStyle = color(el, "text");
    context.lineWidth = 2;
    paintContour(context, size, p, GRID, 0.5);
    const fills = [color(el, "class-0"), color(el, "class-1")];
    const edge = color(el, "background");
    for (let i = 0; i < state.total; i++) {
      const [px, py] = [(1 + X[i][0] / EXTENT) * (size / 2), (1 - X[i][1] / EXTENT) * (size / 2)];
      paintPoint(context, px, py, y[i], 4.5, fills[y[i]], edge);
    }
  }

  build();
  const stops = [
    unfollow,
    redrawWithPage(parts.stage, draw),
    loop.pause,
  ];
  draw();
  return () => stops.forEach((stop) => stop());
}

function networkOf(hidden, seed) {
  return new Network(hidden ? [2, hidden, 1] : [2, 1], "tanh", "binary_cross_entropy", seed);
}

function measure(trainer, model) {
  const loss = trainer.loss();
  return { hidden: model.get("hidden"), seed: model.get("seed"), epochs: trainer.epochs, right: countRight(trainer), total: trainer.n, loss };
}

function inWords({ hidden, seed, epochs, right, total, loss }) {
  const shape =
    hidden === 0
      ? "No hidden units: the boundary is a straight line."
      : `${hidden} hidden unit${hidden === 1 ? "" : "s"}, start number ${seed}.`;
  return `${shape} After ${epochs} epoch${epochs === 1 ? "" : "s"}, ${right} of ${total} points are on the right side; loss ${num(loss, 3)}.`;
}

/** Whether there is such a state: what comes with a link may be anything. */
function accepts(state) {
  const { hidden, _most } = state;
  return isWhole(hidden, 0, _most) && trainingFits(state, networkOf(hidden));
}

export default { render, accepts };
