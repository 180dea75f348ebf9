"""Pages for teachers: each chapter's exercises with solutions, and what the checker says to whom.

Everything on them comes from the registry of exercises: the known mistakes are put to the checker
while the pages are built, so that the messages shown are those that learners get. The pages are no
documents of Sphinx. That keeps them out of the navigation and of the search index.
"""

import contextlib
import inspect
import io
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from markdown_it import MarkdownIt
from markupsafe import Markup
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from course_utils.exercises import Case, Exercise, check
from course_utils.exercises.attempts import outcome
from course_utils.exercises.compare import close
from course_utils.exercises.registry import Mistake, chapters, exercises_of
from tools.sphinx_ext import maths

FOLDER = "teachers"
SEED = 0  # of the draw on which the messages and counts shown are based


@dataclass(frozen=True)
class Named:
    """A mistake as a teacher meets it.

    code: what a learner writes, as HTML.
    says: what the checker answers, as text.
    hides_in: the kinds of cases in which its numbers are right.
    """

    name: str
    code: Markup
    says: str
    hides_in: Sequence[str]


@dataclass(frozen=True)
class Marking:
    """One exercise with all that a teacher wants to know of it; texts are HTML."""

    id: str
    title: str
    anchor: str
    prompt: Markup
    stub: Markup
    solution: Markup
    hints: Sequence[Markup]
    returns: Sequence[str]
    cases: Sequence[str]
    draw: Markup
    has_own_comparison: bool
    mistakes: Sequence[Named]


def setup(app: Sphinx) -> None:
    """Have Sphinx write the pages at the end of each build."""
    app.connect("html-collect-pages", pages)


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Each page with its name, the values for its template, and the template."""
    listed = []
    for number, name, title in _chapters_of(app.env):
        markings = [marking(exercise) for exercise in exercises_of(number)]
        listed.append({"number": number, "title": title, "exercises": markings})
        links = {m.id: _link_to_exercise(app.env, name, m.id) for m in markings}
        yield (
            f"{FOLDER}/chapter_{number}",
            {
                "title": f"Chapter {number} for teachers",
                "description": f"The exercises of chapter {number}, {title}, with their solutions, "
                "and what the checker says to the usual mistakes.",
                "chapter_title": title,
                "exercises": markings,
                "links": links,
            },
            "teachers_chapter.html",
        )
    yield (
        f"{FOLDER}/index",
        {
            "title": "For teachers: exercises with solutions",
            "description": "All exercises of the course by chapter, with solutions, known mistakes "
            "and advice on marking.",
            "chapters": listed,
        },
        "teachers_index.html",
    )


def _chapters_of(env: BuildEnvironment) -> Iterator[tuple[int, str, str]]:
    """Number, page and title of the chapters with exercises; a fork's book may lack some."""
    for number in chapters():
        names = sorted(name for name in env.found_docs if name.startswith(f"{number:02d}_"))
        if names:
            yield number, names[0], env.titles[names[0]].astext()


def _link_to_exercise(env: BuildEnvironment, page: str, exercise_id: str) -> str:
    """The address of an exercise in its chapter, seen from the teachers' folder, if it is there."""
    for _, anchor, title in env.metadata[page].get("myst_slugs", {}).values():
        if title.startswith(f"Exercise {exercise_id} "):
            return f"../{page}.html#{anchor}"
    return ""


# --- one exercise ---------------------------------------------------------------------------------


def marking(exercise: Exercise) -> Marking:
    """Collect what the page says of an exercise; its mistakes are put to the checker here."""
    cases = exercise.cases(np.random.default_rng(SEED))
    return Marking(
        id=exercise.id,
        title=exercise.title,
        anchor=f"exercise-{exercise.id.replace('.', '-')}",
        prompt=markdown(exercise.prompt),
        stub=python(exercise.stub),
        solution=python(exercise.solution),
        hints=[markdown(hint) for hint in exercise.hints],
        returns=exercise.returns,
        cases=_kinds(cases),
        draw=python(textwrap.dedent(inspect.getsource(exercise.cases))),
        has_own_comparison=exercise.compare is not None,
        mistakes=[_named(exercise, mistake, cases) for mistake in exercise.mistakes],
    )


def _kinds(cases: Sequence[Case]) -> list[str]:
    """How many cases there are of each kind, in words; without kinds, of the one that all are."""
    counts = Counter(case.label for case in cases)
    return [f"{label or 'all alike'}: {count}" for label, count in counts.items()]


def _named(exercise: Exercise, mistake: Mistake, cases: Sequence[Case]) -> Named:
    with contextlib.redirect_stdout(io.StringIO()):  # a mistake may print
        result = check(exercise.id, mistake.function, rng=np.random.default_rng(SEED))
        hides_in = _hides_in(exercise, mistake, cases)
    return Named(mistake.name, python(mistake.source), repr(result), hides_in)


def _hides_in(exercise: Exercise, mistake: Mistake, cases: Sequence[Case]) -> list[str]:
    """The kinds of cases, if it isn't all of them, in which the mistake gives the right numbers."""
    right: dict[str, bool] = {}
    for case in cases:
        pairs = zip(
            outcome(exercise, mistake.function, case),
            outcome(exercise, exercise.function, case),
            strict=True,
        )
        right[case.label] = right.get(case.label, True) and all(close(*pair) for pair in pairs)
    return [label for label, is_right in right.items() if is_right]


# --- text as HTML ---------------------------------------------------------------------------------


def python(code: str) -> Markup:
    """Python code, coloured as elsewhere on the site."""
    coloured = highlight(code, PythonLexer(), HtmlFormatter(nowrap=True))
    return Markup(
        f'<div class="highlight-python notranslate"><div class="highlight"><pre>{coloured}</pre>'
        "</div></div>"
    )


def markdown(text: str) -> Markup:
    """Markdown with LaTeX. Raises maths.FormulaError for a formula that can't be read."""
    return Markup(_parser().render(text))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)
    parser.add_render_rule("math_inline", _inline)
    parser.add_render_rule("math_block", _display)
    return parser


def _inline(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    return f'<span class="math">{maths.render(tokens[index].content.strip(), False)}</span>'


def _display(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    formula = maths.render(tokens[index].content.strip(), True)
    return f'<div class="math-display">{formula}</div>\n'
