"""The rule of budgets: what is used up, what is left, and by how much an answer extends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.dispatch.budget import (
    UNKNOWN_MAX,
    Budget,
    Counter,
    Purse,
    Standing,
    amount,
    extension,
    told,
)
from windlass.meter import Scope

C = Counter
TASK = Purse(Scope.TASK, "12", "task 12")
NOTHING = dict.fromkeys(C, 0)


def standing(limits, used, **more) -> Standing:
    return Standing(TASK, tuple(limits.items()), used, **more)


@pytest.mark.parametrize(
    ("limits", "used", "spent"),
    [
        ({}, {**NOTHING, C.TURNS: 10**9, C.UNMEASURED: 10**9}, ()),
        ({C.TURNS: 2}, {**NOTHING, C.TURNS: 1}, ()),
        ({C.TURNS: 2}, {**NOTHING, C.TURNS: 2}, (C.TURNS,)),
        ({C.TURNS: 2}, {**NOTHING, C.TURNS: 3}, (C.TURNS,)),
        ({C.TURNS: 2}, {}, (C.TURNS,)),
        ({C.REQUESTS: 1}, {**NOTHING, C.UNMEASURED: 99, C.UNPRICED: 99}, ()),
        ({C.TOKENS: 9}, {**NOTHING, C.UNMEASURED: UNKNOWN_MAX - 1, C.UNPRICED: 99}, ()),
        ({C.TOKENS: 9}, {**NOTHING, C.UNMEASURED: UNKNOWN_MAX}, (C.UNMEASURED,)),
        ({C.MONEY: 9}, {**NOTHING, C.UNPRICED: UNKNOWN_MAX, C.UNMEASURED: 99}, (C.UNPRICED,)),
        ({C.TURNS: 1, C.SECONDS: 5}, {**NOTHING, C.TURNS: 1, C.SECONDS: 5}, (C.TURNS, C.SECONDS)),
    ],
)
def test_what_is_used_up(limits, used, spent) -> None:
    assert standing(limits, used).spent == spent


def test_an_extension_moves_its_own_limit_alone() -> None:
    one = standing({C.TURNS: 2, C.MONEY: 5}, {**NOTHING, C.TURNS: 2, C.MONEY: 5}, extended={C.TURNS: 3})
    assert one.bounds == {C.TURNS: 5, C.MONEY: 5, C.UNPRICED: UNKNOWN_MAX}
    assert (one.spent, one.left(C.TURNS), one.left(C.MONEY), one.left(C.REQUESTS)) == ((C.MONEY,), 3, 0, None)


def test_what_is_not_measured_is_not_left_and_cannot_be_extended() -> None:
    one = standing({C.TURNS: 2}, {})
    assert (one.left(C.TURNS), extension(one, 1), one.spent) == (None, {}, (C.TURNS,))
    assert told(one, one.spent) == "unknown turns of 2 turns"


def test_each_scope_has_its_own_limits_and_none_is_no_budget() -> None:
    budget = Budget(task=((C.TURNS, 1),), repository_day=((C.TURNS, 3),))
    assert [budget.of(s) for s in (Scope.TASK, Scope.AGENT_DAY, Scope.DAY)] == [
        ((C.TURNS, 1),), (), ((C.TURNS, 3),),
    ]  # fmt: skip
    assert budget
    assert not Budget()
    assert not budget.limits(C.TOKENS, C.MONEY)
    assert Budget(agent_day=((C.TOKENS, 1),)).limits(C.TOKENS, C.MONEY)


@pytest.mark.parametrize(
    ("counter", "value", "words"),
    [
        (C.MONEY, 2_500_000, "$2.50"),
        (C.MONEY, None, "an unknown sum"),
        (C.TURNS, 3, "3 turns"),
        (C.SECONDS, None, "unknown seconds"),
    ],
)
def test_values_have_units(counter, value, words) -> None:
    assert amount(counter, value) == words


LIMITED = [C.TURNS, C.FAILURES, C.REQUESTS, C.TOKENS, C.MONEY, C.SECONDS]


@given(
    st.dictionaries(st.sampled_from(LIMITED), st.integers(1, 50)),
    st.fixed_dictionaries({counter: st.integers(0, 200) for counter in C}),
    st.integers(1, 2),
)
def test_after_an_extension_exactly_so_much_is_left_and_the_rest_is_as_it_was(limits, used, times) -> None:
    before = standing(limits, used)
    more = extension(before, times)
    after = standing(limits, used, extended=more)
    assert set(more) == set(before.spent)
    assert after.spent == ()
    for counter, limit in before.bounds.items():
        assert after.left(counter) == (times * limit if counter in more else before.left(counter))


def test_of_two_limits_for_a_task_the_lower_counts() -> None:
    mine = ((C.MONEY, 5), (C.TURNS, 9))
    budget = Budget(task=((C.TURNS, 3), (C.TOKENS, 7)), task_of=(("a", mine),))
    assert dict(budget.of_task("a")) == {C.TURNS: 3, C.TOKENS: 7, C.MONEY: 5}
    assert budget.of_task("b") == budget.task
    assert budget.limits(C.MONEY)
    assert not budget.limits(C.SECONDS)
    assert not Budget()
    assert Budget(windows=(("a", 1, 1.0),))
