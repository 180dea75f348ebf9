"""When something breaks: what a person is told, and that the next run repairs it.

The environment's own troubles are in test_environment.py.
"""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import __main__ as cli
from tools import execution, files, site, trouble
from tools.execution import ExecutionFailed, execute_all, executed_path
from tools.notebook_file import BrokenNotebook, read
from tools.notebooks import update_all

on_posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no signal to kill with")
FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """The disk is full whenever a file is about to be finished; call it to free some space."""

    def fsync(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "fsync", fsync)
        yield patch.undo


# --- files ----------------------------------------------------------------------------------------


def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, full_disk: Callable[[], None]
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(OSError, match=r"a\.txt"):
        files.write(path, "new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    full_disk()
    files.write(path, "new\r\n")
    assert path.read_bytes() == b"new\r\n" and list(tmp_path.iterdir()) == [path]


def test_what_stands_in_the_way_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a" / "inside").mkdir(parents=True)
    files.write(tmp_path / "a", "text")
    assert (tmp_path / "a").read_text() == "text"
    assert files.folder(tmp_path / "a").is_dir()
    (tmp_path / "lock" / "inside").mkdir(parents=True)
    with files.alone(tmp_path / "lock", "waiting"):
        assert (tmp_path / "lock").is_file()
    files.remove(tmp_path / "nothing")


@on_posix
def test_a_lock_is_waited_for_and_ends_with_its_holder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / "lock"
    program = (
        "import sys, time; from pathlib import Path; from tools import files\n"
        "with files.alone(Path(sys.argv[1]), ''):\n    print('held', flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(lock)], cwd=site.ROOT, stdout=subprocess.PIPE
    )
    assert holder.stdout and holder.stdout.readline() == b"held\n"
    said = threading.Event()

    def wait() -> None:
        with files.alone(lock, "waiting for the other run"):
            pass

    class Told:
        """Stands in for stdout: whoever waits has said so before the holder is killed."""

        def write(self, text: str) -> None:
            assert "waiting" in text or text == "\n"
            said.set()

        def flush(self) -> None:
            pass

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", Told())
        thread = threading.Thread(target=wait)
        thread.start()
        assert said.wait(60)
        assert thread.is_alive()
        holder.kill()
        thread.join(60)
    assert not thread.is_alive()
    holder.communicate()


@on_posix
def test_a_program_that_is_watched_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    lock, survived = tmp_path / "lock", tmp_path / "survived"
    child = site.WATCH + (
        "import time; from pathlib import Path; from tools import files\n"
        f"with files.alone(Path({str(lock)!r}), ''):\n"
        f"    print('held', flush=True); time.sleep(60); Path({str(survived)!r}).touch()"
    )
    parent = (
        "import os, sys; from tools import site\n"
        f"with site._process([sys.executable, '-c', {child!r}], os.environ) as process:\n"
        "    print(process.stdout.readline(), flush=True); process.wait()"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", parent], cwd=site.ROOT, stdout=subprocess.PIPE
    )
    assert started.stdout and started.stdout.readline() == b"held\n"
    os.kill(started.pid, signal.SIGKILL)
    started.communicate()
    with files.alone(lock, ""):  # free as soon as the child has ended
        assert not survived.exists()


# --- what the machine refuses ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "make clean"),
        (errno.EDQUOT, "disk is full"),
        (errno.EACCES, "belongs to another user"),
        (errno.EROFS, "can only be read"),
        (errno.EMFILE, "ulimit"),
        (errno.EIO, "Check the disk"),
    ],
)
def test_an_error_of_the_system_is_explained(number: int, says: str) -> None:
    error = OSError(number, "said in any language", "/course/_build/stamp.json")
    message = trouble.explain(error)
    assert message and says in message
    assert message.startswith("/course/_build/stamp.json: said in any language.\n")


