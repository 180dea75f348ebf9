// The parts every explorable is put together from: its frame, its few controls, its words.

const MINUS = "−";

/** A number for people: six significant digits at most, a true minus, words for what overflows. */
export function num(value, digits = 6) {
  if (Number.isNaN(value)) return "undefined";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  const size = Math.abs(value);
  const text =
    size !== 0 && (size >= 1e6 || size < 1e-4)
      ? value.toExponential(2).replace("e+", "e")
      : String(Number(value.toPrecision(digits)));
  return text.replaceAll("-", MINUS);
}

/** A number as a factor in a sum or product: negative ones stand in brackets. */
export function factor(value) {
  return value < 0 ? `(${num(value)})` : num(value);
}

// --- elements ---------------------------------------------------------------------------------------

/** An HTML element with attributes (onclick and the like as functions) and children. */
export function element(tag, attributes = {}, ...children) {
  return fill(makeNode({ tag }), attributes, present(children));
}

/** The same for SVG. */
export function svgElement(tag, attributes = {}, ...children) {
  return fill(makeNode({ tag, svg: true }), attributes, present(children));
}

const present = (children) => children.flat().filter((child) => child != null);

function makeNode({ tag, svg }) {
  return svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) attach(node, name, value);
  node.append(...children);
  return node;
}

function attach(node, name, value) {
  if (typeof value === "function") node.addEventListener(name.slice(2), value);
  else if (value === true) node.setAttribute(name, "");
  else if (value !== false && value != null) node.setAttribute(name, value);
  else node.removeAttribute(name);
}

// --- what is drawn anew with every change of the state ------------------------------------------------

/**
 * A description of an element, for redraw: attributes and children as for `element`. It costs next
 * to nothing, and becomes an element only where there is none yet that could be changed.
 */
export function draft(tag, attributes = {}, ...children) {
  return { tag, svg: false, attributes, children: asDrafts(children), node: null };
}

/** The same for SVG. */
export function svgDraft(tag, attributes = {}, ...children) {
  return { tag, svg: true, attributes, children: asDrafts(children), node: null };
}

const asDrafts = (children) => present(children).map((child) => (typeof child === "object" ? child : textDraft(String(child))));
const textDraft = (text) => ({ tag: "", svg: false, attributes: {}, children: [], node: null, text });

const shownIn = new WeakMap(); // for each place the drafts that it shows, each with its node

/**
 * Show these drafts inside `place`, of which nothing else changes the children, instead of what was
 * drawn there before. What is the same stays: the browser then lays out and paints little, and the
 * focus, a captured pointer and attributes that came from elsewhere stay, too. Elements of different
 * data-key or data-part are never the same; one of the same is moved to where it now belongs.
 */
export function redraw(place, ...drawn) {
  const fresh = asDrafts(drawn);
  if (!shownIn.has(place)) place.replaceChildren();
  updateChildren(place, shownIn.get(place) ?? [], fresh);
  shownIn.set(place, fresh);
}

function updateChildren(place, before, now) {
  let same = 0;
  while (same < before.length && same < now.length && isSame(before[same], now[same])) {
    renew(before[same], now[same]);
    same += 1;
  }
  if (same < before.length || same < now.length) rearrange(place, before.slice(same), now.slice(same), same);
}

/** From the child at `start` on: each draft takes over the next element that is the same, wherever it stood. */
function rearrange(place, spare, now, start) {
  const pairs = now.map((fresh) => {
    const at = spare.findIndex((old) => isSame(old, fresh));
    return [at < 0 ? null : spare.splice(at, 1)[0], fresh];
  });
  for (const old of spare) old.node.remove();
  let next = place.childNodes[start] ?? null;
  for (const [old, fresh] of pairs) {
    if (old) renew(old, fresh);
    else realise(fresh);
    if (fresh.node === next) next = next.nextSibling;
    else place.insertBefore(fresh.node, next);
  }
}

const isSame = (old, fresh) =>
  old.tag === fresh.tag &&
  old.svg === fresh.svg &&
  old.attributes["data-key"] === fresh.attributes["data-key"] &&
  old.attributes["data-part"] === fresh.attributes["data-part"];

