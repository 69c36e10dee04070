"""How a task, a decision or a run stands, and why it waits: in words, with what would move it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from windlass import dispatch, land, learn, policy
from windlass.dispatch import Lease, Review, Task, TaskStatus
from windlass.land import Landing, LandingState
from windlass.policy import Decision
from windlass.store import Transaction

QUESTION_MAX: Final = 120
"""Characters shown of a question."""
OID_SHOWN: Final = 10


class Turn(Enum):
    """Whose turn it is; the value is the exit code of a wait that ends here, None while it goes on."""

    GOING = None
    DONE = 0
    NO = 1
    PERSON = 4


@dataclass(frozen=True, slots=True)
class Stand:
    """The state by name, why it is so or what it waits for, and whose turn it is."""

    state: str
    why: str
    turn: Turn


def stand_of_task(tx: Transaction, number: int) -> Stand:
    task = dispatch.task(tx, number)
    asked = [one for one in policy.open_decisions(tx, task.repository_id) if one.task == number]
    mine = [one for one in land.landings(tx, task.repository_id) if one.task_id == number]
    current = [one for one in mine if one.fence == task.fence]
    return task_stand(task, asked, current[-1] if current else None, dispatch.lease_of(tx, number))


def stand_of_decision(tx: Transaction, number: int) -> Stand:
    asked = policy.decision(tx, number)
    state = asked.status.value
    if asked.answer is not None:
        return Stand(state, f"{asked.answered_by} chose {asked.answer!r}", Turn.DONE)
    return Stand(state, _question(asked), Turn.GOING if state == "open" else Turn.NO)


def stand_of_decisions(tx: Transaction, repository: int) -> Stand:
    """All questions of a repository: the wait ends when nothing waits for a person."""
    waiting = policy.open_decisions(tx, repository)
    if not waiting:
        return Stand("none", "nothing waits for a person", Turn.DONE)
    more = f", and {len(waiting) - 1} more" if len(waiting) > 1 else ""
    return Stand("open", f"{_question(waiting[0])}{more}", Turn.GOING)


def task_stand(
    task: Task, asked: Sequence[Decision], landing: Landing | None, lease: Lease | None
) -> Stand:
    """An open question comes first, then the landing, then what the task itself says."""
    if asked and task.status not in (TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED):
        return Stand(task.status.value, _question(asked[0]), Turn.PERSON)
    reviewed = landing is not None and task.status is TaskStatus.REVIEW_NEEDED
    if landing is not None and reviewed and landing.state is not LandingState.EJECTED:
        return Stand(task.status.value, _landing(landing), _TURNS.get(landing.state, Turn.GOING))
    if landing is not None and task.status is TaskStatus.COMPLETED and landing.commit:
        verb = "landed" if landing.state is LandingState.LANDED else landing.state.value
        return Stand(task.status.value, f"{verb} {landing.commit[:OID_SHOWN]} on {landing.branch}", Turn.DONE)
    why, turn = _STATES[task.status](task, lease)
    return Stand(task.status.value, why, turn)


_TURNS: Final = {LandingState.BLOCKED: Turn.PERSON}


def _landing(landing: Landing) -> str:
    reason = f": {landing.reason}" if landing.reason else ""
    return f"landing {landing.id} is {landing.state.value} on {landing.branch}{reason}"


def _question(asked: Decision) -> str:
    text = " ".join(asked.question.split())
    shown = text if len(text) <= QUESTION_MAX else text[: QUESTION_MAX - 1] + "…"
    return f"{shown} ({' | '.join(asked.options)}): windlass decide answer {asked.id} OPTION"


def _pending(task: Task, lease: Lease | None) -> tuple[str, Turn]:
    if task.unmet:
        others = "1 other task" if task.unmet == 1 else f"{task.unmet} other tasks"
        return f"waits for {others} to complete", Turn.GOING
    before = f"; before that: {task.note}" if task.note else ""
    return f"waits for a free worker, attempt {task.attempt + 1} of {task.attempts_max}{before}", Turn.GOING


def _in_progress(task: Task, lease: Lease | None) -> tuple[str, Turn]:
    who = lease.worker if lease is not None else "nobody"
    return f"{who} works on attempt {task.attempt} of {task.attempts_max}", Turn.GOING


def _in_review(task: Task, lease: Lease | None) -> tuple[str, Turn]:
    if task.review is Review.VERIFIED:
        return f"verified; somebody has to approve it: windlass task approve {task.id} COMMIT", Turn.PERSON
    if task.review is Review.APPROVED:
        return "approved; the next of its chain is at work, or its landing", Turn.GOING
    return "the submission is being verified", Turn.GOING


def _blocked(task: Task, lease: Lease | None) -> tuple[str, Turn]:
    return f"{task.note or 'blocked'}: windlass task requeue {task.id}", Turn.PERSON


_STATES: Final[Mapping[TaskStatus, Callable[[Task, Lease | None], tuple[str, Turn]]]] = {
    TaskStatus.PENDING: _pending,
    TaskStatus.PLANNING: lambda task, lease: ("is being planned", Turn.GOING),
    TaskStatus.IN_PROGRESS: _in_progress,
    TaskStatus.BLOCKED: _blocked,
    TaskStatus.REVIEW_NEEDED: _in_review,
    TaskStatus.COMPLETED: lambda task, lease: ("", Turn.DONE),
    TaskStatus.FAILED: lambda task, lease: (task.note, Turn.NO),
    TaskStatus.CANCELLED: lambda task, lease: (task.note, Turn.NO),
}


def stand_of_run(tx: Transaction, repository: int, number: int | None) -> Stand:
    """One run, or the newest."""
    found = learn.find_run(tx, repository, number)
    if found.finished_at is None:
        return Stand("running", f"run {found.id}", Turn.GOING)
    return Stand("finished", f"run {found.id}: {found.outcome}", Turn.DONE)
