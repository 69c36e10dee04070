"""One run from start to report."""

import time

import pytest
from tests.app.shop import CLEAN, Shop

from windlass.app import Bounds, Daemon, Ended, Plant, Wish, run
from windlass.events import Event
from windlass.kernel import Conflict, system_clock

HANGS_S = 60.0


def bounds() -> Bounds:
    return Bounds(until=time.time() + HANGS_S)


def test_a_run_is_told_as_it_goes_and_accounted_for_at_the_end(shop: Shop) -> None:
    heard: list[Event] = []
    started: list[tuple[Daemon, Plant]] = []
    done = run(
        Wish(repo=shop.repo),
        bounds(),
        shop.env,
        listen=heard.extend,
        on_start=lambda daemon, plant: started.append((daemon, plant)),
    )
    assert done.ended is Ended.IDLE
    assert len(started) == 1
    assert [event.seq for event in heard] == sorted({event.seq for event in heard})
    kinds = [event.kind for event in heard]
    told = ["run.started", "item.discovered", "task.claimed", "landing.proposed", "run.finished"]
    assert [kind for kind in kinds if kind in told] == told
    assert (done.report.run.outcome, done.report.run.finished_at is None) == ("idle", False)
    assert [row.state for row in done.report.delivered.rows] == ["proposed"]
    assert done.report.run.options["land"] is False


def test_a_run_that_is_stopped_at_its_start_does_nothing(shop: Shop) -> None:
    done = run(
        Wish(repo=shop.repo),
        bounds(),
        shop.env,
        listen=lambda _: None,
        on_start=lambda daemon, _: daemon.stop(),
    )
    assert done.ended is Ended.STOPPED
    assert done.report.run.outcome == "stopped"
    assert done.report.done.rows == () or all(not row.attempts for row in done.report.done.rows)


def test_the_home_is_free_again_after_an_error(shop: Shop) -> None:
    def broken(_daemon: Daemon, _plant: Plant) -> None:
        raise KeyError("no terminal")

    shop.commit({"shop/part_0.py": CLEAN})
    with pytest.raises(KeyError):
        run(Wish(repo=shop.repo), bounds(), shop.env, listen=lambda _: None, on_start=broken)
    done = run(Wish(repo=shop.repo), bounds(), shop.env, listen=lambda _: None, on_start=lambda *_: None)
    assert done.ended is Ended.IDLE


def test_litter_of_earlier_boots_is_gone(shop: Shop) -> None:
    home = shop.open().home
    shop.commit({"shop/part_0.py": CLEAN})
    (home.checkouts / "discover-abc").mkdir()
    run(Wish(repo=shop.repo), bounds(), shop.env, listen=lambda _: None, on_start=lambda *_: None)
    assert not (home.checkouts / "discover-abc").exists()


def test_a_home_that_is_in_use_is_refused_before_anything_is_written(shop: Shop) -> None:
    plant = shop.open()
    with plant.home.own(system_clock()), pytest.raises(Conflict, match="another windlass"):
        run(Wish(repo=shop.repo), bounds(), shop.env, listen=lambda _: None, on_start=lambda *_: None)
    assert plant.database.read(lambda tx: tx.scalar("SELECT count(*) FROM wl_run")) == 0
