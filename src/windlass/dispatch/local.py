"""The employer on the same host: the database for tasks and leases, the mirror for code."""

from dataclasses import replace
from typing import Final

from windlass.dispatch import desk, records
from windlass.dispatch.allowance import allowance
from windlass.dispatch.employer import Job, Made, Refusal
from windlass.dispatch.intake import take_in
from windlass.dispatch.model import ENTRY, End, Lease, Outcome, Task, TaskStatus
from windlass.dispatch.packs import bring_commit
from windlass.dispatch.runner import Assignment
from windlass.dispatch.site import Site
from windlass.dispatch.staffing import staff
from windlass.dispatch.together import Admit
from windlass.kernel import Conflict
from windlass.meter import Account
from windlass.store import Transaction
from windlass.workspace import Mirror

RETRIED: Final = frozenset({Outcome.FAILED, Outcome.REFUSED})
"""Ends after which the task may be tried again."""


class LocalEmployer:
    """See `Employer`. `admit` is asked in the claim's own transaction; a no undoes the claim. `only`: nothing
    but these tasks is taken.
    """

    def __init__(
        self, site: Site, ttl_s: float, *, admit: Admit | None = None, only: tuple[int, ...] = ()
    ) -> None:
        self._site, self._ttl_s, self._admit, self._only = site, ttl_s, admit, only
        self._names = staff(site.runners).here

    def take(self, worker: str) -> Job | None:
        site = self._site
        post = site.database.read(
            lambda tx: records.lanes.post(
                tx, site.repository.id, self._names, node=site.node, ttl_s=self._ttl_s,
                sandbox=site.launcher.level.value, only=self._only, budgets=site.budgets,
            )
        )  # fmt: skip
        found = desk.take(site.database, post, worker, admit=self._admit)
        if found is None:
            return None
        job = job_of(*found)
        if not site.budget:
            return job
        payer = Account(site.repository.id, job.lease.task_id, job.lease.fence, job.runner)
        given = site.database.read(lambda tx: allowance(tx, payer, site.budget, tx.now()))
        return replace(job, allowance=given)

    def prolong(self, lease: Lease) -> Lease:
        return desk.prolong(self._site.database, lease, self._ttl_s)

    def holds(self, lease: Lease) -> bool:
        found = self._site.database.read(lambda tx: records.lease_of(tx, lease.task_id))
        return found is not None and found.fence == lease.fence

    def workspace(self, job: Job) -> tuple[Mirror, str]:
        task = self._site.database.read(lambda tx: records.task(tx, job.lease.task_id))
        return self._site.mirror, start_of(self._site, task)

    def hand_in(self, job: Job, made: Made) -> TaskStatus | Refusal:
        site = self._site
        sandbox = site.launcher.level.value
        found = take_in(site, job.lease, made, paths=job.assignment.paths, sandbox=sandbox)
        if isinstance(found, Refusal):
            return found

        def work(tx: Transaction) -> TaskStatus:
            now = tx.now()
            records.submit(tx, records.hold(tx, job.lease, now), found, site.start, now)
            return TaskStatus.REVIEW_NEEDED

        return site.database.write(work)

    def end(self, job: Job, outcome: Outcome, detail: str) -> TaskStatus:
        database = self._site.database
        try:
            return desk.end(database, End(job.lease, outcome, detail, outcome in RETRIED))
        except Conflict:
            if not database.write(lambda tx: _left(tx, job.lease)):
                raise
        return TaskStatus.BLOCKED

    def release(self, job: Job, reason: str) -> None:
        def work(tx: Transaction) -> None:
            now = tx.now()
            records.release(tx, records.hold(tx, job.lease, now), reason, now)

        self._site.database.write(work)


def _left(tx: Transaction, lease: Lease) -> bool:
    """Whether its worker asked something and did not wait for the answer; then the lease has ended."""
    now = tx.now()
    return records.talk.leave(tx, records.hold(tx, lease, now), now)


def start_of(site: Site, task: Task) -> str:
    """Where work on a task starts: at main as it is now, even if that was rewritten since the filing.

    A guardian's work stands on a submission and starts exactly there until that has landed.
    """
    if task.role == ENTRY:  # all entries of a trial start from the same commit, wherever main is by now
        bring_commit(site, task.base)
        return task.base
    if task.parent is None and not site.mirror.exists(task.base):
        site.mirror.sync(site.checkout)  # filed by a server that has seen more of main than this one
    main = site.mirror.ref(site.main_ref)
    if task.parent is None and main is not None:
        return main
    bring_commit(site, task.base)
    return main if main is not None and site.mirror.is_ancestor(task.base, main) else task.base


def job_of(task: Task, lease: Lease) -> Job:
    """What was claimed, as a worker is told it."""
    spec = task.spec
    return Job(lease, spec.runner, Assignment(
        task=task.id, fence=lease.fence, attempt=task.attempt, title=task.title,
        instructions=spec.instructions, source=spec.source, category=spec.category, rules=spec.rules,
        paths=spec.allowed, findings=spec.findings, feedback=task.note, base=task.base, branch=lease.branch,
    ))  # fmt: skip
