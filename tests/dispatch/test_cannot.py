"""Whoever cannot do it is heard: a question, and what follows from its answer."""

import pytest
from tests.dispatch.test_controller import item as item
from tests.dispatch.test_controller import state

from windlass import policy
from windlass.backlog import Item, ItemState
from windlass.dispatch import Outcome, TaskStatus, tick
from windlass.policy import Decision


@pytest.fixture
def task(place, item: Item) -> int:
    """A task whose worker said that it cannot be done."""
    [number] = tick(place.site, place.site.clock()).filed
    place.desk.give_up(place.desk.take()[1], Outcome.CANNOT, retry=False)
    tick(place.site, place.site.clock())
    return number


def questions(place) -> list[Decision]:
    return place.site.database.read(lambda tx: policy.open_decisions(tx))


def answer(place, choice: str) -> None:
    (asked,) = questions(place)
    place.site.database.write(lambda tx: policy.answer(tx, asked.id, choice, "ada", 3.0))
    tick(place.site, place.site.clock())


def test_a_task_that_cannot_be_done_is_a_question_with_the_reason_asked_once(place, task: int) -> None:
    (asked,) = questions(place)
    assert (asked.kind, asked.task, asked.options) == ("cannot", task, ("retry", "decline"))
    assert "cannot be done, says its worker: why" in asked.question
    tick(place.site, place.site.clock())
    assert questions(place) == [asked]


def test_try_again_puts_it_back_into_the_queue(place, item: Item, task: int) -> None:
    answer(place, "retry")
    assert place.desk.status(task) is TaskStatus.PENDING
    tick(place.site, place.site.clock())
    assert (state(place, item)[0], questions(place)) == (ItemState.ACTIVE, [])


def test_a_second_no_is_a_second_question(place, task: int) -> None:
    (first,) = questions(place)
    answer(place, "retry")
    place.desk.give_up(place.desk.take()[1], Outcome.CANNOT, retry=False)
    tick(place.site, place.site.clock())
    (second,) = questions(place)
    assert second.id != first.id


def test_declined_ends_task_and_item(place, item: Item, task: int) -> None:
    answer(place, "decline")
    assert place.desk.status(task) is TaskStatus.CANCELLED
    assert state(place, item)[0] is ItemState.DECLINED


def test_the_question_is_taken_back_when_somebody_unblocks_the_task(place, task: int) -> None:
    place.desk.unblock(task)
    tick(place.site, place.site.clock())
    assert questions(place) == []
