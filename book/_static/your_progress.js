// The page "Your progress": what the reader has done in all chapters; export, import, reset.
// progress.js, which stands in the script of every page, holds the data and describes its shape.

(() => {
  const { EMPTY, KEY, chapters, element, follow, merge, read, tally, write } = window.courseProgress;
  const page = document.getElementById("progress-overview");
  const part = (selector) => page.querySelector(selector);
  const said = part(".said");
  const undo = part(".undo");
  const LARGEST_FILE = 1_000_000; // bytes; that of a reader who has done everything has 30,000

  const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  const contents = ({ sectionsDone, firstAnswers }) =>
    `${count(Object.keys(sectionsDone).length, "section")} marked as done and ` +
    `${count(Object.keys(firstAnswers).length, "answer")} in self-tests`;

  // --- what is shown ------------------------------------------------------------------------------

  function sentences(chapter, progress) {
    const { open, answered, right } = tally(chapter, progress);
    const all = chapter.sections.length;
    const left = chapter.questions - answered;
    return [
      `${all - open.length} of ${all} sections done`,
      answered
        ? `Self-test: ${right} of ${chapter.questions} right at first choice${left ? `, ${left} to go` : ""}`
        : "Self-test: not begun",
    ];
  }

  function item(chapter, progress) {
    const [sections, selfTest] = sentences(chapter, progress);
    const { open } = tally(chapter, progress);
    const link = element("a", "", chapter.title);
    const bar = element("progress", "");
    link.href = chapter.link.href;
    bar.max = chapter.sections.length;
    bar.value = chapter.sections.length - open.length;
    bar.ariaLabel = `${chapter.title}: sections done`;
    const lines = [element("strong", "", link), bar, element("span", "", sections), element("span", "", selfTest)];
    if (open.length) {
      const goOn = element("a", "", bar.value ? "Go on" : "Begin", element("span", "visually-hidden", `: ${chapter.title}`));
      goOn.href = `${chapter.link.href}#${open[0]}`;
      lines.push(goOn);
    } else {
      lines.push(element("span", "", "✓ All done"));
    }
    return element("li", "", ...lines);
  }

  function show(progress) {
    const tallies = chapters.map((chapter) => tally(chapter, progress));
    const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
    const sections = sum(chapters.map((chapter) => chapter.sections.length));
    const done = sections - sum(tallies.map(({ open }) => open.length));
    const questions = sum(chapters.map((chapter) => chapter.questions));
    const answered = sum(tallies.map((one) => one.answered));
    part(".total").textContent =
      `In the whole course you have done ${done} of ${sections} sections and answered ` +
      `${answered} of ${questions} questions, ${sum(tallies.map(({ right }) => right))} right at first choice.`;
    part(".chapters").replaceChildren(...chapters.map((chapter) => item(chapter, progress)));
    part(".unkept").hidden = canStore();
  }

  function canStore() {
    try {
      localStorage.setItem(`${KEY}?`, "");
      localStorage.removeItem(`${KEY}?`);
      return true;
    } catch {
      return false;
    }
  }

  // --- export -------------------------------------------------------------------------------------

  function exportFile() {
    const progress = read();
    const exported = new Date().toISOString();
    const file = {
      about: 'Progress in a course. "Import" on its page "Your progress" reads this file.',
      course: document.querySelector(".home").textContent,
      exported,
      summary: chapters.map((chapter) => `${chapter.title}: ${sentences(chapter, progress).join(". ")}.`),
      ...progress,
    };
    const link = element("a", "");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(file, null, 2)], { type: "application/json" }));
    link.download = `progress-${exported.slice(0, 10)}.json`;
    link.click();
    said.textContent = `Exported: ${contents(progress)}.`;
  }

  // --- import -------------------------------------------------------------------------------------

  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const isDate = (value) =>
    typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value));
  const isAnswer = (value) =>
    isObject(value) && Number.isInteger(value.answer) && value.answer > 0 && typeof value.right === "boolean" && isDate(value.date);

  const PARTS = {
    sectionsDone: [isDate, "a date such as 2026-08-20T10:00:00.000Z"],
    firstAnswers: [isAnswer, 'an answer such as {"answer": 2, "right": true, "date": "2026-08-20T10:00:00.000Z"}'],
  };

  /** The value as the reader's file writes it, cut if it is long. */
  function quoted(value) {
    const text = JSON.stringify(value) ?? "nothing";
    return text.length > 60 ? `${text.slice(0, 60)} …` : text;
  }

  /** Why this is no progress that was exported; empty if it is. */
  function fault(data) {
    if (data?.format !== EMPTY.format) {
      return `its "format" is ${quoted(data?.format)}, wanted is "${EMPTY.format}". It may be another file than the one that "Export" wrote`;
    }
    if (data.version !== EMPTY.version) {
      return `its "version" is ${quoted(data.version)}, wanted is ${EMPTY.version}. It may come from another version of the course`;
    }
    for (const [name, [fits, wanted]] of Object.entries(PARTS)) {
      if (!isObject(data[name])) return `its "${name}" is ${quoted(data[name])}, wanted is an object`;
      for (const [key, value] of Object.entries(data[name])) {
        if (!/^[^#\s]+#[^#\s]+$/.test(key)) {
          return `"${name}" names ${quoted(key)}, wanted is a chapter and a place in it, such as "01_start#the-question"`;
        }
        if (!fits(value)) return `in "${name}" ${quoted(key)} has ${quoted(value)}, wanted is ${wanted}`;
      }
    }
    return "";
  }

  function parsed(text) {
    try {
      return { data: JSON.parse(text) };
    } catch {
      return { reason: `it is not JSON: it begins with ${quoted(text.slice(0, 40))}. Wanted is a file that "Export" wrote` };
    }
  }

  async function importFile(file) {
    if (file.size > LARGEST_FILE) {
      said.textContent = `Nothing was imported: the file has ${file.size} bytes, wanted are at most ${LARGEST_FILE}. It may be another file than the one that "Export" wrote.`;
      return;
    }
    const { data, reason = fault(data) } = parsed(await file.text());
    if (reason) {
      said.textContent = `Nothing was imported from "${file.name}": ${reason}.`;
      return;
    }
    const before = read();
    const after = merge(before, data);
    const added = Object.fromEntries(
      Object.keys(PARTS).map((name) => [
        name,
        Object.fromEntries(Object.entries(after[name]).filter(([key]) => !Object.hasOwn(before[name], key))),
      ]),
    );
    write(after);
    said.textContent = `Imported: ${contents(added)}. What was here already stays as it was.`;
  }

  // --- reset --------------------------------------------------------------------------------------

  const dialog = part("dialog");
  let forgotten = EMPTY;

  function askReset() {
    const progress = read();
    const { sectionsDone, firstAnswers } = progress;
    if (!Object.keys(sectionsDone).length && !Object.keys(firstAnswers).length) {
      said.textContent = "There is nothing to reset.";
      return;
    }
    part("#reset-question").textContent =
      `This browser will forget ${contents(progress)}. "Export" keeps a copy, if you want one.`;
    dialog.returnValue = "keep";
    dialog.showModal();
  }

  function reset() {
    forgotten = read();
    write(EMPTY);
    undo.hidden = false;
    undo.focus();
    said.textContent = `Forgotten: ${contents(forgotten)}. "Undo the reset" brings it back until you leave this page.`;
  }

  // What was marked in another tab meanwhile stays.
  function undoReset() {
    write(merge(read(), forgotten));
    said.textContent = `Back again: ${contents(forgotten)}.`;
    part(".reset").focus();
    undo.hidden = true;
  }

  part(".export").addEventListener("click", exportFile);
  part(".import").addEventListener("click", () => part("input").click());
  part("input").addEventListener("change", async ({ target }) => {
    await importFile(target.files[0]);
    target.value = ""; // so that the same file can be chosen again
  });
  part(".reset").addEventListener("click", askReset);
  dialog.addEventListener("close", () => dialog.returnValue === "reset" && reset());
  undo.addEventListener("click", undoReset);
  follow(show);
  show(read());
})();
