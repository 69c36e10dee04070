"""`windlass config …`: settings and where they come from."""

import click

from windlass.cli.opening import opened
from windlass.cli.render import emit, output_options, repo_option, table


@click.command(help="Print every setting in force, with its origin.")
@click.option("--origin", is_flag=True, help="Show where each value comes from.")
@repo_option
@output_options
def show(origin: bool, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        settings = plant.loaded.settings()
    data = [{"path": s.path, "value": s.value, "origin": s.origin, "about": s.about} for s in settings]
    header = ("SETTING", "VALUE", "ORIGIN") if origin else ("SETTING", "VALUE")
    rows = [(s.path, s.value, s.origin) if origin else (s.path, s.value) for s in settings]
    emit(data, as_json=as_json, fields=fields, lines=lambda: table(header, rows))
