"""A budget that is used up is a question, with figures; the answer is all that extends it."""

from dataclasses import replace

import pytest
from tests.dispatch.test_controller import item as item
from tests.dispatch.test_controller import state

from windlass import dispatch, policy
from windlass.backlog import Item, ItemState
from windlass.dispatch import Outcome, TaskStatus, tick
from windlass.dispatch.budget import Budget, Counter
from windlass.dispatch.overspent import KIND
from windlass.kernel import FixedClock
from windlass.policy import Decision

ONCE = Budget(task=((Counter.TURNS, 1),))
DAY = Budget(repository_day=((Counter.TURNS, 1),))


def look(place, budget: Budget) -> list[Decision]:
    place.site = replace(place.site, budget=budget)
    tick(place.site, place.site.clock())
    return place.site.database.read(lambda tx: policy.open_decisions(tx))


def answer(place, budget: Budget, choice: str) -> None:
    (asked,) = look(place, budget)
    place.site.database.write(lambda tx: policy.answer(tx, asked.id, choice, "ada", 3.0))
    assert look(place, budget) == []


def claim(place, budget: Budget):
    def work(tx):
        lanes = [lane.id for lane in dispatch.lanes.rows(tx, 1)]
        return dispatch.claim(tx, lanes, "w", "n1", tx.now(), budgets=((1, budget),))

    return place.site.database.write(work)


@pytest.fixture
def task(place, item: Item) -> int:
    """A task with one turn behind it, and nothing left."""
    [number] = tick(place.site, place.site.clock()).filed
    place.desk.give_up(place.desk.take()[1], Outcome.FAILED, retry=True)
    return number


def test_it_is_asked_once_with_what_it_went_on(place, task: int) -> None:
    (asked,) = look(place, ONCE)
    assert (asked.kind, asked.task, asked.options) == (KIND, task, ("extend", "extend-twice", "stop"))
    assert asked.question == (
        f"The budget of task {task} is used up: 1 turns of 1 turns. Extend it by 1 turns?"
    )
    assert asked.context["spent"]["turns"] == 1
    assert asked.context["extend-twice"] == {"turns": 2}
    assert look(place, ONCE) == [asked]
    assert claim(place, ONCE) is None


@pytest.mark.parametrize(("choice", "turns"), [("extend", 1), ("extend-twice", 2)])
def test_more_is_given_once_and_then_asked_for_again(place, task: int, choice: str, turns: int) -> None:
    answer(place, ONCE, choice)
    for _ in range(turns):
        look(place, ONCE)
        found = claim(place, ONCE)
        assert found is not None
        place.desk.release_node("n1")
    assert claim(place, ONCE) is None
    (again,) = look(place, ONCE)
    assert again.task == task


def test_stop_ends_task_and_item(place, item: Item, task: int) -> None:
    answer(place, ONCE, "stop")
    assert place.desk.status(task) is TaskStatus.CANCELLED
    assert state(place, item)[0] is ItemState.DECLINED


def test_a_day_may_wait_for_tomorrow_which_takes_the_question_back(
    place, task: int, clock: FixedClock
) -> None:
    (asked,) = look(place, DAY)
    assert asked.options[-1] == "wait-until-tomorrow"
    assert claim(place, DAY) is None
    clock.advance(86_400)
    assert look(place, DAY) == []
    assert claim(place, DAY) is not None
    (other,) = look(place, DAY)
    assert other.key != asked.key


def test_waiting_is_an_answer_that_is_not_asked_for_again(place, task: int) -> None:
    answer(place, DAY, "wait-until-tomorrow")
    assert look(place, DAY) == []
    assert claim(place, DAY) is None


def test_a_larger_limit_in_the_settings_takes_the_question_back_and_a_smaller_one_asks_anew(
    place, task: int
) -> None:
    assert look(place, ONCE)
    assert look(place, Budget(task=((Counter.TURNS, 2),))) == []
    assert look(place, Budget()) == []
    assert len(look(place, ONCE)) == 1
