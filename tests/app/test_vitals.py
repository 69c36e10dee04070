"""Health is measured: each part is broken on purpose and seen."""

from pathlib import Path
from typing import Any

import pytest

from windlass import backlog, ratchet
from windlass.app import night_log
from windlass.app.nodes import Node
from windlass.app.vitals import (
    MISSING,
    Health,
    Loop,
    Part,
    Status,
    Vitals,
    Watched,
    judge_loops,
    judge_node,
    judge_ratchet,
)
from windlass.kernel import FixedClock, Unavailable
from windlass.ratchet.model import Point
from windlass.store import Database, Transaction

TURNING = Loop("tend-1", 0.2, 30.0)


@pytest.fixture
def node(database: Database, tmp_path: Path) -> Node:
    found = Node(database, tmp_path, "node-1")
    found.join()
    yield found
    found._stop.set()


def watched(database: Any, tmp_path: Path, **more: Any) -> Vitals:
    return Vitals(Watched(database, "node-1", tmp_path, **{"loops": lambda: [TURNING], **more}))


def part(health: Health, name: str) -> Part:
    return next(one for one in health.parts if one.name == name)


def tend(database: Database) -> int:
    number = database.write(lambda tx: backlog.tend(tx, "shop", "/shop", "main", tx.now())).id

    def led(tx: Transaction) -> None:
        tx.execute(
            "INSERT INTO wl_lock (repository_id, resource, holder, fence, expires_at)"
            " VALUES (:r, 'windlass:leader', 'node-1', 1, :until)",
            r=number, until=tx.now() + 1e9,
        )  # fmt: skip

    database.write(led)
    return number


def test_a_server_that_works_is_ready(database: Database, node: Node, tmp_path: Path):
    number = tend(database)
    vitals = watched(database, tmp_path, working={number: True})
    assert vitals.live().status is Status.OK
    found = vitals.complete()
    told = {one.name: one.detail for one in found.parts if one.status is not Status.OK}
    unmeasured = {*MISSING, "auto_merge_rate_7d", "quality_ratchet_status", "nights"}
    assert set(told) - {"disk", "sandbox"} == unmeasured
    if part(found, "disk").status is part(found, "sandbox").status is Status.OK:
        assert (found.status, found.value("autonomous_ready")) == (Status.OK, True)


def test_a_repository_that_is_only_watched_is_not_autonomous(database: Database, node: Node, tmp_path: Path):
    found = watched(database, tmp_path, working={tend(database): False}).complete()
    assert found.value("autonomous_ready") is False
    assert "only watched" in part(found, "autonomous_ready").detail


def test_nobody_leading_is_seen(database: Database, node: Node, tmp_path: Path):
    number = database.write(lambda tx: backlog.tend(tx, "shop", "/shop", "main", tx.now())).id
    found = watched(database, tmp_path, working={number: True}).complete()
    assert part(found, "leaders").status is Status.DEGRADED
    assert (found.status, found.value("autonomous_ready")) == (Status.DEGRADED, False)


@pytest.mark.parametrize(
    ("sql", "name", "status"),
    [
        ("UPDATE wl_node SET state = 'reaping'", "node", Status.FAILING),
        ("UPDATE wl_node SET beat = beat - 10", "node", Status.DEGRADED),
        ("UPDATE wl_node SET beat = beat - 20", "node", Status.FAILING),
        ("DELETE FROM wl_node", "node", Status.FAILING),
        (
            "INSERT INTO wl_event (at, actor, kind, data)"
            " VALUES (:now - 9, 'w', 'workflow.failed', '{}')",
            "workflows",
            Status.DEGRADED,
        ),
        (
            "INSERT INTO wl_event (at, actor, kind, data) VALUES (:now - 999, 'w', 'run.started', '{}')",
            "audit",
            Status.DEGRADED,
        ),
        ("UPDATE wl_schema SET version_num = '0001_pre_spine'", "schema", Status.FAILING),
        ("UPDATE wl_schema SET version_num = '9999_post_gone'", "schema", Status.FAILING),
    ],
)  # fmt: skip
def test_what_is_broken_is_told_in_its_own_part(
    database: Database, node: Node, tmp_path: Path, sql: str, name: str, status: Status
):
    database.write(lambda tx: tx.execute(sql, now=tx.now()) if ":now" in sql else tx.execute(sql))
    found = watched(database, tmp_path).complete()
    assert part(found, name).status is status, found
    assert found.status is (status if status is Status.FAILING else Status.DEGRADED)


def test_a_lease_that_no_sweep_ended_is_seen(
    database: Database, node: Node, tmp_path: Path, clock: FixedClock
):
    def stale(tx: Transaction) -> None:
        tx.execute(
            "INSERT INTO wl_task (id, repository_id, lane, kind, title, status, cls, ready_at, created_at,"
            " updated_at) VALUES (1, 1, 1, 'fix', 't', 'in_progress', 1, 1, 1, 1)"
        )
        tx.execute(
            "INSERT INTO wl_lease (task_id, fence, worker, node, expires_at) VALUES (1, 1, 'w', 'n', :at)",
            at=tx.now() - 61,
        )

    database.write(stale)
    assert part(watched(database, tmp_path).complete(), "leases").status is Status.DEGRADED


