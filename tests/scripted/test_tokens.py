"""The rule by which the scripted model counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.scripted.tokens import compact, tokens_of


@pytest.mark.parametrize(
    ("part", "tokens"),
    [
        ("", 0),
        (None, 0),
        ([], 0),
        ({}, 0),
        ("a", 1),
        ("abcd", 1),
        ("abcde", 2),
        ("ä" * 4, 2),
        ({"a": [1]}, 3),
    ],
)
def test_four_bytes_are_a_token(part: object, tokens: int) -> None:
    assert tokens_of(part) == tokens


@given(st.text(st.characters(codec=None)), st.text())
def test_any_text_can_be_counted_and_more_text_is_never_fewer_tokens(one: str, other: str) -> None:
    assert tokens_of(one) <= tokens_of(one + other) <= tokens_of(one) + tokens_of(other)


def test_json_is_counted_without_spaces_and_in_its_own_letters() -> None:
    assert compact({"ä": [1, 2]}) == '{"ä":[1,2]}'
