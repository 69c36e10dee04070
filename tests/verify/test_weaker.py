"""What tests demand less, rule by rule; the cheating suite has whole changes."""

import ast

import pytest

from windlass.verify.objection import Grade
from windlass.verify.testcode import read
from windlass.verify.weaker import Both, weaker

PATH = "tests/test_a.py"
HEAD = "from shop import f, g\n\n"


def both(before: str, after: str | None, **more: frozenset[str]) -> Both:
    sides = [
        {} if source is None else {PATH: read(PATH, ast.parse(HEAD + source), {})}
        for source in (before, after)
    ]
    return Both(sides[0], sides[1], **more)  # type: ignore[arg-type]  # sets by name


def found(before: str, after: str | None, **more: frozenset[str]) -> list[tuple[Grade, str]]:
    return [(one.grade, one.what) for one in weaker(both(before, after, **more)).objections]


ONE = "def test_a():\n    assert f(1) == 2\n"


@pytest.mark.parametrize(
    ("after", "what"),
    [
        ("def test_a():\n    f(1)\n", "removes from test_a: f(1) == 2"),
        ("def test_a():\n    assert f(1)\n", "weakens test_a: f(1) == 2 -> f(1)"),
        ("def test_a():\n    if g():\n        assert f(1) == 2\n", "weakens test_a: f(1) == 2 -> f(1) == 2"),
        ("def test_b():\n    assert g(7) == 8\n", "the test test_a is gone: f(1) == 2"),
        ("@pytest.mark.xfail\n" + ONE, "test_a has a new pytest.mark.xfail"),
        ("pytestmark = pytest.mark.skip\n" + ONE, "the whole file has a new pytest.mark.skip"),
        ("@pytest.mark.slow\n" + ONE, "test_a has the mark slow, which is deselected"),
        ('def test_a(m):\n    m.setattr("shop.f", g)\n    assert f(1) == 2\n',
         "test_a replaces f, which it is there to test"),
    ],
)  # fmt: skip
def test_what_is_lost_is_refused_and_named(after: str, what: str) -> None:
    assert (Grade.REFUSE, what) in found(ONE, after, out=frozenset({"slow"}))


def test_a_stand_in_for_the_product_is_refused() -> None:
    code = read(PATH, ast.parse(f"from shop import g\n\ndef f(x):\n    return 2\n\n{ONE}"), {})
    (one,) = weaker(Both(both(ONE, ONE).before, {PATH: code})).objections
    assert str(one) == f"{PATH}:3: f was imported from shop and is made up here now (test the real one)"


@pytest.mark.parametrize(
    "after",
    [
        "def test_a():\n    assert 2 == f(1)\n",
        "def test_a():\n    x = 1\n    y = 2\n    assert f(x) == y\n",
        "def test_better_name():\n    assert f(1) == 2\n",
        "def test_a():\n    assert (f(1), g(3)) == (2, 4)\n",
        "class TestF:\n    def test_a(self):\n        assert f(1) == 2\n",
        "def test_a():\n    with raises(KeyError):\n        f(0)\n    assert f(1) == 2\n",
    ],
)
def test_the_same_in_other_words_is_no_loss(after: str) -> None:
    assert found(ONE, after) == []


def test_other_values_are_a_question_and_not_a_loss() -> None:
    assert found(ONE, ONE.replace("2", "3")) == [
        (Grade.EXPECT, "alters what test_a expects: f(1) == 2 -> f(1) == 3")
    ]


def test_a_looser_limit_is_named_with_both_numbers() -> None:
    old = "def test_a():\n    assert f(1) < 2\n"
    assert found(old, old.replace("2", "90")) == [
        (Grade.REFUSE, "loosens a limit in test_a: f(1) < 2 -> f(1) < 90")
    ]
    assert [grade for grade, _ in found(old, old.replace("2", "1.5"))] == [Grade.EXPECT]


def test_cases_that_are_gone_and_cases_that_say_something_else() -> None:
    rows = '@pytest.mark.parametrize("n", [1, 2, 3])\ndef test_a(n):\n    assert f(n) == g(n)\n'
    assert found(rows, rows.replace(", 3", "")) == [(Grade.REFUSE, "removes 1 cases from test_a: 3")]
    assert found(rows, rows.replace("3", "4")) == [(Grade.EXPECT, "alters cases of test_a: 3")]
    assert found(rows, rows.replace("3", "3, 4")) == []


def test_a_test_may_go_with_the_code_it_speaks_of() -> None:
    gone = frozenset({"f"})
    assert found(ONE, None, deleted=gone, vanished=gone) == []
    assert weaker(both(ONE, None, deleted=gone, vanished=gone)).excused == {f"{PATH}::test_a"}
    assert found(ONE, None, vanished=gone) == [(Grade.REFUSE, "the test test_a is gone: f(1) == 2")]


def test_a_renamed_function_takes_its_assertions_along() -> None:
    lost = {"vanished": frozenset({"f"}), "blind": frozenset({f"{PATH}::test_a"})}
    assert found(ONE, ONE.replace("f(", "h("), **lost) == []
    calm = "@calm\n" + ONE.replace("f(", "h(")
    assert found(ONE, calm, **lost) == [(Grade.EXPECT, "rewrites test_a together with what it imports")]
    assert [grade for grade, _ in found(ONE, ONE.replace("f(", "h("))] == [Grade.REFUSE]


def test_what_became_of_a_test_is_told() -> None:
    def successors(before: str, after: str | None) -> dict[str, str]:
        return dict(weaker(both(before, after)).successors)

    two = ONE + "def test_b():\n    assert g(3) == 4\n"
    assert successors(two, two) == {}
    assert successors(two, two.replace("test_b", "test_c")) == {f"{PATH}::test_b": f"{PATH}::test_c"}
    assert successors(two, ONE + "    assert g(3) == 4\n") == {f"{PATH}::test_b": ""}
    rows = '@pytest.mark.parametrize("n", [1, 2])\ndef test_a(n):\n    assert f(n)\n'
    assert successors(rows, rows) == {f"{PATH}::test_a": f"{PATH}::test_a"}
