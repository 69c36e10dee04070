"""A text that a regular expression may match: made from the parsed expression, never by running it.

What is made is only likely: looks ahead and back are not heeded. Whoever uses it holds it against the schema.
"""

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from re import _constants as ops  # type: ignore[attr-defined]  # no stub tells of the parsed form
from re import _parser  # type: ignore[attr-defined]  # no stub tells of the parsed form
from typing import Any, Final

PATTERN_MAX: Final = 1_000
TEXT_MAX: Final = 10_000
_TRIES: Final = (0, 1, 2, 3, 5, 8, 13, 21, 34, 64, 128, 256, 1024)
"""How much longer than it must be each repetition is made, until the text is long enough."""
_LIKED: Final = "".join(dict.fromkeys("a1Ab2-_. /@:" + "".join(map(chr, range(33, 127))) + " \n\té"))
_CLASS_DASH: Final = re.compile(r"(\\[wdsWDS])-")


def _word(one: str) -> bool:
    return one.isalnum() or one == "_"


_CLASSES: Final[Mapping[Any, Callable[[str], bool]]] = {
    ops.CATEGORY_DIGIT: str.isdigit, ops.CATEGORY_SPACE: str.isspace,
    ops.CATEGORY_WORD: _word,
    ops.CATEGORY_NOT_DIGIT: lambda one: not one.isdigit(),
    ops.CATEGORY_NOT_SPACE: lambda one: not one.isspace(), ops.CATEGORY_NOT_WORD: lambda one: not _word(one),
}  # fmt: skip


class _Unmade(Exception):
    pass


def text(pattern: str, low: int, high: int, turn: int = 0) -> str | None:
    """A text of `low` to `high` signs; None where none is found. `turn`: which of alternatives to take."""
    if len(pattern) > PATTERN_MAX or low > TEXT_MAX:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = list(_parser.parse(_python(pattern)))
    except (re.error, RecursionError, OverflowError, ValueError):
        return None
    for more in _TRIES:
        try:
            made = _Walk(turn, more).sequence(parsed)
        except (_Unmade, RecursionError):
            return None
        if len(made) < low and more == _TRIES[-1]:
            made = _padded(parsed, made, low)
        if low <= len(made) <= high:
            return made
        if len(made) > high:
            break
    made = _padded(parsed, _Walk(turn, 0).sequence(parsed), low)
    return made if low <= len(made) <= high else None


def _python(pattern: str) -> str:
    """ECMAScript's words in Python's, as far as they are common."""
    made, inside, at = [], False, 0
    pattern = _CLASS_DASH.sub(r"\1\\-", pattern).replace("(?<", "(?P<").replace("(?P<=", "(?<=")
    pattern = pattern.replace("(?P<!", "(?<!")
    while at < len(pattern):
        here = pattern[at]
        if pattern.startswith(("\\p{", "\\P{"), at) and (end := pattern.find("}", at)) > 0:
            made.append("A-Za-z" if inside else "[A-Za-z]")
            at = end + 1
            continue
        if here == "\\":
            made.append(pattern[at : at + 2])
            at += 2
            continue
        inside = here == "[" or (inside and here != "]")
        made.append(here)
        at += 1
    return "".join(made)


def _padded(parsed: list[Any], made: str, low: int) -> str:
    """A longer one where the pattern leaves open what comes after or before."""
    missing = "a" * (low - len(made))
    if not missing or not parsed:
        return made + missing
    if parsed[-1][0] != ops.AT:
        return made + missing
    return missing + made if parsed[0][0] != ops.AT else made


@dataclass
class _Walk:
    turn: int
    more: int
    size: int = 0
    groups: dict[int, str] = field(default_factory=dict)

    def sequence(self, parsed: Any) -> str:
        made = "".join(self._one(op, value) for op, value in parsed)
        if len(made) > TEXT_MAX:  # each of many references back may double it
            raise _Unmade
        return made

    def _one(self, op: Any, value: Any) -> str:
        self.size += 1
        if self.size > TEXT_MAX:
            raise _Unmade
        if op is ops.LITERAL:
            return chr(value)
        if op is ops.ANY:
            return "a"
        if op is ops.NOT_LITERAL:
            return "a" if value != ord("a") else "b"
        if op is ops.IN:
            return _picked(value, self.turn)
        if op in (ops.AT, ops.ASSERT, ops.ASSERT_NOT):
            return ""
        if op is ops.BRANCH:
            ways = value[1]
            return self.sequence(ways[self.turn % len(ways)])
        if op is ops.SUBPATTERN:
            made = self.sequence(value[3])
            if value[0] is not None:
                self.groups[value[0]] = made
            return made
        if op is ops.GROUPREF:
            return self.groups.get(value, "")
        if op is ops.ATOMIC_GROUP:
            return self.sequence(value)
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            low, high, inner = value
            return "".join(self.sequence(inner) for _ in range(min(low + self.more, int(high), TEXT_MAX)))
        raise _Unmade


def _picked(members: list[tuple[Any, Any]], turn: int) -> str:
    """A sign of a class: a plain one where it has any."""
    negated = any(op is ops.NEGATE for op, _ in members)
    plain = [one for one in _LIKED if _within(members, one) != negated]
    if plain:
        return plain[turn % len(plain)]
    for op, value in members if not negated else ():
        if op is ops.LITERAL:
            return chr(value)
        if op is ops.RANGE:
            return chr(value[0])
    raise _Unmade


def _within(members: list[tuple[Any, Any]], one: str) -> bool:
    for op, value in members:
        if op is ops.LITERAL and value == ord(one):
            return True
        if op is ops.RANGE and value[0] <= ord(one) <= value[1]:
            return True
        if op is ops.CATEGORY and value in _CLASSES and _CLASSES[value](one):
            return True
    return False
