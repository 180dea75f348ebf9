"""Notebooks are executed when, and only when, something changed that their outputs depend on."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import execution
from tools.execution import ExecutionFailed, execute_all, executed, executed_path, key
from tools.notebooks import update_all

WIDGETS = execution.WIDGET_STATE


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project: a package of four modules and two notebooks that use parts of it."""
    package = tmp_path / "src" / "course_utils"
    (package / "shapes").mkdir(parents=True)
    files = {
        "__init__.py": "",
        "used.py": "from course_utils.shapes import circle\nfrom . import deeper\n",
        "deeper.py": "def f():\n    import course_utils.lazily\n",
        "lazily.py": "",
        "unused.py": "",
        "shapes/__init__.py": "",
        "shapes/circle.py": "",
        "shapes/square.py": "",
        "shapes/front.js": "",
        "shapes/style.mplstyle": "",
    }
    for name, text in files.items():
        (package / name).write_text(text)
    (tmp_path / "book").mkdir()
    (tmp_path / "requirements.txt").write_text("numpy==2.4.6\n")
    write(tmp_path / "book" / "01_a.ipynb", "from course_utils import used", "print(1)")
    write(tmp_path / "book" / "02_b.ipynb", "print(2)")
    return tmp_path


def write(path: Path, *sources: str, text: str = "Prose.", **metadata: object) -> None:
    cells = [new_markdown_cell(text)]
    cells += [new_code_cell(source, metadata=metadata) for source in sources]
    nbformat.write(new_notebook(cells=cells), path)


def without_package(project: Path) -> None:
    """Let no notebook import the package, whose installed form the kernel would find."""
    write(project / "book" / "01_a.ipynb", "print(1)")


# --- the key --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "matters"),
    [
        ("src/course_utils/__init__.py", True),
        ("src/course_utils/used.py", True),
        ("src/course_utils/deeper.py", True),
        ("src/course_utils/lazily.py", True),
        ("src/course_utils/shapes/circle.py", True),
        ("src/course_utils/shapes/style.mplstyle", True),
        ("src/course_utils/shapes/square.py", False),
        ("src/course_utils/shapes/front.js", False),
        ("src/course_utils/unused.py", False),
        ("requirements.txt", True),
        ("constraints.txt", True),
        ("README.md", False),
    ],
)
def test_key_follows_what_the_notebook_imports(project: Path, name: str, matters: bool) -> None:
    notebook = project / "book" / "01_a.ipynb"
    before = key(notebook, project)
    assert key(notebook, project) == before
    with (project / name).open("a") as file:
        file.write("# changed\n")
    assert (key(notebook, project) != before) is matters


def test_key_follows_code_and_tags_but_not_prose_or_outputs(project: Path) -> None:
    notebook = project / "book" / "02_b.ipynb"
    before = key(notebook, project)
    write(notebook, "print(2)", text="Other prose.")
    assert key(notebook, project) == before
    write(notebook, "print(3)")
    assert key(notebook, project) != before
    write(notebook, "print(2)", tags=["raises-exception"])
    assert key(notebook, project) != before


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\nimport course_utils.used",
        "if True:\n    %pip list\nimport course_utils.used",
    ],
)
def test_key_reads_past_magics(project: Path, source: str) -> None:
    package = project / "src" / "course_utils"
    names = {path.name for path in execution.package_files([source], package)}
    assert "used.py" in names and "unused.py" not in names


def test_key_takes_everything_where_imports_cannot_be_read(project: Path) -> None:
    package = project / "src" / "course_utils"
    broken = execution.package_files(["def f(:  # course_utils"], package)
    assert package / "unused.py" in broken
    assert execution.package_files(["import numpy"], package) == []
    (package / "used.py").write_text("import importlib\nimportlib.import_module('x')\n")
    assert package / "unused.py" in execution.package_files(["import course_utils.used"], package)


def test_exercises_of_other_chapters_do_not_matter(project: Path) -> None:
    package = project / "src" / "course_utils"
    (package / "used.py").write_text("import importlib\nimportlib.import_module('chapter_' + n)\n")
    for number in (1, 7):
        (package / f"chapter_{number}.py").write_text("")
    sources = ["import course_utils.used", 'check("7.2", answer)']
    names = {path.name for path in execution.package_files(sources, package)}
    assert "chapter_7.py" in names and "chapter_1.py" not in names


# --- execution ------------------------------------------------------------------------------------


def test_executes_once_then_only_what_changed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without_package(project)
    a, b = sorted((project / "book").glob("*.ipynb"))
    assert execute_all(root=project) == [a, b]
    assert "01_a" in capsys.readouterr().out
    assert execute_all(root=project) == []
    assert capsys.readouterr().out == ""
    old = executed_path(b, project)
    write(b, "print(3)")
    assert execute_all(root=project) == [b]
    assert "(1 unchanged)" in capsys.readouterr().out
    assert not old.exists() and executed_path(b, project).exists()