def test_an_error_without_a_known_cause_is_not_explained_away() -> None:
    assert trouble.explain(FileNotFoundError(errno.ENOENT, "No such file", "x")) is None
    assert trouble.advice_on("TypeError: wrong") is None
    assert "TMPDIR" in (trouble.explain(OSError("No usable temporary directory found")) or "")
    assert "disk is full" in (trouble.advice_on("x: [Errno 28] No space left on device") or "")


def test_a_command_that_meets_it_ends_with_the_explanation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(arguments: object) -> int:
        raise FULL

    monkeypatch.setitem(cli.COMMANDS, "clean", cli.Command(full, needs_environment=False))
    assert cli.main(["clean"]) == 1
    assert "disk is full" in capsys.readouterr().err


def test_letters_that_a_terminal_cannot_show_stop_nothing(tmp_path: Path) -> None:
    place = tmp_path / "Übung"
    (place / "mine").mkdir(parents=True)
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "COURSE_ENV": str(place)}
    command = [sys.executable, "-m", "tools", "lint"]
    result = subprocess.run(command, cwd=site.ROOT, env=env, capture_output=True, text=True)
    assert "\\xdcbung" in result.stdout and "is not a Python environment" in result.stderr
    assert result.returncode == 1 and "Traceback" not in result.stderr


# --- notebooks ------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A book of two notebooks that need nothing of the package."""
    (tmp_path / "book").mkdir()
    write(tmp_path / "book" / "01_a.ipynb", "print(1)")
    write(tmp_path / "book" / "02_b.ipynb", "print(2)")
    return tmp_path


def write(path: Path, code: str, **metadata: object) -> None:
    nb = new_notebook(cells=[new_markdown_cell("Prose."), new_code_cell(code)], metadata=metadata)
    nbformat.write(nb, path)


def half(text: str) -> str:
    return text[: len(text) // 2]


def conflict(text: str) -> str:
    return text.replace('"cells": [', '\n<<<<<<< HEAD\n"cells": [\n=======\n>>>>>>> other\n', 1)


BROKEN = {
    "empty": (lambda text: "", "it is empty"),
    "half-written": (half, "ends in the middle"),
    "conflict": (conflict, "line 3 is the mark of a merge conflict, '<<<<<<< HEAD'"),
    "a comma": (lambda text: text.replace('"cells": [', '"cells": [,', 1), "column"),
    "other JSON": (lambda text: "[1, 2]", "no cells"),
    "old format": (lambda text: text.replace('"nbformat": 4', '"nbformat": 3'), "JupyterLab"),
    "no source": (lambda text: text.replace('"source"', '"sauce"'), "cell 1 lacks"),
}


@pytest.mark.parametrize(("damage", "says"), BROKEN.values(), ids=BROKEN)
def test_a_broken_notebook_is_named(project: Path, damage: Callable[[str], str], says: str) -> None:
    path = project / "book" / "02_b.ipynb"
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(BrokenNotebook) as failure:
        read(path)
    message = str(failure.value)
    assert message.startswith("book/02_b.ipynb can't be read: ") and says in message
    assert "git checkout" in message or "make lab" in message
    assert len(message) < 500  # and not the whole file


def test_the_others_run_beside_a_broken_notebook(project: Path) -> None:
    a, b = sorted((project / "book").glob("*.ipynb"))
    execute_all(root=project)
    kept = executed_path(b, project)
    good = b.read_text(encoding="utf-8")
    write(a, "print('changed')")
    b.write_text(half(good), encoding="utf-8")
    with pytest.raises(ExecutionFailed, match=r"book/02_b\.ipynb can't be read"):
        execute_all(root=project)
    with pytest.raises(BrokenNotebook, match=r"book/02_b\.ipynb can't be read"):
        update_all(project)
    b.write_text(good, encoding="utf-8")
    assert kept.exists() and execute_all(root=project) == []


def test_a_notebook_against_the_rules_of_the_format_is_named(project: Path) -> None:
    path = project / "book" / "01_a.ipynb"
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["cells"][1]["outputs"]
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BrokenNotebook, match=r"cells\.1: 'outputs' is a required"):
        read(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BrokenNotebook, match="not UTF-8"):
        read(path)


