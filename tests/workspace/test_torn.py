"""Real git cuts a file where two sides do not agree, whatever marks its content has."""

from pathlib import Path

import pytest

from windlass.workspace import Mirror
from windlass.workspace.torn import HUNKS_MAX, MARK_MAX, Hunk


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    place: Path = tmp_path_factory.mktemp("torn")
    return Mirror.create(place)


def test_agreed_lines_and_hunks_come_in_order(mirror: Mirror) -> None:
    base = b"a\n1\nb\nc\nd\ne\nf\n2\n"
    ours, theirs = base.replace(b"1", b"o").replace(b"2", b"p"), base.replace(b"1", b"t").replace(b"2", b"u")
    assert mirror.torn(base, ours, theirs.replace(b"c\n", b"c\nnew\n")) == (
        b"a\n", Hunk(b"o\n", b"t\n"), b"b\nc\nnew\nd\ne\nf\n", Hunk(b"p\n", b"u\n"), b"",
    )  # fmt: skip
    assert mirror.torn(b"", b"x\n", b"y\n") == (b"", Hunk(b"x\n", b"y\n"), b"")
    assert mirror.torn(base, base, base) == (base,)


def test_marks_in_the_content_are_content(mirror: Mirror) -> None:
    marks = b"<<<<<<< ours\n=======\n>>>>>>>>>> x\r<<<<<<<<<<<\n"
    parts = mirror.torn(marks + b"1\n", marks + b"o\n", marks + b"t\n")
    assert parts == (marks, Hunk(b"o\n", b"t\n"), b"")


def many(line: bytes) -> bytes:
    """A file in which two sides meet in one place more than is looked at."""
    agreed = [b"".join(b"%d.%d\n" % (n, m) for m in range(8)) for n in range(HUNKS_MAX + 1)]
    return b"".join(line + b"\n" + lines for lines in agreed)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (b"o\0\n", b"t\n"), (b"o", b"t\n"), (b"<" * MARK_MAX + b"\n", b"t\n"),
        (many(b"o"), many(b"t")),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_none(mirror: Mirror, ours: bytes, theirs: bytes) -> None:
    assert mirror.torn(many(b"b") if len(ours) > MARK_MAX + 1 else b"b\n", ours, theirs) is None
