"""What purses have used, from the records that nothing resets: attempts, rejections, spend and extensions.

No counter is kept beside them, so none can be lost or begun anew with a claim, a lease or a process.
`now` is the database's clock: its day, in UTC, is the day.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from windlass.dispatch.budget import METERED as METERED
from windlass.dispatch.budget import Budget as Budget
from windlass.dispatch.budget import Counter as Counter
from windlass.dispatch.budget import Limits as Limits
from windlass.dispatch.budget import Purse
from windlass.dispatch.budget import Standing as Standing
from windlass.dispatch.budget import amount as amount
from windlass.dispatch.budget import told as told
from windlass.events import Subject, append
from windlass.kernel import Conflict, Invalid
from windlass.meter import Account, DurableLedger, Scope
from windlass.store import Row, Transaction

DAY_S: Final = 86_400.0
RETRIED_MAX: Final = 10_000
"""Tasks that wait for another try and are looked at; with more of them nobody could tell, so none begins."""
AMOUNT_MAX: Final = 10**15

_TURNS: Final = (
    "count(a.fence) AS turns,"
    " sum(CASE WHEN a.outcome IN ('failed', 'refused', 'lost') THEN 1 ELSE 0 END) AS failures,"
    " sum(coalesce(a.finished_at, :now) - a.started_at) AS seconds, min(a.started_at) AS since"
)
_SPENT: Final = "s.requests, s.input + s.output AS tokens, s.micro_dollars, s.unmeasured, s.unpriced"
_TASKS: Final = f"""
SELECT u.*, {_SPENT} FROM (
  SELECT t.id, t.rejections, n.name AS agent, {_TURNS} FROM wl_task t JOIN wl_lane n ON n.id = t.lane
  LEFT JOIN wl_attempt a ON a.task_id = t.id WHERE {{which}} GROUP BY t.id, t.rejections, n.name) u
LEFT JOIN wl_spend s ON s.scope = 'task' AND s.key = CAST(u.id AS TEXT) ORDER BY u.id LIMIT :limit"""  # noqa: S608
_DAYS: Final = f"""
SELECT n.name, {_TURNS} FROM wl_attempt a JOIN wl_task t ON t.id = a.task_id JOIN wl_lane n ON n.id = t.lane
WHERE a.started_at >= :day AND a.started_at < :day + {DAY_S} AND t.repository_id = :repository
GROUP BY n.name"""  # noqa: S608
_DAY_SPEND: Final = (
    f"SELECT s.scope, s.key, s.first_at AS since, {_SPENT} FROM wl_spend s"  # noqa: S608
    " WHERE s.scope IN ('day', 'agent-day') AND (s.key = :key OR s.key LIKE :key || '.%')"
)
_SUMMED: Final = (Counter.TURNS, Counter.FAILURES, Counter.SECONDS)
_COLUMNS: Final = {
    Counter.TURNS: "turns", Counter.FAILURES: "failures", Counter.REJECTIONS: "rejections",
    Counter.REQUESTS: "requests", Counter.TOKENS: "tokens", Counter.MONEY: "micro_dollars",
    Counter.SECONDS: "seconds", Counter.UNMEASURED: "unmeasured", Counter.UNPRICED: "unpriced",
}  # fmt: skip


def task_standing(tx: Transaction, task_id: int, budget: Budget, now: float) -> Standing:
    """What one task has used of its budget."""
    return _tasks(tx, "t.id = :id", {"id": task_id}, budget, now)[0]


def retried(tx: Transaction, repository_id: int, budget: Budget, now: float) -> list[Standing]:
    """The tasks that wait for another try; one that nobody has tried has used nothing."""
    which = "t.repository_id = :repository AND t.status = 'pending' AND t.fence > 0"
    found = _tasks(tx, which, {"repository": repository_id}, budget, now)
    if len(found) > RETRIED_MAX:
        raise Conflict(
            f"more than {RETRIED_MAX} tasks wait for another try, too many to hold against their budgets",
            hint="cancel some, or take the limits for a task out of [budget]",
        )
    return found


def days(tx: Transaction, repository_id: int, budget: Budget, now: float) -> list[Standing]:
    """The day of the repository, then that of every agent that did anything today, by name."""
    key = day_purse(repository_id, now).key
    worked = tx.rows(_DAYS, repository=repository_id, day=now - now % DAY_S, now=now)
    paid = {row["key"]: row for row in tx.rows(_DAY_SPEND, key=key)}
    turns: dict[str, Mapping[str, Any]] = {f"{key}.{row['name']}": row for row in worked}
    turns[key] = {
        **{one.value: sum(row[one.value] for row in worked) for one in _SUMMED},
        "since": min((row["since"] for row in worked), default=None),
    }
    found = []
    for each in sorted({*turns, *paid}):
        purse = day_purse(repository_id, now, each[len(key) + 1 :])
        rows = (turns.get(each, {}), paid.get(each, {}))
        since = min((row["since"] for row in rows if row.get("since") is not None), default=None)
        found.append((purse, budget.of(purse.scope), _used(*rows), since))
    return _extended(tx, found)


def day_purse(repository_id: int, now: float, agent: str = "") -> Purse:
    """The day of a repository, or of one agent in it."""
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    if not agent:
        return Purse(Scope.DAY, f"{repository_id}.{day}", f"this repository on {day}")
    return Purse(Scope.AGENT_DAY, f"{repository_id}.{day}.{agent}", f"agent {agent} on {day}")


def agent_day(tx: Transaction, repository_id: int, agent: str, budget: Budget, now: float) -> Standing:
    """The day of one agent, who may have done nothing yet."""
    purse = day_purse(repository_id, now, agent)
    known = {one.purse.key: one for one in days(tx, repository_id, budget, now)}
    nothing: dict[Counter, int] = dict.fromkeys(Counter, 0)
    return known.get(purse.key) or _extended(tx, [(purse, budget.agent_day, nothing, None)])[0]


def spent(tx: Transaction, repository_id: int, budget: Budget, now: float) -> list[Standing]:
    """Every budget that is used up now and keeps something from being begun."""
    if not budget:
        return []
    tasks = retried(tx, repository_id, budget, now) if budget.limits_tasks else []
    return [one for one in (*tasks, *days(tx, repository_id, budget, now)) if one.spent]


def drawn(tx: Transaction, account: Account, budget: Budget, now: float) -> list[Standing]:
    """What a turn of this account draws on: the budgets of its task, its agent's day and the day."""
    number = account.repository
    return [
        task_standing(tx, account.task, budget, now),
        agent_day(tx, number, account.agent, budget, now),
        days(tx, number, budget, now)[0],
    ]


