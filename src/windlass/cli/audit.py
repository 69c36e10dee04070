"""`windlass audit …`: the log that proves itself."""

import json
import os
from pathlib import Path

import click

from windlass import events
from windlass.app import open_audit
from windlass.cli.opening import opened
from windlass.cli.render import emit, output_options, repo_option, table
from windlass.kernel import iso


@click.command(help="Check the audit log, here or an exported copy.")
@click.argument("export", required=False, type=click.Path(path_type=Path))
@click.option("--key", help="With an export: the verifier key you trust; default: this data home's.")
@click.option("--anchor", type=click.Path(path_type=Path), multiple=True, help="A checkpoint kept elsewhere.")
@output_options
def verify_log(
    export: Path | None, key: str | None, anchor: tuple[Path, ...], as_json: bool, fields: str | None
) -> None:
    with open_audit(os.environ) as audit:
        verdict = audit.verify(export, key=key, anchors=anchor)
    data = {
        "ok": verdict.ok, "covered": verdict.covered, "entries": verdict.total,
        "anchored": verdict.anchored,
        "problems": [{"position": p.position, "kind": p.kind, "detail": p.detail} for p in verdict.problems],
    }  # fmt: skip
    emit(data, as_json=as_json, fields=fields, lines=verdict.lines)
    if not verdict.ok:
        raise SystemExit(1)


@click.command(help="Write the log, its checkpoints and the public key to a folder.")
@click.argument("folder", type=click.Path(path_type=Path))
def export_log(folder: Path) -> None:
    with open_audit(os.environ) as audit:
        count = audit.export(folder)
    click.echo(f"{count} entries are in {folder}")


@click.command(help="List events, newest last.")
@click.option("--task", type=int, help="Only this task.")
@click.option("--item", type=int, help="Only this item.")
@click.option("--kind", help="Only this kind, e.g. task.claimed.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@repo_option
@output_options
def list_events(
    *,
    task: int | None,
    item: int | None,
    kind: str | None,
    limit: int,
    repo: str | None,
    as_json: bool,
    fields: str | None,
) -> None:
    with opened(repo) as plant:
        found = plant.database.read(lambda tx: events.history(tx, task=task, item=item))
    kept = [event for event in found if kind is None or event.kind == kind][-limit:]
    data = [
        {"seq": e.seq, "at": iso(e.at), "actor": e.actor, "kind": e.kind, "item": e.subject.item,
         "task": e.subject.task, "fence": e.subject.fence, "data": dict(e.data)}
        for e in kept
    ]  # fmt: skip
    rows = [(e.seq, iso(e.at), e.actor, e.kind, e.subject.task or "", json.dumps(dict(e.data))) for e in kept]
    header = ("SEQ", "AT", "ACTOR", "KIND", "TASK", "DATA")
    emit(data, as_json=as_json, fields=fields, lines=lambda: table(header, rows))
