// What a page needs beyond HTML and CSS: the colour switch, copy buttons, the contents list that
// follows the reader, and keyboard access to what scrolls sideways. All of it is an extra: without
// JavaScript every page can be read and every link works.
//
// A classic script in a function of its own, not a module: those don't load on a page that is opened
// from a file.

(() => {
const root = document.documentElement;
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

// --- light, dark, or as the system has it ---------------------------------------------------------

const MODES = { auto: "as the system", light: "light", dark: "dark" };

function applyMode(mode) {
  root.dataset.mode = mode;
  root.dataset.theme = mode === "auto" ? (systemIsDark.matches ? "dark" : "light") : mode;
  const button = document.querySelector(".theme-switch");
  button.querySelector(".label").textContent = `Colours: ${MODES[mode]}`;
}

function setUpThemeSwitch() {
  const button = document.querySelector(".theme-switch");
  button.hidden = false;
  applyMode(root.dataset.mode in MODES ? root.dataset.mode : "auto");
  button.addEventListener("click", () => {
    // The first press always changes something.
    const order = systemIsDark.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    const mode = order[(order.indexOf(root.dataset.mode) + 1) % order.length];
    try {
      localStorage.setItem("mode", mode);
    } catch {
      // Storage is switched off: the choice lasts for this page.
    }
    applyMode(mode);
  });
  systemIsDark.addEventListener("change", () => applyMode(root.dataset.mode));
}

// --- copy buttons ---------------------------------------------------------------------------------

async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Pages opened from a file have no clipboard object.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

function setUpCopyButtons() {
  for (const block of document.querySelectorAll(".cell_input .highlight, [class*=highlight-]:not(.cell_output *) > .highlight")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy the code");
    button.addEventListener("click", async () => {
      let done = "Copied";
      try {
        await copyText(block.querySelector("pre").textContent);
      } catch {
        done = "Copying failed";
      }
      button.textContent = done;
      setTimeout(() => (button.textContent = "Copy"), 1500);
    });
    block.append(button);
  }
}

// --- what scrolls sideways can be reached by keyboard ---------------------------------------------

const SCROLLERS = {
  pre: "Code, scrolls sideways",
  ".math-display": "Formula, scrolls sideways",
  ".scroll": "Table, scrolls sideways",
  ".output.text_html": "Output, scrolls sideways",
  ".picture": "Figure, scrolls sideways",
};

function setUpScrollers() {
  const watcher = new ResizeObserver((entries) => entries.forEach(({ target }) => mark(target)));
  function mark(box) {
    if (box.scrollWidth > box.clientWidth + 1) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", box.dataset.label);
    } else if (box.hasAttribute("tabindex")) {
      for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
    }
  }
  // Only what comes near the window is measured: measuring all would lay out the whole page at once.
  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        watcher.observe(target);
        // Formulas grow when their fonts arrive, their boxes don't.
        document.fonts.ready.then(() => mark(target));
      }
    },
    { rootMargin: "100% 0px" },
  );
  for (const [selector, label] of Object.entries(SCROLLERS)) {
    for (const box of document.querySelectorAll(`article ${selector}`)) {
      box.dataset.label = label;
      near.observe(box);
    }
  }
}

// --- contents of the page -------------------------------------------------------------------------

function setUpContents() {
  const contents = document.querySelector(".page-contents details");
  if (!contents) return;
  const wide = matchMedia("(min-width: 80rem)");
  const unfold = () => (contents.open = wide.matches);
  wide.addEventListener("change", unfold);
  unfold();

  const links = new Map();
  for (const link of contents.querySelectorAll("a[href^='#']")) {
    const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (section) links.set(section, link);
  }
  const visible = new Set();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) visible.add(target);
        else visible.delete(target);
      }
      // Of nested sections the innermost, which comes last in the document, is where the reader is.
      const here = [...links.keys()].filter((section) => visible.has(section)).at(-1);
      for (const [section, link] of links) {
        if (section === here) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    },
    { rootMargin: "-15% 0px -80% 0px" },
  );
  for (const section of links.keys()) observer.observe(section);
}

// --- the rest -------------------------------------------------------------------------------------

function showCurrentPageInNavigation() {
  const nav = document.getElementById("course-nav");
  const current = nav.querySelector("[aria-current]");
  if (current && nav.scrollHeight > nav.clientHeight) {
    nav.scrollTop = current.offsetTop - nav.clientHeight / 2;
  }
}

function setUpSearchKey() {
  addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const nav = document.getElementById("course-nav");
    if (getComputedStyle(nav).display === "none") nav.showPopover();
    nav.querySelector("input").focus();
  });
}

// On paper a fold can't be opened.
function setUpPrinting() {
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("article details:not([open])")];
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
  });
}

// A link to something inside a fold opens the fold.
function openFoldOfTarget() {
  for (let fold = target()?.closest("details"); fold; fold = fold.parentElement.closest("details")) {
    fold.open = true;
  }
}

/** What the address points to; nothing where its end is damaged. */
function target() {
  try {
    return document.getElementById(decodeURIComponent(location.hash.slice(1)));
  } catch {
    return null;
  }
}

// Where the explorables' host can't load, their stills stand in for them.
function setUpStills() {
  const host = document.querySelector('script[src*="/explorables/host.js"]');
  const show = (how) => {
    for (const still of document.querySelectorAll(".still-place")) still.outerHTML = still.textContent;
    for (const place of document.querySelectorAll(".still .how")) place.textContent = how;
  };
  if (host && location.protocol === "file:") {
    show(
      "This is how the figure starts. It moves on a page that comes from a server: run " +
        "“python3 -m http.server” in the folder of this page and open http://localhost:8000.",
    );
  } else host?.addEventListener("error", () => show("This is how the figure starts."));
}

setUpThemeSwitch();
setUpCopyButtons();
setUpScrollers();
setUpContents();
showCurrentPageInNavigation();
setUpSearchKey();
setUpPrinting();
setUpStills();
openFoldOfTarget();
addEventListener("hashchange", openFoldOfTarget);
})();
