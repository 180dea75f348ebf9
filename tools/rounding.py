"""Runs the notebooks with all random numbers a hair off (`python -m tools test-rounding`).

Processors and libraries add up in different orders, so they round differently in the last digit.
Most results don't care; but where training runs wild, such a difference grows until another number
is printed. That number came out on one computer and won't on the next. Here every random number of
NumPy is off by a few roundings, which no output may show.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from subprocess import run

from tools.execution import ROOT, kernel_environment, warm_font_cache

SHARES = (1e-15, 1e-14)  # relative; a float64 is rounded by up to 1e-16
STARTUP = '''\
def shift_random_numbers(share):
    import numpy as np

    class Shifted(np.random.Generator):
        """A generator whose real numbers are off by a share."""

    def shifted(draw):
        return lambda self, *args, **options: draw(self, *args, **options) * (1 + share)

    for name in ("normal", "standard_normal", "uniform", "random"):
        setattr(Shifted, name, shifted(getattr(np.random.Generator, name)))
    given = np.random.default_rng
    np.random.default_rng = lambda *seed: Shifted(given(*seed).bit_generator)


shift_random_numbers({share})
del shift_random_numbers
'''


def main(arguments: Sequence[str]) -> int:
    """Run nbval over the notebooks, or what `arguments` tell pytest; 0 if no output changed."""
    warm_font_cache()
    status = 0
    for share in SHARES:
        print(f"--- random numbers × (1 + {share:g})", flush=True)
        status = run_shifted(share, list(arguments) or ["book"]) or status
    if status:
        print(
            "\nA number that comes out otherwise here hangs on the last digit of a rounding, and "
            "will come out otherwise on some computer. Print fewer digits of it, or choose an "
            "experiment whose outcome is clear."
        )
    return status


def run_shifted(share: float, arguments: Sequence[str], cwd: Path = ROOT) -> int:
    """Run pytest, its kernels drawing random numbers that are off by `share`; the exit status."""
    with tempfile.TemporaryDirectory() as profile:
        startup = Path(profile) / "profile_default" / "startup" / "shift.py"
        startup.parent.mkdir(parents=True)
        startup.write_text(STARTUP.format(share=share), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", *arguments]
        return run(command, cwd=cwd, env=kernel_environment(profile)).returncode
