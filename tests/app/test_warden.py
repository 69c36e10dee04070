"""Whatever else a process does: it leads, ends dead leases and buries the dead."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.app.shop import Bench, Shop, bench

from windlass import dispatch
from windlass.app.engine import Engine
from windlass.app.leading import leader
from windlass.app.nodes import Node
from windlass.app.warden import Warden
from windlass.dispatch import TaskStatus
from windlass.store import Dialect, Started


@pytest.fixture
def at(any_shop: Shop) -> Bench:
    plant = any_shop.open()
    plant.mirror.sync(plant.checkout)
    return bench(plant, Started())


@pytest.fixture
def warden(at: Bench) -> Iterator[Warden]:
    plant = at.plant
    node = Node(plant.database, plant.home.path, "here")
    node.join()
    engine = Engine(plant.database, node="here", concurrency={}, repositories=(plant.repository.id,))
    engine.launch({"verify": lambda task, fence: None})
    yield Warden(plant.database, node, engine, (plant.repository.id,))
    engine.close()
    node.leave()


def test_it_leads_what_nobody_leads_and_lets_go_at_the_end(at: Bench, warden: Warden) -> None:
    number = at.plant.repository.id
    assert not warden.leads(number)
    warden.round()
    assert warden.leads(number)
    assert not warden.leads(number + 1)
    warden.stop()
    assert at.read(lambda tx: leader(tx, number)) is None


def test_an_expired_lease_ends_without_anybody_asking(at: Bench, warden: Warden) -> None:
    task = at.file()
    lane = at.plant.database.write(lambda tx: dispatch.lane_id(tx, at.plant.repository.id, "mechanic"))
    at.plant.database.write(lambda tx: dispatch.claim(tx, [lane], "w", "elsewhere", tx.now(), ttl_s=0.01))
    time.sleep(0.05)
    warden.round()
    assert at.task(task).status is TaskStatus.PENDING


def test_a_node_that_left_is_buried_in_the_next_round(at: Bench, warden: Warden, tmp_path: Path) -> None:
    gone = Node(at.plant.database, tmp_path, "gone")
    gone.join()
    gone.leave()
    warden.round()
    state = at.read(lambda tx: tx.scalar("SELECT state FROM wl_node WHERE id = 'gone'"))
    assert state == "dead"


def test_a_round_that_fails_is_told_and_the_next_one_goes_on(
    at: Bench, warden: Warden, caplog: pytest.LogCaptureFixture
) -> None:
    sql = "ALTER TABLE wl_lock RENAME TO wl_hidden"
    at.plant.database.write(lambda tx: tx.execute(sql))
    warden.start()
    wait(lambda: "wl_lock" in warden.trouble)
    at.plant.database.write(lambda tx: tx.execute("ALTER TABLE wl_hidden RENAME TO wl_lock"))
    wait(lambda: warden.trouble == "" and warden.round_at > 0)
    warden.stop()
    bugs = [record.exc_info for record in caplog.records if record.name == "windlass.app.warden"]
    assert len(bugs) == (at.plant.database.dialect is Dialect.POSTGRESQL), "SQLite calls this unavailable"


def wait(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not done() and time.monotonic() < until:
        time.sleep(0.05)
    assert done()
