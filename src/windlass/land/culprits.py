"""Since which commit does each of several things fail: halving, for all of them at once. Pure."""

from collections.abc import Callable, Sequence
from typing import Final

Fails = Callable[[str, frozenset[str]], frozenset[str] | None]
"""Which of these fail at a commit; None where that cannot be told."""
LOOKS_MAX: Final = 64
"""Commits that are looked at, for all culprits together."""


def culprits(line: Sequence[str], suspects: frozenset[str], fails: Fails) -> dict[str, frozenset[str]]:
    """For each commit of a line those of the suspects that fail from it on.

    None of them fails at the first commit of `line`, all of them fail at the last. What cannot be told, or
    takes more than LOOKS_MAX looks, has no culprit.
    """
    found: dict[str, frozenset[str]] = {}
    spans = [(0, len(line) - 1, suspects)] if suspects else []
    looks = 0
    while spans:
        good, bad, asked = spans.pop()
        if bad - good == 1:
            found[line[bad]] = found.get(line[bad], frozenset()) | asked
            continue
        looks += 1
        middle = (good + bad) // 2
        told = fails(line[middle], asked) if looks <= LOOKS_MAX else None
        if told is not None:
            before = told & asked
            spans += [part for part in ((good, middle, before), (middle, bad, asked - before)) if part[2]]
    return found
