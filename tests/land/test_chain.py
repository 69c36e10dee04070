"""Batches as git sees them: commits on commits, and only of who fits."""

import contextlib

import pytest

from windlass import backlog, dispatch
from windlass.land import LandingState, Mode

LANDED = LandingState.LANDED


@pytest.fixture
def database(sqlite):
    """What is said here is the same on both; the rows' own tests and those of riding run on both."""
    return sqlite


def test_who_cannot_be_merged_on_the_others_waits_for_its_own_turn(plant):
    first = plant.submitted({"a.txt": b"ONE\ntwo\nthree\n"})
    clash = plant.submitted({"a.txt": b"1\ntwo\nthree\n"})
    other = plant.submitted({"b.txt": b"ALPHA\nbeta\n"})
    three = [plant.queue(*one, Mode.LAND) for one in (first, clash, other)]
    plant.run(three[0])
    assert [plant.landing(one).state for one in three] == [LANDED, LandingState.QUEUED, LANDED]
    ended = plant.run(three[1])
    assert (ended.state, ended.cause.value) == (LandingState.EJECTED, "conflict")


def test_who_was_made_without_a_sandbox_does_not_ride(plant):
    (one,) = plant.lined_up("x")
    (loose,) = plant.lined_up("y", sandbox="none")
    plant.run(one)
    assert plant.landing(loose).state is LandingState.QUEUED
    assert plant.run(loose).state is LandingState.PROPOSED


def test_who_breaks_a_limit_does_not_ride_and_is_asked_by_itself(plant):
    one, _ = plant.lined_up("x", "y")
    many = plant.submitted({f"m{n}": b"m" for n in range(4)})
    late = plant.queue(*many, Mode.LAND)
    plant.with_scope(max_files=3)
    plant.run(one)
    assert plant.landing(late).state is LandingState.QUEUED
    assert plant.run(late).state is LandingState.BLOCKED


def test_each_limit_holds_a_member_of_a_batch_and_the_others_land(plant):
    over = {
        "restricted": {"secrets/key": b"x\n"}, "protected": {".gitattributes": b"* filter=x\n"},
        "max_files": {f"n{n}": b"x\n" for n in range(11)}, "max_lines": {"long": b"x\n" * 201},
        "new_dependencies": {"requirements.txt": b"left-pad\n"},
        "max_wsjf": {"worth": b"x\n"}, "label": {"bare": b"x\n"},
    }  # fmt: skip
    good, *late = plant.lined_up("x"), *(plant.queue(*plant.submitted(f), Mode.LAND) for f in over.values())
    rules = dict(zip(over, late, strict=True))

    def prepare(tx):
        for each in (*good, *late):
            item = plant.item_of(plant.landing(each).task_id).id
            if each == rules["max_wsjf"]:
                backlog.set_score(tx, item, backlog.Score(13, 1, 1, 1), 1.0, by="ann")
            if each != rules["label"]:
                backlog.edit_item(tx, item, 1.0, labels=("auto-merge",))

    plant.database.write(prepare)
    plant.with_scope(label="auto-merge")
    assert plant.run(*good).state is LANDED
    ended = {rule: plant.run(one) for rule, one in rules.items()}
    assert {one.state for one in ended.values()} == {LandingState.BLOCKED}
    assert [one.reason.partition(":")[0] for one in ended.values()] == list(over)
    assert plant.git("rev-parse", "main") == plant.landing(*good).commit


def test_a_change_whose_commit_is_nowhere_is_left_out(plant):
    one, lost = plant.lined_up("x", "y")
    task = plant.landing(lost).task_id
    work = plant.database.read(lambda tx: dispatch.submission(tx, task, 1))
    plant.site.mirror.delete_ref(f"refs/windlass/submissions/{work.task_id}/{work.fence}", work.commit)
    sql = "UPDATE wl_submission SET commit_oid = :none WHERE task_id = :task"
    plant.database.write(lambda tx: tx.execute(sql, none="1" * 40, task=work.task_id))
    plant.run(one)
    assert [plant.landing(each).state for each in (one, lost)] == [LANDED, LandingState.QUEUED]


def test_the_same_commits_are_made_at_every_try(plant):
    three, made = plant.lined_up("x", "y", "z"), []
    objects = ("cat-file", "--batch-check", "--batch-all-objects")

    def stop(name):
        if name == "chained":
            made.append(plant.site.mirror.git.run(*objects).text)
            raise InterruptedError

    for _ in range(2):
        with contextlib.suppress(InterruptedError):
            plant.run(three[0], mark=stop)
    assert made[0] == made[1] != ""
