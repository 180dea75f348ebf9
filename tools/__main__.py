"""`python -m tools COMMAND`: sets up the environment if need be, then runs the command in it."""

import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools import environment, files, trouble
from tools.environment import ROOT, Environment, SetupError

Run = Callable[[Sequence[str]], int]


def serve(arguments: Sequence[str]) -> int:
    """Build the site and serve it on this computer (stop with Ctrl-C)."""
    from tools import site

    return site.main(["serve", *arguments])


def book(arguments: Sequence[str]) -> int:
    """Build the site into _build/html, every warning an error."""
    from tools import site

    return site.main(["book", *arguments])


def lab(arguments: Sequence[str]) -> int:
    """Open JupyterLab on the notebooks."""
    from tools.environment import clean_variables

    # The environment's own kernel, whatever kernels the user has; nothing asked of other hosts.
    env = {**clean_variables(), "JUPYTER_PREFER_ENV_PATH": "1"}
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={ROOT / 'book'}"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    command += ["--LabApp.news_url=None"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container, say
        command.append("--allow-root")
    command += arguments
    return subprocess.run(command, env=env).returncode


def lint(arguments: Sequence[str]) -> int:
    """Check style and types (ruff, mypy); with --fix, correct what can be corrected."""
    fix = "--fix" in arguments
    steps = {
        "ruff check": ["ruff", "check", "--output-format=concise", *(["--fix"] if fix else [])],
        "ruff format": ["ruff", "format", *([] if fix else ["--check", "--output-format=concise"])],
        "mypy": ["mypy"],
    }
    return _all_of(steps)


def test(arguments: Sequence[str]) -> int:
    """Run everything that guards the project; with arguments, pytest with these alone."""
    from tools.execution import kernel_environment, warm_font_cache

    warm_font_cache()
    env = kernel_environment()
    if arguments:
        return _all_of({"pytest": ["pytest", *arguments]}, env)
    print("Style, types, then all tests: 10 to 20 minutes on two cores.", flush=True)
    lint_status = lint([])
    return _all_of({"pytest": ["pytest"]}, env) or lint_status


def test_colab(arguments: Sequence[str]) -> int:
    """Run the notebooks and the package's tests with Colab's published versions."""
    from tools.other_versions import run

    return run("colab", arguments)


def test_oldest(arguments: Sequence[str]) -> int:
    """Run the notebooks and the package's tests with the oldest versions that are supported."""
    from tools.other_versions import run

    return run("oldest", arguments)


def test_rounding(arguments: Sequence[str]) -> int:
    """Run the notebooks with numbers a hair off, as another processor might round them."""
    from tools import rounding

    return rounding.main(arguments)


def bench(arguments: Sequence[str]) -> int:
    """Measure speed (NumPy network, explorables, builds) and the weight of the pages."""
    from tools import bench as measure

    return measure.main(list(arguments))


def faults(arguments: Sequence[str]) -> int:
    """Plant known faults in a copy and see each caught by its test; a part of a name picks some."""
    from tools import faults as planting
    from tools.fault_table import FAULTS

    return planting.main(FAULTS, arguments)


def notebooks(arguments: Sequence[str]) -> int:
    """Execute the notebooks afresh and store them in normal form; a part of a name picks some."""
    from tools.notebooks import ExecutionFailed, update_all

    try:
        update_all(only=arguments)
    except (ExecutionFailed, ValueError) as error:
        return _complain(error)
    return 0


def new(arguments: Sequence[str]) -> int:
    """Begin a chapter (chapter 08_topic), or give one an exercise's cells (exercise 8.1)."""
    from tools import new as begin

    try:
        path = begin.new(arguments)
    except ValueError as error:
        return _complain(error)
    print(f"Written: {path.relative_to(ROOT)}")
    return 0


def stills(arguments: Sequence[str]) -> int:
    """Take a picture of each explorable for readers without JavaScript (needs Chromium)."""
    from tools import stills as taking
    from tools.browser import NoBrowser
    from tools.execution import ExecutionFailed

    try:
        return taking.main()
    except (ExecutionFailed, NoBrowser, taking.StillsError) as error:
        return _complain(error)


def repository(arguments: Sequence[str]) -> int:
    """Write the address of your fork, https://..., wherever the project names it."""
    from tools.set_repository import set_repository

    if len(arguments) != 1:
        return _complain("Wanted: the address of your fork, for example\n" + _EXAMPLE)
    try:
        set_repository(arguments[0])
    except ValueError as error:
        return _complain(f"{error}\nFor example:\n{_EXAMPLE}")
    return 0


def picture(arguments: Sequence[str]) -> int:
    """Take the README's picture anew from the built site (for maintainers)."""
    from tools.picture import store

    path = store()
    print(f"Written: {path.relative_to(ROOT)} ({path.stat().st_size / 1000:.0f} kB)")
    return 0


def lock(arguments: Sequence[str]) -> int:
    """Write constraints.txt anew from what is installed (for maintainers)."""
    from tools.lock import write_constraints

    write_constraints()
    return 0


