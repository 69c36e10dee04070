"""The fourteen tools as one implementation: every face calls `Mesh.call` and adds nothing to it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from windlass import dispatch, policy
from windlass.dispatch import Task
from windlass.identity import Door, Principal, authorize
from windlass.kernel import Denied, NotFound
from windlass.mesh import (
    admin,
    answering,
    arguments,
    brain,
    claiming,
    controller,
    leaving,
    policies,
    records,
    working,
)
from windlass.mesh.model import Caller, Group, MeshSettings, Tool
from windlass.mesh.office import Office, Request, Work, check_alive, once, start_nothing
from windlass.mesh.records import Answer
from windlass.mesh.source import Source
from windlass.mesh.tools import TOOLS
from windlass.policy import Decision
from windlass.store import Database, Starter, Transaction

Do = Callable[[Office, Request], Answer]

_TOOLS: Final[Mapping[str, Do]] = {
    "claim_task": claiming.claim,
    "renew_lease": working.renew,
    "ask_clarification": working.ask,
    "check_task_status": working.check,
    "submit_for_review": working.submit,
    "submit_for_review_with_evidence": working.submit,
    "get_task_history": working.history,
    "respond_to_blocker": brain.respond,
    "approve_work": brain.approve,
    "reject_work": brain.reject,
    "requeue_task": admin.requeue,
    "force_unblock": admin.unblock,
    "cancel_task": admin.cancel,
    "sweep_stale_leases": admin.sweep,
}
_BY_LEASE: Final = Tool("attempt", TOOLS["renew_lease"].group, "", "", "task.work")
_DECIDE: Final = Tool("decide", TOOLS["renew_lease"].group, "", "", "decide.answer")


def no_procedure(task: Task) -> str:
    return ""


class Mesh:
    """One per process; safe for many threads.

    `source` is None where no repository is at hand: then nothing can be submitted. Without `start` workflows
    begin when the process that has an engine finds the state. `settings` hold where `by_repository` has none.
    """

    def __init__(
        self, database: Database, settings: MeshSettings, *, source: Source | None,
        start: Starter = start_nothing, sop: Callable[[Task], str] = no_procedure,
        by_repository: Mapping[int, MeshSettings] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        self._office = Office(database, settings, source, start, sop, by_repository)
        self._door = Door(database)

    def lease_s(self, repository: int | None) -> float:
        """Seconds that a lease of this repository lives from a claim or a renewal on."""
        return self._office.of(repository).lease_s

    def call(self, tool: str, caller: Caller, arguments_: Mapping[str, object]) -> Answer:
        """Do one tool for a caller: JSON in, JSON out; every error is of the kernel's tree.

        The same call under the same key has the same answer and happens once.
        """
        known = TOOLS.get(tool)
        if known is None:
            raise NotFound(f"there is no tool {tool!r}", hint=f"known: {', '.join(TOOLS)}")
        asked = arguments.checked(tool, arguments_)
        return self._guarded(known, caller, asked, _TOOLS[tool])

    def once(self, caller: Caller, action: str, asked: Mapping[str, Any], work: Work) -> Answer:
        """Do what is no tool, once under the caller's key; `action` is the right that it takes.

        Its case, such as the repository, is the work's to look at.
        """
        tool = Tool(action, Group.ADMIN, "", "", action)
        return self._guarded(tool, caller, asked, lambda office, request: once(office, request, work))

    def upload(self, caller: Caller, commit: str, pack: Path) -> Answer:
        """Take in a pack that brings the result of the caller's attempt; `commit` is submitted afterwards."""

        def take(office: Office, request: Request) -> Answer:
            task = _held(office, request)
            office.need_source().take(task, request.lease, commit, pack)
            return {"commit": commit}

        return self._guarded(_BY_LEASE, caller, {}, take)

    def workspace(self, caller: Caller) -> tuple[str, Path]:
        """The commit the caller's attempt starts from, and its pack in a file, the caller's to delete."""
        found: list[tuple[str, Path]] = []

        def give(office: Office, request: Request) -> Answer:
            found.append(office.need_source().pack(_held(office, request)))
            return {}

        self._guarded(_BY_LEASE, caller, {}, give)
        return found[0]

    def end_attempt(self, caller: Caller, outcome: str, detail: str = "") -> Answer:
        """End the caller's attempt without a result: nothing, cannot, failed, refused or released."""
        asked = {"outcome": outcome, "detail": detail}
        return self._guarded(_BY_LEASE, caller, asked, leaving.leave)

    def decide(self, caller: Caller, decision_id: int, choice: str | None, text: str = "") -> Answer:
        """Answer a decision and do at once what follows: {"decision": Decision, "offer": dict or None}."""

        def work(tx: Transaction) -> Answer:
            asked = policy.decision(tx, decision_id)
            authorize(
                caller.principal, "decide.answer", repository=asked.repository,
                risk=controller.open_risk(asked),
            )  # fmt: skip
            done: Decision = answering.decide(
                tx, decision_id, (choice, text), caller.principal.subject, tx.now()
            )
            return {"decision": done, "offer": policies.offer(tx, done)}

        return self._guarded(_DECIDE, caller, {}, lambda office, _: office.database.write(work))

    def add_policy(
        self, caller: Caller, repository: str | None, words: tuple[str, str, str]
    ) -> dict[str, Any]:
        """Answer questions of (kind, pattern) with (choice) from now on."""

        def work(tx: Transaction) -> Answer:
            number = None if repository is None else int(records.repositories(tx, repository)[0]["id"])
            authorize(caller.principal, "policy.edit", repository=number)
            made = policies.add(tx, number, words, caller.principal.subject, tx.now())
            return policies.policy_view(made, repository)

        return self._guarded(_DECIDE, caller, {}, lambda office, _: office.database.write(work))

    def revoke_policy(self, caller: Caller, policy_id: int) -> dict[str, Any]:
        """Ask again from now on."""

        def work(tx: Transaction) -> Answer:
            found = records.policy(tx, policy_id)
            authorize(caller.principal, "policy.edit", repository=found.repository_id if found else None)
            gone = policies.revoke(tx, policy_id, caller.principal.subject, tx.now())
            return policies.policy_view(gone, records.repository_name(tx, gone.repository_id))

        return self._guarded(_DECIDE, caller, {}, lambda office, _: office.database.write(work))

    def policies(
        self, caller: Caller, repository: str | None, *, revoked: bool = False
    ) -> list[dict[str, Any]]:
        """Standing answers, the newest first."""

        def look(tx: Transaction) -> Answer:
            number = None if repository is None else int(records.repositories(tx, repository)[0]["id"])
            authorize(caller.principal, "read", repository=number)
            found = records.policies(tx, number, revoked=revoked)
            return {
                "policies": [
                    policies.policy_view(one, records.repository_name(tx, one.repository_id)) for one in found
                ]
            }

        answer = self._guarded(_DECIDE, caller, {}, lambda office, _: office.database.read(look))
        listed: list[dict[str, Any]] = answer["policies"]
        return listed

    def _guarded(self, tool: Tool, caller: Caller, asked: Mapping[str, Any], do: Do) -> Answer:
        """Find out who acts, do it, and leave a record of everybody who is turned away."""
        principal = self._who(caller, asked)
        try:
            return do(self._office, Request(tool, caller, principal, asked))
        except Denied as error:
            number = asked.get("task_id") or (principal.lease.task_id if principal.lease else None)
            self._door.refuse(principal, error, via=caller.via, task=number)
            raise

    def _who(self, caller: Caller, asked: Mapping[str, Any]) -> Principal:
        """The bearer of the lease's token where one is given; it must be the caller's own lease."""
        token = asked.get("lease_token")
        if token is None:
            return caller.principal
        found = self._door.enter(token, via=caller.via)
        if found.lease is None or not _own(caller.principal, found):
            error = Denied(
                f"the lease token given is not a lease of {caller.principal.subject!r}",
                hint="give the token that your own claim_task answered",
                action="task.work", role=caller.principal.role.value,
            )  # fmt: skip
            self._door.refuse(caller.principal, error, via=caller.via)
            raise error
        return found


def _own(caller: Principal, bearer: Principal) -> bool:
    """Whether this lease is the caller's: a runner and a lease's bearer have none but their own."""
    if caller.lease is not None:
        return caller.lease == bearer.lease
    return not caller.instance or (
        bearer.lease is not None and bearer.lease.worker == claiming.worker_of(caller)
    )


def _held(office: Office, request: Request) -> Task:
    """The task of the caller's lease, while it is alive."""
    lease = request.lease

    def look(tx: Transaction) -> Task:
        authorize(request.principal, "task.work", task=lease.task_id)
        check_alive(dispatch.lease_of(tx, lease.task_id), lease, tx.now())
        return dispatch.task(tx, lease.task_id)

    return office.database.read(look)
