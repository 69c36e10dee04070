"""What the durable workflows do: one stage each, safe to run again from the top.

Rooms do not call the next stage, so the hand-over stands here: the verdict, the move of the task and the
start of the next workflow are one transaction.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from windlass import dispatch, land, verify
from windlass.app.engine import Body, Engine, Progress
from windlass.dispatch import Site, Submission, Task, TaskStatus
from windlass.events import Subject, append
from windlass.kernel import Conflict
from windlass.store import Transaction

VERIFY: Final = "verify"
LAND: Final = "land"
TRIES_MAX: Final = 3
"""How often a workflow that broke is started again before a person is asked."""
REASON_MAX: Final = 2_000


def bodies(site: Site) -> Mapping[str, Body]:
    """The workflows by name."""

    def verify_body(task: int, fence: int) -> None:
        _told(site, VERIFY, Subject(task=task, fence=fence), lambda: _verify(site, task, fence))

    def land_body(landing: int) -> None:
        _told(site, LAND, Subject(), lambda: land.run(site, landing))

    return {VERIFY: verify_body, LAND: land_body}


def revive(site: Site, engine: Engine) -> int:
    """Start again what should run and does not: the task row is the truth, workflows only follow it."""
    repository = site.repository.id

    def unjudged(tx: Transaction) -> list[Task]:
        landing = {(one.task_id, one.fence) for one in land.landings(tx, repository)}
        waiting = dispatch.tasks(tx, repository, (TaskStatus.REVIEW_NEEDED,))
        return [task for task in waiting if (task.id, task.fence) not in landing]

    started = sum(_revive_verify(site, engine, task) for task in site.database.read(unjudged))
    return started + len(site.database.write(lambda tx: land.tick(tx, repository, site.start, tx.now())))


def _revive_verify(site: Site, engine: Engine, task: Task) -> int:
    for number in range(TRIES_MAX):
        key = f"verify:{task.id}:{task.fence}" + (f":{number}" if number else "")
        progress = engine.progress(key)
        if progress is Progress.RUNNING:
            return 0
        if progress is Progress.ABSENT:
            site.database.write(partial(_start_verify, engine, key, task))
            return 1
    reason = (
        f"its verification broke {TRIES_MAX} times; `windlass audit list --kind workflow.failed` tells how"
    )

    def give_up(tx: Transaction) -> None:
        dispatch.block(tx, task.id, task.fence, reason, tx.now())

    _unless_moved(lambda: site.database.write(give_up))
    return 0


def _start_verify(engine: Engine, key: str, task: Task, tx: Transaction) -> None:
    engine.start(tx, VERIFY, key, task=task.id, fence=task.fence)


def _verify(site: Site, task_id: int, fence: int) -> None:
    """Judge a submission, then record the verdict and its consequence at once."""
    submission = site.database.read(lambda tx: dispatch.submission(tx, task_id, fence))
    if submission is None or not _current(site, task_id, fence):
        return
    judgement = verify.verify_submission(site, task_id, fence)

    def conclude(tx: Transaction) -> None:
        now = tx.now()
        verify.record_verdict(tx, submission, judgement, now)
        _consequence(tx, site, submission, judgement, now)

    _unless_moved(lambda: site.database.write(conclude))


def _consequence(
    tx: Transaction, site: Site, submission: Submission, judgement: verify.Judgement, now: float
) -> None:
    reason = "; ".join(judgement.reasons)[:REASON_MAX]
    if judgement.outcome is verify.Outcome.PASSED:
        mode = land.Mode.LAND if site.land else land.Mode.PROPOSE
        land.enqueue(
            tx, site.repository.id, submission.task_id, submission.fence, branch=site.repository.main,
            mode=mode, start=site.start, now=now,
        )  # fmt: skip
    elif judgement.outcome is verify.Outcome.UNKNOWN:
        dispatch.block(tx, submission.task_id, submission.fence, f"could not be verified: {reason}", now)
    else:
        dispatch.reject(tx, submission.task_id, submission.fence, reason, now)


def _current(site: Site, task_id: int, fence: int) -> bool:
    task = site.database.read(lambda tx: dispatch.task(tx, task_id))
    return task.fence == fence and task.status is TaskStatus.REVIEW_NEEDED


def _unless_moved(act: Callable[[], object]) -> None:
    """A task that was cancelled or taken back meanwhile is nobody's fault: what was found is simply late."""
    try:
        act()
    except Conflict:
        return


def _told(site: Site, name: str, about: Subject, work: Callable[[], object]) -> None:
    """Run a body; a failure is an event before the engine sees it."""
    try:
        work()
    except Exception as error:
        told = f"{type(error).__name__}: {error}"[:REASON_MAX]
        site.database.write(
            lambda tx: append(tx, "workflow.failed", tx.now(), about=about, workflow=name, error=told)
        )
        raise
