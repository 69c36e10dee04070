"""Calls that were made, standing answers, and what else the tools look up. Transaction first."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from windlass.dispatch import grounds
from windlass.events import Cursor
from windlass.kernel import NotFound
from windlass.mesh.model import KeyReused
from windlass.store import Row, Transaction

CALLS_KEEP_S: Final = 7 * 86_400.0
"""How long a key is remembered."""
FORGET_MAX: Final = 1_000

Answer = dict[str, Any]


def known_call(tx: Transaction, subject: str, key: str, digest: str) -> Answer | None:
    """The answer of an earlier call under this key; KeyReused when that was another call."""
    row = tx.row(
        "SELECT digest, answer, tool FROM wl_call WHERE subject = :subject AND key = :key",
        subject=subject, key=key,
    )  # fmt: skip
    if row is None:
        return None
    if row["digest"] != digest:
        raise KeyReused(
            f"the idempotency key {key[:80]!r} was used for another call of {row['tool']}",
            hint="use a new key for every new call; repeat a call with exactly the same arguments",
        )
    found: Answer = json.loads(row["answer"])
    return found


def begin_call(tx: Transaction, subject: str, key: str, tool: str, digest: str) -> Answer | None:
    """Take the key for this call, or return what the earlier one answered.

    Two calls with one key at the same time: the second waits for the first one's transaction.
    """
    taken = tx.execute(
        "INSERT INTO wl_call (subject, key, tool, digest, answer, at)"
        " VALUES (:subject, :key, :tool, :digest, '{}', 0) ON CONFLICT (subject, key) DO NOTHING",
        subject=subject, key=key, tool=tool, digest=digest,
    )  # fmt: skip
    return None if taken else known_call(tx, subject, key, digest)


def keep_answer(tx: Transaction, subject: str, key: str, answer: Answer, now: float) -> None:
    tx.execute(
        "UPDATE wl_call SET answer = :answer, at = :now WHERE subject = :subject AND key = :key",
        answer=json.dumps(answer), now=now, subject=subject, key=key,
    )  # fmt: skip


def forget_calls(tx: Transaction, now: float) -> int:
    """Forget keys older than a week, some at a time."""
    return tx.execute(
        "DELETE FROM wl_call WHERE (subject, key) IN"
        " (SELECT subject, key FROM wl_call WHERE at < :before ORDER BY at LIMIT :limit)",
        before=now - CALLS_KEEP_S, limit=FORGET_MAX,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Around:
    """What a task's row names by number, in words."""

    repository: str
    lane: str
    touches: tuple[str, ...]
    skills: tuple[str, ...]


def around(tx: Transaction, task_id: int) -> Around:
    row = tx.row(
        "SELECT r.name AS repository, l.name AS lane, t.touches, t.skills FROM wl_task t"
        " LEFT JOIN wl_repository r ON r.id = t.repository_id LEFT JOIN wl_lane l ON l.id = t.lane"
        " WHERE t.id = :id",
        id=task_id,
    )
    if row is None:
        raise NotFound(f"no task {task_id}")
    return Around(
        str(row["repository"] or ""), str(row["lane"] or ""), grounds.stated(row["touches"]),
        _words(row["skills"]),
    )


def repositories(tx: Transaction, name: str | None) -> list[Row]:
    """Tended repositories, or the one of this name: id, name and main branch."""
    rows = tx.rows(
        "SELECT id, name, main FROM wl_repository WHERE :name = '' OR name = :name ORDER BY id",
        name=name or "",
    )
    if name is not None and not rows:
        raise NotFound(f"no repository {name!r}", hint="`windlass status` shows the tended ones")
    return rows


def repository_name(tx: Transaction, repository_id: int | None) -> str | None:
    found = tx.scalar("SELECT name FROM wl_repository WHERE id = :id", id=repository_id)
    return None if found is None else str(found)


def main_branch(tx: Transaction, repository_id: int) -> str:
    return str(tx.scalar("SELECT main FROM wl_repository WHERE id = :id", id=repository_id))


