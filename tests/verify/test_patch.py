"""When patch coverage falls short, and how it is told."""

import pytest

from windlass.plan import Demand
from windlass.verify.patch import FILES_SHOWN, RANGES_MAX, Bound, Patch


def lines(count: int, first: int = 1) -> dict[str, frozenset[int]]:
    return {"a.py": frozenset(range(first, first + count))} if count else {}


def patch(covered: int, uncovered: int, maybe: int = 0, bound: Bound = Bound()) -> Patch:  # noqa: B008 - frozen
    return Patch(lines(covered), lines(uncovered, 101), lines(maybe, 201), why="", bound=bound)


@pytest.mark.parametrize(
    ("covered", "uncovered", "maybe", "percent", "short"),
    [
        (8, 2, 0, 80.0, False),
        (7, 3, 0, 70.0, True),
        (0, 4, 0, 0.0, False),  # fewer than five lines: nothing is asked
        (0, 5, 0, 0.0, True),
        (8, 0, 2, None, False),
        (5, 0, 5, None, False),  # the tests that did not run may run them
        (5, 3, 2, None, True),  # whatever they run, three of ten are missing
        (0, 0, 0, None, False),
    ],
)
def test_the_bound_is_broken_only_for_certain(
    covered: int, uncovered: int, maybe: int, percent: float | None, short: bool
) -> None:
    found = patch(covered, uncovered, maybe)
    assert (found.percent, bool(found.short)) == (percent, short)
    assert found.document()["short"] is short


def test_what_falls_short_is_told_with_its_lines() -> None:
    assert patch(1, 5).short == "16.7 % of 6 added lines ran, at least 80 %; not run: a.py:101-105"
    assert patch(1, 5, 1).short.startswith("at most 28.6 % of 7 added lines ran")
    assert "not run: a.py:101-105,201" in patch(1, 5, 1).short


def test_the_owner_sets_the_bound_and_what_it_means() -> None:
    assert patch(1, 1, bound=Bound(lines=2)).short
    assert not patch(1, 9, bound=Bound(least=10.0)).short
    assert not patch(0, 9, bound=Bound(below=Demand.NONE)).short
    assert not patch(0, 9, bound=Bound(below=Demand.NOTE)).asks
    assert patch(0, 9).asks


def test_what_is_not_known_is_told_as_such() -> None:
    assert Patch().told == "unknown: nobody measured it"
    assert (Patch().percent, Patch().short, Patch(why="").told) == (None, "", "")
    partly = Patch(lines(1), untold=("b.py",), why="")
    assert partly.told == (
        "1 of 1 added line that could run did (100.0 %); unknown, no report tells of it: b.py"
    )
    assert "not known to be run, for not all tests were: a.py:201" in patch(1, 0, 1).told


def test_a_part_is_about_its_files_alone() -> None:
    both = Patch({"a.py": frozenset({1})}, {"b.py": frozenset({2})}, untold=("c.py", "d.py"), why="")
    part = both.of(["b.py", "c.py"])
    assert (part.covered, part.uncovered, part.untold) == ({}, {"b.py": frozenset({2})}, ("c.py",))


def test_long_lists_are_cut() -> None:
    many = Patch(uncovered={f"{n:03}.py": frozenset({1}) for n in range(FILES_SHOWN + 3)}, why="")
    assert "and 3 more files" in many.short
    assert len(many.document()["uncovered"]) == FILES_SHOWN
    torn = Patch(uncovered={"a.py": frozenset(range(1, 999, 2))}, why="")
    assert len(torn.document()["uncovered"]["a.py"]) <= RANGES_MAX + 2


def test_a_strange_name_is_told_in_plain_signs() -> None:
    odd = Patch(uncovered={"a\n\udc80.py": frozenset({1})}, untold=("b\x1b.py",), why="")
    assert odd.document()["uncovered"] == {"a??.py": "1"}
    assert odd.told.endswith("no report tells of it: b?.py")
