"""The cheat sheet: its pairs of snippets, and its formulas' names in the search.

On the page `cheat_sheet` a heading of the third level is a formula's name, and the first link below
it leads to the section that derives the formula. So that the search finds both by that name, each
becomes an entry of the search index. The page is the only place where the names stand.
"""

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

PAGE = "cheat_sheet"
SIDES = ("NumPy", "PyTorch")
DIVIDER = "---"
# An entry from its heading up to its snippets: on paper this stands to their left.
FORMULA = re.compile(r'<h3>.*?(?=<div class="pair)', re.DOTALL)
Entries = dict[str, list[tuple[str, str]]]


def setup(app: Sphinx) -> None:
    """Connect the directive `pair` and the names of formulas to Sphinx."""
    app.add_directive("pair", Pair)
    app.connect("env-updated", collect_entries)
    app.connect("doctree-resolved", add_entries)
    app.connect("html-page-context", group_formulas)


class Pair(SphinxDirective):
    """The same computation in NumPy and, below a line of three dashes, in PyTorch."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return both snippets side by side, each under the name of its library."""
        code = "\n".join(self.content).split(f"\n{DIVIDER}\n")
        if len(code) != len(SIDES):
            raise self.error(
                f"A pair holds two snippets with a line {DIVIDER} between them; this one has "
                f"{len(code)}."
            )
        pair = nodes.container(classes=["pair"])
        for name, snippet in zip(SIDES, code, strict=True):
            label = nodes.paragraph("", name, classes=["library"])
            block = nodes.literal_block(snippet, snippet, language="python")
            pair += nodes.container("", label, block, classes=["side"])
        return [pair]


def collect_entries(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Find what the search shall know by a formula's name; return the pages where that changed."""
    old: Entries = getattr(env, "course_formulas", {})
    new: Entries = {}
    for name, page, anchor in _formulas(env):
        new.setdefault(page, []).append((name, anchor))
    env.course_formulas = new
    changed = {page for page in {*old, *new} if old.get(page) != new.get(page)}
    return sorted(changed & env.found_docs)


def _formulas(env: BuildEnvironment) -> Iterator[tuple[str, str, str]]:
    """Each formula's name with each place that has it: its entry, then the section it links to."""
    if PAGE not in env.found_docs:
        return
    for section in env.get_doctree(PAGE).findall(_is_entry):
        name = section[0].astext()
        yield name, PAGE, section["ids"][0]
        link = next(section.findall(addnodes.pending_xref), None)
        if link is not None and link.get("reftargetid"):
            slugs = env.metadata[link["reftarget"]].get("myst_slugs", {})
            if link["reftargetid"] in slugs:  # else MyST warns that there is no such section
                yield name, link["reftarget"], slugs[link["reftargetid"]][1]


def _is_entry(node: nodes.Node) -> bool:
    """Whether this is a section of the third level, the page itself being the first."""
    return isinstance(node, nodes.section) and isinstance(node.parent.parent, nodes.section)


def add_entries(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the formulas' names into the page's index entries, which the search reads."""
    formulas: Entries = getattr(app.env, "course_formulas", {})
    entries = [("single", name, anchor, "main", None) for name, anchor in formulas.get(docname, [])]
    if entries:
        doctree.insert(0, addnodes.index(entries=entries))


def group_formulas(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Put what stands before an entry's snippets into one box, for the style sheet to place."""
    if pagename == PAGE:
        context["body"] = FORMULA.sub(r'<div class="formula">\g<0></div>\n', context["body"])
