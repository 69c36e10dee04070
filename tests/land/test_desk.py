"""The desk takes its time from the place where the work is."""

from windlass.land.desk import Desk


def test_its_clock_is_the_sites(plant):
    desk = Desk(plant.site, plant.gate, lambda *_: False, lambda _: None, None)
    before = desk.now
    plant.clock.advance(5.0)
    assert desk.now == before + 5.0
