"""Judged batches as rows, and what the plan of a queue is made from. Batches are only ever added."""

import json
from collections.abc import Sequence
from typing import Final

from windlass.land.model import Candidate, JudgedBatch, Landing, Member, Said
from windlass.land.risk import Facts
from windlass.store import Row, Transaction

REASON_MAX: Final = 2_000
"""Characters of what a judgement said that are kept with a batch."""
JUDGED_MAX: Final = 200
"""The newest batches of a branch that a plan is made from."""
PAST_MAX: Final = 300
"""The newest landings of a repository that a risk is learned from."""
TIMED_MAX: Final = 20
"""The newest passed judgements that the length of the next one is told from."""
_ENDED: Final = "(l.state = 'landed' OR (l.state = 'ejected' AND l.cause = 'red'))"


def keep(
    tx: Transaction, members: Sequence[Member], said: Said, reason: str, *, seconds: float, now: float,
    aside: bool = False,
) -> int:  # fmt: skip
    """Record what the judgement of the last member's tree said; the first member leads. `aside`: it was
    judged beside the batch of its leader's try, or while another one held the branch; its try is below zero.
    """
    first, last = members[0], members[-1]
    leader = first.landing
    tries = _aside(tx, leader) if aside else leader.tries
    number = tx.scalar(
        "INSERT INTO wl_batch (repository_id, branch, landing_id, tries, base_oid, height, tree_oid, said,"
        " reason, seconds, at) VALUES (:repository, :branch, :landing, :tries, :base, :height, :tree, :said,"
        " :reason, :seconds, :now) RETURNING id",
        repository=leader.repository_id, branch=leader.branch, landing=leader.id, tries=tries,
        base=first.candidate.base, height=height(tx, leader), tree=last.candidate.tree, said=said.value,
        reason=reason[:REASON_MAX], seconds=seconds, now=now,
    )  # fmt: skip
    for place, one in enumerate(members):
        made = one.candidate
        tx.execute(
            "INSERT INTO wl_batch_member (batch_id, place, landing_id, base_oid, commit_oid, tree_oid, doubt)"
            " VALUES (:batch, :place, :landing, :base, :commit, :tree, :doubt)",
            batch=number, place=place, landing=one.landing.id, base=made.base, commit=made.commit,
            tree=made.tree, doubt=one.doubt[:REASON_MAX],
        )  # fmt: skip
    return int(number)


def _aside(tx: Transaction, leader: Landing) -> int:
    lowest = tx.scalar("SELECT min(tries) FROM wl_batch WHERE landing_id = :landing", landing=leader.id)
    return min(0, int(lowest or 0)) - 1


def followers(tx: Transaction, leader: Landing) -> list[tuple[int, Candidate]]:
    """Who lands with `leader` at its present try, in order, without itself: nobody where it is alone."""
    rows = tx.rows(
        "SELECT m.landing_id, m.base_oid, m.commit_oid, m.tree_oid FROM wl_batch b"
        " JOIN wl_batch_member m ON m.batch_id = b.id WHERE b.landing_id = :landing AND b.tries = :tries"
        " AND b.said = 'green' AND m.place > 0 ORDER BY m.place",
        landing=leader.id, tries=leader.tries,
    )  # fmt: skip
    return [
        (row["landing_id"], Candidate(row["base_oid"], "", row["commit_oid"], row["tree_oid"], ()))
        for row in rows
    ]


def led_by(tx: Transaction, leader: Landing) -> JudgedBatch:
    """The batch that `leader` leads at its present try; there has to be one."""
    which = "b.landing_id = :landing AND b.tries = :tries"
    return _batches(tx, which, landing=leader.id, tries=leader.tries)[0]


def judged(tx: Transaction, repository_id: int, branch: str) -> list[JudgedBatch]:
    """The newest batches of a branch, oldest first."""
    first = tx.scalar(
        "SELECT min(id) FROM (SELECT id FROM wl_batch WHERE repository_id = :repository AND branch = :branch"
        " ORDER BY id DESC LIMIT :limit) AS newest",
        repository=repository_id, branch=branch, limit=JUDGED_MAX,
    )  # fmt: skip
    which = "b.repository_id = :repository AND b.branch = :branch AND b.id >= :first"
    return _batches(tx, which, repository=repository_id, branch=branch, first=int(first or 0))


def led(tx: Transaction, landing: Landing) -> int:
    """How often a landing went back into the queue because a batch that it led was not green."""
    return int(
        tx.scalar(
            "SELECT count(*) FROM wl_batch WHERE landing_id = :landing AND tries >= 0 AND said <> 'green'",
            landing=landing.id,
        )
    )


def height(tx: Transaction, about: Landing) -> int:
    """How many changes have landed on the branch of a landing."""
    return landed_since(tx, about, 0.0)


