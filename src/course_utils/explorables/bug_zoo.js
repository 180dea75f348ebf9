// A zoo of backward passes. Python has trained each specimen under every experiment; the page shows
// the symptoms of the one on the table and judges the reader's diagnosis.

import { redrawWithPage, widthOf } from "./shared/drawing.js";
import { button, buttons, choice, draft, element, follow, frame, num, redraw, svgDraft } from "./shared/controls.js";

const TRAITS = ["specimen", "samples", "activation", "widths", "check_at", "answers"];
const EXPERIMENTS = {
  samples: { label: "Samples N", options: ["1", "8"] },
  activation: { label: "Activation φ", options: ["tanh", "relu"] },
  widths: { label: "Widths", options: ["different", "equal"] },
  check_at: { label: "Check at", options: ["start", "step 20"] },
};
const WRONG = 1e-4; // a relative error above this is a failed check

function render({ model, el }) {
  const bugs = model.get("_bugs");
  const cages = model.get("_cages");
  const read = () => readZoo(model, bugs, cages);
  const parts = frame(el, {
    name: "bug_zoo",
    title: "What is wrong with this backward pass?",
    challenges: [
      { text: "Name five specimens.", test: (s) => s.named >= 5 },
      { text: "Find an experiment in which a broken specimen shows no symptom at all.", test: (s) => s.bug.key !== "healthy" && s.clean },
      { text: "Name all eleven.", test: (s) => s.named === Object.keys(cages).length },
    ],
  });
  const curve = element("div", { class: "curve" });
  const check = element("div", { class: "check" });
  parts.stage.append(element("div", { class: "columns" }, curve, check));

  const { set, unfollow } = follow(model, TRAITS, draw);
  const pick = (label, trait, options) => choice({ label, options: options.map((option) => [option, option]), onChange: (value) => set({ [trait]: value }) });
  const specimen = pick("Specimen", "specimen", Object.keys(cages));
  const experiments = Object.fromEntries(
    Object.entries(EXPERIMENTS).map(([trait, { label, options }]) => [trait, pick(label, trait, options)]),
  );
  const forget = button("Forget this answer", () => set({ answers: without(model.get("answers"), model.get("specimen")) }));
  const reset = button("Start over", () => set({ answers: {}, specimen: "A" }));
  parts.controls.append(specimen.el, ...Object.values(experiments).map((e) => e.el), buttons(forget, reset));

  const answers = bugs.map((bug) => ({ bug, press: button(bug.name, () => set({ answers: { ...model.get("answers"), [model.get("specimen")]: bug.key } })) }));
  const verdict = element("div", { class: "verdict" });
  parts.workings.append(
    element("div", { class: "diagnosis", role: "group", "aria-label": "Your diagnosis" }, element("p", { class: "muted" }, "Your diagnosis"), answers.map((a) => a.press)),
    verdict,
  );

  function draw() {
    const state = read();
    specimen.show(state.letter);
    for (const [trait, control] of Object.entries(experiments)) control.show(model.get(trait));
    forget.disabled = !state.answer;
    reset.disabled = !Object.keys(model.get("answers")).length && state.letter === "A";
    markSolved(specimen.el, model.get("answers"), cages);
    redraw(curve, ...lossCurve(state, widthOf(curve)));
    redraw(check, checkTable(state));
    for (const { bug, press } of answers) {
      press.setAttribute("aria-pressed", String(bug.key === state.answer));
      press.className = bug.key !== state.answer ? "" : state.right ? "right" : "not-right";
    }
    redraw(verdict, ...verdictOf(state));
    parts.say(inWords(state), Boolean(state.answer) && !state.right);
    parts.judge(state);
  }
  const ends = [unfollow, redrawWithPage(curve, draw)];
  draw();
  return () => ends.forEach((end) => end());
}

function without(answers, letter) {
  const { [letter]: _, ...rest } = answers;
  return rest;
}

function readZoo(model, bugs, cages) {
  const [letter, samples, activation, widths, checkAt, answers] = TRAITS.map((name) => model.get(name));
  const bug = bugs.find((b) => b.key === cages[letter]);
  const found = model.get("_symptoms")[[bug.key, samples, activation, widths].join(" ")];
  const rows = found.checks[checkAt === "start" ? 0 : 1];
  const answer = answers[letter];
  const failed = (rows ?? []).filter((row) => isWrong(row));
  const apart = Math.max(...found.losses.map((loss, t) => Math.abs(loss - (found.healthy[t] ?? 0))));
  return {
    letter, samples, activation, widths, checkAt, bug, found, rows, failed, answer,
    named: Object.keys(answers).filter((l) => answers[l] === cages[l]).length,
    total: Object.keys(cages).length,
    right: answer === bug.key,
    guess: bugs.find((b) => b.key === answer),
    clean: found.checks.every((check) => !check.some((row) => isWrong(row))) && !found.raised && apart < 1e-6,
  };
}

const isWrong = ([, , , error]) => error === null || error > WRONG;
const shapeText = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

function markSolved(el, answers, cages) {
  for (const label of el.querySelectorAll(".choices label")) {
    const letter = label.querySelector("input").value;
    label.classList.toggle("solved", answers[letter] === cages[letter]);
  }
}

// --- the loss curve -------------------------------------------------------------------------------

