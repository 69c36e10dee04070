"""`windlass ci`: have a repository's CI or Makefile call windlass."""

from pathlib import Path

import click

from windlass import app
from windlass.cli.render import note, repo_option
from windlass.workspace import Checkout

ci = app.verifying.ci


@click.command(help="Print, or write, the file with which GitHub Actions or make call windlass.")
@click.argument("kind", type=click.Choice(list(ci.KINDS)))
@click.option("--package", metavar="SPEC", default="", help="What pip installs as windlass; for github.")
@click.option("--write", is_flag=True, help="Write the file into the checkout, where there is none.")
@repo_option
def make(kind: str, package: str, write: bool, repo: str | None) -> None:
    checkout = Checkout.open(Path(repo or "."))
    content = ci.text(kind, main=checkout.main, package=package)
    if not write:
        click.echo(content, nl=False)
        return
    note(f"Written to {ci.write(checkout, kind, content)}; look at it, then commit it.")
