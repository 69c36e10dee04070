"""Readings and the text that is kept of them."""

from windlass.plan import Demand
from windlass.verify.model import (
    BROKEN,
    DETAIL_MAX,
    WHY_MAX,
    WHYS_MAX,
    Judgement,
    Outcome,
    Reading,
    held,
    shortened,
)
from windlass.verify.patch import Bound, Patch


def test_failures_are_the_failed_and_the_broken() -> None:
    cases = {"a::1": "passed", "a::2": "failed", "b": "error", "a::3": "skipped"}
    assert Reading("pytest", Outcome.FAILED, cases=cases).failures == {"a::2", "b"}


def test_the_end_of_a_long_detail_is_kept_and_no_database_chokes_on_it() -> None:
    assert shortened("x" * DETAIL_MAX * 2 + "end").endswith("end")
    assert len(shortened("x" * DETAIL_MAX * 2)) == DETAIL_MAX
    assert shortened("a\0b\udc80") == "ab?"


def test_what_is_counted_is_told_with_its_lines_and_the_words_of_the_first() -> None:
    found = [("a.py|x", line, f"word\0s  {line}") for line in range(1, 8)] + [("b.py|y", 3, "w" * 999)]
    why = Reading("mypy", Outcome.FAILED).saying(found).why
    assert why["a.py|x"] == "lines 1, 2, 3, 4, 5 and 2 more: words 1"
    assert why["b.py|y"] == "line 3: " + "w" * WHY_MAX
    many = Reading("mypy", Outcome.FAILED).saying((f"{n}|x", 1, "") for n in range(WHYS_MAX + 9))
    assert len(many.why) == WHYS_MAX


def judged(outcome: Outcome, below: Demand) -> Judgement:
    patch = Patch(uncovered={"a.py": frozenset(range(1, 6))}, why="", bound=Bound(below=below))
    return Judgement("t", "b", outcome, ("old",), (), (), (), 1.0, (0, 1), (), patch=patch)


def test_a_change_that_falls_short_is_refused_only_where_the_owner_says_so() -> None:
    for below in (Demand.NONE, Demand.NOTE, Demand.ASK):
        assert held(judged(Outcome.PASSED, below)) == judged(Outcome.PASSED, below)
    refused = held(judged(Outcome.PASSED, Demand.REFUSE))
    assert (refused.outcome, refused.reasons[0]) == (Outcome.FAILED, "old")
    assert refused.reasons[1].endswith("not run: a.py:1-5 (add tests that run them)")
    assert held(judged(Outcome.FAILED, Demand.REFUSE)).reasons == refused.reasons


def test_a_part_of_a_batch_is_about_its_own_files() -> None:
    whole = judged(Outcome.PASSED, Demand.REFUSE)
    other, own = whole.part("x", "y", ["b.py"]), whole.part("x", "y", ["a.py"])
    assert (other.tree, other.base_tree, other.outcome) == ("x", "y", Outcome.PASSED)
    assert own.outcome is Outcome.FAILED


def test_counts_are_owed_unless_they_break_the_tree() -> None:
    assert Reading("lint", Outcome.FAILED, counts={"a|b": 1}).owed
    assert not Reading("migrations", Outcome.FAILED, counts={"a|b": 1}, metrics={BROKEN: 1.0}).owed
    assert not Reading("pytest", Outcome.FAILED).owed
