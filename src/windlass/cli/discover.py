"""`windlass discover`: look for work."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from windlass.app import Wish, look_for_work
from windlass.backlog import Finding
from windlass.cli.render import emit, output_options, repo_option, table

SHOWN_MAX: Final = 20


@click.command(help="Look for work in the repository.")
@repo_option
@click.option("--source", "sources", multiple=True, help="Only this source; may be repeated.")
@click.option("--sarif", type=click.Path(path_type=Path), help="Read findings from this SARIF file as well.")
@click.option("--dry-run", is_flag=True, help="Show what would be found; write nothing.")
@click.option("--trust", is_flag=True, help="Run tools over the repository without a sandbox.")
@output_options
def discover(
    *,
    repo: str | None, sources: tuple[str, ...], sarif: Path | None, dry_run: bool, trust: bool, as_json: bool,
    fields: str | None,
) -> None:  # fmt: skip
    wish = Wish(repo=Path(repo) if repo else None, trust=trust)
    found = look_for_work(wish, os.environ, only=sources, sarif=sarif, dry_run=dry_run)
    data = [
        {"source": t.source, "found": t.found, "new": t.new, "moved": t.moved, "gone": t.gone, "open": t.open,
         "coverage": t.coverage, "seconds": None if t.seconds is None else round(t.seconds, 3),
         "error": t.error}
        for t in found.tallies
    ]  # fmt: skip
    rows = [
        (t.source, _known(t.found, "d"), t.new, t.moved, t.gone, t.open, _known(t.coverage, ".0%"),
         _known(t.seconds, ".2f", " s"), t.error or "")
        for t in found.tallies
    ]  # fmt: skip
    header = ("SOURCE", "READ", "NEW", "MOVED", "GONE", "OPEN", "COVERAGE", "TIME", "PROBLEM")
    last = f"{found.opened} items opened, {found.reopened} reopened, {found.closed} closed"
    if dry_run:
        last = f"{len(found.fresh)} new; nothing was written"
    new = [{"source": f.source, "rule": f.rule, "path": f.path, "line": f.line, "text": f.text}
           for f in found.fresh]  # fmt: skip
    emit(
        {"commit": found.commit, "sources": data, "opened": found.opened, "closed": found.closed,
         "reopened": found.reopened, "dry_run": dry_run, "new": new},
        as_json=as_json, fields=fields,
        lines=lambda: [*table(header, rows), *(_places(found.fresh) if dry_run else ()), last],
    )  # fmt: skip
    if any(t.error for t in found.tallies):
        raise SystemExit(1)


def _places(found: Sequence[Finding]) -> Iterator[str]:
    """Findings a person can go to, the first of them."""
    for one in found[:SHOWN_MAX]:
        yield f"{one.path}:{one.line}: {one.rule}: {one.text}"
    if len(found) > SHOWN_MAX:
        yield f"and {len(found) - SHOWN_MAX} more: --json has all"


def _known(measured: float | None, form: str, unit: str = "") -> str:
    return "unknown" if measured is None else f"{measured:{form}}{unit}"
