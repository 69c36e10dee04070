"""What the figures of flow are computed from, for every repository at once.

Counts of the present are exact. What looks back reads at most ROWS_MAX of the newest rows of a kind; more
than that in one window is said in the source of the figure.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final

from windlass.learn.flow import DAY_S, WINDOW_S, Facts, Judged
from windlass.store import Row, Transaction

ROWS_MAX: Final = 5_000
Key = tuple[int, int]
"""A task and the fence of one submission."""

_STATUSES: Final = (
    "SELECT repository_id AS r, CASE WHEN status <> 'pending' THEN status WHEN unmet = 0 THEN 'ready'"
    " ELSE 'waiting' END AS word, count(*) AS n, min(updated_at) AS since, min(ready_at) AS ready"
    " FROM wl_task WHERE status IN ('pending', 'planning', 'in_progress', 'blocked', 'review_needed')"
    " GROUP BY 1, 2"
)
_REVIEW: Final = (
    "SELECT repository_id AS r, count(*) AS n, min(updated_at) AS since FROM wl_task"
    " WHERE status = 'review_needed' AND review <> 'approved' GROUP BY 1"
)
_LEASES: Final = (
    "SELECT t.repository_id AS r, l.expires_at > :now AS alive, count(*) AS n"
    " FROM wl_lease l JOIN wl_task t ON t.id = l.task_id GROUP BY 1, 2"
)
_DECISIONS: Final = (
    "SELECT coalesce(repository_id, 0) AS r, count(*) AS n, min(created_at) AS since FROM wl_decision"
    " WHERE status = 'open' GROUP BY 1"
)
_MESSAGES: Final = (
    "SELECT t.repository_id AS r, count(*) AS n, sum(CASE WHEN m.at > :since THEN 1 ELSE 0 END) AS fresh"
    " FROM wl_message m JOIN wl_task t ON t.id = m.task_id GROUP BY 1"
)
_ATTEMPTS: Final = (
    "SELECT t.repository_id AS r, count(*) AS n FROM wl_attempt a JOIN wl_task t ON t.id = a.task_id"
    " WHERE a.started_at > :since GROUP BY 1"
)
_VETOES: Final = (
    "SELECT coalesce(repository_id, 0) AS r, count(*) AS n FROM wl_decision"
    " WHERE kind = 'veto' AND created_at > :since GROUP BY 1"
)
_SUBMISSIONS: Final = (
    "SELECT t.repository_id AS r, s.task_id, s.fence, s.at FROM wl_submission s"
    " JOIN wl_task t ON t.id = s.task_id WHERE s.at > :since ORDER BY s.at DESC LIMIT :limit"
)
_EVENTS: Final = (
    "SELECT repository_id AS r, task_id, fence, at FROM wl_event"
    " WHERE kind = :kind AND kind <> 'task.claimed' ORDER BY seq DESC LIMIT :limit"
)
_COMPLETED: Final = (
    "SELECT e.repository_id AS r, e.task_id, e.fence, e.at, t.created_at,"
    " (SELECT count(*) FROM wl_submission s WHERE s.task_id = e.task_id) AS offers"
    " FROM (SELECT repository_id, task_id, fence, at, seq FROM wl_event WHERE kind = 'task.completed'"
    " AND kind <> 'task.claimed' ORDER BY seq DESC LIMIT :limit) e JOIN wl_task t ON t.id = e.task_id"
    " ORDER BY e.seq DESC"
)
_RENEWED: Final = (
    "SELECT t.repository_id AS r, count(*) AS n, count(DISTINCT c.subject) AS leases FROM wl_call c"
    " JOIN wl_task t ON t.id = (SELECT k.task_id FROM wl_token k WHERE k.subject = c.subject"
    " AND k.task_id IS NOT NULL LIMIT 1) WHERE c.tool = 'renew_lease' AND c.at > :since GROUP BY 1"
)
_LANDED: Final = (
    "SELECT count(*) AS landed, coalesce(sum(CASE WHEN l.decision IS NULL AND NOT EXISTS (SELECT 1"
    " FROM wl_decision d WHERE d.status = 'answered' AND (d.task_id = t.id OR d.item_id = t.item_id))"
    " THEN 1 ELSE 0 END), 0) AS alone FROM wl_landing l JOIN wl_task t ON t.id = l.task_id"
    " WHERE l.state = 'landed' AND l.updated_at > :since"
)


@dataclass
class _Sheet:
    """The facts of one repository while they are gathered."""

    leases: Counter[bool] = field(default_factory=Counter)
    statuses: dict[str, int] = field(default_factory=dict)
    oldest: dict[str, float] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    judged: list[Judged] = field(default_factory=list)
    done: list[tuple[float, int]] = field(default_factory=list)


def repositories(tx: Transaction) -> dict[int, str]:
    """The name of every repository under care."""
    return {row["id"]: row["name"] for row in tx.rows("SELECT id, name FROM wl_repository ORDER BY id")}


def landed_alone(tx: Transaction, now: float) -> tuple[int, int]:
    """Of the changes landed in the window: how many no person had to decide about, and how many at all."""
    row = tx.rows(_LANDED, since=now - WINDOW_S)[0]
    return int(row["alone"]), int(row["landed"])


def facts(tx: Transaction, now: float) -> dict[int, Facts]:
    """The facts of every repository; number 0 holds the decisions that belong to none, if there are any."""
    sheets: defaultdict[int, _Sheet] = defaultdict(_Sheet)
    for number in repositories(tx):
        sheets[number] = _Sheet()
    _present(tx, sheets, now)
    since = now - WINDOW_S
    for name, sql in (("attempts", _ATTEMPTS), ("vetoes", _VETOES)):
        for row in tx.rows(sql, since=since):
            sheets[row["r"]].counts[name] = row["n"]
    for row in tx.rows(_RENEWED, since=since):
        sheets[row["r"]].counts.update(renewed=row["n"], renewing=row["leases"])
    cut = _past(tx, sheets, since)
    return {number: _facts(sheet, cut) for number, sheet in sheets.items()}


def _present(tx: Transaction, sheets: defaultdict[int, _Sheet], now: float) -> None:
    for row in tx.rows(_STATUSES):
        sheet = sheets[row["r"]]
        sheet.statuses[row["word"]] = row["n"]
        sheet.oldest[row["word"]] = row["ready"] if row["word"] == "ready" else row["since"]
    for name, kind, sql in (("review", "review", _REVIEW), ("escalations", "escalation", _DECISIONS)):
        for row in tx.rows(sql):
            sheets[row["r"]].counts[name] = row["n"]
            sheets[row["r"]].oldest[kind] = row["since"]
    for row in tx.rows(_LEASES, now=now):
        sheets[row["r"]].leases[bool(row["alive"])] = row["n"]
    for row in tx.rows(_MESSAGES, since=now - DAY_S):
        sheets[row["r"]].counts.update(messages=row["n"], fresh=row["fresh"])


def _past(tx: Transaction, sheets: defaultdict[int, _Sheet], since: float) -> bool:
    """Submissions, ends and what was decided when; whether there was more than could be read."""
    refused, approved, failed = (_events(tx, f"task.{word}") for word in ("rejected", "approved", "failed"))
    completed = tx.rows(_COMPLETED, limit=ROWS_MAX)
    offers = tx.rows(_SUBMISSIONS, since=since, limit=ROWS_MAX)
    ends = [_first(rows) for rows in (refused, approved, completed)]
    for row in offers:
        key = (row["task_id"], row["fence"])
        times = [found[key] for found in ends if key in found]
        sheets[row["r"]].judged.append(Judged(row["at"], min(times, default=None), key in ends[0]))
    for row in completed:
        if row["at"] > since:
            sheets[row["r"]].done.append((row["at"] - row["created_at"], row["offers"]))
    for row in failed:
        sheets[row["r"]].counts["failed"] += row["at"] > since
    whole = (offers, refused, approved, completed, failed)
    return any(len(rows) == ROWS_MAX and rows[-1]["at"] > since for rows in whole)


def _events(tx: Transaction, kind: str) -> list[Row]:
    return [row for row in tx.rows(_EVENTS, kind=kind, limit=ROWS_MAX) if row["r"] is not None]


def _first(rows: list[Row]) -> dict[Key, float]:
    """When each submission was decided so for the first time; the rows come newest first."""
    return {(row["task_id"], row["fence"]): row["at"] for row in rows}


def _facts(sheet: _Sheet, cut: bool) -> Facts:
    counts = sheet.counts
    return Facts(
        leases_active=sheet.leases[True], leases_stale=sheet.leases[False], statuses=sheet.statuses,
        review=counts["review"], escalations=counts["escalations"], oldest=sheet.oldest,
        judged=tuple(sheet.judged), done=tuple(sheet.done), failed=counts["failed"],
        attempts=counts["attempts"], vetoes=counts["vetoes"], renewed=counts["renewed"],
        renewing=counts["renewing"], messages_day=counts["fresh"], messages=counts["messages"], cut=cut,
    )  # fmt: skip
