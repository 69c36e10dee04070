"""A lease is renewed while its work runs, and losing it stops the work."""

import time

import pytest

from windlass.dispatch import LeaseLost
from windlass.dispatch.keeper import Keeper
from windlass.dispatch.local import LocalEmployer
from windlass.dispatch.records import lease_of
from windlass.sandbox import Order, open_launcher


def expiry(place, task_id: int) -> float:
    return place.site.database.read(lambda tx: lease_of(tx, task_id)).expires_at


def test_it_renews_until_it_is_left(place, tmp_path, clock) -> None:
    task_id = place.desk.file()
    _, lease = place.desk.take(ttl_s=0.3)
    with Keeper(LocalEmployer(place.site, 0.3), lease, tmp_path, ttl_s=0.3) as keeper:
        clock.advance(0.2)
        until = time.monotonic() + 60
        while expiry(place, task_id) != pytest.approx(clock() + 0.3):
            assert time.monotonic() < until
            time.sleep(0.02)
        keeper.check()
    assert not keeper.lost.is_set()


def test_a_lost_lease_is_told_and_raises(place, tmp_path) -> None:
    task_id = place.desk.file()
    _, lease = place.desk.take(ttl_s=0.3)
    with Keeper(LocalEmployer(place.site, 0.3), lease, tmp_path, ttl_s=0.3) as keeper:
        place.desk.cancel(task_id)
        assert keeper.lost.wait(60)
        with pytest.raises(LeaseLost):
            keeper.check()
    assert keeper.lost.is_set()


def test_what_runs_is_killed_soon_after_the_lease_is_gone(place, tmp_path) -> None:
    task_id = place.desk.file()
    _, lease = place.desk.take(ttl_s=300)
    with Keeper(LocalEmployer(place.site, 300), lease, tmp_path, ttl_s=300) as keeper:
        place.desk.cancel(task_id)
        order = Order(("/bin/sleep", "60"), "/tmp", stop=keeper.lost)
        ended = open_launcher(trust=True).run(order)
    assert (ended.limit, ended.ran.exit_code) == ("stop", None)
    assert ended.ran.seconds < 20
