"""What is stated of a landing: which commit, from which work, judged by what, allowed by whom.

An in-toto statement (version 1). All of it is read from the records in the transaction that ends the landing,
so it says what was known at that moment; the claims of a worker are left out.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from windlass import __version__, backlog, conflicts, dispatch, events, verify
from windlass.dispatch import Submission, Task
from windlass.events import Event
from windlass.kernel import iso
from windlass.land import records
from windlass.land.model import JudgedBatch, Landing
from windlass.store import Transaction

KIND: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "tag:windlass,2026:landing/v1"
ROWS_MAX: Final = {"evidence": 30, "attempts": 15, "approvals": 15}
"""Rows that are written out; the digest of a list covers all of them."""
TEXT_MAX: Final = 200
SETTLED_MAX: Final = 30
"""Settled files that are named."""
UNCOVERED_MAX: Final = 10
"""Files with lines that no test ran."""
JUDGED: Final = frozenset({"landing.proved", "verdict.passed"})
"""Events that tell which lines tests ran."""
APPROVALS: Final = frozenset({"decision.answered", "task.approved"})
"""Events by which somebody let work go on."""


def statement(
    tx: Transaction, landing: Landing, submission: Submission, now: float, *, batch: JudgedBatch | None = None
) -> dict[str, Any]:
    """The statement of a landing whose reference holds its commit. `batch`: the one it was judged as part of,
    by its last tree; the evidence is that tree's.
    """
    proof = landing.proof
    tasks = dispatch.chain.standing(tx, landing.task_id)
    lists = {
        "evidence": verify.evidence_of(tx, proof.tree if batch is None else batch.tree),
        "attempts": [row for task in tasks for row in _attempts(tx, task)],
        "approvals": [_approval(event) for event in _approvals(tx, tasks)],
    }
    return {
        "_type": KIND,
        "subject": [{"name": landing.ref, "digest": {"gitCommit": proof.commit}}],
        "predicateType": PREDICATE,
        "predicate": {
            "landing": landing.id, "mode": landing.mode.value, "branch": landing.branch, "at": iso(now),
            "windlass": __version__, "base": proof.base, "tree": proof.tree, "item": _item(tx, tasks[0]),
            "tasks": [_task(task) for task in tasks],
            "submission": {
                "commit": submission.commit, "base": submission.base, "files": len(submission.files),
                "lines": submission.lines, "sandbox": submission.sandbox,
            },
            **({} if batch is None else {"judged": _judged(batch)}),
            **({"reverts": _reverted(tx, tasks[0])} if tasks[0].spec.reverts else {}),
            **_settled(tx, landing),
            **_tested(tx, landing, batch),
            **{name: rows[: ROWS_MAX[name]] for name, rows in lists.items()},
            "lists": {name: {"rows": len(rows), "sha256": digest(rows)} for name, rows in lists.items()},
        },
    }  # fmt: skip


def _reverted(tx: Transaction, task: Task) -> dict[str, object]:
    """What a revert takes back, for whom and by which evidence."""
    known = records.reversals.of_task(tx, task.id)
    why = {} if known is None else {
        "landing": known.landing, "by": known.by or "windlass", "reason": known.reason,
        "evidence": list(known.evidence),
    }  # fmt: skip
    return {"commit": task.spec.reverts, **why}


def _tested(tx: Transaction, landing: Landing, batch: JudgedBatch | None) -> dict[str, object]:
    """Which of the lines that it adds tests ran, and on which tree that was seen: its own, the last one of
    its batch, or the one that the verdict on its submission was about.
    """
    for event in reversed(events.history(tx, task=landing.task_id)):
        mine = event.subject.fence == landing.fence and event.kind in JUDGED
        if mine and isinstance(found := event.data.get("patch_coverage"), dict):
            shown = dict(islice(sorted(found["uncovered"].items()), UNCOVERED_MAX))
            last = None if batch is None or event.kind == "verdict.passed" else batch.tree
            return {"patch_coverage": {**found, "uncovered": shown, "tree": last or event.data["tree"]}}
    return {}


def _settled(tx: Transaction, landing: Landing) -> dict[str, object]:
    """The files in which the merge met a conflict, and what settled it; nothing where there was none."""
    found = conflicts.account.settled(tx, landing.id, landing.proof.base)
    rows = [
        {"path": _cut(one.path), "by": one.means.value, "note": _cut(one.note), "blob": one.oid}
        for one in found
        if one.means
    ]
    return {"settled": rows[:SETTLED_MAX]} if rows else {}


def _judged(batch: JudgedBatch) -> dict[str, object]:
    return {
        "batch": batch.id, "commit": batch.commit, "tree": batch.tree, "base": batch.base,
        "landings": list(batch.members),
    }  # fmt: skip


def digest(rows: Sequence[Mapping[str, object]]) -> str:
    """SHA-256 over the canonical JSON of a list."""
    return sha256(canonical(rows)).hexdigest()


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _item(tx: Transaction, task: Task) -> dict[str, object] | None:
    if task.item_id is None:
        return None
    item = backlog.item(tx, task.item_id)
    return {"id": item.id, "title": _cut(item.title), "source": item.source, "rule": item.rule}


def _task(task: Task) -> dict[str, object]:
    told = {"id": task.id, "fence": task.fence, "title": _cut(task.title), "runner": task.spec.runner}
    return {**told, "role": task.role} if task.role else told


def _attempts(tx: Transaction, task: Task) -> list[dict[str, object]]:
    return [
        {
            "task": task.id, "fence": one.fence, "worker": one.worker, "runner": one.runner,
            "sandbox": one.sandbox, "outcome": one.outcome.value if one.outcome else None,
            "started": iso(one.started_at),
        }
        for one in dispatch.attempts(tx, task.id)
    ]  # fmt: skip


def _approvals(tx: Transaction, tasks: Sequence[Task]) -> list[Event]:
    told = [event for task in tasks for event in events.history(tx, task=task.id)]
    if tasks[0].item_id is not None:
        told += events.history(tx, item=tasks[0].item_id)
    known = {event.seq: event for event in told if event.kind in APPROVALS}
    return [known[seq] for seq in sorted(known)]


def _approval(event: Event) -> dict[str, object]:
    told = {name: event.data[name] for name in ("decision", "choice") if name in event.data}
    return {"event": event.seq, "kind": event.kind, "by": event.actor, "at": iso(event.at), **told}


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"
