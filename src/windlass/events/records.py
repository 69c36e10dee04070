"""The event table: appended in the transaction that changes the state, read in commit order by cursor."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from windlass.events.model import Cursor, Event, Subject
from windlass.kernel import Invalid
from windlass.store import Row, Transaction

DATA_MAX: Final = 32_768
"""Bytes of JSON one event may carry; larger things live in their own rows."""

NOBODY: Final = Subject()

_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode

_INSERT = (
    "INSERT INTO wl_event (at, actor, kind, repository_id, item_id, task_id, fence, data)"
    " VALUES (:at, :actor, :kind, :repository, :item, :task, :fence, :data)"
)

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
    tx.execute(_INSERT, kind=kind, at=now, actor=actor, **_columns(kind, about, data))


def append_many(
    tx: Transaction,
    kind: str,
    now: float,
    entries: Iterable[tuple[Subject, Mapping[str, object]]],
    *,
    actor: str = "windlass",
) -> None:
    """Record one event of the same kind for each subject and its data, in this order, in one go."""
    rows = [
        {"kind": kind, "at": now, "actor": actor, **_columns(kind, about, data)} for about, data in entries
    ]
    tx.execute_many(_INSERT, rows)


def after(tx: Transaction, cursor: Cursor, *, limit: int = 1000) -> tuple[list[Event], Cursor]:
    """The next events behind `cursor`, complete and in a stable order, and the cursor behind them.

    On PostgreSQL sequence numbers become visible out of order, so events are read below the oldest running
    transaction only; on SQLite row order is commit order.
    """
    rows, behind = rows_after(tx, cursor, limit)
    return [_event(row) for row in rows], behind


def rows_after(tx: Transaction, cursor: Cursor, limit: int) -> tuple[list[Row], Cursor]:
    """The same as rows, with `data` as the very text that was written: what the audit log seals."""
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
    return rows, Cursor(int(rows[-1]["xid"]), int(rows[-1]["seq"])) if rows else cursor


def placed_after(tx: Transaction, cursor: Cursor, limit: int) -> list[tuple[Cursor, Event]]:
    """The same with each event's own place."""
    rows, _ = rows_after(tx, cursor, limit)
    return [(Cursor(int(row["xid"]), int(row["seq"])), _event(row)) for row in rows]


def held_back(tx: Transaction) -> bool:
    """Whether events are committed that `after` does not give yet, because an older transaction runs."""
    if tx.lite:
        return False
    return bool(
        tx.scalar(
            "SELECT EXISTS (SELECT 1 FROM wl_event WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()))"
        )
    )


def back(tx: Transaction, count: int) -> Cursor:
    """The place behind which the log holds at most `count` events that `after` would give."""
    if tx.lite:
        row = tx.row("SELECT 0 AS xid, seq FROM wl_event ORDER BY seq DESC LIMIT 1 OFFSET :n", n=count)
    else:
        row = tx.row(
            "SELECT xid::text::bigint AS xid, seq FROM wl_event"
            " WHERE xid < pg_snapshot_xmin(pg_current_snapshot())"
            " ORDER BY xid DESC, seq DESC LIMIT 1 OFFSET :n",
            n=count,
        )
    return Cursor() if row is None else Cursor(int(row["xid"]), int(row["seq"]))


def end(tx: Transaction) -> Cursor:
    """The cursor behind the newest event that `after` would give: where a reader of new events starts."""
    return back(tx, 0)


def seen(tx: Transaction, kind: str, repository_id: int) -> list[tuple[int, int]]:
    """Every event of one kind that is about an item, as (item, seq), oldest first."""
    rows = tx.rows(
        "SELECT item_id, seq FROM wl_event WHERE kind = :kind AND kind <> 'task.claimed'"
        " AND repository_id = :repository AND item_id IS NOT NULL ORDER BY seq",
        kind=kind, repository=repository_id,
    )  # fmt: skip
    return [(row["item_id"], row["seq"]) for row in rows]


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


