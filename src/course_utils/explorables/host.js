// Runs explorables on a page without a kernel.
//
// The page carries the notebook's widgets as standard script tags: one with the state of all models
// (application/vnd.jupyter.widget-state+json) and one per place where a widget is shown
// (application/vnd.jupyter.widget-view+json). For each place the host makes a model with the
// interface that anywidget gives a front end, imports the module that the model's `_explorable`
// names, and calls its `render`.

const STATE = "application/vnd.jupyter.widget-state+json";
const VIEW = "application/vnd.jupyter.widget-view+json";
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

function readModels() {
  const models = new Map();
  for (const tag of document.querySelectorAll(`script[type="${STATE}"]`)) {
    for (const [id, { state }] of Object.entries(JSON.parse(tag.textContent).state)) {
      models.set(id, new StaticModel(state));
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

function complain(place, error) {
  console.error(error);
  const text = document.createElement("p");
  text.setAttribute("role", "alert");
  text.className = "explorable-failed";
  text.textContent =
    "This interactive figure could not start. Reloading the page may help. " +
    `The text does not depend on it. (${error.message})`;
  place.replaceChildren(text);
  place.dataset.state = "failed";
}

async function start(place, model) {
  place.dataset.state = "starting";
  try {
    if (!model) throw new Error("its data is missing from the page");
    const address = new URL(`./${model.get("_explorable")}.js${VERSION}`, import.meta.url);
    let { default: widget } = await import(address);
    if (typeof widget === "function") widget = await widget();
    const element = document.createElement("div");
    await widget.initialize?.({ model });
    place.replaceChildren(element);
    await widget.render({ model, el: element });
    place.dataset.state = "running";
  } catch (error) {
    complain(place, error);
  }
}

function startAll() {
  const models = readModels();
  const waiting = new Map();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        start(target, waiting.get(target));
      }
    },
    { rootMargin: MARGIN },
  );
  for (const tag of document.querySelectorAll(`script[type="${VIEW}"]`)) {
    const place = makePlace(tag);
    place.dataset.state = "waiting";
    waiting.set(place, models.get(JSON.parse(tag.textContent).model_id));
    observer.observe(place);
  }
}

startAll();
