"""Open items become tasks, once."""

from tests.app.shop import Shop, bench

from windlass import dispatch
from windlass.app.discovery import discover
from windlass.app.routing import route, tick
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
