"""Hand in files that no runner made, for a task that waits: claimed, checked, pinned, submitted like any."""

from typing import Final

from windlass.dispatch import snapshots
from windlass.dispatch.employer import Made, Refusal
from windlass.dispatch.local import LocalEmployer
from windlass.dispatch.records import task
from windlass.dispatch.site import Site
from windlass.kernel import Conflict
from windlass.workspace import Attempt

HELD_S: Final = 300.0
"""The lease under which they are handed in."""


def offer(site: Site, attempt: Attempt, task_id: int, *, worker: str, note: str) -> None:
    """Submit what `attempt` holds. Conflict, and the task as it was: nothing differs, nobody may claim the
    task now, or the door refuses what was changed.
    """
    head, pack = snapshots.packed(site.launcher, attempt, site.author, at=site.clock(), why=note)
    if pack is None:
        raise Conflict(f"nothing is changed in {attempt.path}", hint="work there first")
    employer = LocalEmployer(site, HELD_S, only=(task_id,))
    job = employer.take(worker)
    if job is None:
        found = site.database.read(lambda tx: task(tx, task_id))
        hint = f"see why: windlass task show {task_id}; free a blocked one: windlass task requeue {task_id}"
        raise Conflict(f"task {task_id} is {found.status.value} and cannot be claimed", hint=hint)
    answer = employer.hand_in(job, Made(attempt.base, head, pack, note))
    if isinstance(answer, Refusal):
        employer.release(job, answer.detail)
        raise Conflict(f"the change is refused: {answer.detail}", hint=f"correct it in {attempt.path}")
