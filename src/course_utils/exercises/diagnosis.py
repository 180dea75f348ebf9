"""From what an answer returned to what is wrong with it."""

import dis
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from course_utils.exercises import generic
from course_utils.exercises.attempts import DOTS, Attempt, outcome, undecorated
from course_utils.exercises.compare import EXACT, close, distance
from course_utils.exercises.errors import explain, has_dots, without_addresses
from course_utils.exercises.registry import Exercise, Function, Mistake


@dataclass(frozen=True)
class Diagnosis:
    """The verdict on an answer: "not attempted", "right" or "wrong", with what to say."""

    status: str
    message: str
    mistake: str = ""  # the name of the known mistake, where it is one


def diagnose(exercise: Exercise, answer: Function, attempts: Sequence[Attempt]) -> Diagnosis:
    """Judge an answer by its attempts: form first, then known mistakes, then general ones."""
    return _form(exercise, answer, attempts) or _Values(exercise, answer, attempts).diagnose()


def unfit(exercise: Exercise, answer: object) -> str:
    """Why `answer` can't even be called, or an empty string."""
    call = f'check("{exercise.id}", {exercise.name})'
    if answer is None or not callable(answer):
        return f"check needs the function itself, without parentheses or quotes: {call}"
    if isinstance(answer, type):
        return f"This is a class; the exercise asks for a function: {call}"
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):  # some functions written in C don't tell
        return ""
    try:
        signature.bind(*exercise.parameters)
    except TypeError:
        return (
            f"Your function takes {without_addresses(str(signature))}; it is called with "
            f"({', '.join(exercise.parameters)}). Keep the first line of {exercise.name} as given."
        )
    return ""


def _form(exercise: Exercise, answer: Function, attempts: Sequence[Attempt]) -> Diagnosis | None:
    """The verdict, where the answer raised or returned something that isn't comparable."""
    failures = [a for a in attempts if a.error or a.unreadable]
    if not failures:
        return None
    failed = max(failures, key=_size)  # unequal lengths show best in a large case
    if failed.error and has_dots(failed.error):
        return Diagnosis("not attempted", "There are still dots to be replaced in your function.")
    if failed.error:
        message = _mixed_up(exercise, answer) or (
            explain(failed.error, answer, failed.inputs) + _from_outside(answer)
        )
    else:
        message = failed.unreadable
        if failed.value is None and failed.printed:
            message += " It prints instead; what is printed can't be used any further."
        if failed.value is None and failed.changed:
            message += f" It changes {_and(failed.changed)} in place instead; return new values."
    right = [not (a.error or a.unreadable) and _is_right(exercise, a) for a in attempts]
    return Diagnosis("wrong", _by_label(attempts, right) + message)