def lanes_of(
    tx: Transaction, repository_ids: Sequence[int], names: Sequence[str] | None
) -> list[tuple[int, str, int]]:
    """(id, name, repository) of those lanes, of all when no names are given."""
    rows = tx.rows("SELECT id, name, repository_id FROM wl_lane ORDER BY id")
    return [
        (row["id"], row["name"], row["repository_id"])
        for row in rows
        if row["repository_id"] in repository_ids and (names is None or row["name"] in names)
    ]


def instance_lanes(tx: Transaction, instance: str) -> tuple[str, ...]:
    """The lanes an instance registered for; none when it is not on record."""
    found = tx.scalar("SELECT lanes FROM wl_instance WHERE id = :id", id=instance)
    return () if found is None else _words(found)


def registered(tx: Transaction, instance: str) -> str:
    """The instance, if it is on record: then its capacity, lanes and matches count."""
    return str(tx.scalar("SELECT id FROM wl_instance WHERE id = :id", id=instance) or "")


def has_ready(tx: Transaction, lanes: Sequence[int]) -> bool:
    """Whether a claim of these lanes could find anything; cheap enough to ask while waiting."""
    return any(
        tx.scalar(
            "SELECT 1 FROM wl_task WHERE lane = :lane AND status = 'pending' AND unmet = 0 LIMIT 1", lane=lane
        )
        for lane in lanes
    )


def in_review(tx: Transaction, repository_id: int, review: str) -> list[int]:
    """Tasks of guardian chains that wait in review and have come this far, oldest first."""
    rows = tx.rows(
        "SELECT id FROM wl_task WHERE repository_id = :repository AND status = 'review_needed'"
        " AND review = :review AND role <> '' ORDER BY id LIMIT 500",
        repository=repository_id, review=review,
    )  # fmt: skip
    return [int(row["id"]) for row in rows]


def followed(tx: Transaction, task_id: int) -> int | None:
    """The task that was filed on this one's approved commit and was not taken away again."""
    found = tx.scalar(
        "SELECT id FROM wl_task WHERE parent_id = :id AND status <> 'cancelled' ORDER BY id DESC LIMIT 1",
        id=task_id,
    )
    return None if found is None else int(found)


def landing_of(tx: Transaction, task_id: int, fence: int) -> int | None:
    found = tx.scalar(
        "SELECT id FROM wl_landing WHERE task_id = :id AND fence = :fence", id=task_id, fence=fence
    )
    return None if found is None else int(found)


def waiting_tasks(tx: Transaction, repository_id: int) -> list[int]:
    """Blocked tasks whose last word is a question."""
    rows = tx.rows(
        "SELECT t.id FROM wl_task t WHERE t.repository_id = :repository AND t.status = 'blocked'"
        " AND (SELECT m.kind FROM wl_message m WHERE m.task_id = t.id AND m.kind IN ('question', 'answer')"
        " ORDER BY m.seq DESC LIMIT 1) = 'question' ORDER BY t.id LIMIT 500",
        repository=repository_id,
    )
    return [int(row["id"]) for row in rows]


