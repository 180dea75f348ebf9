// What pictures need: colours that follow the page's theme, sizes that follow the page's width.

/** The present value of a palette colour, such as "class-0". */
export function color(el, name) {
  return getComputedStyle(el).getPropertyValue(`--${name}`).trim();
}

/** A colour "#rrggbb" as [r, g, b]. */
export function rgb(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Call `draw` now, and again whenever the width of `el` or the page's theme changes.
 * Returns a function that stops it.
 */
export function redrawWithPage(el, draw) {
  let width = -1;
  const resized = new ResizeObserver(() => {
    const now = Math.round(el.clientWidth);
    if (now === width || now === 0) return;
    width = now;
    draw();
  });
  const themed = new MutationObserver(draw);
  const options = { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light", "theme", "class"] };
  resized.observe(el);
  themed.observe(document.documentElement, options);
  themed.observe(document.body, options);
  return () => {
    resized.disconnect();
    themed.disconnect();
  };
}

/** A canvas `width` × `height` in CSS pixels, sharp on dense screens; returns its 2-D context. */
export function sizeCanvas(canvas, width, height) {
  const density = Math.min(globalThis.devicePixelRatio || 1, 3);
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(density, 0, 0, density, 0, 0);
  return context;
}
