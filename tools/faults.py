"""Plants faults in copies of the project and says which check catches each (`make faults`).

The faults stand in `tools/fault_table.py`. Each is planted alone, the part of the tests that should
notice it runs, and the fault is taken away again. That a check fails counts only if it passes
without the fault, and only as a failed test: a module that can't be imported any more is no proof.
"""

import os
import queue
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.environment import ROOT
from tools.execution import kernel_environment, warm_font_cache
from tools.working_copy import copy_project

JOBS = 2
LIMIT = 300  # seconds for one fault: a fault may well make a loop endless
# All but the test of the table, which of course misses the text that a fault has replaced.
ALL_TESTS = ("tests", "book", "--ignore=tests/test_faults.py")
LIMIT_ALL = 3600


class FaultError(Exception):
    """The faults can't be tried out; the message says why."""


@dataclass(frozen=True)
class Fault:
    """A fault, and where the check stands that should catch it.

    name: what is wrong, in words.
    file: the file below the root in which it is planted.
    old, new: the text that is replaced, which stands in the file exactly once, and the fault.
    check: the test's id as pytest takes it, such as "tests/test_network.py::test_the_posts_step".
    """

    name: str
    file: str
    old: str
    new: str
    check: str

    def planted_in(self, text: str) -> str:
        """Return the file's `text` with the fault in it; raises FaultError where it doesn't fit."""
        if text.count(self.old) != 1:
            raise FaultError(
                f"{self.name}: {self.file} holds the text to replace {text.count(self.old)} times, "
                f"but once is wanted. Bring tools/fault_table.py up to date:\n{self.old}"
            )
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Outcome:
    """What a run of tests came to.

    status: "passed", "failed" (a test says so), or "broken" (something else went wrong).
    test: the id of the first test that failed, or "".
    said: the first line of its message, or what went wrong.
    """

    status: str
    test: str = ""
    said: str = ""


@dataclass(frozen=True)
class Verdict:
    """What became of one fault: the outcome of its check, and whether its own check noticed it."""

    fault: Fault
    outcome: Outcome
    seconds: float
    elsewhere: bool = False

    @property
    def caught(self) -> bool:
        return self.outcome.status == "failed"

    def __str__(self) -> str:
        name = f"{self.fault.name} ({Path(self.fault.file).name})"
        if not self.caught:
            said = f": {self.outcome.said}" if self.outcome.said else ""
            return f"NOT CAUGHT  {name}{said}"
        where = ", which is not where the table looks for it" if self.elsewhere else ""
        return f"{self.seconds:4.0f} s  {name}\n        {self.outcome.test}{where}"


# --- one run of tests -----------------------------------------------------------------------------


