"""A book of two small pages, built by a copy of the project's own machinery."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from tools.site import ROOT

BUILD = "import sys; from tools import site; sys.exit(site.main(['book']))"


class SmallBook:
    """A copy of the project's machinery with a book of one notebook and one page."""

    def __init__(self, root: Path) -> None:
        self.root = root
        ignore = shutil.ignore_patterns("__pycache__", "*.ipynb", "*.md")
        for folder in ("tools", "book", "src"):
            shutil.copytree(ROOT / folder, root / folder, ignore=ignore)
        for file in ("_config.yml", "requirements.txt", "constraints.txt"):
            shutil.copy(ROOT / file, root)
        (root / "_toc.yml").write_text("format: jb-book\nroot: 00_start\nchapters:\n- file: page\n")
        self.write_page("Some text.")
        self.write_notebook(
            "# Start\n\n> **Pitfall.** A trap.\n\n<details>\n"
            "<summary>Answer</summary>\n\nIt is $\\pi$.\n\n</details>"
        )

    def write_page(self, text: str) -> None:
        (self.root / "book" / "page.md").write_text(f"# Page\n\n{text}\n", encoding="utf-8")

    def write_notebook(self, text: str, code: str = "print(6 * 7)") -> None:
        cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell(code)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), self.root / "book" / "00_start.ipynb")

    def build(self, **environ: str) -> subprocess.CompletedProcess[str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
        return subprocess.run(
            [sys.executable, "-c", BUILD],
            cwd=self.root,
            env=clean | {"PYTHONPATH": self.path} | environ,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )

    @property
    def path(self) -> str:
        """Where Python looks first: this copy's tools, and its package for the kernels."""
        return os.pathsep.join([str(self.root), str(self.root / "src")])

    def html(self, name: str) -> str:
        return (self.root / "_build" / "html" / f"{name}.html").read_text(encoding="utf-8")
