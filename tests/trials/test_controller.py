"""Trials on real attempts: leases, fences and pins are those of any task."""

import pytest
from tests.trials.conftest import Arena, variants

from windlass import dispatch, trials
from windlass.dispatch import TaskStatus
from windlass.kernel import Conflict
from windlass.trials import Pattern, TrialState, Variant

DAY_S = 86_400.0


def test_the_best_entry_is_taken_over_and_the_others_are_kept(arena: Arena) -> None:
    trial = arena.open(*variants("poor", "good", "idle"))
    assert arena.task(trial.task).status is TaskStatus.PLANNING
    done = arena.run(trial)
    entries = arena.entries(trial)
    assert (done.state, done.winner) == (TrialState.DECIDED, entries["good"].id)
    assert "GOOD" in arena.show(trial)
    task = arena.task(trial.task)
    assert task.status is TaskStatus.REVIEW_NEEDED
    assert f"verify:{task.id}:{task.fence}" in arena.place.started.keys
    assert entries["poor"].status is TaskStatus.CANCELLED
    pin = dispatch.tries.pin(entries["poor"].id, 1)
    assert arena.site.mirror.ref(pin) is not None
    assert any(line.startswith("Good wins") for line in done.told)


def test_entries_start_from_one_commit_wherever_main_is(lite: Arena) -> None:
    trial = lite.open(*variants("good", "poor"))
    dispatch.work_once(lite.site, "w1")
    (lite.place.repository / "README.md").write_text("moved on\n")
    lite.place.git("commit", "-qam", "more")
    lite.site.mirror.sync(lite.site.checkout)
    dispatch.work_once(lite.site, "w1")
    bases = {
        lite.site.database.read(lambda tx, t=task: dispatch.submission(tx, t.id, t.fence)).base
        for task in lite.entries(trial).values()
    }
    assert bases == {lite.place.base}


def test_an_entry_never_lands_by_itself(lite: Arena) -> None:
    trial = lite.open(*variants("good", "poor"))
    lite.work()
    assert {task.status for task in lite.entries(trial).values()} == {TaskStatus.REVIEW_NEEDED}
    assert not any(key.startswith("land:") for key in lite.place.started.keys)


def test_what_the_gate_refused_cannot_win(lite: Arena) -> None:
    trial = lite.open(*variants("good", "poor"))
    lite.work()
    good = lite.entries(trial)["good"]
    lite.site.database.write(lambda tx: dispatch.verdicts.reject(tx, good.id, good.fence, "red", tx.now()))
    offered = lite.site.database.read(lambda tx: dispatch.submission(tx, good.id, good.fence))
    found = trials.controller.evaluation.Evaluation(offered.tree, "b", 1.0, refused="a test fails")
    lite.site.database.write(lambda tx: trials.records.keep_evaluation(tx, good.id, found.dump()))
    done = lite.run(trial)
    assert done.winner == lite.entries(trial)["poor"].id
    assert any("a test fails" in line for line in done.told)


def test_without_an_entry_a_person_is_asked_and_may_still_choose(lite: Arena) -> None:
    trial = lite.open(*variants("idle"))
    done = lite.run(trial)
    assert (done.state, done.winner) == (TrialState.UNDECIDED, None)
    task = lite.task(trial.task)
    assert task.status is TaskStatus.BLOCKED
    assert "Nobody wins" in task.note
    with pytest.raises(Conflict, match="offers no commit"):
        trials.pick(lite.site, lite.entries(trial)["idle"].id, by="ann")


def test_a_person_overrules_the_verdict_and_it_is_on_record(arena: Arena) -> None:
    trial = arena.open(*variants("poor", "good"))
    first = arena.run(trial)
    before = arena.task(trial.task)
    again = trials.pick(arena.site, arena.entries(trial)["poor"].id, by="ann")
    assert (again.decided_by, again.winner) == ("ann", arena.entries(trial)["poor"].id)
    assert again.told[-1] == "ann picked poor instead of good."
    assert set(first.told) <= set(again.told)
    assert arena.task(trial.task).fence > before.fence
    assert "POOR" in arena.show(trial)


def test_a_pick_after_the_landing_is_refused(lite: Arena) -> None:
    trial = lite.run(lite.open(*variants("poor", "good")))
    task = lite.task(trial.task)
    lite.site.database.write(lambda tx: dispatch.verdicts.complete(tx, task.id, task.fence, tx.now()))
    with pytest.raises(Conflict, match="is completed: no other entry can be taken any more"):
        trials.pick(lite.site, lite.entries(trial)["poor"].id, by="ann")
    assert lite.trial(trial.task).winner == trial.winner


