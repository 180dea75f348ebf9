// Gradient descent on the squared error of ŷ = w₁x₁ + w₂x₂, whole or in batches: the arithmetic of
// explorables/descent.py in JavaScript, with the same names. A test holds the two equal.

import { Random } from "./engine.js";

/** X (N × 2, nested) and y (N): the Hessian, its eigenvalues and directions, and the minimum. */
export function leastSquares({ X, y }) {
  let [a, b, c, p, q] = [0, 0, 0, 0, 0];
  X.forEach(([x1, x2], n) => {
    a += x1 * x1;
    b += x1 * x2;
    c += x2 * x2;
    p += x1 * y[n];
    q += x2 * y[n];
  });
  const determinant = a * c - b * b;
  const scale = 2 / X.length;
  const [middle, spread] = [(a + c) / 2, Math.hypot((a - c) / 2, b)];
  return {
    X, y,
    H: [[scale * a, scale * b], [scale * b, scale * c]],
    curvatures: [scale * (middle + spread), scale * (middle - spread)], // the largest first
    angle: Math.atan2(2 * b, a - c) / 2, // from the w₁ axis to the direction of the largest
    minimum: [(c * p - b * q) / determinant, (a * q - b * p) / determinant],
  };
}

/** L(w) − min L, from the quadratic form. */
export function aboveMinimum({ H, minimum }, w) {
  const [u, v] = [w[0] - minimum[0], w[1] - minimum[1]];
  return (H[0][0] * u * u + 2 * H[0][1] * u * v + H[1][1] * v * v) / 2;
}

/** The gradient of sample n's own loss (ŷ − y)². */
export function sampleGradient({ X, y }, n, w) {
  const slope = 2 * (X[n][0] * w[0] + X[n][1] * w[1] - y[n]);
  return [slope * X[n][0], slope * X[n][1]];
}

/** The mean of several vectors of two entries. */
export function meanVector(vectors) {
  return [0, 1].map((i) => vectors.reduce((sum, v) => sum + v[i], 0) / vectors.length);
}

/** The next batch: `batchSize` different ones of n samples. */
export function drawBatch(random, n, batchSize) {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let k = 0; k < batchSize; k++) {
    const j = k + Math.floor(random.uniform() * (n - k));
    [order[k], order[j]] = [order[j], order[k]];
  }
  return order.slice(0, batchSize);
}

/**
 * The path of so many updates from `start`: points, losses above the minimum, the batch of the next
 * update, and whether the path ended early because the loss passed `far`.
 */
export function descend(problem, { start, learningRate, batchSize, seed, updates, far }) {
  const random = new Random(seed);
  const points = [start];
  const losses = [aboveMinimum(problem, start)];
  let next = drawBatch(random, problem.X.length, batchSize);
  while (points.length <= updates && losses.at(-1) <= far) {
    const w = points.at(-1);
    const gradient = meanVector(next.map((n) => sampleGradient(problem, n, w)));
    points.push([w[0] - learningRate * gradient[0], w[1] - learningRate * gradient[1]]);
    losses.push(aboveMinimum(problem, points.at(-1)));
    next = drawBatch(random, problem.X.length, batchSize);
  }
  return { points, losses, next, diverged: losses.at(-1) > far };
}
