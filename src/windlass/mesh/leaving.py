"""The end of an attempt that brings no result: for worker hosts, whose lease should not have to run out."""

from typing import Final

from windlass import dispatch
from windlass.dispatch import Outcome
from windlass.identity import authorize
from windlass.mesh.office import Office, Request, once
from windlass.mesh.records import Answer
from windlass.store import Transaction

RELEASED: Final = "released"
AGAIN: Final = frozenset({Outcome.FAILED, Outcome.REFUSED})
"""Ends after which the task may be tried again."""


def leave(office: Office, request: Request) -> Answer:
    """Do what the worker's word leads to; `outcome` and `detail` are what it asked."""
    lease = request.lease
    authorize(request.principal, "task.work", task=lease.task_id)
    outcome, detail = str(request.asked["outcome"]), str(request.asked.get("detail", ""))

    def work(tx: Transaction, now: float) -> Answer:
        held = dispatch.hold(tx, lease, now)
        if outcome == RELEASED:
            dispatch.release(tx, held, detail, now)
        else:
            said = Outcome(outcome)
            dispatch.give_up(tx, held, said, detail, now, retry=said in AGAIN)
        return {"status": dispatch.task(tx, lease.task_id).status.value}

    return once(office, request, work)