def clean(arguments: Sequence[str]) -> int:
    """Remove what was built; with --all the environments as well."""
    names = ["_build", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"]
    if "--all" in arguments:
        names += [".venv", ".venv-colab", ".venv-oldest"]
    for name in names:
        if os.path.lexists(ROOT / name):
            print(f"Removing {name}")
            files.remove(ROOT / name)
    return 0


def show_help(arguments: Sequence[str]) -> int:
    """Show this list."""
    print("Usage:  make COMMAND      or, where there is no make:  python -m tools COMMAND")
    print("        (on Windows: py -m tools COMMAND)\n")
    for name, command in COMMANDS.items():
        shown = f"{name} URL" if name == "repository" else name
        print(f"  {shown:<16}{command.summary}")
    print(_NOTES)
    return 0


_EXAMPLE = "    make repository URL=https://github.com/you/your-fork"
_NOTES = """
Each command sets up what it needs, the first time in .venv (2 to 5 minutes; about 1 GB).
Options: make test ARGS="-k losses", or python -m tools test -k losses.

Variables:
  COURSE_ENV             another folder for the environment
  PIP_EXTRA_INDEX_URL    another package index. On Linux without a graphics card,
                         https://download.pytorch.org/whl/cpu saves 2 GB of CUDA libraries"""


@dataclass(frozen=True)
class Command:
    """One command; `needs_environment` is False for what runs on a bare Python."""

    run: Run
    needs_environment: bool = True

    @property
    def summary(self) -> str:
        """The first line of what the command says of itself."""
        return (self.run.__doc__ or "").splitlines()[0]


COMMANDS = {
    "serve": Command(serve),
    "book": Command(book),
    "test": Command(test),
    "lab": Command(lab),
    "lint": Command(lint),
    "notebooks": Command(notebooks),
    "new": Command(new),
    "stills": Command(stills),
    "repository": Command(repository),
    "bench": Command(bench),
    "faults": Command(faults),
    "test-colab": Command(test_colab),
    "test-oldest": Command(test_oldest),
    "test-rounding": Command(test_rounding),
    "picture": Command(picture),
    "lock": Command(lock),
    "clean": Command(clean, needs_environment=False),
    "help": Command(show_help, needs_environment=False),
}


def _all_of(steps: dict[str, list[str]], env: dict[str, str] | None = None) -> int:
    """Run every step (a module of this Python with arguments); return 0 if all succeeded."""
    status = 0
    for name, (module, *arguments) in steps.items():
        print(f"--- {name}", flush=True)
        start = time.monotonic()
        result = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, env=env)
        verdict = "passed" if result.returncode == 0 else f"FAILED (status {result.returncode})"
        print(f"--- {name} {verdict} in {time.monotonic() - start:.0f} s", flush=True)
        status = status or result.returncode
    return status


def _complain(message: object) -> int:
    print(message, file=sys.stderr)
    return 1


def main(arguments: Sequence[str]) -> int:
    """Run the command that `arguments` start with; return the exit status."""
    name, *rest = arguments or ["help"]
    if name in ("-h", "--help"):
        name = "help"
    command = COMMANDS.get(name)
    if command is None:
        return _complain(f"There is no command {name!r}. `make help` lists them.")
    place = environment.project_environment()
    if not command.needs_environment:
        return _run(command, rest, place)
    try:
        if not (place.ready() and environment.inside(place)):
            environment.ensure(place)
            return _enter(place, [name, *rest])
    except SetupError as error:
        return _complain(f"\nThe environment could not be set up.\n{error}")
    except FileNotFoundError as error:
        return _complain(f"{error.filename} is missing. `git status` shows what else is.")
    os.chdir(ROOT)
    return _run(command, rest, place)


def _enter(place: Environment, arguments: Sequence[str]) -> int:
    """Start the command line again on the environment's Python."""
    try:
        return environment.run_inside(place, ["-m", "tools", *arguments])
    except OSError as error:
        place.distrust()
        return _complain(
            f"{place.python} can't be started ({error.strerror}). The likely cause: it was made on "
            "another machine. Run the same command again: it makes the environment anew."
        )


def _run(command: Command, arguments: Sequence[str], place: Environment) -> int:
    """Run `command`; where the machine or the environment is the cause of a failure, say so."""
    try:
        status = command.run(arguments)
    except Exception as error:
        said = trouble.explain(error) if isinstance(error, OSError) else None
        said = said or _damage(place)
        if said is None:
            raise
        return _complain(said)
    if status and (said := _damage(place)):
        _complain(said)
    return status


def _damage(place: Environment) -> str | None:
    """Return what to say of libraries that aren't all there, None if they are; see to a repair."""
    found = environment.damaged(place.packages)
    if not found:
        return None
    place.distrust()
    names = ", ".join(info.name.removesuffix(".dist-info") for info in found)
    return (
        f"\nThe environment is damaged: files are missing of {names}. That may be the cause. "
        "Run the same command again: it first installs them anew."
    )


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):  # a path may hold letters that a terminal can't show
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next run goes on from here.")
