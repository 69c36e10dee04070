"""The work that a revert takes away is offered again, with what was seen."""

import pytest
from tests.land import taken
from tests.land.taken import landed, names, taken_back

from windlass import backlog
from windlass.backlog import ItemState
from windlass.dispatch import TaskStatus
from windlass.land import LandingState
from windlass.land.reversals import Why

LANDED = LandingState.LANDED


@pytest.fixture
def database(sqlite):
    return sqlite


@pytest.fixture
def plant(plant):
    return taken.confined(plant)


def test_its_work_is_offered_again_with_what_was_seen(plant):
    bad = landed(plant, {"bad": b"bad"}, title="Add what is bad")
    done = taken_back(plant, bad)
    (told,) = plant.told(bad.task_id, "landing.reverted")
    again = plant.task(told["again"])
    assert (again.title, again.status, again.attempt) == ("Add what is bad", TaskStatus.PENDING, 0)
    assert "test_x: assert 1 == 2" in again.note
    assert again.item_id == plant.task(bad.task_id).item_id
    assert plant.item_of(bad.task_id).state is ItemState.ACTIVE
    assert (told["commit"], told["revert_task"]) == (bad.commit, done.task_id)


def test_a_revert_can_be_taken_back_by_hand_and_offers_nothing_again(plant):
    bad = landed(plant, {"bad": b"bad"})
    done = taken_back(plant, bad)
    back = taken_back(plant, done, Why("it was not the culprit", "ada"))
    assert back.state is LANDED
    assert "bad" in names(plant)
    (told,) = plant.told(done.task_id, "landing.reverted")
    assert told["again"] is None


def test_a_second_time_the_item_waits_for_a_person(plant):
    bad = landed(plant, {"bad": b"bad"})
    taken_back(plant, bad)
    item = plant.item_of(bad.task_id)
    plant.database.write(lambda tx: backlog.move_item(tx, item.id, ItemState.OPEN, plant.clock()))
    worse = landed(plant, {"bad": b"worse"})
    sql = "UPDATE wl_task SET item_id = :item WHERE id = :id"
    plant.database.write(lambda tx: tx.execute(sql, item=item.id, id=worse.task_id))
    taken_back(plant, worse)
    found = plant.database.read(lambda tx: backlog.item(tx, item.id))
    assert found.state is ItemState.BLOCKED
    assert "once more what landed" in found.reason
