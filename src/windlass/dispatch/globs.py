"""Whether two path patterns can mean the same file: exact intersection of globs. Pure.

`*` and `?` and `[a-z]`, `[!a-z]` stay inside one name, `**` as a whole name stands for any number of names. A
pattern covers what it matches and everything below it, so that `src` and `src/` both cover `src/a.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from windlass.kernel import Invalid

PATTERN_MAX: Final = 4_096
PATTERNS_MAX: Final = 5_000
"""Patterns that one task may name."""
SEGMENTS_MAX: Final = 2_048
ANY: Final = "**"
_MAGIC: Final = frozenset("*?[")
_ESCAPED: Final = {f"[{sign}]": sign for sign in "[*?"}

_Ranges = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _One:
    """One character of a name: of these ranges, or of all but these."""

    ranges: _Ranges
    inverted: bool = False


_STAR: Final = None
_Token = _One | None


def segments(pattern: str) -> tuple[str, ...]:
    """The names of a pattern, `**` at the end for what is below; Invalid for one that leaves the tree."""
    names = [name for name in pattern.split("/") if name not in ("", ".")]
    if not names or len(pattern) > PATTERN_MAX or len(names) > SEGMENTS_MAX or pattern.startswith("/"):
        raise Invalid(
            f"{pattern[:200]!r} is no path pattern",
            hint=f"a path from the top of the repository, at most {PATTERN_MAX} characters",
        )
    if ".." in names or "\0" in pattern:
        raise Invalid(f"{pattern[:200]!r} leaves the repository", hint="write it from its top, without ..")
    return (*names, ANY) if names[-1] != ANY else tuple(names)


def exact(path: str) -> str:
    """The pattern that means this path alone: git allows names with brackets and stars."""
    return "".join(f"[{sign}]" if sign in _MAGIC else sign for sign in path)


def plain(pattern: str) -> str | None:
    """The path that `exact` was given; None for a pattern that means more than one."""
    path, rest = "", pattern
    while rest:
        if sign := _ESCAPED.get(rest[:3]):
            path, rest = path + sign, rest[3:]
        elif rest[0] in _MAGIC:
            return None
        else:
            path, rest = path + rest[0], rest[1:]
    return path


def check_patterns(patterns: Sequence[str]) -> None:
    if len(patterns) > PATTERNS_MAX:
        raise Invalid(f"{len(patterns)} path patterns are more than {PATTERNS_MAX}")
    for pattern in patterns:
        segments(pattern)


def literal(names: Sequence[str]) -> int:
    """How many names at the beginning hold no sign."""
    return next((n for n, name in enumerate(names) if _MAGIC & set(name)), len(names))


def overlap(left: Iterable[str], right: Iterable[str]) -> bool:
    """Whether there is a path that a pattern of each side covers."""
    others = [segments(pattern) for pattern in right]
    return any(meet(segments(pattern), other) for pattern in left for other in others)


def meet(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """The same for two patterns as `segments` gives them."""
    for one, two in zip(left[: literal(left)], right[: literal(right)], strict=False):
        if one != two:
            return False
    ends = [[False] * (len(right) + 1) for _ in range(len(left) + 1)]
    ends[len(left)][len(right)] = True
    for i in range(len(left), -1, -1):
        for j in range(len(right), -1, -1):
            if i < len(left) or j < len(right):
                ends[i][j] = _from(left, right, i, j, ends)
    return ends[0][0]


def _from(
    left: tuple[str, ...], right: tuple[str, ...], i: int, j: int, ends: list[list[bool]]
) -> bool:
    """Whether the rests of both can mean one path; what is shorter is known already."""
    if i < len(left) and left[i] == ANY:
        return ends[i + 1][j] or (j < len(right) and ends[i][j + 1])
    if j < len(right) and right[j] == ANY:
        return ends[i][j + 1] or (i < len(left) and ends[i + 1][j])
    return i < len(left) and j < len(right) and ends[i + 1][j + 1] and _names_meet(left[i], right[j])


@lru_cache(maxsize=65_536)
def _names_meet(left: str, right: str) -> bool:
    if not (_MAGIC & set(left)) and not (_MAGIC & set(right)):
        return left == right
    one, two = _tokens(left), _tokens(right)
    ends = [[False] * (len(two) + 1) for _ in range(len(one) + 1)]
    ends[len(one)][len(two)] = True
    for i in range(len(one), -1, -1):
        for j in range(len(two), -1, -1):
            if i < len(one) or j < len(two):
                ends[i][j] = _tokens_from(one, two, i, j, ends)
    return ends[0][0]


def _tokens_from(
    one: Sequence[_Token], two: Sequence[_Token], i: int, j: int, ends: list[list[bool]]
) -> bool:
    if i < len(one) and one[i] is _STAR:
        return ends[i + 1][j] or (j < len(two) and ends[i][j + 1])
    if j < len(two) and two[j] is _STAR:
        return ends[i][j + 1] or (i < len(one) and ends[i + 1][j])
    if i == len(one) or j == len(two):
        return False
    a, b = one[i], two[j]
    return ends[i + 1][j + 1] and a is not None and b is not None and _share(a, b)


def _share(a: _One, b: _One) -> bool:
    """Whether one character is in both."""
    if a.inverted and b.inverted:
        return True  # two short lists do not exclude all of Unicode
    if a.inverted:
        a, b = b, a
    if not b.inverted:
        return any(low <= high2 and low2 <= high for low, high in a.ranges for low2, high2 in b.ranges)
    return any(_left_over(low, high, b.ranges) for low, high in a.ranges)


def _left_over(low: str, high: str, without: _Ranges) -> bool:
    """Whether anything of `low`..`high` is outside all of `without`."""
    at, end = ord(low), ord(high)
    for first, last in sorted(without):
        if ord(first) > at:
            break
        at = max(at, ord(last) + 1)
    return at <= end


def _tokens(name: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(name):
        sign = name[at]
        close = name.find("]", at + (3 if name[at + 1 : at + 2] in ("!", "^") else 2)) if sign == "[" else -1
        if sign == "*":
            found.append(_STAR)
        elif sign == "?":
            found.append(_One((), inverted=True))
        elif close > 0:
            found.append(_class(name[at + 1 : close]))
            at = close
        else:
            found.append(_One(((sign, sign),)))  # also a bracket that nobody closes
        at += 1
    return found


def _class(text: str) -> _One:
    inverted = text[0] in "!^"
    body = text[1:] if inverted else text
    ranges, at = [], 0
    while at < len(body):
        if body[at + 1 : at + 2] == "-" and at + 2 < len(body):
            if body[at] <= body[at + 2]:
                ranges.append((body[at], body[at + 2]))
            at += 3
        else:
            ranges.append((body[at], body[at]))
            at += 1
    return _One(tuple(ranges), inverted)
