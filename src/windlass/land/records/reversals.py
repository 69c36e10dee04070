"""Reversals as rows: one for each landing that is taken back, moved on (id, state, tries)."""

import json
from collections.abc import Sequence
from typing import Final

from windlass.events import Subject, append
from windlass.kernel import Conflict
from windlass.land.model import Landing
from windlass.land.reversals import REVERSAL, Reversal, ReversalState, Why
from windlass.store import Row, Transaction

REASON_MAX: Final = 2_000
LISTED_MAX: Final = 100
"""Lines of evidence that are kept."""
_SELECT: Final = (
    "SELECT id, repository_id, landing_id, task_id, tries, state, asked_by, reason, evidence, updated_at"
    " FROM wl_reversal"
)


def begin(
    tx: Transaction, culprit: Landing, why: Why, now: float, *, state: ReversalState = ReversalState.OPEN
) -> Reversal:
    """Put on record that a landing is to be taken back, or whether it shall be. Conflict where it is or was;
    where nothing came of it a person may ask again.
    """
    row = tx.row(
        "INSERT INTO wl_reversal (repository_id, landing_id, task_id, tries, state, asked_by, reason,"
        " evidence, created_at, updated_at) VALUES (:repository, :landing, 0, 1, :state, :who, :reason,"
        " :evidence, :now, :now) ON CONFLICT (landing_id) DO UPDATE SET state = excluded.state, task_id = 0,"
        " tries = wl_reversal.tries + 1, asked_by = excluded.asked_by, reason = excluded.reason,"
        " evidence = excluded.evidence, created_at = excluded.created_at, updated_at = excluded.updated_at"
        " WHERE wl_reversal.state IN ('asked', 'left') AND excluded.asked_by <> '' RETURNING id",
        state=state.value, repository=culprit.repository_id, landing=culprit.id, who=why.by,
        reason=why.reason[:REASON_MAX], evidence=json.dumps(list(why.evidence[:LISTED_MAX])), now=now,
    )  # fmt: skip
    found = of_landing(tx, culprit.id)
    assert found is not None
    if row is None:
        taken = f"merge its branch: git merge windlass/{found.task}"
        raise Conflict(
            f"the revert of landing {culprit.id} is {found.state.value}: task {found.task}",
            hint=taken if found.state.value == "proposed" else f"windlass task show {found.task}",
        )
    return found


def filed(tx: Transaction, old: Reversal, task: int) -> None:
    """Say which task takes it back."""
    tx.execute("UPDATE wl_reversal SET task_id = :task WHERE id = :id", task=task, id=old.id)


def move(tx: Transaction, old: Reversal, new: ReversalState, now: float) -> None:
    """End it, if nobody else did."""
    REVERSAL.check(old.state, new)
    if not tx.execute(
        "UPDATE wl_reversal SET state = :new, updated_at = :now"
        " WHERE id = :id AND state = :old AND tries = :tries",
        new=new.value, now=now, id=old.id, old=old.state.value, tries=old.tries,
    ):  # fmt: skip
        raise Conflict(f"the revert of landing {old.landing} moved meanwhile")


def say(tx: Transaction, kind: str, about: Subject, old: Reversal, now: float, **data: object) -> None:
    append(
        tx, kind, now, actor=old.by or "windlass", about=about, landing=old.landing, revert_task=old.task,
        reason=old.reason, evidence=list(old.evidence), **data,
    )  # fmt: skip


def of_landing(tx: Transaction, landing: int) -> Reversal | None:
    """The reversal of a landing, however it ended."""
    row = tx.row(f"{_SELECT} WHERE landing_id = :landing", landing=landing)
    return None if row is None else _reversal(row)


def of_task(tx: Transaction, task: int) -> Reversal | None:
    """What a task takes back; None for one that takes back nothing."""
    row = tx.row(f"{_SELECT} WHERE task_id = :task", task=task)
    return None if row is None else _reversal(row)


def underway(tx: Transaction, repository: int) -> list[Reversal]:
    """Those that have not ended, oldest first."""
    sql = f"{_SELECT} WHERE repository_id = :repository AND state IN ('open', 'asked') ORDER BY id"
    return [_reversal(row) for row in tx.rows(sql, repository=repository)]


def first(tx: Transaction, line: Sequence[Landing]) -> Landing | None:
    """Who of these takes something back; the one that waits longest."""
    tasks = {one.task for one in underway(tx, line[0].repository_id)} - {0}
    return min((one for one in line if one.task_id in tasks), key=lambda one: one.id, default=None)


def times(tx: Transaction, item: int) -> int:
    """How often work on an item was taken back."""
    return int(
        tx.scalar(
            "SELECT count(*) FROM wl_reversal r JOIN wl_landing l ON l.id = r.landing_id"
            " JOIN wl_task t ON t.id = l.task_id LEFT JOIN wl_task o ON o.id = t.root_id"
            " WHERE r.state = 'landed' AND COALESCE(o.item_id, t.item_id) = :item",
            item=item,
        )
    )


def _reversal(row: Row) -> Reversal:
    return Reversal(
        id=row["id"], repository_id=row["repository_id"], landing=row["landing_id"], task=row["task_id"],
        tries=row["tries"], state=ReversalState(row["state"]), by=row["asked_by"], reason=row["reason"],
        evidence=tuple(json.loads(row["evidence"])), updated_at=row["updated_at"],
    )  # fmt: skip
