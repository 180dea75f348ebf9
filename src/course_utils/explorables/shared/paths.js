// Two more views of a gradient: the loss measured at a wiggled parameter, and the sum over the
// paths that lead from a parameter to the loss. BackwardPass has the twins in NumPy; a test holds
// them equal. A parameter is { l, at, i }: its layer, its index in the flat array, and its column
// (undefined for a bias).

import { Network } from "./engine.js";

/**
 * ε ↦ ΔL/ε: the change of the loss of one sample per unit when a parameter is raised by ε. `net` has
 * gone forward and stays as it is.
 */
export function differenceQuotient(net, lossName, y, parameter) {
  const other = new Network(net.widths, net.activation, lossName);
  other.weights = net.weights;
  const array = (parameter.i === undefined ? other.b : other.W)[parameter.l];
  const value = array[parameter.at];
  const before = net.loss(y);
  return (epsilon) => {
    array[parameter.at] = value + epsilon;
    other.forward(net.a[0], 1);
    return (other.loss(y) - before) / epsilon;
  };
}

/** ∂L/∂a of unit i in layer l, from the δ of the layer above: a sum over the units it feeds. */
export function gradientAtActivation(net, l, i) {
  let sum = 0;
  for (let j = 0; j < net.widths[l + 1]; j++) sum += net.W[l + 1][j * net.widths[l] + i] * net.delta[l + 1][j];
  return sum;
}

/**
 * Every way from a parameter to the output, as { units, steps, end, product }: the unit in each
 * layer, the { slope, weight } of each step, δ at the output, and the product of them all with what
 * the parameter multiplies (`first`). The products add up to the gradient.
 */
export function pathsToLoss(net, { l, at, i }) {
  const first = i === undefined ? 1 : net.a[l - 1][i];
  const unit = i === undefined ? at : Math.floor(at / net.widths[l - 1]);
  let paths = [{ first, units: [unit], steps: [] }];
  for (let k = l; k < net.last; k++) paths = paths.flatMap((path) => continuations(net, k, path));
  return paths.map((path) => {
    const end = net.delta[net.last][path.units.at(-1)];
    return { ...path, end, product: path.steps.reduce((p, step) => p * step.slope * step.weight, path.first) * end };
  });
}

/** A path that has come to layer k, led on to each unit of layer k + 1. */
function continuations(net, k, path) {
  const from = path.units.at(-1);
  const slope = net.phi.derivative(net.z[k][from]);
  return Array.from({ length: net.widths[k + 1] }, (_, to) => {
    const step = { slope, weight: net.W[k + 1][to * net.widths[k] + from], l: k + 1, to, from };
    return { ...path, units: [...path.units, to], steps: [...path.steps, step] };
  });
}
