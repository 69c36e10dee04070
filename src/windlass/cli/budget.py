"""`windlass budget …`: what tasks, agents and days have used of what they may, and more of it."""

import math
from typing import Final

import click

from windlass import dispatch, history
from windlass.app import Plant
from windlass.cli.opening import opened, who
from windlass.cli.render import emit, note, output_options, repo_option, table
from windlass.dispatch import budgets
from windlass.history import Act
from windlass.kernel import Invalid, iso
from windlass.meter import Account
from windlass.store import Transaction

ATTEMPTED: Final = (budgets.Counter.TURNS, budgets.Counter.FAILURES, budgets.Counter.SECONDS)
UNSEEN: Final = {
    budgets.Counter.TOKENS: budgets.Counter.UNMEASURED, budgets.Counter.MONEY: budgets.Counter.UNPRICED,
}  # fmt: skip
SPENT: Final = "what is allowed may be used at once; lower the limit in [budget] instead"


@click.command(help="Show what today, its agents and tasks have used of their budgets.")
@click.option("--task", type=int, help="One task alone.")
@repo_option
@output_options
def show(task: int | None, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found, at = plant.database.read(lambda tx: (_standings(tx, plant, task), tx.now()))
    data = [_row(one, counter, at) for one in found for counter in budgets.Counter]
    rows = [
        (row["name"], row["counter"], _shown(row["used"], row["unknown_calls"]), _most(row["limit"]),
         _most(row["left"]))
        for row in data
        if row["limit"] is not None or row["used"]
    ]  # fmt: skip
    emit(
        data, as_json=as_json, fields=fields,
        lines=lambda: table(("WHOSE", "WHAT", "USED", "LIMIT", "LEFT"), rows) if rows else [_NOTHING],
    )  # fmt: skip


_NOTHING: Final = "Nothing is used yet, and nothing is limited."


def _standings(tx: Transaction, plant: Plant, task: int | None) -> list[budgets.Standing]:
    now, number = tx.now(), plant.repository.id
    if task is not None:
        dispatch.task(tx, task)
        return [budgets.task_standing(tx, task, plant.budget, now)]
    return [*budgets.days(tx, number, plant.budget, now), *budgets.retried(tx, number, plant.budget, now)]


def _row(one: budgets.Standing, counter: budgets.Counter, at: float) -> dict[str, object]:
    """Tokens and money are only those that the meter knows: `unknown_calls` says how many it does not."""
    unseen = one.used.get(UNSEEN[counter], 0) if counter in UNSEEN else 0
    return {
        "scope": one.purse.scope.value, "key": one.purse.key, "name": one.purse.name,
        "counter": counter.value, "used": one.used.get(counter), "unknown_calls": unseen,
        "limit": one.bounds.get(counter), "extended": one.extended.get(counter, 0), "left": one.left(counter),
        "since": None if one.since is None else iso(one.since), "source": _source(counter),
        "at": iso(at),
    }  # fmt: skip


def _source(counter: budgets.Counter) -> str:
    if counter in ATTEMPTED:
        return "attempts"
    return "reviews" if counter is budgets.Counter.REJECTIONS else "meter"


def _shown(used: object, unseen: object) -> str:
    return f"{used}, and {unseen} calls unknown" if unseen else f"{'unknown' if used is None else used}"


def _most(value: object) -> object:
    return "none" if value is None else value


def spent_for(plant: Plant, task: dispatch.Task) -> str:
    """Which budgets keep a pending task from being begun, in words."""
    if task.status is not dispatch.TaskStatus.PENDING:
        return ""
    payer = Account(task.repository_id, task.id, task.fence, task.spec.runner)
    return plant.database.read(lambda tx: budgets.waits(tx, payer, plant.budget, tx.now()))


@click.command(help="Let a task, an agent's day or this repository's day use more.")
@click.option("--task", type=int, help="Of this task; without it and --agent: of today.")
@click.option("--agent", help="Of this agent, today.")
@click.option("--turns", type=click.IntRange(1), help="Times more that agents are set to work.")
@click.option("--failures", type=click.IntRange(1), help="Failed turns more.")
@click.option("--rejections", type=click.IntRange(1), help="Rejections more; of a task alone.")
@click.option("--requests", type=click.IntRange(1), help="Requests to models more.")
@click.option("--tokens", type=click.IntRange(1), help="Tokens more.")
@click.option("--dollars", type=click.FloatRange(0, min_open=True), help="Dollars more.")
@click.option("--minutes", type=click.IntRange(1), help="Minutes under leases more.")
@repo_option
def extend(task: int | None, agent: str | None, repo: str | None, **more: float | None) -> None:
    if task is not None and agent is not None:
        raise Invalid("--task and --agent contradict each other", hint="give one of them")
    amounts = {_COUNTERS[name]: _whole(name, value) for name, value in more.items() if value is not None}
    with opened(repo) as plant:

        def work(tx: Transaction) -> budgets.Standing:
            now, number = tx.now(), plant.repository.id
            before = _one(tx, plant, task, agent)
            if unlimited := [one.value for one in amounts if one not in before.bounds]:
                raise Invalid(
                    f"{before.purse.name} has no limit of {', '.join(unlimited)}",
                    hint="limits are set in [budget]; look at `windlass budget show`",
                )
            budgets.extend(tx, number, before.purse, amounts, now, by=who())
            told = ", ".join(budgets.amount(one, value) for one, value in amounts.items())
            history.final(tx, Act("budget extend", who(), f"{before.purse.name}: {told} more", number), SPENT)
            return _one(tx, plant, task, agent)

        after = plant.database.write(work)
    for counter in amounts:
        limit, used = after.bounds[counter], after.used.get(counter)
        told = f"{budgets.amount(counter, used)} used of {budgets.amount(counter, limit)}"
        click.echo(f"{after.purse.name}: {told}")
    note("An open question about it is taken back by the next `windlass run`.")


_COUNTERS: Final = {one.value: one for one in budgets.Counter} | {
    "dollars": budgets.Counter.MONEY, "minutes": budgets.Counter.SECONDS,
}  # fmt: skip
_UNITS: Final = {"dollars": 1_000_000, "minutes": 60}


def _whole(name: str, value: float) -> int:
    return math.ceil(value * _UNITS.get(name, 1))


def _one(tx: Transaction, plant: Plant, task: int | None, agent: str | None) -> budgets.Standing:
    now, number = tx.now(), plant.repository.id
    if task is not None:
        return _standings(tx, plant, task)[0]
    if agent:
        return budgets.agent_day(tx, number, agent, plant.budget, now)
    return budgets.days(tx, number, plant.budget, now)[0]
