"""Setting up: from nothing, from a half-made environment, and what a person is told if it fails."""

import ast
import contextlib
import errno
import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import tools
from tools import __main__ as cli
from tools import environment
from tools.environment import ROOT, Environment, Progress, SetupError, ensure, explain_pip

POSIX = pytest.mark.skipif(os.name == "nt", reason="makes a shell script pose as Python")


@pytest.fixture
def place(tmp_path: Path) -> Environment:
    """An environment to be made, of no libraries at all."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("")
    return Environment(tmp_path / "env", (requirements,))


@pytest.fixture
def pip_calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Let no test install anything: take down what pip would be asked for."""
    calls: list[list[str]] = []
    monkeypatch.setattr(environment, "_pip", lambda env, title, words: calls.append(list(words)))
    return calls


# --- making and mending ---------------------------------------------------------------------------


def test_makes_an_environment_then_leaves_it_alone(
    place: Environment, pip_calls: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    ensure(place)
    assert "Setting up" in capsys.readouterr().out
    version = subprocess.run([place.python, "-m", "pip", "--version"], capture_output=True)
    assert version.returncode == 0
    assert pip_calls[0][-2:] == ["-r", str(place.requirements[0])]
    assert pip_calls[1] == ["--no-deps", "-e", str(ROOT)]
    assert place.ready()
    ensure(place)
    assert len(pip_calls) == 2 and capsys.readouterr().out == ""

    place.requirements[0].write_text("# another list\n")
    made = (place.folder / "pyvenv.cfg").stat().st_ino
    ensure(place)
    assert len(pip_calls) == 4 and place.ready()
    assert (place.folder / "pyvenv.cfg").stat().st_ino == made  # brought up to date, not made anew


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment to copy: making one takes 3 s."""
    folder = tmp_path_factory.mktemp("template") / "env"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return folder


@POSIX
@pytest.mark.parametrize("damage", ["no stamp", "no python", "broken python", "moved"])
def test_mends_a_half_made_environment(
    place: Environment,
    pip_calls: list[list[str]],
    damage: str,
    template: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def create(wanted: Environment) -> None:
        shutil.copytree(template, wanted.folder, symlinks=True)
        (wanted.folder / environment.PLACE).write_text(str(wanted.folder))

    monkeypatch.setattr(environment, "_create", create)
    ensure(place)
    if damage == "no stamp":
        (place.folder / environment.STAMP).unlink()
    elif damage == "no python":
        place.python.unlink()
    elif damage == "broken python":
        (place.folder / environment.STAMP).unlink()
        place.python.unlink()
        place.python.write_text("#!/bin/sh\nexit 1\n")
        place.python.chmod(0o755)
    else:
        moved = place.folder.with_name("elsewhere")
        place.folder.rename(moved)
        place = Environment(moved, place.requirements)
        (moved / environment.STAMP).unlink()
    assert not place.ready()
    ensure(place)
    assert place.ready() and len(pip_calls) == 4
    assert (place.folder / environment.PLACE).read_text() == str(place.folder)
    check = subprocess.run([place.python, "-c", "import pip, sys; print(sys.prefix)"], text=True,
                           capture_output=True)  # fmt: skip
    assert check.stdout.strip() == str(place.folder)


def test_interrupted_update_is_not_taken_for_a_finished_one(
    place: Environment, pip_calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure(place)

    def interrupted(*words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "_pip", interrupted)
    place.requirements[0].write_text("# another list\n")
    with pytest.raises(KeyboardInterrupt):
        ensure(place)
    place.requirements[0].write_text("")  # back to the list of the finished environment
    assert not place.ready()


def library(packages: Path, name: str) -> Path:
    """Install a library of one module by hand; return its `*.dist-info` folder."""
    info = packages / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (packages / f"{name}.py").write_text("x = 1\n")
    record = f"{name}.py,sha256=0,6\n{info.name}/RECORD,,\n{name}.pyc,,\n../../bin/{name},,9\n"
    (info / "RECORD").write_text(record)
    return info


@pytest.mark.parametrize("damage", ["file lost", "file cut off", "list lost", "list cut off"])
def test_a_damaged_library_is_told_from_a_whole_one(tmp_path: Path, damage: str) -> None:
    good, bad = library(tmp_path, "good"), library(tmp_path, "bad")
    assert environment.damaged(tmp_path) == []
    if damage == "file lost":
        (tmp_path / "bad.py").unlink()
    elif damage == "file cut off":
        (tmp_path / "bad.py").write_text("x =")
    elif damage == "list lost":
        (bad / "RECORD").unlink()
    else:
        (bad / "RECORD").write_text("bad.py,sha2")
    assert environment.damaged(tmp_path) == [bad] and good.exists()


def test_a_damaged_library_is_installed_anew(
    place: Environment, pip_calls: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    ensure(place)
    good, bad = library(place.packages, "good"), library(place.packages, "bad")
    place.distrust()
    ensure(place)
    assert place.ready() and good.exists() and bad.exists()
    (place.packages / "bad.py").unlink()
    assert not place.ready()  # what the stamp names is no longer there
    capsys.readouterr()
    ensure(place)
    assert "Damaged, so installed anew: bad-1.0" in capsys.readouterr().out
    assert not bad.exists() and good.exists()  # pip, which looks for the folder, installs it
    assert place.ready() and len(pip_calls) == 6


@pytest.mark.parametrize("stamp", [b"", b"half", b"\xff\xfe"])
def test_a_damaged_stamp_is_no_stamp(
    place: Environment, pip_calls: list[list[str]], stamp: bytes
) -> None:
    place.python.parent.mkdir(parents=True)
    place.python.touch()
    (place.folder / environment.STAMP).write_bytes(stamp)
    assert not place.ready()


def test_a_second_run_waits_for_the_set_up_and_then_finds_it_done(
    place: Environment, pip_calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure(place)
    stamp = (place.folder / environment.STAMP).read_text()
    place.distrust()

    @contextlib.contextmanager
    def alone(lock: Path, waiting: str) -> Iterator[None]:
        assert lock == place.folder.with_name("env.lock") and "Another run" in waiting
        (place.folder / environment.STAMP).write_text(stamp)  # by the first run
        yield

    monkeypatch.setattr(environment.files, "alone", alone)
    ensure(place)
    assert len(pip_calls) == 2


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_disk_that_refuses_is_explained_and_the_next_run_sets_up(
    place: Environment,
    pip_calls: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    def refuse(path: Path, text: str) -> None:
        raise OSError(number, os.strerror(number), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(environment.files, "write", refuse)
        with pytest.raises(SetupError) as error:
            ensure(place)
    assert f"{environment.STAMP}: {os.strerror(number)}.\n" in str(error.value)
    assert "run the same command" in str(error.value).replace("\n", " ")
    assert not place.ready()
    ensure(place)
    assert place.ready()


def test_never_removes_a_folder_that_is_no_environment(place: Environment) -> None:
    place.folder.mkdir()
    (place.folder / "thesis.txt").write_text("years of work")
    with pytest.raises(SetupError, match="COURSE_ENV"):
        ensure(place)
    assert (place.folder / "thesis.txt").read_text() == "years of work"


def test_copy_of_the_package_follows_the_package(
    place: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "src").mkdir()
    module = tmp_path / "src" / "a.py"
    module.write_text("x = 1")
    copied = Environment(place.folder, place.requirements, editable=False)
    editable, before = place.wanted(), copied.wanted()
    module.write_text("x = 2")
    assert copied.wanted() != before and place.wanted() == editable


def test_course_env_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_ENV", str(tmp_path / "mine"))
    assert environment.project_environment().folder == tmp_path / "mine"
    monkeypatch.delenv("COURSE_ENV")
    assert environment.project_environment().folder == ROOT / ".venv"


# --- the command line -----------------------------------------------------------------------------


def start(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m tools` as a person would, on the Python under the environment."""
    base = getattr(sys, "_base_executable", sys.executable)
    env = {**os.environ, "COURSE_ENV": "/nonexistent/env", **variables}
    command = [base, "-m", "tools", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)


@POSIX
def test_a_finished_environment_is_entered_at_once(tmp_path: Path) -> None:
    place = Environment(tmp_path / "env", (ROOT / "requirements.txt",), (ROOT / "constraints.txt",))
    place.python.parent.mkdir(parents=True)
    said = "$@ in $PWD; $VIRTUAL_ENV; $PYTHONHOME$PYTHONDONTWRITEBYTECODE"
    place.python.write_text(f'#!/bin/sh\necho "{said}"\nexit 7\n')
    place.python.chmod(0o755)
    (place.folder / environment.STAMP).write_text(place.wanted())
    other = {"VIRTUAL_ENV": "/another/env", "PYTHONDONTWRITEBYTECODE": "1"}
    times = []
    for _ in range(3):  # the best of three: the machine may be busy with other tests
        begin = time.monotonic()
        result = start("lint", "--fix", COURSE_ENV=str(place.folder), **other)
        times.append(time.monotonic() - begin)
    assert result.stdout == f"-m tools lint --fix in {ROOT}; {place.folder}; \n"
    assert result.returncode == 7
    assert min(times) < 0.7, f"{times} s before the command starts"


def test_help_needs_no_environment_and_lists_every_command() -> None:
    result = start("help")
    assert result.returncode == 0
    for name in cli.COMMANDS:
        assert f"\n  {name}" in result.stdout
    assert "PIP_EXTRA_INDEX_URL" in result.stdout and "COURSE_ENV" in result.stdout
    assert start().stdout == result.stdout


def test_unknown_command_is_said_clearly() -> None:
    result = start("biuld")
    assert result.returncode == 1 and "'biuld'" in result.stderr and "make help" in result.stderr


@pytest.mark.skipif(subprocess.run(["make", "-v"], capture_output=True).returncode != 0,
                    reason="there is no make on this machine")  # fmt: skip
def test_makefile_has_every_command_and_shows_help_by_default() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    listed = next(line for line in makefile.splitlines() if line.startswith("COMMANDS"))
    assert set(listed.split(":=")[1].split()) | {"help", "repository"} == set(cli.COMMANDS)
    base = getattr(sys, "_base_executable", sys.executable)
    # As from a terminal: the tests themselves may run under make.
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    result = subprocess.run(
        ["make", f"PYTHON={base}"], cwd=ROOT, capture_output=True, text=True, env=env
    )
    assert result.stdout.startswith("Usage:  make COMMAND")


def test_clean_leaves_the_environments_unless_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    for name in ("_build", ".venv", "book"):
        (tmp_path / name).mkdir()
    assert cli.main(["clean"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".venv", "book"]
    assert cli.main(["clean", "--all"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["book"]


def test_failing_step_fails_the_command(capfd: pytest.CaptureFixture[str]) -> None:
    steps = {"good": ["this"], "bad": ["no_such_module"]}
    assert cli._all_of(steps) != 0
    assert cli._all_of({"good": ["this"]}) == 0
    assert "bad FAILED" in capfd.readouterr().out


def test_failure_in_a_damaged_environment_names_the_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Environment(tmp_path, ())
    (tmp_path / environment.STAMP).touch()
    library(place.packages, "good")

    def fails(arguments: Sequence[str]) -> int:
        raise ModuleNotFoundError("No module named 'bad'")

    with pytest.raises(ImportError):  # a fault of ours keeps its traceback
        cli._run(cli.Command(fails), [], place)
    (library(place.packages, "bad") / "RECORD").unlink()
    assert cli._run(cli.Command(fails), [], place) == 1
    said = capsys.readouterr().err
    assert "files are missing of bad-1.0" in said and "Run the same command again" in said
    assert not (tmp_path / environment.STAMP).exists()
    assert cli._run(cli.Command(lambda arguments: 3), [], place) == 3
    assert "bad-1.0" in capsys.readouterr().err
    assert cli._run(cli.Command(lambda arguments: 0), [], place) == 0
    assert capsys.readouterr().err == ""


@POSIX
def test_an_environment_of_another_machine_is_made_anew(tmp_path: Path) -> None:
    place = Environment(tmp_path / "env", (ROOT / "requirements.txt",), (ROOT / "constraints.txt",))
    place.python.parent.mkdir(parents=True)
    place.python.write_bytes(b"\x00 not a program of this machine")
    place.python.chmod(0o755)
    (place.folder / environment.STAMP).write_text(place.wanted())
    result = start("lint", COURSE_ENV=str(place.folder))
    assert result.returncode == 1 and "Run the same command again" in result.stderr
    assert "Traceback" not in result.stderr and not place.ready()


# --- what a person is told ------------------------------------------------------------------------


def test_old_python_is_told_what_it_needs() -> None:
    # Must parse on a Python that is far too old; 3.7 is the oldest that `ast` can stand in for.
    ast.parse((ROOT / "tools" / "__init__.py").read_text("utf-8"), feature_version=(3, 7))
    message = tools.too_old((3, 8, 18), "/usr/bin/python3")
    assert "3.11 or newer" in message and "3.8.18 (/usr/bin/python3)" in message
    assert "python -m tools" in message or "python.org" in message or "PYTHON=" in message


def test_missing_ensurepip_names_the_package(
    place: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = environment.importlib.util.find_spec

    def without(name: str) -> object:
        return None if name == "ensurepip" else find(name)

    monkeypatch.setattr(environment.importlib.util, "find_spec", without)
    with pytest.raises(SetupError, match="apt-get install python3-venv"):
        ensure(place)
    assert not place.folder.exists()


def test_without_network_the_message_says_so(
    place: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    place.requirements[0].write_text("a-library==1.0\n")
    with pytest.raises(SetupError) as error:
        ensure(place)
    message = str(error.value)
    assert "package index could not be reached" in message and "HTTPS_PROXY" in message
    log = place.folder / environment.LOG
    assert str(log) in message and "a-library" in log.read_text()
    assert not place.ready()


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is full"),
        ("Temporary failure in name resolution\nERROR: No matching", "could not be reached"),
        ("ERROR: No matching distribution found for torch==2.13.0", "not to be had"),
        ("ERROR: no version of x (from versions: none)", "holds nothing of that name"),
        ("ERROR: Failed building wheel for x", "could not install"),
    ],
)
def test_pip_failures_are_explained(output: str, says: str) -> None:
    message = explain_pip(output, ROOT / ".venv" / "log")
    assert says in message and output.splitlines()[-1] in message
    assert "Run the same command again" in message


def test_set_up_error_ends_the_command_with_its_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(place: Environment) -> None:
        raise SetupError("the reason")

    monkeypatch.setattr(environment, "ensure", fail)
    monkeypatch.setenv("COURSE_ENV", "/nonexistent/env")
    assert cli.main(["book"]) == 1
    assert "the reason" in capsys.readouterr().err


def test_progress_names_the_big_steps() -> None:
    stream = io.StringIO()
    with Progress("1 of 2: the libraries", stream) as progress:
        progress.saw("Collecting numpy==2.4.6")
        progress.saw("Downloading torch-2.13.0-cp311-cp311-linux.whl (190.5 MB)")
        progress.saw("Downloading six-1.17.0-py2.py3-none-any.whl (11 kB)")
        progress.saw("Installing collected packages: " + ", ".join("abcdefghijklmnopqrstuvwxyz"))
    lines = [line.split(" s ")[-1].strip() for line in stream.getvalue().splitlines()]
    assert lines == [
        "1 of 2: the libraries ...",
        "downloading torch-2.13.0 (190.5 MB)",
        "unpacking 26 libraries (about a minute)",
    ]