function realise(fresh) {
  claim(fresh, fresh.tag ? makeNode(fresh) : document.createTextNode(fresh.text));
  return fresh.tag ? fill(fresh.node, fresh.attributes, fresh.children.map(realise)) : fresh.node;
}

function claim(fresh, node) {
  if (fresh.node) throw new Error("a draft stands for one element, but this one was shown before");
  fresh.node = node;
}

function renew(old, fresh) {
  if (old === fresh) return;
  const { node } = old;
  claim(fresh, node);
  if (old.text !== fresh.text) node.data = fresh.text;
  const [was, is] = [old.attributes, fresh.attributes];
  for (const name in was) if (!(name in is)) reattach(node, name, was[name], null);
  for (const name in is) if (was[name] !== is[name]) reattach(node, name, was[name], is[name]);
  updateChildren(node, old.children, fresh.children);
}

function reattach(node, name, was, is) {
  if (typeof was === "function") node.removeEventListener(name.slice(2), was);
  attach(node, name, is);
}

// --- the frame, and controls --------------------------------------------------------------------------

/**
 * The frame of an explorable, top to bottom: question, stage, controls, state in words, workings
 * (what may grow and must not push the controls away), challenges. Returns the places to fill; `say` sets the state line, which screen readers announce once the
 * reader has paused, so that dragging doesn't flood them.
 */
export function frame(el, { name, title, challenges = [] }) {
  const stage = element("div", { class: "stage" });
  const controls = element("div", { class: "controls" });
  const status = element("p", { class: "status" });
  const announcer = element("p", { class: "unseen", role: "status", "aria-live": "polite" });
  const workings = element("div", { class: "workings columns" });
  const goals = challenges.map((goal) => ({ ...goal, item: element("li", {}, goal.text) }));
  const heading = element("p", { class: "title" }, title);
  el.classList.add("explorable");
  el.dataset.explorable = name;
  // Else the arrow keys would be JupyterLab's: it looks at the element that has the focus.
  el.addEventListener("focusin", ({ target }) => (target.dataset.lmSuppressShortcuts = "true"));
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", title);
  el.replaceChildren(heading, stage, controls, status, announcer, workings);
  if (goals.length) {
    el.append(element("ul", { class: "challenges", "aria-label": "Challenges" }, goals.map((g) => g.item)));
  }
  let pause;
  return {
    stage,
    controls,
    workings,
    say(text, wrong = false) {
      if (status.textContent === text) return;
      status.textContent = text;
      status.classList.toggle("wrong", wrong);
      clearTimeout(pause);
      pause = setTimeout(() => (announcer.textContent = text), 500);
    },
    /** Tick every challenge whose test the state passes; a tick stays. */
    judge(state) {
      for (const goal of goals) {
        if (goal.item.classList.contains("met") || !goal.test(state)) continue;
        goal.item.classList.add("met");
        goal.item.append(element("span", { class: "unseen" }, " (done)"));
      }
    },
  };
}

/** A button; `label` can be changed later through textContent. */
export function button(label, onPress, kind = "") {
  return element("button", { type: "button", class: kind, onclick: onPress }, label);
}

/** A row of buttons. */
export function buttons(...list) {
  return element("div", { class: "buttons" }, list);
}

/** One of a few options, as radio buttons; `show(value)` follows a change from elsewhere. */
export function choice({ label, options, onChange }) {
  const name = `choice-${Math.random().toString(36).slice(2)}`;
  const inputs = options.map(([value, text]) => {
    const input = element("input", { type: "radio", name, value, onchange: () => onChange(value) });
    return { value, input, row: element("label", {}, input, text) };
  });
  return {
    el: element(
      "fieldset",
      {},
      element("legend", {}, label),
      element("div", { class: "choices" }, inputs.map((option) => option.row)),
    ),
    show(value) {
      for (const option of inputs) option.input.checked = option.value === value;
    },
  };
}

