"""A worker on another host ends an attempt that brings nothing, once, and only its own."""

import pytest

from windlass import backlog, dispatch
from windlass.dispatch import LeaseLost, Outcome, Spec, TaskStatus
from windlass.identity import Principal, Role
from windlass.kernel import FixedClock
from windlass.mesh import Caller, Mesh, MeshSettings
from windlass.mesh.source import MemorySource
from windlass.store import Database, Transaction

RUNNER = Principal("runner:host-1", Role.AGENT, instance="host-1")


@pytest.fixture
def mesh(database: Database) -> Mesh:
    return Mesh(database, MeshSettings(), source=MemorySource())


def claimed(database: Database, mesh: Mesh) -> tuple[int, Caller]:
    """A task in the hands of RUNNER, and the bearer of its lease."""

    def file(tx: Transaction) -> int:
        number = backlog.tend(tx, "shop", "/shop", "main", tx.now()).id
        return dispatch.add_task(
            tx, repository_id=number, item_id=None, lane=dispatch.lane_id(tx, number, "mechanic"), kind="fix",
            title="t", spec=Spec("mechanic", ("a.py",)), wsjf=2.0, base="a" * 40, now=tx.now(),
        )  # fmt: skip

    task = database.write(file)
    answer = mesh.call("claim_task", Caller(RUNNER), {"lanes": ["mechanic"]})
    assert answer["task"]["id"] == task
    bearer = mesh._door.enter(answer["lease"]["token"], via="rest")
    return task, Caller(bearer, key="end-1", via="rest")


@pytest.mark.parametrize(
    ("outcome", "status", "attempt"),
    [
        ("nothing", TaskStatus.COMPLETED, 1), ("cannot", TaskStatus.BLOCKED, 1),
        ("failed", TaskStatus.PENDING, 1), ("refused", TaskStatus.PENDING, 1),
        ("released", TaskStatus.PENDING, 0),
    ],
)  # fmt: skip
def test_every_end_leads_where_the_same_word_leads_on_this_host(
    database: Database, mesh: Mesh, outcome: str, status: TaskStatus, attempt: int
) -> None:
    task, caller = claimed(database, mesh)
    for _ in range(2):  # a repetition under the same key has the same answer
        assert mesh.end_attempt(caller, outcome, "why") == {"status": status.value}
    found = database.read(lambda tx: dispatch.task(tx, task))
    assert (found.status, found.attempt) == (status, attempt)
    (told,) = database.read(lambda tx: dispatch.attempts(tx, task))
    assert told.outcome is (Outcome.NODE_DIED if outcome == "released" else Outcome(outcome))


def test_a_lease_that_is_lost_ends_nothing(database: Database, mesh: Mesh, clock: FixedClock) -> None:
    task, caller = claimed(database, mesh)
    clock.advance(301)
    with pytest.raises(LeaseLost):
        mesh.end_attempt(caller, "failed", "why")
    assert database.read(lambda tx: dispatch.task(tx, task)).status is TaskStatus.IN_PROGRESS
