"""What a chapter of the course has already derived, kept for the chapters after it.

Import from the module that holds the thing, so that a reader of a notebook sees where to look:

- `activations`, `losses`, `network`, `training`, `gradient_check`: the NumPy network
- `data`: the data sets
- `verify`: one call that compares NumPy, PyTorch and a central difference
- `plots`, `palette`: the figures' style and its colours
- `exercises`: `check`, `hint`, `solution`
- `explorables`: the pictures that move

Importing `course_utils` imports none of them, and so neither torch nor matplotlib.
"""

__version__ = "0.1.0"
