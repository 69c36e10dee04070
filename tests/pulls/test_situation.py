"""Which landings are to have a pull request. What then happens: test_controller.py."""

from dataclasses import replace

from windlass.pulls.situation import AGE_MAX_S, look


def due(house):
    return [one.landing.id for one in house.plant.database.read(lambda tx: look(tx, house.plant.site)).due]


def test_what_landed_by_itself_has_none(house):
    house.plant.site = replace(house.plant.site, land=True)
    house.done({"a.txt": b"ONE\n"}, "land")
    assert due(house) == []


def test_what_was_proposed_long_ago_is_not_brought_up_again(house):
    done = house.done({"a.txt": b"ONE\n"})
    assert due(house) == [done.id]
    house.plant.clock.advance(AGE_MAX_S + 1)
    assert due(house) == []
