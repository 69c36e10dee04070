"""Landings as rows: every move is one update on (id, state, tries), with its event beside it."""

import re
from collections.abc import Mapping
from typing import Any, Final

from windlass import history
from windlass.events import Subject, append
from windlass.history import Act
from windlass.kernel import Conflict, Invalid, NotFound
from windlass.land.model import LANDING, SLOT, Candidate, Cause, Landing, LandingState, Mode
from windlass.store import Row, Transaction

COMMIT: Final = re.compile(r"[0-9a-f]{7,64}")
REASON_MAX: Final = 2_000
"""Characters of a reason kept in the row and its event."""
QUEUE_MAX: Final = 1_000
"""Waiting landings of one branch that are looked at."""

_COLUMNS: Final = (
    "id, repository_id, task_id, fence, branch, mode, state, cause, reason, tries, base_oid, commit_oid,"
    " tree_oid, ref, patch, decision, advice, created_at, updated_at"
)
_MADE: Final = "base_oid = :base, commit_oid = :commit, tree_oid = :tree"
_SLOT: Final = ", ".join(f"'{state.value}'" for state in SLOT)


class LandingMoved(Conflict):
    """Somebody else moved the landing first; read it again."""


def add(
    tx: Transaction, repository_id: int, task_id: int, fence: int, *, branch: str, mode: Mode, now: float
) -> int:
    """Insert a queued landing once per (task, fence); the id of the one that is there."""
    values: dict[str, str | int | float] = {
        "repository": repository_id, "task": task_id, "fence": fence, "branch": branch, "mode": mode.value,
        "now": now,
    }  # fmt: skip
    row = tx.row(
        "INSERT INTO wl_landing (repository_id, task_id, fence, branch, mode, state, created_at, updated_at)"
        " VALUES (:repository, :task, :fence, :branch, :mode, 'queued', :now, :now)"
        " ON CONFLICT (task_id, fence) DO NOTHING RETURNING id",
        **values,
    )
    if row is not None:
        about = Subject(repository=repository_id, task=task_id, fence=fence)
        append(tx, "landing.queued", now, about=about, landing=row["id"], branch=branch, mode=mode.value)
        return int(row["id"])
    found = tx.scalar(
        "SELECT id FROM wl_landing WHERE task_id = :task AND fence = :fence", task=task_id, fence=fence
    )
    return int(found)


def landing(tx: Transaction, landing_id: int) -> Landing:
    row = tx.row(f"SELECT {_COLUMNS} FROM wl_landing WHERE id = :id", id=landing_id)  # noqa: S608
    if row is None:
        raise NotFound(f"no landing {landing_id}")
    return _landing(row)


def by_commit(tx: Transaction, repository_id: int, commit: str) -> Landing:
    """The landing that made a commit, by its id or an unambiguous beginning of it."""
    if not COMMIT.fullmatch(commit):
        raise Invalid(f"{commit[:80]!r} is no commit's id", hint="at least 7 of its hexadecimal digits")
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM wl_landing"  # noqa: S608
        " WHERE repository_id = :repository AND commit_oid LIKE :start ORDER BY id LIMIT 2",
        repository=repository_id, start=f"{commit}%",
    )  # fmt: skip
    if not rows:
        raise NotFound(f"windlass has landed no commit {commit}", hint="windlass land list")
    if len(rows) > 1:
        raise Invalid(f"{commit} is the beginning of several landed commits", hint="give more of it")
    return _landing(rows[0])


def landings(
    tx: Transaction, repository_id: int, since: float = 0, *, task: int | None = None
) -> list[Landing]:
    """Landings of a repository, or of one task there, that changed at or after `since`, oldest first."""
    given, only = ({}, "") if task is None else ({"task": task}, " AND task_id = :task")
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM wl_landing"  # noqa: S608
        f" WHERE repository_id = :repository AND updated_at >= :since{only} ORDER BY id",
        repository=repository_id, since=since, **given,
    )  # fmt: skip
    return [_landing(row) for row in rows]


def in_states(tx: Transaction, repository_id: int, *states: LandingState) -> list[Landing]:
    """Landings of a repository in one of `states`, oldest first."""
    listed = ", ".join(f"'{state.value}'" for state in states)
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM wl_landing"  # noqa: S608
        f" WHERE repository_id = :repository AND state IN ({listed}) ORDER BY id",
        repository=repository_id,
    )
    return [_landing(row) for row in rows]


def holder(tx: Transaction, repository_id: int, branch: str) -> Landing | None:
    """The landing that holds the slot of (repository, branch)."""
    row = tx.row(
        f"SELECT {_COLUMNS} FROM wl_landing"  # noqa: S608
        f" WHERE repository_id = :repository AND branch = :branch AND state IN ({_SLOT})",
        repository=repository_id, branch=branch,
    )  # fmt: skip
    return None if row is None else _landing(row)


