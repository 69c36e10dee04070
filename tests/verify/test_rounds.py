"""What is measured on the base, and which timeouts are nobody's fault."""

import time
from collections.abc import Callable

from windlass.dispatch import Site
from windlass.verify.check import Role, Scene
from windlass.verify.judge import Compared, Delta, Ruling, rule
from windlass.verify.lab import labs
from windlass.verify.model import TIMED_OUT, Outcome, Reading
from windlass.verify.planning import planned
from windlass.verify.readings import Deadline, Planned
from windlass.verify.rounds import compare, settle
from windlass.verify.settings import Settings

Tree = Callable[..., str]

SETTINGS = Settings(pr_limit_s=100.0)
LATE = Reading("pytest", Outcome.UNKNOWN, 100.0, {TIMED_OUT: 1.0}, detail="did not end within 100 s")
FOCUSED = Compared("tests", Reading("pytest:1", Outcome.PASSED, metrics={"collected": 3.0}))


SYNTAX = Compared("syntax", Reading("syntax", Outcome.PASSED))


def whole(base: Reading | None) -> Compared:
    return Compared("tests", LATE, base)


def test_a_suite_too_long_for_both_trees_is_deferred_when_other_tests_ran() -> None:
    kept, late = settle([FOCUSED, whole(LATE)], SETTINGS)
    assert kept == [FOCUSED]
    assert "did not end within" in late[0].why


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


class Suite:
    """A test run too long for its budget: whole it gives results of its first files, in part it ends. `bad`:
    files that fail when they are run in part on trees with a file `broken`.
    """

    def __init__(self, *bad: str, everywhere: bool = False, measured: bool = True) -> None:
        self.bad, self.everywhere, self.measured = bad, everywhere, measured
        self.runs: list[tuple[str, ...]] = []

    @property
    def role(self) -> Role:
        return "tests"

    def absent(self, scene: Scene) -> str:
        return ""

    def read(self, scene: Scene) -> Reading:
        self.runs.append(scene.only)
        if not scene.only:
            spent = {"tests/test_a.py": 1.0, "tests/test_b.py": 2.0, "README": 0.1} if self.measured else {}
            cases = {f"{path}::test": "passed" for path in spent}
            return Reading("suite", Outcome.UNKNOWN, 4.0, {TIMED_OUT: 1.0}, cases, spent=spent)
        fails = self.bad if self.everywhere or "broken" in scene.files else ()
        paths = {path.partition("::")[0] for path in scene.only}
        cases = {f"{path}::test": "failed" if path in fails else "passed" for path in paths}
        outcome = Outcome.FAILED if "failed" in cases.values() else Outcome.PASSED
        return Reading("suite", outcome, 1.0, {"collected": float(len(cases))}, cases)


def judged(site: Site, tree: Callable[..., str], suite: Suite) -> tuple[Compared, Ruling]:
    tests = {f"tests/test_{letter}.py": b"" for letter in "abcd"}
    trees = (tree({**tests, "broken": b""}), tree(tests))
    with labs(site, Settings(), trees) as (candidate, base):
        check = Planned("suite", "suite", {}, 1, suite)
        pair = compare(candidate, base, check, (), deadline=Deadline(time.monotonic() + 100.0))
    return pair, rule([pair, SYNTAX], Delta(), 75.0)


def test_of_a_suite_too_long_for_the_base_the_files_that_fit_are_run(site: Site, tree: Tree) -> None:
    suite = Suite()
    pair, ruling = judged(site, tree, suite)
    assert suite.runs == [(), ("tests/test_a.py", "tests/test_b.py")]
    assert (pair.candidate.outcome, ruling.new, ruling.unknown) == (Outcome.PASSED, (), ())
    assert "4 files left out: README, tests/test_add.py, tests/test_c.py, tests/test_d.py" in str(
        pair.left_out
    )
    judged(site, tree, suite)
    assert len(suite.runs) == 2  # The timeout of the base and the part of the candidate are known.


