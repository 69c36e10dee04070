"""A landing that is taken back: by the same judgement and the same move as any other, once, or not at all."""

import json
from dataclasses import replace

import pytest
from tests.land import taken
from tests.land.taken import WHY, filed, landed, names, reversal, taken_back

from windlass import dispatch, land, policy
from windlass.backlog import ItemState
from windlass.dispatch import TaskStatus
from windlass.kernel import Conflict, Invalid
from windlass.land import LandingState, Mode, provenance, revert
from windlass.land.reversals import ReversalState

FIX = {"a.txt": b"ONE\ntwo\nthree\n"}
LANDED = LandingState.LANDED


@pytest.fixture
def plant(plant):
    return taken.confined(plant)


@pytest.fixture
def database(request, sqlite):
    """SQLite, but where a test asks for both: what differs is who waits for whose rows."""
    return request.getfixturevalue(request.param) if hasattr(request, "param") else sqlite


BOTH = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@BOTH
def test_a_landing_is_taken_back_and_what_landed_since_stays(plant):
    bad = landed(plant, {"bad": b"bad"}, title="Add what is bad")
    landed(plant, {"good": b"good"})
    done = taken_back(plant, bad)
    assert done.state is LANDED
    assert "good" in names(plant)
    assert "bad" not in names(plant)
    told = plant.git("log", "-1", "--format=%B", "main")
    assert told.splitlines()[0] == "Revert “Add what is bad”"
    assert f"Windlass-Reverts: {bad.commit}" in told
    assert plant.item_of(done.task_id).state is ItemState.CLOSED
    assert plant.item_of(done.task_id).labels == ("hotfix",)
    assert reversal(plant, bad).state is ReversalState.LANDED


def test_it_is_judged_against_the_tree_it_brings_back(plant):
    seen = []
    before = plant.git("rev-parse", "main^{tree}")
    bad = landed(plant, {"bad": b"bad"})

    def judge(site, tree, base_tree, changed):
        seen.append((tree, base_tree, tuple(changed)))
        return plant.gate(site, tree, base_tree, changed)

    assert land.run(plant.site, filed(plant, bad), judge=judge).state is LANDED
    assert seen == [(before, before, ("bad",))]


def test_a_landing_is_taken_back_once(plant):
    bad = landed(plant, FIX)
    number = filed(plant, bad)
    with pytest.raises(Conflict, match=f"open: task {plant.landing(number).task_id}"):
        revert.take_back(plant.site, bad, WHY)
    plant.run(number)
    with pytest.raises(Conflict, match="is landed"):
        revert.take_back(plant.site, bad, replace(WHY, by="ada"))


def test_a_revert_that_conflicts_lands_nothing_and_asks_a_person(plant):
    bad = landed(plant, FIX)
    landed(plant, {"a.txt": b"one of them\ntwo\nthree\n"})
    head = plant.git("rev-parse", "main")
    ended = taken_back(plant, bad)
    assert (ended.state, ended.cause.value) == (LandingState.EJECTED, "conflict")
    revert.tick(plant.site)
    assert plant.git("rev-parse", "main") == head
    assert reversal(plant, bad).state is ReversalState.ASKED
    (asked,) = plant.database.read(policy.open_decisions)
    assert (asked.kind, asked.task, asked.options) == ("revert", bad.task_id, ("revert", "leave"))
    assert "conflicts with main" in str(asked.context["why_not"])
    assert plant.item_of(bad.task_id).state is ItemState.OPEN


@pytest.mark.parametrize("answer", ["revert", "leave"])
def test_a_revert_that_is_red_lands_nothing_and_goes_by_what_is_answered(plant, answer):
    bad = landed(plant, {"bad": b"bad"})
    plant.gate.bad.add("b.txt")
    assert taken_back(plant, bad).state is LandingState.EJECTED
    revert.tick(plant.site)
    assert "bad" in names(plant)
    plant.gate.bad.clear()
    (asked,) = plant.database.read(policy.open_decisions)
    plant.database.write(lambda tx: policy.answer(tx, asked.id, answer, "ada", plant.clock()))
    revert.tick(plant.site)
    found = reversal(plant, bad)
    if answer == "leave":
        assert found.state is ReversalState.LEFT
        return
    assert (found.state, found.tries, found.by) == (ReversalState.OPEN, 2, "ada")
    offered = plant.database.read(lambda tx: dispatch.submission(tx, found.task, 1))
    dispatch.packs.bring(plant.site, offered)
    plant.run(plant.queue(found.task, 1, Mode.LAND))
    assert "bad" not in names(plant)


