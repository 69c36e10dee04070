"""Whose turn it is, from the rows."""

import pytest

from windlass import backlog, dispatch, policy
from windlass.land import LandingState, Mode, records
from windlass.land.model import Candidate, Cause, Member, Said
from windlass.land.muster import muster, planned


@pytest.fixture
def database(sqlite):
    """What is said here is the same on both; the rows' own tests and those of riding run on both."""
    return sqlite


def called(plant, landing, waiting):
    def look(tx):
        return muster(tx, records.landing(tx, landing), [records.landing(tx, one) for one in waiting], 1)

    return [one.id for one in plant.database.read(look).batches[0]]


def labelled(plant, task, *labels):
    item = plant.item_of(task).id
    now = plant.clock()
    plant.database.write(lambda tx: backlog.edit_item(tx, item, now, labels=labels))


def test_who_is_alone_goes_alone(plant):
    (one,) = plant.lined_up("x")
    assert called(plant, one, []) == [one]
    assert called(plant, one, [one]) == [one]


def test_who_asks_leads_the_batch_it_is_part_of(plant):
    three = plant.lined_up("x", "y", "z")
    assert called(plant, three[1], three) == [three[1], three[0], three[2]]


def test_a_proposal_goes_by_itself(plant):
    one, two = plant.lined_up("x", "y")
    offer = plant.queue(*plant.submitted({"z": b"z"}), Mode.PROPOSE)
    assert called(plant, offer, [one, two, offer]) == [offer]
    assert called(plant, one, [one, two, offer]) == [one, two]


@pytest.mark.parametrize(("label", "expected"), [("hotfix", [1]), ("bulk", [0])])
def test_a_hotfix_is_next_and_bulk_waits_for_an_idle_queue(plant, label, expected):
    two = plant.lined_up("x", "y")
    labelled(plant, 2, label)
    assert called(plant, two[0], two) == [two[at] for at in expected]


def test_a_hotfix_is_started_by_whoever_looks_first(plant):
    two = plant.lined_up("x", "y")
    labelled(plant, 2, "hotfix")
    assert plant.run(two[0]).state is LandingState.QUEUED
    assert any("turn-" in key and name[1]["landing"] == two[1] for key, name in plant.site.start.keys.items())
    assert plant.run(two[1]).state is LandingState.LANDED


def judged(plant, said, *landings):
    """Put on record that these were judged together."""
    made = Candidate("b" * 40, "c" * 40, "d" * 40, "e" * 40, ())

    def keep(tx):
        members = [
            Member(
                records.landing(tx, one), dispatch.chain.whole(tx, one, 1), made, policy.Change((), 1, (), ())
            )
            for one in landings
        ]
        records.batches.keep(tx, members, said, "test_x fails", seconds=60.0, now=plant.clock())

    plant.database.write(keep)
    sql = "UPDATE wl_landing SET tries = tries + 1 WHERE id = :id"
    plant.database.write(lambda tx: tx.execute(sql, id=landings[0]))


def test_who_is_surely_guilty_is_thrown_out_with_the_evidence(plant):
    """Red again and again beside one that has landed since."""
    two = plant.lined_up("x", "y")
    for _ in range(3):
        judged(plant, Said.RED, *two)
    (third,) = plant.lined_up("z")
    plant.run(two[0], known=lambda *_: True)
    assert plant.landing(two[0]).state is LandingState.LANDED
    plant.run(third)
    out = plant.landing(two[1])
    assert (out.state, out.cause) == (LandingState.EJECTED, Cause.RED)
    assert "batch 3: test_x fails" in out.reason
    assert "red in 3 and green in 0 batches" in out.reason
    assert plant.landing(third).state is LandingState.LANDED


def test_about_how_long_it_takes_is_told_from_what_was_measured(plant):
    plant.lined_up("x", "y")

    def look(tx):
        line = records.queued(tx, plant.site.repository.id, "main")
        return planned(tx, line[0], line, records.batches.judged(tx, plant.site.repository.id, "main"), 1)

    assert [one.eta_s for one in plant.database.read(look).line] == [None, None]
    sql = (
        "INSERT INTO wl_verdict"
        " (task_id, fence, tier, tree_oid, base_tree_oid, verdict, reasons, deferred, seconds, at)"
        " VALUES (:task, 1, 1, 't', 'b', 'passed', '[]', '[]', :seconds, 1.0)"
    )
    for task, seconds in ((1, 50.0), (2, 70.0)):
        plant.database.write(lambda tx, t=task, s=seconds: tx.execute(sql, task=t, seconds=s))
    assert [one.eta_s for one in plant.database.read(look).line] == [60.0, 120.0]
