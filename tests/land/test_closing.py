"""What the end of a landing means for its task, its item and the next in line."""

import pytest

from windlass import dispatch
from windlass.backlog import ItemState
from windlass.dispatch import TaskStatus
from windlass.land import LandingState, Mode, closing, landings, records
from windlass.land.model import Cause

FIX = {"a.txt": b"ONE\ntwo\nthree\n"}


def queued(plant):
    task, fence = plant.submitted(FIX)
    landing_id = plant.queue(task, fence, Mode.LAND)
    return task, plant.database.read(lambda tx: records.landing(tx, landing_id))


def end(plant, how, *args, **more):
    plant.database.write(lambda tx: how(tx, *args, plant.site.start, now=plant.clock(), **more))


@pytest.mark.parametrize(
    ("cause", "status", "item"),
    [
        (Cause.EMPTY, TaskStatus.COMPLETED, ItemState.OPEN),
        (Cause.RED, TaskStatus.PENDING, ItemState.ACTIVE),
        (Cause.DECLINED, TaskStatus.CANCELLED, ItemState.DECLINED),
    ],
)
def test_an_ejected_landing_tells_its_task_what_is_next(plant, cause, status, item):
    task, landing = queued(plant)
    end(plant, closing.eject, landing, cause, "because")
    assert (plant.task(task).status, plant.item_of(task).state) == (status, item)


def test_the_last_attempt_fails_the_task_and_blocks_its_item(plant):
    task, landing = queued(plant)
    plant.database.write(lambda tx: tx.execute("UPDATE wl_task SET attempts_max = 1 WHERE id = :id", id=task))
    end(plant, closing.eject, landing, Cause.RED, "because")
    assert plant.task(task).status is TaskStatus.FAILED
    assert plant.item_of(task).state is ItemState.BLOCKED


def test_a_task_that_was_taken_away_is_left_alone(plant):
    task, landing = queued(plant)
    plant.database.write(lambda tx: dispatch.verdicts.requeue(tx, task, "ada", "again", plant.clock()))
    end(plant, closing.eject, landing, Cause.RED, "because")
    assert plant.task(task).status is TaskStatus.PENDING
    assert plant.task(task).note == "again"


def test_a_question_keeps_the_task_in_review_and_anything_else_sets_it_aside(plant):
    asking, one = queued(plant)
    broken, two = queued(plant)
    end(plant, closing.block, one, Cause.SCOPE, "large", decision="k")
    end(plant, closing.block, two, Cause.MAIN, "gone")
    assert plant.task(asking).status is TaskStatus.REVIEW_NEEDED
    assert plant.task(broken).status is TaskStatus.BLOCKED
    assert plant.item_of(broken).state is ItemState.BLOCKED


def test_the_end_of_one_starts_the_next_in_line(plant):
    _, first = queued(plant)
    _, second = queued(plant)
    before = len(plant.site.start.keys)
    end(plant, closing.eject, first, Cause.RED, "because")
    assert [inputs for _, inputs in list(plant.site.start.keys.values())[before:]] == [{"landing": second.id}]
    states = [one.state for one in plant.database.read(lambda tx: landings(tx, plant.site.repository.id))]
    assert states == [LandingState.EJECTED, LandingState.QUEUED]
