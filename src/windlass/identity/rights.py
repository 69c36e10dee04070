"""Who may do what: one table, deny by default. Pure.

A row is an action, a column a role, a cell the condition under which that role may do it; no cell, no right.
The test goes through every cell, and docs/reference/rights.md is this table.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from windlass.identity.model import OWNER, PEOPLE, LeaseRef, Principal, Role
from windlass.kernel import Denied, Invalid


class Grant(Enum):
    """Under which condition a role may do something; the value is how the reference says it."""

    YES = "yes"
    SCOPED = "if its token names it"
    OWN_TASK = "its own task"
    """The task of its lease, or one that it worked on itself."""
    FREE = "while it holds no lease"
    OWN_INSTANCE = "its own instance"
    OWN_TOKEN = "its own, no stronger than itself"  # noqa: S105 - a condition
    ROUTINE = "unless the risk is high"
    OTHERS_WORK = "work of others"
    """Four eyes. The owner of an embedded data home may approve the own work; it is recorded as such."""


@dataclass(frozen=True, slots=True)
class Case:
    """What an action is about, as far as the caller knows; a condition whose fact is missing is not met."""

    task: int | None = None
    repository: int | None = None
    authors: frozenset[str] | None = None
    risk: str | None = None
    owner: str | None = None
    granted: Role | None = None
    instance: str | None = None


_VIEWER, _OPERATOR, _APPROVER, _ADMIN, _SERVICE, _AGENT = Role
_YES, _SCOPED = Grant.YES, Grant.SCOPED

ACTIONS: Final[Mapping[str, Mapping[Role, Grant]]] = {
    "read": {
        _VIEWER: _YES, _OPERATOR: _YES, _APPROVER: _YES, _ADMIN: _YES, _SERVICE: _SCOPED,
        _AGENT: Grant.OWN_TASK,
    },
    "task.claim": {_OPERATOR: _YES, _ADMIN: _YES, _SERVICE: _SCOPED, _AGENT: Grant.FREE},
    "task.work": {_AGENT: Grant.OWN_TASK},
    "task.answer": {_OPERATOR: _YES, _APPROVER: _YES, _ADMIN: _YES, _SERVICE: _SCOPED},
    "task.approve": {_APPROVER: Grant.OTHERS_WORK, _ADMIN: Grant.OTHERS_WORK},
    "task.reject": {_APPROVER: _YES, _ADMIN: _YES},
    "task.requeue": {_OPERATOR: _YES, _ADMIN: _YES},
    "task.unblock": {_OPERATOR: _YES, _ADMIN: _YES},
    "task.cancel": {_OPERATOR: _YES, _APPROVER: _YES, _ADMIN: _YES, _SERVICE: _SCOPED},
    "task.sweep": {_OPERATOR: _YES, _ADMIN: _YES},
    "task.create": {_OPERATOR: _YES, _APPROVER: _YES, _ADMIN: _YES, _SERVICE: _SCOPED},
    "decide.answer": {_OPERATOR: Grant.ROUTINE, _APPROVER: _YES, _ADMIN: _YES},
    "policy.edit": {_ADMIN: _YES},
    "token.manage": {
        _VIEWER: Grant.OWN_TOKEN, _OPERATOR: Grant.OWN_TOKEN, _APPROVER: Grant.OWN_TOKEN, _ADMIN: _YES,
    },
    "instance.manage": {
        _OPERATOR: _YES, _ADMIN: _YES, _SERVICE: _SCOPED, _AGENT: Grant.OWN_INSTANCE,
    },
    "message.send": {
        _OPERATOR: _YES, _APPROVER: _YES, _ADMIN: _YES, _SERVICE: _SCOPED, _AGENT: _YES,
    },
    "state.write": {_OPERATOR: _YES, _ADMIN: _YES, _SERVICE: _SCOPED, _AGENT: _YES},
    "lock.take": {_OPERATOR: _YES, _ADMIN: _YES, _SERVICE: _SCOPED, _AGENT: _YES},
    "audit.read": {_APPROVER: _YES, _ADMIN: _YES, _SERVICE: _SCOPED},
    "undo": {_OPERATOR: _YES, _ADMIN: _YES},
}  # fmt: skip


def authorize(
    principal: Principal,
    action: str,
    *,
    task: int | None = None,
    repository: int | None = None,
    author: str | Collection[str] | None = None,
    risk: str | None = None,
    owner: str | None = None,
    granted: Role | None = None,
    instance: str | None = None,
) -> None:
    """Let `principal` do `action`, or raise Denied with the action, the role and what to do.

    Say what you know of the case; what a right depends on and is not said is not met:
    `task` and `repository` acted on; `author`: the subjects that did the work (workers of its attempts);
    `risk` of what is decided; `owner`: the subject that a token is for, and `granted` its role; `instance`
    acted on. A principal bound to one repository needs `repository`, unless it acts on the task of its lease.
    """
    right = ACTIONS.get(action)
    if right is None:
        raise Invalid(f"there is no action {action!r}", hint=f"known: {', '.join(ACTIONS)}")
    authors = frozenset({author} if isinstance(author, str) else author) if author is not None else None
    case = Case(task, repository, authors, risk, owner, granted, instance)
    if principal.scopes and action not in principal.scopes:
        raise _refusal(principal, action, "its token does not name this action", _ASK_TOKEN)
    grant = right.get(principal.role)
    if grant is None:
        raise _refusal(principal, action, "this role never may", _needs(right))
    if not _met(grant, principal, case):
        raise _refusal(principal, action, f"only: {grant.value}", _HINTS.get(grant, _needs(right)))
    if not _at_home(principal, case):
        where = "another repository" if repository is not None else "no repository named"
        raise _refusal(principal, action, f"bound to one repository, {where}", _ASK_TOKEN)


def _met(grant: Grant, principal: Principal, case: Case) -> bool:
    match grant:
        case Grant.YES:
            return True
        case Grant.SCOPED:
            return bool(principal.scopes)  # that the action is among them was checked before
        case Grant.OWN_TASK:
            return _own_task(principal, case)
        case Grant.FREE:
            return principal.lease is None
        case Grant.OWN_INSTANCE:
            return _own_instance(principal, case.instance)
        case Grant.OWN_TOKEN:
            return case.owner == principal.subject and case.granted in (None, principal.role, Role.VIEWER)
        case Grant.ROUTINE:
            return case.risk is not None and case.risk != "high"
        case Grant.OTHERS_WORK:
            return _others_work(principal, case.authors)


def _own_task(principal: Principal, case: Case) -> bool:
    if principal.lease is not None:
        return case.task is not None and principal.lease.task_id == case.task
    return case.authors is not None and principal.subject in case.authors


def _own_instance(principal: Principal, instance: str | None) -> bool:
    """A runner is one instance, or a family of them: `farm` may speak for `farm.host-3`."""
    mine = principal.instance
    if not mine or not instance or principal.lease is not None:
        return False
    return instance == mine or instance.startswith(mine + ".")


def _others_work(principal: Principal, authors: frozenset[str] | None) -> bool:
    if authors is None:
        return False
    return principal.subject not in authors or self_approved(principal, authors)


def self_approved(principal: Principal, authors: Collection[str]) -> bool:
    """Whether this would be the owner of an embedded data home approving the own work."""
    return principal.subject == OWNER.subject and principal.subject in authors


def _at_home(principal: Principal, case: Case) -> bool:
    if principal.repository is None or principal.repository == case.repository:
        return True
    return case.repository is None and _same_task(principal.lease, case.task)


def _same_task(lease: LeaseRef | None, task: int | None) -> bool:
    return lease is not None and lease.task_id == task


_ASK_TOKEN: Final = "ask for a token that names it: windlass token create"  # noqa: S105 - advice
_HINTS: Final[Mapping[Grant, str]] = {
    Grant.SCOPED: _ASK_TOKEN,
    Grant.OWN_TASK: "work on the task of your own lease; claim one with claim_task",
    Grant.FREE: "claim with the runner's own token, not with a lease's",
    Grant.OWN_INSTANCE: "use the token of that instance",
    Grant.OWN_TOKEN: "ask an admin",
    Grant.ROUTINE: "ask an approver or an admin",
    Grant.OTHERS_WORK: "ask somebody who did not work on it",
}


def _needs(right: Mapping[Role, Grant]) -> str:
    people = [role.value for role in right if role in PEOPLE]
    return f"ask one of: {', '.join(people)}" if people else "claim a task and use its lease's token"


def _refusal(principal: Principal, action: str, why: str, hint: str) -> Denied:
    return Denied(
        f"{principal.role.value} {principal.subject!r} may not do {action!r}: {why}",
        hint=hint, action=action, role=principal.role.value,
    )  # fmt: skip
