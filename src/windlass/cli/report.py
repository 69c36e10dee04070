"""`windlass report`: what the last run came to."""

import click

from windlass import learn
from windlass.cli.opening import opened
from windlass.cli.render import emit, output_options, repo_option, width


@click.command(help="Tell what the last run found, did, refused and landed, and why.")
@click.option("--run", "number", type=int, help="A run's number; default: the last one.")
@repo_option
@output_options
def report(number: int | None, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = plant.database.read(
            lambda tx: learn.report(tx, plant.repository, number, rank=plant.plan_settings.rank)
        )
    emit(learn.to_json(found), as_json=as_json, fields=fields, lines=lambda: learn.render(found, width()))
