// The reader's progress: sections marked as done, and first answers in self-tests.
//
// It stays in this browser, in localStorage, under one key for each copy of the course on a host:
// "progress:" and the path of the site's root. This is its shape; "Export" writes the same.
//
//   {
//     "format": "course-progress", "version": 1,
//     "sectionsDone": { "05_backpropagation#the-question": "2026-08-20T10:00:00.000Z" },
//     "firstAnswers": {
//       "05_backpropagation#question-1": { "answer": 2, "right": true, "date": "2026-08-20T…Z" }
//     }
//   }
//
// What the course no longer has is kept and not counted. Chapters, sections and questions stand in
// the page's navigation, where tools/sphinx_ext/progress.py writes them.

(() => {
  const EMPTY = { format: "course-progress", version: 1, sectionsDone: {}, firstAnswers: {} };
  const KEY = `progress:${new URL(document.documentElement.dataset.content_root, location.href).pathname}`;
  // What could not be stored, because storage is off or full: it lasts as long as the page.
  let unkept = null;

  function read() {
    if (unkept) return unkept;
    try {
      const found = JSON.parse(localStorage.getItem(KEY));
      if (found?.format === EMPTY.format && found.version === EMPTY.version) return merge(found, EMPTY);
    } catch {
      // Storage is off, or holds what this script has not written.
    }
    return EMPTY;
  }

  function write(progress) {
    try {
      localStorage.setItem(KEY, JSON.stringify(progress));
      unkept = null;
    } catch {
      unkept = progress;
    }
    tell();
  }

  /** Everything in either; where both know a thing, as `first` has it. */
  function merge(first, second) {
    return {
      ...EMPTY,
      sectionsDone: { ...second.sectionsDone, ...first.sectionsDone },
      firstAnswers: { ...second.firstAnswers, ...first.firstAnswers },
    };
  }

  const followers = [];

  /** Call `show` with the progress whenever it has changed. */
  function follow(show) {
    followers.push(show);
  }

  function tell() {
    const progress = read();
    for (const show of followers) show(progress);
  }

  const chapters = [...document.querySelectorAll(".course-nav [data-chapter]")].map((link) => ({
    link,
    name: link.dataset.chapter,
    title: link.textContent,
    sections: link.dataset.sections.split(" ").filter(Boolean),
    questions: Number(link.dataset.questions),
  }));

  /** The ids of a chapter's sections still to do, and how its questions were answered. */
  function tally({ name, sections, questions }, { sectionsDone, firstAnswers }) {
    const numbers = Array.from({ length: questions }, (_, i) => i + 1);
    const answers = numbers.map((n) => firstAnswers[`${name}#question-${n}`]).filter(Boolean);
    return {
      open: sections.filter((id) => !sectionsDone[`${name}#${id}`]),
      answered: answers.length,
      right: answers.filter(({ right }) => right).length,
    };
  }

  function element(tag, className, ...content) {
    const made = document.createElement(tag);
    made.className = className;
    made.append(...content);
    return made;
  }

  function setUpNavigation() {
    for (const chapter of chapters) {
      const seen = element("span", "so-far");
      const said = element("span", "visually-hidden");
      seen.ariaHidden = "true";
      chapter.link.append(seen, said);
      follow((progress) => {
        const all = chapter.sections.length;
        const done = all - tally(chapter, progress).open.length;
        seen.textContent = `${done}/${all}`;
        said.textContent = `, ${done} of ${all} sections done`;
      });
    }
  }

  const note = element("span", "unkept");
  note.role = "status";

  /** Change the entries of one part of the progress, and say so at `place` if that can't last. */
  function change(part, edit, place) {
    const progress = read();
    const entries = { ...progress[part] };
    edit(entries);
    place.append(note);
    write({ ...progress, [part]: entries });
    note.textContent = unkept ? "The browser stores nothing here, so this won't last." : "";
  }

  const now = () => new Date().toISOString();

  function setUpSections(chapter) {
    for (const id of chapter.sections) {
      const section = document.getElementById(id);
      const heading = section.querySelector("h2").cloneNode(true);
      // A formula stands in the page three times, for screen readers once.
      heading.querySelectorAll(".headerlink, .katex-html, annotation").forEach((part) => part.remove());
      const title = element("span", "visually-hidden", `: ${heading.textContent}`);
      const button = element("button", "done", "Section done", title);
      const foot = element("div", "section-foot", button);
      const link = document.querySelector(`.page-contents a[href="#${id}"]`);
      const tick = element("span", "tick", element("span", "visually-hidden", " (done)"));
      const name = `${chapter.name}#${id}`;
      button.type = "button";
      button.addEventListener("click", () => {
        const toggle = (done) => (name in done ? delete done[name] : (done[name] = now()));
        change("sectionsDone", toggle, foot);
      });
      section.append(foot);
      follow(({ sectionsDone }) => {
        const isDone = name in sectionsDone;
        button.ariaPressed = String(isDone);
        if (isDone) link.append(tick);
        else tick.remove();
      });
    }
  }

  function setUpSelfTest(chapter) {
    const answers = [...document.querySelectorAll("article [data-question]")];
    const score = element("span", "score");
    const again = element("button", "tool", "Try again");
    const line = element("p", "self-test", score, again);
    const nameOf = ({ dataset }) => `${chapter.name}#question-${dataset.question}`;
    score.role = "status";
    again.type = "button";
    again.addEventListener("click", () => {
      for (const answer of answers) answer.open = false;
      const clear = (given) => answers.forEach((answer) => delete given[nameOf(answer)]);
      change("firstAnswers", clear, line);
      answers[0].querySelector("summary").focus();
    });
    for (const answer of answers) {
      const name = nameOf(answer);
      const number = Number(answer.dataset.answer);
      const summary = answer.querySelector("summary");
      const choice = element("span", "choice", " – your first choice");
      // By hand: what printing, or a search in the page, opens is no choice.
      summary.addEventListener("click", () => {
        if (answer.open) return;
        const value = { answer: number, right: "right" in answer.dataset, date: now() };
        change("firstAnswers", (given) => (given[name] ??= value), line);
      });
      follow(({ firstAnswers }) => {
        if (firstAnswers[name]?.answer === number) summary.append(choice);
        else choice.remove();
      });
    }
    answers.at(-1)?.after(line);
    follow((progress) => {
      const { answered, right } = tally(chapter, progress);
      const left = chapter.questions - answered;
      again.hidden = !answered;
      score.textContent = answered
        ? `${right} of ${chapter.questions} right at first choice${left ? `, ${left} to go` : ""}.`
        : "The first answer that you open is your choice.";
    });
  }

  setUpNavigation();
  const here = chapters.find(({ name }) => name === document.querySelector("article").dataset.chapter);
  if (here) {
    setUpSections(here);
    setUpSelfTest(here);
  }
  tell();
  // Another tab has changed it; or the reader comes back to a page that was put aside meanwhile.
  addEventListener("storage", ({ key }) => (key === KEY || key === null) && tell());
  addEventListener("pageshow", ({ persisted }) => persisted && tell());

  window.courseProgress = { EMPTY, KEY, chapters, element, follow, merge, read, tally, write };
})();
