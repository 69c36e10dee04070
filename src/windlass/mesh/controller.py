"""Move guardian chains on: what the gate passed is approved or waits, what is approved is followed or lands.

Level-triggered: `tick` looks at the states it finds, so it may run after any crash and as often as one likes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from windlass import dispatch, identity, land, policy, verify
from windlass.dispatch import Review, Site, Submission, Task, TaskStatus
from windlass.kernel import Conflict
from windlass.mesh import answering, evidence, policies, records
from windlass.mesh.chain import guardians, next_role
from windlass.mesh.evidence import Examined, Rerun
from windlass.mesh.model import Approve, MeshSettings, parse_settings
from windlass.store import Starter, Transaction
from windlass.verify import Judgement, Outcome

WINDLASS: Final = "windlass"
HIGH, LOW = "high", "low"
_ROLES: Final = {
    "ruff_lint": "lint", "eslint": "lint", "cargo-clippy": "lint", "mypy": "types", "tsc": "types",
}  # fmt: skip
"""Checks that speak for a point of the checklist, and for which."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How chains go on here, and how their landings are started."""

    settings: MeshSettings
    start: Starter


@dataclass(frozen=True, slots=True)
class Ticked:
    """Ids: tasks approved by windlass, tasks that were filed or sent to land, workers that were answered."""

    approved: tuple[int, ...] = ()
    advanced: tuple[int, ...] = ()
    resumed: tuple[int, ...] = ()
    decided: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Next:
    """Who follows in a chain."""

    role: str
    task_id: int


def rules_of(site: Site) -> Rules:
    """How the chains of a tended repository go on."""
    settings = parse_settings(site.mesh, lease_s=site.lease_s, land=site.land, budget=site.budget)
    return Rules(settings, site.start)


def prove(site: Site, offered: Submission, judgement: Judgement) -> Examined:
    """Run the command of a submission's evidence again and hold every claim against what came out.

    Slow: it starts programs in the sandbox. Without evidence there is nothing to prove.
    """
    command = evidence.command_of(offered)
    if command is None:
        return Examined({})
    task = site.database.read(lambda tx: dispatch.task(tx, offered.task_id))
    wanted = evidence.artifacts_of(offered)
    limit_s = rules_of(site).settings.rerun_s
    ended = verify.evaluation.rerun(site, offered.tree, command, wanted, wall_s=limit_s)
    rerun = Rerun(ended.exit_code, ended.outputs, ended.problem)
    passed_checks = {
        _ROLES[name]: True
        for reading in judgement.readings
        if reading.outcome is Outcome.PASSED and (name := reading.check.partition(":")[0]) in _ROLES
    }
    return evidence.examine(offered, task, rerun=rerun, gate=True, checks=passed_checks)


def conclude(tx: Transaction, rules: Rules, offered: Submission, examined: Examined, now: float) -> None:
    """The gate passed a submission: hold its evidence against it, then land it or let it be approved."""
    task = dispatch.task(tx, offered.task_id)
    dispatch.chain.keep_checked(tx, offered.task_id, offered.fence, examined.dump())
    if examined.refuted:
        reason = f"the evidence does not hold: {'; '.join(examined.refuted)}"
        dispatch.verdicts.reject(tx, offered.task_id, offered.fence, reason, now)
    elif task.role:
        passed(tx, rules, task, dispatch.submission(tx, task.id, offered.fence), now)
    else:
        _land(tx, rules, task, now)


def passed(tx: Transaction, rules: Rules, task: Task, offered: Submission, now: float) -> None:
    """A chain's submission is verified: windlass approves what it may, the rest waits for a person."""
    dispatch.chain.verified(tx, offered, now)
    if may_approve_itself(rules.settings, task):
        approve(tx, rules, offered, identity.SYSTEM.subject, now)


def may_approve_itself(settings: MeshSettings, task: Task) -> bool:
    """Whether nobody needs to look: low risk, by the gate's own grade, and the owner allows it."""
    return settings.approve is Approve.LOW_RISK and task.risk == LOW


