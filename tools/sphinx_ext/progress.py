"""What `book/_static/progress.js` needs to know of the chapters, taken from their text.

- Each answer of a self-test says which question it belongs to, its number, and whether it is right
  (`doctree-read`). That stands in the notebook once, as the first word of the answer's comment.
- Each chapter's link in the course navigation carries the ids of its sections and the number of
  its questions, so that every page can count what is done.
"""

import re
from html import escape
from typing import Any, NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
CAPTION = "Chapters"  # of the part of _toc.yml whose pages count
SELF_TEST = "test-yourself"
PAGE = "your_progress"
QUESTION = re.compile(r"\d+\. ")
# "Right." and "Right, by (4.8)", but not "Right in the equation, but NumPy counts from 0."
RIGHT = re.compile(r"Right[.,:]")
ANSWER = "<details>"


class Chapter(NamedTuple):
    """What can be done in a chapter.

    sections: the ids of its sections, those of the second level of headings.
    questions: how many questions its self-test has.
    """

    sections: list[str]
    questions: int


def setup(app: Sphinx) -> None:
    """Connect this part to Sphinx."""
    app.connect("doctree-read", mark_self_test)
    app.connect("env-purge-doc", forget)
    app.connect("env-updated", find_chapters)
    app.connect("html-page-context", choose_template)


def mark_self_test(app: Sphinx, doctree: nodes.document) -> None:
    """Mark the answers of the page's self-test; what is wrong with it stops the build."""
    verdicts = mark_answers(doctree)
    for problem in problems(verdicts):
        LOGGER.warning("%s", problem, location=app.env.docname)
    _questions(app.env)[app.env.docname] = len(verdicts)


def mark_answers(doctree: nodes.document) -> list[list[bool]]:
    """Number the answers of the self-test and mark the right ones.

    Returns for each question, for each of its answers, whether it is right; empty without a test.
    """
    section = next((s for s in doctree.findall(nodes.section) if SELF_TEST in s["ids"]), None)
    children = section.children if section else []
    verdicts: list[list[bool]] = []
    for node, following in zip(children, children[1:], strict=False):
        if isinstance(node, nodes.paragraph) and _is_question(node):
            verdicts.append([])
        elif isinstance(node, nodes.raw) and ANSWER in node.astext() and verdicts:
            verdicts[-1].append(bool(RIGHT.match(following.astext())))
            mark = f'data-question="{len(verdicts)}" data-answer="{len(verdicts[-1])}"'
            mark += " data-right" if verdicts[-1][-1] else ""
            node[:] = [nodes.Text(node.astext().replace(ANSWER, f"<details {mark}>"))]
    return verdicts


def problems(verdicts: list[list[bool]]) -> list[str]:
    """Say which questions haven't exactly one right answer."""
    return [
        f"Question {number} of the self-test has {sum(answers)} right answers among "
        f"{len(answers)}, wanted is one: the comment on it begins with 'Right.', 'Right,' or "
        "'Right:', and no other comment does."
        for number, answers in enumerate(verdicts, start=1)
        if sum(answers) != 1
    ]


def _is_question(paragraph: nodes.paragraph) -> bool:
    # The parser leaves an empty piece of text before the bold words.
    first = next((part for part in paragraph if part.astext().strip()), None)
    return isinstance(first, nodes.strong) and bool(QUESTION.match(first.astext()))


def _questions(env: BuildEnvironment) -> dict[str, int]:
    """How many questions the self-test of each page has; kept from build to build."""
    if not hasattr(env, "course_questions"):
        env.course_questions = {}
    return env.course_questions


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop what is known of a page that is removed or about to be read again."""
    _questions(env).pop(docname, None)


def find_chapters(app: Sphinx, env: BuildEnvironment) -> None:
    """Note all chapters, in reading order, as `app.course_chapters`."""
    toctrees = env.get_doctree(app.config.root_doc).findall(addnodes.toctree)
    names = [n for t in toctrees if t.get("caption") == CAPTION for n in t["includefiles"]]
    app.course_chapters = {
        name: Chapter(_sections(env.tocs[name]), _questions(env).get(name, 0)) for name in names
    }


def _sections(toc: nodes.bullet_list) -> list[str]:
    """The ids of the headings below the title in a page's contents."""
    return [
        next(item.findall(nodes.reference))["anchorname"].removeprefix("#")
        for title in toc.children
        for below in title.children[1:]
        for item in below.children
    ]


def describe_chapters(app: Sphinx, pagename: str, navigation: str) -> str:
    """The course navigation of a page with what is known of each chapter on the link to it."""
    for name, chapter in app.course_chapters.items():
        href = "#" if name == pagename else app.builder.get_relative_uri(pagename, name)
        known = {
            "data-chapter": name,
            "data-sections": " ".join(chapter.sections),
            "data-questions": str(chapter.questions),
        }
        attributes = " ".join(f'{key}="{escape(value)}"' for key, value in known.items())
        navigation = navigation.replace(f'href="{href}"', f'href="{href}" {attributes}')
    return navigation


def choose_template(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> str | None:
    """Let the chapters be known as such, and give the progress page its script."""
    context["chapter"] = pagename if pagename in app.course_chapters else None
    return "your_progress.html" if pagename == PAGE else None
