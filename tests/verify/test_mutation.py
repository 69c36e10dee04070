"""Mutants of real changes, with real tests in the sandbox."""

from collections.abc import Callable

import pytest

from windlass.dispatch import Site
from windlass.kernel import NotFound
from windlass.verify.attempt import Attempt, Attempted, Fate
from windlass.verify.lab import labs
from windlass.verify.mutants import mutants
from windlass.verify.mutation import Asked, Found, Tried, _attempted, of_change, of_sample, paired
from windlass.verify.planning import fitting
from windlass.verify.readings import Deadline
from windlass.verify.settings import parse_settings

Tree = Callable[..., str]
CHANGED = b"""\
def add(a, b):
    return a + b


def fee(cents):
    if cents > 5000:
        return 0
    return cents + 490


def lonely(n):
    return n * 2


def endless(n):
    while n:
        n -= n
"""
TESTS = b"""\
import demo


def test_add():
    assert demo.add(1, 2) == 3


def test_fee():
    assert demo.fee(6000) == 0
    assert demo.fee(10) == 500


def test_endless():
    demo.endless(1)


def test_that_fails_anyway():
    assert demo.fee(1) == 0
"""


def test_a_change_is_tried_line_by_line_and_what_no_test_notices_is_told(site: Site, tree: Tree) -> None:
    changed = tree({"src/demo/__init__.py": CHANGED, "tests/test_add.py": TESTS})
    found = of_change(site, changed, tree(), Asked(most=50, of_a_line=50, limit_s=120.0))
    told = {(one.mutant.line, one.mutant.what): one for one in found.tried}
    assert not [one for one in found.tried if one.mutant.line <= 2], "a line that was not changed"
    assert told[8, "cents + 490 -> (cents - 490)"].seen.fate is Fate.KILLED
    assert told[6, "5000 -> 5001"].seen.fate is Fate.SURVIVED
    bound = told[6, "cents > 5000 -> (cents >= 5000)"]
    assert (bound.seen.fate, bound.tests) == (Fate.SURVIVED, ("tests/test_add.py::test_fee",))
    assert bound.diff == "-    if cents > 5000:\n+    if (cents >= 5000):"
    assert told[12, "n * 2 -> (n + 2)"].seen.fate is Fate.NOT_REACHED
    assert told[17, "n -= n -> n = n"].seen.fate is Fate.TIMED_OUT
    assert found.score.tried == len(found.of(Fate.KILLED, Fate.SURVIVED, Fate.TIMED_OUT))
    assert not found.of(Fate.NOT_TRIED, Fate.UNCLEAR)


def test_what_does_not_fit_into_the_time_is_named(site: Site, tree: Tree) -> None:
    some = mutants("src/demo/__init__.py", CHANGED)[:2]
    with labs(site, parse_settings({}), (tree(),)) as (lab,):
        check = fitting(lab, "tests")
        assert check is not None
        tests = [("tests/test_add.py::test_add",), ()]
        attempts = [Attempt(one, by, 9.0, 9.0) for one, by in zip(some, tests, strict=True)]
        seen = _attempted(lab, check, attempts, Deadline.within(0.0))
    assert [one.fate for one in seen] == [Fate.NOT_TRIED, Fate.NOT_REACHED]


def test_nothing_changed_is_nothing_tried_and_without_tests_there_is_no_answer(
    site: Site, tree: Tree
) -> None:
    assert of_change(site, tree({"README.md": b"x"}), tree(), Asked()).tried == ()
    bare = {"tests/test_add.py": None, "src/demo/__init__.py": CHANGED}
    with pytest.raises(NotFound, match="no check here runs tests"):
        of_change(site, tree(bare), tree(), Asked())


def test_a_sample_is_held_against_the_same_mutants_of_the_tree_before(site: Site, tree: Tree) -> None:
    first = of_sample(site, tree(), 1.0, Asked(limit_s=120.0))
    assert (first.shift, first.score.tried, first.score.percent) == (None, 2, None)
    weaker = tree({"tests/test_add.py": b"from demo import add\n\n\ndef test_add():\n    add(1, 2)\n"})
    second = of_sample(site, weaker, 1.0, Asked(limit_s=120.0))
    assert second.before == first.tree
    assert second.shift is not None
    assert (second.shift.pairs, second.shift.lost, second.shift.gained) == (2, 2, 0)
    assert "mutation" not in second.reading.metrics, "of two mutants there is no score"


def test_only_mutants_that_were_judged_both_times_are_pairs() -> None:
    shift = paired(
        {"a": "killed", "b": "survived", "c": "not tried", "d": "timed out"},
        {"a": "survived", "b": "killed", "c": "killed", "d": "killed", "e": "killed"},
    )
    assert (shift.pairs, shift.lost, shift.gained) == (3, 1, 1)


def test_the_score_of_enough_mutants_is_a_reading() -> None:
    some = mutants("a.py", b"def f(a, b):\n" + b"    a = a + b\n" * 10)[:20]
    fates = [Fate.KILLED] * 14 + [Fate.TIMED_OUT] + [Fate.SURVIVED] * 5
    tried = tuple(Tried(one, Attempted(fate), (), "") for one, fate in zip(some, fates, strict=True))
    reading = Found("pytest", "tree", tried, 20, 1.0).reading
    assert reading.metrics == {"killed": 15.0, "tried": 20.0, "mutation": 75.0}
    assert len(reading.cases) == 20