/** A slider over a list of values; the label carries the value, `show` takes any number. */
export function slider({ label, values, format = num, onInput }) {
  const output = element("output");
  const input = element("input", { type: "range", min: 0, max: values.length - 1, step: 1 });
  const id = `slider-${Math.random().toString(36).slice(2)}`;
  input.id = id;
  input.addEventListener("input", () => onInput(values[Number(input.value)]));
  return {
    el: element("div", { class: "slider" }, element("label", { for: id }, `${label} `, output), input),
    show(value) {
      const distance = values.map((v) => Math.abs(v - value));
      input.value = distance.indexOf(Math.min(...distance));
      output.textContent = format(value);
      input.setAttribute("aria-valuetext", format(value));
    },
  };
}

/** Numbers of two significant digits from low to high: 0.001, 0.0011, …: even on a log scale. */
export function logScale(low, high) {
  const values = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
    for (let digits = 10; digits < 100; digits++) {
      const value = Number(`${digits}e${power - 1}`);
      if (value >= low && value <= high) values.push(value);
    }
  }
  return values;
}

/**
 * Elements that show the same thing carry the same data-key: pointing at one, or moving the
 * keyboard's focus to it, lights them all. Call what it returns after a redraw.
 */
export function linkHighlights(root) {
  let key;
  const light = () => {
    for (const node of root.querySelectorAll(".lit")) node.classList.toggle("lit", node.dataset.key === key);
    if (key === undefined) return;
    for (const node of root.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)) node.classList.add("lit");
  };
  for (const type of ["pointerover", "focusin", "pointerleave", "focusout"]) {
    root.addEventListener(type, ({ target }) => {
      const now = target.closest?.("[data-key]")?.dataset.key;
      if (now === key) return;
      key = now;
      light();
    });
  }
  return light;
}

/**
 * One tab stop for the elements in `place` that match `selector`, arrow keys among them. Its
 * `redraw` shows others there; the stop stays at its position, or goes to the element of this key.
 */
export function roving(place, selector) {
  let index = 0;
  const members = () => [...place.querySelectorAll(selector)];
  const go = (nodes, to) => {
    index = Math.max(0, Math.min(nodes.length - 1, to));
    nodes.forEach((node, i) => {
      const stop = i === index ? "0" : "-1";
      if (node.getAttribute("tabindex") !== stop) node.setAttribute("tabindex", stop);
    });
  };
  place.addEventListener("focusin", ({ target }) => {
    const nodes = members();
    if (nodes.includes(target)) go(nodes, nodes.indexOf(target));
  });
  place.addEventListener("keydown", (event) => {
    const moves = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
    const nodes = members();
    if (!(event.key in moves) || !nodes.includes(event.target)) return;
    event.preventDefault();
    go(nodes, index + moves[event.key]);
    nodes[index].focus();
  });
  go(members(), 0);
  return {
    redraw(drawn, key) {
      const hadFocus = place.contains(document.activeElement);
      redraw(place, ...drawn);
      const nodes = members();
      const at = nodes.findIndex((node) => node.dataset.key === key);
      go(nodes, at < 0 ? index : at);
      if (hadFocus && !place.contains(document.activeElement)) nodes[index].focus();
    },
  };
}

/** Whether a value is a whole number from `low` to `high`. */
export function isWhole(value, low, high = Number.MAX_SAFE_INTEGER) {
  return Number.isInteger(value) && value >= low && value <= high;
}

/** Whether all of these values are within −limit … limit, and there are `count` of them. */
export function areWithin(values, limit, count = values.length) {
  return values.length === count && values.every((v) => Math.abs(v) <= limit);
}

/** Call `draw` whenever one of these traits changes; returns a function that stops it. */
export function watch(model, traits, draw) {
  for (const name of traits) model.on(`change:${name}`, draw);
  return () => traits.forEach((name) => model.off(`change:${name}`, draw));
}

/**
 * For a view that keeps traits and draws them: `elsewhere` is called whenever Python or another view
 * changes one of these. `set` changes several as one and then calls `after`; `unfollow` ends it.
 */
export function follow(model, traits, elsewhere, after = elsewhere) {
  let setting = false;
  const unfollow = watch(model, traits, () => setting || elsewhere());
  const set = (change) => {
    setting = true;
    save(model, change);
    setting = false;
    after();
  };
  return { set, unfollow };
}

/** Set traits and send them to Python where there is a kernel. */
export function save(model, change) {
  for (const [name, value] of Object.entries(change)) model.set(name, value);
  model.save_changes();
}