def test_executed_has_the_prose_of_now_and_the_outputs_of_the_run(project: Path) -> None:
    notebook = project / "book" / "02_b.ipynb"
    with pytest.raises(FileNotFoundError, match="make book"):
        executed(notebook, project)
    execute_all([notebook], project)
    write(notebook, "print(2)", text="Other prose.")
    nb = json.loads(executed(notebook, project))
    assert "Other prose." in json.dumps(nb["cells"][0])
    assert nb["cells"][1]["outputs"][0]["text"] in ("2\n", ["2\n"])
    assert nb["cells"][1]["execution_count"] == 1


def test_figures_and_widgets_are_in_the_executed_form(project: Path) -> None:
    notebook = project / "book" / "02_b.ipynb"
    write(
        notebook,
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "import ipywidgets\nipywidgets.IntSlider(3)",
    )
    execute_all([notebook], project)
    first = json.loads(executed(notebook, project))
    assert {"image/png", "image/svg+xml"} <= first["cells"][1]["outputs"][0]["data"].keys()
    state = first["metadata"]["widgets"][WIDGETS]["state"]
    assert any(model["state"].get("value") == 3 for model in state.values())
    view = first["cells"][2]["outputs"][0]["data"]["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] in state
    shutil.rmtree(project / "_build")
    execute_all([notebook], project)
    assert json.loads(executed(notebook, project)) == first  # ids and bytes are the same each time


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("x = 1\n1 / 0", "ZeroDivisionError"),
        ("import warnings\nwarnings.warn('old')", "old"),
        ("import os\nos._exit(3)", "kernel died"),
    ],
)
def test_failure_names_cell_and_cause_and_leaves_nothing(
    project: Path, source: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    without_package(project)
    write(project / "book" / "02_b.ipynb", "print(2)", source)
    with pytest.raises(ExecutionFailed) as error:
        execute_all(root=project)
    message = str(error.value)
    assert "02_b.ipynb, code cell 2:" in message and says.lower() in message.lower()
    assert source.splitlines()[-1] in message and "\x1b" not in message
    assert "FAILED" in capsys.readouterr().out
    assert [path.name[:4] for path in execution.store(project).iterdir()] == ["01_a"]


def test_expected_error_passes_and_shows_only_the_notebooks_lines(project: Path) -> None:
    notebook = project / "book" / "02_b.ipynb"
    write(
        notebook,
        "import json\nprint(1)\njson.loads('{')",
        tags=["raises-exception"],
    )
    execute_all([notebook], project)
    (_, error) = json.loads(executed(notebook, project))["cells"][1]["outputs"]
    assert error["ename"] == "JSONDecodeError"
    traceback = "".join(error["traceback"])
    assert "json.loads" in execution.ANSI.sub("", traceback) and "decoder.py" not in traceback


def test_kernel_is_this_python_and_free_of_the_users_settings(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("print('from the user')\nuser = 1")
    other = tmp_path / "jupyter" / "kernels" / "python3"
    other.mkdir(parents=True)
    (other / "kernel.json").write_text('{"argv": ["/no/such/python"], "display_name": "x"}')
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("MPLBACKEND", "agg")
    notebook = project / "book" / "02_b.ipynb"
    write(
        notebook,
        "import sys, os, matplotlib\n"
        "backend = matplotlib.get_backend()\n"
        "print(sys.prefix, 'user' in dir(), backend, os.path.basename(os.getcwd()))",
    )
    execute_all([notebook], project)
    (output,) = json.loads(executed(notebook, project))["cells"][1]["outputs"]
    prefix, has_user, backend, folder = "".join(output["text"]).split()
    assert (prefix, has_user, folder) == (sys.prefix, "False", "book")
    assert "inline" in backend


def test_missing_ipykernel_is_said_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExecutionFailed, match="ipykernel.*python -m tools"):
        execution.run(new_notebook(cells=[new_code_cell("1")]), Path.cwd(), "x.ipynb")


def test_make_notebooks_rewrites_what_changed_and_says_so(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without_package(project)
    a, b = sorted((project / "book").glob("*.ipynb"))
    assert update_all(project) == [a, b]
    assert "output of code cell 1" in capsys.readouterr().out
    stored = {path: path.read_bytes() for path in (a, b)}
    assert update_all(project) == []
    assert "No notebook changed." in capsys.readouterr().out
    assert {path: path.read_bytes() for path in (a, b)} == stored
    assert execute_all(root=project) == []  # the site need not run them again

    write(b, "1 / 0")
    broken = b.read_bytes()
    with pytest.raises(ExecutionFailed, match="02_b"):
        update_all(project)
    assert b.read_bytes() == broken and a.read_bytes() == stored[a]
    with pytest.raises(ValueError, match="09"):
        update_all(project, only=["09"])


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal that Windows doesn't have")
def test_ctrl_c_ends_at_once_and_leaves_no_kernel(project: Path) -> None:
    started = project / "started.txt"
    source = f"import os, time\nopen({str(started)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"
    write(project / "book" / "01_a.ipynb", source)
    write(project / "book" / "02_b.ipynb", "print(2)")
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from pathlib import Path; from tools.execution import execute_all\n"
        f"execute_all(root=Path({str(project)!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=execution.ROOT, stderr=-1)
    end = time.monotonic() + 30
    while not (started.exists() and started.read_text()):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert process.returncode != 0 and b"KeyboardInterrupt" in errors
    time.sleep(0.5)
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)
