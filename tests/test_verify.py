"""`agree` prints one stable line, or raises with both values."""

import numpy as np
import pytest
import torch

from course_utils.verify import Disagreement, agree

W = np.array([[1.0, 2.0], [3.0, 4.0]])


def test_one_line_when_all_three_agree(capsys: pytest.CaptureFixture[str]) -> None:
    agree("∂L/∂W", 2 * W, torch=torch.tensor(2 * W), difference=(lambda v: float((v**2).sum()), W))
    assert capsys.readouterr().out == (
        "✓ ∂L/∂W (2, 2): NumPy = PyTorch to 1e-10 = central difference to 1e-06\n"
    )


def test_numbers_gradients_and_plain_values_are_taken(capsys: pytest.CaptureFixture[str]) -> None:
    x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    agree("L", 4.0, torch=x**2)
    agree("dL/dx", 4.0, difference=np.array(4.0))
    assert capsys.readouterr().out.splitlines() == [
        "✓ L (): NumPy = PyTorch to 1e-10",
        "✓ dL/dx (): NumPy = central difference to 1e-06",
    ]


def test_a_difference_is_raised_with_both_values_and_the_place() -> None:
    other = W.copy()
    other[1, 0] += 0.5
    with pytest.raises(Disagreement) as caught:
        agree("W", W, torch=torch.tensor(other))
    message = str(caught.value)
    assert "up to 0.5 at index (1, 0)" in message
    assert "NumPy, shape (2, 2):" in message and "PyTorch, shape (2, 2):" in message
    assert "3.5" in message


@pytest.mark.parametrize("other", [W.T, -W, W * (1 + 1e-8), np.full_like(W, np.nan)])
def test_wrong_values_disagree(other: np.ndarray) -> None:
    with pytest.raises(Disagreement):
        agree("W", W, torch=other)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(np.ones(3), np.ones((3, 1))), (np.ones((1, 2)), np.ones(2)), (1.0, np.ones(1))],
)
def test_shapes_that_broadcast_disagree(ours: object, theirs: np.ndarray) -> None:
    with pytest.raises(Disagreement, match="differ in shape"):
        agree("x", ours, torch=torch.tensor(theirs))


def test_a_wrong_gradient_is_caught_by_the_central_difference_alone() -> None:
    with pytest.raises(Disagreement, match="central difference differ by up to"):
        agree("dL/dW", 2.001 * W, difference=(lambda v: float((v**2).sum()), W))


def test_the_tolerance_grows_with_the_value() -> None:
    agree("large", np.array([1e12 + 1.0]), torch=np.array([1e12]))
    with pytest.raises(Disagreement):
        agree("small", np.array([1e-3 + 1e-9]), torch=np.array([1e-3]))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"numpy": W}, ValueError, "nothing to compare with"),
        ({"numpy": W, "torch": torch.ones(2, 2)}, TypeError, "float32.*float64 is wanted"),
        ({"numpy": W.astype(np.float32), "torch": W}, TypeError, "from NumPy has dtype float32"),
        ({"numpy": "ten", "torch": W}, TypeError, "numbers are wanted"),
        ({"numpy": np.ones((0, 2)), "torch": np.ones((0, 2))}, ValueError, "holds no number"),
    ],
)
def test_bad_input_is_named(arguments: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        agree("x", **arguments)
