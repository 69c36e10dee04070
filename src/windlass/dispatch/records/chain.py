"""Guardian chains: an implementation, then those who check it, each on the approved commit of the one before.

Every task of a chain waits in review until the last one's commit has landed: closing is an effect of landing.
Whoever touches several tasks of a chain takes the later ones first; see `verdicts`.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from windlass.dispatch.lease import HeldLease
from windlass.dispatch.model import ENTRY, Outcome, Place, Review, Spec, Submission, Task, TaskStatus
from windlass.dispatch.records import needs
from windlass.dispatch.records.filing import add_task
from windlass.dispatch.records.moving import GIVE_UP as GIVE_UP
from windlass.dispatch.records.moving import (
    NOTE_MAX,
    Move,
    add_message,
    end_lease,
    move,
    subject_of,
    task_row,
)
from windlass.dispatch.records.moving import RETRY as RETRY
from windlass.dispatch.records.reads import submission, task, task_of
from windlass.dispatch.records.verdicts import complete, reject
from windlass.dispatch.statements import GRADE, TASK_COLUMNS
from windlass.events import append
from windlass.kernel import Conflict
from windlass.store import Transaction


def chain_of(tx: Transaction, task_id: int) -> list[Task]:
    """The task's chain as it stands now: the implementation and every later task that was not taken away."""
    found = task(tx, task_id)
    root = found.root or found.id
    rows = tx.rows(
        f"SELECT {TASK_COLUMNS} FROM wl_task WHERE (id = :root OR root_id = :root) AND role <> :entry"  # noqa: S608
        " ORDER BY id",
        root=root,
        entry=ENTRY,
    )
    return [task_of(row) for row in rows]


def standing(tx: Transaction, task_id: int) -> list[Task]:
    """The tasks that lead up to this one, the implementation first and this one last."""
    found = [task(tx, task_id)]
    while (parent := found[0].parent) is not None:
        found.insert(0, task(tx, parent))
    return found


def verified(tx: Transaction, offered: Submission, now: float) -> None:
    """The gate passed a submission; `offered.checked` says what became of each claim."""
    row = task_row(tx, offered.task_id)
    _grade(tx, offered.task_id, offered.fence, (Review.NONE, Review.VERIFIED), now)
    append(tx, "task.verified", now, actor="windlass", about=subject_of(row), commit=offered.commit)


def keep_checked(tx: Transaction, task_id: int, fence: int, checked: str) -> None:
    tx.execute(
        "UPDATE wl_submission SET checked = :checked WHERE task_id = :id AND fence = :fence",
        checked=checked, id=task_id, fence=fence,
    )  # fmt: skip


def approve(tx: Transaction, offered: Submission, by: str, now: float, **facts: object) -> None:
    """Approve exactly this submission, once."""
    row = task_row(tx, offered.task_id)
    _grade(tx, offered.task_id, offered.fence, (Review.VERIFIED, Review.APPROVED), now)
    append(tx, "task.approved", now, actor=by, about=subject_of(row), commit=offered.commit, **facts)


def _grade(
    tx: Transaction, task_id: int, fence: int, change: tuple[Review, Review], now: float
) -> None:
    old, new = change
    if not tx.execute(GRADE, id=task_id, fence=fence, old=old.value, new=new.value, now=now):
        found = task(tx, task_id)
        graded = f", {found.review.value}" if found.review.value else ""
        raise Conflict(
            f"task {task_id} is {found.status.value}{graded} at fence {found.fence},"
            f" so it cannot become {new.value} at fence {fence}",
            hint="read the task again and decide anew",
        )


def file_next(tx: Transaction, before: Task, role: str, lane: int, now: float, *, commit: str) -> int:
    """File the next task of a chain on the approved `commit` of the one before it."""
    root = before if before.root is None else task(tx, before.root)
    spec = Spec(role, (), instructions=f"{root.title}\n\n{root.spec.instructions}".strip(), source="chain")
    return add_task(
        tx, repository_id=before.repository_id, item_id=None, lane=lane, kind=role,
        title=f"{role}: {root.title}", spec=spec, wsjf=root.cls / 1000, base=commit, now=now,
        attempts_max=root.attempts_max,
        place=Place(role, root.risk, parent=before.id, root=root.id),
    )  # fmt: skip