def _columns(kind: str, about: Subject, data: Mapping[str, object]) -> dict[str, str | int | None]:
    text = _ENCODE(data)
    if len(text) > DATA_MAX:
        raise Invalid(f"event {kind!r} carries {len(text)} bytes, more than {DATA_MAX}")
    return {"repository": about.repository, "item": about.item, "task": about.task, "fence": about.fence,
            "data": text}  # fmt: skip


def _event(row: Row) -> Event:
    subject = Subject(row["repository_id"], row["item_id"], row["task_id"], row["fence"])
    return Event(row["seq"], row["at"], row["actor"], row["kind"], subject, json.loads(row["data"]))


def lock_cursor(tx: Transaction, consumer: str) -> Cursor:
    """The cursor of a consumer of which only one may move at a time; the others wait for this transaction."""
    row = tx.row(
        "INSERT INTO wl_cursor (consumer, xid, seq) VALUES (:c, '0', 0)"
        " ON CONFLICT (consumer) DO UPDATE SET seq = wl_cursor.seq RETURNING xid, seq",
        c=consumer,
    )
    return Cursor() if row is None else Cursor(int(row["xid"]), int(row["seq"]))


def keep_entries(tx: Transaction, entries: Sequence[Mapping[str, str | int]]) -> None:
    """Extend the audit log; a position or an event that is there already ends the transaction."""
    tx.execute_many(
        "INSERT INTO wl_audit (position, event_seq, entry, leaf)"
        " VALUES (:position, :event_seq, :entry, :leaf)",
        entries,
    )


def entries_from(tx: Transaction, position: int, limit: int) -> list[Row]:
    """Sealed entries from `position` on, each beside its event (`seq` is null where that is gone)."""
    xid = "0" if tx.lite else "e.xid::text::bigint"
    return tx.rows(
        f"SELECT a.position, a.event_seq, a.entry, a.leaf, {xid} AS xid, e.seq, e.at, e.actor, e.kind,"  # noqa: S608
        " e.repository_id, e.item_id, e.task_id, e.fence, e.data FROM wl_audit a"
        " LEFT JOIN wl_event e ON e.seq = a.event_seq WHERE a.position >= :position"
        " ORDER BY a.position LIMIT :limit",
        position=position, limit=limit,
    )  # fmt: skip


def left_out(tx: Transaction, cursor: Cursor, limit: int) -> list[int]:
    """Events that the sealer has passed (`cursor`) but that are in no entry."""
    passed = "e.seq <= :seq" if tx.lite else "(e.xid, e.seq) <= (:xid::text::xid8, :seq)"
    xid = {} if tx.lite else {"xid": str(cursor.xid)}
    rows = tx.rows(
        f"SELECT e.seq FROM wl_event e LEFT JOIN wl_audit a ON a.event_seq = e.seq WHERE {passed}"  # noqa: S608
        " AND a.position IS NULL ORDER BY e.seq LIMIT :limit",
        seq=cursor.seq, limit=limit, **xid,
    )  # fmt: skip
    return [row["seq"] for row in rows]


def keep_checkpoint(tx: Transaction, size: int, root: str, hashes: str, note: str, *, now: float) -> None:
    tx.execute(
        "INSERT INTO wl_checkpoint (size, root, hashes, note, at)"
        " VALUES (:size, :root, :hashes, :note, :now)",
        size=size, root=root, hashes=hashes, note=note, now=now,
    )  # fmt: skip


def checkpoints(tx: Transaction) -> list[Row]:
    return tx.rows("SELECT size, root, hashes, note, at FROM wl_checkpoint ORDER BY size")


def last_checkpoint(tx: Transaction) -> Row | None:
    return tx.row("SELECT size, root, hashes, note, at FROM wl_checkpoint ORDER BY size DESC LIMIT 1")


def log_size(tx: Transaction) -> int:
    """Entries in the audit log, by the highest position."""
    return int(tx.scalar("SELECT coalesce(max(position), -1) + 1 FROM wl_audit"))
