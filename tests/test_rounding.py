"""An output that hangs on the last digit of a rounding is found; others are left in peace."""

from pathlib import Path

import numpy as np
import pytest
from nbformat.v4 import new_notebook

from tests.test_notebooks import alone, code
from tools import rounding
from tools.notebooks import normal_form, text_of

DRAW = "import numpy as np\n\nx = np.random.default_rng(0).random()\nprint(round(x, 9))"
DOUBLE = "for _ in range(100):  # twice as far apart after each turn\n    x = 2 * x % 1.1"
SHOW = "print(round(x, 9))"


def outputs() -> list[str]:
    """What DRAW and SHOW print without a shift."""
    x = np.random.default_rng(0).random()
    first = f"{round(x, 9)}\n"
    for _ in range(100):
        x = 2 * x % 1.1
    return [first, "", f"{round(x, 9)}\n"]


@pytest.mark.parametrize("share", [0.0, *rounding.SHARES])
def test_a_number_that_hangs_on_rounding_is_named(
    share: float, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sources = zip((DRAW, DOUBLE, SHOW), outputs(), strict=True)
    cells = [code(source, count, text) for count, (source, text) in enumerate(sources, 1)]
    notebook = tmp_path / "wild.ipynb"
    notebook.write_text(text_of(normal_form(new_notebook(cells=cells))), encoding="utf-8")
    status = rounding.run_shifted(share, alone(notebook), tmp_path)
    said = capfd.readouterr().out
    if share == 0:
        assert status == 0 and "3 passed" in said, said
    else:
        assert status == 1 and "1 failed, 2 passed" in said and "wild.ipynb::Cell 2" in said, said
