"""Decisions (MSH-5): asked once per key, answered once by a person, withdrawn when the question is gone."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from windlass import events
from windlass.events import Subject
from windlass.kernel import Conflict, Invalid, NotFound
from windlass.policy.model import Decision, DecisionStatus
from windlass.store import Row, Transaction

CONTEXT_MAX: Final = 262_144
"""Bytes of JSON a decision may carry."""
ANSWER_MAX: Final = 500
"""Characters of an answer in words that are kept with the decision."""
NOBODY: Final = Subject()

_COLUMNS = (
    "id, key, repository_id, item_id, task_id, kind, question, context, options, default_choice, priority,"
    " status, answer, answered_by, created_at, answered_at, deadline, evidence, cost"
)
_SELECT = f"SELECT {_COLUMNS} FROM wl_decision"  # noqa: S608 - a constant


def ask(
    tx: Transaction,
    key: str,
    question: str,
    context: Mapping[str, object],
    options: Sequence[str],
    *,
    kind: str,
    now: float,
    about: Subject = NOBODY,
    default: str | None = None,
    priority: int = 2,
    deadline: float | None = None,
    evidence: Sequence[str] = (),
    cost: str = "",
) -> Decision:
    """Put a question to a person, once per `key`: an open or answered one is returned as it is.

    One that was withdrawn is asked anew. `priority`: 0 is the most urgent. `deadline`: unix seconds.
    """
    text = _checked(key, context, options, default)
    asked = tx.row(
        "INSERT INTO wl_decision (key, repository_id, item_id, task_id, kind, question, context, options,"
        " default_choice, priority, status, created_at, deadline, evidence, cost) VALUES (:key, :repository,"
        " :item, :task, :kind, :question, :context, :options, :default_choice, :priority, 'open', :now,"
        " :deadline, :evidence, :cost)"
        " ON CONFLICT (key) DO UPDATE SET status = 'open', question = excluded.question,"
        " context = excluded.context, options = excluded.options, default_choice = excluded.default_choice,"
        " priority = excluded.priority, created_at = excluded.created_at, deadline = excluded.deadline,"
        " evidence = excluded.evidence, cost = excluded.cost"
        " WHERE wl_decision.status = 'withdrawn' RETURNING id",
        key=key, repository=about.repository, item=about.item, task=about.task, kind=kind, question=question,
        context=text, options=json.dumps(list(options)), default_choice=default, priority=priority, now=now,
        deadline=deadline, evidence=json.dumps(list(evidence)), cost=cost,
    )  # fmt: skip
    if asked is not None:
        events.append(tx, "decision.opened", now, about=about, decision=asked["id"], key=key, asks=kind)
    return decision(tx, key)


def answer(
    tx: Transaction, decision_id: int, choice: str | None, by: str, now: float, *, text: str = ""
) -> Decision:
    """Record what `by` chose; only an open decision takes an answer, and only one of its options.

    `text` is said beside the choice. Without a choice it is the answer itself: for whoever waits for words.
    """
    asked = decision(tx, decision_id)
    if choice is None and text:
        choice = text[:ANSWER_MAX]
    elif choice not in asked.options:
        known = ", ".join(asked.options)
        raise Invalid(f"decision {decision_id} has no option {choice!r}", hint=f"choose one of: {known}")
    changed = tx.execute(
        "UPDATE wl_decision SET status = 'answered', answer = :choice, answered_by = :who, answered_at = :now"
        " WHERE id = :id AND status = 'open'",
        choice=choice, who=by, now=now, id=decision_id,
    )  # fmt: skip
    if not changed:
        asked = decision(tx, decision_id)
        whose = f" by {asked.answered_by!r} with {asked.answer!r}" if asked.answered_by else ""
        raise Conflict(f"decision {decision_id} was already {asked.status.value}{whose}", hint="look again")
    events.append(
        tx, "decision.answered", now, actor=by, about=_about(asked),
        decision=decision_id, key=asked.key, choice=choice, text=text[:ANSWER_MAX],
    )  # fmt: skip
    return decision(tx, decision_id)


def withdraw(tx: Transaction, key: str, reason: str, now: float) -> None:
    """Take back a question that nobody needs answered any more; answered ones stay as they are."""
    sql = "UPDATE wl_decision SET status = 'withdrawn' WHERE key = :key AND status = 'open'"
    if tx.execute(sql, key=key):
        asked = decision(tx, key)
        about = _about(asked)
        events.append(tx, "decision.withdrawn", now, about=about, decision=asked.id, key=key, reason=reason)


def decision(tx: Transaction, key_or_id: str | int) -> Decision:
    column = "id" if isinstance(key_or_id, int) else "key"
    row = tx.row(f"{_SELECT} WHERE {column} = :value", value=key_or_id)
    if row is None:
        raise NotFound(f"no decision {key_or_id!r}", hint="open ones: windlass decide list")
    return _decision(row)


def last_asked(tx: Transaction, key: str) -> Decision | None:
    """The newest decision under `key` or under `key:…`, its repetitions; None when it was never asked."""
    row = tx.row(
        f"{_SELECT} WHERE (key = :key OR key LIKE :again) ORDER BY id DESC LIMIT 1",
        key=key, again=f"{key}:%",
    )  # fmt: skip
    return None if row is None else _decision(row)


def open_decisions(tx: Transaction, repository_id: int | None = None) -> list[Decision]:
    """What waits for a person, most urgent and then oldest first."""
    rows = tx.rows(
        f"{_SELECT} WHERE status = 'open' AND (:repository = -1 OR repository_id = :repository)"
        " ORDER BY priority, created_at, id",
        repository=-1 if repository_id is None else repository_id,
    )
    return [_decision(row) for row in rows]


def _checked(key: str, context: Mapping[str, object], options: Sequence[str], default: str | None) -> str:
    if len(options) < 2 or len(set(options)) != len(options):
        raise Invalid(f"decision {key!r} needs two or more different options, not {list(options)}")
    if default is not None and default not in options:
        raise Invalid(f"decision {key!r} has the default {default!r}, which is not one of {list(options)}")
    text = json.dumps(context, sort_keys=True, separators=(",", ":"))
    if len(text) > CONTEXT_MAX:
        raise Invalid(f"decision {key!r} carries {len(text)} bytes of context, more than {CONTEXT_MAX}")
    return text


def _about(asked: Decision) -> Subject:
    return Subject(asked.repository, asked.item, asked.task)


def _decision(row: Row) -> Decision:
    return Decision(
        id=row["id"], key=row["key"], kind=row["kind"], question=row["question"],
        options=tuple(json.loads(row["options"])), default=row["default_choice"], priority=row["priority"],
        status=DecisionStatus(row["status"]), created_at=row["created_at"], repository=row["repository_id"],
        item=row["item_id"], task=row["task_id"], answer=row["answer"], answered_by=row["answered_by"],
        answered_at=row["answered_at"], context=json.loads(row["context"]), deadline=row["deadline"],
        evidence=tuple(json.loads(row["evidence"])), cost=row["cost"],
    )  # fmt: skip