def test_the_slow_are_left_behind(lite: Arena) -> None:
    trial = lite.open(*variants("good"), Variant("never", "other"), within_s=60.0)
    worked = dispatch.work_once(lite.site, "w1")
    assert worked is not None
    lite.verify(worked.task_id, worked.fence)
    assert lite.tick() == ()
    lite.site.clock.advance(61)  # type: ignore[attr-defined]  # the test's clock
    assert lite.tick() == (trial.task,)
    assert lite.entries(trial)["never"].status is TaskStatus.CANCELLED
    assert lite.trial(trial.task).state is TrialState.DECIDED


def test_a_trial_ends_with_its_task(lite: Arena) -> None:
    trial = lite.open(*variants("good", "poor"))
    lite.site.database.write(lambda tx: dispatch.verdicts.cancel(tx, trial.task, "ann", "no", tx.now()))
    lite.tick()
    assert lite.trial(trial.task).state is TrialState.ENDED
    assert {task.status for task in lite.entries(trial).values()} == {TaskStatus.CANCELLED}


def test_a_lost_lease_costs_an_entry_only_its_try(lite: Arena) -> None:
    trial = lite.open(*variants("good", "poor"), tries=2)
    number = lite.entries(trial)["good"].id
    lane = lite.entries(trial)["good"].lane
    lite.site.database.write(lambda tx: dispatch.claim(tx, [lane], "dead", "n0", tx.now(), ttl_s=10))
    lite.site.clock.advance(11)  # type: ignore[attr-defined]  # the test's clock
    lite.site.database.write(lambda tx: dispatch.sweep(tx, tx.now()))
    assert lite.task(number).status is TaskStatus.PENDING
    assert lite.run(trial).winner == number


def test_a_tick_that_was_killed_in_between_is_made_up_for(lite: Arena) -> None:
    """Everything a decision changes is one transaction: there is only before and after."""
    trial = lite.open(*variants("good", "poor"))
    lite.work()
    assert lite.tick() == (trial.task,)
    after = lite.task(trial.task)
    assert lite.tick() == ()
    assert lite.task(trial.task) == after


def test_a_chain_of_roles_builds_on_each_other(lite: Arena) -> None:
    trial = lite.run(lite.open(*variants("other", "good"), pattern=Pattern.ROLE))
    assert trial.state is TrialState.DECIDED
    assert "GOOD" in lite.show(trial)
    assert "OTHER" in lite.show(trial, "src/b.py")
    assert lite.offered(trial).base == lite.place.base


def test_parts_are_merged_and_taken_together(arena: Arena) -> None:
    parts = (Variant("a", "good", paths=("src/a.py",)), Variant("b", "other", paths=("src/b.py",)))
    trial = arena.run(arena.open(*parts, pattern=Pattern.PARALLEL))
    assert (trial.state, trial.winner) == (TrialState.DECIDED, None)
    assert "GOOD" in arena.show(trial)
    assert "OTHER" in arena.show(trial, "src/b.py")
    assert {task.status for task in arena.entries(trial).values()} == {TaskStatus.COMPLETED}


def test_parts_that_cannot_be_merged_wait_for_a_person(lite: Arena) -> None:
    parts = (Variant("a", "good", paths=("src/a.py",)), Variant("b", "poor", paths=("src/a.py",)))
    trial = lite.run(lite.open(*parts, pattern=Pattern.PARALLEL))
    assert trial.state is TrialState.UNDECIDED
    assert any("cannot be merged: src/a.py" in line for line in trial.told)


def test_a_tree_grows_from_the_best_of_each_round(lite: Arena) -> None:
    trial = lite.run(lite.open(*variants("good", "poor"), pattern=Pattern.TREE, depth=2))
    assert trial.state is TrialState.DECIDED
    assert lite.show(trial).count("GOOD") == 2
    assert set(lite.entries(trial)) == {"good", "poor", "good.2", "poor.2"}


def test_commits_that_were_not_taken_are_let_go_when_they_are_old(lite: Arena) -> None:
    trial = lite.run(lite.open(*variants("good", "poor")))
    now = lite.site.clock()
    poor = lite.entries(trial)["poor"]
    assert trials.prune(lite.site, now) == ()
    assert trials.prune(lite.site, now + 8 * DAY_S) == (poor.id,)
    assert lite.site.mirror.ref(dispatch.tries.pin(poor.id, 1)) is None
    good = lite.entries(trial)["good"]
    assert lite.site.mirror.ref(dispatch.tries.pin(good.id, 1)) is not None
    assert trials.prune(lite.site, now + 9 * DAY_S) == ()
