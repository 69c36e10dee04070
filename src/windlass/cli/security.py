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
from windlass.verify import Outcome

UNREAD_MAX = 20
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


@click.command(help="Run every scan, or those named; each passed, failed or unknown, with source and time.")
@_options
@click.option("--only", metavar="A,B", help=f"Of {', '.join(app.security.SCANS)}.")
def scan(
    what: str, repo: str | None, as_json: bool, fields: str | None, sarif: str | None, *, only: str | None
) -> None:
    names = [name.strip() for name in (only or ",".join(app.security.SCANS)).split(",")]
    if unknown := [name for name in names if name not in app.security.SCANS]:
        raise click.UsageError(f"There is no scan {unknown[0]!r}. Known: {', '.join(app.security.SCANS)}.")
    with opened(repo) as plant:
        found = app.security.Scanning(plant).scan(what, names)
    _tell(found, sarif, as_json=as_json, fields=fields)


@click.command(help="Write what a branch or commit (default: main) depends on as CycloneDX 1.6 JSON.")
@click.argument("what", required=False, default="")
@repo_option
@click.option("--output", metavar="FILE", help="Write it there, not to stdout.")
def sbom(what: str, repo: str | None, output: str | None) -> None:
    with opened(repo) as plant:
        document = app.security.Scanning(plant).sbom(what)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if output:
        _write(Path(output), text)
    else:
        click.echo(text, nl=False)
    unread = document["metadata"]["properties"]
    for one in unread[:UNREAD_MAX]:
        note(f"Not read: {one['value']}")
    if unread[UNREAD_MAX:]:
        note(f"And {len(unread) - UNREAD_MAX} more that were not read; the document names them.")


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
            _count(one),
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
            place = f"{each.path}:{each.line}" if each.line else each.path
            yield ": ".join(part for part in (place, each.rule, each.text) if part) + allowed


def _count(one: Scanned) -> int | str:
    """How many are not allowed; of a scan that could not be told, only what it did find counts."""
    count = sum(not each.allowed for each in one.found)
    return count or ("-" if one.outcome is Outcome.UNKNOWN else 0)


def _row(one: Scanned) -> dict[str, Any]:
    return {
        "scan": one.scan, "outcome": one.outcome.value, "why": one.why, "source": one.source,
        "at": iso(one.at),
        "findings": [
            {
                "rule": each.rule, "path": each.path, "line": each.line or None, "text": each.text,
                "grave": each.grave, "fingerprint": each.fingerprint or None, "allowed": each.allowed or None,
            }
            for each in one.found
        ],
    }  # fmt: skip
