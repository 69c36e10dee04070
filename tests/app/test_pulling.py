"""Pull requests are kept up to date beside everything else, and their trouble is told once."""

import time

from tests.pulls.conftest import house as house

from windlass import events
from windlass.app import pulling
from windlass.app.pulling import Puller

FIX = {"a.txt": b"ONE\ntwo\nthree\n"}


def puller(house, troubles=None, may=lambda: True):
    return Puller(house.plant.site, may=may, on_trouble=(troubles if troubles is not None else []).append)


def told(house):
    found, _ = house.plant.database.read(lambda tx: events.after(tx, events.Cursor()))
    return [one.data["reason"] for one in found if one.kind == "pull.waiting"]


def test_it_goes_round_at_once_and_once_more_when_it_is_stopped(house):
    house.done(FIX)
    one = puller(house)
    one.start()
    until = time.monotonic() + 60
    while not house.hub.requests and time.monotonic() < until:
        time.sleep(0.01)
    house.done({"b.txt": b"B\n"})
    one.stop()
    one.join(60)
    assert len(house.hub.requests) == 2


def test_who_may_not_asks_nobody(house):
    house.done(FIX)
    one = puller(house, may=lambda: False)
    one.start()
    one.stop()
    one.join(60)
    assert house.hub.calls == []


def test_trouble_is_told_once_and_then_it_goes_on(house):
    house.done(FIX)
    troubles = []
    one = puller(house, troubles)
    house.hub.answers += [(502, {}, b"")] * 4
    assert [one._round() for _ in range(4)] == [pulling.REST_S] * 4
    (reason,) = told(house)
    assert "502" in reason
    assert one._round() == pulling.ROUND_S
    assert len(house.hub.requests) == 1
    assert troubles == []


def test_without_pull_requests_nothing_is_started(house):
    house.opens(pull_requests=False)
    one = puller(house)
    one.start()
    one.stop()
    one.join(1)
    assert (house.hub.calls, pulling.ROUND_S < pulling.REST_S) == ([], True)
