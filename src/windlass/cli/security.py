"""`windlass security …`: what scans find in the repository, and what they could not look at."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from windlass import app
from windlass.cli.opening import opened
from windlass.cli.render import F, emit, note, output_options, repo_option, table
from windlass.kernel import Unavailable, iso

_SIGNS = {"passed": "✓ passed", "failed": "x failed", "unknown": "? unknown"}
Scanned = app.security.scans.Scanned


def _options(command: F) -> F:
    command = click.option("--sarif", metavar="FILE", help="Write the findings as SARIF 2.1.0 too.")(command)
    command = repo_option(output_options(command))
    return click.argument("what", required=False, default="")(command)


@click.command(help="Look for secrets in a branch or commit (default: main), in its changes or all its past.")
@_options
@click.option(
    "--change", is_flag=True, help="All that its commits bring to main, also what a later one takes away."
)
@click.option("--history", is_flag=True, help="Every file content of every commit behind it.")
def secrets(
    what: str,
    repo: str | None,
    as_json: bool,
    fields: str | None,
    sarif: str | None,
    *,
    change: bool,
    history: bool,
) -> None:
    if change and history:
        raise click.UsageError("--change and --history are two questions; ask one.")
    with opened(repo) as plant:
        found = app.security.Scanning(plant).secrets(what, change=change, history=history)
    _tell([found], sarif, as_json=as_json, fields=fields)


def _tell(scans: Sequence[Scanned], sarif: str | None, *, as_json: bool, fields: str | None) -> None:
    """Print, and leave with 1 unless everything has passed: what nobody looked at has not."""
    if sarif:
        _write(Path(sarif), json.dumps(app.security.sarif(scans), indent=2))
    emit([_row(one) for one in scans], as_json=as_json, fields=fields, lines=lambda: _lines(scans))
    if any(one.outcome.value == "failed" and one.scan == "secrets" for one in scans):
        note("Revoke what is real, then take it out of the history; allow what is none by its fingerprint.")
    if any(one.outcome.value != "passed" for one in scans):
        raise SystemExit(1)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"{str(path)!r} cannot be written: {error.strerror}") from error


def _lines(scans: Sequence[Scanned]) -> Iterator[str]:
    rows = [
        (
            one.scan,
            _SIGNS[one.outcome.value],
            sum(not each.allowed for each in one.found),
            iso(one.at),
            one.source,
        )
        for one in scans
    ]
    yield from table(("SCAN", "", "FOUND", "AT", "SOURCE"), rows)
    for one in scans:
        if one.why:
            yield f"{one.scan}: {one.why}"
    for one in scans:
        for each in one.found:
            allowed = f" (allowed: {each.allowed})" if each.allowed else ""
            yield f"{each.path}:{each.line}: {each.rule}: {each.text}{allowed}"


def _row(one: Scanned) -> dict[str, Any]:
    return {
        "scan": one.scan, "outcome": one.outcome.value, "why": one.why, "source": one.source,
        "at": iso(one.at),
        "findings": [
            {"rule": each.rule, "path": each.path, "line": each.line, "text": each.text, "grave": each.grave,
             "fingerprint": each.fingerprint or None, "allowed": each.allowed or None}
            for each in one.found
        ],
    }  # fmt: skip