class _Values:
    """The diagnosis of an answer that returned numbers in every case."""

    def __init__(self, exercise: Exercise, answer: Function, attempts: Sequence[Attempt]) -> None:
        self.exercise = exercise
        self.answer = answer
        self.attempts = attempts
        every = range(len(exercise.returns))
        self.open = [k for k in every if any(a.parts[k] is DOTS for a in attempts)]
        self.given = [k for k in every if k not in self.open]
        self.right = {k: self._is_right(k) for k in every}  # for each part, by case
        self.wrong = [k for k in self.given if not all(self.right[k])]

    def _is_right(self, part: int) -> list[bool]:
        if self.exercise.compare:  # judges all parts together
            return [_is_right(self.exercise, a) for a in self.attempts]
        return [close(a.parts[part], a.wanted[part]) for a in self.attempts]

    def diagnose(self) -> Diagnosis:
        if not self.given:
            return Diagnosis("not attempted", "")
        if self.open and (self.exercise.compare or not self.wrong):
            return Diagnosis("not attempted", f"{self._list_right()}{self._list_open()}")
        if self.wrong:
            return self._explain_wrong()
        if changed := self._changed():
            return Diagnosis("wrong", f"The values are right, but {changed}", "in place")
        return Diagnosis("right", self._praise())

    def _explain_wrong(self) -> Diagnosis:
        if known := self._known(self.given):
            notes = [self._labels(self.given) + known.message]
        else:
            message = _mixed_up(self.exercise, self.answer) or self._swapped()
            notes = [message or self._part_by_part()]
            notes.append(_unused(self.exercise, self.answer) + _from_outside(self.answer))
        if changed := self._changed():
            notes.append(f"Besides, {changed}")
        if self.open:
            notes.append(self._list_open())
        if not known:
            notes.append(f'hint("{self.exercise.id}") gives a hint.')
        message = "\n".join(note.strip() for note in notes if note)
        return Diagnosis("wrong", message, known.name if known else "")

    def _known(self, parts: Sequence[int], right: Sequence[int] = ()) -> Mistake | None:
        """The first known mistake that gives these parts of the answer, and those right."""
        for mistake in self.exercise.mistakes:
            values = [outcome(self.exercise, mistake.function, a.case) for a in self.attempts]
            if all(
                all(close(a.parts[k], value[k]) for k in parts)
                and all(close(a.wanted[k], value[k]) for k in right)
                for a, value in zip(self.attempts, values, strict=True)
            ):
                return mistake
        return None

    def _swapped(self) -> str:
        """Whether the right values are returned in another order."""
        names, every = self.exercise.returns, range(len(self.exercise.returns))
        for order in permutations(every) if not self.open else ():
            if all(close(a.parts[k], a.wanted[order[k]]) for a in self.attempts for k in every):
                came = ", ".join(names[k] for k in order)
                return (
                    f"The values are right, but in the order {came}; the order asked for is "
                    f"{', '.join(names)}."
                )
        return ""

    def _part_by_part(self) -> str:
        """What is wrong with each part, parts with the same fault together."""
        names = self.exercise.returns
        findings: dict[str, list[str]] = {}
        for k in self.wrong:
            others = [other for other in range(len(names)) if other != k]
            if others and (known := self._known([k], right=others)):
                message = self._labels([k]) + known.message
            else:
                message = self._generic(k)
            findings.setdefault(message, []).append(names[k])
        lines = [
            f"{', '.join(parts)}: {message}" if len(names) > 1 else message
            for message, parts in findings.items()
            if message
        ]
        if unexplained := findings.get(""):
            lines.append(self._show_one_case([names.index(name) for name in unexplained]))
        return self._list_right() + "\n".join(lines)

    def _generic(self, part: int) -> str:
        """The general mistake that explains this part in all cases, or in all wrong ones."""
        pairs = [
            generic.Pair(a.parts[part], a.wanted[part], a.inputs, a.warned) for a in self.attempts
        ]
        labels = self._labels([part])
        # A mistake that would also show elsewhere, where it doesn't: less certain.
        known = self._known([part])
        if message := generic.wrong_shape(pairs):
            return labels + (known.message if known else message)
        if self.exercise.compare:
            return ""
        if message := generic.diagnose(pairs) or (known.message if known else ""):
            return labels + message
        wrong = [pair for pair in pairs if not pair.right]
        if 3 <= len(wrong) < len(pairs) and (message := generic.diagnose(wrong)):
            right = len(pairs) - len(wrong)
            return (labels or f"Right in {right} of {len(pairs)} cases. In the others: ") + message
        return ""

    def _labels(self, parts: Sequence[int]) -> str:
        return _by_label(self.attempts, self._all_right(parts))

    def _all_right(self, parts: Sequence[int]) -> list[bool]:
        """For each case, whether these parts are right."""
        return [all(rights) for rights in zip(*(self.right[k] for k in parts), strict=True)]

    def _show_one_case(self, parts: Sequence[int]) -> str:
        """The smallest case that went wrong: inputs, what came, what was due; with clues."""
        rights = zip(self.attempts, self._all_right(parts), strict=True)
        wrong = [attempt for attempt, right in rights if not right]
        smallest = min(wrong, key=_size)
        names = [self.exercise.returns[k] for k in parts]
        count = f"{len(self.attempts) - len(wrong)} of {len(self.attempts)} cases"
        opening = self._labels(parts) or (
            f"Right in {count}. {_and(names)} in one of the others:"
            if len(wrong) < len(self.attempts)
            else f"None of the usual mistakes. {_and(names)} in one case:"
        )
        rows = [(name, value) for name, value in smallest.inputs.items()]
        for name, k in zip(names, parts, strict=True):
            name = name if len(self.exercise.returns) > 1 else ""
            rows.append((f"your {name}" if name else "yours", smallest.parts[k]))
            rows.append((f"right {name}" if name else "a right one" if self.exercise.compare
                         else "right", smallest.wanted[k]))  # fmt: skip
        lines = [opening.strip(), *_table(rows)]
        if len(parts) == 1 and (elements := self._right_elements(parts[0])):
            lines.append(elements)
        return "\n".join(filter(None, lines))

    def _right_elements(self, part: int) -> str:
        """Which elements of a vector are right in every case."""
        pairs = [(a.parts[part], a.wanted[part]) for a in self.attempts]
        if len({wanted.shape for _, wanted in pairs}) > 1 or pairs[0][1].ndim != 1:
            return ""
        fine = np.array([[close(g, w) for g, w in zip(*pair, strict=True)] for pair in pairs])
        always = np.flatnonzero(fine.all(axis=0))
        if not len(always):
            return ""
        return f"Right in every case: index {', '.join(map(str, always))}. The rest is not."

    def _list_right(self) -> str:
        names = [self.exercise.returns[k] for k in self.given if k not in self.wrong]
        return f"{_and(names)} {'is' if len(names) == 1 else 'are'} right. " if names else ""

    def _list_open(self) -> str:
        names = [self.exercise.returns[k] for k in self.open]
        return f"{_and(names)} {'is' if len(names) == 1 else 'are'} still dots." if names else ""

    def _changed(self) -> str:
        names = [n for n in self.exercise.parameters if any(n in a.changed for a in self.attempts)]
        if not names:
            return ""
        return (
            f"your function changes {_arguments(names)} in place. Whoever calls it finds "
            "other numbers there afterwards. Look for `-=`, `+=` or `[…] =`, and make a new array."
        )

    def _praise(self) -> str:
        message = f"It agrees with the solution in {len(self.attempts)} new cases."
        worst = 0.0
        if not self.exercise.compare:
            worst = max(
                distance(a.parts[k], a.wanted[k]) for a in self.attempts for k in self.given
            )
        if worst > EXACT:
            message += (
                f" To about {int(-np.log10(worst))} digits: somewhere it computes with less than "
                "float64, in float32 or by a difference quotient."
            )
        if warned := sorted({text for a in self.attempts for text in a.warned}):
            message += f" NumPy warns, though: {'; '.join(warned)}."
        return message


