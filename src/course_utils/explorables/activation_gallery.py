"""Activation functions, their derivatives, and what becomes of a gradient in a deep chain."""

from typing import Any, NamedTuple

import numpy as np
import traitlets

from course_utils import _checks
from course_utils.activations import ACTIVATIONS, Activation, Array
from course_utils.explorables.base import Explorable

SHOWN = ("sigmoid", "tanh", "relu", "leaky_relu", "gelu", "step")
MOST_Z = 5.0
MOST_WEIGHT = 4.0
MOST_DEPTH = 30


class Chain(NamedTuple):
    """Pre-activations z, derivatives φ′(z) and products ∂a_m/∂z₁ by unit, each (depth,)."""

    z: Array
    derivative: Array
    product: Array


def chain(phi: Activation, z: float, weight: float, depth: int) -> Chain:
    """Follow a chain of single units: a = φ(z), and the next unit's z is weight · a.

    The product of unit m is ∂a_m/∂z₁, the product of the first m derivatives and of the m − 1
    weights between them. The twin of `shared/chain.js`.
    """
    zs, slopes, products = np.empty((3, depth))
    product = 1.0
    for m in range(depth):
        zs[m] = z
        slopes[m] = phi.derivative(zs[m : m + 1])[0]
        product *= slopes[m] if m == 0 else weight * slopes[m]
        products[m] = product
        z = weight * float(phi(zs[m : m + 1])[0])
    return Chain(zs, slopes, products)


class ActivationGallery(Explorable):
    """Show φ, φ′ and the derivative that comes through a chain of units.

    activation: "sigmoid", "tanh", "relu", "leaky_relu", "gelu" or "step"
    z: the pre-activation of the first unit, −5 to 5
    weight: the weight between two units of the chain, 0 to 4
    depth: the number of units, 1 to 30

    >>> ActivationGallery(activation="sigmoid", z=0.0, depth=2).products[0]
    0.25
    """

    activation = traitlets.Enum(SHOWN, "sigmoid").tag(sync=True)
    z = traitlets.Float(2.0).tag(sync=True)
    weight = traitlets.Float(1.0).tag(sync=True)
    depth = traitlets.Int(10).tag(sync=True)

    @property
    def chain(self) -> Chain:
        """The chain in the picture: z, φ′(z) and the products, an entry for each unit."""
        return chain(ACTIVATIONS[self.activation], self.z, self.weight, self.depth)

    @property
    def products(self) -> list[float]:
        """∂a_m/∂z₁ for the units m = 1 … depth."""
        return self.chain.product.tolist()

    @traitlets.validate("z")
    def _z_in_sight(self, proposal: Any) -> float:
        return _between(proposal["value"], "z", -MOST_Z, MOST_Z)

    @traitlets.validate("weight")
    def _weight_in_range(self, proposal: Any) -> float:
        return _between(proposal["value"], "weight", 0.0, MOST_WEIGHT)

    @traitlets.validate("depth")
    def _some_units(self, proposal: Any) -> int:
        _checks.count(proposal["value"], "depth")
        return int(_between(proposal["value"], "depth", 1, MOST_DEPTH))


def _between(value: float, name: str, low: float, high: float) -> float:
    if not low <= value <= high:
        raise ValueError(f"{name} is {value:g}, but {low:g} to {high:g} is wanted.")
    return value
