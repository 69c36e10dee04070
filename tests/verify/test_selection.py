"""Which tests a change can affect, by the map."""

from collections.abc import Mapping
from typing import Any

import pytest

from windlass.verify.reach import Reach
from windlass.verify.selection import Choice, Trees, choose

LIB = b"""\
LIMIT = 1


def one(a):
    return a


def two(a):
    if a:
        return 2
    return one(a)
"""
SOURCES: dict[str, bytes] = {
    "lib.py": LIB,
    "tests/test_one.py": b"import lib\n",
    "tests/test_two.py": b"from lib import two\n",
    "tests/test_far.py": b"",
}
REACH = Reach(
    (
        "tests/test_one.py::test", "tests/test_two.py::test_yes", "tests/test_two.py::test_no",
        "tests/test_far.py::test",
    ),
    (1.0, 0.5, 0.1, 0.4), (2, 3, 4, 1),
    {
        "lib.py": (
            (0b0101, frozenset({4, 5})), (0b0110, frozenset({8, 9})), (0b0010, frozenset({10})),
            (0b0100, frozenset({11})),
        ),
    },
    {"lib.py": frozenset()}, {"docs/a.md": 0b1000},
)  # fmt: skip
ONE, YES, NO, FAR = REACH.tests


def chosen(changes: Mapping[str, bytes | None], *, reach: Reach = REACH, **more: Any) -> Choice:
    after = {path: text for path, text in changes.items() if text is not None and path.endswith(".py")}
    before = {path: SOURCES[path] for path in changes if path in SOURCES}
    other = [path for path in changes if not path.endswith(".py")]
    sources = {path: text for path, text in {**SOURCES, **changes}.items() if text is not None}
    tests = [path for path in sources if "test_" in path]
    return choose(reach, Trees(before, after, other, sources, tests, ("",)), **more)


def lib(old: bytes, new: bytes) -> dict[str, bytes | None]:
    return {"lib.py": LIB.replace(old, new)}


def test_those_that_ran_the_changed_line_are_chosen_the_quick_and_narrow_first() -> None:
    assert chosen(lib(b"return a\n", b"return -a\n")).chosen == (NO, ONE)
    assert chosen(lib(b"return 2", b"return 3")).chosen == (YES,)
    assert chosen(lib(b"if a:", b"if not a:")).chosen == (NO, YES)
    assert chosen(lib(b"return 2", b"return 2  # twice")).chosen == ()


def test_what_runs_at_an_import_reaches_all_that_import_it() -> None:
    assert set(chosen(lib(b"LIMIT = 1", b"LIMIT = 2")).chosen) == {ONE, YES, NO}


def test_a_function_that_ran_at_an_import_reaches_all_that_import_it() -> None:
    reach = Reach(REACH.tests, REACH.seconds, REACH.breadth, REACH.ran, {"lib.py": frozenset({10})})
    assert set(chosen(lib(b"return 2", b"return 3"), reach=reach).chosen) == {ONE, YES, NO}


def test_a_changed_test_file_is_run_whole_and_first() -> None:
    choice = chosen({"tests/test_far.py": b"x = 1\n", **lib(b"return 2", b"return 3")})
    assert choice.chosen == ("tests/test_far.py", YES)
    assert choice.seconds == (0.4, 0.5)
    assert choice.share == pytest.approx(0.45)
    assert chosen({"tests/test_new.py": b"x = 1\n"}).chosen == ("tests/test_new.py",)


def test_a_test_that_starts_programs_is_in_every_choice() -> None:
    reach = Reach(REACH.tests, REACH.seconds, REACH.breadth, REACH.ran, opaque=frozenset({FAR}))
    assert set(chosen(lib(b"return 2", b"return 3"), reach=reach).chosen) == {YES, FAR}


def test_what_failed_lately_leads_its_kind() -> None:
    swift = Reach(REACH.tests, (1.0, 1.0, 1.0, 1.0), (1, 1, 1, 1), REACH.ran)
    assert chosen(lib(b"return a\n", b"return 0\n"), reach=swift).chosen == (ONE, NO)
    assert chosen(lib(b"return a\n", b"return 0\n"), reach=swift, failed_before={NO}).chosen == (NO, ONE)
    near = {"tests/test_two.py"}
    assert chosen(lib(b"return a\n", b"return 0\n"), reach=swift, together=near).chosen == (NO, ONE)


def test_of_tests_that_take_the_same_way_one_goes_first_and_the_others_last() -> None:
    ran = {"lib.py": ((0b1111, frozenset({4})), (0b1000, frozenset({5})))}
    same = Reach(REACH.tests, (0.1, 0.2, 0.3, 0.4), (1, 1, 1, 1), ran)
    assert chosen(lib(b"def one(a)", b"def one(a=0)"), reach=same).chosen == (ONE, FAR, YES, NO)


def test_words_reach_the_tests_that_read_them() -> None:
    assert chosen({"docs/b.md": b""}).chosen == (FAR,)
    assert chosen({"README.md": b""}).chosen == ()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"tests/conftest.py": b""}, "in ways that no map shows"),
        ({"pyproject.toml": b""}, "in ways that no map shows"),
        ({"data/table.json": b""}, "is no Python"),
        ({"new.py": b""}, "came or went"),
        ({"lib.py": None}, "came or went"),
        ({"lib.py": b"def ("}, "cannot be read"),
    ],
)
def test_what_no_map_can_trace_forces_a_full_run(changes: dict[str, bytes | None], why: str) -> None:
    choice = chosen(changes)
    assert why in choice.full
    assert choice.chosen == ()


def test_an_import_that_cannot_be_read_forces_a_full_run() -> None:
    hidden = {**SOURCES, "tests/test_two.py": b"lib = __import__('lib')\n"}
    trees = Trees({"lib.py": LIB}, {"lib.py": b"LIMIT = 2\n" + LIB[10:]}, (), hidden, [], ("",))
    assert "in ways that cannot be read" in choose(REACH, trees).full


def test_an_empty_map_forces_a_full_run() -> None:
    assert "knows no test" in chosen({}, reach=Reach((), (), (), {})).full
