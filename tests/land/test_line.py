"""Who stands where in the line for a branch, and how right the risks were."""

import pytest

from windlass.land import LandingState, Mode, line, records
from windlass.land.model import Cause
from windlass.land.queue import Lane


@pytest.fixture
def database(sqlite):
    return sqlite


def places(plant):
    found = plant.database.read(lambda tx: line.line(tx, plant.site.repository.id, "main", 1))
    return [(one.landing.id, one.position) for one in found]


def test_nobody_waits_at_first(plant):
    assert places(plant) == []
    assert plant.database.read(lambda tx: line.calibrated(tx, plant.site.repository.id)) is None


def test_who_is_being_landed_stands_before_all_others(plant):
    three = plant.lined_up("x", "y", "z")
    plant.database.write(lambda tx: records.take_slot(tx, records.landing(tx, three[0]), 1.0))
    assert places(plant) == [(three[0], 0), (three[1], 1), (three[2], 2)]


def test_who_goes_by_itself_stands_before_whoever_is_younger(plant):
    (one,) = plant.lined_up("x")
    offer = plant.queue(*plant.submitted({"y": b"y"}), Mode.PROPOSE)
    (late,) = plant.lined_up("z")
    assert places(plant) == [(one, 1), (offer, 2), (late, 3)]


def test_nothing_is_said_of_time_or_guilt_where_nothing_is_known(plant):
    offer = plant.queue(*plant.submitted({"y": b"y"}), Mode.PROPOSE)
    (place,) = plant.database.read(lambda tx: line.line(tx, plant.site.repository.id, "main", 1))
    assert (place.landing.id, place.lane, place.guilt, place.eta_s) == (offer, Lane.NORMAL, None, None)


def test_risks_are_held_against_what_happened(plant):
    plant.gate.bad.add("y")
    ended = plant.settled(*plant.lined_up("x", "y"))
    assert [one.state for one in ended] == [LandingState.LANDED, LandingState.EJECTED]
    assert ended[1].cause is Cause.RED
    known = plant.database.read(lambda tx: line.calibrated(tx, plant.site.repository.id))
    assert (known.count, known.flat) == (2, 0.25)