def landed_since(tx: Transaction, about: Landing, since: float) -> int:
    """How many of them later than `since`."""
    return int(
        tx.scalar(
            "SELECT count(*) FROM wl_landing WHERE repository_id = :repository AND branch = :branch"
            " AND state = 'landed' AND updated_at > :since",
            repository=about.repository_id, branch=about.branch, since=since,
        )
    )  # fmt: skip


def landed_members(tx: Transaction, repository_id: int, branch: str, first: int) -> frozenset[int]:
    """Who has landed of those that were in a batch of the branch, from batch `first` on."""
    rows = tx.rows(
        "SELECT DISTINCT l.id FROM wl_batch b JOIN wl_batch_member m ON m.batch_id = b.id"
        " JOIN wl_landing l ON l.id = m.landing_id AND l.state = 'landed'"
        " WHERE b.repository_id = :repository AND b.branch = :branch AND b.id >= :first",
        repository=repository_id, branch=branch, first=first,
    )  # fmt: skip
    return frozenset(row["id"] for row in rows)


def places(tx: Transaction, oldest: Landing) -> dict[int, int]:
    """The places of the branch's landings from `oldest` on: they stay apart when others leave."""
    rows = tx.rows(
        "SELECT id FROM wl_landing WHERE repository_id = :repository AND branch = :branch AND id >= :oldest"
        " ORDER BY id",
        repository=oldest.repository_id, branch=oldest.branch, oldest=oldest.id,
    )  # fmt: skip
    return {row["id"]: place for place, row in enumerate(rows)}


def build_s(tx: Transaction, repository_id: int) -> float | None:
    """Seconds that a judgement takes, from the newest passes; None where there are none."""
    found = tx.scalar(
        "SELECT avg(seconds) FROM (SELECT v.seconds FROM wl_verdict v JOIN wl_task t ON t.id = v.task_id"
        " WHERE t.repository_id = :repository AND v.verdict = 'passed' ORDER BY v.at DESC"
        " LIMIT :limit) AS newest",
        repository=repository_id, limit=TIMED_MAX,
    )  # fmt: skip
    return None if found is None else float(found)


def past(tx: Transaction, repository_id: int) -> list[tuple[Facts, bool]]:
    """What landed and what was refused as red, oldest first, and whether it was refused."""
    rows = tx.rows(
        f"SELECT l.state, {_FACTS} WHERE l.repository_id = :repository AND {_ENDED}"
        " ORDER BY l.updated_at DESC, l.id DESC LIMIT :limit",
        repository=repository_id, limit=PAST_MAX,
    )  # fmt: skip
    return [(_facts(row), row["state"] == "ejected") for row in reversed(rows)]


def facts(tx: Transaction, repository_id: int, branch: str) -> dict[int, Facts]:
    """What is known beforehand of every landing that is not decided yet, by its number."""
    rows = tx.rows(
        f"SELECT l.id, {_FACTS} WHERE l.repository_id = :repository AND l.branch = :branch"
        " AND l.state IN ('queued', 'building', 'proved', 'landing', 'riding')",
        repository=repository_id, branch=branch,
    )  # fmt: skip
    return {row["id"]: _facts(row) for row in rows}


_FACTS: Final = (
    "s.files, s.lines, a.runner FROM wl_landing l"
    " JOIN wl_submission s ON s.task_id = l.task_id AND s.fence = l.fence"
    " LEFT JOIN wl_attempt a ON a.task_id = l.task_id AND a.fence = l.fence"
)


def _facts(row: Row) -> Facts:
    return Facts(row["runner"] or "", row["lines"], tuple(json.loads(row["files"])))


def _batches(tx: Transaction, which: str, **values: str | int) -> list[JudgedBatch]:
    rows = tx.rows(
        "SELECT b.*, m.landing_id AS member, m.commit_oid, m.doubt FROM wl_batch b"  # noqa: S608 - the caller's constant
        f" JOIN wl_batch_member m ON m.batch_id = b.id WHERE {which} ORDER BY b.id, m.place",
        **values,
    )
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row["id"], []).append(row)
    return [_batch(members) for members in found.values()]


def _batch(rows: Sequence[Row]) -> JudgedBatch:
    one = rows[0]
    return JudgedBatch(
        id=one["id"],
        leader=one["landing_id"],
        base=one["base_oid"],
        height=one["height"],
        commit=rows[-1]["commit_oid"],
        tree=one["tree_oid"],
        said=Said(one["said"]),
        reason=one["reason"],
        seconds=one["seconds"],
        members=tuple(row["member"] for row in rows),
        doubted=frozenset(row["member"] for row in rows if row["doubt"]),
    )
