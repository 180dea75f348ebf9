// The state of an explorable as the end of an address, and back. The host loads this when a link is
// copied or opened, and not before.
//
// A link holds the traits that differ from the page's start, as JSON, deflated, in base64url. It may
// come from anybody, so all that it brings is checked: the traits' names and types here, what values
// there are by the explorable itself, in `accepts(state)`.

const MOST_BYTES = 12000; // of a link's data: what mail programs and chats let through
const MOST_TEXT = 200000; // characters of JSON, so that a few bytes can't unfold to gigabytes

/** Copy the address of this page with the state of a model; returns what to tell the reader. */
export async function copyLink(name, model, start, widget) {
  const changed = Object.keys(start).filter((trait) => isOpen(trait) && !same(model.get(trait), start[trait]));
  const text = JSON.stringify(Object.fromEntries(changed.map((trait) => [trait, model.get(trait)])));
  let bytes;
  try {
    check(JSON.parse(text), start, widget); // what can't be opened isn't handed out
    bytes = await packed(text);
  } catch {
    return "This state can't be put into a link.";
  }
  if (bytes.length > MOST_BYTES) return "This state is too long for a link.";
  const link = `${location.href.split("#")[0]}#state=${name}.${toBase64(bytes)}`;
  history.replaceState(history.state, "", link);
  try {
    await navigator.clipboard.writeText(link);
    return "Link copied.";
  } catch {
    return "The link stands in the address bar: copy it there.";
  }
}

/** The changed traits that a link's data holds; throws where they aren't a state of this explorable. */
export async function changesIn(data, start, widget) {
  return check(JSON.parse(await unpacked(fromBase64(data))), start, widget);
}

function check(changes, start, widget) {
  if (!isRecord(changes)) throw new TypeError("no traits");
  for (const [trait, value] of Object.entries(changes)) {
    if (!isOpen(trait) || !Object.hasOwn(start, trait)) throw new TypeError(`no trait ${trait}`);
    // Only the explorable knows which arrays may be longer than at the start.
    if (!isLike(value, start[trait], Boolean(widget.accepts))) throw new TypeError(`a wrong ${trait}`);
  }
  if (widget.accepts && !widget.accepts({ ...start, ...changes })) throw new RangeError("no state of it");
  return changes;
}

const isOpen = (trait) => !trait.startsWith("_"); // the others are the notebook's data
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a value has the type of an example: the same nesting, and finite numbers at its leaves. */
function isLike(value, example, anyLength) {
  if (Array.isArray(example)) {
    const lengthFits = anyLength || value.length === example.length;
    return Array.isArray(value) && lengthFits && value.every((v, i) => isLike(v, example[i] ?? example.at(-1), anyLength));
  }
  if (isRecord(example)) return isRecord(value) && Object.values(value).every((v) => typeof v === "string");
  return typeof value === typeof example && (typeof value !== "number" || Number.isFinite(value));
}

// --- bytes ----------------------------------------------------------------------------------------

const through = (bytes, stream) => new Blob([bytes]).stream().pipeThrough(stream);

async function packed(text) {
  const stream = through(text, new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function unpacked(bytes) {
  let text = "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (const reader = through(bytes, new DecompressionStream("deflate-raw")).getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length > MOST_TEXT) throw new RangeError("too long");
  }
}

function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64(data) {
  if (data.length > 2 * MOST_BYTES) throw new RangeError("too long");
  return Uint8Array.from(atob(data.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}
