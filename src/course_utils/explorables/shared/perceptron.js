// The perceptron's learning rule and the largest margin of its points: the arithmetic of
// explorables/perceptron.py in JavaScript, with the same names. A test holds the two equal.

import { Random } from "./engine.js";

const NARROWEST = 1e-9;
const KEY = 1e9;

/**
 * Look at `steps` points, fewer where it is finished, and move the weights at each mistake.
 * Returns visits [{ point, score, mistake }], weights (the start, then one after each mistake),
 * changedBy (the point behind each), next, finished, and returned: [i, j] or null.
 */
export function learn({ points, labels, learningRate, order, seed, steps }) {
  const n = points.length;
  const random = new Random(seed);
  const rightSince = new Set();
  const visits = [];
  const changedBy = [null];
  const weights = [[0, 0, 0]];
  const first = new Map([[keyOf(weights[0]), 0]]);
  let returned = null;
  let turn = [];
  for (;;) {
    if (!turn.length) turn = order === "in turn" ? points.map((_, i) => i) : [...random.permutation(n)];
    const finished = rightSince.size === n;
    if (visits.length >= steps || finished) return { visits, weights, changedBy, next: turn[0], finished, returned };
    const point = turn.shift();
    const [x1, x2] = points[point];
    const y = labels[point];
    const w = weights.at(-1);
    const score = w[0] * x1 + w[1] * x2 + w[2];
    const mistake = y * score <= 0;
    visits.push({ point, score, mistake });
    if (!mistake) {
      rightSince.add(point);
      continue;
    }
    rightSince.clear();
    const step = learningRate * y;
    weights.push([w[0] + step * x1, w[1] + step * x2, w[2] + step]);
    changedBy.push(point);
    const key = keyOf(weights.at(-1));
    if (returned === null && first.has(key)) returned = [first.get(key), weights.length - 1];
    if (!first.has(key)) first.set(key, weights.length - 1);
  }
}

const keyOf = (w) => w.map((v) => Math.round(v * KEY) + 0).join();

/** R, the largest margin γ and its separator; bound is (R/γ)², or ∞ where no line separates. */
export function largestMargin(points, labels) {
  const P = points.map(([x1, x2], i) => [labels[i] * x1, labels[i] * x2, labels[i]]);
  let [margin, separator] = [-Infinity, [0, 0, 0]];
  const tryOut = (u) => {
    const length = Math.sqrt(dot3(u, u));
    if (length < NARROWEST) return;
    const least = Math.min(...P.map((p) => dot3(p, u))) / length;
    if (least > margin) [margin, separator] = [least, u.map((v) => v / length)];
  };
  for (let i = 0; i < P.length; i++) {
    tryOut(P[i]);
    for (let j = i + 1; j < P.length; j++) {
      tryOut(nearestOnLine(P[i], P[j]));
      for (let k = j + 1; k < P.length; k++) tryOut(nearestOnPlane(P[i], P[j], P[k]));
    }
  }
  const radius = Math.sqrt(Math.max(...P.map((p) => dot3(p, p))));
  return { radius, margin, separator, bound: margin > NARROWEST ? (radius / margin) ** 2 : Infinity };
}

const dot3 = (p, q) => p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
const minus3 = (p, q) => [p[0] - q[0], p[1] - q[1], p[2] - q[2]];

function nearestOnLine(p, q) {
  const along = minus3(q, p);
  const length = dot3(along, along);
  const share = dot3(p, along) / length;
  return length > NARROWEST ? p.map((v, i) => v - share * along[i]) : [0, 0, 0];
}

function nearestOnPlane(p, q, r) {
  const [a, b] = [minus3(q, p), minus3(r, p)];
  const normal = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const length = dot3(normal, normal);
  const share = dot3(p, normal) / length;
  return length > NARROWEST ? normal.map((v) => share * v) : [0, 0, 0];
}

/** The corners of the part of the square −extent … extent where w₁x₁ + w₂x₂ + b > 0, in order. */
export function positivePart([w1, w2, b], extent) {
  const square = [[-extent, -extent], [extent, -extent], [extent, extent], [-extent, extent]];
  const score = ([x1, x2]) => w1 * x1 + w2 * x2 + b;
  return square.flatMap((from, i) => {
    const to = square[(i + 1) % 4];
    const [before, after] = [score(from), score(to)];
    const kept = before > 0 ? [from] : [];
    if (before > 0 === after > 0) return kept;
    const share = before / (before - after);
    return [...kept, from.map((v, k) => v + share * (to[k] - v))];
  });
}

/** The two ends of the line w₁x₁ + w₂x₂ + b = 0 within the square; none where it does not meet it. */
export function boundaryWithin([w1, w2, b], extent) {
  const length = Math.hypot(w1, w2);
  if (length === 0) return [];
  const foot = [(-b * w1) / length ** 2, (-b * w2) / length ** 2];
  const along = [-w2 / length, w1 / length];
  let [low, high] = [-Infinity, Infinity];
  for (const k of [0, 1]) {
    if (along[k] === 0) {
      if (Math.abs(foot[k]) > extent) return [];
      continue;
    }
    const cuts = [(-extent - foot[k]) / along[k], (extent - foot[k]) / along[k]].sort((s, t) => s - t);
    [low, high] = [Math.max(low, cuts[0]), Math.min(high, cuts[1])];
  }
  return low < high ? [low, high].map((t) => foot.map((v, k) => v + t * along[k])) : [];
}
