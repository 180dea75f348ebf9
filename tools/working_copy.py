"""A copy of the project as git sees it, to try out in it what must not touch the project itself."""

import shutil
import subprocess
from pathlib import Path

from tools.environment import ROOT


def copy_project(target: Path, root: Path = ROOT) -> Path:
    """Copy the files that git tracks, or would track, from `root` to `target`; return `target`.

    What git ignores stays behind: environments, what was built, caches. So does git's own folder.
    Raises subprocess.CalledProcessError where `root` is no git repository.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (root / name).exists():  # removed, but not yet from git's list
            copied = target / name
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, copied)
    return target
