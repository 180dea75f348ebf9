"""What to tell a learner whose function raised: what, where, with which shapes, and why."""

import difflib
import linecache
import re
import traceback
from types import FrameType
from typing import Any

from course_utils.exercises.attempts import undecorated
from course_utils.exercises.registry import Function

_SHAPES = re.compile(
    r"broadcast|mismatch|not aligned|shapes|must match|dimension|mat1 and mat2", re.IGNORECASE
)

_ADDRESS = re.compile(r"(?: object)? at 0x[0-9a-fA-F]+")

# The first row that fits gives the likely cause. An empty pattern fits every message.
_CAUSES: list[tuple[type[BaseException], str, str]] = [
    (RecursionError, "", "It calls itself without end. Does it use its own name where a variable "
     "or another function is meant?"),
    (SystemExit, "", "It calls exit() or quit(), which would end Python. Use `return`."),
    (UnboundLocalError, "", "The function assigns that name somewhere, so it is the function's "
     "own, and here it is read before it has a value."),
    (NameError, r"'(np|torch|plt)'", "Run the cell with the imports, at the top of the notebook."),
    (NameError, "", "Is it a typing error, or a name from a cell that has not been run?"),
    (ValueError, "truth value", "`if`, `and`, `or` need one True or False; here is an array of "
     "them. np.where chooses element by element."),
    (ValueError, "setting an array element", "An array is put in the place of one number, or a "
     "list has rows of different lengths."),
    (ValueError, "unpack", "The names on the left of = and the values on the right differ in "
     "number."),
    (RuntimeError, "dtype", "torch doesn't mix float32 and float64. Make all of them float64, as "
     "the inputs are."),
    (Exception, "matmul|not aligned|mat1 and mat2|1D tensors expected", "For `P @ Q` the last "
     "axis of P must be as long as the first of Q (the last but one, where Q is a stack). Is one "
     "of the two to be transposed, or are they the wrong way round?"),
    (Exception, "broadcast|must match the size", "Element by element, each axis counted from the "
     "last must be of equal length, or 1."),
    (Exception, "[Ss]ingular", "A singular matrix has no inverse: one column is a combination of "
     "the others, or there are fewer rows than columns."),
    (Exception, "must be square|2-dimensional|two-dimensional", "This needs a square matrix. Was "
     "the data matrix itself passed, or an array with one axis only?"),
    (TypeError, "only (length-1|0-dimensional|size-1)", "An array with more than one element "
     "can't become one number."),
    (TypeError, "must be [Tt]ensor|expected Tensor|must be tensors|as a Tensor", "The inputs are "
     "NumPy arrays. Stay with NumPy, or convert with torch.tensor(…) first."),
    (TypeError, "NoneType", "Something there is None: often the result of a function that has no "
     "`return`, or of a method that works in place."),
    (TypeError, "not callable", "Parentheses call a function; what stands before them is none. "
     "Is a `*` or an `@` missing, or has a variable taken a function's name?"),
    (TypeError, "not subscriptable|object is not iterable|unsized", "It is one number there, "
     "where an array is expected."),
    (TypeError, "Cannot cast", "An array of whole numbers can't take fractions in place. Make it "
     "an array of floats."),
    (AttributeError, "numpy.*has no attribute", "The inputs are NumPy arrays, which have other "
     "methods than lists and tensors."),
    (AttributeError, "has no attribute", "Check the spelling, and what kind of object it is."),
    (IndexError, "", "The index lies outside. The first element has index 0, and a vector has one "
     "axis only."),
    (AssertionError, "", "An `assert` in it does not hold."),
    (ValueError, "same number of dimensions", "Joining arrays needs the same number of axes in "
     "all. A vector has one axis; np.column_stack takes it as a column."),
    (TypeError, "unsupported operand", "These two kinds of value can't be combined so. Did a "
     "function return several values, of which you need one?"),
    (ZeroDivisionError, "", "Something is divided by zero."),
    (MemoryError, "", "An array became far too large: look for a shape that grows."),
]  # fmt: skip


def has_dots(error: BaseException) -> bool:
    """Whether the function failed only because it isn't finished."""
    return isinstance(error, NotImplementedError) or (
        isinstance(error, TypeError | AttributeError) and "ellipsis" in message_of(error)
    )


def explain(error: BaseException, answer: Function, inputs: dict[str, Any]) -> str:
    """One or two sentences on an error that `answer` raised when called with `inputs`."""
    kind, text = type(error).__name__, message_of(error)
    frame, line = _place(error, answer)
    source = linecache.getline(frame.f_code.co_filename, line).strip() if frame else ""
    where = f" in line {line}" * bool(frame) + f", `{source}`" * bool(source)
    sentences = [f"Your function raises {kind}{where}: {text}".rstrip(": ").rstrip(".") + "."]
    if _SHAPES.search(text) and "dtype" not in text:
        sentences.append(_shapes(source, dict(frame.f_locals) if frame else inputs))
    sentences.append(_cause(error, text))
    if isinstance(error, NameError) and frame:
        public = [name for name in frame.f_globals if not name.startswith("_")]
        sentences.append(_suggestion(text, [*frame.f_locals, *public]))
    return " ".join(filter(None, sentences))


def without_addresses(text: str) -> str:
    """The text of an object without its place in memory: "<function f>", "<object>"."""
    return _ADDRESS.sub("", text)


def message_of(error: BaseException) -> str:
    """The error's message on one line, not too long."""
    try:
        text = without_addresses(" ".join(str(error).split()))
    except Exception:
        return ""
    return text if len(text) <= 200 else text[:199] + "…"


def _place(error: BaseException, answer: Function) -> tuple[FrameType | None, int]:
    """The innermost frame of the learner's own code, and the line in its cell or file."""
    own = getattr(undecorated(answer), "__globals__", None)
    place: tuple[FrameType | None, int] = None, 0
    for frame, line in traceback.walk_tb(error.__traceback__):
        if own is not None and frame.f_globals is own:
            place = frame, line
    return place


def _shapes(source: str, values: dict[str, Any]) -> str:
    """The shapes of the arrays that the line names, or of all where the line isn't known."""
    named = re.findall(r"[^\W\d]\w*", source)
    shapes = {
        name: tuple(value.shape)
        for name, value in values.items()
        if hasattr(value, "shape") and (name in named or not named)
    }
    if not shapes:
        return ""
    return "There " + ", ".join(f"{name} has shape {shape}" for name, shape in shapes.items()) + "."


def _cause(error: BaseException, text: str) -> str:
    for kind, pattern, cause in _CAUSES:
        if isinstance(error, kind) and re.search(pattern, text):
            return cause
    return ""


def _suggestion(text: str, names: list[str]) -> str:
    unknown = re.search(r"name '(\w+)'", text)
    close = difflib.get_close_matches(unknown[1], set(names), n=1) if unknown else []
    return f"Did you mean `{close[0]}`?" if close else ""
