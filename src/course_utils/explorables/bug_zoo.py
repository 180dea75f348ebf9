"""A zoo of backward passes, most of them broken: name the bug from its symptoms."""

from functools import cache
from itertools import product
from typing import Any

import traitlets

from course_utils.bugs import BUGS, WIDTHS, symptoms
from course_utils.explorables.base import Explorable

# The order in which the cages stand: easy ones first, and a healthy one among them.
CAGES = (
    "sign", "sum", "transpose", "overwrite", "healthy", "no_slope", "slope_of_a", "stale",
    "double_softmax", "bias_rows", "broadcast",
)  # fmt: skip
SAMPLES = ("1", "8")
ACTIVATIONS = ("tanh", "relu")
LETTERS = "ABCDEFGHIJK"


class BugZoo(Explorable):
    """Eleven backward passes to diagnose, with experiments that bring their symptoms out.

    specimen: "A" … "K", the one on the table
    samples: "1" or "8", the batch it trains on
    activation: "tanh" or "relu"
    widths: "different" or "equal", those of the layers
    check_at: "start" or "step 20", when the gradients are held against central differences
    answers: what each specimen was last called, such as {"A": "sign"}; see `bugs`

    >>> zoo = BugZoo(specimen="B")
    >>> zoo.name_bug("sum")
    True
    """

    specimen = traitlets.Enum(tuple(LETTERS), "A").tag(sync=True)
    samples = traitlets.Enum(SAMPLES, "8").tag(sync=True)
    activation = traitlets.Enum(ACTIVATIONS, "tanh").tag(sync=True)
    widths = traitlets.Enum(tuple(WIDTHS), "different").tag(sync=True)
    check_at = traitlets.Enum(("start", "step 20"), "start").tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    _bugs = traitlets.List().tag(sync=True)
    _cages = traitlets.Dict().tag(sync=True)
    _symptoms = traitlets.Dict().tag(sync=True)

    def __init__(self, **state: Any) -> None:
        bugs = [
            {"key": b.key, "name": b.name, "right": b.right, "broken": b.broken,
             "signature": b.signature, "why": b.why}
            for b in BUGS.values()
        ]  # fmt: skip
        cages = dict(zip(LETTERS, CAGES, strict=True))
        super().__init__(_bugs=bugs, _cages=cages, _symptoms=_all_symptoms(), **state)

    @property
    def bugs(self) -> dict[str, str]:
        """The bugs that an answer may name, with their descriptions."""
        return {bug.key: bug.name for bug in BUGS.values()}

    @property
    def named(self) -> list[str]:
        """The specimens whose bug has been named rightly."""
        return [letter for letter, key in self.answers.items() if self._cages[letter] == key]

    def name_bug(self, key: str) -> bool:
        """Call the specimen on the table by a bug's key; returns whether that is right.

        Raises ValueError for a key that is not in `bugs`.
        """
        self.answers = {**self.answers, self.specimen: key}
        return self.specimen in self.named

    def reset(self) -> None:
        """Forget all answers and go back to the first specimen."""
        with self.hold_sync():
            self.answers = {}
            self.specimen = "A"

    @traitlets.validate("answers")
    def _known_answers(self, proposal: Any) -> dict[str, str]:
        for letter, key in proposal["value"].items():
            if letter not in LETTERS:
                raise ValueError(f"there is no specimen {letter!r}; they are A to {LETTERS[-1]}.")
            if key not in BUGS:
                raise ValueError(f"there is no bug {key!r}; known: {', '.join(BUGS)}.")
        return proposal["value"]


@cache
def _all_symptoms() -> dict[str, Any]:
    """The symptoms of every bug under every experiment, rounded for the way to the page."""
    return {
        " ".join((key, samples, activation, widths)): _rounded(
            symptoms(key, int(samples), activation, widths)
        )
        for key, samples, activation, widths in product(BUGS, SAMPLES, ACTIVATIONS, WIDTHS)
    }


def _rounded(value: Any) -> Any:
    """Numbers to four digits; errors at the level of rounding are all 1e-9."""
    if isinstance(value, dict):
        return {name: _rounded(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_rounded(entry) for entry in value]
    if isinstance(value, float):
        return float(f"{value:.4g}") if abs(value) > 1e-7 else 0.0
    return value
