"""`windlass config …`: settings and where they come from."""

import json
from collections.abc import Iterable
from typing import Final

import click

from windlass.cli.opening import opened
from windlass.cli.render import emit, output_options, repo_option, table

ORIGIN_MAX: Final = 16
"""Characters of an origin that stand in the table."""


@click.command(help="Print every setting in force, with its origin.")
@click.option("--origin", is_flag=True, help="Show where each value comes from.")
@repo_option
@output_options
def show(origin: bool, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        settings = plant.loaded.settings()
    data = [{"path": s.path, "value": s.value, "origin": s.origin, "about": s.about} for s in settings]
    header = ("SETTING", "VALUE", "ORIGIN") if origin else ("SETTING", "VALUE")
    known = _numbered([s.origin for s in settings]) if origin else {}
    told = [(s.path, _written(s.value), known.get(s.origin, s.origin)) for s in settings]
    rows = [row[: len(header)] for row in told]
    below = ["", *(f"{name}: {place}" for place, name in known.items())] if known else []
    emit(data, as_json=as_json, fields=fields, lines=lambda: [*table(header, rows), *below])


def _written(value: object) -> str:
    """A value as a settings file has it, on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _numbered(origins: Iterable[str]) -> dict[str, str]:
    """Short names for origins that a table would cut, which stand below it whole."""
    long = dict.fromkeys(origin for origin in origins if len(origin) > ORIGIN_MAX and "/" in origin)
    return {origin: f"file {number}" for number, origin in enumerate(long, 1)}
