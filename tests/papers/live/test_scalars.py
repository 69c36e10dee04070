"""Texts and numbers within bounds."""

from typing import Any

import pytest

from windlass.papers.holding import misfit
from windlass.papers.live.scalars import numbers, texts

DRAFT = "draft-2020-12"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, 1),
        ({"minimum": 5}, 5),
        ({"maximum": 0}, 0),
        ({"exclusiveMinimum": 5}, 6),
        ({"multipleOf": 7}, 7),
        ({"multipleOf": 7, "minimum": 30}, 35),
        ({"maximum": -10, "multipleOf": 4}, -12),
        ({"minimum": 3, "maximum": 3}, 3),
        ({"minimum": 2, "maximum": 1}, None),
        ({"exclusiveMinimum": 1, "exclusiveMaximum": 2}, None),
        ({"format": "uint8", "minimum": 200}, 200),
        ({"minimum": 1e300}, 1),
        ({"minimum": "5", "multipleOf": 0}, 1),
    ],
)
def test_whole_numbers(schema: dict[str, Any], expected: int | None) -> None:
    made = numbers([schema], 0, whole=True)
    assert made == expected
    assert made is None or isinstance(made, int)


def test_numbers_may_lie_between() -> None:
    schema = {"exclusiveMinimum": 1, "exclusiveMaximum": 2}
    assert numbers([schema], 0, whole=False) == 1.5
    assert numbers([{"multipleOf": 0.01, "maximum": 0.5}], 0, whole=False) == 0.01


def test_bounds_of_draft_4_are_beside_a_word() -> None:
    assert numbers([{"minimum": 1, "exclusiveMinimum": True}], 0, whole=True) == 2
    assert numbers([{"maximum": 1, "exclusiveMaximum": True}], 0, whole=True) == 0


def test_several_schemas_hold_at_once() -> None:
    assert numbers([{"multipleOf": 4}, {"multipleOf": 6}, {"minimum": 13}], 0, whole=True) == 24


def test_those_that_are_to_differ_do() -> None:
    assert [numbers([{"minimum": 5}], nth, whole=True) for nth in range(3)] == [5, 6, 7]
    assert len({texts([{"format": "uuid"}], nth, 0) for nth in range(5)}) == 5
    assert len({texts([{}], nth, 0) for nth in range(5)}) == 5


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"minLength": 20},
        {"maxLength": 3},
        {"maxLength": 0},
        {"minLength": 1, "format": "email"},
        {"format": "date-time", "maxLength": 5},
        {"pattern": "^[a-z]{2}$", "format": "uuid"},
        {"pattern": "^x", "minLength": 4},
        {"format": "something-else"},
    ],
)
def test_texts_fit(schema: dict[str, Any]) -> None:
    made = texts([schema], 0, 0)
    assert isinstance(made, str)
    assert misfit(schema, DRAFT, made) == ""


def test_a_later_turn_takes_the_format_before_the_pattern() -> None:
    schema = {"pattern": "^.*$", "format": "date"}
    assert texts([schema], 0, 0) == ""
    assert texts([schema], 0, 1) == "2024-01-11"


@pytest.mark.parametrize("schema", [{"minLength": 3, "maxLength": 2}, {"minLength": 10**9}])
def test_where_there_is_no_text_none_is_made(schema: dict[str, Any]) -> None:
    assert texts([schema], 0, 0) is None
