"""Entries of both sides stand under their headings, once, and nothing that somebody added is lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from windlass.conflicts.changelog import union, weave
from windlass.conflicts.model import Open, Sides

BASE = "# Changelog\n\nAll that changed.\n\n## Unreleased\n\n### Added\n- a\n  and more\n\n## 1.0\n- z\n"
NAMES = st.sampled_from(("Unreleased", "1.0", "0.9"))
ENTRIES = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=5)
DOCUMENTS = st.dictionaries(NAMES, ENTRIES, max_size=3)


def merged(base: str, ours: str, theirs: str) -> str:
    found = union(Sides(base.encode(), ours.encode(), theirs.encode()))
    assert not isinstance(found, Open), found
    return found.decode()


def text(document: dict[str, list[str]]) -> bytes:
    parts = (
        f"## {name}\n\n" + "".join(f"- {one}\n" for one in entries) for name, entries in document.items()
    )
    return ("# Log\n\n" + "\n".join(parts)).encode()


def held(content: bytes) -> set[tuple[str, str]]:
    """Every entry with its heading; each may be there once."""
    found, heading = [], ""
    for line in content.decode().splitlines():
        heading = line[3:] if line.startswith("## ") else heading
        found += [(heading, line[2:])] if line.startswith("- ") else []
    assert len(set(found)) == len(found)
    return set(found)


def test_what_both_added_at_one_place_stands_there_ours_first() -> None:
    ours, theirs = BASE.replace("- a\n", "- o\n- a\n"), BASE.replace("- a\n", "- t\n- a\n")
    assert merged(BASE, ours, theirs) == BASE.replace("- a\n", "- o\n- t\n- a\n")
    below = merged(BASE, BASE + "- o\n", BASE + "- t\n")
    assert below == BASE + "- o\n- t\n"


def test_an_entry_added_while_the_other_side_released_stays_unreleased() -> None:
    released = BASE.replace("### Added\n", "## 1.1\n\n### Added\n")
    added = BASE.replace("- a\n", "- t\n- a\n")
    whole = BASE.replace("### Added\n", "### Added\n- t\n\n## 1.1\n\n### Added\n")
    assert merged(BASE, released, added) == merged(BASE, added, released) == whole


def test_sections_that_nobody_changed_stay_as_they_are_written() -> None:
    odd = "Log\n===\n\n* one\n\n\n* two\n```\n# no heading\n```\n\nNew\n---\n- n\n"
    assert merged(odd, odd + "- o\n", odd + "- t\n") == odd + "- o\n- t\n"


def test_what_has_no_one_answer_stays_a_conflict() -> None:
    def why(base: str, ours: str, theirs: str) -> str:
        found = union(Sides(base.encode("latin-1"), ours.encode("latin-1"), theirs.encode("latin-1")))
        assert isinstance(found, Open)
        return found.why

    assert why("- x\n", "- x2\n", "- x3\n") == "both sides changed the entry '- x'"
    assert why("## A\n- x\n", "## A\n- x\n## A\n- y\n", "## A\n- z\n") == "it has a heading twice"
    assert why("- x\n", "- \xe9\n- x\n", "- x\n- y\n") == "it is not UTF-8"
    gone = why("## A\n### B\n- x\n", "## C\n### B\n- x\n", "## A\n### B\n- x\n- y\n")
    assert gone == "one side took out the heading 'A', the other added entries below it"


@settings(max_examples=150)
@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_no_addition_is_lost_and_the_same_entries_come_from_both_orders(old, mine, their) -> None:
    base, ours, theirs = text(old), text(mine), text(their)
    found, turned = union(Sides(base, ours, theirs)), union(Sides(base, theirs, ours))
    assert isinstance(found, Open) == isinstance(turned, Open)
    if isinstance(found, Open) or isinstance(turned, Open):
        return
    before, left, right = held(base), held(ours), held(theirs)
    assert held(found) == held(turned) == (left & right) | (left - before) | (right - before)
    assert union(Sides(base, found, theirs)) == found
    assert union(Sides(base, ours, ours)) == ours
    assert union(Sides(base, base, theirs)) == theirs


@given(*[st.lists(st.integers(0, 9), unique=True)] * 3)
def test_each_side_finds_its_own_order_again(base, ours, theirs) -> None:
    found = weave(base, ours, theirs)
    assert [one for one in found if one in ours] == [one for one in ours if one in found]
    added = [one for one in theirs if one not in base and one not in ours]
    assert [one for one in found if one in added] == added
    assert len(set(found)) == len(found)
