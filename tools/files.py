"""Files that later runs rely on: written whole or not at all, and by one run at a time.

Standard library only: setting up the environment needs this before anything is installed.
"""

import contextlib
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

PART = ".part"  # the end of a file's name while it is being written


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a place to write to; what is there at the block's end becomes `path` in one go.

    A reader of `path` sees the old file, none, or all of the new one. Where the block or the change
    fails, `path` is as it was and nothing is left beside it.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}{PART}")
    try:
        yield part
        if path.is_dir():  # in a damaged folder
            remove(path)
        os.replace(part, path)
    except BaseException as error:
        if isinstance(error, OSError) and error.filename is None:  # so it is where the disk is full
            error.filename = str(path)
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def write(path: Path, text: str) -> None:
    """Write `text` to `path` in one go (see `whole`); line ends stay as they are in it.

    Raises OSError where that can't be done.
    """
    with whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())  # else a crash of the machine could leave an empty file


def remove(path: Path) -> None:
    """Remove what stands at `path`: a file, a link, a folder with all it holds, or nothing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def folder(path: Path) -> Path:
    """Return `path`, made a folder. Only for what is built: a file in its place is removed."""
    if not path.is_dir():
        remove(path)
        path.mkdir(parents=True, exist_ok=True)
    return path


def remove_parts(place: Path) -> None:
    """Remove what killed writers have left in the folder `place`, which nobody else writes to."""
    for path in place.glob(f".*{PART}"):
        remove(path)


@contextlib.contextmanager
def alone(lock: Path, waiting: str) -> Iterator[None]:
    """Hold the file `lock` while the block runs, so that of several processes one goes on.

    A process that has to wait says so: it prints `waiting`. The system itself frees the lock of a
    process that ends, in whatever way.
    """
    if lock.is_dir():  # in a damaged folder
        remove(lock)
    with lock.open("a", encoding="utf-8") as file:
        if not _take(file):
            print(waiting, flush=True)
            while not _take(file):
                time.sleep(0.2)
        try:
            yield
        finally:
            _free(file)


if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[str]) -> bool:
        """Take the lock if it is free; return whether that was so."""
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _free(file: IO[str]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(file: IO[str]) -> bool:
        """Take the lock if it is free; return whether that was so."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _free(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
