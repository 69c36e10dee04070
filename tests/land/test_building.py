"""What a judgement of several at once comes to: landed together, or told apart until the bad one is alone."""

from dataclasses import replace

import pytest

from windlass import events
from windlass.dispatch import TaskStatus
from windlass.land import LandingState, records
from windlass.land.model import Cause, Said
from windlass.plan import Demand
from windlass.ratchet import records as ratchet_rows
from windlass.verify import Outcome
from windlass.verify.patch import Bound, Patch

LANDED, EJECTED = LandingState.LANDED, LandingState.EJECTED


@pytest.fixture
def database(sqlite):
    """What is said here is the same on both; the rows' own tests and those of riding run on both."""
    return sqlite


def batches(plant):
    return plant.database.read(lambda tx: records.batches.judged(tx, plant.site.repository.id, "main"))


@pytest.mark.parametrize("bad", ["v", "x"])
def test_the_bad_one_is_found_and_the_others_land(plant, bad):
    names = ("v", "w", "x")
    plant.gate.bad.add(bad)
    ended = plant.settled(*plant.lined_up(*names))
    assert [one.state for one in ended] == [EJECTED if name == bad else LANDED for name in names]
    out = ended[names.index(bad)]
    assert (out.cause, out.reason) == (Cause.RED, "test_x fails")
    assert plant.task(out.task_id).status is TaskStatus.PENDING
    assert plant.git("rev-parse", "main^{tree}") in plant.gate.judged
    assert bad not in plant.git("ls-tree", "--name-only", "main").split()


def test_a_red_batch_is_told_to_everybody_who_was_in_it(plant):
    plant.gate.bad.add("y")
    two = plant.lined_up("x", "y")
    plant.settled(*two)
    (batch,) = batches(plant)
    assert (batch.said, batch.reason, batch.members) == (Said.RED, "test_x fails", tuple(two))
    for task in (1, 2):
        (told,) = plant.told(task, "landing.split")
        assert (told["batch"], told["tasks"], told["reason"]) == (batch.id, [1, 2], "test_x fails")


def test_two_that_break_each_other_do_not_both_land(plant):
    """Each is green by itself; the tree that holds both is red."""
    plant.gate.at_odds = frozenset({"x", "y"})
    ended = plant.settled(*plant.lined_up("x", "y"))
    assert [one.state for one in ended] == [LANDED, EJECTED]


def test_who_could_not_be_judged_together_is_judged_alone(plant):
    two = plant.lined_up("x", "y")
    plant.gate.paths_max = 1
    ended = plant.settled(*two)
    assert [one.state for one in ended] == [LANDED] * 2
    (batch,) = batches(plant)
    assert batch.said is Said.UNCLEAR
    assert batch.doubted == set(two)


def test_what_a_person_has_to_look_at_is_asked_one_by_one(plant):
    two = plant.lined_up("x", "y")
    plant.gate.doubts = ("test_a now expects 3",)
    ended = plant.settled(*two)
    assert [(one.state, one.cause) for one in ended] == [(LandingState.BLOCKED, Cause.SCOPE)] * 2
    assert len(plant.gate.judged) == 3


def test_a_split_does_not_count_as_a_branch_that_moved(plant):
    plant.site = replace(plant.site, tries_max=1)
    plant.gate.bad.add("y")
    ended = plant.settled(*plant.lined_up("x", "y", "z"))
    assert [one.state for one in ended] == [LANDED, EJECTED, LANDED]


def test_a_tree_that_is_known_to_pass_lands_without_the_others(plant):
    two = plant.lined_up("x", "y")
    done = plant.run(two[0], known=lambda *_: True)
    assert done.state is LANDED
    assert plant.landing(two[1]).state is LandingState.QUEUED
    assert batches(plant) == []


def test_who_waits_alone_is_judged_alone_and_leaves_no_batch(plant):
    (one,) = plant.lined_up("x")
    assert plant.run(one).state is LANDED
    assert batches(plant) == []


def test_the_limit_of_the_day_counts_who_is_ahead_in_the_batch(plant):
    plant.with_scope(daily_prs=2)
    ended = plant.settled(*plant.lined_up("x", "y", "z"))
    assert [one.state for one in ended] == [LANDED, LANDED, LandingState.BLOCKED]
    assert "2 changes today" in ended[2].reason


def test_events_of_a_batch_are_those_of_every_landing(plant):
    plant.settled(*plant.lined_up("x", "y"))
    seen = plant.database.read(lambda tx: [e.kind for e in events.history(tx, task=2)])
    moves = [kind for kind in seen if kind.startswith("landing.")]
    assert moves == ["landing.queued", "landing.riding", "landing.landed"]


def test_what_was_measured_of_a_batch_counts_once_for_its_last_commit(plant):
    plant.gate.coverage = {"tests": 91.0}
    plant.settled(*plant.lined_up("x", "y"))
    points = plant.database.read(lambda tx: ratchet_rows.points(tx, plant.site.repository.id, "coverage"))
    assert [(point.value, point.commit) for point in points] == [(91.0, plant.git("rev-parse", "main"))]


def test_only_who_adds_too_little_that_tests_ran_is_asked_about_out_of_a_batch(plant):
    many, few = frozenset(range(1, 91)), frozenset(range(1, 11))
    plant.gate.patch = Patch({"x": many}, {"y": few}, why="")
    ended = plant.settled(*plant.lined_up("x", "y"))
    assert [one.state for one in ended] == [LANDED, LandingState.BLOCKED]
    assert ended[1].reason == (
        "patch_coverage: 0.0 % of 10 added lines ran, at least 80 %; not run: y:1-10"
    )  # fmt: skip


def test_where_it_is_refused_the_worker_is_told_the_lines(plant):
    few = frozenset(range(1, 11))
    refusing = Bound(below=Demand.REFUSE)
    plant.gate.patch = Patch({"x": frozenset(range(1, 91))}, {"y": few}, why="", bound=refusing)
    pair = plant.gate(plant.site, plant.site.mirror.write_tree({}), "", ("x", "y"))
    assert pair.outcome is Outcome.PASSED, "nine of ten lines of the batch ran"
    assert pair.part("t", "b", ("x",)).outcome is Outcome.PASSED
    alone = pair.part("t", "b", ("y",))
    assert alone.outcome is Outcome.FAILED
    short = "0.0 % of 10 added lines ran, at least 80 %; not run: y:1-10"
    assert alone.reasons == (f"patch coverage: {short} (add tests that run them)",)
