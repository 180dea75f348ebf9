// The numerical engine of every explorable: the multilayer perceptron of course_utils/network.py
// in JavaScript, with the same names. A test holds the two equal.
//
// Layers count from 1 to last = L + 1. W[l] is row-major (d_l × d_{l−1}); z[l], a[l] and delta[l]
// hold one row per sample (N × d_l). Everything is a Float64Array.

const STRIDE = 0x6d2b79f5; // of the generator's state, from one number to the next

/** A seeded generator (mulberry32, by Tommy Ettinger): the same seed gives the same numbers. */
export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** Pass over the next `count` numbers. */
  skip(count) {
    this.state = (this.state + Math.imul(count, STRIDE)) >>> 0;
  }

  /** Uniform on [0, 1). */
  uniform() {
    this.state = (this.state + STRIDE) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** Standard normal (Box and Muller, 1958). */
  normal() {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** The numbers 0 … n − 1 in a random order (Fisher and Yates). */
  permutation(n) {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(this.uniform() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}

const sigmoid = (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

/** The error function by its all-positive series (Abramowitz and Stegun, 7.1.6). */
function erf(x) {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const gaussCdf = (z) => (1 + erf(z / Math.SQRT2)) / 2;

/** φ and φ′, both as functions of the pre-activation z. */
export const ACTIVATIONS = {
  identity: { f: (z) => z, derivative: () => 1 },
  step: { f: (z) => (z > 0 ? 1 : 0), derivative: () => 0 },
  sigmoid: { f: sigmoid, derivative: (z) => sigmoid(z) * (1 - sigmoid(z)) },
  tanh: { f: Math.tanh, derivative: (z) => 1 - Math.tanh(z) ** 2 },
  relu: { f: (z) => (z > 0 ? z : 0), derivative: (z) => (z > 0 ? 1 : 0) },
  leaky_relu: { f: (z) => (z > 0 ? z : 0.01 * z), derivative: (z) => (z > 0 ? 1 : 0.01) },
  gelu: {
    f: (z) => z * gaussCdf(z),
    derivative: (z) => gaussCdf(z) + (z * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI),
  },
};

/** log Σ exp of the k entries of z from `start`, shifted so that nothing overflows. */
function logSumExp(z, start, k) {
  let top = -Infinity;
  for (let i = start; i < start + k; i++) top = Math.max(top, z[i]);
  let sum = 0;
  for (let i = start; i < start + k; i++) sum += Math.exp(z[i] - top);
  return top + Math.log(sum);
}

function softmaxRow(z, start, k, into) {
  const total = logSumExp(z, start, k);
  for (let i = start; i < start + k; i++) into[i] = Math.exp(z[i] - total);
}

/** A sum over the n·k outputs, divided by the number of samples n. */
function meanOverSamples(z, n, k, term) {
  let sum = 0;
  for (let i = 0; i < n * k; i++) sum += term(z[i], i);
  return sum / n;
}

// Each loss takes the output's pre-activations z (n × k) and targets y, and gives the output
// activation, the loss value, and delta = ∂L/∂z with the 1/N inside.
export const LOSSES = {
  squared_error: {
    output: (z, n, k, into) => into.set(z.subarray(0, n * k)),
    value: (z, y, n, k) => meanOverSamples(z, n, k, (v, i) => (v - y[i]) ** 2),
    delta: (yHat, y, n, k, into) => {
      for (let i = 0; i < n * k; i++) into[i] = (2 * (yHat[i] - y[i])) / n;
    },
  },
  binary_cross_entropy: {
    output: (z, n, k, into) => {
      for (let i = 0; i < n * k; i++) into[i] = sigmoid(z[i]);
    },
    value: (z, y, n, k) =>
      meanOverSamples(z, n, k, (v, i) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v))) - y[i] * v),
    delta: (yHat, y, n, k, into) => {
      for (let i = 0; i < n * k; i++) into[i] = (yHat[i] - y[i]) / n;
    },
  },
  cross_entropy: {
    output: (z, n, k, into) => {
      for (let row = 0; row < n; row++) softmaxRow(z, row * k, k, into);
    },
    value: (z, y, n, k) => {
      let sum = 0;
      for (let row = 0; row < n; row++) sum += logSumExp(z, row * k, k) - z[row * k + y[row]];
      return sum / n;
    },
    delta: (yHat, y, n, k, into) => {
      for (let i = 0; i < n * k; i++) into[i] = yHat[i] / n;
      for (let row = 0; row < n; row++) into[row * k + y[row]] -= 1 / n;
    },
  },
};

/** The network; `widths` lists the units of every layer, input first. */
export class Network {
  constructor(widths, activation = "tanh", loss = "squared_error", seed = 0) {
    if (!(activation in ACTIVATIONS)) throw new Error(`unknown activation ${activation}`);
    if (!(loss in LOSSES)) throw new Error(`unknown loss ${loss}`);
    this.widths = [...widths];
    this.activation = activation;
    this.phi = ACTIVATIONS[activation];
    this.lossFunction = LOSSES[loss];
    this.last = widths.length - 1;
    this.W = {};
    this.b = {};
    this.dW = {};
    this.db = {};
    for (let l = 1; l <= this.last; l++) {
      this.W[l] = new Float64Array(widths[l] * widths[l - 1]);
      this.b[l] = new Float64Array(widths[l]);
      this.dW[l] = new Float64Array(this.W[l].length);
      this.db[l] = new Float64Array(this.b[l].length);
    }
    this.reset(seed);
    this.reserve(1);
  }

  /** Draw W afresh with variance gain / d_{l−1}; b starts at zero. */
  reset(seed) {
    const random = new Random(seed);
    const gain = ["relu", "leaky_relu", "gelu"].includes(this.activation) ? 2 : 1;
    for (let l = 1; l <= this.last; l++) {
      const scale = Math.sqrt(gain / this.widths[l - 1]);
      for (let i = 0; i < this.W[l].length; i++) this.W[l][i] = scale * random.normal();
      this.b[l].fill(0);
    }
  }

  /** Room for batches of up to `capacity` samples. */
  reserve(capacity) {
    this.capacity = capacity;
    this.z = {};
    this.a = {};
    this.delta = {};
    for (let l = 1; l <= this.last; l++) {
      for (const kept of [this.z, this.a, this.delta]) {
        kept[l] = new Float64Array(capacity * this.widths[l]);
      }
    }
  }

  /** ŷ for the n rows of X; z[l] and a[l] are kept for the way back. */
  forward(X, n) {
    if (n > this.capacity) this.reserve(n);
    this.n = n;
    this.a[0] = X;
    for (let l = 1; l <= this.last; l++) {
      affine(this.a[l - 1], this.W[l], this.b[l], n, this.widths[l - 1], this.widths[l], this.z[l]);
      if (l < this.last) {
        const { f } = this.phi;
        const z = this.z[l];
        const a = this.a[l];
        for (let i = 0; i < n * this.widths[l]; i++) a[i] = f(z[i]);
      } else {
        this.lossFunction.output(this.z[l], n, this.widths[l], this.a[l]);
      }
    }
    return this.a[this.last];
  }

  /** L of the last forward pass against the targets y. */
  loss(y) {
    return this.lossFunction.value(this.z[this.last], y, this.n, this.widths[this.last]);
  }

  /** Fill delta[l], dW[l] and db[l] with the gradients of L of the last forward pass. */
  backward(y) {
    const { n, last, widths } = this;
    this.lossFunction.delta(this.a[last], y, n, widths[last], this.delta[last]);
    for (let l = last; l >= 1; l--) {
      const rows = widths[l];
      const columns = widths[l - 1];
      outerSum(this.delta[l], this.a[l - 1], n, rows, columns, this.dW[l], this.db[l]);
      if (l > 1) {
        const { derivative } = this.phi;
        const back = this.delta[l - 1];
        const z = this.z[l - 1];
        timesTransposed(this.delta[l], this.W[l], n, rows, columns, back);
        for (let i = 0; i < n * columns; i++) back[i] *= derivative(z[i]);
      }
    }
  }

  /** θ ← θ − η ∂L/∂θ for every parameter, with the gradients of the last backward pass. */
  update(learningRate) {
    for (let l = 1; l <= this.last; l++) {
      for (let i = 0; i < this.W[l].length; i++) this.W[l][i] -= learningRate * this.dW[l][i];
      for (let i = 0; i < this.b[l].length; i++) this.b[l][i] -= learningRate * this.db[l][i];
    }
  }

  /** Parameters as nested arrays [[W1, b1], [W2, b2], …], as the Python side keeps them. */
  get weights() {
    return Array.from({ length: this.last }, (_, i) => {
      const [W, columns] = [this.W[i + 1], this.widths[i]];
      const rows = Array.from({ length: W.length / columns }, (_, r) =>
        Array.from(W.subarray(r * columns, (r + 1) * columns)),
      );
      return [rows, Array.from(this.b[i + 1])];
    });
  }

  set weights(layers) {
    layers.forEach(([W, b], i) => {
      this.W[i + 1].set(W.flat());
      this.b[i + 1].set(b);
    });
  }
}

/** Whether nested weights have the shapes of this network. */
export function weightsFit(weights, net) {
  return (
    weights.length === net.last &&
    weights.every(
      ([W, b], i) =>
        b.length === net.widths[i + 1] &&
        W.length === b.length &&
        W.every((row) => row.length === net.widths[i]),
    )
  );
}

/** into = A Wᵀ + b, with A (n × columns), W (rows × columns), into (n × rows). */
function affine(A, W, b, n, columns, rows, into) {
  for (let s = 0; s < n; s++) {
    for (let j = 0; j < rows; j++) {
      let sum = b[j];
      for (let i = 0; i < columns; i++) sum += W[j * columns + i] * A[s * columns + i];
      into[s * rows + j] = sum;
    }
  }
}

/** into = Δ W, the way back through a layer, with Δ (n × rows), W (rows × columns). */
function timesTransposed(delta, W, n, rows, columns, into) {
  for (let s = 0; s < n; s++) {
    for (let i = 0; i < columns; i++) {
      let sum = 0;
      for (let j = 0; j < rows; j++) sum += delta[s * rows + j] * W[j * columns + i];
      into[s * columns + i] = sum;
    }
  }
}

/** dW = Δᵀ A and db = the column sums of Δ. */
function outerSum(delta, A, n, rows, columns, dW, db) {
  dW.fill(0);
  db.fill(0);
  for (let s = 0; s < n; s++) {
    for (let j = 0; j < rows; j++) {
      const d = delta[s * rows + j];
      db[j] += d;
      for (let i = 0; i < columns; i++) dW[j * columns + i] += d * A[s * columns + i];
    }
  }
}

/** Mini-batch SGD over a data set, an epoch at a time; the order comes from its own seed. */
export class Trainer {
  constructor(net, X, y, { learningRate, batchSize, seed = 0 }) {
    const n = y.length / (net.lossFunction === LOSSES.cross_entropy ? 1 : net.widths[net.last]);
    Object.assign(this, { net, X, y, n, learningRate, batchSize: Math.min(batchSize, n), seed });
    this.width = net.widths[0];
    this.targets = y.length / n;
    this.batchX = new Float64Array(this.batchSize * this.width);
    this.batchY = new y.constructor(this.batchSize * this.targets);
    this.resume(0);
  }

  /** Go on as after so many epochs: the orders that follow are those that would have followed. */
  resume(epochs) {
    this.epochs = epochs;
    this.random = new Random(this.seed);
    this.random.skip(epochs * (this.n - 1)); // a permutation draws n − 1 numbers
  }

  /** One pass over the data: every sample once, in a new random order. */
  epoch(order = this.random.permutation(this.n)) {
    for (let start = 0; start < this.n; start += this.batchSize) {
      this.step(order.subarray(start, Math.min(start + this.batchSize, this.n)));
    }
    this.epochs += 1;
  }

  /** One update from the samples with these indices. */
  step(indices) {
    const { width, targets } = this;
    indices.forEach((sample, row) => {
      for (let i = 0; i < width; i++) this.batchX[row * width + i] = this.X[sample * width + i];
      for (let k = 0; k < targets; k++) this.batchY[row * targets + k] = this.y[sample * targets + k];
    });
    this.net.forward(this.batchX, indices.length);
    this.net.backward(this.batchY);
    this.net.update(this.learningRate);
  }

  /** The loss on the whole data set. */
  loss() {
    this.net.forward(this.X, this.n);
    return this.net.loss(this.y);
  }
}
