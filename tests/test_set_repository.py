"""`make repository URL=...` writes the address of a fork everywhere, and nothing else."""

from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import __main__ as cli
from tools.execution import ROOT
from tools.notebooks import setup_cell
from tools.set_repository import checked, set_repository

URL = "https://github.com/you/your-fork"
CONFIG = """\
title: A course  # the title

repository:
  # Where it lives.
  url: ""
  branch: main
"""
README = "# A course\n\n<!-- launch -->\nnone yet\n<!-- /launch -->\n\nText.\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "_config.yml").write_text(CONFIG)
    (tmp_path / "README.md").write_text(README)
    (tmp_path / "book").mkdir()
    setup = new_code_cell(setup_cell(""), execution_count=1, metadata={"course": {"part": "setup"}})
    for name in ("00_intro", "01_a"):
        nb = new_notebook(cells=[new_markdown_cell("# Title"), setup, new_code_cell("x = 1")])
        nbformat.write(nb, tmp_path / "book" / f"{name}.ipynb")
    return tmp_path


def test_address_is_written_everywhere(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed = set_repository(URL, project)
    assert [path.name for path in changed] == [
        "_config.yml",
        "00_intro.ipynb",
        "01_a.ipynb",
        "README.md",
    ]
    assert "book/01_a.ipynb" in capsys.readouterr().out.replace("\\", "/")
    assert (project / "_config.yml").read_text() == CONFIG.replace('""', f'"{URL}"')
    nb = nbformat.read(project / "book" / "01_a.ipynb", as_version=4)
    assert nb.cells[1].source == setup_cell(URL) and f"git+{URL}@main" in nb.cells[1].source
    assert nb.cells[1].execution_count == 1 and nb.cells[2].source == "x = 1"
    readme = (project / "README.md").read_text()
    assert "mybinder.org/v2/gh/you/your-fork/main?urlpath=lab/tree/book/00_intro.ipynb" in readme
    notebook = "github/you/your-fork/blob/main/book/00_intro.ipynb"
    assert f"colab.research.google.com/{notebook}" in readme
    assert readme.startswith("# A course\n\n<!-- launch -->\n") and "none yet" not in readme
    assert readme.endswith("<!-- /launch -->\n\nText.\n")
    assert set_repository(URL + ".git", project) == []


def test_another_address_replaces_the_first(project: Path) -> None:
    set_repository("https://gitlab.com/group/course", project)
    assert "colab" not in (project / "README.md").read_text()  # opens GitHub's notebooks only
    set_repository(URL, project)
    for path in [project / "_config.yml", project / "README.md", *project.glob("book/*")]:
        assert "gitlab" not in path.read_text() and "you/your-fork" in path.read_text(), path


@pytest.mark.parametrize(
    "url",
    [
        "http://github.com/you/fork",
        "git@github.com:you/fork.git",
        "github.com/you/fork",
        "https://github.com",
        "https://user:secret@github.com/you/fork",
        'https://github.com/you/fork" or "',
        "https://github.com/you/fork?tab=readme",
        "",
    ],
)
def test_what_is_no_address_is_refused_before_anything_is_written(project: Path, url: str) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    with pytest.raises(ValueError, match="address") as error:
        set_repository(url, project)
    assert "secret" not in str(error.value)
    assert {path: path.read_bytes() for path in before} == before


def test_readme_without_markers_is_refused_before_anything_is_written(project: Path) -> None:
    (project / "README.md").write_text("# A course\n")
    with pytest.raises(ValueError, match="launch"):
        set_repository(URL, project)
    assert (project / "_config.yml").read_text() == CONFIG


def test_command_says_what_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.repository([]) == 1
    assert "make repository URL=https://" in capsys.readouterr().err
    assert cli.repository(["git@github.com:you/fork.git"]) == 1
    assert "not an https address" in capsys.readouterr().err


def test_this_project_is_ready_for_it() -> None:
    assert (ROOT / "README.md").read_text("utf-8").count("<!-- launch -->") == 1
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    if settings["repository"]["url"]:
        assert checked(settings["repository"]["url"])
