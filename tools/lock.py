"""Writes `constraints.txt`: the version of everything that is installed in the environment."""

import re
from importlib.metadata import distributions
from pathlib import Path

from tools import files
from tools.execution import ROOT

# Made here, or part of every environment and not of the project.
NOT_LOCKED = {"course-utils", "pip", "setuptools", "wheel"}
# Only on some systems, and chosen there by the package that needs them.
PLATFORM = re.compile(r"nvidia-|cuda-|triton$|pywin|colorama$|appnope$")
HEADER = """\
# Every library that requirements.txt brings along, in the version it was tested with.
# Written by `make lock` from a fresh environment. One that a machine doesn't need does no harm.
"""


def normal_name(name: str) -> str:
    """Return a package's name in the one spelling that PyPI treats as the same."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed() -> dict[str, str]:
    """Return the version of each installed package, without local parts such as `+cpu`."""
    found = {normal_name(d.metadata["Name"]): d.version.split("+")[0] for d in distributions()}
    return {
        name: version
        for name, version in sorted(found.items())
        if name not in NOT_LOCKED and not PLATFORM.match(name)
    }


def write_constraints(path: Path = ROOT / "constraints.txt") -> None:
    """Write the versions of the environment that this runs in to `path`."""
    versions = installed()
    lines = [f"{name}=={version}\n" for name, version in versions.items()]
    files.write(path, HEADER + "".join(lines))
    print(f"{path.name}: {len(versions)} libraries.")
