"""Every kind of thing that can be undone: items are in test_undoing.py, here are lanes and policies."""

import pytest
from tests.history.conftest import Desk

from windlass import events, history
from windlass.cli.undo import THINGS
from windlass.dispatch import lanes
from windlass.kernel import Conflict, NotFound
from windlass.mesh import policies
from windlass.store import Transaction


def undo(desk: Desk) -> None:
    desk.database.write(lambda tx: history.undo(tx, THINGS, None, "ann", repository=desk.repository))


def redo(desk: Desk) -> None:
    desk.database.write(lambda tx: history.redo(tx, THINGS, None, "ann", repository=desk.repository))


def lane(desk: Desk) -> tuple[int | None, float]:
    (found,) = desk.database.read(lambda tx: lanes.rows(tx, desk.repository, ["docs"]))
    return found.limit, found.weight


def change(desk: Desk, limit: int | None, weight: float, by: str = "ann") -> None:
    desk.database.write(
        lambda tx: lanes.change(tx, desk.repository, "docs", tx.now(), limit=limit, weight=weight, by=by)
    )


def test_a_lane_gets_its_limit_and_weight_back(desk: Desk) -> None:
    change(desk, 2, 1.0)
    change(desk, 5, 3.0)
    undo(desk)
    assert lane(desk) == (2, 1.0)
    last = desk.database.read(lambda tx: events.history(tx))[-2]
    assert (last.kind, last.data["limit"]) == ("lane.changed", 2)
    redo(desk)
    assert lane(desk) == (5, 3.0)
    undo(desk)
    undo(desk)
    assert lane(desk) == (None, 1.0)


def test_a_lane_that_somebody_else_changed_stays(desk: Desk) -> None:
    change(desk, 2, 1.0)
    change(desk, 4, 1.0, by="bob")
    with pytest.raises(Conflict, match=r"limit_max of lane \d+ by operation 2 \(lane set by bob\)"):
        undo(desk)


def standing(desk: Desk) -> list[bool]:
    rows = desk.database.read(lambda tx: tx.rows("SELECT revoked_at FROM wl_policy ORDER BY id"))
    return [row["revoked_at"] is None for row in rows]


def add(tx: Transaction, repository: int) -> int:
    return policies.add(tx, repository, ("blocked", "route:*", "approve"), "ann", tx.now()).id


def test_a_policy_comes_and_goes_with_undo_and_redo(desk: Desk) -> None:
    number = desk.database.write(lambda tx: add(tx, desk.repository))
    desk.database.write(lambda tx: policies.revoke(tx, number, "ann", tx.now()))
    assert standing(desk) == [False]
    undo(desk)
    assert standing(desk) == [True]
    undo(desk)
    assert standing(desk) == [False]
    redo(desk)
    assert standing(desk) == [True]
    kinds = [event.kind for event in desk.database.read(lambda tx: events.history(tx))]
    assert kinds.count("policy.added") == 3
    assert kinds.count("policy.revoked") == 2


def test_a_command_that_made_nothing_new_is_no_step(desk: Desk) -> None:
    desk.database.write(lambda tx: add(tx, desk.repository))
    desk.database.write(lambda tx: add(tx, desk.repository))
    undo(desk)
    with pytest.raises(NotFound):
        undo(desk)
