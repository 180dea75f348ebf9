"""Sets up the project's own environment: a `.venv` with the versions that the project pins.

Only the standard library is used here: this runs before anything is installed. A finished
environment carries a stamp; while the stamp fits, setting up takes a few milliseconds. The stamp
also names what stands in the environment, so that a library that was removed is noticed.
"""

import csv
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools import files, trouble

ROOT = Path(__file__).resolve().parent.parent
STAMP = "course-setup.txt"
LOG = "course-setup.log"
PLACE = "course-place.txt"
NO_NETWORK = re.compile(
    "Temporary failure in name resolution|Name or service not known|getaddrinfo failed|"
    "nodename nor servname|Failed to establish a new connection|NewConnectionError|"
    "Network is unreachable|Connection refused|ConnectTimeoutError|ReadTimeoutError|ProxyError|"
    "Connection reset by peer|SSLError",
    re.IGNORECASE,
)


class SetupError(Exception):
    """The environment can't be set up; the message says why and what to do."""


@dataclass(frozen=True)
class Environment:
    """One environment: its folder, what is installed into it and how long that takes.

    `requirements` and `constraints` are files below the root. The project itself is installed
    editable (the working environment) or as a copy, the way a host like Colab does it.
    """

    folder: Path
    requirements: tuple[Path, ...]
    constraints: tuple[Path, ...] = ()
    editable: bool = True
    expect: str = "2 to 5 minutes the first time, about 1 GB; 3 GB where torch brings CUDA"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        if os.name == "nt":
            return self.folder / "Scripts" / "python.exe"
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        """The folder into which libraries are installed."""
        place = {"base": str(self.folder), "platbase": str(self.folder)}
        return Path(sysconfig.get_path("purelib", "venv", place))

    def wanted(self) -> str:
        """Return how the stamp begins of an environment that is as it should be now."""
        digest = hashlib.sha256()
        for path in (*self.requirements, *self.constraints, ROOT / "pyproject.toml"):
            digest.update(path.read_bytes() + b"\0")
        if not self.editable:  # a copy of the package must follow the package
            for path in sorted((ROOT / "src").rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
        version = ".".join(map(str, sys.version_info[:2]))
        return f"{digest.hexdigest()}\nPython {version}\n{ROOT}\n"

    def ready(self) -> bool:
        """Return whether the environment is complete and up to date."""
        wanted = self.wanted()
        try:
            stamp = (self.folder / STAMP).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return False
        if not (stamp.startswith(wanted) and self.python.exists()):
            return False
        return set(stamp.removeprefix(wanted).splitlines()) <= self.holds()

    def holds(self) -> set[str]:
        """Return the names of what stands in the folder of the libraries."""
        if not self.packages.is_dir():
            return set()
        return set(os.listdir(self.packages)) - {"__pycache__"}

    def distrust(self) -> None:
        """Take the stamp away, so that the next run looks at everything and repairs it."""
        files.remove(self.folder / STAMP)


def project_environment() -> Environment:
    """Return the working environment: `.venv`, or the folder that COURSE_ENV names."""
    return Environment(
        folder=Path(os.environ.get("COURSE_ENV") or ROOT / ".venv").absolute(),
        requirements=(ROOT / "requirements.txt",),
        constraints=(ROOT / "constraints.txt",),
    )


def ensure(environment: Environment) -> None:
    """Make `environment` complete and up to date. Raises SetupError where that can't be done."""
    if environment.ready():
        return
    folder = environment.folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = folder.with_name(folder.name + ".lock")
        with files.alone(lock, f"Another run sets up {_shown(folder)}: waiting until it ends."):
            if not environment.ready():
                _set_up(environment)
    except OSError as error:
        raise SetupError(trouble.explain(error) or str(error)) from error


def _set_up(environment: Environment) -> None:
    start = time.monotonic()
    folder = environment.folder
    if _usable(environment):
        print(
            f"Bringing {_shown(folder)} up to date (half a minute if little changed).", flush=True
        )
        environment.distrust()
        _forget_damaged(environment)
    else:
        print(f"Setting up {_shown(folder)} ({environment.expect}).", flush=True)
        _remove(folder)
        _create(environment)
    files.remove(folder / LOG)
    arguments = [word for path in environment.requirements for word in ("-r", str(path))]
    arguments += [word for path in environment.constraints for word in ("-c", str(path))]
    _pip(environment, "1 of 2: the libraries", ["--upgrade-strategy", "only-if-needed", *arguments])
    own = ["-e", str(ROOT)] if environment.editable else ["--force-reinstall", str(ROOT)]
    _pip(environment, "2 of 2: course_utils", ["--no-deps", *own])
    names = "".join(f"{name}\n" for name in sorted(environment.holds()))
    files.write(folder / STAMP, environment.wanted() + names)
    print(f"Ready after {time.monotonic() - start:.0f} s.", flush=True)


def clean_variables() -> dict[str, str]:
    """Return the process's variables without those that would point Python or pip elsewhere.

    Nor may one keep Python from storing what it compiles: each process would compile PyTorch anew.
    """
    env = dict(os.environ)
    elsewhere = ("VIRTUAL_ENV", "PYTHONHOME", "CONDA_PREFIX", "PIP_TARGET", "PIP_PREFIX")
    for name in (*elsewhere, "PYTHONDONTWRITEBYTECODE"):
        env.pop(name, None)
    env["PIP_USER"] = "0"
    env["PIP_REQUIRE_VIRTUALENV"] = "0"
    return env


def run_inside(
    environment: Environment, arguments: Sequence[str], variables: Mapping[str, str] | None = None
) -> int:
    """Run the environment's Python with `arguments` from the root; return its exit status.

    `variables` are added to the process's own. Except on Windows this doesn't return: the new
    process takes the place of this one.
    """
    env = {**clean_variables(), **(variables or {})}
    env["VIRTUAL_ENV"] = str(environment.folder)
    scripts = str(environment.python.parent)
    env["PATH"] = os.pathsep.join([scripts, env.get("PATH", os.defpath)])
    command = [str(environment.python), *arguments]
    if os.name == "nt":  # exec would give the prompt back before the command ends
        return subprocess.run(command, env=env, cwd=ROOT).returncode
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execve(command[0], command, env)


def inside(environment: Environment) -> bool:
    """Return whether this process runs on the environment's own Python."""
    return Path(sys.prefix).resolve() == environment.folder.resolve()


def _usable(environment: Environment) -> bool:
    """Return whether the folder is an environment of this Python's version with a working pip.

    One that was moved or copied is not: its scripts name the place where it was made.
    """
    place = environment.folder / PLACE
    if not (environment.python.exists() and place.is_file()):
        return False
    if place.read_bytes() != os.fsencode(environment.folder):
        return False
    code = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    try:
        result = subprocess.run(
            [str(environment.python), "-I", "-c", code], capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    if result.stdout.strip() != ".".join(map(str, sys.version_info[:2])):
        return False
    return not any(info.name.startswith("pip-") for info in damaged(environment.packages))


def damaged(packages: Path) -> list[Path]:
    """Return the `*.dist-info` folders of the libraries in `packages` that aren't all there.

    Such a library was cut off while it was installed, or files of it were lost. pip looks for the
    folder alone and would take it for installed.
    """
    return [info for info in sorted(packages.glob("*.dist-info")) if not _is_whole(info, packages)]


def _is_whole(info: Path, packages: Path) -> bool:
    """Return whether the library's files are there, its code in full.

    Files outside `packages` (its programs) and those that name the place are written anew when
    they are installed, so that their size isn't the one on the list.
    """
    try:
        with (info / "RECORD").open(encoding="utf-8", newline="") as file:  # pip writes it last
            for name, _, size in csv.reader(file):
                if name.endswith(".pyc") or name.startswith(".."):
                    continue
                found = (packages / name).stat().st_size
                if name.endswith((".py", ".so", ".pyd")) and size and found != int(size):
                    return False
    except (OSError, ValueError):
        return False
    return True


def _forget_damaged(environment: Environment) -> None:
    """Let pip install damaged libraries anew: it takes one without this folder for missing."""
    for info in damaged(environment.packages):
        print(f"  Damaged, so installed anew: {info.name.removesuffix('.dist-info')}", flush=True)
        files.remove(info)


def _remove(folder: Path) -> None:
    """Remove a half-made or foreign-made environment, but never a folder that is something else."""
    if not folder.exists():
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / "pyvenv.cfg").exists()):
        raise SetupError(
            f"{folder} exists and is not a Python environment, so it was left alone. "
            "Move it away, or name another folder in the variable COURSE_ENV."
        )
    print("  The environment there is incomplete or of another Python: making it anew.", flush=True)
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise SetupError(
            f"{folder} could not be removed ({error}). Close the programs that use it "
            "(JupyterLab, a terminal with the environment active) and run the command again."
        ) from error


