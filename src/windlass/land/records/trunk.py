"""The newest look at a branch as a whole: one row."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from windlass.events import Subject, append
from windlass.store import Transaction

NAMES_MAX: Final = 2_000
"""Failing names that are kept."""
KINDS: Final = {"green": "trunk.green", "red": "trunk.red", "unknown": "trunk.unknown"}
TOLD_MAX: Final = 20
"""Names in an event."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a commit. `said`: green, red or unknown. `failing`: names, each with what it said.
    `at`: when it was put on record, in unix seconds.
    """

    branch: str
    commit: str
    said: str
    failing: Mapping[str, str]
    unknown: tuple[str, ...] = ()
    at: float = 0.0


def last(tx: Transaction, repository: int, branch: str) -> Look | None:
    """The newest one; None before the first."""
    row = tx.row(
        "SELECT commit_oid, said, failing, unknown, at FROM wl_trunk"
        " WHERE repository_id = :repository AND branch = :branch",
        repository=repository, branch=branch,
    )  # fmt: skip
    if row is None:
        return None
    failing, unknown = json.loads(row["failing"]), json.loads(row["unknown"])
    return Look(branch, row["commit_oid"], row["said"], failing, tuple(unknown), row["at"])


def keep(tx: Transaction, repository: int, look: Look, *, culprits: tuple[str, ...], seconds: float) -> Look:
    """Put a look on record, with its event and the time; the commits since which something fails are the
    `culprits`.
    """
    now = tx.now()
    kept = dict(sorted(look.failing.items())[:NAMES_MAX])
    tx.execute(
        "INSERT INTO wl_trunk (repository_id, branch, commit_oid, said, failing, unknown, at)"
        " VALUES (:repository, :branch, :commit, :said, :failing, :unknown, :now)"
        " ON CONFLICT (repository_id, branch) DO UPDATE SET commit_oid = excluded.commit_oid,"
        " said = excluded.said, failing = excluded.failing, unknown = excluded.unknown, at = excluded.at",
        repository=repository, branch=look.branch, commit=look.commit, said=look.said,
        failing=json.dumps(kept), unknown=json.dumps(list(look.unknown[:TOLD_MAX])), now=now,
    )  # fmt: skip
    severity = {"severity": "critical"} if culprits else {}
    append(
        tx, KINDS[look.said], now, actor="windlass", about=Subject(repository=repository),
        branch=look.branch, commit=look.commit, failing=list(kept)[:TOLD_MAX],
        unknown=list(look.unknown[:TOLD_MAX]), seconds=round(seconds, 3), culprits=list(culprits), **severity,
    )  # fmt: skip
    return replace(look, at=now)
