"""Readings and the text that is kept of them."""

from windlass.verify.model import DETAIL_MAX, Outcome, Reading, shortened


def test_failures_are_the_failed_and_the_broken() -> None:
    cases = {"a::1": "passed", "a::2": "failed", "b": "error", "a::3": "skipped"}
    assert Reading("pytest", Outcome.FAILED, cases=cases).failures == {"a::2", "b"}


def test_the_end_of_a_long_detail_is_kept_and_no_database_chokes_on_it() -> None:
    assert shortened("x" * DETAIL_MAX * 2 + "end").endswith("end")
    assert len(shortened("x" * DETAIL_MAX * 2)) == DETAIL_MAX
    assert shortened("a\0b\udc80") == "ab?"
