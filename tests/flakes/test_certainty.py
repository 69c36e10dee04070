"""Whose failure it is, run by run."""

import pytest

from windlass.flakes.beta import DEFAULT, Beta
from windlass.flakes.certainty import Certainty, blame, judge

KNOWN = DEFAULT.after(20, 80)
SOUND = DEFAULT.after(0, 1000)


@pytest.mark.parametrize(
    ("belief", "failed", "passed", "expected"),
    [
        (DEFAULT, 1, 0, Certainty.OPEN), (DEFAULT, 2, 0, Certainty.REAL),  # one further run tells
        (DEFAULT, 1, 1, Certainty.OPEN), (DEFAULT, 1, 5, Certainty.FLAKY),
        (DEFAULT, 4, 3, Certainty.REAL),  # it fails far more often than before: the change made it so
        (KNOWN, 1, 1, Certainty.FLAKY), (KNOWN, 2, 0, Certainty.OPEN), (KNOWN, 8, 0, Certainty.REAL),
        (SOUND, 1, 0, Certainty.OPEN), (SOUND, 1, 1, Certainty.OPEN), (SOUND, 2, 3, Certainty.REAL),
        (Beta(30.0, 1.0), 4, 0, Certainty.OPEN),  # it never passed on this tree: that is no evidence
    ],
)  # fmt: skip
def test_it_ends_when_it_is_certain(belief: Beta, failed: int, passed: int, expected: Certainty) -> None:
    assert judge(belief, failed, passed) is expected, blame(belief, failed, passed)


def test_more_failures_never_clear_a_change_and_passes_never_accuse_a_flaky_test() -> None:
    assert sorted(blame(KNOWN, n, 0) for n in range(1, 9)) == [blame(KNOWN, n, 0) for n in range(1, 9)]
    falling = [blame(KNOWN, 1, n) for n in range(1, 9)]
    assert max(falling) <= 0.05
