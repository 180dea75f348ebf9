// What the course adds to Sphinx's search: it finds formulas by their names, says in which section
// of a page they stand, and shows a result's text without LaTeX. Loaded after searchtools.js.

// A formula's name is an entry of the index, with its place on the cheat sheet and in its chapter.
const CHEAT_SHEET = "cheat_sheet";
// Where the parts of a result stand in it.
const [PAGE, TITLE, ANCHOR, SCORE] = [0, 1, 2, 4];

// Sphinx's own words, made to fit a course. (Its addTranslations evaluates text, which the policy forbids.)
Object.assign(Documentation.TRANSLATIONS, {
  "Search Results": "Results",
  "Search finished, found ${resultCount} page(s) matching the search query.": "Places found: ${resultCount}.",
  "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.":
    "Nothing found. Fewer words may help, or another form of a word.",
});

const words = (text) => splitQuery(text.toLowerCase()).filter((word) => !stopwords.includes(word));

/** Results for the index entries that hold every word of the query, each at least in part. */
function named(query) {
  const { indexentries, docnames, titles, filenames } = Search._index;
  const wanted = words(query);
  const found = [];
  for (const [entry, places] of Object.entries(indexentries)) {
    const has = words(entry);
    if (!wanted.length || !wanted.every((word) => has.some((other) => other.startsWith(word)))) continue;
    // The more of the name the query says, the better it fits.
    const fit = Math.min(1, wanted.join("").length / has.join("").length);
    for (const [file, id] of places) {
      const score = 100 + Math.round(100 * fit) + (docnames[file] === CHEAT_SHEET ? 1 : 0);
      found.push([docnames[file], titles[file], id ? `#${id}` : "", null, score, filenames[file]]);
    }
  }
  return found;
}

/** The title of a section, by its page's file and its anchor. */
function sectionTitles() {
  const found = new Map();
  for (const [title, places] of Object.entries(Search._index.alltitles)) {
    for (const [file, id] of places) found.set(`${Search._index.docnames[file]}#${id}`, title);
  }
  return found;
}

const perform = Search._performSearch;
Search._performSearch = (query, ...rest) => {
  const sections = sectionTitles();
  const best = new Map();
  // Sphinx's results come with the best one last.
  for (const result of [...named(query), ...perform(query, ...rest).reverse()]) {
    const place = result[PAGE] + result[ANCHOR];
    if (best.has(place) && best.get(place)[SCORE] >= result[SCORE]) continue;
    const section = result[ANCHOR] && sections.get(place);
    if (section && !result[TITLE].includes(" > ")) result[TITLE] += ` > ${section}`;
    best.set(place, result);
  }
  return [...best.values()].sort(_orderResultsByScoreThenName);
};

// A formula stands in a page three times: for screen readers, in LaTeX, and as drawn.
const textOf = Search.htmlToText;
Search.htmlToText = (html, anchor) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  page.querySelectorAll(".katex-html, annotation").forEach((part) => part.remove());
  // The place of a glossary's term is the term alone; its meaning stands behind it.
  const term = anchor && page.querySelector(`dt${anchor}`);
  if (term) term.append(" ", term.nextElementSibling.textContent);
  return textOf(page.documentElement.outerHTML, anchor);
};
