"""How strongly each way to assert asserts."""

import ast

import pytest

from windlass.verify.asserted import Asserted, Force, asserted, last_name, raising


def said(source: str) -> list[Asserted]:
    statement = ast.parse(source).body[0]
    if isinstance(statement, ast.Assert):
        return asserted(statement.test, 1)
    if isinstance(statement, ast.With):
        call = statement.items[0].context_expr
        assert isinstance(call, ast.Call)
        return raising(call, statement.body)
    assert isinstance(statement, ast.Expr)
    return asserted(statement.value, 1, call=True)


@pytest.mark.parametrize(
    ("source", "force"),
    [
        ("assert f(1) == 2", Force.EQUALS),
        ("assert f(1) is None", Force.EQUALS),
        ("assert f(1) == approx(2)", Force.EQUALS),
        ("assert f(1) == approx(2, abs=1)", Force.CLOSE),
        ("assert f(1) < 2", Force.RELATES),
        ("assert f(1) in (1, 2)", Force.RELATES),
        ("assert f(1) != 2", Force.RELATES),
        ("assert f(1) is not None", Force.HOLDS),
        ("assert f(1)", Force.HOLDS),
        ("assert all(f(n) == n for n in ns)", Force.EQUALS),
        ("assert any(f(n) == n for n in ns)", Force.HOLDS),
        ("assert f(1) == 2 or True", Force.NOTHING),
        ("assert f(1) == f(1)", Force.NOTHING),
        ("assert f(1) == ANY", Force.NOTHING),
        ("assert (f(1) == 2, 'text')", Force.NOTHING),
        ("assert True", Force.NOTHING),
        ("assert False", Force.EQUALS),
        ("self.assertEqual(f(1), 2)", Force.EQUALS),
        ("self.assertAlmostEqual(f(1), 2, 3)", Force.CLOSE),
        ("self.assertTrue(f(1), 2)", Force.HOLDS),
        ("self.assertIn(f(1), g)", Force.RELATES),
        ("self.assertRaises(ValueError, f, 1)", Force.CLOSE),
        ("sent.assert_called_once_with(1)", Force.EQUALS),
        ("sent.assert_called()", Force.RELATES),
        ("with raises(ValueError, match='no'):\n    f(1)", Force.EQUALS),
        ("with raises(ValueError):\n    f(1)", Force.CLOSE),
        ("with raises((ValueError, KeyError)):\n    f(1)", Force.RELATES),
        ("with raises(Exception):\n    f(1)", Force.HOLDS),
    ],
)
def test_each_way_to_assert_has_its_force(source: str, force: Force) -> None:
    assert [one.force for one in said(source)] == [force]


def test_what_asserts_nothing_is_not_counted() -> None:
    assert said("print(1)") == []
    assert said("with open('x'):\n    pass") == []


def test_the_same_said_in_another_way_has_the_same_text() -> None:
    assert said("assert 3 == f(1)")[0].text == said("self.assertEqual(f(1), 3)")[0].text == "f(1) == 3"
    assert [one.text for one in said("assert f(1) == 2 and g(1) == 3")] == ["f(1) == 2", "g(1) == 3"]


@pytest.mark.parametrize(
    ("source", "number", "direction"),
    [
        ("assert f(1) < 2", 2.0, 1),
        ("assert f(1) >= 2", 2.0, -1),
        ("assert 2 < f(1)", 2.0, -1),
        ("assert f(1) == approx(7, rel=0.1)", 0.1, 1),
        ("self.assertAlmostEqual(f(1), 7, places=3)", 3.0, -1),
    ],
)
def test_a_limit_is_known_with_its_looser_side(source: str, number: float, direction: int) -> None:
    bound = said(source)[0].bound
    assert bound is not None
    assert bound[1:] == (number, direction)


def test_the_last_name_of_a_call() -> None:
    assert last_name(ast.parse("a.b.c(1)", mode="eval").body) == "c"
    assert last_name(ast.parse("1", mode="eval").body) == ""
