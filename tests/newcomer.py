"""Follows the sequences of CONTRIBUTING.md to the letter, in a copy of the project.

The copy has an environment of its own, which sees the libraries of this one but takes
`course_utils` from the copy. Its site is small: an introduction and a page in place of seven
chapters.
"""

import os
import re
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import files, notebook_file
from tools.environment import ROOT, STAMP, Environment
from tools.new import SETUP
from tools.notebooks import normal_form, refresh_generated, text_of
from tools.working_copy import copy_project

# A code block, or a heading: what begins with # inside a block is none.
PIECE = re.compile(r"^```(\w+)\n(.*?)^```$|^#{1,6} ([^\n]+)$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"(?:#|//) (\S+/\S+\.\w+)")
CELL = re.compile(r'# a code cell of (\S+\.ipynb), under "(.+)"')
TOC = """\
format: jb-book
root: 00_intro
parts:
  - caption: Chapters
    chapters:
      - file: 07_worked_example
"""


def blocks(section: str) -> list[tuple[str, str]]:
    """Return the code blocks under a heading of CONTRIBUTING.md: each one's language and text."""
    found: list[tuple[str, str]] = []
    here = ""
    for language, code, heading in PIECE.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8")):
        here = heading or here
        if here == section and code:
            found.append((language, code))
    assert found, f"CONTRIBUTING.md has no code below a heading {section!r}"
    return found


class Newcomer:
    """Someone who has cloned the project into `root` and does what CONTRIBUTING.md says."""

    def __init__(self, place: Path) -> None:
        self.root = copy_project(place / "course")
        self.said: dict[str, str] = {}  # what each command has printed
        self._shorten()
        self.variables = self._environment(place / "env")

    def _shorten(self) -> None:
        book = self.root / "book"
        for path in book.glob("*.ipynb"):
            path.unlink()
        (self.root / "_toc.yml").write_text(TOC, encoding="utf-8")
        (book / "07_worked_example.md").write_text("# A page\n\nIts text.\n", encoding="utf-8")
        cells = [new_markdown_cell("# Introduction\n\nIts text."), new_code_cell(metadata=SETUP)]
        nb = refresh_generated(new_notebook(cells=cells), "", "main")
        (book / "00_intro.ipynb").write_text(text_of(normal_form(nb)), encoding="utf-8")

    def _environment(self, folder: Path) -> dict[str, str]:
        """Make the environment; return the variables that lead the copy's commands to it."""
        place = Environment(folder, ())
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        libraries = sysconfig.get_path("purelib")
        (place.packages / "course.pth").write_text(
            f"{self.root / 'src'}\nimport site; site.addsitedir({libraries!r})\n", encoding="utf-8"
        )
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "GITHUB_"))}
        share = Path(sys.prefix) / "share" / "jupyter"
        variables = {
            **clean,
            "COURSE_ENV": str(folder),
            "JUPYTER_PATH": str(share),
            "JUPYTERLAB_DIR": str(share / "lab"),
            "PYTEST_ADDOPTS": "-rA -n0",  # name each test that passed; no workers of workers
        }
        program = "from tools.environment import project_environment as e; print(e().wanted())"
        wanted = subprocess.run(
            [sys.executable, "-c", program],
            cwd=self.root,
            env=variables,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.removesuffix("\n")
        files.write(folder / STAMP, wanted)
        return variables

    def follow(self, section: str) -> None:
        """Do what the blocks of a section say, one after the other."""
        for language, text in blocks(section):
            first, _, rest = text.partition("\n")
            if language == "sh":
                for line in text.splitlines():
                    self.run(line)
            elif cell := CELL.fullmatch(first):
                self.add_cell(self.root / cell[1], cell[2], rest)
            else:
                named = FILE.fullmatch(first)
                assert named, f"what is to be done with the block that begins {first!r}?"
                files.write(self.root / named[1], text)

    def run(self, line: str) -> None:
        """Run a line such as `make test ARGS="-k slope"`, by what the Makefile does with it."""
        make, command, *variables = shlex.split(line)
        arguments = dict(variable.split("=", 1) for variable in variables)
        assert make == "make" and set(arguments) <= {"ARGS"}, line
        words = [command, *shlex.split(arguments.get("ARGS", ""))]
        result = subprocess.run(
            [sys.executable, "-m", "tools", *words],
            cwd=self.root,
            env=self.variables,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        self.said[line] = result.stdout + result.stderr
        assert result.returncode == 0, f"{line}\n{self.said[line][-8000:]}"

    def add_cell(self, notebook: Path, heading: str, source: str) -> None:
        """Put a code cell at the end of the text under a heading, as one does in JupyterLab."""
        nb = notebook_file.read(notebook)
        (place,) = (
            i for i, cell in enumerate(nb.cells) if cell.source.startswith(f"## {heading}\n")
        )
        nb.cells.insert(place + 1, new_code_cell(source.rstrip()))
        nbformat.write(nb, notebook)

    def passed(self, line: str) -> list[str]:
        """Return the names of the tests that a command has reported as passed."""
        return re.findall(r"^PASSED (.+)$", self.said[line], re.MULTILINE)
