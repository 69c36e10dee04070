"""Work trees are ready while tasks wait, no more than are wanted, and none is left behind."""

import dataclasses
import time

from tests.app.shop import Bench, Shop, bench

from windlass.app.background import Trouble
from windlass.app.stocking import Stock
from windlass.store import Started
from windlass.workspace import Attempt


def placed(shop: Shop, spares: int) -> Bench:
    plant = shop.open()
    plant.mirror.sync(plant.checkout)
    at = bench(plant, Started())
    return dataclasses.replace(at, site=dataclasses.replace(at.site, spares=spares))


def raised(trouble: Trouble) -> None:
    raise trouble.error


def test_there_are_as_many_spares_as_tasks_wait_up_to_the_setting(shop: Shop) -> None:
    at = placed(shop, 2)
    stock = Stock(at.site, on_trouble=raised)
    assert stock.fill() == 0
    at.file()
    assert stock.fill() == 1
    for name in ("other", "more"):
        at.file(f"shop/{name}.py")
    assert [stock.fill(), stock.fill()] == [1, 0]


def test_what_an_attempt_left_becomes_a_spare_that_belongs_to_the_next(shop: Shop) -> None:
    at = placed(shop, 1)
    stock = Stock(at.site, on_trouble=raised)
    at.submit()
    assert [stock.renew(), stock.renew()] == [True, False]
    assert Attempt.stocked(at.site.mirror, at.site.folders.attempts) == 1
    (spare,) = at.site.folders.attempts.glob(".spare-*")
    owners = {place.lstat().st_uid for place in (spare / "tree").rglob("*")}
    assert len(owners) == 1
    at.submit()
    stock.join(0)


def test_a_thread_keeps_them_and_throws_them_away_in_the_end(shop: Shop) -> None:
    at = placed(shop, 1)
    at.file()
    stock = Stock(at.site, on_trouble=raised)
    stock.start()
    until = time.monotonic() + 60
    while not Attempt.stocked(at.site.mirror, at.site.folders.attempts) and time.monotonic() < until:
        time.sleep(0.02)
    assert Attempt.stocked(at.site.mirror, at.site.folders.attempts) == 1
    stock.stop()
    stock.join(60)
    assert Attempt.stocked(at.site.mirror, at.site.folders.attempts) == 0
