"""Whether a failure is the change's: the sequential rule that says when enough runs were seen. Pure.

Three things can be true of a test that failed on a change and not on its base. The change broke it, and then
it mostly fails always; or the change made it fail now and then; or it fails now and then as it did before,
with the rate that its record on the main branch tells. After every run the chance of the first two is
computed by Bayes' rule, and it ends when that is beyond a bound.
"""

import math
from enum import Enum
from typing import Final

from windlass.flakes.beta import Beta

BREAKS: Final = 0.5
"""Tests that a change breaks on average; each of the suite's is as likely to be one of them."""
BROKEN_MAX: Final = 0.05
"""The chance that a change broke a test, before the test was run on it, where the suite is small or unknown.
"""
ALWAYS: Final = 0.9
"""Of what changes break: the share that fails at every run. Of the rest any rate is as likely."""
REAL_MIN: Final = 0.99
"""From this chance on the change is blamed."""
FLAKY_MAX: Final = 0.05
"""Down to this chance it is not, if the test has passed as well."""
RUNS_MIN: Final = 2
"""A single run never tells."""
_ANY: Final = Beta(1.0, 1.0)


class Certainty(Enum):
    """REAL: the change's own. FLAKY: the test's, as before. OPEN: another run would tell more."""

    REAL = "real"
    FLAKY = "flaky"
    OPEN = "open"


def broken(tests: int) -> float:
    """The chance that a change broke one given test of a suite, before the test was run on it."""
    return min(BROKEN_MAX, BREAKS / tests) if tests else BROKEN_MAX


def blame(belief: Beta, failed: int, passed: int, *, before: float = BROKEN_MAX) -> float:
    """The chance that the change is at fault, after its runs; `belief`: how often it fails without it.
    `before`: the chance before the first run.
    """
    sometimes = math.exp(_ANY.log_chance(failed, passed))
    changed = ALWAYS * (passed == 0) + (1.0 - ALWAYS) * sometimes
    as_before = math.exp(belief.log_chance(failed, passed))
    return before * changed / (before * changed + (1.0 - before) * as_before)


def judge(belief: Beta, failed: int, passed: int, *, before: float = BROKEN_MAX) -> Certainty:
    """What is certain by now. Only a test with both results on this tree can be flaky."""
    if failed + passed < RUNS_MIN:
        return Certainty.OPEN
    chance = blame(belief, failed, passed, before=before)
    if chance >= REAL_MIN:
        return Certainty.REAL
    return Certainty.FLAKY if passed and chance <= FLAKY_MAX else Certainty.OPEN
