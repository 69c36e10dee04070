"""What a found item is worth before anybody scored it: the table of the measured study, on the WSJF scale.

Sizes are guesses of ours until outcomes are known: 1-2 for what a tool mends, 3 for one place, 5 for a bug.
"""

from collections.abc import Mapping
from typing import Final

from windlass.backlog.model import Score

SECURITY: Final = "security"
SECURITY_BOOST: Final = 1.5

_BY_CATEGORY: Mapping[str, Score] = {
    "technical-debt": Score(2, 1, 1, 3),
    "bug": Score(5, 3, 3, 5),
    "critical-bug": Score(5, 3, 3, 5),
    "refactoring": Score(2, 1, 3, 5),
    "investigation": Score(1, 1, 2, 3),
    "feature": Score(5, 2, 1, 8),
}
_BY_SEVERITY: Mapping[str, Score] = {
    "critical": Score(8, 13, 13, 5),
    "error": Score(3, 2, 3, 3),
    "warning": Score(2, 1, 1, 3),
    "note": Score(1, 1, 1, 3),
}
_SECURITY: Mapping[str, Score] = {
    "critical": Score(8, 13, 13, 5),
    "error": Score(5, 8, 8, 5),
}
_SECURITY_ELSE: Final = Score(3, 3, 5, 5)
_FIXABLE: Mapping[str, Score] = {"error": Score(2, 1, 1, 2), "warning": Score(1, 1, 1, 2)}
_FIXABLE_ELSE: Final = Score(1, 1, 1, 3)


def default_score(category: str, severity: str, *, fixable: bool) -> Score:
    """BUG/FIXME 5/3/3, TODO 2/1/1, HACK 2/1/3, XXX 1/1/2; security by severity; a tool's own fix is small
    work."""
    if category == SECURITY:
        return _SECURITY.get(severity, _SECURITY_ELSE)
    if fixable:
        return _FIXABLE.get(severity, _FIXABLE_ELSE)
    return _BY_CATEGORY.get(category) or _BY_SEVERITY.get(severity, _BY_SEVERITY["note"])


def default_boost(category: str) -> float:
    """Security counts half as much again, as the founding example of a custom score has it."""
    return SECURITY_BOOST if category == SECURITY else 1.0
