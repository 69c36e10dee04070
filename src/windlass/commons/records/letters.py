"""Letters: written once for every receiver, so that each has a receipt of its own."""

import json
from collections.abc import Sequence
from typing import Final

from windlass.commons.model import Letter, check_letter
from windlass.events import Subject, append
from windlass.fleet import Instance, InstanceState, instance, instances
from windlass.kernel import Conflict
from windlass.store import Row, Transaction

UNREAD_MAX: Final = 1_000
"""Unread letters one inbox holds; then its owner has to read before more is taken."""
LETTERS_MAX: Final = 500

_COLUMNS: Final = "id, sender, receiver, task_id, kind, body, at, read_at"
_REACHABLE: Final = (InstanceState.LIVE, InstanceState.DRAINING)


def send(
    tx: Transaction, receiver: str, body: str, now: float, *, sender: str, kind: str = "note",
    task_id: int | None = None,
) -> tuple[int, ...]:  # fmt: skip
    """Put a letter into the inbox of `instance:NAME`, `person:NAME`, all of `lane:NAME`, or `all`.

    Returns the letters' ids: none when a lane has nobody. The sender gets no copy.
    """
    check_letter(receiver, kind, body)
    boxes = [box for box in _boxes(tx, receiver) if box != sender]
    ids = []
    for box in boxes:
        if _unread(tx, box) >= UNREAD_MAX:
            raise Conflict(
                f"{box} has {UNREAD_MAX} unread letters", hint="it takes more once it has read some"
            )
        ids.append(
            int(
                tx.scalar(
                    "INSERT INTO wl_letter (sender, receiver, task_id, kind, body, at)"
                    " VALUES (:sender, :receiver, :task, :kind, :body, :now) RETURNING id",
                    sender=sender, receiver=box, task=task_id, kind=kind, body=body, now=now,
                )
            )
        )  # fmt: skip
    append(
        tx, "letter.sent", now, actor=sender, about=Subject(task=task_id), to=receiver, letter=kind,
        receivers=len(ids),
    )  # fmt: skip
    return tuple(ids)


def inbox(
    tx: Transaction, receiver: str, *, unread_only: bool = True, after: int = 0, limit: int = LETTERS_MAX
) -> list[Letter]:
    """Letters in one inbox, oldest first, behind letter `after`; reading alone is no receipt."""
    only = " AND read_at IS NULL" if unread_only else ""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM wl_letter WHERE receiver = :receiver AND id > :after{only}"  # noqa: S608
        " ORDER BY id LIMIT :limit",
        receiver=receiver, after=after, limit=min(limit, LETTERS_MAX),
    )  # fmt: skip
    return [_letter(row) for row in rows]


def receipt(tx: Transaction, receiver: str, ids: Sequence[int], now: float) -> int:
    """Note that the receiver has these letters; how many of them it had not acknowledged before."""
    each = "SELECT value FROM json_each(:ids)" if tx.lite else (
        "SELECT value::bigint FROM json_array_elements_text(:ids::json)"
    )  # fmt: skip
    return tx.execute(
        "UPDATE wl_letter SET read_at = :now"  # noqa: S608
        f" WHERE receiver = :receiver AND read_at IS NULL AND id IN ({each})",
        receiver=receiver, ids=json.dumps([int(number) for number in ids]), now=now,
    )  # fmt: skip


def _boxes(tx: Transaction, receiver: str) -> list[str]:
    kind, _, name = receiver.partition(":")
    if kind == "person":
        return [receiver]
    if kind == "instance":
        return [f"instance:{instance(tx, name).name}"]
    return [f"instance:{one.name}" for one in instances(tx) if _serves(one, name)]


def _serves(one: Instance, lane: str) -> bool:
    return one.state in _REACHABLE and (not lane or not one.lanes or lane in one.lanes)


def _unread(tx: Transaction, box: str) -> int:
    return int(
        tx.scalar("SELECT count(*) FROM wl_letter WHERE receiver = :box AND read_at IS NULL", box=box)
    )


def _letter(row: Row) -> Letter:
    return Letter(
        row["id"], row["sender"], row["receiver"], row["task_id"], row["kind"], row["body"], row["at"],
        row["read_at"],
    )  # fmt: skip
