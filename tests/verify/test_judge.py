"""The gate's rule as a table: what blocks, what is known, what stays unknown."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.verify.judge import Compared, Delta, rule, suspects
from windlass.verify.model import OUTSIDE, UNTOLD, Outcome, Reading

P, F, U = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN
SYNTAX = Compared("syntax", Reading("syntax", P))
LINT = Compared("lint", Reading("ruff_lint", P))


def run(cases: Mapping[str, str], **metrics: float) -> Reading:
    bad = any(result in ("failed", "error") for result in cases.values()) or not cases
    return Reading("pytest", F if bad else P, metrics={"collected": len(cases), **metrics}, cases=cases)


def verdict(pair: Compared, delta: Delta = Delta()) -> Outcome:  # noqa: B008 - frozen
    return rule([SYNTAX, pair], delta, 75.0).outcome


@pytest.mark.parametrize(
    ("base", "candidate", "expected"),
    [
        ({"t.py::a": "passed"}, {"t.py::a": "passed"}, P),
        ({"t.py::a": "passed"}, {"t.py::a": "failed"}, F),
        ({"t.py::a": "passed"}, {"t.py::a": "skipped"}, F),
        ({"t.py::a": "passed", "t.py::b": "passed"}, {"t.py::a": "passed"}, F),
        ({"t.py::a": "passed"}, {"t.py::a": "passed", "t.py::new": "failed"}, F),
        ({"t.py::a": "passed"}, {"t.py::a": "passed", "t.py::new": "skipped"}, P),
        ({"t.py::a": "failed", "t.py::b": "passed"}, {"t.py::a": "failed", "t.py::b": "passed"}, P),
        ({"t.py::a": "failed", "t.py::b": "passed"}, {"t.py::a": "passed", "t.py::b": "passed"}, P),
        ({"t.py::a": "failed"}, {"t.py::b": "passed"}, F),
        ({"t.py::a": "passed"}, {"t.py": "error"}, F),
        ({"t.py": "error"}, {"t.py": "error"}, U),
        ({"t.py": "error", "u.py::a": "passed"}, {"t.py": "error", "u.py::a": "passed"}, P),
        ({}, {}, U),
        ({"t.py::a": "skipped"}, {"t.py::a": "skipped"}, U),
        ({"t.py::a": "passed"}, {}, F),
        ({"t.py::a[0x7f0011223344]": "passed"}, {"t.py::a[0x7f9988776655]": "passed"}, P),
        (
            {"t.py::a[1]": "passed", "t.py::a[2]": "passed"},
            {"t.py::a[1]": "passed", "t.py::a[3]": "passed"},
            P,
        ),
        ({"t.py::a[1]": "passed", "t.py::a[2]": "passed"}, {"t.py::a[1]": "passed"}, F),
    ],
)
def test_tests_against_the_base(base: dict[str, str], candidate: dict[str, str], expected: Outcome) -> None:
    assert verdict(Compared("tests", run(candidate), run(base))) is expected


def test_a_run_that_mostly_fails_on_both_trees_is_no_evidence() -> None:
    before = {f"t.py::{n}": "failed" if n < 15 else "passed" for n in range(25)}
    assert verdict(Compared("tests", run(before), run(before))) is U
    mended = {**before, "t.py::0": "passed", "t.py::1": "passed", "t.py::2": "passed"}
    assert verdict(Compared("tests", run(mended), run(before))) is P
    broken = {**before, "t.py::24": "failed"}
    assert verdict(Compared("tests", run(broken), run(before))) is F
    few = {f"t.py::{n}": "failed" if n else "passed" for n in range(4)}
    assert verdict(Compared("tests", run(few), run(few))) is P


def test_tests_of_a_file_the_change_deleted_or_renamed_are_not_missed() -> None:
    pair = Compared("tests", run({"u.py::a": "passed"}), run({"t.py::a": "passed", "u.py::a": "passed"}))
    assert verdict(pair) is F
    assert verdict(pair, Delta(deleted=frozenset({"t.py"}))) is P
    moved = Compared("tests", run({"new.py::a": "passed"}), run({"old.py::a": "passed"}))
    assert verdict(moved, Delta(renames={"old.py": "new.py"})) is P


def test_a_test_with_a_new_name_is_not_missed_if_that_one_ran() -> None:
    base, delta = run({"t.py::a[1]": "passed", "t.py::b": "passed"}), Delta(successors={"t.py::a": "u.py::c"})
    assert verdict(Compared("tests", run({"t.py::b": "passed", "u.py::c": "passed"}), base), delta) is P
    assert verdict(Compared("tests", run({"t.py::b": "passed", "u.py::c": "skipped"}), base), delta) is F
    assert verdict(Compared("tests", run({"t.py::b": "passed"}), base), delta) is F
    assert verdict(Compared("tests", run({"u.py::c": "passed"}), base), delta) is F
    joined = Delta(successors={"t.py::a": ""})
    assert verdict(Compared("tests", run({"t.py::b": "passed"}), base), joined) is P


def test_a_test_with_both_outcomes_on_one_tree_is_flaky_and_not_blamed() -> None:
    broken = run({"t.py::a": "failed"})
    again = (run({"t.py::a": "failed"}), run({"t.py::a": "passed"}))
    ruling = rule([SYNTAX, Compared("tests", broken, run({"t.py::a": "passed"}), again)], Delta(), 75.0)
    assert (ruling.outcome, ruling.flaky) == (P, ("t.py::a",))
    skipping = (run({"t.py::a": "skipped"}),)
    assert verdict(Compared("tests", broken, run({"t.py::a": "passed"}), skipping)) is F


def test_unknown_never_passes() -> None:
    lost = Reading("pytest", U, detail="ended without a report")
    outside = Reading("pytest", U, metrics={OUTSIDE: 1.0}, detail="no environment")
    good = run({"t.py::a": "passed"})
    assert verdict(Compared("tests", lost, good)) is F
    assert verdict(Compared("tests", lost, lost)) is U
    assert verdict(Compared("tests", outside, good)) is U
    assert verdict(Compared("tests", run({"t.py::a": "failed"}), lost)) is U
    assert verdict(Compared("tests", run({"t.py::a": "failed"}), None)) is U
    assert verdict(Compared("tests", good, lost)) is P
    assert verdict(Compared("tests", good, outside)) is U
    assert verdict(Compared("syntax", Reading("syntax", U), None)) is U


def test_counts_may_fall_or_move_by_rename_and_never_rise() -> None:
    def pair(now: dict[str, int], before: dict[str, int]) -> Compared:
        return Compared("lint", Reading("lint", F, counts=now), Reading("lint", F, counts=before))

    assert verdict(pair({"a.py|F401": 1}, {"a.py|F401": 2})) is P
    assert verdict(pair({"a.py|F401": 3}, {"a.py|F401": 2})) is F
    assert verdict(pair({"b.py|F401": 1}, {"a.py|F401": 1})) is F
    assert verdict(pair({"b.py|F401": 1}, {"a.py|F401": 1}), Delta(renames={"a.py": "b.py"})) is P
    assert verdict(Compared("lint", Reading("lint", F, counts={"a|F": 1}), Reading("lint", P))) is F


def test_lint_and_types_that_work_on_neither_tree_do_not_block_when_tests_ran() -> None:
    lint = Reading("ruff_lint", U, detail="needs another ruff")
    good = run({"a::1": "passed"})
    pair, tests = Compared("lint", lint, lint), Compared("tests", good, good)
    assert rule([SYNTAX, pair, tests], Delta(), 75.0).outcome is P
    assert rule([SYNTAX, pair], Delta(), 75.0).outcome is U
    broken = Reading("mypy", U, detail="crashed")
    assert rule([SYNTAX, LINT, Compared("types", broken, broken)], Delta(), 75.0).outcome is P
    assert rule([SYNTAX, LINT, Compared("types", broken, Reading("mypy", P))], Delta(), 75.0).outcome is F


def test_a_scan_refuses_what_is_new_and_asks_about_what_it_could_not_tell() -> None:
    old, more = Reading("dependencies", F, counts={"uv.lock|A": 1}), {"uv.lock|A": 1, "uv.lock|B": 1}

    def ruled(candidate: Reading, base: Reading | None) -> tuple[Outcome, int]:
        found = rule([SYNTAX, LINT, Compared("scan", candidate, base)], Delta(), 75.0)
        return found.outcome, len(found.doubts)

    assert ruled(old, old) == (P, 0)
    assert ruled(Reading("dependencies", F, counts=more), old) == (F, 0)
    assert ruled(Reading("dependencies", F, counts=more), Reading("dependencies", U)) == (U, 0)
    half = Reading("dependencies", F, metrics={"unread": 2.0}, counts={"uv.lock|A": 1})
    assert ruled(half, old) == (P, 1)
    assert ruled(Reading("dependencies", U, detail="no advisories"), old) == (P, 1)
    assert ruled(Reading("dependencies", U, detail="no advisories"), Reading("dependencies", U)) == (P, 1)


def test_a_new_warning_is_for_a_person_and_a_refusal_says_the_line_and_why() -> None:
    old = Reading("contracts", F, counts={"a.yaml|warning example /a": 1})
    more = Reading(
        "contracts", F, counts={**old.counts, "a.yaml|warning example /b": 1, "a.yaml|duplicate-key /c": 1},
        why={"a.yaml|duplicate-key /c": "line 7: the key stands there twice"},
    )  # fmt: skip
    found = rule([SYNTAX, LINT, Compared("scan", more, old)], Delta(), 75.0)
    assert [text.endswith("0 -> 1 (line 7: the key stands there twice)") for text in found.new] == [True]
    assert ["a.yaml warning example /b 0 -> 1" in text for text in found.doubts] == [True]
    mild = replace(more, counts={**old.counts, "a.yaml|warning example /b": 1})
    assert rule([SYNTAX, LINT, Compared("scan", mild, old)], Delta(), 75.0).outcome is P


def test_a_command_is_compared_by_its_exit() -> None:
    bad, good = Reading("command", F, detail="exit code 2"), Reading("command", P)
    assert verdict(Compared("command", bad, good)) is F
    assert verdict(Compared("command", bad, bad)) is P
    assert verdict(Compared("command", bad, None)) is U


def test_coverage_fails_only_when_it_is_low_and_lower() -> None:
    def at(now: float, before: float) -> Outcome:
        cases = {"t.py::a": "passed"}
        return verdict(Compared("tests", run(cases, coverage=now), run(cases, coverage=before)))

    assert [at(80, 90), at(70, 70), at(70, 60), at(70, 71)] == [P, P, P, F]


def test_coverage_that_is_not_told_any_more_fails_and_one_that_never_was_does_not() -> None:
    cases = {"t.py::a": "passed"}
    lost = run(cases, **{UNTOLD: 1.0})
    ruling = rule([SYNTAX, Compared("tests", lost, run(cases, coverage=80.0))], Delta(), 75.0)
    assert ruling.new == ("pytest: its coverage cannot be told, and it is 80.00 % on the base tree",)
    assert verdict(Compared("tests", lost, run(cases))) is P
    assert verdict(Compared("tests", run(cases), run(cases, coverage=80.0))) is P  # nobody asked


def test_a_pass_rests_on_syntax_and_one_more() -> None:
    assert rule([], Delta(), 75.0).outcome is U
    assert rule([SYNTAX], Delta(), 75.0).outcome is U
    assert rule([LINT], Delta(), 75.0).outcome is U
    assert rule([SYNTAX, LINT], Delta(), 75.0).outcome is P


def test_suspects_are_failures_that_the_base_does_not_have() -> None:
    now, before = run({"a::1": "failed", "a::2": "failed"}), run({"a::1": "failed", "a::2": "passed"})
    assert suspects(now, before) == ("a::2",)
    assert suspects(now, None) == ("a::1", "a::2")


RESULTS = st.sampled_from(["passed", "failed", "error", "skipped"])
CASES = st.dictionaries(st.sampled_from([f"t.py::{n}" for n in "abcdef"]), RESULTS)


@given(CASES)
def test_a_tree_judged_against_itself_never_fails(cases: dict[str, str]) -> None:
    assert verdict(Compared("tests", run(cases), run(cases))) is not F


@given(CASES, st.sampled_from([f"t.py::{n}" for n in "abcdef"]))
def test_breaking_a_passing_test_never_passes(cases: dict[str, str], victim: str) -> None:
    base = {**cases, victim: "passed"}
    for worse in ("failed", "error", "skipped"):
        assert verdict(Compared("tests", run({**base, victim: worse}), run(base))) is F
    gone = {case: result for case, result in base.items() if case != victim}
    assert verdict(Compared("tests", run(gone), run(base))) is F


def test_a_test_that_another_check_runs_now_is_not_gone() -> None:
    before, now = {"t.py::a": "passed", "t.py::b": "passed"}, {"t.py::a": "passed"}
    moved = Compared("tests", run(now), run(before), elsewhere=frozenset({"t.py::b"}))
    assert verdict(moved) is P
    assert verdict(replace(moved, elsewhere=frozenset({"t.py::c"}))) is F


def test_what_is_edited_is_for_a_person_whatever_else_is_found() -> None:
    pair = Compared("scan", Reading("migrations", P), edited=("changed-migration: a.py",))
    ruling = rule([SYNTAX, LINT, pair], Delta(), 75.0)
    assert (ruling.outcome, ruling.doubts) == (P, ("migrations: changed-migration: a.py",))


def test_the_first_failed_tests_are_told_with_what_they_said() -> None:
    names = [f"t.py::{n}" for n in range(7)]
    bad = replace(run(dict.fromkeys(names, "failed")), why={name: "assert 1 == 2" for name in names})
    (reason,) = rule([SYNTAX, Compared("tests", bad, run(dict.fromkeys(names, "passed")))], Delta(), 75.0).new
    assert "7 fail on this tree and not on the base: t.py::0 (assert 1 == 2), t.py::1 (" in reason
    assert reason.endswith("t.py::4 (assert 1 == 2), t.py::5, t.py::6")
