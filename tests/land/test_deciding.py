"""Batches that are judged side by side: one of them lands, and all that was said counts."""

import random
import threading
from dataclasses import replace

import pytest

from windlass import backlog
from windlass.kernel import Unavailable
from windlass.land import LandingState, records
from windlass.land.model import Cause, Said
from windlass.sandbox import open_launcher
from windlass.verify import judge_tree

LANDED, EJECTED, QUEUED = LandingState.LANDED, LandingState.EJECTED, LandingState.QUEUED
WAIT_S = 20


@pytest.fixture
def database(sqlite):
    """What is said here is the same on both; the rows' own tests and those of riding run on both."""
    return sqlite


@pytest.fixture
def plant(plant):
    plant.site = replace(plant.site, at_once=3)
    return plant


def batches(plant):
    return plant.database.read(lambda tx: records.batches.judged(tx, plant.site.repository.id, "main"))


def on_main(plant):
    return set(plant.git("ls-tree", "--name-only", "main").split())


def test_they_are_judged_at_the_same_time(plant):
    """None of the judgements ends before all have begun."""
    meet = threading.Barrier(3)
    plant.gate.during = lambda: meet.wait(WAIT_S)
    first = plant.lined_up(*"abcdef")[0]
    plant.run(first)
    assert len(plant.gate.judged) == 3
    assert len(set(plant.gate.judged)) == 3


def test_all_land_by_one_move_where_all_are_good(plant):
    ended = plant.settled(*plant.lined_up(*"abcdef"))
    assert {one.state for one in ended} == {LANDED}
    assert len({one.advice for one in ended}) == 1
    assert max(batches(plant), key=lambda one: len(one.members)).said is Said.GREEN


@pytest.mark.parametrize("seed", range(12))
def test_only_what_is_green_lands_and_only_what_is_red_is_thrown_out(plant, seed):
    chance = random.Random(seed)
    names = "abcdefgh"
    plant.site = replace(plant.site, at_once=chance.choice((2, 3, 4, 8)))
    plant.with_scope(ci_failure_threshold=1.0)
    plant.gate.bad |= {name for name in names if chance.random() < 0.3}
    plant.gate.at_odds = frozenset(chance.sample(names, 2))
    ended = plant.settled(*plant.lined_up(*names))
    there = on_main(plant)
    for name, one in zip(names, ended, strict=True):
        assert one.state is (LANDED if name in there else EJECTED)
        odd = name in plant.gate.at_odds and plant.gate.at_odds - {name} <= there
        assert (name in there) is not (name in plant.gate.bad or odd), (name, one.reason)
    assert plant.git("rev-parse", "main^{tree}") in plant.gate.judged
    assert plant.git("fsck", "--strict", "--no-dangling") == ""
    commits = [one.commit for one in ended if one.state is LANDED]
    assert len(set(commits)) == len(commits)


def test_who_leads_the_green_one_takes_the_branch_over(plant):
    """The holder is bad: what is green without it lands by the judgements of the same round."""
    plant.gate.bad.add("d")
    six = plant.lined_up(*"abcdef")
    assert plant.run(six[3]).state is QUEUED
    (took,) = [one for one in six if plant.landing(one).state is LandingState.PROVED]
    judged = len(plant.gate.judged)
    assert plant.run(took).state is LANDED
    assert len(plant.gate.judged) == judged
    assert on_main(plant) & set("abcdef")
    ended = plant.settled(*six)
    assert [one.state for one in ended] == [*[LANDED] * 3, EJECTED, *[LANDED] * 2]


def test_who_is_red_alone_beside_the_holder_is_thrown_out_at_once(plant):
    plant.gate.bad.add("y")
    ended = plant.settled(*plant.lined_up("x", "y"))
    assert [(one.state, one.cause) for one in ended] == [(LANDED, Cause.NONE), (EJECTED, Cause.RED)]


def test_a_hotfix_lands_before_a_larger_batch(plant):
    six = plant.lined_up(*"abcdef")
    item = plant.item_of(6).id
    plant.database.write(lambda tx: backlog.edit_item(tx, item, plant.clock(), labels=["hotfix"]))
    assert plant.run(six[0]).state is QUEUED
    assert plant.run(six[5]).state is LANDED
    assert on_main(plant) & set("abcdef") == {"f"}


def test_one_that_cannot_be_judged_at_all_says_nothing(plant):
    first, *_ = plant.lined_up(*"abcdef")
    seen = []

    def broken() -> None:
        seen.append(1)
        if len(seen) > 1 and threading.current_thread().name != "batch_0":
            raise Unavailable("no place")

    plant.gate.during = broken
    ended = plant.settled(*range(first, first + 6))
    assert {one.state for one in ended} == {LANDED}


def test_what_was_said_beside_the_holders_batch_has_tries_of_its_own(plant):
    plant.gate.bad.add("a")
    plant.settled(*plant.lined_up(*"abcdef"))
    sql = "SELECT landing_id, tries FROM wl_batch"
    rows = plant.database.read(lambda tx: [(row["landing_id"], row["tries"]) for row in tx.rows(sql)])
    assert len(set(rows)) == len(rows)
    assert any(tries < 0 for _, tries in rows)


def test_what_a_person_has_to_look_at_is_asked_one_by_one(plant):
    six = plant.lined_up(*"abcdef")
    plant.gate.doubts = ("test_a now expects 3",)
    ended = plant.settled(*six)
    assert {(one.state, one.cause) for one in ended} == {(LandingState.BLOCKED, Cause.SCOPE)}


def test_what_cannot_be_told_about_together_is_judged_alone(plant):
    six = plant.lined_up(*"abcdef")
    plant.gate.paths_max = 1
    ended = plant.settled(*six)
    assert {one.state for one in ended} == {LANDED}


def test_a_branch_that_moves_meanwhile_is_built_on_anew(plant):
    six, moved = plant.lined_up(*"abcdef"), []

    def push() -> None:
        with lock:
            if not moved:
                moved.append(1)
                plant.git("commit", "-q", "--allow-empty", "-m", "somebody else's")

    lock = threading.Lock()
    plant.gate.during = push
    ended = plant.settled(*six)
    assert {one.state for one in ended} == {LANDED}
    assert set("abcdef") <= on_main(plant)


@pytest.mark.slow
def test_real_judgements_run_side_by_side_in_the_sandbox(plant):
    """Each in a checkout of its own, with the commands of the settings."""
    commands = ("sh -c 'test ! -e d'",)
    plant.site = replace(plant.site, launcher=open_launcher(), verify={"fast": commands, "pr": commands})
    plant.with_scope(ci_failure_threshold=1.0)
    ended = plant.settled(*plant.lined_up(*"abcdef"), judge=judge_tree)
    assert [one.state for one in ended] == [LANDED, LANDED, LANDED, EJECTED, LANDED, LANDED]
    assert any(one.said is Said.GREEN and len(one.members) > 1 for one in batches(plant))
