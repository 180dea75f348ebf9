"""The generator of `shared/engine.js` in Python, so that a seed means the same network in both."""

from math import cos, log, pi, sqrt

import numpy as np

from course_utils.network import MLP

_MASK = 0xFFFFFFFF


class Random:
    """mulberry32 (Tommy Ettinger) with the Box–Muller transform, as in the engine."""

    def __init__(self, seed: int) -> None:
        self.state = seed & _MASK

    def uniform(self) -> float:
        """A number in [0, 1)."""
        self.state = (self.state + 0x6D2B79F5) & _MASK
        t = self.state
        t = ((t ^ (t >> 15)) * (t | 1)) & _MASK
        t ^= (t + (t ^ (t >> 7)) * (t | 61)) & _MASK
        return (t ^ (t >> 14)) / 2**32

    def normal(self) -> float:
        """A standard normal number."""
        return sqrt(-2 * log(1 - self.uniform())) * cos(2 * pi * self.uniform())


def seed_weights(net: MLP, seed: int) -> MLP:
    """Give `net` the start weights that the engine draws from this seed; returns it."""
    random = Random(seed)
    gain = 2 if net.phi.name in ("relu", "leaky_relu", "gelu") else 1
    for W in net.W.values():
        scale = sqrt(gain / W.shape[1])
        W[:] = np.reshape([scale * random.normal() for _ in range(W.size)], W.shape)
    for b in net.b.values():
        b[:] = 0
    return net
