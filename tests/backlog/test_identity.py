"""Who a finding is: unmoved by position and layout, moved by what it says."""

import string

from hypothesis import given
from hypothesis import strategies as st

from windlass.backlog.identity import (
    anchor_of,
    comment_group,
    fingerprints,
    normalise,
    rule_group,
)
from windlass.backlog.model import Hit

words = st.lists(st.text(string.ascii_lowercase, min_size=2, max_size=8), min_size=1, max_size=9)
MARKERS = ("", "# ", "// ", " * ", "-- ", ";; ", "% ", "/* ")


def hit(text: str, path: str = "a.py", line: int = 1, **more: str) -> Hit:
    return Hit("TODO", path, line, text, "note", "technical-debt", "g", "t", **more)


@given(words, st.sampled_from(MARKERS), st.integers(1, 4), st.sampled_from((" ", "  ", "\t")), st.booleans())
def test_layout_does_not_matter(said: list[str], marker: str, wrap: int, gap: str, upper: bool) -> None:
    lines = [gap.join(said[i : i + wrap]) for i in range(0, len(said), wrap)]
    text = "\n".join(marker + line for line in lines)
    assert normalise(text.upper() if upper else text) == normalise(" ".join(said))


@given(words, words)
def test_other_words_are_another_finding(one: list[str], other: list[str]) -> None:
    same = one == other
    assert (fingerprints([hit(" ".join(one))]) == fingerprints([hit(" ".join(other))])) is same


@given(st.lists(st.integers(1, 5), min_size=1, max_size=8), st.integers(1, 500))
def test_inserted_lines_change_nothing(kinds: list[int], shift: int) -> None:
    before = [hit(f"text number {k}", line=10 * n) for n, k in enumerate(kinds, 1)]
    after = [hit(h.text, line=h.line + shift) for h in before]
    assert fingerprints(before) == fingerprints(after)
    assert len(set(fingerprints(before))) == len(before)


def test_equal_texts_in_one_file_stay_apart_by_order_whatever_order_they_come_in() -> None:
    one, two = hit("same", line=1), hit("same", line=9)
    assert fingerprints([one, two]) == fingerprints([two, one])[::-1]
    assert len(set(fingerprints([one, two]))) == 2


def test_a_renamed_file_keeps_the_anchor_though_not_the_fingerprint() -> None:
    old, new = hit("tidy up", "a.py"), hit("tidy up", "b.py")
    assert anchor_of(old) == anchor_of(new)
    assert fingerprints([old]) != fingerprints([new])


def test_a_tools_fingerprint_stands_above_place_and_text() -> None:
    old, new = hit("x", "a.py", tool_fingerprint="f1"), hit("y", "b.py", tool_fingerprint="f1")
    assert fingerprints([old]) == fingerprints([new])


def test_signs_alone_are_still_text() -> None:
    assert normalise("=====") != normalise("+++++")


def test_comments_group_by_issue_then_by_text_and_short_ones_by_file() -> None:
    long = "drop this when the old api is gone"
    assert comment_group("TODO", "a b c", "x", "#7") == comment_group("TODO", "other words", "y", "#7")
    assert comment_group("TODO", long, "x", None) == comment_group("TODO", long.upper(), "y", None)
    assert comment_group("TODO", "fix", "x", None) != comment_group("TODO", "fix", "y", None)
    assert comment_group("TODO", long, "x", None) != comment_group("FIXME", long, "x", None)


def test_rules_group_apart_by_who_can_mend_them() -> None:
    assert rule_group("ruff", "F401", fixable=True) != rule_group("ruff", "F401", fixable=False)
