"""What fails is run on both trees in turn, and no more often than it takes to be certain, through the real
evidence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from windlass.dispatch import Site
from windlass.verify.check import Role, Scene
from windlass.verify.contrast import Call, needed, tree_first
from windlass.verify.interleaved import Question, contrasted, result_of, results, together
from windlass.verify.lab import labs
from windlass.verify.model import Outcome, Reading
from windlass.verify.readings import Deadline, Planned
from windlass.verify.settings import Settings

CASE, OTHER = "tests/test_add.py::test_add", "tests/test_add.py::test_other"
Tree = Callable[..., str]
Say = Callable[[bool, bool, str], str]
"""What a test says, by whether it runs on the tree before, and among the others."""
ENOUGH_S = 600.0


@dataclass
class Told:
    """A suite of tests that say what they are told to. `ran`: the tree and the tests of each run. `breaks`:
    tests without which alone anything can be run.
    """

    say: Say
    names: tuple[str, ...] = (CASE, OTHER)
    role: Role = "tests"
    breaks: frozenset[str] = frozenset()
    ran: list[tuple[bool, tuple[str, ...]]] = field(default_factory=list)

    def absent(self, scene: Scene) -> str:
        return ""

    def read(self, scene: Scene) -> Reading:
        before = "changed" not in scene.files
        self.ran.append((before, scene.only))
        if before and self.breaks.intersection(scene.only):
            return Reading("told", Outcome.UNKNOWN, 0.1, detail="pytest was used wrongly")
        names = [one for one in self.names if not (before and one in self.breaks)]
        cases = {one: self.say(before, not scene.only, one) for one in scene.only or names}
        if "unknown" in cases.values():
            return Reading("told", Outcome.UNKNOWN, 0.1, detail="it took too long")
        bad = "failed" in cases.values()
        return Reading("told", Outcome.FAILED if bad else Outcome.PASSED, 0.1, {"collected": 1.0}, cases)


@pytest.fixture
def asked(site: Site, tree: Tree) -> Callable[..., Mapping[str, Call]]:
    trees = (tree({"changed": b"x", "tests/test_new.py": b""}), tree())

    def ask(
        suite: Told, *names: str, least: int = 3, alone: frozenset[str] = frozenset(), for_s: float = ENOUGH_S
    ) -> Mapping[str, Call]:
        check = Planned("told", "told", {}, 1, suite)
        question = Question(check, dict.fromkeys(names or (CASE,), least), alone)
        with labs(site, Settings(), trees) as (one, before):
            return contrasted(one, before, question, Deadline.within(for_s))

    return ask


def broken(before: bool, among: bool, name: str) -> str:
    return "passed" if before else "failed"


def test_what_the_commit_broke_takes_as_many_runs_of_that_test_on_either_tree(asked) -> None:
    least = needed(1)
    assert asked(suite := Told(broken), least=least) == {CASE: Call.BROKEN}
    assert [only for _, only in suite.ran] == [(CASE,)] * 2 * least
    turns = [tree_first(number) for number in range(least)]
    assert [before for before, _ in suite.ran] == [side for first in turns for side in (not first, first)]


def test_who_asks_again_runs_nothing_again(asked) -> None:
    assert asked(Told(broken)) == asked(again := Told(broken)) == {CASE: Call.BROKEN}
    assert again.ran == []


def test_one_pass_on_the_tree_ends_it(asked) -> None:
    said = iter(("failed", "passed"))
    suite = Told(lambda before, *_: "passed" if before else next(said))
    assert asked(suite) == {CASE: Call.FLAKY}
    assert len(suite.ran) == 4


def test_of_several_those_that_are_certain_are_not_run_on(asked) -> None:
    suite = Told(lambda before, _, name: "passed" if before or name == OTHER else "failed")
    assert asked(suite, CASE, OTHER, alone=frozenset({OTHER})) == {CASE: Call.BROKEN, OTHER: Call.FLAKY}
    assert [only for _, only in suite.ran] == [(CASE, OTHER)] * 2 + [(CASE,)] * 4


def test_what_alone_is_the_same_on_both_is_asked_by_whole_runs(asked) -> None:
    suite = Told(lambda before, among, _: "failed" if among and not before else "passed")
    assert asked(suite) == {CASE: Call.AMONG}
    assert [only for _, only in suite.ran] == [(CASE,)] * 2 + [()] * 6


def test_what_fails_on_both_is_older(asked) -> None:
    assert asked(suite := Told(lambda *_: "failed")) == {CASE: Call.BEFORE}
    assert [only for _, only in suite.ran] == [(CASE,)] * 2 + [()] * 2


def test_what_time_or_place_do_not_let_run_stays_open_and_goes_on_later(asked) -> None:
    assert asked(late := Told(broken), for_s=0.5) == {CASE: Call.OPEN}
    assert late.ran == []
    left = iter((True, True, False))
    slow = Told(lambda *told: broken(*told) if next(left, False) else "unknown")
    assert asked(slow) == {CASE: Call.OPEN}
    assert asked(suite := Told(broken)) == {CASE: Call.BROKEN}
    assert len(suite.ran) == 4


def test_a_test_that_is_skipped_tells_nothing(asked) -> None:
    assert asked(Told(lambda before, *_: "skipped" if before else "failed")) == {CASE: Call.UNTOLD}


def test_a_test_that_comes_with_the_commit_does_not_fail_before_and_stops_no_other(asked) -> None:
    suite = Told(broken, breaks=frozenset({OTHER}))
    assert asked(suite, CASE, OTHER) == {CASE: Call.BROKEN, OTHER: Call.BROKEN}
    assert asked(Told(broken), "tests/test_new.py::test_new") == {"tests/test_new.py::test_new": Call.BROKEN}


def test_a_test_that_ends_every_run_is_run_apart(asked) -> None:
    suite = Told(lambda before, _, name: "unknown" if name == OTHER else broken(before, _, name))
    assert asked(suite, CASE, OTHER) == {CASE: Call.BROKEN, OTHER: Call.OPEN}


def test_a_command_is_asked_by_its_outcome_and_a_whole_run_by_its_tests(site: Site, tree: Tree) -> None:
    suite = Told(lambda *_: "failed", role="command")
    with labs(site, Settings(), (tree(),)) as (lab,):
        check = Planned("command:told", "told", {}, 1, suite)
        deadline = Deadline.within(ENOUGH_S)
        assert results(lab, check, ["command:told"], ":x", deadline) == {"command:told": "failed"}
        late = Planned("command:late", "told", {}, 1, Told(lambda *_: "unknown", role="command"))
        assert results(lab, late, ["command:late"], ":x", deadline) == {}
        tests = Planned("told", "told", {}, 1, Told(broken))
        said = {CASE: "passed", "tests/test_add.py::gone": "absent"}
        assert together(lab, tests, [*said], ":x", deadline) == said
        assert together(lab, tests, [], ":x", deadline) == results(lab, tests, [], ":x", deadline) == {}


@pytest.mark.parametrize(
    ("name", "cases", "said"),
    [
        ("a.py::t", {"a.py::t": "failed"}, "failed"),
        ("a.py::t", {"a.py": "error"}, "error"),
        ("a.py::t", {"a.py::u": "passed"}, None),
        ("a.py", {"a.py::u": "failed"}, "passed"),
        ("a.py", {"a.py": "error", "b.py::t": "passed"}, "error"),
        ("a.py", {"ab.py::t": "passed"}, None),
    ],
)
def test_a_file_passes_where_it_can_be_collected(
    name: str, cases: Mapping[str, str], said: str | None
) -> None:
    assert result_of(name, cases) == said
