// A chain of single units, the smallest deep network: z₁ given, a = φ(z), z of the next unit = w a.
// The twin of `chain` in explorables/activation_gallery.py; a test holds the two equal.

/**
 * Follow the chain through `depth` units. Returns, one entry a unit, the pre-activations z, the
 * derivatives φ′(z), and product[m] = ∂a_m/∂z₁: every φ′ so far, times a weight for each step between.
 */
export function chain({ f, derivative }, z, weight, depth) {
  const run = { z: [], derivative: [], product: [] };
  let product = 1;
  for (let m = 0; m < depth; m++) {
    const slope = derivative(z);
    product *= m === 0 ? slope : weight * slope;
    run.z.push(z);
    run.derivative.push(slope);
    run.product.push(product);
    z = weight * f(z);
  }
  return run;
}
