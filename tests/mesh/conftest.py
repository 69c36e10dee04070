"""A mesh without git: real tables and tools, commits that are only told about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from windlass import backlog, dispatch, events, mesh
from windlass.dispatch import Place, Spec, Task
from windlass.identity import OWNER, Issued, Principal, Role, TokenKind, issue
from windlass.kernel import FixedClock
from windlass.mesh import Caller, Mesh, MeshSettings
from windlass.mesh.source import MemorySource
from windlass.store import Database, Started

BASE, GOOD = "a" * 40, "b" * 40
AGENT = Principal("runner:w", Role.AGENT, instance="w")
OTHER = Principal("runner:x", Role.AGENT, instance="x")
BOSS = Principal("person:boss", Role.ADMIN)
PROOF: dict[str, Any] = {
    "test_command": "make test", "test_result": {"outcome": "passed"}, "files_changed": ["src/a.py"],
    "checklist": [{"item": 9, "state": "no"}],
}  # fmt: skip


@dataclass
class Bureau:
    """One repository, its tasks, and calls as anybody."""

    database: Database
    clock: FixedClock
    settings: MeshSettings = field(default_factory=MeshSettings)
    started: Started = field(default_factory=Started)
    keys: int = 0

    def __post_init__(self) -> None:
        self.repository = self.database.write(
            lambda tx: backlog.tend(tx, "shop", "/shop", "main", tx.now())
        ).id
        self.source = MemorySource({GOOD: ("src/a.py",)})

    @property
    def mesh(self) -> Mesh:
        return Mesh(self.database, self.settings, source=self.source, start=self.started)

    def file(
        self, *, role: str = "implementation", risk: str = "", lane: str = "backend", most: int = 3
    ) -> int:
        spec = Spec(lane, ("src/a.py",), instructions="do it")
        return self.database.write(
            lambda tx: dispatch.add_task(
                tx, repository_id=self.repository, item_id=None,
                lane=dispatch.lane_id(tx, self.repository, lane), kind="fix", title="Fix it", spec=spec,
                wsjf=2.0, base=BASE, now=tx.now(), attempts_max=most, place=Place(role, risk),
            )
        )  # fmt: skip

    def call(self, tool: str, who: Principal = BOSS, *, key: str | None = None, **arguments: Any) -> Any:
        return self.mesh.call(tool, Caller(who, key, "rest"), arguments)

    def claim(self, who: Principal = AGENT, lane: str = "backend") -> str:
        """The token of a fresh lease."""
        answer = self.call("claim_task", who, lanes=[lane])
        assert answer["task"] is not None
        return str(answer["lease"]["token"])

    def submit(self, token: str, **more: Any) -> Any:
        return self.call("submit_for_review", AGENT, lease_token=token, **{"commit": GOOD, **more})

    def file_claimed(self) -> int:
        number = self.file(lane="spare")
        self.claim(lane="spare")
        return number

    def file_asking(self) -> int:
        number = self.file(lane="asking")
        self.call("ask_clarification", AGENT, lease_token=self.claim(lane="asking"), question="which?")
        return number

    def gate(self, number: int) -> None:
        """The gate passes what was submitted."""
        task = self.task(number)
        rules = mesh.Rules(self.settings, self.started)
        self.database.write(
            lambda tx: mesh.conclude(
                tx, rules, dispatch.submission(tx, number, task.fence), mesh.Examined({}), tx.now()
            )
        )

    def verified(self, **more: Any) -> int:
        """A task that waits for approval."""
        number = self.file(**more)
        self.submit(self.claim())
        self.gate(number)
        return number

    def task(self, number: int) -> Task:
        return self.database.read(lambda tx: dispatch.task(tx, number))

    def told(self, number: int) -> list[str]:
        return [each.kind for each in self.database.read(lambda tx: events.history(tx, task=number))]

    def everything(self) -> Mapping[str, Any]:
        """All that a refused call must leave as it was."""
        tables = ("wl_task", "wl_lease", "wl_message", "wl_submission", "wl_review", "wl_call", "wl_decision",
                  "wl_landing", "wl_attempt")  # fmt: skip
        return self.database.read(
            lambda tx: {name: tx.rows(f"SELECT * FROM {name} ORDER BY 1, 2") for name in tables}
        )

    def token(self, kind: TokenKind, subject: str, role: Role, **more: Any) -> Issued:
        return self.database.write(
            lambda tx: issue(
                tx, kind, subject=subject, role=role, now=tx.now(), expires_at=tx.now() + 3_600, by="test",
                **more,
            )
        )  # fmt: skip


@pytest.fixture
def bureau(database: Database, clock: FixedClock) -> Bureau:
    return Bureau(database, clock)


@pytest.fixture
def lite(sqlite: Database, clock: FixedClock) -> Bureau:
    return Bureau(sqlite, clock)


__all__ = ["AGENT", "BASE", "BOSS", "GOOD", "OTHER", "OWNER", "PROOF", "Bureau"]
