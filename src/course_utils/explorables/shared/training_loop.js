// What the explorables share that train a network while the reader watches.

import { isWhole } from "./controls.js";
import { reducedMotion } from "./drawing.js";
import { weightsFit } from "./engine.js";

// After a picture the loop rests so many times as long as it took to compute (the browser needs
// about twice as long again to paint it). A slow machine then has time for the reader's inputs; a
// fast one still shows every frame.
const REST = 4;

/**
 * Train while the reader watches: `epochs(count)` trains and tells whether to go on, `draw` shows
 * the result, `publish` hands it to the model now and then and at every pause. For readers who ask
 * for less motion there is one new picture a second.
 */
export function trainingLoop({ epochs, draw, publish, perFrame = 1 }) {
  let running = false;
  let request = 0;
  let frames = 0;

  function halt() {
    running = false;
    cancelAnimationFrame(request);
  }

  const loop = {
    get running() {
      return running;
    },
    start() {
      if (running) return;
      running = true;
      let next = 0;
      const tick = (now) => {
        if (!running) return;
        request = requestAnimationFrame(tick);
        if (now < next) return;
        const calm = reducedMotion();
        const began = performance.now();
        const goesOn = epochs((calm ? 60 : 1) * perFrame);
        if (!goesOn) loop.pause();
        else {
          if (++frames % 30 === 0 || calm) publish();
          draw();
        }
        next = now + (calm ? 1000 : REST * (performance.now() - began));
      };
      request = requestAnimationFrame(tick); // which draws, in the same frame as a click
    },
    pause() {
      if (!running) return;
      halt();
      publish();
      draw();
    },
    /** Stop without a picture and without a word to the model: the caller sees to both. */
    halt,
  };
  return loop;
}

/** Whether a state from a link may say this of the training of `net`. */
export function trainingFits({ seed, epochs, learning_rate, weights }, net) {
  return isWhole(seed, 0) && isWhole(epochs, 0) && learning_rate > 0 && weightsFit(weights, net);
}

/** How many points a trainer's network, with a single output, puts on the right side after `loss()`. */
export function countRight(trainer) {
  const p = trainer.net.a[trainer.net.last];
  let right = 0;
  for (let i = 0; i < trainer.n; i++) right += p[i] > 0.5 === trainer.y[i] > 0.5;
  return right;
}