def _is_right(exercise: Exercise, attempt: Attempt) -> bool:
    """Whether all parts are there and right in this case."""
    if any(part is DOTS for part in attempt.parts):
        return False
    if exercise.compare is None:
        return all(map(close, attempt.parts, attempt.wanted))
    single = len(exercise.returns) == 1
    got, wanted = (p[0] if single else p for p in (attempt.parts, attempt.wanted))
    try:
        return bool(exercise.compare(got, wanted, *attempt.inputs.values()))
    except Exception:  # a shape, say, with which it can't compute
        return False


def _by_label(attempts: Sequence[Attempt], right: Sequence[bool]) -> str:
    """ "Right for one sample, wrong for a batch. ", where it depends on the kind of case."""
    labels = list(dict.fromkeys(attempt.case.label for attempt in attempts))
    good: list[str] = []
    bad: list[str] = []
    for label in labels:
        fine = [r for a, r in zip(attempts, right, strict=True) if a.case.label == label]
        (good if all(fine) else bad).append(label)
    return f"Right for {_and(good)}, wrong for {_and(bad)}. " if good and bad else ""


def _unused(exercise: Exercise, answer: Function) -> str:
    """Which arguments the answer never reads, though the solution does."""
    answer = undecorated(answer)
    if not hasattr(answer, "__code__"):
        return ""
    read, needed = (
        _names_read(function, "LOAD_FAST", "LOAD_DEREF", "LOAD_CLOSURE")
        for function in (answer, exercise.function)
    )
    unused = [
        takes
        for takes, original in zip(_parameters(answer), exercise.parameters, strict=False)
        if original in needed and takes not in read
    ]
    return f" Your function never uses {_arguments(unused)}." if unused else ""


def _from_outside(answer: Function) -> str:
    """Which values the answer takes from the notebook rather than from its arguments."""
    answer = undecorated(answer)
    if not hasattr(answer, "__code__"):
        return ""
    names = [
        name
        for name in sorted(_names_read(answer, "LOAD_GLOBAL"))
        if _is_data(answer.__globals__.get(name))
    ]
    if not names:
        return ""
    verb = "is" if len(names) == 1 else "are"
    return f" It reads {_and(names)} from the notebook, which {verb} not among its arguments."


def _mixed_up(exercise: Exercise, answer: Function) -> str:
    """Whether the answer takes the right arguments in another order."""
    takes, given = _parameters(answer), exercise.parameters
    if takes == given or sorted(takes) != sorted(given):
        return ""
    return (
        f"Your function takes ({', '.join(takes)}), but it is called with ({', '.join(given)}), in "
        "that order. Keep the first line as given."
    )


def _names_read(function: Function, *kinds: str) -> set[str]:
    """The names that instructions of these kinds read in the function's code and code inside it."""
    names: set[str] = set()
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        codes += [constant for constant in code.co_consts if inspect.iscode(constant)]
        for instruction in dis.get_instructions(code):
            if any(kind in instruction.opname for kind in kinds):
                name = instruction.argval  # newer Pythons join two reads into one instruction
                names.update(name if isinstance(name, tuple) else (name,))
    return names


def _is_data(value: Any) -> bool:
    return isinstance(value, np.ndarray | int | float | list | tuple) or (
        hasattr(value, "detach") and hasattr(value, "shape")
    )


def _parameters(function: Callable[..., Any]) -> list[str]:
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


def _table(rows: Sequence[tuple[str, Any]]) -> list[str]:
    """Lines "name = value", the names flush left, further lines of a matrix below its first."""
    width = max(len(name) for name, _ in rows)
    lines = []
    for name, value in rows:
        text = _show(value).split("\n")
        lines.append(f"    {name:<{width}} = {text[0]}")
        lines += [" " * (width + 7) + line for line in text[1:]]
    return lines


def _show(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return np.array2string(value, precision=6, separator=", ", threshold=40)
    if isinstance(value, int | float):
        return f"{value:.6g}"
    text = without_addresses(repr(value))
    return text if len(text) <= 70 else text[:69] + "…"


def _size(attempt: Attempt) -> int:
    """How many numbers the inputs hold."""

    def size(value: Any) -> int:
        return sum(map(size, value)) if isinstance(value, list | tuple) else np.size(value)

    return sum(map(size, attempt.inputs.values()))


def _arguments(names: Sequence[str]) -> str:
    return f"its argument{'s' * (len(names) > 1)} {_and(names)}"


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
