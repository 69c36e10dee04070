"""How far a run came, by its diary."""

import pytest

from windlass.plugins.checks.pytest.course import NAME_MAX, parse_diary


@pytest.mark.parametrize(
    ("diary", "gap"),
    [
        (b"=2\n+a\n+b\n.0\n", ""),
        (b"=2\n+a\n+b\n+b\n.0\n.1\n", ""),
        (b"=0\n.0\n", ""),
        (b"", "while its tests were collected"),
        (b".0\n", "while its tests were collected"),
        (b"=x\n\xff\n.0\n", "while its tests were collected"),
        (b"=99999999999999999999999999\n.0\n", "99999999999 of 99999999999 tests never began"),
        (b"=2\n+a\n.0\n", "early after a: 1 of 2 tests never began"),
        (b"=2\n+a\n+b\n", "after b, before pytest had come to its end"),
        (b"=1\n=0\n.0\n", "1 of 1 tests never began"),
        (b"=1\n+a\n.1\n", "pytest ended with exit code 1, but its process with 0"),
    ],
)
def test_only_a_whole_run_has_no_gap(diary: bytes, gap: str) -> None:
    found = parse_diary(diary)
    assert (gap in found.gap(0)) if gap else not found.gap(0)


def test_where_it_was_is_told_until_the_end() -> None:
    assert parse_diary(b"").where == "before any test was begun"
    assert parse_diary(b"=2\n+a\n").where == "in a"
    assert parse_diary(b"=2\n+a\n.0\n").where == ""
    assert len(parse_diary(b"=1\n+" + b"x" * 10_000).last) == NAME_MAX