def waits(tx: Transaction, account: Account, budget: Budget, now: float) -> str:
    """Why no turn of this account begins, in words; empty when one may."""
    empty = [one for one in drawn(tx, account, budget, now) if one.spent] if budget else []
    why = [f"the budget of {one.purse.name} is used up: {told(one, one.spent)}" for one in empty]
    for agent, left_s in full(tx, account.repository, budget, now).items():
        if agent == account.agent:
            why.append(f"agent {agent} has made all the requests of its window; more in {left_s:.0f} s")
    return "; ".join(why)


def full(tx: Transaction, repository_id: int, budget: Budget, now: float) -> dict[str, float]:
    """The agents that may make no request more in their window, and for how many seconds."""
    found = {}
    for agent, most, window_s in budget.windows:
        age_s = DurableLedger.age_of(tx, Account(repository_id, 0, 0, agent), most, now)
        if age_s is not None and age_s < window_s:
            found[agent] = window_s - age_s
    return found


def agent_of(purse: Purse) -> str:
    """Whose day it is; empty for what is no agent's."""
    return purse.key.split(".", 2)[2] if purse.scope is Scope.AGENT_DAY else ""


def extend(
    tx: Transaction, repository_id: int, purse: Purse, amounts: Mapping[Counter, int], now: float, *,
    by: str, decision: int | None = None,
) -> None:  # fmt: skip
    """Let one purse use more, and no other; an answer counts once however often it is read."""
    if not amounts or not all(0 < value <= AMOUNT_MAX for value in amounts.values()):
        raise Invalid("a budget is extended by whole numbers above 0", hint="look at `windlass budget show`")
    task = int(purse.key) if purse.scope is Scope.TASK else None
    for counter, value in amounts.items():
        added = tx.execute(
            "INSERT INTO wl_extension (repository_id, scope, key, counter, amount, actor, decision_id, at)"
            " VALUES (:repository, :scope, :key, :counter, :amount, :actor, :decision, :now)"
            " ON CONFLICT DO NOTHING",
            repository=repository_id, scope=purse.scope.value, key=purse.key, counter=counter.value,
            amount=value, actor=by, decision=decision, now=now,
        )  # fmt: skip
        if added:
            append(
                tx, "budget.extended", now, actor=by, about=Subject(repository_id, None, task),
                scope=purse.scope.value, key=purse.key, counter=counter.value, amount=value,
                decision=decision,
            )  # fmt: skip


def _tasks(
    tx: Transaction, which: str, values: Mapping[str, int], budget: Budget, now: float
) -> list[Standing]:
    rows = tx.rows(_TASKS.format(which=which), **values, now=now, limit=RETRIED_MAX + 1)
    return _extended(tx, [
        (
            Purse(Scope.TASK, str(row["id"]), f"task {row['id']}"), budget.of_task(row["agent"]), _used(row),
            row["since"],
        )
        for row in rows
    ])  # fmt: skip


def _used(*rows: Mapping[str, Any] | Row) -> dict[Counter, int]:
    """Nothing on record is nothing used: attempts and calls are on record before they happen."""
    return {counter: int(sum(row.get(name) or 0 for row in rows)) for counter, name in _COLUMNS.items()}


def _extended(
    tx: Transaction, found: Sequence[tuple[Purse, Limits, dict[Counter, int], float | None]]
) -> list[Standing]:
    """With what people have added to each."""
    keys = json.dumps([purse.key for purse, *_ in found])
    each = "SELECT value FROM json_each(:keys)" if tx.lite else (
        "SELECT value FROM json_array_elements_text(:keys::json) AS value"
    )  # fmt: skip
    added: dict[tuple[str, str], list[Row]] = {}
    for row in tx.rows(
        f"SELECT scope, key, counter, amount, decision_id FROM wl_extension WHERE key IN ({each})",  # noqa: S608
        keys=keys,
    ):
        added.setdefault((row["scope"], row["key"]), []).append(row)
    made = []
    for purse, limits, used, since in found:
        rows = added.get((purse.scope.value, purse.key), [])
        more: dict[Counter, int] = {}
        for row in rows:
            counter = Counter(row["counter"])
            more[counter] = more.get(counter, 0) + int(row["amount"])
        answers = len({row["decision_id"] for row in rows} - {None})
        made.append(Standing(purse, limits, used, more, answers, since))
    return made
