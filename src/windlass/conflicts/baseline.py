"""Baselines of two sides as one: each bound is the stricter of both, so that a merge never loosens any. Pure.

Text merged line by line can loosen in silence: two sides that both add a key leave it in there twice, and the
last one counts. What is stricter is known for the files below; of any other number it is not.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from windlass.conflicts.model import Open, Sides

DEPTH_MAX: Final = 20
_LEAST: Final = ("min_improvement_threshold", "regression_tolerance", "consecutive_improvements_required")
"""Of `quality_ratchet.json`: less of them tightens sooner, or lets less pass."""

Stricter = Callable[[str, float, float], float | None]
"""Of two values of a key the stricter; None: nobody knows."""


def bounds(sides: Sides) -> bytes | Open:
    """`quality_ratchet.json`: what only one side bounds stays bounded."""
    return _merged(sides, _bound, keep=True)


def counts(sides: Sides) -> bytes | Open:
    """Counts of what is put up with, by file and rule: what one side no longer has is gone."""
    return _merged(sides, lambda _key, ours, theirs: min(ours, theirs), keep=False)


class _Wrong(Exception):
    """Why two documents cannot be one."""


def _bound(key: str, ours: float, theirs: float) -> float | None:
    if key.endswith("_min"):
        return max(ours, theirs)
    return min(ours, theirs) if key.endswith("_max") or key in _LEAST else None


def _merged(sides: Sides, stricter: Stricter, *, keep: bool) -> bytes | Open:
    try:
        ours, theirs = _parsed(sides.ours), _parsed(sides.theirs)
        whole = _both(ours, theirs, stricter, keep, 0)
    except _Wrong as wrong:
        return Open(str(wrong))
    for one, content in ((ours, sides.ours), (theirs, sides.theirs)):
        if one == whole:
            return content
    return json.dumps(whole, indent=2, ensure_ascii=False).encode() + b"\n"


def _both(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], stricter: Stricter, keep: bool, depth: int
) -> dict[str, Any]:
    if depth > DEPTH_MAX:
        raise _Wrong(f"it is nested deeper than {DEPTH_MAX}")
    names = {**ours, **theirs} if keep else [name for name in ours if name in theirs]
    return {
        name: _value(name, ours, theirs, lambda a, b: _both(a, b, stricter, keep, depth + 1), stricter)
        for name in names
    }


def _value(
    name: str, ours: Mapping[str, Any], theirs: Mapping[str, Any],
    deeper: Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]], stricter: Stricter,
) -> Any:  # fmt: skip
    if name not in ours or name not in theirs:
        return ours.get(name, theirs.get(name))
    left, right = ours[name], theirs[name]
    if isinstance(left, dict) and isinstance(right, dict):
        return deeper(left, right)
    if left == right and type(left) is type(right):
        return left
    found = stricter(name, left, right) if _number(left) and _number(right) else None
    if found is None:
        raise _Wrong(f"nobody knows which {name!r} is stricter: {left!r} or {right!r}")
    return found


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content, object_pairs_hook=_once, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise _Wrong(f"it is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise _Wrong("it is no table")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Wrong("it names a key twice")
    return found


def _constant(word: str) -> float:
    raise _Wrong(f"it holds {word}")
