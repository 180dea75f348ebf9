// Before anything is drawn, so that no page flashes in the wrong colours.
(() => {
  let mode = "auto";
  try { mode = localStorage.getItem("mode") || mode; } catch { /* storage is switched off */ }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const root = document.documentElement;
  root.dataset.mode = mode;
  root.dataset.theme = mode === "auto" ? (dark ? "dark" : "light") : mode;
})();
