"""Output: data on stdout, tables that fit."""

import click
import pytest

from windlass.cli.render import cut, pairs, printable, table


def test_the_widest_column_gives_way() -> None:
    lines = table(("ID", "TITLE"), [(1, "x" * 80)], columns=30)
    assert max(len(line) for line in lines) <= 30
    assert lines[1].endswith("…")


def test_fields_cut_rows_and_unknown_ones_name_the_known() -> None:
    assert cut([{"a": 1, "b": 2}], "b") == [{"b": 2}]
    assert cut({"a": 1, "b": 2}, None) == {"a": 1, "b": 2}
    with pytest.raises(click.UsageError, match="Known: a, b"):
        cut({"a": 1, "b": 2}, "c")


def test_a_foreign_name_steers_no_terminal() -> None:
    assert printable("a\tb\n\x1b[2Jc\x9b\u202ed\r") == "a\tb\n\\x1b[2Jc\\x9b\\x202ed\\x0d"


def test_pairs_are_aligned() -> None:
    assert pairs({"a": 1, "long": 2}) == ["a     1", "long  2"]
