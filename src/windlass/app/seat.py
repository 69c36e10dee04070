"""The tools of a lease's holder in its own box: the mesh's, but that windlass takes the work itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from windlass import dispatch
from windlass.dispatch import Job, Lease
from windlass.identity import LeaseRef, Principal, Role, authorize
from windlass.kernel import Invalid
from windlass.mesh import Caller, Mesh
from windlass.store import Transaction

DONE: Final = "submit_for_review"
NOTE: Final = "progress"
"""The kind of message that a holder's last word is."""


def holder_of(job: Job, repository: int) -> Principal:
    """Who is in the box of a job: the same as the bearer of its lease's token would be."""
    it = job.lease
    lease = LeaseRef(it.task_id, it.fence, it.worker, it.node)
    return Principal(f"lease:{it.task_id}/{it.fence}", Role.AGENT, repository=repository, lease=lease)


@dataclass(frozen=True, slots=True)
class Seat:
    """What answers in a box. `mesh` is asked for when somebody calls."""

    mesh: Callable[[], Mesh]

    def call(self, tool: str, caller: Caller, arguments: Mapping[str, object]) -> dict[str, object]:
        """One tool, under the lease of the caller.

        A submission without a verdict is a note: what is in the files is committed, checked and submitted
        by windlass when the turn has ended, and not while the agent can still change it.
        """
        if tool != DONE or "verdict" in arguments:
            return self.mesh().call(tool, caller, arguments)
        if arguments.get("commit"):
            raise Invalid("windlass itself commits what is in the files", hint="leave `commit` out")
        note = str(arguments.get("note", ""))

        def say(tx: Transaction, now: float) -> dict[str, object]:
            ref = caller.principal.lease
            assert ref is not None
            authorize(caller.principal, "task.work", task=ref.task_id)
            held = dispatch.hold(tx, Lease(ref.task_id, ref.fence, ref.worker, ref.node, 0.0), now)
            if note:
                dispatch.talk.say(tx, held, NOTE, note, now)
            return {"status": dispatch.task(tx, ref.task_id).status.value, "submission": None}

        return self.mesh().once(caller, "task.work", arguments, say)
