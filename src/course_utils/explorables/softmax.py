"""Logits, exponentials and probabilities as linked panes, and the arithmetic that can fail."""

from typing import Any, NamedTuple

import numpy as np
import traitlets
from numpy.typing import NDArray

from course_utils import _checks
from course_utils.explorables.base import Explorable

K = 3  # classes
LARGEST = 1000.0  # a logit or shift beyond this shows nothing new
COLDEST, HOTTEST = 0.01, 100.0
WAYS = ("float64", "float32", "float32-max")


class Steps(NamedTuple):
    """What a softmax passes through, one sample; each (K,) but for the two numbers."""

    exponents: NDArray[np.floating]
    exponentials: NDArray[np.floating]
    total: float
    probabilities: NDArray[np.floating]
    loss: float
    errors: NDArray[np.floating]  # p − y


def floating_softmax(
    z: NDArray[np.floating], temperature: float, true_class: int, arithmetic: str
) -> Steps:
    """Return softmax and cross-entropy of z (K,) step by step, in the named arithmetic.

    arithmetic: "float64" and "float32" follow the formula as it is written, without protection;
    "float32-max" subtracts the largest logit first and takes the loss by log-sum-exp. What can't
    be computed is NaN or infinite, without a warning. Twin: shared/floating_softmax.js.
    """
    kind: Any = np.float64 if arithmetic == "float64" else np.float32
    with np.errstate(all="ignore"):
        scaled = z.astype(kind) / kind(temperature)
        exponents = scaled - scaled.max() if arithmetic == "float32-max" else scaled
        exponentials = np.exp(exponents)
        total = exponentials.sum()
        p = exponentials / total
        if arithmetic == "float32-max":
            loss = np.log(total) - exponents[true_class]
        else:
            loss = -np.log(p[true_class])
        errors = p - np.eye(len(z), dtype=kind)[true_class]
    return Steps(exponents, exponentials, float(total), p, float(loss), errors)


class Softmax(Explorable):
    """Move three logits and watch the probabilities.

    logits: three numbers from −1000 to 1000, before the shift
    shift: c, added to all logits
    temperature: T from 0.01 to 100; the probabilities are softmax((logits + c) / T)
    true_class: y, which is 0, 1 or 2
    arithmetic: "float64" and "float32" compute the formula as it is written, "float32-max"
        subtracts the largest logit first

    >>> demo = Softmax(logits=[2, 1, -1])
    >>> demo.probabilities.round(3)
    array([0.705, 0.259, 0.035])
    """

    logits = traitlets.List([2.0, 1.0, -1.0]).tag(sync=True)
    shift = traitlets.Float(0.0).tag(sync=True)
    temperature = traitlets.Float(1.0).tag(sync=True)
    true_class = traitlets.Int(1).tag(sync=True)
    arithmetic = traitlets.Enum(WAYS, "float64").tag(sync=True)
    _start = traitlets.Dict().tag(sync=True)

    def __init__(self, **state: Any) -> None:
        super().__init__(**state)
        self._start = {name: getattr(self, name) for name in self._traits_of_start()}

    @staticmethod
    def _traits_of_start() -> tuple[str, ...]:
        return "logits", "shift", "temperature", "true_class", "arithmetic"

    @property
    def z(self) -> NDArray[np.float64]:
        """The logits with the shift added, (3,)."""
        return np.array(self.logits) + self.shift

    @property
    def steps(self) -> Steps:
        """Exponents, exponentials, their total, probabilities, loss and p − y, as computed."""
        return floating_softmax(self.z, self.temperature, self.true_class, self.arithmetic)

    @property
    def probabilities(self) -> NDArray[np.floating]:
        """p, (3,), as the chosen arithmetic gives it; NaN where it fails."""
        return self.steps.probabilities

    @property
    def loss(self) -> float:
        """−log p_y, as the chosen arithmetic gives it."""
        return self.steps.loss

    @property
    def gradient(self) -> NDArray[np.floating]:
        """∂L/∂z = (p − y) / T, (3,), as the chosen arithmetic gives it."""
        errors = self.steps.errors
        return errors / errors.dtype.type(self.temperature)

    def reset(self) -> None:
        """Go back to the values that the object was made with."""
        with self.hold_sync():
            for name, value in self._start.items():
                setattr(self, name, value)

    @traitlets.validate("logits")
    def _three_numbers(self, proposal: Any) -> list[float]:
        z = np.asarray(proposal["value"], dtype=np.float64)
        if z.shape != (K,):
            raise ValueError(f"logits has shape {z.shape}, but ({K},) is wanted.")
        return [_within(value, "logits") for value in _checks.floats(z, "logits").tolist()]

    @traitlets.validate("shift")
    def _finite(self, proposal: Any) -> float:
        return _within(proposal["value"], "shift")

    @traitlets.validate("temperature")
    def _positive(self, proposal: Any) -> float:
        temperature = _checks.positive(proposal["value"], "temperature")
        if not COLDEST <= temperature <= HOTTEST:
            raise ValueError(f"temperature is {temperature}, but 0.01 to 100 is wanted.")
        return temperature

    @traitlets.validate("true_class")
    def _known_class(self, proposal: Any) -> int:
        if not 0 <= proposal["value"] < K:
            raise ValueError(f"true_class is {proposal['value']}, but 0, 1 or 2 is wanted.")
        return proposal["value"]


def _within(value: float, name: str) -> float:
    if not abs(value) <= LARGEST:  # written so that NaN is refused
        raise ValueError(f"{name} holds {value}, but numbers from −1000 to 1000 are wanted.")
    return value
