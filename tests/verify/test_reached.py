"""What can run, what swallows a failure, what is only there under a condition."""

import ast

import pytest

from windlass.verify.reached import constant, literal, reached


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("A", "A"),
        ("if x:\n    A\nB", "A? B"),
        ("if 0:\n    A\nelse:\n    B", "B"),
        ("if x:\n    return\nA", "A?"),
        ("if 1:\n    return\nA", ""),
        ("return\nA", ""),
        ("for x in ():\n    A\nB", "B"),
        ("for x in y:\n    A", "A"),
        ("while False:\n    A", ""),
        ("try:\n    A\nexcept AssertionError:\n    pass", "A!"),
        ("try:\n    A\nexcept ValueError:\n    pass", "A"),
        ("try:\n    A\nexcept Exception:\n    fail()", "A"),
        ("with suppress(ValueError):\n    A", "A!"),
        ("with raises(AssertionError):\n    A", "A!"),
        ("with raises(ValueError):\n    A", "A"),
    ],
)
def test_statements_that_can_run_are_told_with_what_becomes_of_a_failure(source: str, expected: str) -> None:
    told = [
        f"{ast.unparse(statement)}{'!' * swallowed}{'?' * guarded}"
        for statement, swallowed, guarded in reached(ast.parse(source).body)
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Name)
    ]
    assert " ".join(told) == expected


def test_only_written_out_values_are_known() -> None:
    expressions = {text: ast.parse(text, mode="eval").body for text in ("[]", "-1", "f()", "x")}
    assert {text: literal(one) for text, one in expressions.items()} == {
        "[]": True, "-1": True, "f()": False, "x": False,
    }  # fmt: skip
    assert [constant(one) for one in expressions.values()] == [False, True, None, None]
