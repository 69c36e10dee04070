"""Whoever waits for a task that will never be completed is told, and a person decides."""

import pytest
from tests.dispatch.test_cannot import answer, questions

from windlass.dispatch import TaskStatus, tick
from windlass.dispatch.records import needs
from windlass.events import history


@pytest.fixture
def waiting(place) -> tuple[int, int]:
    """A task that was cancelled, and one that needs it."""
    lost = place.desk.file(runner="elsewhere")
    waits = place.desk.file(runner="elsewhere", needs=[lost])
    place.desk.cancel(lost)
    tick(place.site, place.site.clock())
    return lost, waits


def test_it_is_blocked_because_of_the_other_and_a_person_is_asked_once(
    place, waiting: tuple[int, int]
) -> None:
    lost, waits = waiting
    task = place.desk.task(waits)
    assert (task.status, task.note) == (
        TaskStatus.BLOCKED, f"it needs task {lost}, which is cancelled: not wanted"
    )  # fmt: skip
    (asked,) = questions(place)
    assert (asked.kind, asked.task, asked.options) == ("needs", waits, ("go-on", "cancel"))
    assert f"needs task {lost}, which is cancelled. Go on without it?" in asked.question
    log = [one.kind for one in place.site.database.read(lambda tx: history(tx, task=waits))]
    assert log == ["task.filed", "task.blocked", "decision.opened"]
    tick(place.site, place.site.clock())
    assert questions(place) == [asked]


def test_it_goes_on_without(place, waiting: tuple[int, int]) -> None:
    answer(place, "go-on")
    task = place.desk.task(waiting[1])
    assert (task.status, task.unmet, questions(place)) == (TaskStatus.PENDING, 0, [])


def test_it_is_cancelled_and_then_those_who_need_it_are_asked_about(place, waiting: tuple[int, int]) -> None:
    last = place.desk.file(runner="elsewhere", needs=[waiting[1]])
    answer(place, "cancel")
    assert place.desk.status(waiting[1]) is TaskStatus.CANCELLED
    tick(place.site, place.site.clock())
    assert [one.task for one in questions(place)] == [last]


def test_moved_by_hand_it_is_asked_anew(place, waiting: tuple[int, int]) -> None:
    (first,) = questions(place)
    place.desk.unblock(waiting[1])
    tick(place.site, place.site.clock())
    (second,) = questions(place)
    assert second.id != first.id
    assert place.desk.status(waiting[1]) is TaskStatus.BLOCKED


def test_a_need_that_was_filed_anew_is_waited_for(place, waiting: tuple[int, int]) -> None:
    lost, waits = waiting
    new = place.desk.file(runner="elsewhere")
    place.site.database.write(lambda tx: needs.inherit(tx, lost, new))
    tick(place.site, place.site.clock())
    task = place.desk.task(waits)
    assert (task.status, task.unmet, questions(place)) == (TaskStatus.PENDING, 1, [])
