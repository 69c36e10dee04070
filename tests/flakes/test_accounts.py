"""What tallies add up to."""

from windlass.flakes.accounts import Suite, prior, record, records
from windlass.flakes.beta import DEFAULT
from windlass.flakes.model import Tally


def tally(test: str, failed: int, passed: int, at: float = 1.0, tree: str = "t") -> Tally:
    return Tally(test, f"{tree}{at}", "env", failed, passed, at)


def test_a_tree_where_it_never_passed_says_nothing_about_its_rate() -> None:
    found = record("a", [tally("a", 1, 3, 1.0), tally("a", 5, 0, 2.0), tally("a", 0, 2, 3.0)], DEFAULT)
    assert (found.failed, found.passed, found.flips, found.clean, found.last) == (1, 5, 1, 2, 3.0)
    assert found.belief == DEFAULT.after(1, 5)
    assert found.before == DEFAULT.after(1, 3)


def test_passes_before_the_last_failure_are_not_clean() -> None:
    found = record("a", [tally("a", 0, 9, 1.0), tally("a", 1, 1, 2.0)], DEFAULT)
    assert found.clean == 0


def test_tests_that_never_failed_are_part_of_what_is_learned() -> None:
    seen = [tally(name, 2, 8) for name in "abcd"]
    few, many = prior(seen, Suite(4, 10)), prior(seen, Suite(4000, 10))
    assert prior(seen, None) == DEFAULT
    assert many.mean < few.mean
    assert set(records(seen, None)) == set("abcd")
