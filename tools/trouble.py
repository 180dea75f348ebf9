"""What to tell a person when the machine refuses: a full disk, no permission, no folder for this.

Standard library only: it is needed before anything is installed.
"""

import errno
import re

FULL = """\
The disk is full, or your share of it. Free some space, then run the same command again: what is
half-written is made anew. `make clean` removes what this project has built."""
FORBIDDEN = """\
This account may not write there. The likely cause: the folder belongs to another user (it was
made with sudo or in a container), or another program has the file open. Make it yours, or copy
the project to a folder of your own, then run the same command again."""
READ_ONLY = """\
That place can only be read. Copy the project to a folder where you may write, and run the same
command there."""
NO_TEMPORARY = """\
There is no folder for temporary files that can be written to. Free some space on the disk, or name
another folder in the variable TMPDIR, then run the same command again."""
TOO_MANY_FILES = """\
This process may not open more files. Close other programs or raise the limit (`ulimit -n 4096`),
then run the same command again."""
TOO_LONG = """\
The path is too long for this system. Move the project to a folder with a shorter path."""
FAULTY = """\
The disk could not be read or written. Check the disk, then run the same command again."""

ADVICE = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: FULL,
    errno.EACCES: FORBIDDEN,
    errno.EPERM: FORBIDDEN,
    errno.EROFS: READ_ONLY,
    errno.EMFILE: TOO_MANY_FILES,
    errno.ENFILE: TOO_MANY_FILES,
    errno.ENAMETOOLONG: TOO_LONG,
    errno.EIO: FAULTY,
}
# The same in what another program has printed.
WORDS = {
    "No space left on device": FULL,
    "There is not enough space on the disk": FULL,
    "Disk quota exceeded": FULL,
    "Read-only file system": READ_ONLY,
    "Permission denied": FORBIDDEN,
    "No usable temporary directory": NO_TEMPORARY,
    "Too many open files": TOO_MANY_FILES,
}


def explain(error: OSError) -> str | None:
    """Return what happened, why and what to do; None for an error that has no known cause."""
    advice = ADVICE.get(error.errno or 0) or advice_on(str(error))
    if advice is None:
        return None
    what = error.strerror or str(error)
    if error.filename:
        what = f"{error.filename}: {what}"
    return f"{what}.\n{advice}"


def advice_on(output: str) -> str | None:
    """Return the advice for what a program printed, None where none of its words is known."""
    found = re.search("|".join(map(re.escape, WORDS)), output)
    return WORDS[found[0]] if found else None