def test_unknown_metadata_and_an_unknown_kernel_do_no_harm(project: Path) -> None:
    path = project / "book" / "01_a.ipynb"
    kernel = {"name": "no-such-kernel", "display_name": "Gone", "language": "python"}
    write(path, "print(1)", kernelspec=kernel, some_editor={"deep": [1]})
    assert path in execute_all(root=project)


@pytest.mark.parametrize("damage", ["half", "folder"])
def test_a_damaged_result_is_executed_anew(project: Path, damage: str) -> None:
    path = project / "book" / "01_a.ipynb"
    execute_all(root=project)
    result = executed_path(path, project)
    whole = result.read_bytes()
    if damage == "half":
        result.write_bytes(whole[:100])
    else:
        result.unlink()
        (result / "inside").mkdir(parents=True)
    assert execute_all(root=project) == [path]
    assert result.read_bytes() == whole


def test_a_cell_without_end_is_stopped(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "CELL_TIMEOUT", 1)
    write(project / "book" / "02_b.ipynb", "while True:\n    pass")
    with pytest.raises(ExecutionFailed, match="code cell 1:(.|\n)*longer than 1 s.*without end"):
        execute_all(root=project)
    assert not execution._running  # its kernel is gone


def test_a_full_disk_during_execution_is_repaired(
    project: Path, full_disk: Callable[[], None]
) -> None:
    with pytest.raises(OSError, match="No space left"):
        execute_all(root=project)
    assert list(execution.store(project).iterdir()) == []
    full_disk()
    assert len(execute_all(root=project)) == 2


def test_what_a_killed_run_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    store = files.folder(execution.store(tmp_path))
    (store / ".01_a.ipynb.123-456.part").write_text("{")
    with execution.claimed(tmp_path / "_build"):
        assert list(store.iterdir()) == []


# --- the site -------------------------------------------------------------------------------------


