"""Packs the site into one file, for a class without internet."""

import zipfile
from pathlib import Path

from tools import files

NAME = "multilayer-perceptrons"
DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file knows: the same site, the same file
READ_ME = """\
Multilayer perceptrons: the course as a folder
==============================================

To read the whole course, moving pictures included, unpack this file, open a
terminal in the folder that holds this text, and give the command

    python3 -m http.server            (on Windows: py -m http.server)

Then open http://localhost:8000/ in a browser. For a class it is enough that one
computer does so: the others open http://ADDRESS-OF-THAT-COMPUTER:8000/.

Any other web server does as well; the folder may stand under any address.

Without a server, open index.html by a double click. The text, the formulas and
the figures are all there. The interactive figures stand still, since browsers
don't run such programs from a file.

Nothing in this folder asks the internet for anything.
"""


def pack(site: Path, target: Path) -> Path:
    """Write the built `site` as the zip file `target`, all of it in one folder; returns `target`.

    A reader sees the old file, none, or all of the new one.
    """
    with files.whole(target) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "README.txt", READ_ME.encode())
        for path in sorted(site.rglob("*")):
            if path.is_file() and path.name != ".buildinfo":
                _add(archive, path.relative_to(site).as_posix(), path.read_bytes())
    return target


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(f"{NAME}/{name}", DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)
