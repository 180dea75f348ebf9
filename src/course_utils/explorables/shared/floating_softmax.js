// Softmax and cross-entropy of one sample as a computer's numbers give them: in double or single
// precision, with or without the largest logit subtracted. Twin: course_utils/explorables/softmax.py.

const exact = (value) => value;

/** The ways to compute: how each result is rounded, and whether the largest logit is subtracted. */
export const ARITHMETIC = {
  float64: { round: exact, subtract: false, largest: Number.MAX_VALUE },
  float32: { round: Math.fround, subtract: false, largest: 3.4028234663852886e38 },
  "float32-max": { round: Math.fround, subtract: true, largest: 3.4028234663852886e38 },
};

/**
 * Softmax and cross-entropy of logits z at temperature T, step by step, every result rounded.
 * Returns exponents, exponentials, total, probabilities, loss and errors p − y; what can't be
 * computed is NaN or infinite, as in NumPy.
 */
export function floatingSoftmax(z, temperature, trueClass, arithmetic) {
  const { round, subtract } = ARITHMETIC[arithmetic];
  const scaled = z.map((v) => round(round(v) / round(temperature)));
  const top = subtract ? Math.max(...scaled) : 0;
  const exponents = scaled.map((v) => round(v - top));
  const exponentials = exponents.map((v) => round(Math.exp(v)));
  const total = exponentials.reduce((sum, v) => round(sum + v), 0);
  const probabilities = exponentials.map((v) => round(v / total));
  const loss = subtract
    ? round(round(Math.log(total)) - exponents[trueClass])
    : -round(Math.log(probabilities[trueClass]));
  const errors = probabilities.map((p, k) => round(p - (k === trueClass ? 1 : 0)));
  return { exponents, exponentials, total, probabilities, loss, errors };
}
