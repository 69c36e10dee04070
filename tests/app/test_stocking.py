"""Work trees are ready while tasks wait, no more than are wanted, and none is left behind."""

import dataclasses
import time

from tests.app.shop import Bench, Shop, bench

from windlass.app.stocking import Stock
from windlass.store import Started
from windlass.workspace import Attempt


def placed(shop: Shop, spares: int) -> Bench:
    plant = shop.open()
    plant.mirror.sync(plant.checkout)
    at = bench(plant, Started())
    return dataclasses.replace(at, site=dataclasses.replace(at.site, spares=spares))


def test_there_are_as_many_spares_as_tasks_wait_up_to_the_setting(shop: Shop) -> None:
    at = placed(shop, 2)
    stock = Stock(at.site)
    assert stock.fill() == 0
    at.file()
    assert stock.fill() == 1
    for name in ("other", "more"):
        at.file(f"shop/{name}.py")
    assert [stock.fill(), stock.fill()] == [1, 0]


def test_a_thread_keeps_them_and_throws_them_away_in_the_end(shop: Shop) -> None:
    at = placed(shop, 1)
    at.file()
    stock = Stock(at.site)
    stock.start()
    until = time.monotonic() + 60
    while not Attempt.stocked(at.site.mirror, at.site.folders.attempts) and time.monotonic() < until:
        time.sleep(0.02)
    assert Attempt.stocked(at.site.mirror, at.site.folders.attempts) == 1
    stock.stop()
    stock.join(60)
    assert Attempt.stocked(at.site.mirror, at.site.folders.attempts) == 0
