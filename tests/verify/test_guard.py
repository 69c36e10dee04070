"""What the guard reads out of a change, and what is left once the base's tests ran on it."""

import pytest

from windlass.verify.guard import OBJECTIONS_MAX, UNREAD, Looked, Texts, believed, look, settled
from windlass.verify.model import Outcome, Reading
from windlass.verify.objection import Grade, Objection

PATH = "tests/test_a.py"
ONE, TWO = f"{PATH}::test_one", f"{PATH}::test_two"
ALTERED = Objection(PATH, 3, "alters what test_one expects", "decide", Grade.EXPECT, ONE)
PLAIN = Objection("src/a.py", 1, "answers 3 with 4", "look", Grade.ASK)


def run(**cases: str) -> Reading:
    return Reading(
        "pytest", Outcome.PASSED, cases={f"{PATH}::test_{n}": result for n, result in cases.items()}
    )


def asked(looked: Looked, base: Reading, laid: Reading, now: Reading) -> list[str]:
    return [one.what for one in settled(looked, base, laid, now)]


LOOKED = Looked((ALTERED, PLAIN), (PATH,), frozenset(), {ONE: 3, TWO: 9})
GOOD = run(one="passed", two="passed")


def test_an_expectation_that_still_holds_is_no_question() -> None:
    assert asked(LOOKED, GOOD, GOOD, GOOD) == ["answers 3 with 4"]


def test_one_that_does_not_hold_any_more_is() -> None:
    (_, what) = asked(LOOKED, GOOD, run(one="failed", two="passed"), GOOD)
    assert what.startswith("alters what test_one expects; passed on the base")


def test_so_is_a_test_whose_text_tells_nothing() -> None:
    found = settled(LOOKED, GOOD, run(one="passed", two="error"), GOOD)
    assert [(one.path, one.line, one.test) for one in found[1:]] == [(PATH, 9, TWO)]


@pytest.mark.parametrize(
    ("now", "questions"), [("passed", 2), ("skipped", 2), ("failed", 1), ("error", 1)]
)  # fmt: skip
def test_a_failing_test_that_only_passes_in_its_new_version_is_a_question(now: str, questions: int) -> None:
    before = run(one="passed", two="failed")
    assert len(asked(LOOKED, before, before, run(one="passed", two=now))) == questions


def test_unknown_asks_about_everything() -> None:
    lost = Reading("pytest", Outcome.UNKNOWN, detail="out of time")
    assert asked(LOOKED, GOOD, lost, GOOD)[1:] == [
        ALTERED.what, "the base's tests could not be run on this change: out of time",
    ]  # fmt: skip


def test_what_cannot_run_on_the_change_is_left_to_what_was_read() -> None:
    blind = Looked((ALTERED, PLAIN), (PATH,), frozenset({ONE, TWO}), {})
    assert asked(blind, GOOD, run(), GOOD) == [PLAIN.what, ALTERED.what]
    assert [one.what for one in believed(blind)] == [ALTERED.what, PLAIN.what]
    assert [one.what for one in believed(LOOKED)] == [PLAIN.what]


def test_a_failing_test_that_went_with_its_code_is_a_question() -> None:
    blind = Looked((), (PATH,), frozenset({TWO}), {})
    (one,) = settled(blind, run(one="passed", two="failed"), run(one="passed"), run(one="passed"))
    assert (one.test, one.what) == (
        TWO,
        "test_two failed on the base, and is gone or cannot be run as it was there",
    )


def test_parameter_ids_that_differ_from_run_to_run_are_one_test() -> None:
    base, laid = (Reading("p", Outcome.PASSED, cases={f"{ONE}[{i}]": "passed"}) for i in ("0x1", "0x2"))
    assert asked(LOOKED, base, laid, laid) == [PLAIN.what]


@pytest.mark.parametrize(
    ("before", "after", "runs"),
    [
        ({PATH: "x = 1\n"}, {PATH: "x = 2\n"}, {PATH}),
        ({PATH: "x = 1\n"}, {PATH: "x  =  1  # formatted\n"}, set()),
        ({PATH: "x = 1\n"}, {}, {PATH}),
        ({}, {"tests/test_new.py": "x = 1\n"}, set()),
        ({}, {"tests/unit/conftest.py": "x = 1\n"}, {"tests/unit/test_b.py"}),
        ({}, {"conftest.py": "x = 1\n"}, {PATH, "tests/unit/test_b.py"}),
        ({"tests/unit/a.json": "[1]"}, {"tests/unit/a.json": "[2]"}, {PATH, "tests/unit/test_b.py"}),
        ({"src/a.py": "x = 1\n"}, {"src/a.py": "x = 2\n"}, set()),
    ],
)
def test_the_bases_tests_run_where_the_change_reaches_them(
    before: dict[str, str], after: dict[str, str], runs: set[str]
) -> None:
    assert set(look(Texts(before, after), [PATH, "tests/unit/test_b.py"]).run) == runs


def test_many_objections_are_counted_and_none_that_refuses_is_lost() -> None:
    many = tuple(Objection(PATH, n, "gone", "back") for n in range(OBJECTIONS_MAX + 7))
    asked = (ALTERED,) * OBJECTIONS_MAX
    assert Looked((*asked, *many)).refusals[-1] == "and 7 more"


def test_a_test_file_that_was_not_read_is_a_question_and_its_old_tests_run() -> None:
    found = look(Texts({PATH: UNREAD + "a1"}, {PATH: UNREAD + "b2"}), [PATH])
    assert [one.grade for one in found.objections] == [Grade.ASK]
    assert found.run == (PATH,)


def test_data_may_grow_change_or_go_with_its_test() -> None:
    data = "tests/a.json"

    def grades(old: str, new: str | None, **tests: str) -> list[Grade]:
        texts = Texts({data: old, **tests}, {} if new is None else {data: new})
        return [one.grade for one in look(texts, []).objections]

    assert grades("[1]", "[1, 2]") == [Grade.EXPECT]
    assert grades("[1, 2]", "[1]") == [Grade.REFUSE]
    assert grades("[1]", None) == [Grade.REFUSE]
    source = "def f():\n    return open('x')\n"
    gone = {PATH: "from a import f\n\ndef test_a():\n    assert f('a.json')\n", "src/a.py": source}
    assert grades("[1]", None, **gone) == []
