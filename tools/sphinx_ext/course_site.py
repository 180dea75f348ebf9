"""Sphinx extension: turns the book into the course's site.

What it does, in the order in which Sphinx works:

- reads the executed form of each notebook in place of the file (`source-read`), and has a page
  read again whenever its file, or what its outputs depend on, has changed (`env-get-outdated`);
- gives boxes, tables and folds the classes that `book/_static/site.css` styles;
- hands the page template its launch links, description, contents and scripts;
- writes the style sheet, the explorables' modules and the start page.

Whatever would be wrong on the page is a warning, and the build treats warnings as errors.
"""

import hashlib
import itertools
import json
import re
import sys
from collections.abc import Callable
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.environment.adapters.toctree import TocTree
from sphinx.util import logging

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools import execution, repository, stills  # noqa: E402
from tools.sphinx_ext import (  # noqa: E402
    assets,
    cards,
    cheat_sheet,
    heights,
    icons,
    maths,
    not_found,
    pictures,
    policy,
    progress,
    teachers,
    widgets,
)

LOGGER = logging.getLogger(__name__)
DESCRIPTION_LENGTH = 160
SETUP_LABEL = "Set-up: does nothing on your computer, fetches the course's package on Colab"
VIEW_TAG = re.compile(rf'<script type="{re.escape(widgets.VIEW)}">.*?</script>', re.DOTALL)

# A box is a block quote whose first words are one of these in bold, so that it reads the same on
# Colab, in JupyterLab and on GitHub: `> **Pitfall.** The loss is …`
BOXES = {
    "pitfall": "pitfall",
    "try it": "try",
    "in pytorch": "pytorch",
    "predict": "predict",
    "note": "note",
    "remember": "note",
    "definition": "note",
    "theorem": "note",
}


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the extension to Sphinx."""
    app.add_html_theme("course", str(Path(__file__).parent / "theme"))
    maths.setup(app)
    app.add_transform(pictures.TakeWebp)
    progress.setup(app)
    cheat_sheet.setup(app)
    teachers.setup(app)
    not_found.setup(app)
    app.connect("config-inited", take_theme_options)
    app.connect("builder-inited", announce_repository)
    app.connect("env-get-outdated", outdated)
    app.connect("env-purge-doc", forget)
    app.connect("source-read", use_executed)
    app.connect("doctree-read", mark_boxes)
    app.connect("env-updated", pages_with_old_frame)
    app.connect("doctree-resolved", wrap_tables)
    app.connect("html-page-context", fill_template)
    app.connect("build-finished", write_assets, priority=100)
    app.add_config_value("course_links", {}, "")
    # Jupyter Book sets this for an extension that the course doesn't load.
    app.add_config_value("comments_config", {}, "")
    _use_plain_folds(app)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": False}


# --- configuration --------------------------------------------------------------------------------


def take_theme_options(app: Sphinx, config: Config) -> None:
    """Keep what Jupyter Book meant for its own theme: which launch services to link to."""
    config.course_links = dict(config.html_theme_options.get("launch_buttons") or {})
    config.html_theme_options = {}


def announce_repository(app: Sphinx) -> None:
    """Find out where this copy of the course lives; say so where it is not known."""
    app.course_repository = repository.find(ROOT)
    if app.course_repository is None:
        LOGGER.info(
            "NOTICE: no repository is known, so the pages have no Binder and Colab links. "
            "Set one with `python -m tools repository https://github.com/you/your-fork`."
        )


# --- reading --------------------------------------------------------------------------------------


def _stamp(app: Sphinx, docname: str) -> str:
    """Changes whenever the page has to be read again."""
    path = Path(app.env.doc2path(docname))
    parts = [path.read_bytes()]
    if path.suffix == ".ipynb":
        parts.append(execution.key(path).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _stamps(env: BuildEnvironment) -> dict[str, str]:
    if not hasattr(env, "course_stamps"):
        env.course_stamps = {}
    return env.course_stamps


def outdated(app: Sphinx, env: BuildEnvironment, added: set, changed: set, removed: set) -> set:
    """The pages whose content or outputs are not those that were read."""
    stamps = _stamps(env)
    return {
        name
        for name in env.found_docs
        if Path(env.doc2path(name)).exists() and stamps.get(name) != _stamp(app, name)
    }


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop what is known of a page that is removed or about to be read again."""
    _stamps(env).pop(docname, None)


