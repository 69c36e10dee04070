"""The tools of admins: take back, free, end, sweep. Each raises the fence, so no worker notices too late."""

from collections.abc import Callable

from windlass import dispatch
from windlass.dispatch import Task, TaskStatus
from windlass.identity import authorize
from windlass.kernel import Conflict
from windlass.mesh import answering, records
from windlass.mesh.office import Office, Request, once
from windlass.mesh.records import Answer
from windlass.store import Transaction

Overrule = Callable[[Transaction, int, str, str, float], None]


def requeue(office: Office, request: Request) -> Answer:
    return _overruled(office, request, dispatch.verdicts.requeue)


def unblock(office: Office, request: Request) -> Answer:
    return _overruled(office, request, dispatch.verdicts.unblock)


def cancel(office: Office, request: Request) -> Answer:
    answer = _overruled(office, request, _cancel)
    return {"status": answer["status"]}


def _overruled(office: Office, request: Request, act: Overrule) -> Answer:
    asked = request.asked

    def work(tx: Transaction, now: float) -> Answer:
        task = dispatch.task(tx, asked["task_id"])
        authorize(request.principal, request.tool.action, task=task.id, repository=task.repository_id)
        answering.withdraw_questions(tx, task.id, now)
        act(tx, task.id, request.principal.subject, asked["reason"], now)
        found = dispatch.task(tx, task.id)
        return {"status": found.status.value, "fence": found.fence}

    return once(office, request, work)


def _cancel(tx: Transaction, task_id: int, by: str, reason: str, now: float) -> None:
    task = dispatch.task(tx, task_id)
    if task.root is not None and _guards(tx, task):
        raise Conflict(
            f"task {task_id} guards task {task.root}, which would land unguarded or never",
            hint=f"cancel or requeue task {task.root}; what guards it goes with it",
        )
    dispatch.verdicts.cancel(tx, task_id, by, reason, now)


def _guards(tx: Transaction, task: Task) -> bool:
    ended = (TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED)
    return task.status not in ended and dispatch.task(tx, task.root or 0).status not in ended


def sweep(office: Office, request: Request) -> Answer:
    name = request.asked.get("repository")

    def work(tx: Transaction, now: float) -> Answer:
        known = records.repositories(tx, name)
        authorize(request.principal, "task.sweep", repository=known[0]["id"] if name is not None else None)
        lost = dispatch.sweep(tx, now)
        failed = [number for number in lost if dispatch.task(tx, number).status is TaskStatus.FAILED]
        return {"requeued": [number for number in lost if number not in failed], "failed": failed}

    return once(office, request, work)
