"""`windlass doctor`: what is ready, what is missing, how to mend it."""

import os
from pathlib import Path

import click

from windlass import app
from windlass.cli.render import emit, output_options, repo_option

GLYPHS = {"ok": "✓", "warn": "!", "fail": "x", "skipped": "-"}


@click.command(help="Check this machine and the repository; say how to fix what is missing.")
@repo_option
@output_options
def doctor(repo: str | None, as_json: bool, fields: str | None) -> None:
    found = app.preparing.diagnose(Path(repo) if repo else None, os.environ)
    data = [{"name": f.name, "state": f.state.value, "seen": f.seen, "fix": f.fix} for f in found]
    emit(data, as_json=as_json, fields=fields, lines=lambda: _lines(data))
    if any(row["state"] == "fail" for row in data):
        raise SystemExit(1)


def _lines(rows: list[dict[str, str]]) -> list[str]:
    lines = []
    for row in rows:
        lines.append(f"{GLYPHS[row['state']]} {row['state']:<8} {row['name']:<14} {row['seen']}")
        if row["fix"] and row["state"] != "ok":
            lines.append(f"{'':<26}fix: {row['fix']}")
    counts = ", ".join(f"{sum(r['state'] == state for r in rows)} {state}" for state in GLYPHS)
    return [*lines, counts]
