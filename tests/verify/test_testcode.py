"""What is read out of a test file."""

import ast

import pytest

from windlass.verify.asserted import Force
from windlass.verify.lasting import patched
from windlass.verify.testcode import TestCode, functions, holds_tests, on_test_side, parsed, read

PATH = "tests/test_a.py"


def code(source: str, shared: str = "") -> TestCode:
    return read(PATH, ast.parse(source), functions(ast.parse(shared)))


def forces(source: str) -> list[Force]:
    tests = code(source).tests
    return [one.force for one in tests["test_a"].assertions]


@pytest.mark.parametrize(
    ("path", "side"),
    [
        ("tests/data/a.json", True), ("src/shop/test_cart.py", True), ("conftest.py", True),
        ("pytest.ini", True), ("src/shop/testing/fakes.py", False), ("src/shop/cart.py", False),
    ],
)  # fmt: skip
def test_the_side_of_the_tests_is_told_by_the_path(path: str, side: bool) -> None:
    assert on_test_side(path) is side


def test_what_python_cannot_read_is_nothing() -> None:
    assert parsed("def f(:") is None
    assert parsed("a\0b") is None
    assert not holds_tests("tests/helpers.py")


@pytest.mark.parametrize(
    ("body", "force"),
    [
        ("assert f(1) == 2", [Force.EQUALS]),
        ("x = 2\n    assert x == 2", [Force.NOTHING]),
        ("x = f(1)\n    assert x == 2", [Force.EQUALS]),
        ("return\n    assert f(1) == 2", []),
        ("if True:\n        return\n    assert f(1) == 2", []),
        ("for x in []:\n        assert f(x) == 2", []),
        ("if False:\n        assert f(1) == 2", []),
        ("try:\n        assert f(1) == 2\n    except AssertionError:\n        pass", [Force.NOTHING]),
        ("try:\n        assert f(1) == 2\n    except:\n        pass", [Force.NOTHING]),
        ("try:\n        assert f(1) == 2\n    except Exception:\n        raise", [Force.EQUALS]),
        ("try:\n        assert f(1) == 2\n    except KeyError:\n        pass", [Force.EQUALS]),
        ("with suppress(Exception):\n        assert f(1) == 2", [Force.NOTHING]),
        ("def inner():\n        assert f(1) == 2", []),
        ("def inner():\n        assert f(1) == 2\n    inner()", [Force.EQUALS]),
    ],
)
def test_only_what_is_reached_and_can_fail_counts(body: str, force: list[Force]) -> None:
    assert forces(f"from shop import f\n\ndef test_a():\n    {body}\n") == force


def test_a_condition_is_seen() -> None:
    for body in ("if f(2):\n        assert f(1)", "if f(2):\n        return\n    assert f(1)"):
        (one,) = code(f"def test_a():\n    {body}\n").tests["test_a"].assertions
        assert one.guarded


def test_values_are_followed_through_fixtures_parameters_constants_and_helpers() -> None:
    source = """
import pytest
WANTED = 7
@pytest.fixture
def prices():
    return [1, 2]
def test_fixture(prices):
    assert total(prices) == WANTED
@pytest.mark.parametrize("n", [3, 4])
def test_rows(n):
    assert total(n) == 5
def test_helper():
    check(total(8), 9)
"""
    tests = code(source, "def check(found, expected):\n    assert found == expected\n").tests
    assert tests["test_fixture"].assertions[0].literals == {"1", "2", "7"}
    assert tests["test_rows"].assertions[0].literals == {"3", "4", "5"}
    assert tests["test_rows"].rows == ("3", "4")
    assert tests["test_helper"].assertions[0].literals == {"8", "9"}
    assert tests["test_helper"].assertions[0].names == {"total"}


def test_a_helper_that_is_given_only_constants_asserts_nothing() -> None:
    source = "def check(a, b):\n    assert a == b\n\ndef test_a():\n    check(3, 3)\n"
    assert forces(source) == [Force.NOTHING]
    assert code(source).tests["check"].helper


def test_helpers_that_call_each_other_without_end_are_followed_a_little() -> None:
    source = "def a():\n" + "    b()\n" * 50 + "def b():\n" + "    a()\n" * 50 + "def test_a():\n    a()\n"
    assert forces(source) == []


def test_skips_marks_and_patches_are_listed() -> None:
    source = """
import pytest
pytest.importorskip("x")
@pytest.mark.slow
@pytest.mark.skipif(True, reason="r")
def test_a(monkeypatch):
    monkeypatch.setattr("shop.total", 1)
    pytest.skip("now")
class TestB:
    __test__ = False
    def test_c(self): ...
class TestD:
    def test_e(self): ...
"""
    found = code(source)
    assert [mark.text for mark in found.skips] == ["pytest.importorskip"]
    assert [mark.text for mark in found.tests["test_a"].skips] == ["pytest.mark.skipif", "pytest.skip"]
    assert found.tests["test_a"].marks == {"slow", "skipif"}
    assert found.tests["test_a"].patches == patched(ast.parse('patch("shop.total")')) == {"total"}
    assert set(found.tests) == {"test_a", "TestD::test_e"}
    assert found.imports == {("pytest", ""): 2}


def test_a_file_that_is_not_collected_has_helpers_only() -> None:
    found = read("tests/checks.py", ast.parse("def test_a():\n    assert f(1) == 2\n"), {})
    assert found.tests["test_a"].helper
