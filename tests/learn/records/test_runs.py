"""Runs on both databases."""

import pytest

from windlass import events
from windlass.kernel import NotFound
from windlass.learn import finish_run, start_run
from windlass.learn.records import find_run, proofs
from windlass.store import Database


def test_a_run_covers_the_events_between_its_ends(database: Database) -> None:
    database.write(lambda tx: events.append(tx, "earlier", 1.0))
    run_id = database.write(lambda tx: start_run(tx, 1, 10.0, {"land": True}))
    database.write(lambda tx: events.append(tx, "within", 11.0))
    database.write(lambda tx: finish_run(tx, run_id, "idle", 20.0))
    database.write(lambda tx: events.append(tx, "later", 21.0))
    run = database.read(lambda tx: find_run(tx, 1, None))
    log = database.read(lambda tx: events.history(tx, since=run.first_seq - 1))
    kinds = [event.kind for event in log if run.last_seq is not None and event.seq <= run.last_seq]
    assert kinds == ["run.started", "within", "run.finished"]
    assert (run.id, run.started_at, run.finished_at, run.outcome) == (run_id, 10.0, 20.0, "idle")
    assert run.options == {"land": True}


def test_a_run_is_finished_once(database: Database) -> None:
    run_id = database.write(lambda tx: start_run(tx, 1, 10.0, {}))
    database.write(lambda tx: finish_run(tx, run_id, "idle", 20.0))
    database.write(lambda tx: finish_run(tx, run_id, "stopped", 30.0))
    assert database.read(lambda tx: find_run(tx, 1, run_id)).outcome == "idle"
    with pytest.raises(NotFound):
        database.write(lambda tx: finish_run(tx, 99, "idle", 20.0))


def test_a_run_of_another_repository_is_not_found(database: Database) -> None:
    run_id = database.write(lambda tx: start_run(tx, 1, 10.0, {}))
    with pytest.raises(NotFound, match="has no run yet"):
        database.read(lambda tx: find_run(tx, 2, None))
    with pytest.raises(NotFound, match=f"no run {run_id}"):
        database.read(lambda tx: find_run(tx, 2, run_id))


def test_evidence_is_by_tree(database: Database) -> None:
    for tree, check, at in (("t1", "ruff", 2.0), ("t1", "pytest", 1.0), ("t2", "ruff", 3.0)):
        database.write(
            lambda tx, tree=tree, check=check, at=at: tx.execute(
                "INSERT INTO wl_evidence VALUES (:tree, :check, 'e', 'passed', 0.5, '{}', '', 'bwrap', :at)",
                tree=tree, check=check, at=at,
            )
        )  # fmt: skip
    assert [proof.check for proof in database.read(lambda tx: proofs(tx, "t1"))] == ["pytest", "ruff"]
