// What pictures need: colours that follow the page's theme, sizes that follow the page's width.

let colors = new WeakMap(); // the palette as it was read from an element; until the theme changes

/** The present value of a palette colour, such as "class-0". */
export function color(el, name) {
  const known = colors.get(el) ?? {};
  colors.set(el, known);
  // While the style sheet is on its way there is no value to keep.
  return (known[name] ||= getComputedStyle(el).getPropertyValue(`--${name}`).trim());
}

/** A colour "#rrggbb" as [r, g, b]. */
export function rgb(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Call `work` when the browser has nothing to do for the reader, or soon where it can't tell. */
export const whenIdle = (work) => (globalThis.requestIdleCallback ?? setTimeout)(work);

const widths = new WeakMap(); // of what redrawWithPage watches

/** The width of `el` in whole pixels, without making the browser lay out what was changed just now. */
export const widthOf = (el) => widths.get(el) ?? Math.round(el.clientWidth);

/**
 * Call `draw` now, and again whenever the width of `el` or the page's theme changes.
 * Returns a function that stops it.
 */
export function redrawWithPage(el, draw) {
  const resized = new ResizeObserver(() => {
    const now = Math.round(el.clientWidth);
    if (now === widths.get(el) || now === 0) return;
    widths.set(el, now);
    draw();
  });
  const themed = new MutationObserver(() => {
    colors = new WeakMap();
    draw();
  });
  const options = { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light", "theme", "class"] };
  resized.observe(el);
  themed.observe(document.documentElement, options);
  themed.observe(document.body, options);
  return () => {
    resized.disconnect();
    themed.disconnect();
  };
}

/**
 * An empty canvas `width` × `height` in CSS pixels, sharp on dense screens; returns its 2-D context.
 * One that has this size already keeps its memory.
 */
export function sizeCanvas(canvas, width, height) {
  const density = Math.min(globalThis.devicePixelRatio || 1, 3);
  const [across, down] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/**
 * A grid over a square of the plane: `n` × `n` points from −extent to extent, row by row from the
 * top, as the (n², 2) input of a network.
 */
export function planeGrid(n, extent) {
  const points = new Float64Array(2 * n * n);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      const at = 2 * (row * n + column);
      points[at] = extent * ((2 * column) / (n - 1) - 1);
      points[at + 1] = extent * (1 - (2 * row) / (n - 1));
    }
  }
  return points;
}

const fields = new Map(); // for each n a canvas of n × n pixels and its image: to make new ones is slow

function fieldOf(n) {
  if (!fields.has(n)) {
    const context = new OffscreenCanvas(n, n).getContext("2d", { willReadFrequently: true });
    const image = new ImageData(n, n);
    image.data.fill(255); // opaque
    fields.set(n, { context, image });
  }
  return fields.get(n);
}

/** Tint a `size` × `size` square by the n × n values p in [0, 1], from the colour `low` to `high`. */
export function paintField(context, size, p, n, low, high) {
  const small = fieldOf(n);
  const { data } = small.image;
  for (let i = 0; i < n * n; i++) {
    for (let c = 0; c < 3; c++) data[4 * i + c] = low[c] + p[i] * (high[c] - low[c]);
  }
  small.context.putImageData(small.image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small.context.canvas, 0, 0, size, size);
}

/** Draw the line where the n × n values cross `level` (marching squares) over that square. */
export function paintContour(context, size, values, n, level) {
  const step = size / (n - 1);
  const crossing = (a, b) => (level - a) / (b - a);
  context.beginPath();
  for (let r = 0; r < n - 1; r++) {
    for (let c = 0; c < n - 1; c++) {
      const a = values[r * n + c];
      const b = values[r * n + c + 1];
      const d = values[(r + 1) * n + c];
      const e = values[(r + 1) * n + c + 1];
      const low = (a < level) + (b < level) + (d < level) + (e < level);
      if (low === 0 || low === 4) continue;
      const cuts = [];
      if (a < level !== b < level) cuts.push([c + crossing(a, b), r]);
      if (b < level !== e < level) cuts.push([c + 1, r + crossing(b, e)]);
      if (d < level !== e < level) cuts.push([c + crossing(d, e), r + 1]);
      if (a < level !== d < level) cuts.push([c, r + crossing(a, d)]);
      for (let i = 0; i + 1 < cuts.length; i += 2) {
        context.moveTo(cuts[i][0] * step, cuts[i][1] * step);
        context.lineTo(cuts[i + 1][0] * step, cuts[i + 1][1] * step);
      }
    }
  }
  context.stroke();
}

const FARTHEST_LOGIT = 6; // beyond it the probability stays within 0.0025 of 0 or 1
const TINT_STEPS = 16; // of a gradient: the probability between them is right to 0.007
const LEAST_SLOPE = 1e-6; // of a logit, per pixel: under it the square has one tint

/**
 * What paintField and paintContour sample, drawn whole where the logit is linear: in pixels
 * constant + across · x + down · y. The tint is the probability's, the line is that of p = 1/2.
 */
export function paintHalves(context, size, { constant, across, down }, low, high) {
  const tint = (logit) => `rgb(${low.map((from, i) => from + (high[i] - from) / (1 + Math.exp(-logit)))})`;
  const slope = Math.hypot(across, down);
  if (!(slope > LEAST_SLOPE)) {
    context.fillStyle = tint(constant);
    context.fillRect(0, 0, size, size);
    return;
  }
  const [nx, ny] = [across / slope, down / slope];
  const at = (logit) => [((logit - constant) / slope) * nx, ((logit - constant) / slope) * ny];
  const gradient = context.createLinearGradient(...at(-FARTHEST_LOGIT), ...at(FARTHEST_LOGIT));
  for (let i = 0; i <= TINT_STEPS; i++) gradient.addColorStop(i / TINT_STEPS, tint(FARTHEST_LOGIT * ((2 * i) / TINT_STEPS - 1)));
  context.fillStyle = gradient;
  context.fillRect(0, 0, size, size);
  const [x, y] = at(0);
  const far = 2 * size + Math.hypot(x, y);
  context.beginPath();
  context.moveTo(x - far * ny, y + far * nx);
  context.lineTo(x + far * ny, y - far * nx);
  context.stroke();
}

/** A data point of class k: filled circle, triangle or square, so that colour is not the only cue. */
export function paintPoint(context, x, y, k, radius, fill, edge) {
  context.beginPath();
  tracePoint(context, x, y, k, radius);
  context.fillStyle = fill;
  context.strokeStyle = edge;
  context.lineWidth = 1;
  context.fill();
  context.stroke();
}

const stamps = new Map();

/** A point of class k in one colour, drawn once for all the places that it is put to. */
function stamp(k, radius, fill, density) {
  const key = [k, radius, fill, density].join();
  if (!stamps.has(key)) {
    const half = Math.ceil(1.25 * radius * density) + 1; // pixels; a triangle reaches up the furthest
    const context = new OffscreenCanvas(2 * half, 2 * half).getContext("2d");
    context.setTransform(density, 0, 0, density, half, half);
    tracePoint(context, 0, 0, k, radius);
    context.fillStyle = fill;
    context.fill();
    stamps.set(key, { image: context.canvas.transferToImageBitmap(), half });
  }
  return stamps.get(key);
}

/**
 * Many points of one class at once, on whole pixels: faster than one by one, and a crowd keeps its
 * colour, for all edges lie below. They are those `members` of the list `points` (x, y, x, y, …)
 * that are of this class; `place` says where they go.
 */
export function paintPoints(context, { points, members, place }, k, radius, fill, edge) {
  const density = context.getTransform().a;
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  for (const [size, style] of [[radius + 1, edge], [radius, fill]]) {
    const { image, half } = stamp(k, size, style, density);
    for (const i of members) {
      const x = place.x(points[2 * i]) * density;
      const y = place.y(points[2 * i + 1]) * density;
      context.drawImage(image, Math.round(x) - half, Math.round(y) - half);
    }
  }
  context.restore();
}

function tracePoint(context, x, y, k, radius) {
  if (k === 0) {
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  } else if (k === 1) {
    context.moveTo(x, y - 1.25 * radius);
    context.lineTo(x + 1.15 * radius, y + 0.85 * radius);
    context.lineTo(x - 1.15 * radius, y + 0.85 * radius);
    context.closePath();
  } else context.rect(x - 0.9 * radius, y - 0.9 * radius, 1.8 * radius, 1.8 * radius);
}
