"""The claim seeks: with many ready tasks it reads heads of classes, not tasks."""

import time
from pathlib import Path

import pytest

from windlass.dispatch import Outcome, desk
from windlass.dispatch.aging import multiplier
from windlass.dispatch.model import End, Post
from windlass.dispatch.statements import CLAIM, MET_HERE
from windlass.store import Dialect


def fill(database, tasks: int) -> None:
    rows = [{"cls": 500 + n * 37 % 139 * 100, "at": float(n % 1000)} for n in range(tasks)]
    database.write(
        lambda tx: tx.execute_many(
            "INSERT INTO wl_task (repository_id, lane, kind, title, status, cls, ready_at, spec, created_at,"
            " updated_at) VALUES (1, 1, 'k', 't', 'pending', :cls, :at, '{\"runner\": \"x\", \"paths\": []}', 1, 1)",  # noqa: E501
            rows,
        )
    )
    database.write(lambda tx: tx.execute("ANALYZE wl_task"))


def values(lite: bool) -> dict[str, object]:
    given: dict[str, object] = {"now": 500_000.0, "threshold": 0, "reach": 1.0}
    if lite:
        return given | {"lanes": "[1]"}
    return given | {
        "lanes": [1], "workers": ["w"], "node": "n", "node_json": '"n"', "ttl": 1.0, "sandbox": "",
    }  # fmt: skip


def test_sqlite_seeks_with_both_bounds(sqlite) -> None:
    fill(sqlite, 5_000)
    plan = sqlite.write(lambda tx: tx.rows(f"EXPLAIN QUERY PLAN {CLAIM[Dialect.SQLITE]}", **values(True)))
    details = [row["detail"] for row in plan]
    assert any("wl_task_ready (lane=? AND cls>? AND cls<?)" in detail for detail in details), details
    assert not any("SCAN t" in detail or "SCAN x" in detail for detail in details), details


@pytest.mark.postgres
def test_postgresql_uses_the_partial_index(postgres) -> None:
    fill(postgres, 20_000)
    plan = postgres.write(lambda tx: tx.rows(f"EXPLAIN {CLAIM[Dialect.POSTGRESQL]}", **values(False)))
    text = "\n".join(str(next(iter(row.values()))) for row in plan)
    assert "wl_task_ready" in text
    assert "Seq Scan on wl_task" not in text, text


def test_a_claim_and_an_end_write_few_pages(sqlite) -> None:
    """Task, its turn, lease, attempt, its time, event, its task; at the end the event's kind, too."""
    fill(sqlite, 20)
    log = Path(f"{sqlite.url.removeprefix('sqlite:///')}-wal")

    def written(work):
        before = len(log.read_bytes())
        return work(), (len(log.read_bytes()) - before) / 4120

    post = Post((1,), "n", 300.0)
    leases = [desk.take(sqlite, post, "w")[1] for _ in range(3)]  # the first ones make pages
    for lease in leases:
        desk.end(sqlite, End(lease, Outcome.NOTHING, "", retry=False))
    (_, lease), pages = written(lambda: desk.take(sqlite, post, "w"))
    assert pages == 7
    assert written(lambda: desk.end(sqlite, End(lease, Outcome.NOTHING, "", retry=False)))[1] == 6


def test_telling_dependents_does_not_read_all_completions(postgres) -> None:
    plan = postgres.write(lambda tx: tx.rows(f"EXPLAIN {MET_HERE}", now=1.0))
    text = "\n".join(str(next(iter(row.values()))) for row in plan)
    assert "wl_event_kind" not in text, text


def test_the_short_walk_finds_what_the_whole_walk_finds(database) -> None:
    fill(database, 300)
    lite = database.dialect is Dialect.SQLITE
    for _ in range(60):
        best = database.read(
            lambda tx: max(
                row["cls"] * multiplier(500_000.0 - row["ready_at"])
                for row in tx.rows("SELECT cls, ready_at FROM wl_task WHERE status = 'pending'")
            )
        )
        row = database.write(lambda tx: tx.row(CLAIM[tx.dialect], **values(lite)))
        assert row["cls"] * multiplier(500_000.0 - row["ready_at"]) == pytest.approx(best)


def test_a_large_backlog_costs_a_claim_no_more(sqlite) -> None:
    fill(sqlite, 40_000)
    took = []
    for _ in range(20):
        began = time.process_time()
        sqlite.write(lambda tx: tx.row(CLAIM[Dialect.SQLITE], **values(True)))
        took.append(time.process_time() - began)
    assert sorted(took)[10] < 0.1  # a scan of the index would take far longer on every machine we know
