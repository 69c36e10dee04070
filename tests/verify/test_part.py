"""Which files of a long test run fit, and what the whole run says about them."""

from hypothesis import given
from hypothesis import strategies as st

from windlass.verify.model import Outcome, Reading
from windlass.verify.part import FULL, fitting, mended, overhead, part, told_left_out

NAMES = st.sampled_from([f"test_{n}.py" for n in range(8)])
WHOLE = Reading(
    "pytest", Outcome.UNKNOWN, 30.0, {"timed_out": 1.0},
    {"a.py::t": "passed", "b.py::t": "failed", "c.py::t": "skipped"}, spent={"a.py": 10.0, "b.py": 12.0},
)  # fmt: skip


def test_the_relevant_come_first_then_the_quick() -> None:
    spent = {"a.py": 1.0, "b.py": 2.0, "c.py": 3.0, "slow.py": 50.0}
    assert fitting(["c.py", "unmeasured.py"], spent, 10.0) == ("c.py", "a.py", "b.py")
    assert fitting(["slow.py"], spent, 10.0) == ("a.py", "b.py", "c.py")
    assert fitting(["c.py"], spent, -1.0) == ()


@given(st.lists(NAMES, unique=True), st.dictionaries(NAMES, st.floats(0, 100)), st.floats(0, 200))
def test_what_is_chosen_fits_and_is_chosen_once(
    first: list[str], spent: dict[str, float], room: float
) -> None:
    chosen = fitting(first, spent, room)
    assert sum(spent[path] for path in chosen) <= FULL * room + 1e-9
    assert len(set(chosen)) == len(chosen)


def test_time_that_went_into_no_test() -> None:
    assert overhead(WHOLE) == 8.0
    assert overhead(Reading("pytest", Outcome.PASSED, 1.0, spent={"a.py": 2.0})) == 0.0


def test_a_part_has_its_own_outcome() -> None:
    assert part(WHOLE, {"a.py", "c.py"}, "p").outcome is Outcome.PASSED
    both = part(WHOLE, {"a.py", "b.py"}, "p")
    assert (both.check, both.outcome, both.metrics) == ("p", Outcome.FAILED, {"collected": 2.0})
    assert part(WHOLE, {"z.py"}, "p").outcome is Outcome.UNKNOWN


def test_newer_results_replace_older_and_unknown_stays_unknown() -> None:
    old = part(WHOLE, {"a.py"}, "p")
    worse = mended(old, Reading("q", Outcome.FAILED, cases={"a.py::t": "failed"}))
    assert (worse.check, worse.outcome, worse.cases) == ("p", Outcome.FAILED, {"a.py::t": "failed"})
    assert mended(old, Reading("q", Outcome.UNKNOWN, detail="why")) == Reading(
        "p", Outcome.UNKNOWN, detail="why"
    )


def test_what_was_left_out_is_named_and_counted() -> None:
    tests = [f"t{n:02d}.py" for n in range(30)]
    told = told_left_out("pytest", tests, tests[:5], 300.0, dict.fromkeys(tests, 2.0))
    assert told.seconds == 50.0
    assert told_left_out("pytest", tests, tests[:5], 300.0, {}).seconds is None
    assert str(told).startswith(
        "pytest: the whole run does not end within 300 s; 25 files left out: t05.py, t06.py,"
    )
    assert told.why.endswith("and 5 more")
