"""The project's command line: `python -m tools COMMAND`; the command `help` lists them all.

Python runs this file before any other part of `tools`, so it is the one place that must also run on
an old Python: it says which version is needed instead of ending in a syntax error.
"""

import os
import subprocess
import sys

NEEDED = (3, 11)


def works(name):
    """Return whether `name` starts a Python on this machine."""
    try:
        with open(os.devnull, "w") as nothing:
            return subprocess.call([name, "-c", ""], stdout=nothing, stderr=nothing) == 0
    except OSError:
        return False


def too_old(version, executable):
    """Return the message for a Python older than NEEDED."""
    newer = [name for name in ("python3.13", "python3.12", "python3.11") if works(name)]
    lines = [
        "This project needs Python {}.{} or newer.".format(*NEEDED),
        "This is Python {}.{}.{} ({}).".format(version[0], version[1], version[2], executable),
    ]
    if newer:
        lines.append("A newer one is on this machine; use it like this:")
        lines.append("    {0} -m tools COMMAND     or     make COMMAND PYTHON={0}".format(newer[0]))
    else:
        lines.append("Install one from https://www.python.org/downloads/ or with your system's")
        lines.append("package manager, then run the command again.")
    return "\n".join(lines)


if sys.version_info < NEEDED:
    sys.exit(too_old(sys.version_info, sys.executable))

# jsonschema, which nbformat and Jupyter Book import, would check international addresses with this
# library, if it is there: nobody here has any, and its import takes a second and a half.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
