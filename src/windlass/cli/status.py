"""`windlass status`: what runs, what waits, what is next."""

import click

from windlass import backlog, dispatch, learn, policy
from windlass.backlog import ItemState
from windlass.cli.opening import opened
from windlass.cli.render import emit, output_options, pairs, repo_option
from windlass.dispatch import TaskStatus


@click.command(help="Show what runs, what waits for a person and what is next.")
@repo_option
@output_options
def status(repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        number = plant.repository.id
        read = plant.database.read
        items = read(lambda tx: backlog.items(tx, number, tuple(ItemState)))
        tasks = read(lambda tx: dispatch.tasks(tx, number, tuple(TaskStatus)))
        questions = read(lambda tx: policy.open_decisions(tx, number))
        found = read(lambda tx: learn.figures(tx, tx.now())).get(plant.repository.name, ())
        data: dict[str, object] = {
            "repository": str(plant.checkout.path),
            "main": plant.repository.main,
            "owner": plant.home.owner() or "nobody",
            "needs_you": len(questions),
            "items": {s.value: n for s in ItemState if (n := sum(i.state is s for i in items))},
            "tasks": {s.value: n for s in TaskStatus if (n := sum(t.status is s for t in tasks))},
        }
    figures = dict(learn.lines(found))
    emit(
        {**data, "metrics": learn.document(found)},
        as_json=as_json,
        fields=fields,
        lines=lambda: [*pairs({k: _words(v) for k, v in data.items()}), "", *pairs(figures)],
    )


def _words(value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(f"{count} {name}" for name, count in value.items()) or "none"
    return value