def letters(tx: Transaction, instance: str, limit: int = 100) -> list[Row]:
    """Unread letters in an instance's box."""
    return tx.rows(
        "SELECT id, sender, receiver, task_id, kind, body, at, read_at FROM wl_letter"
        " WHERE receiver = :box AND read_at IS NULL ORDER BY id LIMIT :limit",
        box=f"instance:{instance}", limit=limit,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Policy:
    """A standing answer; `repository_id` None: for all. `used`: how many questions it has answered."""

    id: int
    repository_id: int | None
    kind: str
    pattern: str
    choice: str
    created_by: str
    created_at: float
    revoked_by: str
    revoked_at: float | None
    used: int
    used_at: float | None


_POLICY: Final = (
    "SELECT id, repository_id, kind, pattern, choice, created_by, created_at, revoked_by, revoked_at, used,"
    " used_at FROM wl_policy"
)


def policies(tx: Transaction, repository_id: int | None, *, revoked: bool = False) -> list[Policy]:
    """Standing answers for a repository (None: for any), the newest first."""
    rows = tx.rows(
        f"{_POLICY} WHERE (:repository = -1 OR repository_id IS NULL OR repository_id = :repository)"
        " AND (:revoked = 1 OR revoked_at IS NULL) ORDER BY id DESC LIMIT 500",
        repository=-1 if repository_id is None else repository_id, revoked=int(revoked),
    )  # fmt: skip
    return [Policy(**row) for row in rows]


def policy(tx: Transaction, policy_id: int) -> Policy | None:
    row = tx.row(f"{_POLICY} WHERE id = :id", id=policy_id)
    return None if row is None else Policy(**row)


def add_policy(
    tx: Transaction, repository_id: int | None, words: tuple[str, str, str], by: str, now: float
) -> Policy:
    kind, pattern, choice = words
    made = tx.scalar(
        "INSERT INTO wl_policy (repository_id, kind, pattern, choice, created_by, created_at)"
        " VALUES (:repository, :kind, :pattern, :choice, :who, :now) RETURNING id",
        repository=repository_id, kind=kind, pattern=pattern, choice=choice, who=by, now=now,
    )  # fmt: skip
    return Policy(int(made), repository_id, kind, pattern, choice, by, now, "", None, 0, None)


def revoke_policy(tx: Transaction, policy_id: int, by: str, now: float) -> bool:
    sql = "UPDATE wl_policy SET revoked_by = :who, revoked_at = :now WHERE id = :id AND revoked_at IS NULL"
    return tx.execute(sql, id=policy_id, who=by, now=now) == 1


def count_policy(tx: Transaction, policy_id: int, now: float) -> None:
    tx.execute("UPDATE wl_policy SET used = used + 1, used_at = :now WHERE id = :id", id=policy_id, now=now)


def answered(tx: Transaction, repository_id: int | None, kind: str) -> list[Row]:
    """The newest answered decisions of a kind: key, answer and who answered."""
    return tx.rows(
        "SELECT key, answer, answered_by FROM wl_decision WHERE status = 'answered' AND kind = :kind"
        " AND (:repository = -1 OR repository_id = :repository)"
        " ORDER BY answered_at DESC, id DESC LIMIT 200",
        kind=kind, repository=-1 if repository_id is None else repository_id,
    )  # fmt: skip


def make_urgent(tx: Transaction, decision_id: int) -> bool:
    """Raise an open decision to the highest priority; whether it was lower before."""
    return (
        tx.execute(
            "UPDATE wl_decision SET priority = 0 WHERE id = :id AND status = 'open' AND priority > 0",
            id=decision_id,
        )
        == 1
    )


def places(tx: Transaction, task_id: int, after: int, limit: int) -> list[Cursor]:
    """Where the events of a task stand in the log, oldest first."""
    xid = "0" if tx.lite else "xid::text::bigint"
    rows = tx.rows(
        f"SELECT {xid} AS xid, seq FROM wl_event WHERE task_id = :id AND seq > :after"  # noqa: S608
        " ORDER BY seq LIMIT :limit",
        id=task_id, after=after, limit=limit,
    )  # fmt: skip
    return [Cursor(int(row["xid"]), int(row["seq"])) for row in rows]


def authors(tx: Transaction, task_ids: Sequence[int]) -> frozenset[str]:
    """Everybody who ever worked on these tasks, as the subjects they are known by."""
    rows = [
        row
        for task_id in task_ids
        for row in tx.rows("SELECT DISTINCT worker FROM wl_attempt WHERE task_id = :id", id=task_id)
    ]
    workers = {str(row["worker"]) for row in rows}
    return frozenset(workers | {f"runner:{name.partition('/')[0]}" for name in workers if ":" not in name})


def _words(text: str) -> tuple[str, ...]:
    return tuple(str(word) for word in json.loads(text))