def approve(
    tx: Transaction, rules: Rules, offered: Submission, by: str, now: float, *, note: str = "",
    self_approved: bool = False,
) -> Next | None:  # fmt: skip
    """Approve exactly this submission and move its chain on, in one transaction."""
    if dispatch.task(tx, offered.task_id).role == dispatch.tries.ENTRY:
        raise Conflict(
            f"task {offered.task_id} is one of several tries and never lands by itself",
            hint="`windlass worktree pick` chooses among them",
        )
    facts = {"self_approved": True} if self_approved else {}
    dispatch.chain.approve(tx, offered, by, now, **facts)
    review = {"reviewer": by, "role": "brain", "verdict": "approve", "reason": note}
    dispatch.chain.keep_review(tx, offered, review, now)
    return advance(tx, rules, dispatch.task(tx, offered.task_id), offered, now)


def advance(tx: Transaction, rules: Rules, task: Task, offered: Submission, now: float) -> Next | None:
    """File the next guardian on the approved commit, or queue the chain's end for landing."""
    root = task if task.root is None else dispatch.task(tx, task.root)
    roles = guardians(root.kind, rules.settings.guardians, rules.settings.guardians_of)
    role = next_role(task.role, roles)
    if role is None:
        _land(tx, rules, task, now)
        return None
    lane = dispatch.lane_id(tx, task.repository_id, role)
    number = dispatch.chain.file_next(tx, task, role, lane, now, commit=offered.commit)
    return Next(role, number)


def _land(tx: Transaction, rules: Rules, task: Task, now: float) -> None:
    mode = land.Mode.LAND if rules.settings.land else land.Mode.PROPOSE
    land.enqueue(
        tx, task.repository_id, task.id, task.fence, branch=records.main_branch(tx, task.repository_id),
        mode=mode, start=rules.start, now=now,
    )  # fmt: skip


def tick(tx: Transaction, repository_id: int, rules: Rules, now: float) -> Ticked:
    """Find what waits and need not: approvals that windlass may give, chains that stopped between two steps,
    answers that nobody passed on, questions whose time is over.
    """
    decided = policies.apply(tx, repository_id, now)
    resumed = [task for task in records.waiting_tasks(tx, repository_id) if answering.resume(tx, task, now)]
    answering.withdraw_stale(tx, repository_id, now)
    records.forget_calls(tx, now)
    return Ticked(
        tuple(_approve_waiting(tx, repository_id, rules, now)),
        tuple(_advance_stopped(tx, repository_id, rules, now)),
        tuple(resumed), tuple(decided),
    )  # fmt: skip


def _approve_waiting(tx: Transaction, repository_id: int, rules: Rules, now: float) -> list[int]:
    found = []
    for number in records.in_review(tx, repository_id, Review.VERIFIED.value):
        task = dispatch.task(tx, number)
        if may_approve_itself(rules.settings, task):
            offered = dispatch.submission(tx, task.id, task.fence)
            approve(tx, rules, offered, identity.SYSTEM.subject, now)
            found.append(number)
    return found


def _advance_stopped(tx: Transaction, repository_id: int, rules: Rules, now: float) -> list[int]:
    """Approved tasks that nobody follows: their settings or their process went away in between."""
    found = []
    for number in records.in_review(tx, repository_id, Review.APPROVED.value):
        task = dispatch.task(tx, number)
        if records.followed(tx, number) is None and records.landing_of(tx, number, task.fence) is None:
            advance(tx, rules, task, dispatch.submission(tx, task.id, task.fence), now)
            found.append(number)
    return found


def submission_in_review(tx: Transaction, task_id: int) -> tuple[Task, Submission]:
    """A task that waits for review, with what it offers; Conflict when it does not."""
    task = dispatch.task(tx, task_id)
    if task.status is not TaskStatus.REVIEW_NEEDED:
        raise Conflict(
            f"task {task_id} is {task.status.value} and offers nothing for review",
            hint="read it again with check_task_status",
        )
    return task, dispatch.submission(tx, task.id, task.fence)


def check_high_risk(task: Task, offered: Submission) -> Sequence[str]:
    """What an approval of this task still lacks; nothing for any but high risk."""
    return evidence.lacking(offered, task) if task.risk == HIGH else ()


def open_risk(asked: policy.Decision) -> str:
    """How much a decision is about: high when its context, its urgency or its missing advice says so."""
    high = asked.context.get("risk") == HIGH or asked.context.get("route") == "strict" or asked.priority == 0
    return HIGH if high else LOW
