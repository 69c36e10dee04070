"""Locks on named resources, for a time, with a fence that only grows.

Rows stay when a lock ends: the next holder's fence must be larger than any that was given out before.
"""

from typing import Final

from windlass.commons.model import LOCK_MAX_S, LOCK_MIN_S, Lock, check_key
from windlass.events import Subject, append
from windlass.kernel import Conflict, Invalid
from windlass.store import Row, Transaction

LOCKS_MAX: Final = 1_000

_COLUMNS: Final = "resource, holder, task_id, fence, expires_at"

_TAKE: Final = f"""
INSERT INTO wl_lock (repository_id, resource, holder, task_id, fence, expires_at)
VALUES (:repository, :resource, :holder, :task, 1, :expires)
ON CONFLICT (repository_id, resource) DO UPDATE SET holder = :holder, task_id = :task, expires_at = :expires,
  fence = CASE WHEN wl_lock.holder = :holder AND wl_lock.expires_at > :now THEN wl_lock.fence
    ELSE wl_lock.fence + 1 END
WHERE wl_lock.expires_at <= :now OR wl_lock.holder = :holder
RETURNING {_COLUMNS}"""  # noqa: S608 - constants only


def acquire(
    tx: Transaction, repository_id: int, resource: str, now: float, *, holder: str, ttl_s: float,
    task_id: int | None = None,
) -> Lock:  # fmt: skip
    """Take or prolong the lock on `resource`; raises Conflict, naming the holder, while somebody else has it.

    Whoever holds it may prolong under the same fence; after it ran out the fence has grown, even for the same
    holder. Compare the fence wherever something is written under the lock.
    """
    check_key(resource)
    if not LOCK_MIN_S <= ttl_s <= LOCK_MAX_S:
        raise Invalid(f"a lock lives {LOCK_MIN_S:g} to {LOCK_MAX_S:g} seconds, not {ttl_s:g}")
    row = tx.row(
        _TAKE, repository=repository_id, resource=resource, holder=holder, task=task_id, now=now,
        expires=now + ttl_s,
    )  # fmt: skip
    if row is None:
        held = _lock(tx, repository_id, resource)
        raise Conflict(
            f"{resource!r} is locked by {held.holder!r} for another {held.expires_at - now:.0f} s",
            hint="wait until it is released or runs out", holder=held.holder, expires_at=held.expires_at,
        )  # fmt: skip
    about = Subject(repository=repository_id, task=task_id)
    append(tx, "lock.taken", now, actor=holder, about=about, resource=resource, lock=row["fence"])
    return _of(row)


def release(
    tx: Transaction, repository_id: int, resource: str, now: float, *, holder: str, fence: int
) -> None:
    """Give a lock back; raises Conflict when it is not held under this fence any more."""
    given = tx.execute(
        "UPDATE wl_lock SET expires_at = :now WHERE repository_id = :repository AND resource = :resource"
        " AND holder = :holder AND fence = :fence AND expires_at > :now",
        repository=repository_id, resource=resource, holder=holder, fence=fence, now=now,
    )  # fmt: skip
    if not given:
        raise Conflict(
            f"{holder!r} does not hold the lock on {resource!r} (fence {fence}) any more",
            hint="it ran out; whatever was done since then may collide",
        )
    about = Subject(repository=repository_id)
    append(tx, "lock.released", now, actor=holder, about=about, resource=resource, lock=fence)


def locks(tx: Transaction, repository_id: int, now: float, *, holder: str | None = None) -> list[Lock]:
    """Locks that are held now, by name; only those of `holder`, when one is named."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM wl_lock WHERE repository_id = :repository AND expires_at > :now"  # noqa: S608
        " AND holder = coalesce(:holder, holder) ORDER BY resource LIMIT :limit",
        repository=repository_id, now=now, holder=holder, limit=LOCKS_MAX,
    )  # fmt: skip
    return [_of(row) for row in rows]


def _lock(tx: Transaction, repository_id: int, resource: str) -> Lock:
    row = tx.row(
        f"SELECT {_COLUMNS} FROM wl_lock WHERE repository_id = :repository AND resource = :resource",  # noqa: S608
        repository=repository_id, resource=resource,
    )  # fmt: skip
    assert row is not None, "rows of locks are never deleted"
    return _of(row)


def _of(row: Row) -> Lock:
    return Lock(row["resource"], row["holder"], row["task_id"], row["fence"], row["expires_at"])
