"""claim_task: the best ready task under a new lease, whose token is shown once and kept nowhere."""

import time
from collections.abc import Sequence
from typing import Any, Final

from windlass import dispatch, policy
from windlass.dispatch import Lease, LeaseLost, Task
from windlass.identity import LeaseRef, Principal, Role, TokenKind, authorize, issue, revoke, tokens
from windlass.kernel import Unavailable, iso
from windlass.mesh import records
from windlass.mesh.office import Office, Request, once_in, still_alive
from windlass.mesh.records import Answer
from windlass.mesh.views import message_view, task_view
from windlass.store import Transaction

NODE: Final = "mesh"
"""The node of a lease that a caller holds: no server's death ends it, only its own time."""
LOOK_EVERY_S: Final = 0.25
TOKEN_LIFE_S: Final = 30 * 86_400.0
"""How long a lease's token names its lease; whether that one is alive is another question."""
MESSAGES_MAX: Final = 500


def worker_of(principal: Principal) -> str:
    """The name a caller holds leases under: its instance, for that is what capacity and load count."""
    return principal.instance or principal.subject


_Lane = tuple[int, str, int]
"""Number, name, repository."""


class _NothingReady(Exception):
    """Undoes the transaction of a claim that found nothing, key included: nothing happened."""


def claim(office: Office, request: Request) -> Answer:
    until = time.monotonic() + float(request.asked.get("wait_s", 0))
    while True:
        lanes, worth_it = office.database.read(lambda tx: _outlook(tx, office, request))
        if worth_it:
            try:
                return _claimed(office, request, lanes)
            except _NothingReady:
                pass  # somebody was faster
        left = until - time.monotonic()
        if left <= 0:
            return {"task": None}
        time.sleep(min(LOOK_EVERY_S, left))


def _outlook(tx: Transaction, office: Office, request: Request) -> tuple[list[_Lane], bool]:
    """Where to claim, and whether it is worth a try."""
    lanes = _lanes(tx, office, request)
    return lanes, _was_answered(tx, request) or records.has_ready(tx, _going(tx, lanes))


def _going(tx: Transaction, lanes: Sequence[_Lane]) -> list[int]:
    """Those of repositories that are not paused; Unavailable where all are, who waits would wait for good."""
    paused = {each: pause for *_, each in lanes if (pause := policy.pauses.held(tx, each)) is not None}
    going = [lane for lane, _, repository in lanes if repository not in paused]
    if paused and not going:
        raise policy.pauses.refusal(next(iter(paused.values())), "the claim")
    return going


def _was_answered(tx: Transaction, request: Request) -> bool:
    key = request.caller.key
    if key is None:
        return False
    return records.known_call(tx, request.principal.subject, key, request.digest) is not None


def _lanes(tx: Transaction, office: Office, request: Request) -> list[_Lane]:
    """The lanes that are meant: the named ones, else the caller's own, else all of its repositories.

    Only of repositories tended here, where some are: the caller could neither begin nor submit others' work.
    """
    principal = request.principal
    known = records.repositories(tx, request.asked.get("repository"))
    bound = principal.repository
    named = request.asked.get("repository") is not None
    authorize(principal, "task.claim", repository=known[0]["id"] if named else bound)
    here = [row["id"] for row in known if office.source is None or office.source.tends(row["id"])]
    if named and not here:
        name = request.asked["repository"]
        raise Unavailable(f"repository {name!r} is not tended here", hint="ask the server that tends it")
    ids = [number for number in here if bound in (None, number)]
    names: Sequence[str] | None = request.asked.get("lanes") or None
    if names is None and principal.instance:
        names = records.instance_lanes(tx, principal.instance) or None
    return records.lanes_of(tx, ids, names)


def _claimed(office: Office, request: Request, lanes: Sequence[_Lane]) -> Answer:
    """Claim, keep which lease it was, and only then make the token: a repetition gets a fresh one."""

    def take(tx: Transaction, now: float) -> Answer:
        worker = worker_of(request.principal)
        instance = records.registered(tx, request.principal.instance)
        usual_s = office.settings.lease_s
        found = dispatch.claim(
            tx, _going(tx, lanes), worker, NODE, now, ttl_s=usual_s, instance=instance,
            budgets=office.budgets,
        )  # fmt: skip
        if found is None:
            raise _NothingReady
        task, lease = found
        if (own_s := office.of(task.repository_id).lease_s) != usual_s:
            dispatch.renew(tx, lease, now, ttl_s=own_s)
        return {"task_id": lease.task_id, "fence": lease.fence, "worker": worker}

    def work(tx: Transaction) -> tuple[Task, Lease, str]:
        kept = once_in(tx, request, take)
        lease = dispatch.lease_of(tx, kept["task_id"])
        asked = Lease(kept["task_id"], kept["fence"], kept["worker"], NODE, 0.0)
        now = tx.now()
        if lease is None or not still_alive(lease, asked, now):
            raise LeaseLost(asked)
        task = dispatch.task(tx, lease.task_id)
        return task, lease, _token(tx, request.principal, task, lease, now)

    task, lease, token = office.database.write(work)
    return _answer(office, task, lease, token)


def _token(tx: Transaction, principal: Principal, task: Task, lease: Lease, now: float) -> str:
    ref = LeaseRef(lease.task_id, lease.fence, lease.worker, lease.node)
    for old in tokens(tx, subject=f"lease:{lease.task_id}/{lease.fence}", leases=True):
        revoke(tx, old.id, principal.subject, now)
    made = issue(
        tx, TokenKind.LEASE, subject="", role=Role.AGENT, now=now, expires_at=now + TOKEN_LIFE_S,
        by=principal.subject, repository=task.repository_id, lease=ref,
    )  # fmt: skip
    return made.text


def _answer(office: Office, task: Task, lease: Lease, token: str) -> Answer:
    def look(tx: Transaction) -> dict[str, Any]:
        told = dispatch.messages(tx, task.id)[-MESSAGES_MAX:]
        return {
            "task": task_view(task, records.around(tx, task.id)),
            "messages": [message_view(each) for each in told],
        }

    base = task.base if office.source is None else office.source.start(task)
    return {
        **office.database.read(look),
        "lease": {
            "token": token, "task_id": task.id, "fence": lease.fence, "expires_at": iso(lease.expires_at),
            "renew_every_s": office.of(task.repository_id).lease_s / 3,
        },
        "sop": office.sop(task),
        "workspace": {"base": base, "branch": lease.branch},
    }  # fmt: skip