def _create(environment: Environment) -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = ".".join(map(str, sys.version_info[:2]))
        raise SetupError(
            f"This Python ({sys.executable}) can't make environments: its part `ensurepip` is "
            "missing. On Debian and Ubuntu install it with\n"
            f"    sudo apt-get install python3-venv     (or python{version}-venv)\n"
            "and run the command again."
        )
    print("  Making an empty environment ...", flush=True)
    base = getattr(sys, "_base_executable", None) or sys.executable
    result = subprocess.run(
        [base, "-m", "venv", str(environment.folder)],
        env=clean_variables(),
        capture_output=True,
        text=True,
        errors="replace",
    )
    if result.returncode:
        text = (result.stdout + result.stderr).strip()
        advice = trouble.advice_on(text)
        said = f"{base} could not make an environment:\n{text}"
        raise SetupError(f"{said}\n{advice}" if advice else said)
    (environment.folder / PLACE).write_bytes(os.fsencode(environment.folder))


def _pip(environment: Environment, title: str, arguments: Sequence[str]) -> None:
    """Run `pip install`, show how it goes, keep all it says in the log. Raises SetupError."""
    command = [str(environment.python), "-m", "pip", "install", "--progress-bar", "off"]
    # Python compiles what it imports, and a good part of the libraries is never imported.
    command += ["--disable-pip-version-check", "--no-compile", *arguments]
    log = environment.folder / LOG
    lines: list[str] = []
    with Progress(title) as progress, log.open("a", encoding="utf-8") as file:
        process = subprocess.Popen(
            command,
            env=clean_variables(),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                file.write(line)
                lines.append(line.rstrip())
                progress.saw(line.strip())
            process.wait()
        finally:  # Ctrl-C, or a disk too full for the log: pip must not go on by itself
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode:
        raise SetupError(explain_pip("\n".join(lines), log))


def explain_pip(output: str, log: Path) -> str:
    """Return what to tell a person whose `pip install` failed with this `output`."""
    errors = [line for line in output.splitlines() if line.startswith("ERROR")][-3:]
    if "No space left on device" in output:
        cause = "The disk is full: the environment needs about 2 GB (6 GB with CUDA)."
    elif NO_NETWORK.search(output):
        cause = (
            "The package index could not be reached. Check the network (behind a proxy, set "
            "HTTPS_PROXY; with a mirror, PIP_INDEX_URL)."
        )
    elif "(from versions: none)" in output:
        cause = (
            "The package index could not be reached, or it holds nothing of that name for this "
            "Python and machine. Check the network first, then the versions below."
        )
    elif "No matching distribution found" in output:
        cause = (
            "A version that the project pins is not to be had for this Python "
            f"({'.'.join(map(str, sys.version_info[:3]))}) or this machine. Python 3.11 to 3.13 on "
            "64-bit Linux, Windows and macOS (Apple silicon) are known to work."
        )
    else:
        cause = "pip could not install the libraries."
        errors = errors or output.splitlines()[-10:]
    said = "\n".join("    " + line for line in errors)
    again = "Run the same command again afterwards: it goes on from here."
    return f"{cause}\n{said}\n{again} All that pip said is in {_shown(log)}."


class Progress:
    """Shows how pip gets on: on a terminal one changing line, else a line for each big step."""

    def __init__(self, title: str, stream: IO[str] | None = None) -> None:
        self.stream = stream or sys.stdout
        self.title = title
        self.state = "starting"
        self.start = time.monotonic()
        self.live = self.stream.isatty()
        self.finished = threading.Event()
        self.thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> "Progress":
        print(f"  {self.title} ...", file=self.stream, flush=True)
        if self.live:
            self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.finished.set()
        if self.live:
            self.thread.join()
            print("\r" + " " * self._width() + "\r", end="", file=self.stream, flush=True)

    def saw(self, line: str) -> None:
        """Take in one line of pip's output."""
        found = re.match(r"(Collecting|Downloading|Building wheel for) (\S+)(.*)", line)
        if line.startswith("Installing collected packages"):
            number = line.count(",") + 1
            if number > 20:
                self._say(f"unpacking {number} libraries (about a minute)")
        elif found and found[1] == "Downloading":
            name = found[2].rsplit("/", 1)[-1]
            size = re.search(r"\(([\d.]+) (MB|GB)\)", line)
            big = size is not None and (size[2] == "GB" or float(size[1]) >= 10)
            name = "-".join(name.split("-")[:2]).removesuffix(".metadata")
            self._say(f"downloading {name}" + (f" ({size[1]} {size[2]})" if size else ""), big)
        elif found:
            self._say(f"{'building' if 'wheel' in found[1] else 'looking up'} {found[2]}", False)

    def _say(self, state: str, important: bool = True) -> None:
        self.state = state
        if important and not self.live:
            elapsed = time.monotonic() - self.start
            print(f"    {elapsed:4.0f} s  {state}", file=self.stream, flush=True)

    def _tick(self) -> None:
        while not self.finished.wait(0.2):
            text = f"    {time.monotonic() - self.start:4.0f} s  {self.state}"
            width = self._width()
            print("\r" + text[:width].ljust(width), end="", file=self.stream, flush=True)

    @staticmethod
    def _width() -> int:
        return max(20, shutil.get_terminal_size().columns - 1)


def _shown(path: Path) -> str:
    """Return `path` as a person at the root would write it."""
    try:
        return str(path.relative_to(ROOT))
    except ValueError:
        return str(path)
