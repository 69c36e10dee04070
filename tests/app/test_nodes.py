"""Nodes beat, end when they were declared dead, and bury those that are."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.app.shop import Shop, bench

from windlass import dispatch
from windlass.app.engine import Engine
from windlass.app.nodes import BEAT_EVERY_S, BEAT_LOST_S, FENCED_EXIT, Node, identity
from windlass.app.wiring import Plant
from windlass.dispatch import Outcome, TaskStatus
from windlass.store import Database, Started

CHILD = """
import sys, time
from pathlib import Path
from windlass import dispatch
from windlass.app.engine import Engine
from windlass.app.nodes import Node
from windlass.store import open_database
url, home, lane = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
database = open_database(url)
node = Node(database, home, "first")
node.join()
if lane:
    database.write(lambda tx: dispatch.claim(tx, [lane], "w1", "first", tx.now()))
    engine = Engine(database, node="first", concurrency={})
    def slow(task):
        print("at work", flush=True)
        time.sleep(60)
    engine.launch({"verify": slow})
    database.write(lambda tx: engine.start(tx, "verify", "verify:9", task=9))
else:
    print("at work", flush=True)
time.sleep(60)
"""


@pytest.fixture
def plant(any_shop: Shop) -> Plant:
    return any_shop.open()


@pytest.fixture
def second(plant: Plant) -> Iterator[Node]:
    """A node of the same data home; it leaves at the end, before anybody can mark it dead."""
    node = Node(plant.database, plant.home.path, "second")
    yield node
    node.leave()


def child(plant: Plant, lane: int = 0) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", CHILD, plant.database.url, str(plant.home.path), str(lane)]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert started.stdout.readline() == "at work\n"
    return started


def row(database: Database, node: str) -> dict[str, object]:
    found = database.read(lambda tx: tx.row("SELECT state, beat FROM wl_node WHERE id = :id", id=node))
    assert found is not None
    return dict(found)


def set_row(database: Database, sql: str, **values: str | float) -> None:
    database.write(lambda tx: tx.execute(sql, **values))


def add_row(database: Database, node: str, *, age_s: float) -> None:
    sql = (
        "INSERT INTO wl_node (id, host, pid, state, beat, started_at)"
        " VALUES (:id, 'elsewhere', 1, 'live', :beat, 1)"
    )
    set_row(database, sql, id=node, beat=database.read(lambda tx: tx.now()) - age_s)


def test_a_node_beats_and_ends_at_once_when_it_was_declared_dead(plant: Plant) -> None:
    running = child(plant)
    try:
        first = row(plant.database, "first")["beat"]
        until = time.monotonic() + 4 * BEAT_EVERY_S
        while row(plant.database, "first")["beat"] == first and time.monotonic() < until:
            time.sleep(0.05)
        assert row(plant.database, "first")["beat"] > first
        assert running.poll() is None
        set_row(plant.database, "UPDATE wl_node SET state = 'dead' WHERE id = 'first'")
        assert running.wait(4 * BEAT_EVERY_S) == FENCED_EXIT
    finally:
        running.kill()
        running.communicate()


def test_what_a_killed_node_held_is_given_back_and_its_workflows_go_on(plant: Plant, second: Node) -> None:
    plant.mirror.sync(plant.checkout)
    at = bench(plant, Started())
    task = at.file()
    running = child(
        plant, plant.database.write(lambda tx: dispatch.lane_id(tx, plant.repository.id, "mechanic"))
    )
    assert at.task(task).status is TaskStatus.IN_PROGRESS
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()

    ran: list[int] = []
    engine = Engine(plant.database, node="second", concurrency={})
    assert second.join() == ["first"]
    engine.launch({"verify": lambda task: ran.append(task)})
    try:
        second.bury("first", engine.resume)
        until = time.monotonic() + 20
        while not ran and time.monotonic() < until:
            time.sleep(0.02)
    finally:
        engine.close()
    assert ran == [9]
    found = at.task(task)
    assert (found.status, found.attempt) == (TaskStatus.PENDING, 0)
    (attempt,) = at.read(lambda tx: dispatch.attempts(tx, task))
    assert attempt.outcome is Outcome.NODE_DIED
    assert row(plant.database, "first")["state"] == "dead"
    assert len(at.events("node.buried")) == 1

    second.bury("first", lambda _: 0)
    assert len(at.events("node.buried")) == 1


@dataclass
class Steady:
    """A steady clock that a test moves."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def look_for(node: Node, clock: Steady, seconds: float) -> list[str]:
    """Look every three seconds for so long."""
    found: list[str] = []
    for _ in range(int(seconds / 3)):
        clock.now += 3
        found += node.lost()
    return found


