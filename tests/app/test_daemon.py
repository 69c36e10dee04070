"""The loop: its bounds, its limits, and that nothing makes it go round for ever."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.shop import CLEAN, UNUSED, Shop, bench, new_shop

from windlass import backlog, dispatch, land, policy
from windlass.app import Bounds, Daemon, Ended, Plant, Wish, run
from windlass.app.daemon import PACKS_MAX
from windlass.app.engine import Engine
from windlass.app.nodes import Node
from windlass.app.running import Finished
from windlass.app.warden import Warden
from windlass.app.wiring import settings_place, site_of
from windlass.app.workflows import LAND, VERIFY, bodies
from windlass.backlog import ItemState
from windlass.dispatch import TaskStatus
from windlass.kernel import Invalid
from windlass.land import LandingState
from windlass.store import Started

DAY_S = 86_400
HANGS_S = 600.0
"""A run that goes on for so long goes on for ever, on a busy machine too."""


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Shop]:
    """Two tasks' worth of work, one after the other."""
    made = new_shop(tmp_path / "plant", files=2)
    yield made
    made.close()


def go(shop: Shop, *, land: bool = True, tasks_max: int | None = None) -> Finished:
    bounds = Bounds(tasks_max=tasks_max, until=time.time() + HANGS_S)
    return run(
        Wish(repo=shop.repo, land=land), bounds, shop.env, listen=lambda _: None, on_start=lambda *_: None
    )


def states(plant: Plant) -> list[ItemState]:
    return [one.state for one in plant.database.read(lambda tx: backlog.items(tx, plant.repository.id))]


def landings(plant: Plant) -> list[LandingState]:
    return [one.state for one in plant.database.read(lambda tx: land.landings(tx, plant.repository.id))]


def answer_all(plant: Plant, option: str) -> int:
    """Answer every open question; how many there were."""
    asked = plant.database.read(lambda tx: policy.open_decisions(tx, plant.repository.id))
    for one in asked:
        plant.database.write(lambda tx, n=one.id: policy.answer(tx, n, option, "ann", tx.now()))
    return len(asked)


def test_a_run_works_until_nothing_is_left(two: Shop) -> None:
    assert go(two).ended is Ended.IDLE
    plant = two.open()
    assert landings(plant) == [LandingState.LANDED] * 2
    assert states(plant) == [ItemState.CLOSED]


def test_nothing_to_do_is_no_work(shop: Shop) -> None:
    shop.commit({"shop/part_0.py": CLEAN})
    assert go(shop).ended is Ended.IDLE
    assert states(shop.open()) == []


def test_a_task_that_is_tried_three_times_is_one_task(two: Shop) -> None:
    plant = two.open()
    place = settings_place(plant.home, two.repo)
    place.write_text("[verify]\nfast = ['grep -q \"import os\" shop/part_0.py']\npr = ['true']\n")
    done = go(two, tasks_max=1)
    assert done.ended is Ended.TASKS_MAX
    (task,) = plant.database.read(lambda tx: dispatch.tasks(tx, plant.repository.id))
    assert (task.status, task.attempt) == (TaskStatus.FAILED, 3)


def test_work_on_files_of_a_task_that_waits_for_a_person_does_not_keep_a_run_going(tmp_path: Path) -> None:
    shop = new_shop(tmp_path / "plant")
    shop.commit({"shop/part_0.py": CLEAN, "secrets/rate.py": "import os\n\nRATE = 3 \n"})
    plant = shop.open()
    assert go(shop).ended is Ended.IDLE
    assert answer_all(plant, "approve") == 2
    assert go(shop).ended is Ended.IDLE
    assert landings(plant) == [LandingState.BLOCKED]
    assert sorted(s.value for s in states(plant)) == ["active", "routed"]
    assert go(shop).ended is Ended.IDLE

    assert answer_all(plant, "land") == 1
    assert go(shop).ended is Ended.IDLE
    assert landings(plant)[0] is LandingState.LANDED
    assert len(plant.database.read(lambda tx: dispatch.tasks(tx, plant.repository.id))) == 2
    shop.close()


def test_tasks_that_no_runner_takes_do_not_keep_a_run_going(shop: Shop) -> None:
    shop.commit({"shop/part_0.py": CLEAN})
    plant = shop.open()
    plant.mirror.sync(plant.checkout)
    task = bench(plant, Started()).file(runner="ghost")
    assert go(shop).ended is Ended.IDLE
    assert bench(plant, Started()).task(task).status is TaskStatus.PENDING


def test_work_for_agents_outside_is_filed_and_keeps_no_run_going(shop: Shop) -> None:
    plant = shop.open()
    settings_place(plant.home, shop.repo).write_text(
        '[[dispatch.runners]]\nname = "agents"\nkind = "outside"\nlane = "backend"\n'
    )
    assert go(shop).ended is Ended.IDLE
    (task,) = plant.database.read(lambda tx: dispatch.tasks(tx, plant.repository.id))
    assert (task.status, task.spec.runner, task.role) == (TaskStatus.PENDING, "backend", "implementation")


