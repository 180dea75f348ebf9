"""The figures' style. The only module of the package that imports matplotlib."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from course_utils.palette import LIGHT

CLASS_COLORS = [LIGHT["class-0"], LIGHT["class-1"], LIGHT["class-2"]]
CLASS_TINTS = [LIGHT["class-0-tint"], LIGHT["class-1-tint"], LIGHT["class-2-tint"]]
CLASS_MARKERS = ["o", "^", "s"]  # a second cue beside the colour

STYLE: dict[str, Any] = {
    "figure.figsize": (7.0, 3.4),
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "figure.facecolor": LIGHT["background"],  # white paper: readable on light and dark pages
    "axes.prop_cycle": cycler(color=CLASS_COLORS) + cycler(linestyle=["-", "--", ":"]),
    "axes.edgecolor": LIGHT["muted"],
    "axes.labelcolor": LIGHT["text"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": LIGHT["rule"],
    "grid.linewidth": 0.5,
    "font.size": 10,
    "text.color": LIGHT["text"],
    "xtick.color": LIGHT["muted"],
    "ytick.color": LIGHT["muted"],
    "lines.linewidth": 1.8,
    "legend.frameon": False,
}


def use_style() -> None:
    """Draw everything from here on in the course's style."""
    plt.rcParams.update(STYLE)


def figure(columns: int = 1, height: float = 3.4, **options: Any) -> tuple[Figure, Any]:
    """Return (figure, axes) in the course's style, as wide as the text.

    columns: pictures side by side; height: in inches; options go to `plt.subplots`.
    axes is one Axes for columns = 1, else an array of shape (columns,).
    """
    use_style()
    return plt.subplots(1, columns, figsize=(7.0, height), **options)


def scatter_classes(ax: Axes, X: NDArray, y: NDArray) -> None:
    """Draw X (N, 2) by class y (N,): colour and marker both tell the class.

    Raises ValueError where X is no set of points in the plane or y does not fit.
    """
    if X.ndim != 2 or X.shape[1] != 2 or y.shape != (len(X),):
        raise ValueError(f"X has shape {X.shape} and y {y.shape}, but (N, 2) and (N,) are wanted.")
    for k in np.unique(y):
        points = X[y == k]
        ax.scatter(
            points[:, 0],
            points[:, 1],
            s=28,
            color=CLASS_COLORS[k],
            marker=CLASS_MARKERS[k],
            edgecolor="white",
            linewidth=0.5,
            label=f"class {k}",
            zorder=3,
        )


def decision_region(ax: Axes, scores: Any, points: int = 200) -> None:
    """Tint the plane by predicted class and draw the boundary, over the axes' present limits.

    scores: maps points (M, 2) to scores (M, K), of which the largest tells the class, or to one
    score each, (M,), which is positive for class 1 and else means class 0. The boundary is where
    two scores are equal, found between the points of a grid of points × points.

    Raises ValueError where scores of another shape come back.
    """
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    gx, gy = np.meshgrid(np.linspace(left, right, points), np.linspace(low, high, points))
    s = np.asarray(scores(np.column_stack([gx.ravel(), gy.ravel()])))
    if len(s) != gx.size or s.ndim not in (1, 2) or (s.ndim == 2 and s.shape[1] < 2):
        raise ValueError(
            f"scores gave shape {s.shape} for M = {gx.size} points, "
            "but (M,) or (M, K) with K of at least 2 is wanted."
        )
    s = s if s.ndim == 2 else np.column_stack([np.zeros(len(s)), s])
    for k in range(s.shape[1]):
        ahead = (s[:, k] - np.delete(s, k, axis=1).max(axis=1)).reshape(gx.shape)
        if ahead.max() > 0:
            ax.contourf(gx, gy, ahead, [0, ahead.max()], colors=[CLASS_TINTS[k]], zorder=0)
        if k and ahead.min() < 0 < ahead.max():  # class 0's boundaries are those of the others
            ax.contour(gx, gy, ahead, [0], colors=LIGHT["text"], linewidths=1.2)
    ax.set(xlim=(left, right), ylim=(low, high))


def show() -> None:
    """Show the figure drawn so far; ends a cell without leaving an object's name behind."""
    plt.show()
