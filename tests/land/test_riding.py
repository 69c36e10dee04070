"""Several landings by one move of the branch: all of them on record before, all of them or none after."""

import threading

import pytest

from windlass import dispatch
from windlass.dispatch import TaskStatus
from windlass.land import LandingState, provenance, records, riding
from windlass.land.model import Cause

LANDED, QUEUED = LandingState.LANDED, LandingState.QUEUED


BOTH = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def database(request, sqlite):
    """SQLite, but where a test asks for both: what differs is who waits for whose rows."""
    return request.getfixturevalue(request.param) if hasattr(request, "param") else sqlite


class Stop(Exception):
    pass


def stopped(plant, landing, point):
    """Run one until just before `point`, as if the process had ended there."""

    def stop(name):
        if name == point:
            raise Stop

    with pytest.raises(Stop):
        plant.run(landing, mark=stop)


@BOTH
def test_three_that_wait_land_by_one_judgement_and_one_move(plant):
    three = plant.lined_up("x", "y", "z")
    before = plant.git("rev-parse", "main")
    done = plant.run(three[0])
    landed = [plant.landing(one) for one in three]
    assert [one.state for one in landed] == [LANDED] * 3
    assert plant.gate.judged == [landed[-1].tree] == [plant.git("rev-parse", "main^{tree}")]
    assert [one.base for one in landed] == [before, landed[0].commit, landed[1].commit]
    assert plant.git("rev-parse", "main") == landed[-1].commit
    assert plant.git("reflog", "show", "--format=%gs", "main").splitlines()[0].endswith("task 1, 2, 3")
    assert {plant.task(one.task_id).status for one in landed} == {TaskStatus.COMPLETED}
    assert done.advice.endswith(f"read-tree -m -u {before} {landed[-1].commit}")
    assert "Windlass-Batch: 2 of 3" in plant.git("log", "-1", "--format=%B", "main^")
    assert f"Windlass-Evidence: tree {done.tree}" not in plant.git("log", "--format=%B", "main")
    assert plant.git("fsck", "--strict", "--no-dangling") == ""


