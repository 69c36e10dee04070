"""The demo's script and orders fit each other and the demo's repository."""

from pathlib import Path

import pytest

from windlass.app.demo import make_demo
from windlass.app.filing import check
from windlass.cli.demo_tour import AS_BEFORE, ORDERS, script
from windlass.scripted import Run


def test_orders_are_sound_and_name_files_of_the_demo(tmp_path: Path) -> None:
    made = make_demo(tmp_path / "shop")
    for order in ORDERS:
        check(order)
        assert all((made.path / path).is_file() for path in order.paths), order.paths
    assert len({order.key for order in ORDERS}) == len(ORDERS)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.key)
def test_the_script_knows_every_task(order) -> None:
    assert script().at([f"Task 7: {order.title}"]) != script()


def test_the_second_attempt_goes_on_where_the_session_stopped() -> None:
    again = script().at(["Task 2: Round half a cent up", "The last attempt was not taken, because: skipped"])
    assert again.steps[0] == Run(AS_BEFORE)
    assert "rounds up now" in again.final
