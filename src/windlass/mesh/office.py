"""What every tool needs: the place it works in, one request, and the promise that a call is done once."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from windlass.dispatch import Lease, LeaseLost, Task, budgets
from windlass.identity import Principal
from windlass.kernel import Denied, Unavailable
from windlass.mesh import records
from windlass.mesh.controller import Rules
from windlass.mesh.model import Caller, MeshSettings, Tool
from windlass.mesh.records import Answer
from windlass.mesh.source import Source
from windlass.store import Database, Starter, Transaction

Work = Callable[[Transaction, float], Answer]


def start_nothing(tx: Transaction, name: str, key: str, **inputs: str | int) -> None:
    """For a process without an engine: whoever runs one finds the state and starts what follows."""


@dataclass(frozen=True, slots=True)
class Office:
    """One process's means: `source` is None where no repository is at hand.

    `settings` hold for repositories that `by_repository` does not know.
    """

    database: Database
    settings: MeshSettings
    source: Source | None
    start: Starter
    sop: Callable[[Task], str]
    by_repository: Mapping[int, MeshSettings] = field(default_factory=dict)

    def of(self, repository: int | None) -> MeshSettings:
        """The settings of one repository; a lease's token names the one that it is about."""
        return self.by_repository.get(repository or 0, self.settings)

    @property
    def budgets(self) -> tuple[tuple[int, budgets.Budget], ...]:
        """The repositories that have one, by number."""
        return tuple((number, one.budget) for number, one in self.by_repository.items() if one.budget)

    def rules(self, task: Task) -> Rules:
        """How the chains of this task's repository go on."""
        return Rules(self.of(task.repository_id), self.start)

    def need_source(self) -> Source:
        if self.source is None:
            raise Unavailable(
                "this process has no repository at hand, so it cannot take commits",
                hint="submit to the server that tends the repository",
            )
        return self.source


@dataclass(frozen=True, slots=True)
class Request:
    """One call: `principal` is who acts, by the lease's token where one was given."""

    tool: Tool
    caller: Caller
    principal: Principal
    asked: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """What was asked, without secrets: the same call again has the same one."""
        plain = {name: value for name, value in self.asked.items() if name != "lease_token"}
        text = json.dumps([self.tool.name, plain], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def lease(self) -> Lease:
        """The lease whose token came with the call; whether it is alive is `hold`'s to say."""
        ref = self.principal.lease
        if ref is None:
            raise Denied(
                f"{self.tool.name} needs the token of a lease",
                hint="claim a task with claim_task and give its lease token",
                action=self.tool.action, role=self.principal.role.value,
            )  # fmt: skip
        return Lease(ref.task_id, ref.fence, ref.worker, ref.node, 0.0)


def once(office: Office, request: Request, work: Work) -> Answer:
    """Do the work and keep its answer in one transaction; a repetition gets the same answer again."""
    return office.database.write(lambda tx: once_in(tx, request, work))


def once_in(tx: Transaction, request: Request, work: Work) -> Answer:
    key, subject = request.caller.key, request.principal.subject
    now = tx.now()
    if key is None:
        return work(tx, now)
    known = records.begin_call(tx, subject, key, request.tool.name, request.digest)
    if known is not None:
        return known
    answer = work(tx, now)
    records.keep_answer(tx, subject, key, answer, now)
    return answer


def repeated(office: Office, request: Request) -> Answer | None:
    """The answer this call had before, for work that begins outside of the transaction."""
    key = request.caller.key
    if key is None:
        return None
    subject, digest = request.principal.subject, request.digest
    return office.database.read(lambda tx: records.known_call(tx, subject, key, digest))


def still_alive(found: Lease | None, lease: Lease, now: float) -> bool:
    """Whether `lease` is the one on record and has not expired."""
    if found is None or (found.fence, found.worker) != (lease.fence, lease.worker):
        return False
    return now < found.expires_at


def check_alive(found: Lease | None, lease: Lease, now: float) -> None:
    """A first look before expensive work; the transaction that writes has the last word."""
    if not still_alive(found, lease, now):
        raise LeaseLost(lease)
