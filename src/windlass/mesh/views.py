"""What tasks, messages and attempts look like to a caller: plain JSON, times as RFC 3339."""

from typing import Any

from windlass import dispatch
from windlass.dispatch import AttemptRecord, Submission, Task
from windlass.events import Cursor, Event
from windlass.kernel import iso
from windlass.mesh.records import Around
from windlass.store import Row


def task_view(task: Task, around: Around, *, spec: bool = True) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": task.id, "repository": around.repository, "item": task.item_id, "parent": task.parent,
        "root": task.root, "lane": around.lane, "kind": task.kind, "role": task.role, "title": task.title,
        "status": task.status.value, "review": task.review.value, "risk": task.risk, "attempt": task.attempt,
        "attempts_max": task.attempts_max, "rejections": task.rejections, "fence": task.fence,
        "base": task.base, "waits_for": task.unmet, "touches": list(around.touches),
        "skills": list(around.skills), "note": task.note,
    }  # fmt: skip
    if spec:
        view["spec"] = {
            "runner": task.spec.runner, "paths": list(task.spec.allowed), "rules": list(task.spec.rules),
            "findings": [
                {"path": each.path, "line": each.line, "rule": each.rule, "text": each.text}
                for each in task.spec.findings
            ],
            "instructions": task.spec.instructions,
        }  # fmt: skip
    return {**view, "created_at": iso(task.created_at), "updated_at": iso(task.updated_at)}


def message_view(message: dispatch.talk.Message) -> dict[str, Any]:
    return {
        "seq": message.seq, "fence": message.fence, "role": message.role, "kind": message.kind,
        "content": message.content, "at": iso(message.at),
    }  # fmt: skip


def attempt_view(attempt: AttemptRecord) -> dict[str, Any]:
    return {
        "number": attempt.number, "fence": attempt.fence, "worker": attempt.worker, "runner": attempt.runner,
        "sandbox": attempt.sandbox, "started_at": iso(attempt.started_at),
        "finished_at": None if attempt.finished_at is None else iso(attempt.finished_at),
        "outcome": None if attempt.outcome is None else attempt.outcome.value, "detail": attempt.detail,
    }  # fmt: skip


def event_view(place: Cursor, event: Event) -> dict[str, Any]:
    about = event.subject
    return {
        "id": str(place), "at": iso(event.at), "kind": event.kind, "actor": event.actor,
        "repository": about.repository, "item": about.item, "task": about.task, "fence": about.fence,
        "data": dict(event.data),
    }  # fmt: skip


def submission_view(found: Submission) -> dict[str, Any]:
    return {"commit": found.commit, "files": list(found.files), "lines": found.lines}


def letter_view(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"], "sender": row["sender"], "receiver": row["receiver"], "task_id": row["task_id"],
        "kind": row["kind"], "body": row["body"], "at": iso(row["at"]),
        "read_at": None if row["read_at"] is None else iso(row["read_at"]),
    }  # fmt: skip
