"""Flaky tests of a repository under care: quarantined with an item, released with the item closed."""

import pytest
from tests.app.shop import Shop

from windlass import backlog, flakes
from windlass.app.flaking import Flaking, settle
from windlass.app.wiring import Plant
from windlass.backlog import ItemState
from windlass.kernel import NotFound

TEST = "tests/test_shop.py::test_total"


def flip(plant: Plant, times: int = 1) -> None:
    """On the tree of the main branch the test passes and fails."""
    (tree, *_) = plant.mirror.trees_along(f"refs/windlass/user/heads/{plant.repository.main}")
    for number in range(times):
        for environment in ("one", "two"):
            for result in ("failed", "passed"):
                now = plant.database.read(lambda tx: tx.now())
                cases = {TEST: result}
                seen = flakes.Seen(plant.repository.id, tree, environment, cases, now, number == 0)
                plant.database.write(lambda tx, seen=seen: flakes.observe(tx, seen, lambda _: ()))


def test_nothing_is_done_while_no_test_has_failed(shop: Shop) -> None:
    plant = shop.open()
    assert settle(plant) == ()
    assert Flaking(plant).told() == []
    with pytest.raises(NotFound):
        Flaking(plant).one(TEST)


def test_a_quarantined_test_has_an_item_that_goes_with_its_release(shop: Shop) -> None:
    plant = shop.open()
    flip(plant, 8)
    one = Flaking(plant).one(TEST)
    assert one.flaky.state.value == "quarantined"
    assert one.flaky.item is not None
    item = plant.database.read(lambda tx: backlog.item(tx, one.flaky.item))
    assert (item.source, item.state, item.title) == ("flaky", ItemState.OPEN, f"make {TEST} certain")
    Flaking(plant).release(TEST, reason="mended", by="ann")
    assert plant.database.read(lambda tx: backlog.item(tx, one.flaky.item)).state is ItemState.CLOSED
    assert Flaking(plant).one(TEST).flaky.state.value == "stable"


def test_a_person_may_quarantine_what_flips(shop: Shop) -> None:
    plant = shop.open()
    flip(plant)
    assert Flaking(plant).one(TEST).flaky.state.value == "flaky"
    done = Flaking(plant).quarantine(TEST, days=2, reason="busy", by="ann")
    assert (done.flaky.state.value, done.flaky.by) == ("quarantined", "ann")
    assert done.flaky.item is not None
