// A plane to look at a hidden layer in, in which the output's boundary is a straight line: the
// twin of explorables/_hidden_view.py. A test holds the two equal.

const POWER_STEPS = 30;

/**
 * The view of a hidden layer of d units whose output unit has weights w (d) and bias b. With one
 * or two units the axes are the units themselves; with more, u is the signed distance from the
 * output's boundary and v the direction along it in which the n rows of A spread most.
 * Returns { axes: [across, along], shift: [u, v], logit: [c0, c1, c2] }: a hidden vector a is drawn
 * at (u, v) = axes · a + shift, where the output's pre-activation is c0 + c1 u + c2 v.
 */
export function hiddenView(w, b, A, n) {
  const d = w.length;
  if (d <= 2) {
    const axes = [Float64Array.of(1, 0).subarray(0, d), Float64Array.of(0, 1).subarray(0, d)];
    return { axes, shift: [0, 0], logit: [b, w[0], d > 1 ? w[1] : 0] };
  }
  const norm = Math.sqrt(dotProduct(w, w));
  const across = norm > 0 ? w.map((v) => v / norm) : unitAxis(d, 0);
  const along = widest(A, n, across);
  return { axes: [across, along], shift: [norm > 0 ? b / norm : 0, 0], logit: [norm > 0 ? 0 : b, norm, 0] };
}

/** The points (u, v) of the n rows of A as one array, row by row. */
export function viewPoints({ axes, shift }, A, n) {
  const d = axes[0].length;
  const points = new Float64Array(2 * n);
  for (let row = 0; row < n; row++) {
    for (let k = 0; k < 2; k++) {
      let sum = shift[k];
      for (let i = 0; i < d; i++) sum += axes[k][i] * A[row * d + i];
      points[2 * row + k] = sum;
    }
  }
  return points;
}

/** φ bent by a share: (1 − bend)·z + bend·φ(z), the identity for 0 and φ for 1. */
export function bentActivation({ f, derivative }, bend) {
  if (bend === 1) return { f, derivative };
  return {
    f: (z) => (1 - bend) * z + bend * f(z),
    derivative: (z) => 1 - bend + bend * derivative(z),
  };
}

function widest(A, n, across) {
  const d = across.length;
  const covariance = covarianceRows(A, n, d);
  let v = unitOr(without(Float64Array.from({ length: d }, (_, i) => 1 / (i + 1)), across), new Float64Array(d));
  if (!v.some((entry) => entry !== 0)) v = unitOr(without(unitAxis(d, 1), across), v);
  for (let step = 0; step < POWER_STEPS; step++) {
    v = unitOr(without(Float64Array.from(covariance, (row) => dotProduct(row, v)), across), v);
  }
  return v;
}

function covarianceRows(A, n, d) {
  const mean = new Float64Array(d);
  for (let i = 0; i < n * d; i++) mean[i % d] += A[i] / n;
  const rows = Array.from({ length: d }, () => new Float64Array(d));
  for (let s = 0; s < n; s++) {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) rows[i][j] += (A[s * d + i] - mean[i]) * (A[s * d + j] - mean[j]);
    }
  }
  return rows;
}

function dotProduct(p, q) {
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += p[i] * q[i];
  return sum;
}

function unitAxis(d, k) {
  const axis = new Float64Array(d);
  axis[k] = 1;
  return axis;
}

function without(v, across) {
  const share = dotProduct(v, across);
  return v.map((entry, i) => entry - share * across[i]);
}

function unitOr(v, otherwise) {
  const norm = Math.sqrt(dotProduct(v, v));
  return norm > 1e-9 ? v.map((entry) => entry / norm) : otherwise;
}
