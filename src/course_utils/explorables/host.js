// Runs explorables on a page without a kernel.
//
// The page carries the notebook's widgets as standard script tags: one with the state of all models
// (application/vnd.jupyter.widget-state+json) and one per place where a widget is shown
// (application/vnd.jupyter.widget-view+json). For each place the host makes a model with the
// interface that anywidget gives a front end, imports the module that the model's `_explorable`
// names, and calls its `render`.

const STATE = "application/vnd.jupyter.widget-state+json";
const VIEW = "application/vnd.jupyter.widget-view+json";
const FAILED =
  "This interactive figure could not start. Reloading the page may help. The text does not depend on it.";
const UNREADABLE =
  "The link to a state of this figure couldn't be read: it may be damaged, or made for another " +
  "version of this page. So here is the start.";
// An explorable starts a screen before it comes into sight.
const MARGIN = "100% 0px";
// All modules of one version of the site carry the same query, so a cache can't mix two versions.
const { search: VERSION } = new URL(import.meta.url);

/** The model of one widget, as a front end sees it; changes stay in the page. */
export class StaticModel {
  #state;
  #listeners = new Map();

  constructor(state) {
    this.#state = { ...state };
  }

  get(name) {
    return this.#state[name];
  }

  /** Takes `set(name, value)` or `set({name: value, …})`; tells listeners at once, as live. */
  set(name, value) {
    const changes = typeof name === "object" ? name : { [name]: value };
    const changed = Object.keys(changes).filter((key) => !Object.is(this.#state[key], changes[key]));
    Object.assign(this.#state, changes);
    for (const key of changed) this.#tell(`change:${key}`, this.#state[key]);
    if (changed.length) this.#tell("change");
  }

  /** Live, this sends changes to Python; here there is nobody to send them to. */
  save_changes() {}
  send() {}

  on(names, listener) {
    for (const name of names.split(/\s+/)) {
      if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
      this.#listeners.get(name).add(listener);
    }
  }

  /** Without a listener all listeners of these events go, without names all listeners. */
  off(names, listener) {
    if (names == null) return this.#listeners.clear();
    for (const name of names.split(/\s+/)) {
      if (listener) this.#listeners.get(name)?.delete(listener);
      else this.#listeners.delete(name);
    }
  }

  #tell(event, ...values) {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(this, ...values);
  }
}

/** The models of the page by their id: each with its state at the start. */
function readModels() {
  const models = new Map();
  for (const tag of document.querySelectorAll(`script[type="${STATE}"]`)) {
    for (const [id, { state }] of Object.entries(JSON.parse(tag.textContent).state)) {
      models.set(id, { state, model: new StaticModel(state) });
    }
  }
  return models;
}

/** A place for the widget after its script tag; it keeps room, so that the text doesn't jump. */
function makePlace(tag) {
  const place = document.createElement("div");
  place.className = "explorable-place";
  tag.after(place);
  return place;
}

function paragraph(name, ...content) {
  const p = document.createElement("p");
  p.className = name;
  p.append(...content);
  if (name !== "explorable-link") p.setAttribute("role", "alert");
  return p;
}

function complain(place, error) {
  console.error(error);
  place.replaceChildren(paragraph("explorable-failed", `${FAILED} (${error.message})`));
  place.dataset.state = "failed";
  const still = place.nextElementSibling;
  if (still?.matches(".still-place")) still.outerHTML = still.textContent;
}

/**
 * Start the explorable of a seat { place, state, model }: in its place on the page, with its state
 * at the start and a model. `data` is what a link brings; where that can't be used, we say so and
 * start as ever.
 */
async function start(seat, data) {
  const { place, state } = seat;
  place.dataset.state = "starting";
  try {
    seat.stop?.();
    if (!state) throw new Error("its data is missing from the page");
    const address = new URL(`./${state._explorable}.js${VERSION}`, import.meta.url);
    let { default: widget } = await import(address);
    if (typeof widget === "function") widget = await widget();
    if (data === undefined) await show(seat, widget, seat.model);
    else {
      try {
        const { changesIn } = await import("./state_link.js");
        await show(seat, widget, new StaticModel({ ...state, ...(await changesIn(data, state, widget)) }));
      } catch {
        await show(seat, widget, new StaticModel(state));
        place.prepend(paragraph("explorable-notice", UNREADABLE));
      }
    }
    place.dataset.state = "running";
  } catch (error) {
    complain(place, error);
  }
}

async function show(seat, widget, model) {
  const element = document.createElement("div");
  await widget.initialize?.({ model });
  seat.place.replaceChildren(element);
  seat.stop = await widget.render({ model, el: element });
  seat.place.append(linkLine(seat, widget, model));
}

/** A line with a button that copies the address of this page with the state of the explorable. */
function linkLine(seat, widget, model) {
  const press = document.createElement("button");
  const said = document.createElement("span");
  press.type = "button";
  press.textContent = "Copy link to this state";
  said.setAttribute("role", "status");
  press.addEventListener("click", async () => {
    const { copyLink } = await import("./state_link.js");
    said.textContent = "";
    said.textContent = await copyLink(seat.name, model, seat.state, widget);
  });
  return paragraph("explorable-link", press, " ", said);
}

/** Where the address names the state of an explorable, open it there. */
async function followLink(seats) {
  if (!location.hash.startsWith("#state=")) return;
  const [, name, data] = /^#state=([\w-]+)\.(.+)$/.exec(location.hash) ?? [];
  const named = seats.find((seat) => seat.name === name);
  const seat = named ?? seats[0];
  await start(seat, named ? data : "");
  // What stands above grows when it starts, and would push this one out of sight.
  for (const above of seats.slice(0, seats.indexOf(seat))) {
    if (above.place.dataset.state === "waiting") await start(above);
  }
  seat.place.tabIndex = -1;
  seat.place.focus({ preventScroll: true });
  seat.place.scrollIntoView();
}

async function startAll() {
  const models = readModels();
  const seats = new Map();
  const count = {};
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        if (target.dataset.state === "waiting") start(seats.get(target));
      }
    },
    { rootMargin: MARGIN },
  );
  for (const tag of document.querySelectorAll(`script[type="${VIEW}"]`)) {
    const place = makePlace(tag);
    place.dataset.state = "waiting";
    const found = models.get(JSON.parse(tag.textContent).model_id);
    const kind = found?.state._explorable;
    count[kind] = (count[kind] ?? 0) + 1;
    seats.set(place, { place, name: `${kind}-${count[kind]}`, ...found });
  }
  const follow = () => followLink([...seats.values()]);
  addEventListener("hashchange", follow);
  await follow(); // first, so that no other state is seen before
  for (const place of seats.keys()) observer.observe(place);
}

startAll();
