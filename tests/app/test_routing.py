"""Open items become tasks, once."""

from tests.app.shop import CLEAN, Shop, bench

from windlass import backlog, dispatch
from windlass.app.discovery import discover
from windlass.app.routing import look, route, tick
from windlass.backlog import ItemState
from windlass.dispatch import TaskStatus
from windlass.store import Started


def test_what_was_found_becomes_tasks_once(shop: Shop) -> None:
    plant = shop.open()
    at = bench(plant, Started())
    discover(plant, at.site)
    route(plant, at.site)
    first = at.read(lambda tx: dispatch.tasks(tx, plant.repository.id))
    assert [task.spec.paths for task in first] == [("shop/part_0.py",)]
    assert tick(plant, at.site) is False
    route(plant, at.site)
    assert at.read(lambda tx: dispatch.tasks(tx, plant.repository.id)) == first


LANDS = """CREATE TRIGGER lands AFTER INSERT ON wl_scan WHEN new.source = 'comments' BEGIN
  UPDATE wl_task SET status = 'completed';
  UPDATE wl_item SET state = 'open' WHERE state = 'active';
END"""
"""What a landing does, in the middle of a look: the source before had seen the findings still."""


def test_what_lands_while_we_look_is_not_handed_out_again_before_another_look(shop: Shop) -> None:
    plant = shop.open()
    at = bench(plant, Started())
    assert look(plant, at.site) is False
    [first] = at.read(lambda tx: dispatch.tasks(tx, plant.repository.id))
    assert first.status is TaskStatus.PENDING
    plant.database.write(lambda tx: tx.execute(LANDS))
    assert look(plant, at.site) is True
    [only] = at.read(lambda tx: dispatch.tasks(tx, plant.repository.id))
    assert (only.id, only.status) == (first.id, TaskStatus.COMPLETED)
    plant.database.write(lambda tx: tx.execute("DROP TRIGGER lands"))
    shop.commit({"shop/part_0.py": CLEAN})
    assert look(plant, at.site) is False
    [item] = at.read(lambda tx: backlog.items(tx, plant.repository.id))
    assert (item.state, item.reason) == (ItemState.CLOSED, "its findings are gone")
