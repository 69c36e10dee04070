"""A landing whose process dies at every point is landed exactly once."""

import contextlib
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tests.journeys.warm import warm

from windlass import events
from windlass.dispatch import TaskStatus
from windlass.land import LandingState, Mode

POINTS = (
    "begin",
    "build",
    "candidate",
    "judged",
    "intend",
    "land",
    "publish",
    "published",
    "record",
    "recorded",
)
BATCH_POINTS = (
    "batched",
    "chained",
    "judged",
    "split",
    "intend",
    "publish",
    "published",
    "record",
    "recorded",
)
FIX = {"a.txt": b"ONE\ntwo\nthree\n"}


DYING = str(Path(__file__).parent / "dying.py")
DYING_S = 300


class Died(Exception):
    pass


def dying(plant, tmp_path, *words: object) -> "subprocess.CompletedProcess[str]":
    """A process of its own that lands, or dies at a point."""
    command = [DYING, plant.database.url, str(tmp_path / "home"), str(plant.user), *map(str, words)]
    return warm().run(command, os.environ, DYING_S)


def landed_once(plant, task, done):
    assert done.state is LandingState.LANDED
    assert plant.git("rev-list", "--count", "main") == "2"
    assert plant.git("rev-parse", "main^{tree}") == done.tree
    assert plant.git("fsck", "--strict", "--no-dangling") == ""
    assert plant.site.mirror.fsck() == []
    assert plant.task(task).status is TaskStatus.COMPLETED
    seen = [event.kind for event in plant.database.read(lambda tx: events.history(tx, task=task))]
    assert [seen.count(kind) for kind in ("landing.landing", "landing.landed", "task.completed")] == [1, 1, 1]


@pytest.mark.slow
def test_a_process_that_dies_at_every_point_lands_once(plant, tmp_path):
    """Each restart gets one point further, so every point is also met by a resumed run."""
    task, fence = plant.submitted(FIX)
    landing_id = plant.queue(task, fence, Mode.LAND)
    for point in POINTS:
        died = dying(plant, tmp_path, landing_id, point)
        assert died.returncode == 9, (point, died.stdout, died.stderr)
    ended = dying(plant, tmp_path, landing_id, "-")
    assert ended.stdout.strip() == "landed", ended.stderr
    landed_once(plant, task, plant.run(landing_id))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("point", "at_once"),
    [*((point, 1) for point in ("chained", "split", "publish", "recorded")),
     *((point, 3) for point in ("chained", "judged", "publish", "recorded"))],
)  # fmt: skip
def test_a_batch_whose_leader_breaks_at_any_point_lands_each_of_them_once(plant, point, at_once):
    """Every time somebody else goes on first, as after a restart."""
    plant.gate.bad.add("y")
    plant.site = replace(plant.site, at_once=at_once)
    three, died = plant.lined_up("w", "x", "y"), []

    def die(name):
        if name == point and not died:
            died.append(name)
            raise Died

    for one in three:
        with contextlib.suppress(Died):
            plant.run(one, mark=die)
    ended = plant.settled(*reversed(three))[::-1]
    assert died == [point]
    assert [one.state.value for one in ended] == ["landed", "landed", "ejected"]
    each_landed_once(plant, ended[:2])


def each_landed_once(plant, landed):
    assert plant.git("rev-list", "--count", "main") == str(1 + len(landed))
    assert set(plant.git("rev-list", "main", "-n", str(len(landed))).split()) == {
        one.commit for one in landed
    }
    assert plant.git("rev-parse", "main^{tree}") in plant.gate.judged
    assert plant.git("fsck", "--strict", "--no-dangling") == ""
    for one in landed:
        assert plant.task(one.task_id).status is TaskStatus.COMPLETED
        assert len(plant.told(one.task_id, "landing.landed")) == 1
        assert len(plant.told(one.task_id, "task.completed")) == 1


@pytest.mark.nightly
@pytest.mark.parametrize("at_once", ["1", "3"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_batch_whose_leader_is_killed_at_every_point_lands_each_of_them_once(
    plant, tmp_path, monkeypatch, at_once
):
    """Killed at a point, the same process begins again and is killed at the next; then all go on."""
    monkeypatch.setenv("AT_ONCE", at_once)
    four = plant.lined_up("v", "w", "x", "y")
    for point in BATCH_POINTS:
        if point == "split" and at_once != "1":
            continue  # of several batches one is green at once
        died = dying(plant, tmp_path, four[0], point, "y")
        assert died.returncode == 9, (point, died.stdout, died.stderr)
    plant.gate.bad.add("y")
    ended = plant.settled(*four)
    assert [one.state.value for one in ended] == ["landed", "landed", "landed", "ejected"]
    plant.gate.judged.append(plant.git("rev-parse", "main^{tree}"))
    each_landed_once(plant, ended[:3])


@pytest.mark.slow
def test_two_processes_that_race_for_one_landing_land_it_once(plant, tmp_path):
    task, fence = plant.submitted(FIX)
    landing_id = plant.queue(task, fence, Mode.LAND)
    with ThreadPoolExecutor(3) as racers:
        ended = list(racers.map(lambda _: dying(plant, tmp_path, landing_id, "-"), range(3)))
    assert [one.stdout.strip() for one in ended] == ["landed"] * 3, ended
    landed_once(plant, task, plant.run(landing_id))


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("mode", [Mode.LAND, Mode.PROPOSE])
def test_a_run_that_breaks_once_is_resumed(plant, point, mode):
    task, fence = plant.submitted(FIX)
    landing_id = plant.queue(task, fence, mode)

    def die(name):
        if name == point:
            raise Died

    with pytest.raises(Died):
        plant.run(landing_id, mark=die)
    done = plant.run(landing_id)
    if mode is Mode.LAND:
        landed_once(plant, task, done)
    else:
        assert done.state is LandingState.PROPOSED
        assert plant.git("rev-parse", f"windlass/{task}") == done.commit
        assert plant.git("rev-list", "--count", "main") == "1"


def test_what_landed_before_the_crash_is_recognised_below_later_commits(plant):
    task, fence = plant.submitted(FIX)
    landing_id = plant.queue(task, fence, Mode.LAND)

    def die(name):
        if name == "published":
            raise Died

    with pytest.raises(Died):
        plant.run(landing_id, mark=die)
    plant.git("commit", "-q", "--allow-empty", "-m", "a person went on")
    done = plant.run(landing_id)
    assert done.state is LandingState.LANDED
    assert plant.git("rev-parse", "main^") == done.commit
    assert plant.git("rev-list", "--count", "main") == "3"
