"""The audit log of a data home."""

from pathlib import Path

import pytest
from tests.app.shop import Shop

from windlass import events
from windlass.app import open_audit
from windlass.app.audit import SEAL_EVERY_S, Sealer, read_anchor
from windlass.app.wiring import Plant
from windlass.kernel import NotFound


def sealed(plant: Plant) -> int:
    count: int = plant.database.read(lambda tx: tx.scalar("SELECT count(*) FROM wl_audit"))
    return count


def say(plant: Plant) -> None:
    plant.database.write(lambda tx: events.append(tx, "test.happened", tx.now()))


def test_the_sealer_keeps_its_rhythm_unless_it_is_forced(shop: Shop) -> None:
    plant = shop.open()
    sealer = Sealer(plant.database, plant.home.keys)
    say(plant)
    sealer.seal(1000.0)
    first = sealed(plant)
    assert first > 0
    say(plant)
    sealer.seal(1000.0 + SEAL_EVERY_S / 2)
    assert sealed(plant) == first
    sealer.seal(1000.0 + SEAL_EVERY_S / 2, force=True)
    assert sealed(plant) == first + 1
    say(plant)
    sealer.seal(1000.0 + 2 * SEAL_EVERY_S)
    assert sealed(plant) == first + 2


def test_the_log_is_verified_exported_and_verified_there(shop: Shop, tmp_path: Path) -> None:
    plant = shop.open()
    say(plant)
    Sealer(plant.database, plant.home.keys).seal(1000.0, force=True)
    with open_audit(shop.env) as audit:
        assert audit.verify(None, key=None, anchors=()).ok
        assert audit.export(tmp_path / "copy") == sealed(plant)
        assert audit.verify(tmp_path / "copy", key=None, anchors=()).ok
        with pytest.raises(NotFound):
            audit.verify(tmp_path / "none", key=None, anchors=())


def test_an_anchor_that_the_log_does_not_contain_is_told(shop: Shop, tmp_path: Path) -> None:
    plant = shop.open()
    say(plant)
    Sealer(plant.database, plant.home.keys).seal(1000.0, force=True)
    anchor = tmp_path / "anchor"
    anchor.write_text("not a checkpoint\n")
    with open_audit(shop.env) as audit:
        assert not audit.verify(None, key=None, anchors=[anchor]).ok
    assert read_anchor(anchor) == "not a checkpoint\n"
    with pytest.raises(NotFound, match="none"):
        read_anchor(tmp_path / "none")