function lossCurve(state, available) {
  const { losses, healthy } = state.found;
  const width = Math.max(240, Math.min(available || 320, 420));
  const [height, left, right, top, bottom] = [226, 40, 12, 22, 36];
  const highest = Math.min(4, Math.max(1, ...healthy, ...losses));
  const across = (t) => left + ((width - left - right) * t) / 40;
  const up = (loss) => top + (height - top - bottom) * (1 - Math.min(loss, highest) / highest);
  const curve = (values, look) => svgDraft("polyline", { points: values.map((v, t) => `${across(t)},${up(v)}`).join(" "), fill: "none", ...look });
  const text = (x, y, content, anchor = "middle") => svgDraft("text", { x, y, "text-anchor": anchor }, content);
  const beyond = Math.max(...losses) > highest;
  return [
    svgDraft(
      "svg",
      { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Loss over 40 steps. ${lossInWords(state)}` },
      [0, highest].map((v) => [svgDraft("line", { x1: left, x2: width - right, y1: up(v), y2: up(v), stroke: "var(--rule)" }), text(left - 8, up(v) + 4, num(v, 2), "end")]).flat(),
      [0, 20, 40].map((t) => text(across(t), height - bottom + 18, String(t))),
      text((left + width - right) / 2, height - 2, "step"),
      text(left + 4, top - 9, beyond ? "loss (goes on above)" : "loss", "start"),
      curve(healthy, { stroke: "var(--forward)", "stroke-width": 2, "stroke-dasharray": "6 5" }),
      curve(losses, { stroke: "var(--backward)", "stroke-width": 2.5 }),
      svgDraft("circle", { cx: across(losses.length - 1), cy: up(losses.at(-1)), r: 4, fill: "var(--backward)" }),
    ),
    draft("p", { class: "key" }, draft("span", { class: "backward" }, "— this pass"), draft("span", { class: "forward" }, "- - a right one")),
  ];
}

// --- the gradient check -----------------------------------------------------------------------------

function checkTable({ rows, found }) {
  const head = ["of", "shape", "of its gradient", "error", "ratio"].map((text) => draft("th", { scope: "col" }, text));
  const names = ["W1", "b1", "W2", "b2", "W3", "b3"];
  const body = names.map((name, i) => checkRow(name, rows?.[i]));
  return draft(
    "table",
    {},
    draft("caption", {}, `Gradient check; ŷ − y has shape ${shapeText(found.error)}`),
    draft("thead", {}, draft("tr", {}, head)),
    draft("tbody", {}, body),
  );
}

function checkRow(name, row) {
  const cells = (list) => list.map((content) => draft("td", {}, content));
  if (!row) return draft("tr", {}, draft("th", { scope: "row" }, name), cells(["–", "–", "–", "–"]));
  const [, shape, gradient, error, ratio] = row;
  const said = error === null ? "shape!" : error > WRONG ? `✗ ${num(error, 2)}` : "✓ ok";
  const times = ratio === null ? (error === null ? "–" : "none") : `${num(ratio, 2)} ×`;
  return draft("tr", { class: isWrong(row) ? "failed" : "" }, draft("th", { scope: "row" }, name), cells([shapeText(shape), shapeText(gradient), said, times]));
}

// --- words --------------------------------------------------------------------------------------------

function lossInWords({ found }) {
  const { losses, healthy, raised } = found;
  if (raised.startsWith("ValueError")) return "It stops with an error of shapes before the first update.";
  if (raised) return `The loss grew beyond a million after ${losses.length - 1} steps.`;
  return `The loss goes from ${num(losses[0], 3)} to ${num(losses.at(-1), 3)} in 40 steps; a right pass comes to ${num(healthy.at(-1), 3)}.`;
}

function inWords(state) {
  const { letter, rows, failed, checkAt, named, total, answer, right, guess } = state;
  const judged = !answer ? "" : right ? ` You have named it: ${guess.name}.` : ` “${guess.name}” is not it.`;
  const when = checkAt === "start" ? "before training" : "after 20 steps";
  const checked = !rows ? `There is no check ${when}: it never got there.` : failed.length ? `The check ${when} fails in ${failed.map((row) => row[0]).join(", ")}.` : `The check ${when} passes everywhere.`;
  return `Specimen ${letter}.${judged} ${lossInWords(state)} ${checked} Named so far: ${named} of ${total}.`;
}

function verdictOf(state) {
  const { answer, right, bug, guess, found } = state;
  const raised = found.raised.startsWith("ValueError") ? [draft("p", { class: "muted" }, found.raised)] : [];
  if (!answer) {
    return [draft("p", { class: "muted" }, "Change the experiment before you decide: one sample instead of eight, relu instead of tanh, equal widths, a later check. Which symptoms stay?"), ...raised];
  }
  if (!right) {
    return [
      draft("p", {}, draft("b", {}, "Not that one. "), `With “${guess.name}” you would see that ${guess.signature}. Compare this with what you see, if need be under another experiment.`),
      ...raised,
    ];
  }
  const code = bug.key === "healthy" ? [["the line", bug.right]] : [["right", bug.right], ["here", bug.broken]];
  return [
    draft("p", {}, draft("b", {}, `Yes: ${bug.name}. `), bug.why),
    ...code.map(([title, line]) => draft("div", { class: `listing ${title}` }, draft("span", { class: "muted" }, title), draft("code", {}, line))),
  ];
}

/** Whether there is such a state: what comes with a link may be anything. */
function accepts(state) {
  const { specimen, answers, _bugs, _cages } = state;
  const asked = Object.entries(EXPERIMENTS).every(([trait, { options }]) => options.includes(state[trait]));
  const answered = Object.entries(answers).every(([letter, key]) => Object.hasOwn(_cages, letter) && _bugs.some((bug) => bug.key === key));
  return Object.hasOwn(_cages, specimen) && asked && answered;
}

export default { render, accepts };