def test_several_are_taken_back_in_the_order_they_are_filed_each_alone_and_before_all_others(plant):
    first, second = landed(plant, {"x": b"1"}), landed(plant, {"x": b"2"})
    other = plant.lined_up("y", "z")
    queued = [filed(plant, one) for one in (second, first)]
    plant.run(other[0])
    assert plant.landing(other[0]).state is LandingState.QUEUED
    assert [one.state for one in plant.settled(*queued, *other)] == [LANDED] * 4
    told = plant.git("log", "--format=%s", "-4", "main").splitlines()
    assert [line.startswith("Revert") for line in told] == [False, False, True, True]
    assert names(plant) == ["a.txt", "b.txt", "sub", "y", "z"]


def test_how_much_was_landed_today_does_not_hold_it_and_other_limits_do(plant):
    plant.with_scope(daily_prs=1)
    bad = landed(plant, {"bad": b"bad"})
    plant.with_scope(max_files=0)
    ended = taken_back(plant, bad)
    assert (ended.state, ended.reason) == (LandingState.BLOCKED, "max_files: 1 files, at most 0")


def test_what_a_person_declines_stays(plant):
    bad = landed(plant, {"bad": b"bad"})
    plant.with_scope(max_files=0)
    ended = taken_back(plant, bad)
    asked = plant.database.read(lambda tx: policy.decision(tx, ended.decision))
    plant.database.write(lambda tx: policy.answer(tx, asked.id, "decline", "ada", plant.clock()))
    plant.run(ended.id)
    revert.tick(plant.site)
    assert reversal(plant, bad).state is ReversalState.LEFT
    assert plant.database.read(policy.open_decisions) == []


def test_what_the_branch_does_not_hold_cannot_be_taken_back(plant):
    before = plant.git("rev-parse", "main")
    bad = landed(plant, FIX)
    plant.git("reset", "-q", "--hard", before)
    with pytest.raises(Invalid, match="does not hold"):
        revert.take_back(plant.site, bad, WHY)
    with pytest.raises(Invalid, match="is queued"):
        revert.take_back(plant.site, replace(bad, state=LandingState.QUEUED), WHY)


def test_what_a_person_took_back_meanwhile_is_no_conflict(plant):
    bad = landed(plant, {"bad": b"bad"})
    number = filed(plant, bad)
    plant.git("reset", "-q", "--hard", "main")
    plant.git("revert", "--no-edit", "main")
    plant.run(number)
    revert.tick(plant.site)
    assert reversal(plant, bad).state is ReversalState.LANDED
    assert plant.item_of(bad.task_id).state is ItemState.ACTIVE


def test_a_task_that_somebody_puts_back_into_the_queue_is_not_left_there(plant):
    bad = landed(plant, {"bad": b"bad"})
    task = revert.take_back(plant.site, bad, WHY)
    plant.database.write(lambda tx: dispatch.verdicts.requeue(tx, task, "ada", "", plant.clock()))
    revert.tick(plant.site)
    assert plant.task(task).status is TaskStatus.CANCELLED
    assert reversal(plant, bad).state is ReversalState.ASKED


def test_its_statement_names_what_it_reverts_and_why(plant, tmp_path):
    key = provenance.landing_key(tmp_path / "keys")
    bad = landed(plant, {"bad": b"bad"})
    done = taken_back(plant, bad, key=key)
    text = plant.database.read(lambda tx: provenance.envelope_of(tx, done))
    points = provenance.prove(text, key.public, done.commit, plant.site.mirror, evidence=lambda told: told)
    assert [one.standing.value for one in points[:-1]] == ["holds"] * 4
    assert points[-1]["reverts"] == {
        "commit": bad.commit, "landing": bad.id, "by": "windlass", "reason": WHY.reason,
        "evidence": list(WHY.evidence),
    }  # fmt: skip
    assert json.dumps(points[-1])


@pytest.mark.parametrize("point", ["judged", "published"])
def test_a_revert_whose_process_dies_at_any_point_lands_once(plant, point):
    bad = landed(plant, {"bad": b"bad"})
    number = filed(plant, bad)

    class Died(Exception):
        pass

    def die(name):
        if name == point:
            raise Died

    with pytest.raises(Died):
        plant.run(number, mark=die)
    revert.tick(plant.site)
    assert plant.run(number).state is LANDED
    revert.tick(plant.site)
    assert plant.git("rev-list", "--count", "main") == "3"
    assert len(plant.told(bad.task_id, "landing.reverted")) == 1


@BOTH
def test_filing_is_whole_or_not_at_all(plant):
    """What dies inside of the transaction leaves no row, item or task behind."""
    bad = landed(plant, {"bad": b"bad"})

    def refuse(*_, **__):
        raise RuntimeError("the process ends here")

    with pytest.raises(RuntimeError):
        revert.take_back(replace(plant.site, start=refuse), bad, WHY)
    assert reversal(plant, bad) is None
    assert plant.database.read(lambda tx: len(dispatch.tasks(tx, plant.site.repository.id))) == 1
    assert taken_back(plant, bad).state is LANDED