class Workshop:
    """A project whose pages are made by a stand-in for Jupyter Book, in no time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.made = 0
        self.afresh = False
        for name in ("book", "tools"):
            (root / name).mkdir()
        (root / "_config.yml").write_text("repository:\n  url: ''\n")
        (root / "_toc.yml").write_text("format: jb-book\nroot: 00_start\n")
        write(root / "book" / "00_start.ipynb", "print(1)")

    @property
    def target(self) -> Path:
        return self.root / "_build"

    def make(self, target: Path, environ: object) -> None:
        self.made += 1
        self.afresh = not (target / "html").exists()
        for name in ("html/index.html", "html/_static/site.js", ".doctrees/00_start.doctree"):
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("as it should be")

    def build(self) -> bool:
        """Run the command; return whether the site had to be made for it, and all is there."""
        before = self.made
        assert site.main(["book"]) == 0
        for name in ("html/index.html", "html/_static/site.js", ".doctrees/00_start.doctree"):
            assert (self.target / name).read_text() == "as it should be"
        return self.made > before


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    made = Workshop(tmp_path)
    monkeypatch.setattr(site, "ROOT", tmp_path)
    monkeypatch.setattr(site, "_run_jupyter_book", made.make)
    monkeypatch.setattr(site.execution, "execute_all", lambda notebooks: notebooks)
    assert made.build() and not made.build()
    return made


PLACES = ["html/index.html", "html/_static/site.js", "html", ".doctrees", "stamp.json"]
PLACES += [".doctrees/00_start.doctree"]


@pytest.mark.parametrize("damage", ["gone", "cut off", "another kind"])
@pytest.mark.parametrize("name", PLACES)
def test_a_damaged_build_is_repaired(workshop: Workshop, name: str, damage: str) -> None:
    path = workshop.target / name
    was_folder = path.is_dir()
    if damage == "cut off" and not was_folder:
        path.write_bytes(path.read_bytes()[:5])
    else:
        files.remove(path)
    if damage == "another kind" and was_folder:
        path.write_text("a file")
    elif damage == "another kind":
        (path / "inside").mkdir(parents=True)
    assert workshop.build() and workshop.afresh
    assert not workshop.build()


@pytest.mark.parametrize("name", [".", "log.txt", ".lock"])
def test_what_stands_in_the_way_of_a_build_is_removed(workshop: Workshop, name: str) -> None:
    path = workshop.target / name
    was_folder = path.is_dir()
    files.remove(path)
    if was_folder:
        path.write_text("a file")
    else:
        (path / "inside").mkdir(parents=True)
    workshop.build()
    assert not workshop.build()


def test_a_disk_that_fills_up_at_the_end_of_a_build(
    workshop: Workshop, full_disk: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    (workshop.root / "book" / "page.md").write_text("# New")
    assert site.main(["book"]) == 1
    said = capsys.readouterr().err
    assert "stamp.json: No space left" in said and "disk is full" in said
    full_disk()
    assert workshop.build() and workshop.afresh
    assert not workshop.build()


def test_a_disk_that_fills_up_in_jupyter_book_is_told_from_a_fault_of_the_pages() -> None:
    lines = ["reading", "OSError: [Errno 28] No space left on device: 'x'"]
    assert "disk is full" in site._failure(lines, Path("log.txt"))
    lines = ["page.md:3: WARNING: 'myst' cross-reference target not found"]
    assert "disk" not in site._failure(lines, Path("log.txt"))


@pytest.mark.parametrize("name", ["_config.yml", "_toc.yml"])
def test_settings_that_cannot_be_read_are_named(
    workshop: Workshop, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workshop.root / name
    good = path.read_text()
    path.write_text(good + '\n  url: "half\n a: b')
    assert site.main(["book"]) == 1
    said = capsys.readouterr().err
    assert f"{name} is not YAML" in said and "line" in said and "git diff" in said
    path.write_text(good)
    assert not workshop.build()


def test_an_address_that_is_none_is_named(
    workshop: Workshop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    (workshop.root / "_config.yml").write_text("repository:\n  url: 'nonsense'\n")
    assert site.main(["book"]) == 1
    assert "'nonsense' is not the address of a repository" in capsys.readouterr().err


def test_pages_of_the_contents_are_found_at_any_depth() -> None:
    toc = {"root": "a", "parts": [{"caption": "b", "chapters": [{"file": "c", "sections": [
        {"file": "d"}]}]}]}  # fmt: skip
    assert list(site._pages(toc)) == ["a", "c", "d"]
    assert list(site._pages(None)) == []


# --- serving --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "says"), [(errno.EADDRINUSE, "Other programs"), (errno.EACCES, "administrator's")]
)
def test_ports_that_cannot_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, says: str
) -> None:
    asked = []

    def refuse(address: tuple[str, int], handler: object) -> None:
        asked.append(address[1])
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(site, "Server", refuse)
    with pytest.raises(OSError, match=f"from 8000 to 8019 .*{says}.*--port 9000"):
        site.open_server(tmp_path, 8000)
    assert asked == list(range(8000, 8020))
    with pytest.raises(OSError, match="from 65530 to 65535"):
        site.open_server(tmp_path, 65530)
    with pytest.raises(ValueError, match="no port 65536"):
        site.open_server(tmp_path, 65536)


@pytest.mark.parametrize("port", ["65536", "-1", "eighty", "8e3"])
def test_a_number_that_is_no_port_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        site.main(["serve", "--port", port])
    assert end.value.code == 2
    assert f"{port!r} is no port: wanted is a number from 0 to 65535" in capsys.readouterr().err
