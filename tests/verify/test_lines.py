"""Lines of changed files, packed and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.verify.lines import LINES_MAX, packed, ranges, some_lines, unpacked

LINES = st.dictionaries(st.text(max_size=5), st.dictionaries(st.integers(1, 60), st.booleans(), max_size=40))


@given(LINES)
def test_what_is_packed_is_read_back(lines: dict[str, dict[int, bool]]) -> None:
    assert unpacked(packed(lines)) == lines


@pytest.mark.parametrize(
    ("numbers", "told"), [((), ""), ((7,), "7"), ((9, 3, 4, 5), "3-5,9"), ((1, 2), "1-2"), ((1, 3), "1,3")]
)
def test_numbers_are_told_as_ranges(numbers: tuple[int, ...], told: str) -> None:
    assert ranges(numbers) == told


def test_only_files_of_the_change_are_kept_and_not_endlessly_many() -> None:
    lines = {"a.py": {1: True}, "b.py": {1: False}}
    assert some_lines(lines, ["b.py", "c.py"]) == {"b.py": {1: False}}
    assert some_lines({"a.py": dict.fromkeys(range(LINES_MAX + 1), True)}, ["a.py"]) == {}
