"""Health, quality and flow of the mesh (MSH-10) as figures with a source. Pure: facts in, readings out.

Every reading says what it counts, where that stands and when it was read. A rate of nothing and a duration
nobody had are unknown, with the reason; they are never zero. Percentiles are nearest-rank: the smallest value
that at least so many of the values do not exceed, so that every percentile is a value that occurred.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

DAY_S: Final = 86_400.0
WINDOW_S: Final = 7 * DAY_S
"""How far rates and durations look back."""
QUANTILES: Final = (0.5, 0.9, 0.99)


@dataclass(frozen=True, slots=True)
class Judged:
    """One submission of the window: when it was offered, when it was decided, and whether it was refused."""

    offered_at: float
    decided_at: float | None
    refused: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What the tables and events say about one repository; counts are complete unless `cut`.

    `statuses`: tasks by status, with `ready` and `waiting` in place of pending. `oldest`: since when the
    oldest of a kind waits, where there is one. `done`: for each task completed in the window, its seconds
    from filing and its submissions. `renewed`: renewals that are on record, by `renewing` leases.
    """

    leases_active: int = 0
    leases_stale: int = 0
    statuses: Mapping[str, int] = field(default_factory=dict)
    review: int = 0
    escalations: int = 0
    oldest: Mapping[str, float] = field(default_factory=dict)
    judged: Sequence[Judged] = ()
    done: Sequence[tuple[float, int]] = ()
    failed: int = 0
    attempts: int = 0
    vetoes: int = 0
    renewed: int = 0
    renewing: int = 0
    messages_day: int = 0
    messages: int = 0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure: `value` None is unknown and `why` tells the reason.

    `of`: how many a rate or a percentile is of. `source`: the tables and events it was computed from. `at`:
    when they were read, unix seconds.
    """

    name: str
    group: str
    value: float | None
    unit: str
    about: str
    source: str
    at: float
    of: int | None = None
    quantile: float | None = None
    why: str = ""

    @property
    def key(self) -> str:
        """Its name in a flat list, e.g. `task_duration_p90`."""
        return self.name if self.quantile is None else f"{self.name}_p{self.quantile * 100:g}"


def readings(facts: Facts, now: float) -> tuple[Reading, ...]:
    """Every figure of MSH-10, in a fixed order."""
    return (*_health(facts, now), *_quality(facts, now), *_flow(facts, now))


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of at least one value; `share` lies in 0..1."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def _health(facts: Facts, now: float) -> list[Reading]:
    count = facts.statuses.get
    counts = (
        ("leases_active", facts.leases_active, "leases", "that have not expired", "wl_lease"),
        ("leases_stale", facts.leases_stale, "leases", "that expired and no sweep has ended", "wl_lease"),
        ("tasks_ready", count("ready", 0), "tasks", "pending, waiting for nobody", "wl_task"),
        ("tasks_waiting", count("waiting", 0), "tasks", "pending, waiting for other tasks", "wl_task"),
        ("tasks_in_progress", count("in_progress", 0), "tasks", "under a lease", "wl_task"),
        ("tasks_blocked", count("blocked", 0), "tasks", "waiting for an answer", "wl_task"),
        ("review_queue", facts.review, "tasks", "submitted, neither approved nor refused", "wl_task"),
        ("escalations", facts.escalations, "decisions", "waiting for a person", "wl_decision"),
    )
    found = [
        Reading(name, "health", value, unit, about, source, now)
        for name, value, unit, about, source in counts
    ]
    ages = (
        ("ready_age", "ready", "how long the oldest ready task waits", "wl_task"),
        ("blocked_age", "blocked", "how long the oldest blocked task waits", "wl_task"),
        ("review_age", "review", "how long the oldest submission waits for review", "wl_task"),
        ("escalation_age", "escalation", "how long the oldest open decision waits", "wl_decision"),
    )
    for name, kind, about, source in ages:
        since = facts.oldest.get(kind)
        value, why = (None, "none waits") if since is None else (max(now - since, 0.0), "")
        found.append(Reading(name, "health", value, "seconds", about, source, now, why=why))
    return found


def _quality(facts: Facts, now: float) -> list[Reading]:
    decided = [one for one in facts.judged if one.decided_at is not None]
    offered = [count for _, count in facts.done if count]
    ended = len(facts.done) + facts.failed
    rows = (
        ("rejection_rate", sum(one.refused for one in decided), len(decided),
         "submissions refused by gate or reviewer, of those decided",
         "wl_submission; events task.rejected, task.approved, task.completed", "no submission was decided"),
        ("escalation_rate", facts.failed, ended,
         "tasks that failed with no attempt left, of those that completed or failed",
         "events task.failed, task.completed", "no task ended"),
        ("veto_rate", facts.vetoes, facts.attempts,
         "attempts whose worker refused the instruction with a counter-proposal, of those begun",
         "wl_decision, wl_attempt", "no attempt began"),
        ("first_time_approval", sum(count == 1 for count in offered), len(offered),
         "tasks accepted with their first submission, of those completed with one",
         "events task.completed; wl_submission", "no task was completed with a submission"),
    )  # fmt: skip
    return [
        Reading(
            name, "quality", hits / of if of else None, "ratio", about, _cut(source, facts), now, of,
            why="" if of else f"{none} in the last {_days()}",
        )
        for name, hits, of, about, source, none in rows
    ]  # fmt: skip


def _flow(facts: Facts, now: float) -> list[Reading]:
    reviews = [one.decided_at - one.offered_at for one in facts.judged if one.decided_at is not None]
    found = [
        *_spread(
            Reading("task_duration", "flow", None, "seconds", "from filing to completion",
                    _cut("wl_task; events task.completed", facts), now,
                    why=f"no task was completed in the last {_days()}"),
            [seconds for seconds, _ in facts.done],
        ),
        *_spread(
            Reading("review_duration", "flow", None, "seconds", "from submission to its first decision",
                    _cut("wl_submission; events task.approved, task.rejected, task.completed", facts), now,
                    why=f"no submission was decided in the last {_days()}"),
            reviews,
        ),
        _renewals(facts, now),
        Reading("messages_day", "flow", facts.messages_day, "messages", "of the last 24 hours",
                "wl_message", now),
        Reading("messages", "flow", facts.messages, "messages", "that are kept", "wl_message", now),
    ]  # fmt: skip
    return found


def _spread(unknown: Reading, values: Sequence[float]) -> list[Reading]:
    """The percentiles of what was measured, or the unknown reading for each."""
    return [
        replace(unknown, quantile=share, of=len(values), value=percentile(values, share), why="")
        if values
        else replace(unknown, quantile=share, of=0)
        for share in QUANTILES
    ]


def _renewals(facts: Facts, now: float) -> Reading:
    """Renewing leaves no trace but in the record of calls with a key; windlass's own workers send none."""
    of = facts.renewing
    why = "" if of else f"no renewal of the last {_days()} is on record: only those with a key are"
    about = "renewals with an idempotency key, for each lease that made any"
    value = facts.renewed / of if of else None
    return Reading("lease_renewals", "flow", value, "per lease", about, "wl_call", now, of, why=why)


def _cut(source: str, facts: Facts) -> str:
    return f"{source} (only the newest)" if facts.cut else source


def _days() -> str:
    return f"{WINDOW_S / DAY_S:g} days"