def queued(tx: Transaction, repository_id: int, branch: str, limit: int = QUEUE_MAX) -> list[Landing]:
    """Who waits for the branch, oldest first."""
    return _queued(tx, repository_id, branch, limit, lock=False)


def lock_queue(tx: Transaction, repository_id: int, branch: str) -> list[Landing]:
    """The same; lets racers for a branch queue up behind each other, so that the loser sees the winner."""
    return _queued(tx, repository_id, branch, QUEUE_MAX, lock=not tx.lite)


def _queued(tx: Transaction, repository_id: int, branch: str, limit: int, *, lock: bool) -> list[Landing]:
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM wl_landing"  # noqa: S608
        " WHERE repository_id = :repository AND branch = :branch AND state = 'queued' ORDER BY id"
        " LIMIT :limit" + (" FOR UPDATE" if lock else ""),
        repository=repository_id, branch=branch, limit=limit,
    )  # fmt: skip
    return [_landing(row) for row in rows]


def take_slot(tx: Transaction, old: Landing, now: float) -> bool:
    """Go from QUEUED to BUILDING if nobody holds the branch; the unique index decides between racers."""
    LANDING.check(old.state, LandingState.BUILDING)
    changed = tx.execute(
        "UPDATE wl_landing SET state = 'building', tries = tries + 1, updated_at = :now"  # noqa: S608
        " WHERE id = :id AND state = 'queued' AND tries = :tries AND NOT EXISTS"
        " (SELECT 1 FROM wl_landing AS other WHERE other.repository_id = :repository"
        f" AND other.branch = :branch AND other.state IN ({_SLOT}))",
        id=old.id, tries=old.tries, repository=old.repository_id, branch=old.branch, now=now,
    )  # fmt: skip
    if changed:
        _event(tx, old, LandingState.BUILDING, now)
    return changed == 1


def rebuild(tx: Transaction, old: Landing, reason: str, now: float) -> None:
    """Begin again on a branch that moved: the old candidate is forgotten."""
    forgotten = "tries = tries + 1, base_oid = NULL, commit_oid = NULL, tree_oid = NULL, reason = ''"
    _move(tx, old, LandingState.BUILDING, now, forgotten)
    _event(tx, old, LandingState.BUILDING, now, reason=reason)


