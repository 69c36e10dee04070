"""Whether a commit is why something fails: by runs on its tree and on the tree before it, in turn. Pure.

A test failed in a whole run of the main branch. The claim to be refuted is that the commit has nothing to do
with it: that the test fails by itself, alone at some rate a and among the others at some rate b, on both
trees alike. A commit is named only if the test failed in every one of N runs on its tree and passed in every
one of N on the tree before. One run alone on each tree tells which runs count: where these differ as they
should, runs alone; where they are the same, whole runs, since the test then needs the others to fail or to
pass. Every other result ends it. So for a test that fails by itself the chance that a commit is named is

    x**N + (1 - 2*x) * y**N,  x = a*(1 - a) <= 1/4,  y = b*(1 - b) <= 1/4,

which is convex in x, hence greatest at an end of it: at most 1.5 * 4**-N, whatever the rates are, and however
the test came to be asked. With m tests asked at once the chance that a commit is named for any of them is
below m times that, and N is the smallest number that keeps it within MISTAKES_MAX: 6 for up to two tests, 9
for fifty. What breaks a test for good is found with N runs of that one test on either tree.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

MISTAKES_MAX: Final = 0.001
"""The chance that a look at the main branch holds tests that fail by themselves against a commit."""
WAYS: Final = 1.5
"""Runs alone may name a commit, and whole runs in at least every second case in which those do not."""
ONCE_MORE: Final = 2
"""Times as many runs for a test that is known to flip: it is asked at look after look."""


class Call(Enum):
    """BROKEN: the commit is why. AMONG: it is, by whole runs. FLAKY: it fails and passes on one tree. BEFORE:
    it fails on the tree before as well. UNTOLD: it cannot be asked. OPEN: further runs would tell.
    """

    BROKEN = "broken"
    AMONG = "among"
    FLAKY = "flaky"
    BEFORE = "before"
    UNTOLD = "untold"
    OPEN = "open"


NAMED: Final = (Call.BROKEN, Call.AMONG)


@dataclass(frozen=True, slots=True)
class Runs:
    """How often something failed and passed on a tree, and on the tree before it."""

    failed: int = 0
    passed: int = 0
    failed_before: int = 0
    passed_before: int = 0

    def after(self, *, before: bool, failed: bool) -> "Runs":
        """With one more run."""
        name = ("failed" if failed else "passed") + ("_before" if before else "")
        return replace(self, **{name: getattr(self, name) + 1})


def needed(asked: int, *, flips: bool = False) -> int:
    """Runs on either tree that name a commit, where so many tests are asked at once; `flips`: of one that is
    known to fail and pass on one tree.
    """
    runs = 1
    while WAYS * asked * 4.0**-runs > MISTAKES_MAX:
        runs += 1
    return runs * (ONCE_MORE if flips else 1)


def call(alone: Runs, together: Runs | None, least: int) -> Call:
    """What is certain by now. `together`: whole runs, None where they would tell nothing more. `least`: see
    `needed`.
    """
    told = told_by(alone, least)
    if told is None and together is not None:
        told = told_by(together, least)
        told = Call.AMONG if told is Call.BROKEN else told
    if told is None:
        told = Call.BEFORE if (together or alone).failed else Call.FLAKY
    return told


def told_by(runs: Runs, least: int) -> Call | None:
    """What runs of one sort say; None where they are the same on both trees."""
    flips = (runs.failed and runs.passed) or (runs.failed_before and runs.passed_before)
    if flips or (runs.passed and runs.failed_before):
        return Call.FLAKY
    if min(runs.failed, runs.passed_before) >= least:
        return Call.BROKEN
    both = (runs.failed or runs.passed) and (runs.failed_before or runs.passed_before)
    return Call.OPEN if not both or (runs.failed and runs.passed_before) else None


def tree_first(number: int) -> bool:
    """Which tree's run comes first in a round: by the sequence of Thue and Morse, so that what fails at every
    second run, or more and more often, does not fail on one tree alone.
    """
    return number.bit_count() % 2 == 0
