"""The newest look at a branch as a whole: one row."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from windlass.events import Subject, append
from windlass.store import Transaction

NAMES_MAX: Final = 2_000
"""Failing names that are kept."""
KINDS: Final = {"green": "trunk.green", "red": "trunk.red", "unknown": "trunk.unknown"}
TOLD_MAX: Final = 20
"""Names in an event."""
EVENTS_MAX: Final = 20
"""Newest events of looks among which the last one of a branch is, beside those of others."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a commit. `said`: green, red or unknown. `failing`: names, each with what it said.
    `at`: when it was put on record, in unix seconds. `since`: the commit that it was held against, empty
    where that is not known. `undecided`: names of which it was not certain in time whether a commit since
    then is why they fail.
    """

    branch: str
    commit: str
    said: str
    failing: Mapping[str, str]
    unknown: tuple[str, ...] = ()
    at: float = 0.0
    since: str = ""
    undecided: tuple[str, ...] = ()


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
    look = Look(branch, row["commit_oid"], row["said"], failing, tuple(unknown), row["at"])
    told = _told(tx, repository, look)
    return replace(look, since=told.get("since", ""), undecided=tuple(told.get("undecided", ())))


def keep(tx: Transaction, repository: int, look: Look, *, culprits: tuple[str, ...], seconds: float) -> Look:
    """Put a look on record, with its event and the time; the commits since which something fails are the
    `culprits`. What was told of this very commit is not told again.
    """
    now, told, before = tx.now(), _event(look, culprits), last(tx, repository, look.branch)
    kept = dict(sorted(look.failing.items())[:NAMES_MAX])
    tx.execute(
        "INSERT INTO wl_trunk (repository_id, branch, commit_oid, said, failing, unknown, at)"
        " VALUES (:repository, :branch, :commit, :said, :failing, :unknown, :now)"
        " ON CONFLICT (repository_id, branch) DO UPDATE SET commit_oid = excluded.commit_oid,"
        " said = excluded.said, failing = excluded.failing, unknown = excluded.unknown, at = excluded.at",
        repository=repository, branch=look.branch, commit=look.commit, said=look.said,
        failing=json.dumps(kept), unknown=json.dumps(list(look.unknown[:TOLD_MAX])), now=now,
    )  # fmt: skip
    known: Mapping[str, Any] = {}
    if before is not None and (before.commit, before.said) == (look.commit, look.said):
        known = _told(tx, repository, look)
    if any(known.get(name) != value for name, value in told.items()):
        severity = {"severity": "critical"} if culprits else {}
        append(
            tx, KINDS[look.said], now, actor="windlass", about=Subject(repository=repository),
            seconds=round(seconds, 3), **told, **severity,
        )  # fmt: skip
    return replace(look, at=now)


def _event(look: Look, culprits: Sequence[str]) -> dict[str, Any]:
    return {
        "branch": look.branch, "commit": look.commit, "failing": sorted(look.failing)[:TOLD_MAX],
        "unknown": list(look.unknown[:TOLD_MAX]), "culprits": list(culprits), "since": look.since,
        "undecided": list(look.undecided[:TOLD_MAX]),
    }  # fmt: skip


def _told(tx: Transaction, repository: int, look: Look) -> Mapping[str, Any]:
    """What was told of the newest look; the row has no place for all of it."""
    rows = tx.rows(
        # What names 'task.claimed' may use the index of kinds, which leaves that one out.
        "SELECT data FROM wl_event WHERE kind = :kind AND kind <> 'task.claimed'"
        " AND repository_id = :repository ORDER BY seq DESC LIMIT :most",
        kind=KINDS[look.said], repository=repository, most=EVENTS_MAX,
    )  # fmt: skip
    found: Iterator[Mapping[str, Any]] = (json.loads(row["data"]) for row in rows)
    ours = (look.branch, look.commit)
    return next((data for data in found if (data["branch"], data["commit"]) == ours), {})
