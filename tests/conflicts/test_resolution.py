"""What is learned of a hunk, and where it is done again."""

import pytest

from windlass.conflicts.resolution import TEXT_MAX, hunks, lessons, resolved
from windlass.workspace.torn import Hunk

TORN = (b"a\nb\nc\nd\n", Hunk(b"o\n", b"t\n"), b"e\nf\n", Hunk(b"1\n", b"2\n"), b"")
"""Two hunks, the second at the end of the file."""
MADE = b"b\nc\nd\nboth\nhere\ne\nf\n3\n"
"""Elsewhere the file has changed too: its first line is gone."""


def test_each_hunk_becomes_what_stands_between_its_lines() -> None:
    known = lessons(TORN, MADE)
    assert [known[one] for one in hunks(TORN)] == ["both\nhere\n", "3\n"]
    assert resolved(TORN, known) == b"a\n" + MADE
    first, second = hunks(TORN)
    assert resolved(TORN, {first: "x\n"}) is None
    assert hunks((TORN[0], Hunk(b"t\n", b"o\n"), *TORN[2:])) == [first, second], "whichever side is ours"
    assert hunks((b"other\n", *TORN[1:])) != [first, second]
    assert hunks((b"zzz\n" + TORN[0], *TORN[1:])) == [first, second]


@pytest.mark.parametrize(
    "made",
    [
        b"c\nd\nboth\ne\nf\n",
        b"b\nc\nd\nb\nc\nd\nboth\ne\nf\n",
        b"e\nf\nb\nc\nd\nboth\n",
        b"",
        b"b\nc\nd\n<<<<<<< x\no\n=======\nt\n>>>>>>> y\ne\nf\n",
        b"b\nc\nd\n\xff\ne\nf\n",
        b"b\nc\nd\n\0\ne\nf\n",
        b"b\nc\nd\n" + b"x" * TEXT_MAX + b"\ne\nf\n",
    ],
)
def test_what_is_not_certain_or_no_text_is_not_learned(made: bytes) -> None:
    assert hunks(TORN)[0] not in lessons(TORN, made)
