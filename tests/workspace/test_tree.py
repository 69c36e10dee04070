"""What git prints, read back; no git needed."""

import os

import pytest

from windlass.kernel import NotFound
from windlass.workspace.model import Blame, Change, Entry, FileStat
from windlass.workspace.tree import (
    Listing,
    parse_blame,
    parse_changes,
    parse_entry,
    parse_log,
    parse_numstat,
)

A, B, Z = "a" * 40, "b" * 40, b"0" * 40


def test_entries_with_and_without_size():
    assert parse_entry(b"100644 blob %s\ta b" % A.encode()) == Entry("100644", A, "a b")
    assert parse_entry(b"100644 blob %s      12\tx\ty" % A.encode()) == Entry("100644", A, "x\ty", 12)
    assert parse_entry(b"160000 commit %s       -\ts" % A.encode()) == Entry("160000", A, "s", None)
    assert parse_entry(b"100644 blob %s\t\xff" % A.encode()).path == os.fsdecode(b"\xff")


def test_an_object_whose_size_cannot_be_told_is_not_there():
    with pytest.raises(NotFound, match="no object"):
        parse_entry(b"100644 blob %s     BAD\ta" % A.encode())


def test_a_commit_that_names_no_time_is_of_time_zero():
    fields = [A, B, "", "Ada", "ada@example.org", "", "subject", ""]
    assert [found.at for found in parse_log("\0".join([*fields, ""]).encode())] == [0.0]


def test_a_listing_is_its_entries():
    one, two = b"100644 blob %s\ta\nb\tc" % A.encode(), b"100755 blob %s      12\t\xff" % B.encode()
    listing = Listing(b"%s\0%s\0" % (one, two))
    assert list(listing.values()) == [parse_entry(one), parse_entry(two)]
    assert ("a\nb\tc" in listing, "b" in listing, len(listing)) == (True, False, 2)
    assert dict(Listing(b"")) == {}


def test_changes_of_every_kind():
    records = [
        b":000000 100644 %s %s A" % (Z, A.encode()), b"new",
        b":100644 000000 %s %s D" % (A.encode(), Z), b"gone",
        b":100644 100755 %s %s R087" % (A.encode(), B.encode()), b"from", b"to",
    ]  # fmt: skip
    assert list(parse_changes(records)) == [
        Change("A", "new", "new", None, A, "100644", "000000"),
        Change("D", "gone", "gone", A, None, "000000", "100644"),
        Change("R", "from", "to", A, B, "100755", "100644"),
    ]


def test_numstat_with_renames_and_binaries():
    stat = parse_numstat([b"1\t2\ta", b"-\t-\tbin", b"3\t0\t", b"old", b"new"])
    assert stat.files == (
        FileStat("a", 1, 2, False),
        FileStat("bin", 0, 0, True),
        FileStat("new", 3, 0, False),
    )
    assert stat.lines == 6


def test_log_with_odd_subjects():
    out = "".join(f"{f}\0" for f in (A, B, f"{A} {B}", "n", "e", "7", "tab\tand \N{SNOWMAN}")) + "\0"
    (found,) = parse_log(out.encode())
    assert (found.parents, found.at, found.subject) == ((A, B), 7.0, "tab\tand \N{SNOWMAN}")
    assert parse_log(b"") == []


def test_blame_reads_the_header_not_the_line():
    out = f"{A} 3 3 1\nauthor Ada\nauthor-mail <a@b>\nauthor-time 5\nsummary x\nfilename f\n\tauthor Eve\n"
    assert parse_blame(out.encode()) == Blame("Ada", "a@b", 5.0, A)
