"""`windlass version`."""

import click

from windlass import __version__


@click.command(help="Print the version.")
def version() -> None:
    click.echo(f"windlass {__version__}")
