"""The base class of the explorables: a Python object with a picture that moves.

An explorable is a class of traits in `name.py` and a front end in `name.js` beside it. The front
end is a plain ES module, `export default { render({ model, el }) { … } }`, which imports what it
shares with others from `./shared/`. Live (JupyterLab, Colab, VS Code) it travels to the browser
as one string; on the static site the same files are served as they are, and `host.js` plays the
model's part. What its looks need beyond `shared/explorable.css` stands in `name.css`.
"""

import re
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import numpy as np
import traitlets

from course_utils import _checks
from course_utils.network import MLP

HERE = Path(__file__).parent

Layers = list[list]  # [[W1, b1], [W2, b2], …] as nested lists, the form that travels to the page

_PLAIN = (traitlets.Bool, traitlets.Enum, traitlets.Float, traitlets.Int, traitlets.Unicode)
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(?:shared/)?(\w+\.js)";\n', re.MULTILINE)


def bundle(path: Path, _seen: set[Path] | None = None) -> str:
    """Return a front end and the shared modules it imports as one ES module.

    Shared modules come first, without their `export`; all of them share one scope, so that their
    top-level names must differ (a test parses every bundle).
    Raises ValueError for an import in another form than `import { … } from "./shared/….js";`.
    """
    seen = set() if _seen is None else _seen
    source = path.read_text(encoding="utf-8")
    parts = []
    for match in _IMPORT.finditer(source):
        shared = HERE / "shared" / match[1]
        if shared not in seen:
            seen.add(shared)
            parts.append(re.sub(r"^export ", "", bundle(shared, seen), flags=re.MULTILINE))
    parts.append(_IMPORT.sub("", source))
    if re.search(r"^import\b", parts[-1], re.MULTILINE):
        raise ValueError(f'{path.name}: write imports as `import {{ … }} from "./shared/….js";`.')
    return "\n".join(parts)


def style_sheet(name: str) -> str:
    """Return the shared style sheet, followed by `name.css` where an explorable has its own."""
    own = HERE / f"{name}.css"
    parts = [HERE / "shared" / "explorable.css", *([own] if own.exists() else [])]
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)


def layers_of(net: MLP) -> Layers:
    """Return a network's parameters as [[W1, b1], …] in nested lists."""
    return [[net.W[l].tolist(), net.b[l].tolist()] for l in net.W]


def network_from(layers: Layers, net: MLP) -> MLP:
    """Give `net` the parameters [[W1, b1], …]; returns it.

    Raises ValueError where the number of layers or a shape does not fit, TypeError for an entry
    that is no number.
    """
    if len(layers) != len(net.W):
        raise ValueError(f"weights has {len(layers)} layers, but {net} has {len(net.W)}.")
    for l, layer in enumerate(layers, start=1):
        for name, value, parameters in zip("Wb", layer, (net.W, net.b), strict=True):
            array = _checks.floats(np.asarray(value, dtype=np.float64), f"{name} of layer {l}")
            if array.shape != parameters[l].shape:
                raise ValueError(
                    f"{name} of layer {l} has shape {array.shape}, "
                    f"but {parameters[l].shape} is wanted for {net}."
                )
            parameters[l] = array
    return net


class Explorable(anywidget.AnyWidget):
    """Base class; a subclass in `name.py` finds its front end `name.js` by itself.

    Traits tagged `sync=True` are the state: set one in Python and the picture follows, move the
    picture and the trait follows. The arithmetic of the picture is the JavaScript engine's.
    Assigning a value of a wrong type raises TypeError, a wrong value ValueError.
    """

    _explorable = traitlets.Unicode().tag(sync=True)
    _front_end: ClassVar[str]
    _shown: ClassVar[list[str]] = []  # what a reader may set, as declared; no data, no histories

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "_esm" in cls.__dict__:  # the class that anywidget derives for each object
            return
        name = cls.__module__.rpartition(".")[2]
        cls._esm = bundle(HERE / f"{name}.js")
        cls._css = style_sheet(name)
        cls._front_end = name
        cls._shown = [
            name
            for name, trait in cls.__dict__.items()
            if isinstance(trait, _PLAIN) and not name.startswith("_")
        ]

    def __init__(self, **state: Any) -> None:
        unknown = sorted(set(state) - set(self.trait_names()))
        if unknown:
            raise TypeError(
                f"{type(self).__name__} has no {unknown[0]!r}; it has {', '.join(self._shown)}."
            )
        try:
            super().__init__(_explorable=self._front_end, **state)
        except traitlets.TraitError as error:
            raise TypeError(str(error)) from None

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            super().__setattr__(name, value)
        except traitlets.TraitError as error:
            raise TypeError(str(error)) from None

    def __repr__(self) -> str:
        state = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)
        return f"{type(self).__name__}({state})"


class MarksParameter:
    """A part of an explorable in which one parameter of the network is marked.

    A subclass derives from it and from `Explorable`, in this order. It has `weights` and `net()`,
    and `_place()` says where the marked parameter stands: "W" or "b", its layer, its index there.
    """

    weights: Any

    @property
    def value(self) -> float:
        """The value of the marked parameter; assigning changes it in the network."""
        name, l, index = self._place()
        return float(getattr(self.net(), name)[l][index])

    @value.setter
    def value(self, value: float) -> None:
        name, l, index = self._place()
        net = self.net()
        getattr(net, name)[l][index] = value
        self.weights = layers_of(net)

    def net(self) -> MLP:
        raise NotImplementedError

    def _place(self) -> tuple[str, int, tuple[int, ...]]:
        raise NotImplementedError
