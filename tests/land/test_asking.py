"""What the scope says of a change before anything is judged, and what it counts for a batch."""

from dataclasses import replace

import pytest

from windlass import backlog, policy
from windlass.backlog import ItemState
from windlass.land import Mode, asking, records
from windlass.land.desk import Desk
from windlass.plan import Demand
from windlass.verify.patch import Bound, Patch

SMALL = policy.Change(("a.txt",), 1, (), ())


@pytest.fixture
def database(sqlite):
    return sqlite


def found(plant, *of_item, mode=Mode.LAND, **options):
    one = plant.queue(*plant.submitted({"x": b"x"}), mode)
    for change in of_item:
        item_of(plant, one, change)
    desk = Desk(plant.site, plant.gate, lambda *_: False, lambda _: None, None)
    asked = plant.database.read(
        lambda tx: asking.breaches(tx, records.landing(tx, one), SMALL, None, desk, **options)
    )
    return [breach.rule for breach in asked]


def test_a_small_change_breaks_nothing_before_it_is_judged(plant):
    assert found(plant) == []


def test_who_is_ahead_in_the_batch_counts_for_the_day(plant):
    plant.with_scope(daily_prs=2)
    assert found(plant, ahead=1) == []
    assert found(plant, ahead=2) == ["daily_prs"]


def item_of(plant, landing, change):
    number = plant.item_of(plant.landing(landing).task_id).id
    plant.database.write(lambda tx: change(tx, number))


def worth(tx, number):
    backlog.set_score(tx, number, backlog.Score(8, 3, 2, 5), 1.0, by="ann")


def routed_by(who):
    """As the gate, or a person, lets an item through again."""

    def change(tx, number):
        for state in (ItemState.OPEN, ItemState.ROUTED):
            backlog.move_item(tx, number, state, 1.0, actor=who)

    return change


def test_what_is_worth_more_than_may_land_alone_needs_a_person_who_let_it_through(plant):
    assert found(plant, worth) == ["max_wsjf"]
    assert found(plant, worth, routed_by("windlass")) == ["max_wsjf"]
    assert found(plant, worth, routed_by("ann")) == []


def test_only_items_of_the_label_land_and_all_are_proposed(plant):
    plant.with_scope(label="auto-merge")
    assert found(plant) == ["label"]
    assert found(plant, mode=Mode.PROPOSE) == []
    assert found(plant, lambda tx, n: backlog.edit_item(tx, n, 1.0, labels=("auto-merge",))) == []


def test_doubts_of_a_judgement_are_breaches(plant):
    (one,) = plant.lined_up("x")
    plant.gate.doubts = ("test_a now expects 3",)
    desk = Desk(plant.site, plant.gate, lambda *_: False, lambda _: None, None)
    judgement = plant.gate(plant.site, plant.site.mirror.write_tree({}), "", ())
    asked = plant.database.read(
        lambda tx: asking.breaches(tx, records.landing(tx, one), SMALL, judgement, desk)
    )
    assert [(breach.rule, breach.detail) for breach in asked] == [("tests", "test_a now expects 3")]


def untested(plant, below):
    """What is asked about a change of ten new lines, two of which tests ran."""
    (one,) = plant.lined_up("x")
    desk = Desk(plant.site, plant.gate, lambda *_: False, lambda _: None, None)
    judgement = plant.gate(plant.site, plant.site.mirror.write_tree({}), "", ())
    ten = {"a.py": frozenset(range(1, 11))}, {"b.py": frozenset((1, 2))}
    judgement = replace(judgement, patch=Patch(ten[1], ten[0], why="", bound=Bound(below=below)))
    return plant.database.read(
        lambda tx: asking.breaches(tx, records.landing(tx, one), SMALL, judgement, desk)
    )


def test_too_few_new_lines_that_tests_ran_are_a_breach_that_names_them(plant):
    (breach,) = untested(plant, Demand.ASK)
    assert (breach.rule, breach.detail) == (
        "patch_coverage", "16.7 % of 12 added lines ran, at least 80 %; not run: a.py:1-10",
    )  # fmt: skip


def test_it_is_only_told_where_the_owner_says_so(plant):
    assert untested(plant, Demand.NOTE) == ()