def run_tests(
    root: Path,
    checks: Sequence[str],
    *options: str,
    limit: float = LIMIT,
    bytecode: bool = False,
) -> Outcome:
    """Run pytest on `checks` in the copy `root`; the copy's `course_utils` goes before any other.

    With a fault no bytecode is written: it can have the length and the second of what it replaces
    or of the one before it, and then Python would take the old bytecode for the new source.
    """
    env = kernel_environment() | {"PYTHONPATH": str(root / "src")}
    if not bytecode:
        env["PYTHONDONTWRITEBYTECODE"] = "1"
    report = root.parent / f"{root.name}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", *checks, "-p", "no:cacheprovider", "-q", *options]
    command += [f"--junit-xml={report}", "-o", "junit_family=xunit1"]
    command += ["-p", "tests.fault_profile", "--hypothesis-profile=faults"]
    try:
        done = subprocess.run(
            command, cwd=root, env=env, capture_output=True, text=True, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return Outcome("broken", said=f"stopped after {limit:.0f} s")
    if done.returncode == 0:
        return Outcome("passed")
    return _failure(report) or Outcome("broken", said=_complaint(done.stdout + done.stderr))


def _failure(report: Path) -> Outcome | None:
    """Return the first failed test of a report in JUnit's form; None where none has failed."""
    if not report.exists():
        return None
    for case in ET.parse(report).iter("testcase"):
        failure = case.find("failure")
        if failure is not None:
            name, file = case.get("name", ""), case.get("file", "")
            test = name if name.startswith(file) else f"{file}::{name}"  # nbval names the file
            return Outcome("failed", test, (failure.get("message") or "").partition("\n")[0])
    return None


def _complaint(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    errors = [line.removeprefix("E").strip() for line in lines if line.startswith("E  ")]
    errors += [line for line in lines if line.startswith("ERROR")]
    return (errors or lines[-1:] or ["pytest said nothing"])[0]


# --- one fault ------------------------------------------------------------------------------------


@contextmanager
def planted(fault: Fault, root: Path) -> Iterator[None]:
    """Plant the fault in the copy `root` while the block runs."""
    path = root / fault.file
    before = path.read_bytes()
    path.write_text(fault.planted_in(before.decode("utf-8")), encoding="utf-8", newline="")
    try:
        yield
    finally:
        path.write_bytes(before)


def try_fault(fault: Fault, root: Path) -> Verdict:
    """Plant the fault in `root`, run its check, and all tests where that one doesn't notice it."""
    start = time.monotonic()
    with planted(fault, root):
        outcome = run_tests(root, [fault.check], "-n0", "-x")
        elsewhere = outcome.status == "passed"
        if elsewhere:
            outcome = run_tests(root, ALL_TESTS, "-x", limit=LIMIT_ALL)
    if elsewhere and outcome.status == "failed":
        # Its own check is known to pass without the fault; of this one that is still to be seen.
        without = run_tests(root, [outcome.test.partition("::")[0]])
        if without.status != "passed":
            outcome = Outcome("broken", said=f"{outcome.test} fails without the fault, too")
    return Verdict(fault, outcome, time.monotonic() - start, elsewhere)


def try_all(faults: Sequence[Fault], root: Path = ROOT, jobs: int = JOBS) -> Iterator[Verdict]:
    """Try the faults in copies of `root`, `jobs` at a time; yield the verdicts in their order.

    Raises FaultError where a check fails without any fault, or a fault doesn't fit its file.
    """
    with tempfile.TemporaryDirectory(prefix="course-faults-") as folder:
        copies = [
            copy_project(Path(folder) / f"copy{number}", root) for number in range(1, jobs + 1)
        ]
        for fault in faults:
            fault.planted_in((copies[0] / fault.file).read_text(encoding="utf-8"))
        checks = list(dict.fromkeys(fault.check for fault in faults))
        free: queue.Queue[Path] = queue.Queue()
        for copy in copies:
            free.put(copy)

        def work(fault: Fault) -> Verdict:
            copy = free.get()
            try:
                return try_fault(fault, copy)
            finally:
                free.put(copy)

        with ThreadPoolExecutor(jobs) as pool:
            try:
                shares = [checks[start::jobs] for start in range(jobs)]
                list(pool.map(_pass_without_fault, copies, shares))
                yield from pool.map(work, faults)
            finally:
                pool.shutdown(cancel_futures=True)


def _pass_without_fault(root: Path, checks: Sequence[str]) -> None:
    """Raise FaultError unless the tests import the package from `root` and the checks pass."""
    if not checks:
        return
    code = "import course_utils; print(course_utils.__file__)"
    env = os.environ | {"PYTHONPATH": str(root / "src")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=env, capture_output=True, text=True
    )
    if not Path(done.stdout.strip()).is_relative_to(root):
        raise FaultError(
            "The copy's own course_utils is not the one that Python imports, so no fault in it "
            f"would be seen: {done.stdout}{done.stderr}"
        )
    # The first fault comes at least a second after the copy that this run's bytecode is of.
    outcome = run_tests(root, checks, "-n0", limit=LIMIT_ALL, bytecode=True)
    if outcome.status != "passed":
        where = f"{outcome.test}: " if outcome.test else ""
        raise FaultError(f"A check fails without any fault: {where}{outcome.said}")


# --- the command ----------------------------------------------------------------------------------


def main(table: Sequence[Fault], arguments: Sequence[str]) -> int:
    """Try the faults whose name or file has one of `arguments` in it, or all; return the status.

    The status is 1 if a fault went unnoticed, 2 if the table doesn't fit the project.
    """
    faults = [
        fault
        for fault in table
        if not arguments or any(part in f"{fault.file} {fault.name}" for part in arguments)
    ]
    if not faults:
        print(f"No fault has {' or '.join(arguments)} in its name or file.", file=sys.stderr)
        return 2
    start = time.monotonic()
    print(f"{len(faults)} faults; first their checks without any.", flush=True)
    missed = 0
    warm_font_cache()
    try:
        for verdict in try_all(faults):
            print(verdict, flush=True)
            missed += not verdict.caught
    except FaultError as error:
        print(error, file=sys.stderr)
        return 2
    minutes = (time.monotonic() - start) / 60
    print(f"{len(faults) - missed} of {len(faults)} faults caught in {minutes:.1f} minutes.")
    return 1 if missed else 0
