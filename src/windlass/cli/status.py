"""`windlass status`: what runs, what waits, what is next."""

import click

from windlass import app, backlog, dispatch, events, learn, policy
from windlass.app import Plant
from windlass.backlog import ItemState
from windlass.cli.opening import opened
from windlass.cli.render import emit, output_options, pairs, repo_option
from windlass.cli.watching import Look, Watch
from windlass.dispatch import TaskStatus
from windlass.store import Transaction


@click.command(help="Show what runs, what waits for a person and what is next.")
@click.option("--watch", is_flag=True, help="Stay and follow: live on a terminal, NDJSON with --json.")
@repo_option
@output_options
def status(*, watch: bool, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        if watch:
            Watch(plant, lambda: _looked(plant), as_json=as_json, fields=fields).run()
        look = _looked(plant)
    emit(look.data, as_json=as_json, fields=fields, lines=lambda: look.lines)


def _looked(plant: Plant) -> Look:
    """Everything at one moment, and the place in the log where that moment is."""
    number = plant.repository.id

    def read(tx: Transaction) -> Look:
        items = backlog.items(tx, number, tuple(ItemState))
        tasks = dispatch.tasks(tx, number, tuple(TaskStatus))
        pause = policy.pauses.held(tx, number)
        found = learn.figures(tx, tx.now()).get(plant.repository.name, ())
        data: dict[str, object] = {
            "repository": str(plant.checkout.path),
            "main": plant.repository.main,
            "owner": plant.home.owner() or "nobody",
            "automation": f"paused: {pause.told}" if pause else "on",
            "nights": app.verifying.night_log.told(tx, number),
            "needs_you": len(policy.open_decisions(tx, number)),
            "items": {s.value: n for s in ItemState if (n := sum(i.state is s for i in items))},
            "budget": [
                f"{one.purse.name}: {dispatch.budgets.told(one, one.spent)}"
                for one in dispatch.budgets.spent(tx, number, plant.budget, tx.now())
            ],
            "tasks": {s.value: n for s in TaskStatus if (n := sum(t.status is s for t in tasks))},
        }
        lines = [
            *pairs({k: _words(k, v) for k, v in data.items()}),
            "",
            *pairs(dict(learn.lines(found))),
        ]
        return Look({**data, "metrics": learn.document(found)}, tuple(lines), events.end(tx))

    return plant.database.read(read)


def _words(name: str, value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(f"{count} {name}" for name, count in value.items()) or "none"
    if isinstance(value, list):
        return "; ".join(value) or ("none was measured yet" if name == "nights" else "nothing is used up")
    return value
