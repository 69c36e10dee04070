"""Where two versions of a file differ, by functions and their statements."""

import pytest

from windlass.verify.units import touched, units

BEFORE = b'''\
LIMIT = 3


def scale(value, by=2):
    """Double it."""
    if value > LIMIT:
        value = LIMIT
    return value * by


class Box:
    size: int = 1

    def grow(self):
        self.size += 1

        def inner():
            return self.size
        return inner()
'''


def change(old: bytes, new: bytes) -> tuple[set[int], bool]:
    before, after = units(BEFORE), units(BEFORE.replace(old, new, 1))
    assert before is not None
    assert after is not None
    found = touched(before, after)
    return set(found.lines), found.rest


@pytest.mark.parametrize(
    ("old", "new", "lines", "rest"),
    [
        (b"        value = LIMIT", b"        value = 7", {7}, False),
        (b"value > LIMIT", b"value >= LIMIT", {6}, False),
        (b"return self.size", b"return -self.size", {18}, False),
        (b"by=2", b"by=3", {4}, False),
        (b"LIMIT = 3", b"LIMIT = 4", set(), True),
        (b"size: int = 1", b"size: int = 2", set(), True),
        (b"value, by=2", b"value: int, by=2", {4}, True),
        (b"Double it", b"Double that", {5}, True),
        (b"def scale", b"@cached\ndef scale", set(), True),
        (b"LIMIT = 3", b"# a comment\n\n\nLIMIT = 3  # and another", set(), False),
    ],
)
def test_a_change_is_felt_where_it_is(old: bytes, new: bytes, lines: set[int], rest: bool) -> None:
    assert change(old, new) == (lines, rest)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"    return value * by", b"    value += 1\n    return value * by"),  # one more statement
        (b"        value = LIMIT\n", b"        values = LIMIT\n"),  # another name is local now
        (
            b"        value = LIMIT\n    return",
            b"        value = LIMIT\n        return",
        ),  # moved into a block
        (b"    return value * by", b"    yield value * by"),  # another kind of function
    ],
)
def test_a_function_that_changed_its_form_is_touched_as_a_whole(old: bytes, new: bytes) -> None:
    assert change(old, new)[0] == {4, 5, 6, 7, 8}


def test_a_function_that_went_is_touched_and_so_is_the_rest() -> None:
    assert change(BEFORE[BEFORE.index(b"    def grow") :], b"") == (set(range(14, 20)), True)


def test_a_property_and_its_setter_are_two_functions() -> None:
    found = units(
        b"class A:\n    @property\n    def x(self): return 1\n    @x.setter\n    def x(self, v): pass\n"
    )
    assert found is not None
    assert list(found.functions) == ["A.x", "A.x'"]


def test_what_is_no_python_has_no_units() -> None:
    assert units(b"def (:") is None
    assert units(b"\0") is None
