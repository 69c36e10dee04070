"""Faults put in on purpose."""

import ast

from windlass.verify.mutants import drawn, mutants

SOURCE = b"""\
def kind(value, limit=3):
    if not value:
        return None
    total = value + limit
    log(f"{value == 1}")
    return total < 4 and "\xc3\xa9" == value
"""


def test_every_mutant_is_python_and_changes_only_its_own_place() -> None:
    found = mutants("a.py", SOURCE)
    assert {(one.line, one.what) for one in found} >= {
        (1, "3 -> 4"), (2, "not value -> (value)"), (4, "value + limit -> (value - limit)"),
        (5, 'log(f"{value == 1}") -> pass'), (6, "total < 4 -> (total <= 4)"),
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
