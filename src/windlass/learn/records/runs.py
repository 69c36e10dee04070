"""The SQL of runs, and the evidence for a tree."""

import json
from collections.abc import Mapping
from typing import Any

from windlass import events
from windlass.events import Subject
from windlass.kernel import NotFound
from windlass.learn.model import Proof, Run
from windlass.store import Row, Transaction

_COLUMNS = "id, repository_id, started_at, finished_at, options, first_seq, last_seq, outcome"


def start_run(tx: Transaction, repository_id: int, now: float, options: Mapping[str, Any]) -> int:
    """Open a run; its events are those that come after this call."""
    run_id: int = tx.scalar(
        "INSERT INTO wl_run (repository_id, started_at, options, first_seq)"
        " VALUES (:repository, :now, :options,"
        " (SELECT coalesce(max(seq), 0) + 1 FROM wl_event)) RETURNING id",
        repository=repository_id, now=now, options=json.dumps(dict(options), sort_keys=True),
    )  # fmt: skip
    events.append(tx, "run.started", now, about=Subject(repository=repository_id), run=run_id)
    return run_id


def finish_run(tx: Transaction, run_id: int, outcome: str, now: float) -> None:
    """Close a run once; closing it again changes nothing."""
    row = tx.row(
        "UPDATE wl_run SET finished_at = :now, outcome = :outcome WHERE id = :id AND finished_at IS NULL"
        " RETURNING repository_id",
        now=now, outcome=outcome, id=run_id,
    )  # fmt: skip
    if row is None:
        find_run(tx, None, run_id)
        return
    about = Subject(repository=row["repository_id"])
    events.append(tx, "run.finished", now, about=about, run=run_id, outcome=outcome)
    tx.execute("UPDATE wl_run SET last_seq = (SELECT max(seq) FROM wl_event) WHERE id = :id", id=run_id)


def find_run(tx: Transaction, repository_id: int | None, run_id: int | None) -> Run:
    """The run with this number, or the repository's newest."""
    row = tx.row(
        f"SELECT {_COLUMNS} FROM wl_run WHERE (:id = -1 OR id = :id)"  # noqa: S608
        " AND (:repository = -1 OR repository_id = :repository) ORDER BY id DESC LIMIT 1",
        id=-1 if run_id is None else run_id, repository=-1 if repository_id is None else repository_id,
    )  # fmt: skip
    if row is None:
        what = "this repository has no run yet" if run_id is None else f"this repository has no run {run_id}"
        raise NotFound(what, hint="start one: windlass run")
    return _run(row)


def proofs(tx: Transaction, tree: str) -> list[Proof]:
    """Everything that was measured on exactly this tree, oldest first."""
    rows = tx.rows(
        "SELECT check_id, environment, verdict, seconds, sandbox, at FROM wl_evidence WHERE tree_oid = :tree"
        " ORDER BY at, check_id, environment",
        tree=tree,
    )
    return [
        Proof(row["check_id"], row["verdict"], row["seconds"], row["environment"], row["sandbox"], row["at"])
        for row in rows
    ]


def _run(row: Row) -> Run:
    return Run(
        id=row["id"], repository_id=row["repository_id"], started_at=row["started_at"],
        finished_at=row["finished_at"], options=json.loads(row["options"]), first_seq=row["first_seq"],
        last_seq=row["last_seq"], outcome=row["outcome"],
    )  # fmt: skip
