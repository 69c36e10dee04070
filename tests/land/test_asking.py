"""What the scope says of a change before anything is judged, and what it counts for a batch."""

import pytest

from windlass import policy
from windlass.land import asking, records
from windlass.land.desk import Desk

SMALL = policy.Change(("a.txt",), 1, (), ())


@pytest.fixture
def database(sqlite):
    return sqlite


def found(plant, change=SMALL, **options):
    (one,) = plant.lined_up("x")
    desk = Desk(plant.site, plant.gate, lambda *_: False, lambda _: None, None)
    asked = plant.database.read(
        lambda tx: asking.breaches(tx, records.landing(tx, one), change, None, desk, **options)
    )
    return [breach.rule for breach in asked]


def test_a_small_change_breaks_nothing_before_it_is_judged(plant):
    assert found(plant) == []


def test_who_is_ahead_in_the_batch_counts_for_the_day(plant):
    plant.with_scope(daily_prs=2)
    assert found(plant, ahead=1) == []
    assert found(plant, ahead=2) == ["daily_prs"]


def test_doubts_of_a_judgement_are_breaches(plant):
    (one,) = plant.lined_up("x")
    plant.gate.doubts = ("test_a now expects 3",)
    desk = Desk(plant.site, plant.gate, lambda *_: False, lambda _: None, None)
    judgement = plant.gate(plant.site, plant.site.mirror.write_tree({}), "", ())
    asked = plant.database.read(
        lambda tx: asking.breaches(tx, records.landing(tx, one), SMALL, judgement, desk)
    )
    assert [(breach.rule, breach.detail) for breach in asked] == [("tests", "test_a now expects 3")]
