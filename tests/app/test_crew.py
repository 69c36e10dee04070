"""Workers claim while they may, pause when their host cannot work, and survive a bug."""

import time
from collections.abc import Callable

from tests.app.shop import Bench, Shop, bench

from windlass.app.background import Trouble
from windlass.app.crew import Crew
from windlass.app.turns import Turns
from windlass.dispatch import RunnerSpec, TaskStatus
from windlass.store import Started


def placed(shop: Shop, **changes: object) -> Bench:
    plant = shop.open()
    plant.mirror.sync(plant.checkout)
    return bench(plant, Started(), **changes)


def until(done: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.05)
    return done()


def test_nothing_is_claimed_before_it_may_be_and_nothing_after_the_end(shop: Shop) -> None:
    at = placed(shop)
    task = at.file()
    crew = Crew(at.site, Turns(at.site, None), 2, on_trouble=lambda _: None)
    crew.start()
    time.sleep(0.5)
    assert at.task(task).attempt == 0
    crew.claim(wanted=True)
    assert until(lambda: at.task(task).status is TaskStatus.REVIEW_NEEDED)
    crew.stop()
    crew.join(10)
    later = at.file("shop/other.py")
    time.sleep(0.5)
    assert at.task(later).attempt == 0


def test_a_bug_is_told_and_the_worker_goes_on(shop: Shop) -> None:
    at = placed(shop, runners={"mechanic": RunnerSpec("no-such-kind", {})})
    at.file()
    met: list[Trouble] = []
    crew = Crew(at.site, Turns(at.site, None), 1, on_trouble=met.append)
    crew.start()
    crew.claim(wanted=True)
    ended = until(lambda: bool(met) or at.task(1).status is not TaskStatus.PENDING)
    crew.stop()
    crew.join(10)
    assert ended


def test_a_host_without_room_pauses_and_says_so(shop: Shop) -> None:
    at = placed(shop)
    task = at.file()
    at.site.folders.attempts.rmdir()
    at.site.folders.attempts.touch()
    crew = Crew(at.site, Turns(at.site, None), 1, on_trouble=lambda _: None)
    crew.start()
    crew.claim(wanted=True)
    assert until(lambda: bool(at.events("worker.paused")))
    crew.stop()
    crew.join(10)
    assert at.task(task).status is TaskStatus.PENDING
