"""Answers of tests in the code: seen where they are plain, let be where they are a rule."""

import pytest

from windlass.verify.answers import answers
from windlass.verify.objection import Grade

TESTS = {
    "tests/test_a.py": """
@parametrize("a, b", [("x", "why"), (0, 1)])
def test_a(a, b):
    assert f(a) == b
def test_b():
    assert total([1, 2]) == 30
    assert f(7) == 0
"""
}
OLD = {"src/a.py": "def total(x):\n    return sum(x)\n"}


@pytest.mark.parametrize(
    "text",
    [
        "def total(x):\n    if x == [1, 2]:\n        return 30\n    return 0\n",
        "def total(x):\n    match x:\n        case 'x':\n            return 'why'\n",
        "TABLE = {'x': 'why'}\n",
        "def total(x):\n    return 30\n",
    ],
)
def test_a_plain_answer_is_for_a_person_to_look_at(text: str) -> None:
    (one,) = answers(OLD, {"src/a.py": text}, TESTS)
    assert one.grade is Grade.ASK


@pytest.mark.parametrize(
    "text",
    [
        "def total(x):\n    if x == 0:\n        return 1\n    return sum(x)\n",
        "def total(x):\n    if x == [1, 2]:\n        return 31\n    return 0\n",
        "def other(x):\n    return 30\n",
    ],
)
def test_what_no_test_asks_or_is_a_plain_case_is_let_be(text: str) -> None:
    assert answers(OLD, {"src/a.py": text}, TESTS) == []
