"""The files that pages load: one style sheet, one script, and the explorables' modules.

A visitor pays for every byte and every request, so the style sheets are joined into one, and the
address of each file carries a hash of its content: a browser may keep it, and never keeps it too
long.
"""

import hashlib
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "book" / "_static"
EXPLORABLES = ROOT / "src" / "course_utils" / "explorables"
STYLE_SHEETS = (
    STATIC / "katex" / "katex.css",
    EXPLORABLES / "shared" / "explorable.css",
    *sorted(EXPLORABLES.glob("*.css")),
    STATIC / "site.css",
    STATIC / "progress.css",
    STATIC / "cheat_sheet.css",
)
SCRIPTS = (STATIC / "site.js", STATIC / "progress.js")
# `import … from "./shared/engine.js"`, `export … from …` and `import("./x.js")`.
RELATIVE_IMPORT = re.compile(r"""((?:\bfrom|\bimport)\s*\(?\s*["'])(\.{1,2}/[^"']+\.js)(["'])""")
# In SCRIPTS, where no text of several lines could hold such a line.
COMMENT_LINES = re.compile(r"^ *(?://.*|/\*\*.*\*/)\n", re.MULTILINE)


def digest(*contents: bytes) -> str:
    """Ten hex digits that change with the contents."""
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:10]


def style_sheet() -> str:
    """All style sheets of the site as one, in the order in which they may overrule each other."""
    parts = []
    for path in STYLE_SHEETS:
        if path.exists():
            text = path.read_text(encoding="utf-8")
            # The joined file stands in _static, katex.css one folder deeper.
            parts.append(text.replace('url("fonts/', 'url("katex/fonts/'))
    return minified("\n".join(parts))


def minified(css: str) -> str:
    """CSS without comments, indentation and empty lines."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return "\n".join(line.strip() for line in css.splitlines() if line.strip())


def script() -> str:
    """The script of every page: all of SCRIPTS as one."""
    return without_comments("\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS))


def without_comments(script: str) -> str:
    """JavaScript without the lines that hold nothing but a comment."""
    return COMMENT_LINES.sub("", script)


def front_end_files() -> list[Path]:
    """The explorables' modules, with everything they import."""
    return sorted(EXPLORABLES.rglob("*.js"))


def explorables_version() -> str:
    """One hash for all modules: they import each other, so they can only change together."""
    return digest(*(path.read_bytes() for path in front_end_files()))


def copy_explorables(target: Path) -> None:
    """Copy the modules below `target`; the addresses they import carry the version's hash."""
    version = explorables_version()
    for path in front_end_files():
        text = path.read_text(encoding="utf-8")
        text = RELATIVE_IMPORT.sub(rf"\g<1>\g<2>?v={version}\g<3>", text)
        copy = target / path.relative_to(EXPLORABLES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8", newline="\n")
