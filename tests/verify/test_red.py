"""What a failure on the base means, and what the playbook makes of it."""

import pytest

from windlass.plan import Demand, Playbook
from windlass.verify.model import Base, Outcome, Shown
from windlass.verify.red import demanded, named_tests, of, on_base
from windlass.verify.vanished import Vanished

NEW = Vanished(modules=frozenset({"src.shop.thirds"}), places=frozenset({("src.shop.cart", "total")}))
CASE, FILE = "tests/test_a.py::test_b", "tests/test_a.py"
NO, OK = Outcome.FAILED, Outcome.PASSED


@pytest.mark.parametrize(
    ("cases", "why", "base"),
    [
        ({CASE: "passed"}, "", Base.PASSED),
        ({CASE: "skipped"}, "", Base.SKIPPED),
        ({CASE: "failed"}, "AssertionError: assert 1 == 2", Base.FAILED),
        ({CASE: "failed"}, "", Base.FAILED),
        ({CASE: "error"}, 'failed on setup with "ValueError"', Base.FAILED),
        ({CASE: "failed"}, "SyntaxError: invalid syntax", Base.FAILED),
        ({FILE: "error"}, "SyntaxError: invalid syntax", Base.UNREADABLE),
        ({FILE: "error"}, "IndentationError: unexpected indent", Base.UNREADABLE),
        ({FILE: "error"}, "ImportError: cannot import name 'total' from 'shop.cart' (/x)", Base.MISSING),
        ({FILE: "error"}, "ImportError: cannot import name 'other' from 'shop.cart' (/x)", Base.UNKNOWN),
        ({FILE: "error"}, "ModuleNotFoundError: No module named 'shop.thirds'", Base.MISSING),
        ({FILE: "error"}, "ImportError: cannot import name 'thirds' from 'shop' (/x)", Base.MISSING),
        ({FILE: "error"}, "ModuleNotFoundError: No module named 'requests'", Base.UNKNOWN),
        ({CASE: "failed"}, "ModuleNotFoundError: No module named 'requests'", Base.UNKNOWN),
        ({FILE: "error"}, "AttributeError: module 'shop.cart' has no attribute 'total'", Base.MISSING),
        ({FILE: "error"}, "", Base.UNKNOWN),
        ({}, "", Base.UNKNOWN),
    ],
)
def test_what_a_case_did_on_the_base(cases: dict[str, str], why: str, base: Base) -> None:
    assert on_base(CASE, cases, dict.fromkeys(cases, why), NEW)[0] is base


def test_a_check_is_tests_or_a_command() -> None:
    assert named_tests(("tests/test_a.py::test_b",)) == ("tests/test_a.py::test_b",)
    assert named_tests(("python", "-m", "pytest", FILE, CASE)) == (FILE, CASE)
    assert named_tests(("pytest", "-x", FILE)) == ()
    assert named_tests(("pytest",)) == ()
    assert named_tests(("make", "check")) == ()


def test_a_name_stands_for_its_parameters_and_its_methods() -> None:
    cases = {f"{CASE}[1]": "passed", f"{CASE}::test_c": "passed", f"{CASE}x": "passed"}
    assert of(CASE, cases) == [f"{CASE}[1]", f"{CASE}::test_c"]


def book(red: Demand) -> Playbook:
    return Playbook("own", "Own.", (), red)


def shown(base: Base, change: Outcome = OK, *, asked: bool = False) -> Shown:
    return Shown(CASE, base, change, "because", asked)


@pytest.mark.parametrize(
    ("lines", "outcome", "words"),
    [
        ([shown(Base.FAILED)], OK, ""),
        ([shown(Base.PASSED), shown(Base.MISSING)], OK, ""),
        ([], NO, "brings no new or changed test"),
        ([shown(Base.PASSED)], NO, "passes without the change as well"),
        ([shown(Base.SKIPPED)], NO, "skipped on the base"),
        ([shown(Base.UNREADABLE)], NO, "cannot be read shows nothing"),
        ([shown(Base.FAILED, NO)], NO, "no test fails on the base and passes on the change"),
        ([shown(Base.FLAKY)], Outcome.UNKNOWN, "could not be told"),
        ([shown(Base.UNKNOWN), shown(Base.PASSED)], Outcome.UNKNOWN, "could not be told"),
        ([shown(Base.FAILED, NO, asked=True), shown(Base.FAILED)], NO, "does not pass: because"),
        ([shown(Base.FAILED, Outcome.UNKNOWN, asked=True), shown(Base.FAILED)], Outcome.UNKNOWN, "be run"),
    ],
)
def test_what_a_playbook_that_refuses_says(lines: list[Shown], outcome: Outcome, words: str) -> None:
    ruling, doubts = demanded(book(Demand.REFUSE), lines)
    assert (ruling.outcome, doubts) == (outcome, ())
    assert words in " ".join((*ruling.new, *ruling.unknown))


def test_asking_is_a_doubt_noting_is_known_and_acceptance_holds_in_any_case() -> None:
    ruling, doubts = demanded(book(Demand.ASK), [])
    assert (ruling.outcome, len(doubts)) == (OK, 1)
    ruling, doubts = demanded(book(Demand.NOTE), [])
    assert (ruling.outcome, len(ruling.known), doubts) == (OK, 1, ())
    ruling, _ = demanded(book(Demand.NONE), [shown(Base.PASSED, NO, asked=True)])
    assert ruling.outcome is NO
