"""The account of conflicts, through landings."""

import pytest
from tests.conflicts.conftest import Plant

from windlass import conflicts, dispatch, land
from windlass.conflicts.account import Ending, Past
from windlass.conflicts.model import Kind
from windlass.dispatch import Submission
from windlass.land import LandingState, Mode
from windlass.land.model import Cause


def known(plant: Plant) -> list[Past]:
    return plant.database.read(lambda tx: conflicts.account.known(tx, plant.site.repository.id))


def handed_back(plant: Plant) -> int:
    """A task whose landing met a conflict in a.txt."""
    first, second = plant.submitted({"a.txt": b"ONE\n"}), plant.submitted({"a.txt": b"1\n"})
    plant.run(plant.queue(*first, Mode.LAND))
    found = plant.run(plant.queue(*second, Mode.LAND))
    assert (found.state, found.cause) == (LandingState.EJECTED, Cause.CONFLICT)
    (past,) = known(plant)
    assert (past.task, past.ending, past.clash.kind) == (second[0], Ending.OPEN, Kind.FILE)
    return second[0]


def again(plant: Plant, task: int, content: bytes, worker: str = "w2") -> land.Landing:
    """The next attempt at a task lands."""
    site, now = plant.site, plant.clock()
    base = site.mirror.sync(site.checkout)

    def claim(tx):
        got = dispatch.claim(tx, [dispatch.lane_id(tx, site.repository.id, "normal")], worker, "n1", now)
        assert got is not None
        assert got[0].id == task
        return got[1]

    lease = plant.database.write(claim)
    files = {one.path: one for one in site.mirror.files(site.mirror.write_tree({"a.txt": content}))}
    tree = site.mirror.overlaid(site.mirror.tree_of(base), drop=(), put=files.values())
    commit = site.mirror.commit(tree, [base], "again", site.author, now)
    site.mirror.set_ref(lease.pin, commit, expected=None)
    work = Submission(task, lease.fence, commit, tree, base, ("a.txt",), 1, "bwrap")
    plant.database.write(lambda tx: dispatch.submit(tx, dispatch.hold(tx, lease, now), work, site.start, now))
    return plant.run(plant.queue(task, lease.fence, Mode.LAND))


ONCE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@ONCE
@pytest.mark.parametrize(("worker", "ending"), [("w2", Ending.AUTHOR), ("person:ann", Ending.PERSON)])
def test_what_was_handed_back_ends_with_the_next_landing_of_its_task(
    plant: Plant, worker: str, ending: Ending
) -> None:
    task = handed_back(plant)
    assert again(plant, task, b"both\n", worker).state is LandingState.LANDED
    (past,) = known(plant)
    assert past.ending is ending
    assert past.ended_at == plant.clock()


@ONCE
def test_what_a_task_ends_without_was_dropped(plant: Plant) -> None:
    task = handed_back(plant)
    plant.database.write(lambda tx: dispatch.verdicts.cancel(tx, task, "ann", "no need", plant.clock()))
    assert [one.ending for one in known(plant)] == [Ending.DROPPED]


@ONCE
def test_a_branch_that_came_to_hold_the_change_ended_it_elsewhere(plant: Plant) -> None:
    task = handed_back(plant)
    assert again(plant, task, b"ONE\n").cause is Cause.EMPTY
    assert [one.ending for one in known(plant)] == [Ending.ELSEWHERE]
