// A network drawn as units and links, with numbers on both. Who draws says what stands where;
// elements with the same key light up together (linkHighlights in controls.js).

import { svgDraft } from "./controls.js";

/**
 * Where unit j of layer l stands: the layers in even columns from `left` to `right`, the units of a
 * layer spread over `height`. `after` leaves room behind the output, in columns.
 */
export function unitPlaces(widths, { left, right, height, after = 0 }) {
  const last = widths.length - 1;
  return (l, j) => {
    const count = widths[l];
    const x = left + ((right - left) * l) / (last + after);
    if (count === 1) return { x, y: height / 2 };
    if (count === 2) return { x, y: height * (j ? 0.76 : 0.24) };
    return { x, y: (height * (j + 0.5)) / count };
  };
}

/** A line's colour and thickness from a weight: sign and size. */
export function weightStroke(weight) {
  return { tone: weight < 0 ? "backward" : "forward", thickness: Math.min(1 + 1.5 * Math.abs(weight), 6) };
}

/**
 * The picture.
 *
 * units: { at, name, value, key, tone, below: [{ text, tone, key }], state }: a circle with its
 *   value inside, its name above, and lines of text below
 * links: { from, to, tone, thickness, key, dashed, along, lines: [{ text, tone }], state, target }:
 *   a line between two places, with its numbers at the share `along` of the way; with a `target`
 *   for fingers, whose clicks the explorable listens to
 * texts: { x, y, text, tone, key }
 * `state` is a class for what an explorable marks, such as "on-path" or "resting".
 */
export function networkPicture({ width, height, radius, labelWidth, units, links, texts = [], words }) {
  return svgDraft(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words },
    group(links.map((link) => linkLine(link, radius))),
    group(links.map((link) => group(linkNumbers(link, labelWidth)))),
    group(texts.map(({ x, y, text, tone, key }) => pictureText(x, y, text, tone, key))),
    group(units.map((unit) => group(unitCircle(unit, radius)))),
    group(links.filter((link) => link.target).map((link) => linkTarget(link, radius))),
  );
}

/** What belongs together: a unit that comes along then leaves the elements of the others in place. */
const group = (drafts) => svgDraft("g", {}, drafts);

function pictureText(x, y, text, tone = "", key = undefined, state = "") {
  const look = { x, y, class: `${tone} ${state}`.trim(), "text-anchor": "middle", "dominant-baseline": "central", "data-key": key };
  return svgDraft("text", look, text);
}

const linkEnds = ({ from, to }, radius) => ({ x1: from.x + radius, y1: from.y, x2: to.x - radius, y2: to.y });

function linkLine(link, radius) {
  return svgDraft("line", {
    ...linkEnds(link, radius),
    class: link.state,
    stroke: `var(--${link.tone})`,
    "stroke-width": link.thickness,
    "stroke-dasharray": link.dashed && "6 5",
    "data-key": link.key,
  });
}

/** Where a link's numbers stand. */
function linkMiddle({ from, to, along = 0.5 }) {
  return { x: from.x + (to.x - from.x) * along, y: from.y + (to.y - from.y) * along };
}

/** A link's numbers, one below the other, on a ground that lets them be read across the line. */
function linkNumbers(link, labelWidth) {
  const lines = (link.lines ?? []).filter(({ text }) => text !== "");
  if (!lines.length) return [];
  const { x, y } = linkMiddle(link);
  const ground = { x: x - labelWidth / 2, y: y - 11, width: labelWidth, height: 4 + 18 * lines.length, rx: 4 };
  return [
    svgDraft("rect", { ...ground, fill: "var(--background)", opacity: 0.88 }),
    ...lines.map(({ text, tone }, row) => pictureText(x, y + 18 * row, text, tone, link.key, link.state)),
  ];
}

function unitCircle({ at, name, value, key, tone, below = [], state }, radius) {
  return [
    svgDraft("circle", { cx: at.x, cy: at.y, r: radius, class: state, fill: "var(--background)", stroke: `var(--${tone})`, "stroke-width": 2, "data-key": key }),
    pictureText(at.x, at.y, value, "", key),
    pictureText(at.x, at.y - radius - 11, name, "", key),
    ...below.map((line, row) => pictureText(at.x, at.y + radius + 13 + 17 * row, line.text, line.tone, line.key ?? key)),
  ];
}

/** What a finger hits: wider than the line and its number, and not to be seen. */
function linkTarget(link, radius) {
  const { x, y } = linkMiddle(link);
  const pick = { class: "hit", "data-key": link.key };
  return group([
    svgDraft("line", { ...linkEnds(link, radius), ...pick, stroke: "transparent", "stroke-width": 16 }),
    svgDraft("rect", { x: x - 20, y: y - 14, width: 40, height: 28, fill: "transparent", ...pick }),
  ]);
}