def prove(
    tx: Transaction, old: Landing, candidate: Candidate, mode: Mode, now: float, *,
    patch: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    """Keep the tested candidate; `mode` may have been lowered to PROPOSE. `patch`: what is known of the lines
    that it adds.
    """
    _move(
        tx, old, LandingState.PROVED, now, f"{_MADE}, mode = :mode",
        base=candidate.base, commit=candidate.commit, tree=candidate.tree, mode=mode.value,
    )  # fmt: skip
    tested: dict[str, Any] = {} if patch is None else {"patch_coverage": dict(patch)}
    _event(
        tx, old, LandingState.PROVED, now, base=candidate.base, commit=candidate.commit, tree=candidate.tree,
        **tested,
    )  # fmt: skip


def intend(tx: Transaction, old: Landing, ref: str, now: float) -> None:
    """Put on record which reference is about to move to the proved commit."""
    _move(tx, old, LandingState.LANDING, now, "reason = '', ref = :ref", ref=ref)
    _event(tx, old, LandingState.LANDING, now, ref=ref, commit=old.commit, base=old.base)


def ride(tx: Transaction, old: Landing, made: Candidate, leader: int, *, ref: str, now: float) -> None:
    """Put on record that the reference is about to move to this commit and beyond, by another's landing."""
    _move(
        tx, old, LandingState.RIDING, now, f"{_MADE}, ref = :ref",
        base=made.base, commit=made.commit, tree=made.tree, ref=ref,
    )  # fmt: skip
    _event(
        tx, old, LandingState.RIDING, now, leader=leader, commit=made.commit, base=made.base, tree=made.tree
    )


def wait_again(tx: Transaction, old: Landing, reason: str, now: float) -> None:
    """Back into the queue from a batch: as its leader while it was built, or as who was riding in it."""
    forgotten = "base_oid = NULL, commit_oid = NULL, tree_oid = NULL, ref = NULL"
    _move(tx, old, LandingState.QUEUED, now, forgotten)
    _event(tx, old, LandingState.QUEUED, now, reason=reason)


def wait(tx: Transaction, old: Landing, reason: str, now: float) -> None:
    """Keep why it cannot go on for now, empty when it can; an event where that is something new."""
    told = reason[:REASON_MAX]
    changed = tx.execute(
        "UPDATE wl_landing SET reason = :reason, updated_at = :now"
        " WHERE id = :id AND state = :state AND tries = :tries",
        id=old.id, state=old.state.value, tries=old.tries, reason=told, now=now,
    )  # fmt: skip
    if changed and told and told != old.reason:
        say(tx, old, "landing.waiting", now, severity="warning", reason=told)


def finish(tx: Transaction, old: Landing, *, patch: str | None, advice: str, now: float) -> None:
    """Record that the reference holds the commit."""
    new = LandingState.LANDED if old.mode is Mode.LAND else LandingState.PROPOSED
    set_ = "reason = '', patch = :patch, advice = :advice"
    _move(tx, old, new, now, set_, patch=patch, advice=advice)
    extra = {"patch": patch} if patch else {}
    if advice:
        extra["advice"] = advice
    _event(tx, old, new, now, ref=old.ref, commit=old.commit, base=old.base, tree=old.tree, **extra)
    if new is LandingState.LANDED:
        act = Act("land", "windlass", f"task {old.task_id} on {old.branch}, {old.commit}", old.repository_id)
        history.final(tx, act, f"take it back with: windlass land revert {old.commit}")


def stop(
    tx: Transaction, old: Landing, new: LandingState, cause: Cause, reason: str, *,
    decision: str | None = None, now: float, actor: str = "windlass",
) -> None:  # fmt: skip
    """Eject or block."""
    _move(
        tx, old, new, now, "cause = :cause, reason = :reason, decision = :decision",
        cause=cause.value, reason=reason[:REASON_MAX], decision=decision,
    )  # fmt: skip
    _event(tx, old, new, now, actor=actor, cause=cause.value, reason=reason[:REASON_MAX])


def queue_again(tx: Transaction, old: Landing, reason: str, *, actor: str, now: float) -> None:
    """Put a blocked landing back into the queue after a person allowed it."""
    allowed = "tries = tries + 1, cause = '', reason = ''"
    _move(tx, old, LandingState.QUEUED, now, allowed, was=LandingState.BLOCKED)
    _event(tx, old, LandingState.QUEUED, now, actor=actor, reason=reason)


def say(tx: Transaction, about: Landing, kind: str, now: float, **data: object) -> None:
    """Record an event about a landing that is not a move."""
    append(tx, kind, now, actor="windlass", about=_subject(about), landing=about.id, **data)


def ended_since(tx: Transaction, repository_id: int, since: float) -> list[Landing]:
    """Landings that were landed, proposed or ejected at or after `since`: what the daily limits count."""
    ended = (LandingState.LANDED, LandingState.PROPOSED, LandingState.EJECTED)
    return [one for one in in_states(tx, repository_id, *ended) if one.updated_at >= since]


def approved(tx: Transaction, item_id: int) -> bool:
    """Whether a person has let the work on this item begin, at the gate or by an order."""
    return bool(
        tx.scalar(
            "SELECT EXISTS (SELECT 1 FROM wl_event WHERE kind = 'item.routed' AND kind <> 'task.claimed'"
            " AND item_id = :item AND actor <> 'windlass')",
            item=item_id,
        )
    )


def _move(
    tx: Transaction, old: Landing, new: LandingState, now: float, columns: str, *,
    was: LandingState | None = None, **values: str | None,
) -> None:  # fmt: skip
    """Go on, unless somebody was quicker. `columns`: what is set besides the state, by names of `values`.
    `was`: the one state that this leaves, where there are several ways to the new one.
    """
    LANDING.check(old.state, new)
    rows = tx.execute(
        f"UPDATE wl_landing SET state = :new, {columns}, updated_at = :now"  # noqa: S608
        " WHERE id = :id AND state = :state AND tries = :tries",
        id=old.id, state=(was or old.state).value, tries=old.tries, new=new.value, now=now, **values,
    )  # fmt: skip
    if rows != 1:
        raise LandingMoved(f"landing {old.id} is no longer {old.state.value!r} at try {old.tries}")


def _subject(about: Landing) -> Subject:
    return Subject(repository=about.repository_id, task=about.task_id, fence=about.fence)


def _event(
    tx: Transaction, old: Landing, new: LandingState, now: float, actor: str = "windlass", **data: object
) -> None:
    append(
        tx, f"landing.{new.value}", now, actor=actor, about=_subject(old), landing=old.id,
        was=old.state.value, branch=old.branch, mode=old.mode.value, **data,
    )  # fmt: skip


def _landing(row: Row) -> Landing:
    return Landing(
        id=row["id"],
        repository_id=row["repository_id"],
        task_id=row["task_id"],
        fence=row["fence"],
        branch=row["branch"],
        mode=Mode(row["mode"]),
        state=LandingState(row["state"]),
        cause=Cause(row["cause"]),
        reason=row["reason"],
        tries=row["tries"],
        base=row["base_oid"],
        commit=row["commit_oid"],
        tree=row["tree_oid"],
        ref=row["ref"],
        patch=row["patch"],
        decision=row["decision"],
        advice=row["advice"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
