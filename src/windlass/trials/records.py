"""Trials and entries in the database. Each function is part of one transaction of its caller."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from windlass.dispatch import Submission, Task, submission
from windlass.events import Subject, append
from windlass.kernel import Conflict, NotFound
from windlass.store import Row, Transaction
from windlass.trials.model import TRIAL, Plan, Trial, TrialState, Variant, parse_plan
from windlass.trials.model import Entry as Entry

TRIALS_MAX = 1_000


def add(tx: Transaction, task: Task, plan: Plan, now: float, *, by: str) -> None:
    """Put a trial of a task on record."""
    tx.execute(
        "INSERT INTO wl_trial (task_id, repository_id, pattern, state, base_oid, plan, round, created_at,"
        " updated_at, deadline)"
        " VALUES (:id, :repository, :pattern, :state, :base, :plan, 0, :now, :now, :end)",
        id=task.id, repository=task.repository_id, pattern=plan.pattern.value, base=task.base,
        state=TrialState.RUNNING.value, plan=plan.dump(), now=now, end=now + plan.within_s,
    )  # fmt: skip
    about = Subject(task.repository_id, task.item_id, task.id)
    names = [one.name for one in plan.variants]
    append(tx, "trial.opened", now, actor=by, about=about, pattern=plan.pattern.value, entries=names)


def add_entry(
    tx: Transaction, trial: Trial, variant: Variant, task: int, *, number: int, base: str
) -> None:
    tx.execute(
        "INSERT INTO wl_entry (task_id, trial, round, name, base_oid)"
        " VALUES (:task, :trial, :round, :name, :base)",
        task=task, trial=trial.task, round=number, name=variant.name, base=base,
    )  # fmt: skip


def next_round(
    tx: Transaction, old: Trial, names: Sequence[str], told: Sequence[str], now: float
) -> int:
    """Begin the next round, of entries with these names, once; its number."""
    verdict = {**old.verdict, "told": [*old.told, *told]}
    _change(tx, old, TrialState.RUNNING, now, round=old.round + 1, verdict=json.dumps(verdict))
    about = Subject(old.repository_id, None, old.task)
    append(tx, "trial.running", now, about=about, round=old.round + 1, entries=list(names))
    return old.round + 1


def decide(
    tx: Transaction, old: Trial, new: TrialState, verdict: Mapping[str, Any], now: float, *,
    winner: int | None, by: str,
) -> None:  # fmt: skip
    """Write the verdict, or a person's other choice, with its event; once."""
    if new is not old.state:
        TRIAL.check(old.state, new)
    _change(tx, old, new, now, winner=winner, by=by, verdict=json.dumps(verdict))
    about = Subject(old.repository_id, None, old.task)
    told = [str(line) for line in verdict.get("told", ())][:10]
    append(tx, f"trial.{new.value}", now, actor=by, about=about, winner=winner, reasons=told)


def _change(tx: Transaction, old: Trial, new: TrialState, now: float, **more: Any) -> None:
    values = {
        "round": old.round, "winner": old.winner, "by": old.decided_by, "verdict": json.dumps(old.verdict),
    } | more  # fmt: skip
    changed = tx.execute(
        "UPDATE wl_trial SET state = :new, round = :round, winner = :winner, decided_by = :by,"
        " verdict = :verdict, updated_at = :now WHERE task_id = :id AND state = :old AND round = :was"
        " AND coalesce(winner, 0) = :won",
        id=old.task, new=new.value, old=old.state.value, was=old.round, won=old.winner or 0, now=now,
        **values,
    )  # fmt: skip
    if not changed:
        raise Conflict(f"trial {old.task} moved meanwhile", hint="look at it and decide anew")


def keep_evaluation(tx: Transaction, task: int, evaluation: str) -> None:
    tx.execute("UPDATE wl_entry SET evaluation = :text WHERE task_id = :id", text=evaluation, id=task)


def forget_commit(tx: Transaction, task: int) -> None:
    """The entry's reference is gone; what was measured of it stays."""
    tx.execute("UPDATE wl_entry SET kept = 0 WHERE task_id = :id", id=task)


def trial(tx: Transaction, task: int) -> Trial:
    row = tx.row("SELECT * FROM wl_trial WHERE task_id = :id", id=task)
    if row is None:
        raise NotFound(f"no trial of task {task}", hint="`windlass worktree list` shows the trials")
    return _trial(row)


def trials(tx: Transaction, repository: int, states: Sequence[TrialState] = ()) -> list[Trial]:
    """The trials of a repository in these states (all, when none is named), oldest first."""
    rows = tx.rows(
        "SELECT * FROM wl_trial WHERE repository_id = :repository ORDER BY task_id DESC LIMIT :limit",
        repository=repository, limit=TRIALS_MAX,
    )  # fmt: skip
    found = [_trial(row) for row in reversed(rows)]
    return [one for one in found if not states or one.state in states]


def entries(tx: Transaction, task: int) -> list[Entry]:
    """The entries of a trial, oldest first."""
    return [
        _entry(row) for row in tx.rows("SELECT * FROM wl_entry WHERE trial = :id ORDER BY task_id", id=task)
    ]


def entry(tx: Transaction, task: int) -> Entry | None:
    """The entry whose work is this task; None for any other task."""
    row = tx.row("SELECT * FROM wl_entry WHERE task_id = :id", id=task)
    return None if row is None else _entry(row)


def offered(tx: Transaction, task: int) -> Submission | None:
    """The newest submission of an entry, whatever became of it."""
    fence = tx.scalar("SELECT max(fence) FROM wl_submission WHERE task_id = :id", id=task)
    return None if fence is None else submission(tx, task, int(fence))


def _trial(row: Row) -> Trial:
    return Trial(
        task=row["task_id"], repository_id=row["repository_id"], state=TrialState(row["state"]),
        base=row["base_oid"], plan=parse_plan(row["plan"]), round=row["round"], winner=row["winner"],
        decided_by=row["decided_by"], created_at=row["created_at"], updated_at=row["updated_at"],
        deadline=row["deadline"], verdict=json.loads(row["verdict"]),
    )  # fmt: skip


def _entry(row: Row) -> Entry:
    return Entry(
        row["task_id"], row["trial"], row["round"], row["name"], row["base_oid"], row["evaluation"],
        bool(row["kept"]),
    )  # fmt: skip