def use_executed(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the executed notebook in the place of the file's text."""
    path = Path(app.env.doc2path(docname))
    _stamps(app.env)[docname] = _stamp(app, docname)
    if path.suffix != ".ipynb":
        return
    notebook = json.loads(execution.executed(path))
    _fold_setup(notebook)
    for problem in widgets.prepare(notebook, assets.EXPLORABLES):
        LOGGER.warning("%s", problem, location=docname)
    pictures.keep_smallest(notebook)
    source[0] = json.dumps(notebook)


def _fold_setup(notebook: dict[str, Any]) -> None:
    """Fold the set-up cell, which does nothing here: its place is on Colab."""
    for cell in notebook["cells"]:
        metadata = cell["metadata"]
        if metadata.get("course", {}).get("part") == "setup":
            metadata.setdefault("tags", []).append("hide-input")
            metadata.setdefault("mystnb", {})["code_prompt_show"] = SETUP_LABEL


# --- shaping the page -----------------------------------------------------------------------------


def mark_boxes(app: Sphinx, doctree: nodes.document) -> None:
    """Give block quotes that begin with one of the signs in BOXES their class."""
    for quote in doctree.findall(nodes.block_quote):
        paragraph = next(iter(quote.findall(nodes.paragraph)), None)
        # The parser leaves an empty piece of text before the bold words.
        parts = [part for part in paragraph or [] if part.astext().strip()]
        if not parts or not isinstance(parts[0], nodes.strong):
            continue
        sign = parts[0].astext().strip().lower()
        kind = next((kind for words, kind in BOXES.items() if re.match(rf"{words}\b", sign)), None)
        if kind:
            quote["classes"] += ["box", f"box-{kind}"]


def wrap_tables(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put each table into a box that scrolls by itself on a narrow screen."""
    for table in list(doctree.findall(nodes.table)):
        box = nodes.container(classes=["scroll"])
        table.replace_self(box)
        box += table


def _use_plain_folds(app: Sphinx) -> None:
    """Draw myst-nb's folded cells as a plain <details>, named by what it unfolds.

    Its own markup hides the label from assistive technology behind another name.
    """
    from myst_nb.sphinx_ import HideCodeCellNode

    def visit(translator: Any, node: nodes.Element) -> None:
        label = escape(node["prompt_show"])
        translator.body.append(f'<details class="code-fold"><summary>{label}</summary>\n')

    def depart(translator: Any, node: nodes.Element) -> None:
        translator.body.append("</details>\n")

    app.setup_extension("myst_nb")
    app.add_node(HideCodeCellNode, override=True, html=(visit, depart))


# --- writing --------------------------------------------------------------------------------------


def _frame(app: Sphinx) -> str:
    """Changes with what all pages have in common: titles, order, sections, links, versions."""
    env = app.env
    titles = {name: title.astext() for name, title in env.titles.items()}
    order = {name: env.toctree_includes.get(name) for name in env.found_docs}
    stored = {place: still.digest for place, still in stills.stored().items()}
    parts = [titles, order, app.course_chapters, str(app.course_repository), _versions(), stored]
    return json.dumps(parts, sort_keys=True)


@cache  # a process builds the site once
def _versions() -> dict[str, str]:
    return {
        "style": assets.digest(assets.style_sheet().encode()),
        "script": assets.digest(assets.script().encode()),
        "your_progress": assets.digest((assets.STATIC / "your_progress.js").read_bytes()),
        "search": assets.digest((assets.STATIC / "search.js").read_bytes()),
        "explorables": assets.explorables_version(),
    }


def pages_with_old_frame(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """All pages, if what they have in common has changed since they were written."""
    frame = _frame(app)
    if getattr(env, "course_frame", None) == frame:
        return []
    env.course_frame = frame
    return sorted(env.found_docs)


def fill_template(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Hand the page template what Sphinx doesn't."""
    context["icon"] = icons.svg
    context["versions"] = _versions()
    context["policy"], context["first_script"] = policy.POLICY, policy.FIRST_SCRIPT
    context["repository"] = app.course_repository
    context["launch_links"] = _launch_links(app, pagename)
    if doctree:  # else the page brings its own, if any
        context["description"] = _description(doctree)
    context["root_title"] = app.env.titles[app.config.root_doc].astext()
    context["address"] = _address(app, f"{pagename}.html")
    context["card"] = _card(app, pagename, context["description"]) if doctree else ""
    context["card_size"] = cards.SIZE
    context["page_contents"] = _contents(app, pagename) if doctree else ""
    context["course_nav"] = progress.describe_chapters(
        app, pagename, _navigation(context["toctree"])
    )
    body = context.get("body") or ""
    context["widget_state"] = _widget_state(app.env, pagename) if widgets.VIEW in body else None
    files = {name: Path(app.srcdir) / path for path, name in app.builder.images.items()}
    body = heights.mark(pictures.ready(body, files))
    context["body"] = _with_stills(body, pagename, context["pathto"])


def _launch_links(app: Sphinx, pagename: str) -> list[dict[str, str]]:
    """Links that open a notebook page where it runs; none for other pages or without repository."""
    home = app.course_repository
    if pagename not in app.env.found_docs or home is None:
        return []
    source = Path(app.env.doc2path(pagename))
    if source.suffix != ".ipynb":
        return []
    path = f"book/{source.name}"
    hub = app.config.course_links.get("binderhub_url")
    colab = app.config.course_links.get("colab_url")
    links = {
        "Binder": hub and home.binder(path, hub.rstrip("/")),
        "Colab": colab and home.colab(path, colab.rstrip("/")),
    }
    return [{"name": name, "url": url} for name, url in links.items() if url]


def _description(doctree: nodes.document) -> str:
    """The first paragraph of the page, cut at a word's end."""
    for paragraph in doctree.findall(nodes.paragraph):
        inside = paragraph.parent
        if not isinstance(inside, nodes.section) or paragraph.next_node(nodes.math):
            continue
        text = " ".join(paragraph.astext().split())
        if len(text) > DESCRIPTION_LENGTH:
            text = text[:DESCRIPTION_LENGTH].rsplit(" ", 1)[0] + " …"
        return text
    return ""


def _address(app: Sphinx, path: str) -> str:
    """Where a file of the site will be found; empty if nothing says where the site will stand."""
    home = app.course_repository
    base = app.config.html_baseurl or (home.site if home else None)
    return f"{base.rstrip('/')}/{path}" if base else ""


def _card(app: Sphinx, pagename: str, description: str) -> str:
    """Draw the page's social card; returns its address, relative if the site's is not known."""
    path = f"_static/cards/{pagename}.png"
    title = app.env.titles[pagename].astext()
    cards.write(Path(app.outdir) / path, title, description, app.config.html_title)
    return _address(app, path) or path


def _contents(app: Sphinx, pagename: str) -> str:
    """The page's headings below its title as a nested list; empty if there are none."""
    toc = TocTree(app.env).get_toc_for(pagename, app.builder)
    below_title = [item for item in toc.children for item in item.children[1:]]
    return "".join(app.builder.render_partial(part)["fragment"] for part in below_title)


def _navigation(toctree: Callable[..., str | None]) -> str:
    """The course's pages as lists; the current one is marked for assistive technology too."""
    html = toctree(maxdepth=1, collapse=False, includehidden=True, titles_only=True) or ""
    html = html.replace(' role="heading"', "")
    return html.replace('class="current reference', 'aria-current="page" class="current reference')


def _with_stills(body: str, pagename: str, pathto: Callable[..., str]) -> str:
    """The page with each explorable's still after its place, for readers without JavaScript."""
    stored = stills.stored()
    count = itertools.count(1)

    def add(tag: re.Match[str]) -> str:
        place = f"{pagename}-{next(count)}"
        if place not in stored:
            message = "there is no still of the explorable %s: %s"
            LOGGER.warning(message, place, stills.COMMAND, location=pagename)
            return tag[0]
        address = pathto(f"_static/stills/{place}.webp", 1)
        return f'{tag[0]}<noscript class="still-place">{stored[place].html(address)}</noscript>'

    return VIEW_TAG.sub(add, body)


def _widget_state(env: BuildEnvironment, pagename: str) -> str | None:
    from myst_nb.sphinx_ import NbMetadataCollector

    _, attributes = NbMetadataCollector.get_js_files(env, pagename).get("ipywidgets_state", (0, {}))
    return attributes.get("body")


START_PAGE = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="{policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{title}</title>
    <meta name="description" content="The course starts at its introduction.">
    <meta http-equiv="refresh" content="0; url={root}.html">
    <link rel="icon" type="image/svg+xml" href="_static/favicon.svg">
  </head>
  <body>
    <main><h1>{title}</h1><p><a href="{root}.html">Go to the introduction</a></p></main>
  </body>
</html>
"""


def write_assets(app: Sphinx, exception: Exception | None) -> None:
    """Write the files that pages share, and the start page."""
    if exception is not None:
        return
    static = Path(app.outdir) / "_static"
    (static / "course.css").write_text(assets.style_sheet(), encoding="utf-8", newline="\n")
    (static / "site.js").write_text(assets.script(), encoding="utf-8", newline="\n")
    assets.copy_explorables(static / "explorables")
    # GitHub Pages would otherwise leave out folders that begin with an underscore.
    (Path(app.outdir) / ".nojekyll").touch()
    start = START_PAGE.format(
        title=escape(app.config.html_title), root=app.config.root_doc, policy=policy.POLICY
    )
    (Path(app.outdir) / "index.html").write_text(start, encoding="utf-8", newline="\n")
    not_found.lead_from_anywhere(Path(app.outdir), _address(app, ""))