def send_back(tx: Transaction, held: HeldLease, reason: str, now: float) -> TaskStatus:
    """A guardian's no: its own task is done, and the implementation goes back with the reason, or fails.

    Returns the status of the implementation.
    """
    lease = held.lease
    row = task_row(tx, lease.task_id)
    change = Move(TaskStatus.COMPLETED, "task.completed", lease.worker, "", outcome=Outcome.SUBMITTED)
    end_lease(tx, lease, change, now)
    move(tx, row, (TaskStatus.IN_PROGRESS, lease.fence), change, now)
    add_message(tx, lease.task_id, lease.fence, ("worker", "rejection", reason), now)
    root = task(tx, row["root_id"])
    return reject(tx, root.id, root.fence, reason, now, actor=lease.worker)


def whole(tx: Transaction, task_id: int, fence: int) -> Submission:
    """What lands with this submission: everything its chain has changed since the implementation's base."""
    last = submission(tx, task_id, fence)
    line = standing(tx, task_id)
    before = [_offered(tx, each.id, after.base) for each, after in pairwise(line)]
    if not before:
        return last
    return replace(
        last, base=before[0].base, lines=last.lines + sum(each.lines for each in before),
        files=tuple(sorted({path for each in (*before, last) for path in each.files})),
        sandbox="none" if any(each.sandbox == "none" for each in (*before, last)) else last.sandbox,
    )  # fmt: skip


def _offered(tx: Transaction, task_id: int, commit: str) -> Submission:
    """The submission of a task that brought this commit, whatever became of the task since."""
    fence = tx.scalar(
        "SELECT max(fence) FROM wl_submission WHERE task_id = :id AND commit_oid = :commit",
        id=task_id, commit=commit,
    )  # fmt: skip
    return submission(tx, task_id, int(fence or 0))


def close(tx: Transaction, task_id: int, fence: int, now: float) -> None:
    """The commit of a submission has landed: it and all it stands on are completed."""
    leading = standing(tx, task_id)[:-1]
    complete(tx, task_id, fence, now)
    for each in reversed(leading):
        complete(tx, each.id, each.fence, now)


def again(tx: Transaction, task_id: int, now: float, *, note: str = "") -> int:
    """File an ended task anew, with fresh attempts; its note, which its worker is told, is this one or that
    of the task it stands for. The number of the new one.
    """
    old = task(tx, task_id)
    if old.parent is not None:
        _lock_approved(tx, old.parent)
    number = add_task(
        tx, repository_id=old.repository_id, item_id=old.item_id, lane=old.lane, kind=old.kind,
        title=old.title, spec=old.spec, wsjf=old.cls / 1000, base=old.base, now=now,
        attempts_max=old.attempts_max, place=Place(old.role, old.risk, parent=old.parent, root=old.root),
    )  # fmt: skip
    tx.execute("UPDATE wl_task SET note = :note WHERE id = :id", note=note[:NOTE_MAX] or old.note, id=number)
    needs.inherit(tx, task_id, number)
    row = task_row(tx, number)
    append(tx, "task.refiled", now, actor="windlass", about=subject_of(row), instead_of=task_id)
    return number


def _lock_approved(tx: Transaction, task_id: int) -> None:
    """Whoever takes this task back meanwhile waits, and then sees what stands on it."""
    lock = "" if tx.lite else " FOR UPDATE"
    row = tx.row(f"SELECT status, review FROM wl_task WHERE id = :id{lock}", id=task_id)  # noqa: S608
    if row is None or (row["status"], row["review"]) != ("review_needed", Review.APPROVED.value):
        raise Conflict(f"task {task_id} was taken back meanwhile", hint="nothing is left to try again")


def keep_review(tx: Transaction, about: Submission, words: Mapping[str, object], now: float) -> None:
    """Write down one review of a submission: `reviewer`, `role`, `verdict`, `reason`, `checklist`.

    After its task was changed: whoever takes the two in the other order waits for ever.
    """
    tx.execute(
        "INSERT INTO wl_review (task_id, fence, seq, reviewer, role, verdict, commit_oid, reason, checklist,"
        " at) SELECT :id, :fence, COALESCE(MAX(seq), 0) + 1, :reviewer, :role, :verdict, :commit, :reason,"
        " :checklist, :now FROM wl_review WHERE task_id = :id AND fence = :fence",
        id=about.task_id, fence=about.fence, commit=about.commit, now=now,
        reviewer=str(words["reviewer"]), role=str(words.get("role", "")), verdict=str(words["verdict"]),
        reason=str(words.get("reason", "")), checklist=json.dumps(words.get("checklist", [])),
    )  # fmt: skip
