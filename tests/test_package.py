"""What the package imports, what it draws and which data it holds."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

import course_utils
from course_utils import data, plots

PACKAGE = Path(course_utils.__file__).parent
NUMPY_ONLY = ["activations", "losses", "network", "training", "gradient_check", "data", "verify"]
HEAVY = ["torch", "matplotlib", "ipywidgets", "anywidget", "sklearn", "IPython"]


@pytest.mark.parametrize("module", ["", *(f".{name}" for name in NUMPY_ONLY), ".exercises"])
def test_importing_costs_neither_torch_nor_matplotlib(module: str) -> None:
    code = f"import sys, course_utils{module}; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_only_plots_imports_matplotlib_and_nothing_imports_torch() -> None:
    for path in PACKAGE.rglob("*.py"):
        imported = {
            name.split(".")[0]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        assert "torch" not in imported, path
        assert "matplotlib" not in imported or path.name == "plots.py", path
        widgets = imported & {"ipywidgets", "anywidget", "traitlets"}
        assert not widgets or path.parent.name == "explorables", path


def test_the_four_students_are_the_posts() -> None:
    X, y, students, features = data.study_hours()
    assert X.tolist() == [[1, 2], [2, 3], [3, 1], [4, 5]] and y.tolist() == [[6], [10], [8], [18]]
    assert X.dtype == y.dtype == np.float64
    assert students == ("A", "B", "C", "D") and len(features) == 2
    np.testing.assert_array_equal(y[:, 0], 2 * X[:, 0] + 2 * X[:, 1])


@pytest.mark.parametrize(
    ("make", "n", "d", "classes"),
    [
        (data.circles, 200, 2, 2),
        (data.moons, 200, 2, 2),
        (data.blobs, 150, 2, 3),
        (data.xor, 4, 2, 2),
        (data.digits, 1797, 64, 10),
    ],
)
def test_data_sets_have_their_shape_and_stay_the_same(make, n: int, d: int, classes: int) -> None:  # type: ignore[no-untyped-def]
    X, y = make()
    assert X.shape == (n, d) and y.shape == (n,) and X.dtype == np.float64 and y.dtype == np.int64
    assert set(y) == set(range(classes))
    np.testing.assert_array_equal(make().X, X)


def test_circles_are_where_they_are_said_to_be() -> None:
    X, y = data.circles(noise=0.0)
    np.testing.assert_allclose(np.hypot(*X.T), np.where(y == 0, 1.0, 0.5))


@pytest.mark.parametrize("bad", [1, 0, 2.5, "many"])
def test_a_bad_number_of_points_is_named(bad: object) -> None:
    with pytest.raises((TypeError, ValueError), match="n is"):
        data.circles(bad)  # type: ignore[arg-type]


# --- figures ----------------------------------------------------------------------------------


def test_classes_differ_in_colour_and_marker() -> None:
    fig, ax = plots.figure()
    plots.scatter_classes(ax, *data.blobs())
    colours = {tuple(c.get_facecolor()[0]) for c in ax.collections}
    outlines = {len(c.get_paths()[0].vertices) for c in ax.collections}
    assert len(colours) == len(outlines) == 3
    plt.close(fig)


def test_the_region_has_its_boundary_where_the_score_is_zero() -> None:
    fig, ax = plots.figure()
    ax.set(xlim=(-1, 1), ylim=(-1, 1))
    plots.decision_region(ax, lambda X: X @ [2.0, 1.0] - 0.3)
    line = np.concatenate([path.vertices for path in ax.collections[-1].get_paths()])
    np.testing.assert_allclose(line @ [2.0, 1.0], 0.3, atol=1e-12)
    assert ax.get_xlim() == (-1, 1)
    plt.close(fig)


def test_of_several_scores_the_largest_tints_the_region() -> None:
    W = np.array([[1.0, 0.0], [-1.0, 0.5], [0.0, -1.0]])
    fig, ax = plots.figure()
    ax.set(xlim=(-1, 1), ylim=(-1, 1))
    plots.decision_region(ax, lambda X: X @ W.T)
    tints = [area.get_facecolor()[0] for area in ax.collections if area.get_zorder() == 0]
    areas = [area.get_paths()[0] for area in ax.collections if area.get_zorder() == 0]
    points = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    for k, (area, tint) in enumerate(zip(areas, tints, strict=True)):
        assert to_hex(tint) == plots.CLASS_TINTS[k]
        assert (area.contains_points(points) == ((points @ W.T).argmax(axis=1) == k)).all()
    plt.close(fig)


def test_a_class_without_a_point_has_no_region() -> None:
    fig, ax = plots.figure()
    ax.set(xlim=(0.5, 1), ylim=(0.5, 1))
    plots.decision_region(ax, lambda X: -X[:, 0])
    assert len(ax.collections) == 1
    plt.close(fig)


@pytest.mark.parametrize("shape", [(3,), (40_000, 1), (40_000, 2, 2)])
def test_scores_of_another_shape_are_named(shape: tuple[int, ...]) -> None:
    fig, ax = plots.figure()
    with pytest.raises(ValueError, match=rf"{re.escape(str(shape))} for M = 40000 points"):
        plots.decision_region(ax, lambda X: np.zeros(shape))
    plt.close(fig)


def test_points_that_do_not_fit_are_named() -> None:
    fig, ax = plots.figure()
    with pytest.raises(ValueError, match=r"X has shape \(3, 3\) and y \(3,\)"):
        plots.scatter_classes(ax, np.ones((3, 3)), np.zeros(3, int))
    plt.close(fig)
