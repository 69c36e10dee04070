"""The event table: appended in the transaction that changes the state, read in commit order by cursor."""

import json
from typing import Final

from windlass.events.model import Cursor, Event, Subject
from windlass.kernel import Invalid
from windlass.store import Row, Transaction

DATA_MAX: Final = 32_768
"""Bytes of JSON one event may carry; larger things live in their own rows."""

NOBODY: Final = Subject()

_COLUMNS = "seq, at, actor, kind, repository_id, item_id, task_id, fence, data"


def append(
    tx: Transaction,
    kind: str,
    now: float,
    *,
    actor: str = "windlass",
    about: Subject = NOBODY,
    **data: object,
) -> None:
    """Record an event in the caller's transaction: no event, no change, and the other way round."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    if len(text) > DATA_MAX:
        raise Invalid(f"event {kind!r} carries {len(text)} bytes, more than {DATA_MAX}")
    tx.execute(
        "INSERT INTO wl_event (at, actor, kind, repository_id, item_id, task_id, fence, data)"
        " VALUES (:at, :actor, :kind, :repository, :item, :task, :fence, :data)",
        at=now, actor=actor, kind=kind, repository=about.repository, item=about.item, task=about.task,
        fence=about.fence, data=text,
    )  # fmt: skip


def after(tx: Transaction, cursor: Cursor, *, limit: int = 1000) -> tuple[list[Event], Cursor]:
    """The next events behind `cursor`, complete and in a stable order, and the cursor behind them.

    On PostgreSQL sequence numbers become visible out of order, so events are read below the oldest running
    transaction only; on SQLite row order is commit order.
    """
    if tx.lite:
        rows = tx.rows(
            f"SELECT 0 AS xid, {_COLUMNS} FROM wl_event WHERE seq > :seq ORDER BY seq LIMIT :limit",  # noqa: S608
            seq=cursor.seq, limit=limit,
        )  # fmt: skip
    else:
        rows = tx.rows(
            f"SELECT xid::text::bigint AS xid, {_COLUMNS} FROM wl_event"  # noqa: S608
            " WHERE (xid, seq) > (:xid::text::xid8, :seq) AND xid < pg_snapshot_xmin(pg_current_snapshot())"
            " ORDER BY xid, seq LIMIT :limit",
            xid=str(cursor.xid), seq=cursor.seq, limit=limit,
        )  # fmt: skip
    if not rows:
        return [], cursor
    return [_event(row) for row in rows], Cursor(int(rows[-1]["xid"]), int(rows[-1]["seq"]))


def history(
    tx: Transaction, *, task: int | None = None, item: int | None = None, since: int = 0
) -> list[Event]:
    """Events of one task or item, or all, with `seq` above `since`, oldest first."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM wl_event WHERE seq > :since"  # noqa: S608
        " AND (:task = -1 OR task_id = :task) AND (:item = -1 OR item_id = :item) ORDER BY seq",
        since=since, task=-1 if task is None else task, item=-1 if item is None else item,
    )  # fmt: skip
    return [_event(row) for row in rows]


def load_cursor(tx: Transaction, consumer: str) -> Cursor:
    row = tx.row("SELECT xid, seq FROM wl_cursor WHERE consumer = :c", c=consumer)
    return Cursor() if row is None else Cursor(int(row["xid"]), int(row["seq"]))


def save_cursor(tx: Transaction, consumer: str, cursor: Cursor) -> None:
    tx.execute(
        "INSERT INTO wl_cursor (consumer, xid, seq) VALUES (:c, :x, :s)"
        " ON CONFLICT (consumer) DO UPDATE SET xid = excluded.xid, seq = excluded.seq",
        c=consumer, x=str(cursor.xid), s=cursor.seq,
    )  # fmt: skip


def _event(row: Row) -> Event:
    subject = Subject(row["repository_id"], row["item_id"], row["task_id"], row["fence"])
    return Event(row["seq"], row["at"], row["actor"], row["kind"], subject, json.loads(row["data"]))
