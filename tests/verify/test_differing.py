"""Changed lines."""

import pytest

from windlass.verify.differing import LINES_MAX, changed_lines, shown


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (b"", b"a\nb\n", {1, 2}), (b"a\nb\n", b"a\nb\n", set()), (b"a\nb\nc\n", b"a\nx\nc\n", {2}),
        (b"a\nb\nc\n", b"a\nc\n", set()), (b"a\nb\n", b"a\nnew\nb\nnew\n", {2, 4}),
    ],
)  # fmt: skip
def test_new_and_other_lines_are_changed(before: bytes, after: bytes, lines: set[int]) -> None:
    assert changed_lines(before, after) == lines


def test_of_a_huge_change_all_lines_between_count() -> None:
    after = b"first\n" + b"x\n" * (LINES_MAX + 1) + b"last\n"
    assert changed_lines(b"first\nlast\n", after) == set(range(2, LINES_MAX + 3))


def test_one_difference_is_shown_as_a_diff() -> None:
    assert shown(b"a\nif x:\n    b\n", b"a\nif (not x):\n    b\n") == "-if x:\n+if (not x):"
