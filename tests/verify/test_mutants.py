"""Faults put in on purpose."""

import ast

import pytest

from windlass.verify.mutants import Mutant, drawn, mutants, picked, suspect, tells

SOURCE = b"""\
def kind(value, limit=3):
    if not value:
        return None
    total = value + limit
    tell(f"{value == 1}")
    return total < 4 and "\xc3\xa9" == value
"""


def test_every_mutant_is_python_and_changes_only_its_own_place() -> None:
    found = mutants("a.py", SOURCE)
    assert {(one.line, one.what) for one in found} >= {
        (1, "3 -> 4"), (2, "not value -> (value)"), (4, "value + limit -> (value - limit)"),
        (5, 'tell(f"{value == 1}") -> pass'), (6, "total < 4 -> (total <= 4)"),
    }  # fmt: skip
    for one in found:
        ast.parse(one.applied(SOURCE))
    assert not [one for one in found if one.what.startswith("value == 1")], (
        "no place inside of a text is exact"
    )


def test_the_same_seed_draws_the_same_and_one_of_a_line() -> None:
    sources = {"a.py": SOURCE, "b.py": SOURCE, "c.txt": b"1 +"}
    some = drawn(sources, 5, 7)
    assert some == drawn(sources, 5, 7) != drawn(sources, 5, 8)
    assert len({(one.path, one.line) for one in drawn(sources, 99, 1)}) == len(drawn(sources, 99, 1))


IDLE = b"""\
import logging
__all__ = ["a"]
if TYPE_CHECKING:
    limit = 3


def quiet(x):
    logging.info("x is %d", 3)
    print(x + 1)
    assert x, f"{x + 1}"


class A:
    def __repr__(self):
        return "A" * 3
"""


def test_what_no_test_should_hold_is_left_alone() -> None:
    assert mutants("a.py", IDLE) == []


def test_what_compiles_to_the_same_is_no_fault() -> None:
    source = b"x = 1 + 1\n"
    assert not tells(Mutant("a.py", 1, 4, 9, "(1 + 1)", ""), source)
    assert not tells(Mutant("a.py", 1, 4, 9, "2", ""), source)
    assert not tells(Mutant("a.py", 1, 4, 9, "1 +", ""), source)
    assert tells(Mutant("a.py", 1, 4, 9, "3", ""), source)


def test_another_version_of_a_file_has_the_same_mutants_drawn() -> None:
    more = b"import os\n\n\ndef other(n):\n    return n + 7\n\n\n" + SOURCE
    one, two = mutants("a.py", SOURCE), mutants("a.py", more)
    assert {each.key for each in one} < {each.key for each in two}
    few = [each.key for each in picked(one, {"a.py": SOURCE}, 3, 1, of_a_line=9)]
    old = [each for each in two if each.key in {known.key for known in one}]
    assert [each.key for each in picked(old, {"a.py": more}, 3, 1, of_a_line=9)] == few


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (b"if a < b:\n    a = b\n", "at the bound"), (b"if a < b:\n    a = c\n", ""),
        (b"run(timeout=3)\n", "a size"), (b"run(limit=3)\n", ""),
    ],
)  # fmt: skip
def test_some_mutants_are_suspected_to_be_no_fault(source: bytes, why: str) -> None:
    told = {suspect(one, source).partition(",")[0][:12] for one in mutants("a.py", source)}
    assert (why[:12] in told) if why else told == {""}
