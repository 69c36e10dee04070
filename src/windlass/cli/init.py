"""`windlass init`: look at a repository and propose its windlass.toml."""

import os
from pathlib import Path

import click

from windlass import app
from windlass.cli.render import note, repo_option


@click.command(help="Look at a repository and propose its windlass.toml.")
@repo_option
@click.option(
    "--write", is_flag=True, help="Write windlass.toml into the checkout; without it, into the data home."
)
@click.option("--dry-run", is_flag=True, help="Only print the proposal.")
@click.option("--remote", default="", help="Land on the main branch of this remote or address, not of here.")
def init(repo: str | None, write: bool, dry_run: bool, remote: str) -> None:
    done = app.preparing.prepare(
        Path(repo or "."), os.environ, write=write, dry_run=dry_run, remote=remote
    )
    click.echo(done.text, nl=False)
    for remark in done.detected.notes:
        note(f"note: {remark}")
    if done.written is not None:
        note(f"Kept in {done.written}")
        note("Next: windlass doctor, then windlass run")
