"""What a check sees and how it tells of a run without a result."""

from windlass.verify.ended import Ended
from windlass.verify.looked import UNSHOWN
from windlass.verify.model import OUTSIDE, TIMED_OUT, Outcome
from windlass.verify.planning import Scene, _starts_nothing


def scene(**parts: object) -> Scene:
    given = {
        "files": frozenset({"b.py", "a.txt"}),
        "root": "/",
        "texts": {},
        "changed": (),
        "packages": {},
        "python": "p",
    }
    return Scene(**{**given, "start": _starts_nothing, **parts})


def test_a_look_at_papers_without_what_it_needs_is_unknown() -> None:
    found = scene().looked("contracts", {"leave_out": []})
    assert (found.outcome, found.detail) == (Outcome.UNKNOWN, UNSHOWN)


def test_having_is_sorted() -> None:
    assert scene().having(lambda path: True) == ["a.txt", "b.py"]


def test_why_names_the_problem_or_the_exit_code_and_the_last_lines() -> None:
    assert (
        Ended(3, {}, b"", "x\n\nlast\n", 1.0, False).why()
        == "ended with exit code 3, without a usable report: x | last"
    )
    assert Ended(None, {}, b"", "", 1.0, True, "too slow").why("pytest") == "pytest: too slow"


def test_a_signal_is_named_and_a_full_disk_told() -> None:
    why = Ended(-9, {}, b"", "", 1.0, False).why("in a")
    assert why == "in a: was killed by SIGKILL, without a usable report"
    assert Ended(-99, {}, b"", "", 1.0, False).ending == "was killed by signal 99"
    assert Ended(1, {}, b"", "", 1.0, False, full="; full").why().endswith("without a usable report; full")


def test_blame_tells_what_came_from_around_the_check() -> None:
    assert scene().blame(Ended(None, {}, b"", "", 1.0, True)) == {TIMED_OUT: 1.0}
    assert scene().blame(Ended(None, {}, b"", "", 1.0, False, outside=True)) == {OUTSIDE: 1.0}
