"""What a pause does to landings: none begins, none moves the branch, and each goes on where it was."""

import pytest

from windlass import backlog, land, policy
from windlass.kernel import Unavailable
from windlass.land import LandingState, Mode, records, revert
from windlass.land.reversals import ReversalState

FIX = {"a.txt": b"ONE\ntwo\nthree\n"}


@pytest.fixture
def database(sqlite):
    return sqlite


def pause(plant):
    number = plant.site.repository.id
    plant.database.write(lambda tx: policy.pauses.pause(tx, number, plant.clock(), by="ann", reason="odd"))


def resume(plant):
    number = plant.site.repository.id
    plant.database.write(lambda tx: policy.pauses.resume(tx, number, plant.clock(), by="ann"))


def ticked(plant):
    plant.clock.advance(1_000)
    number = plant.site.repository.id
    return plant.database.write(lambda tx: land.tick(tx, number, plant.site.start, plant.clock()))


class Killed(BaseException):
    """As kill -9: nothing catches it."""


def dies(at):
    def mark(point):
        if point == at:
            raise Killed

    return mark


def paused_at(plant, at):
    def mark(point):
        if point == at:
            pause(plant)

    return mark


@pytest.mark.parametrize("mode", [Mode.LAND, Mode.PROPOSE])
def test_nothing_begins_to_land_and_it_lands_afterwards(plant, mode):
    one = plant.queue(*plant.submitted(FIX), mode)
    pause(plant)
    assert plant.run(one).state is LandingState.QUEUED
    assert plant.gate.judged == []
    assert ticked(plant) == []
    resume(plant)
    assert ticked(plant) == [one]
    assert plant.run(one).state in (LandingState.LANDED, LandingState.PROPOSED)


@pytest.mark.parametrize(
    ("at", "state"),
    [("intend", LandingState.PROVED), ("land", LandingState.LANDING)],
)
def test_what_is_proved_or_intended_waits_and_the_branch_stays(plant, at, state):
    before = plant.git("rev-parse", "main")
    one = plant.queue(*plant.submitted(FIX), Mode.LAND)
    assert plant.run(one, mark=paused_at(plant, at)).state is state
    assert ticked(plant) == []
    assert plant.run(one).state is state
    assert plant.git("rev-parse", "main") == before
    resume(plant)
    assert ticked(plant) == [one]
    assert plant.run(one).commit == plant.git("rev-parse", "main")


def test_what_is_being_checked_goes_on_after_a_kill_and_waits_at_its_end(plant):
    one = plant.queue(*plant.submitted(FIX), Mode.LAND)
    with pytest.raises(Killed):
        plant.run(one, mark=dies("candidate"))
    pause(plant)
    assert plant.landing(one).state is LandingState.BUILDING
    assert ticked(plant) == [one]
    assert plant.run(one).state is LandingState.PROVED


def test_a_branch_that_has_moved_before_a_kill_is_recorded(plant):
    one = plant.queue(*plant.submitted(FIX), Mode.LAND)
    with pytest.raises(Killed):
        plant.run(one, mark=dies("published"))
    pause(plant)
    done = plant.run(one)
    assert (done.state, done.commit) == (LandingState.LANDED, plant.git("rev-parse", "main"))


def test_an_item_with_the_label_holds_a_batch(plant):
    first, second = plant.lined_up("x", "y")
    number = plant.item_of(plant.landing(second).task_id).id
    edit = {"labels": (policy.pauses.LABEL,), "actor": "ann"}
    plant.database.write(lambda tx: backlog.edit_item(tx, number, 1.0, **edit))
    assert [plant.run(one).state for one in (first, second)] == [LandingState.QUEUED] * 2


def test_no_revert_is_filed_and_an_answer_is_done_afterwards(plant):
    one = plant.run(plant.queue(*plant.submitted(FIX), Mode.LAND))
    why = revert.Why("it broke main")
    plant.database.write(lambda tx: revert.ask(tx, one, why, plant.clock()))
    asked = plant.database.read(lambda tx: policy.open_decisions(tx))[0]
    plant.database.write(lambda tx: policy.answer(tx, asked.id, revert.REVERT, "ann", plant.clock()))
    pause(plant)
    with pytest.raises(Unavailable, match="the revert waits: ann paused"):
        revert.take_back(plant.site, one, why)
    revert.tick(plant.site)
    number = plant.site.repository.id
    assert len(plant.database.read(lambda tx: records.reversals.underway(tx, number))) == 1
    assert len(plant.database.read(lambda tx: land.landings(tx, number))) == 1
    resume(plant)
    revert.tick(plant.site)
    (row,) = plant.database.read(lambda tx: records.reversals.underway(tx, number))
    assert row.state is not ReversalState.ASKED