@BOTH
@pytest.mark.parametrize("bad", ["", "z"])
def test_racers_for_one_batch_decide_it_once(plant, bad):
    plant.gate.bad.add(bad)
    three, barrier, failed = plant.lined_up("x", "y", "z"), threading.Barrier(3), []

    def race():
        barrier.wait(60)
        try:
            plant.run(three[0])
        except Exception as error:  # told below, where it fails the test
            failed.append(error)

    threads = [threading.Thread(target=race) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    states = [one.state.value for one in plant.settled(*three)]
    assert states == ["landed", "landed", "ejected" if bad else "landed"]
    assert plant.git("rev-list", "--count", "main") == str(1 + states.count("landed"))
    assert [len(plant.told(task, "landing.landed")) for task in (1, 2)] == [1, 1]


def test_who_rides_is_on_record_before_the_branch_moves(plant):
    three = plant.lined_up("x", "y", "z")
    stopped(plant, three[0], "publish")
    states = [plant.landing(one).state for one in three]
    assert states == [LandingState.LANDING, LandingState.RIDING, LandingState.RIDING]
    assert plant.run(three[1]).state is LandingState.RIDING
    assert plant.git("rev-list", "--count", "main") == "1"
    assert [one.state for one in plant.settled(*three)] == [LANDED] * 3


@BOTH
def test_a_branch_that_moved_lets_them_go_and_all_land_on_it(plant):
    three = plant.lined_up("x", "y", "z")
    stopped(plant, three[0], "land")
    plant.git("commit", "-q", "--allow-empty", "-m", "a person went on")
    assert [one.state for one in plant.settled(*three)] == [LANDED] * 3
    assert plant.git("rev-list", "--count", "main") == "5"
    assert len(plant.gate.judged) == 2
    assert len(plant.told(2, "landing.landed")) == 1


@pytest.mark.parametrize("what", ["rewritten", "deleted"])
def test_a_branch_that_is_gone_lands_none_of_them(plant, what):
    three = plant.lined_up("x", "y", "z")
    stopped(plant, three[0], "land")
    plant.git("checkout", "-q", "--orphan", "other")
    plant.git("commit", "-qm", "another root")
    if what == "deleted":
        plant.git("branch", "-D", "main")
    else:
        plant.git("branch", "-f", "main", "other")
    ended = plant.settled(*three)
    assert [(one.state, one.cause) for one in ended] == [(LandingState.BLOCKED, Cause.MAIN)] * 3
    assert {plant.task(one.task_id).status for one in ended} == {TaskStatus.BLOCKED}


def test_a_move_that_the_repository_refuses_lands_none_of_them_and_is_tried_again(plant):
    """Somebody holds the reference's lock: git says no, nothing is claimed, and the next try lands them."""
    three = plant.lined_up("x", "y", "z")
    lock = plant.user / ".git" / "refs" / "heads" / "main.lock"
    lock.touch()
    with pytest.raises(Exception, match=r"lock"):
        plant.run(three[0])
    assert plant.git("rev-list", "--count", "main") == "1"
    assert LANDED not in {plant.landing(one).state for one in three}
    lock.unlink()
    assert [one.state for one in plant.settled(*three)] == [LANDED] * 3
    assert plant.git("rev-list", "--count", "main") == "4"


def test_a_task_that_is_taken_away_leaves_its_batch(plant):
    three = plant.lined_up("x", "y", "z")
    stopped(plant, three[0], "intend")
    now = plant.clock()
    plant.database.write(lambda tx: dispatch.verdicts.cancel(tx, 2, "ada", "no", now))
    ended = plant.settled(*three)
    assert [one.state for one in ended] == [LANDED, LandingState.EJECTED, LANDED]
    assert ended[1].cause is Cause.STALE
    assert "y" not in plant.git("ls-tree", "--name-only", "main").split()


@pytest.mark.parametrize("member", [0, 1])
def test_a_wrong_tree_anywhere_in_the_batch_lands_nothing(plant, member):
    three = plant.lined_up("x", "y", "z")
    stopped(plant, three[0], "land")
    evil = plant.site.mirror.write_tree({"a.txt": b"EVIL\n"})
    sql = "UPDATE wl_landing SET tree_oid = :tree WHERE id = :id"
    plant.database.write(lambda tx: tx.execute(sql, id=three[member], tree=evil))
    plant.run(three[0])
    ended = [plant.landing(one) for one in three]
    assert [(one.state, one.cause) for one in ended] == [(LandingState.BLOCKED, Cause.MISMATCH)] * 3
    assert plant.git("rev-list", "--count", "main") == "1"
    assert [one["severity"] for one in plant.told(3, "land.tree-mismatch")] == ["critical"]


def test_commits_that_do_not_stand_on_each_other_land_nothing(plant):
    three = plant.lined_up("x", "y", "z")
    stopped(plant, three[0], "land")
    sql = "UPDATE wl_landing SET base_oid = :base WHERE id = :id"
    base = plant.git("rev-parse", "main")
    plant.database.write(lambda tx: tx.execute(sql, id=three[2], base=base))
    assert plant.run(three[0]).cause is Cause.MISMATCH


def test_a_statement_says_which_tree_was_judged(plant, tmp_path):
    key = provenance.landing_key(tmp_path / "keys")
    three = plant.lined_up("x", "y", "z")
    plant.run(three[0], key=key)
    for number, own in zip(three, ("was not", "was not", "which is this one"), strict=True):
        one = plant.landing(number)
        text = plant.database.read(lambda tx, one=one: provenance.envelope_of(tx, one))
        points = provenance.prove(
            text, key.public, one.commit, plant.site.mirror, evidence=lambda told: told_of(plant, told)
        )
        assert [point.standing.value for point in points[:-1]] == ["holds"] * 5
        batch = next(point for point in points if point.name == "batch")
        assert own in batch.detail


def told_of(plant, told):
    return plant.database.read(lambda tx: provenance.on_record(tx, told))


def test_who_lands_alone_has_no_followers(plant):
    (one,) = plant.lined_up("x")
    stopped(plant, one, "publish")
    lot, whole = plant.database.read(lambda tx: riding.lot(tx, records.landing(tx, one)))
    assert [landing.id for landing, _ in lot] == [one]
    assert whole == plant.landing(one)