def test_a_database_that_is_away_fails_and_hides_nothing(tmp_path: Path):
    class Away:
        dialect, url = None, "postgresql://nowhere"

        def read(self, work: Any) -> Any:
            raise Unavailable("the database is away")

        def engine(self) -> Any:
            raise Unavailable("the database is away")

    found = watched(Away(), tmp_path).live()
    assert (found.status, len(found.parts)) == (Status.FAILING, 2)
    whole = watched(Away(), tmp_path).complete()
    assert part(whole, "disk").status is not Status.UNKNOWN
    assert part(whole, "auto_merge_rate_7d").status is Status.UNKNOWN
    assert whole.value("autonomous_ready") is False


def test_landings_without_a_person_are_counted(database: Database, node: Node, tmp_path: Path):
    def landed(tx: Transaction) -> None:
        for number, asked in ((1, None), (2, "scope:2"), (3, None), (4, None)):
            tx.execute(
                "INSERT INTO wl_task (id, repository_id, lane, kind, title, status, cls, ready_at,"
                " created_at, updated_at) VALUES (:n, 1, 1, 'fix', 't', 'completed', 1, 1, 1, 1)",
                n=number,
            )
            tx.execute(
                "INSERT INTO wl_landing (repository_id, task_id, fence, branch, mode, state, decision,"
                " created_at, updated_at) VALUES (1, :n, 1, 'main', 'land', 'landed', :asked, :now, :now)",
                n=number, asked=asked, now=tx.now() - 100,
            )  # fmt: skip
        tx.execute(
            "INSERT INTO wl_decision (key, task_id, kind, question, context, options, priority, status,"
            " created_at) VALUES ('k', 3, 'gate', '?', '{}', '[]', 1, 'answered', 1)"
        )

    assert watched(database, tmp_path).complete().value("auto_merge_rate_7d") is None
    database.write(landed)
    found = watched(database, tmp_path).complete()
    assert found.value("auto_merge_rate_7d") == 0.5
    assert part(found, "auto_merge_rate_7d").detail.startswith("2 of 4")


@pytest.mark.parametrize(
    ("row", "status"),
    [
        (None, Status.FAILING), (("dead", 0.0), Status.FAILING), (("live", 16.0), Status.FAILING),
        (("live", 7.0), Status.DEGRADED), (("live", 2.0), Status.OK), (("live", -1.0), Status.OK),
    ],
)  # fmt: skip
def test_a_node_by_state_and_heartbeat(row: tuple[str, float] | None, status: Status):
    assert judge_node(row).status is status


@pytest.mark.parametrize(
    ("loops", "status"),
    [
        ((), Status.UNKNOWN), ((TURNING,), Status.OK), ((TURNING, Loop("x", 31.0, 30.0)), Status.DEGRADED),
        ((Loop("x", None, 30.0),), Status.DEGRADED), ((Loop("x", 0.1, 30.0, "disk full"),), Status.DEGRADED),
    ],
)  # fmt: skip
def test_threads_that_stand_still_or_met_trouble_are_told(loops: tuple[Loop, ...], status: Status):
    found = judge_loops(loops)
    assert found.status is status
    if status is Status.DEGRADED:
        assert "x" in found.detail


def test_the_ratchet_is_told_by_what_was_measured_last() -> None:
    (coverage, *_) = ratchet.parse_metrics({})
    unknown = judge_ratchet([ratchet.Standing(coverage, (), 75.0, None, 0)])
    assert (unknown.status, unknown.value) == (Status.UNKNOWN, None)

    def measured(value: float) -> Part:
        return judge_ratchet([ratchet.Standing(coverage, (Point(value, 1.0, "c"),), 75.0, None, 0)])

    assert (measured(74.5).value, measured(74.5).detail) == ("passing", "1 of 1 measured metrics hold")
    assert (measured(70.0).value, measured(70.0).detail) == (
        "failing", "0 of 1 measured metrics hold; coverage does not",
    )  # fmt: skip


def test_the_last_night_is_told_and_none_is_unknown(database: Database, node: Node, tmp_path: Path) -> None:
    number = tend(database)
    vitals = watched(database, tmp_path, working={number: True})
    assert part(vitals.complete(), "nights").status is Status.UNKNOWN
    night = night_log.Night(night_log.Every.NIGHT, 5.0, "main", "a" * 40, "b" * 40)
    database.write(lambda tx: night_log.keep(tx, number, night))
    found = part(vitals.complete(), "nights")
    assert (found.status, found.detail.split(",")[0]) == (Status.OK, f"night of {'a' * 12}")
