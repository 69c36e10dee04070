"""The loop of a server over one repository: only the leader looks, and trouble ends nothing."""

import time
from collections.abc import Callable

from tests.app.online import online
from tests.app.shop import UNUSED, Shop

from windlass import backlog
from windlass.app.leading import RESOURCE
from windlass.dispatch import TaskStatus, tasks


def until(done: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.1)
    return done()


def test_main_that_moves_is_looked_at_again_before_the_interval_is_over(shop: Shop) -> None:
    with online(shop, workers=1) as at:
        database, (number,) = at.served.database, at.served.plants

        def done(count: int) -> bool:
            found = database.read(lambda tx: tasks(tx, number, (TaskStatus.COMPLETED,)))
            return len(found) == count

        assert until(lambda: done(1))
        shop.outside.git("reset", "-q", "--hard")
        shop.commit({"shop/new.py": UNUSED})
        assert until(lambda: done(2))
    assert "import os" not in shop.outside.git("show", "main:shop/new.py")


def test_a_server_that_does_not_lead_looks_for_nothing(shop: Shop) -> None:
    plant = shop.open()
    number = plant.repository.id

    def taken(tx):
        tx.execute(
            "INSERT INTO wl_node (id, host, pid, state, beat, started_at) VALUES ('o', 'h', 1, 'live', 0, 0)"
        )
        tx.execute(
            "INSERT INTO wl_lock (repository_id, resource, holder, fence, expires_at)"
            " VALUES (:n, :r, 'o', 1, :u)",
            n=number, r=RESOURCE, u=tx.now() + 12,
        )  # fmt: skip

    plant.database.write(taken)
    with online(shop) as at:
        time.sleep(4)
        database = at.served.database
        assert database.read(lambda tx: backlog.items(tx, number)) == []
        assert until(lambda: bool(database.read(lambda tx: backlog.items(tx, number))), 40)


def test_trouble_is_told_and_the_loop_goes_on(shop: Shop) -> None:
    with online(shop) as at:
        database = at.served.database

        def parts() -> str:
            return next(one.detail for one in at.served.vitals.complete().parts if one.name == "loops")

        hide = shop.repo.rename(shop.repo.with_name("away"))
        assert until(lambda: "repository" in parts() and at.served.vitals.complete().status.value != "ok", 30)
        hide.rename(shop.repo)
        assert until(lambda: bool(database.read(lambda tx: tx.scalar("SELECT count(*) FROM wl_task"))), 60)