def test_a_lane_that_agents_and_workers_would_share_is_refused_at_once(shop: Shop) -> None:
    plant = shop.open()
    settings_place(plant.home, shop.repo).write_text(
        '[dispatch]\nrunners = ["mechanic", {name = "agents", kind = "outside", lane = "mechanic"}]\n'
    )
    with pytest.raises(Invalid, match="lane 'mechanic'"):
        go(shop)


def test_time_that_is_up_starts_nothing(shop: Shop) -> None:
    bounds = Bounds(until=time.time() - 1)
    done = run(Wish(repo=shop.repo), bounds, shop.env, listen=lambda _: None, on_start=lambda *_: None)
    assert done.ended is Ended.TIME
    plant = shop.open()
    (task,) = plant.database.read(lambda tx: dispatch.tasks(tx, plant.repository.id))
    assert (task.status, task.attempt) == (TaskStatus.PENDING, 0)


def test_a_continuous_run_rests_at_the_daily_limit_and_goes_on_after_midnight(tmp_path: Path) -> None:
    shop = new_shop(tmp_path / "plant", files=2, env={"WINDLASS_AUTONOMY_DAILY_PRS": "1"})
    plant = shop.open(land=True)
    real = time.time()
    ahead = [real - real % DAY_S + DAY_S - 3600 - real]
    engine = Engine(plant.database, node="n1", concurrency={})
    at = bench(plant, engine.start, clock=lambda: time.time() + ahead[0], node="n1")
    node = Node(plant.database, plant.home.path, "n1")
    warden = Warden(plant.database, node, engine, (plant.repository.id,))
    daemon = Daemon(plant, at.site, engine, warden, Bounds(interval_s=0.5))
    until = time.monotonic() + HANGS_S

    def pulse() -> None:
        if at.events("limit.reached") and ahead[0] < DAY_S and landings(plant) == [LandingState.LANDED]:
            assert daemon.told(Ended.DAILY) == "daily limit reached (1 today); the rest waits"
            assert at.read(lambda tx: len(dispatch.attempts(tx, 2))) == 0
            ahead[0] += 2 * DAY_S
        assert time.monotonic() < until, at.read(lambda tx: dispatch.tasks(tx, plant.repository.id))
        if landings(plant) == [LandingState.LANDED] * 2:
            daemon.stop()

    node.join()
    engine.launch(bodies(at.site))
    warden.round()
    try:
        assert daemon.run(pulse) is Ended.STOPPED
    finally:
        node.leave()
        daemon.join(10)
        engine.close()
        shop.close()
    assert landings(plant) == [LandingState.LANDED] * 2
    assert len(at.events("limit.reached")) >= 1


def test_a_mirror_of_many_packs_is_tidied(shop: Shop) -> None:
    plant = shop.open()
    shop.commit({"shop/part_0.py": CLEAN})
    git = ["git", "-C", str(plant.mirror.git_dir)]
    for number in range(PACKS_MAX + 1):
        write = [*git, "hash-object", "-w", "--stdin"]
        oid = subprocess.run(write, input=str(number), text=True, capture_output=True, check=True).stdout
        pack = [*git, "pack-objects", "-q", "objects/pack/pack"]
        subprocess.run(pack, input=oid, text=True, capture_output=True, check=True)
    packs = plant.mirror.git_dir / "objects" / "pack"
    assert len(list(packs.glob("*.pack"))) > PACKS_MAX
    assert go(shop).ended is Ended.IDLE
    assert len(list(packs.glob("*.pack"))) < 10


def test_a_worker_that_finds_a_bug_ends_the_run(shop: Shop) -> None:
    """A claim that cannot be carried out is neither swallowed nor tried for ever."""
    plant = shop.open()
    engine = Engine(plant.database, node="n1", concurrency={VERIFY: 1, LAND: 1})
    site = site_of(plant, engine.start, "n1")
    node = Node(plant.database, plant.home.path, "n1")

    def pulse() -> None:
        plant.database.write(lambda tx: tx.execute("UPDATE wl_task SET spec = '[]'"))

    node.join()
    engine.launch(bodies(site))
    warden = Warden(plant.database, node, engine, (plant.repository.id,))
    warden.round()
    daemon = Daemon(plant, site, engine, warden, Bounds(until=time.time() + HANGS_S))
    try:
        with pytest.raises(Invalid):
            daemon.run(pulse)
    finally:
        node.leave()
        daemon.join(10)
        engine.close()
    assert UNUSED in shop.outside.git("show", "main:shop/part_0.py") + "\n"
