"""What is measured on the base, and which timeouts are nobody's fault."""

from windlass.verify.judge import Compared
from windlass.verify.model import TIMED_OUT, Outcome, Reading
from windlass.verify.rounds import settle
from windlass.verify.settings import Settings

SETTINGS = Settings(pr_limit_s=100.0)
LATE = Reading("pytest", Outcome.UNKNOWN, 100.0, {TIMED_OUT: 1.0}, detail="did not end within 100 s")
FOCUSED = Compared("tests", Reading("pytest:1", Outcome.PASSED, metrics={"collected": 3.0}))


def whole(base: Reading | None) -> Compared:
    return Compared("tests", LATE, base)


def test_a_suite_too_long_for_both_trees_is_deferred_when_other_tests_ran() -> None:
    kept, late = settle([FOCUSED, whole(LATE)], SETTINGS)
    assert kept == [FOCUSED]
    assert "did not end within" in late[0]


def test_without_other_tests_it_stays_unknown() -> None:
    pair = whole(LATE)
    assert settle([pair], SETTINGS) == ([pair], [])
    nothing = Compared("tests", Reading("pytest:1", Outcome.FAILED, metrics={"collected": 0.0}))
    assert settle([nothing, pair], SETTINGS) == ([nothing, pair], [])


def test_a_timeout_of_the_candidate_alone_is_not_excused() -> None:
    quick = whole(Reading("pytest", Outcome.PASSED, 10.0, {"collected": 3.0}))
    assert settle([FOCUSED, quick], SETTINGS) == ([FOCUSED, quick], [])
    slow = whole(Reading("pytest", Outcome.PASSED, 80.0, {"collected": 3.0}))
    assert settle([FOCUSED, slow], SETTINGS)[0] == [FOCUSED]
