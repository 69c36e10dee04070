"""Texts made from patterns: each is held against its pattern here by running it."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.papers.live.patterns import text


@pytest.mark.parametrize(
    ("pattern", "low", "high"),
    [
        ("^[a-z]{3}$", 0, 99),
        (r"^\d{4}-\d{2}-\d{2}$", 0, 99),
        ("^(foo|bar)-[0-9]+$", 6, 10),
        ("[A-Z]", 5, 9),
        ("^((a|b)c)*$", 4, 10),
        (r"^[^\s/]+$", 3, 20),
        ("^$", 0, 3),
        (".*", 3, 5),
        ("^#[0-9a-fA-F]{6}$", 0, 1000),
        (r"^(\d)\1$", 0, 5),
        (r"^[^a1Ab2]x?$", 0, 5),
        (r"^.+@.+\..+$", 12, 20),
        ("^[é-ü]$", 1, 1),
        (r"\.json$", 9, 12),
        (r"^(?!admin)[a-z]+$", 1, 9),
    ],
)
def test_what_is_made_is_matched_and_long_enough(pattern: str, low: int, high: int) -> None:
    made = text(pattern, low, high)
    assert made is not None
    assert re.search(pattern, made)
    assert low <= len(made) <= high


@pytest.mark.parametrize(
    ("pattern", "made"),
    [(r"^[\w-\.]+$", "a"), (r"^\p{Lu}\p{L}*$", "a"), (r"^[\p{L} ]+$", "a"), (r"^(?<year>\d+)$", "1")],
)
def test_words_of_ecmascript_are_understood(pattern: str, made: str) -> None:
    assert text(pattern, 1, 9) == made


def test_alternatives_are_taken_in_turn() -> None:
    assert [text("^(aa|bb|cc)$", 0, 9, turn) for turn in range(4)] == ["aa", "bb", "cc", "aa"]
    assert [text("^[a-c]$", 0, 9, turn) for turn in range(3)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("pattern", "low", "high"),
    [
        ("(", 0, 9),
        ("^a{5}$", 0, 3),
        ("^a$", 2, 5),
        ("^(a{1000}){1000}$", 0, 10_000),
        ("^((((a{90}){90}){90}){90}){90}$", 0, 99),
        ("a" * 2_000, 0, 9_999),
        ("(" * 500 + "a" + ")" * 500, 1, 1),
        ("a", 20_000, 30_000),
        (r"^(?<y>\d)\k<y>$", 0, 9),
        (r"[^\s\S]", 0, 9),
        ("^(b)" + "".join(rf"(\{n}\{n})" for n in range(1, 90)) + "$", 0, 9),
    ],
)
def test_where_nothing_is_found_it_ends_soon(pattern: str, low: int, high: int) -> None:
    began = time.monotonic()
    assert text(pattern, low, high) in (None, "a")
    assert time.monotonic() - began < 1


PIECE = r"[ab^$.]|\\[dws1]|\[\^?[a-c-]{1,3}\]|\((\?[:=!])?a?\)|[*+?]|\{\d{1,2}\}|\|"


@given(st.from_regex(f"({PIECE}){{0,12}}", fullmatch=True))
def test_whatever_the_pattern_the_text_is_bounded(pattern: str) -> None:
    made = text(pattern, 1, 50)
    assert made is None or 1 <= len(made) <= 50