@pytest.fixture
def clock() -> Steady:
    return Steady()


@pytest.fixture
def watcher(plant: Plant, clock: Steady) -> Iterator[Node]:
    node = Node(plant.database, plant.home.path, "watcher", monotonic=clock)
    node.join()
    yield node
    node.leave()


@pytest.mark.parametrize("age_s", [0.0, 3600.0, -3600.0], ids=["now", "long ago", "in the future"])
def test_a_node_is_lost_when_its_beat_was_seen_to_stand_still_and_only_to_one(
    plant: Plant, watcher: Node, clock: Steady, age_s: float
) -> None:
    add_row(plant.database, "silent", age_s=age_s)
    assert look_for(watcher, clock, BEAT_LOST_S) == []
    assert look_for(watcher, clock, 3) == ["silent"]
    assert row(plant.database, "silent")["state"] == "reaping"
    assert look_for(watcher, clock, BEAT_LOST_S) == []
    assert look_for(watcher, clock, 6) == ["silent"]  # whoever was to bury it died over it


def test_a_node_that_beats_is_never_lost_whatever_the_clocks_say(
    plant: Plant, watcher: Node, clock: Steady
) -> None:
    add_row(plant.database, "alive", age_s=0)
    for jump in (0, 3, -3600, -3597, 7200, 7203, 7206, 7209):
        set_row(plant.database, "UPDATE wl_node SET beat = :b WHERE id = 'alive'", b=1_000_000.0 + jump)
        assert look_for(watcher, clock, 12) == []


def test_an_outage_or_a_freeze_of_the_watcher_is_no_silence(
    plant: Plant, watcher: Node, clock: Steady
) -> None:
    add_row(plant.database, "alive", age_s=0)
    assert watcher.lost() == []
    clock.now += 3600
    assert watcher.lost() == []
    assert row(plant.database, "alive")["state"] == "live"


def test_a_beat_at_the_last_moment_saves_a_node(plant: Plant, watcher: Node) -> None:
    add_row(plant.database, "late", age_s=0)
    seen = row(plant.database, "late")["beat"]
    set_row(plant.database, "UPDATE wl_node SET beat = beat + 1 WHERE id = 'late'")
    assert not watcher._reap("late", seen)


def test_homes_at_one_path_of_hosts_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert identity(tmp_path / "one") == identity(tmp_path / "one") != identity(tmp_path / "two")


def test_a_node_that_leaves_gives_everything_back_but_stays_to_be_buried(
    plant: Plant, tmp_path: Path
) -> None:
    """Its workflows may still be at work; only a burial hands them on."""
    at = bench(plant, Started())
    task = at.file()
    node = Node(plant.database, plant.home.path, "third")
    node.join()
    lane = plant.database.write(lambda tx: dispatch.lane_id(tx, plant.repository.id, "mechanic"))
    plant.database.write(lambda tx: dispatch.claim(tx, [lane], "w1", "third", tx.now()))
    node.leave()
    assert at.task(task).status is TaskStatus.PENDING
    assert row(plant.database, "third")["state"] == "left"

    elsewhere = Node(plant.database, tmp_path, "elsewhere")
    assert elsewhere.lost() == ["third"]  # at once: it is gone by its own word
    after = Node(plant.database, plant.home.path, "fourth")
    assert after.join() == ["third"]
    asked: list[str] = []
    after.bury("third", lambda dead: asked.append(dead) or 0)
    after.leave()
    assert asked == ["third"]
    assert row(plant.database, "third")["state"] == "dead"
    assert at.events("node.buried") == []


def test_nodes_of_another_data_home_are_left_alone(plant: Plant, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    other = Node(plant.database, tmp_path / "elsewhere", "other")
    here = Node(plant.database, plant.home.path, "here")
    try:
        assert other.join() == []
        assert here.join() == []
    finally:
        here.leave()
        other.leave()