def test_a_part_that_fails_is_asked_of_the_base_alone(site: Site, tree: Tree) -> None:
    _, ruling = judged(site, tree, Suite("tests/test_b.py"))
    assert ruling.outcome is Outcome.FAILED
    assert "tests/test_b.py::test" in ruling.new[0]


def test_a_part_that_fails_alone_on_the_base_too_is_not_blamed(site: Site, tree: Tree) -> None:
    pair, ruling = judged(site, tree, Suite("tests/test_b.py", everywhere=True))
    assert ruling.new == ruling.unknown == ()
    assert "tests/test_b.py::test" in ruling.known[0]
    assert pair.base is not None
    assert pair.base.cases["tests/test_a.py::test"] == "passed"


def test_where_no_file_is_known_to_fit_it_is_unknown(site: Site, tree: Tree) -> None:
    pair, ruling = judged(site, tree, Suite(measured=False))
    assert pair.candidate.metrics == {TIMED_OUT: 1.0}
    assert ruling.outcome is Outcome.UNKNOWN


class Chosen(Suite):
    """Chosen tests of which only those of the first two files end in time."""

    def read(self, scene: Scene) -> Reading:
        found = super().read(scene)
        if len(self.runs) > 1:
            return found
        cases = {case: result for case, result in found.cases.items() if case < "tests/test_c.py"}
        spent = {case.partition("::")[0]: 1.0 for case in cases}
        return Reading("suite", Outcome.UNKNOWN, 4.0, {TIMED_OUT: 1.0}, cases, spent=spent)


def some(site: Site, tree: Tree, suite: Suite) -> tuple[Compared, Ruling]:
    files = tuple(f"tests/test_{letter}.py" for letter in "abcd")
    tests = dict.fromkeys(files, b"")
    trees = (tree({**tests, "broken": b""}), tree(tests))
    with labs(site, Settings(), trees) as (candidate, base):
        check = Planned("suite", "suite", {}, 0, suite, files)
        pair = compare(candidate, base, check, (), deadline=Deadline(time.monotonic() + 100.0))
    return pair, rule([pair, SYNTAX], Delta(), 75.0)


def test_of_chosen_tests_those_that_end_in_time_are_judged(site: Site, tree: Tree) -> None:
    suite = Chosen()
    pair, ruling = some(site, tree, suite)
    assert len(suite.runs) == 1
    assert (pair.candidate.outcome, ruling.outcome) == (Outcome.PASSED, Outcome.PASSED)
    assert pair.left_out is not None
    assert pair.left_out.check == "suite"
    assert "2 of 4 that the change can affect had no time any more: tests/test_c.py, tests/test_d.py" in (
        pair.left_out.why
    )


def test_a_chosen_test_that_fails_in_time_is_held_against_the_base(site: Site, tree: Tree) -> None:
    suite = Chosen("tests/test_b.py")
    _, ruling = some(site, tree, suite)
    assert suite.runs[1] == ("tests/test_b.py",)
    assert ruling.outcome is Outcome.FAILED
    assert "tests/test_b.py::test" in ruling.new[0]


def test_what_keeps_a_check_of_a_change_from_running_is_not_said_of_the_base(
    site: Site, tree: Tree
) -> None:
    whole = {"pyproject.toml": None, "setup.py": None, "requirements.txt": None}
    package = b'{"scripts": {"test": "node --test"}%s}'
    test = b'require("node:test").test("it", () => {})'
    base = tree({**whole, "package.json": package % b"", "a.test.js": test})
    needy = tree({**whole, "package.json": package % b', "dependencies": {"x": "1"}', "a.test.js": test})
    with labs(site, Settings(), (needy, base)) as (changed, before):
        (check,) = [one for one in planned(changed, ["package.json"], 1).checks if one.name == "node-test"]
        pair = compare(changed, before, check, ["package.json"], deadline=Deadline(time.monotonic() + 60))
    assert pair.base is not None
    assert (pair.candidate.outcome, pair.base.outcome) == (Outcome.UNKNOWN, Outcome.PASSED)
    assert "no lock" in pair.candidate.detail
    assert "it does give a result on the base tree" in str(rule([pair], Delta(), 0.0).new)
