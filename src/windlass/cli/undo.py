"""`windlass undo`, `redo` and `op …`: back and forth through what commands changed."""

from collections.abc import Sequence
from typing import Final

import click

from windlass import backlog, dispatch, history, mesh
from windlass.app import Plant
from windlass.cli.opening import opened, who
from windlass.cli.render import emit, note, output_options, pairs, repo_option, table
from windlass.history import Change, Operation, OperationState, Thing
from windlass.kernel import iso

THINGS: Final[tuple[Thing, ...]] = (
    *backlog.ITEM_THINGS,
    dispatch.lanes.LANE_THING,
    mesh.policies.POLICY_THING,
)
"""Everything whose changes can be put back."""
VALUE_MAX: Final = 60
CHANGES_SHOWN: Final = 20


@click.command(help="Take back what your last command changed; again goes back one more.")
@click.argument("number", metavar="[ID]", type=int, required=False)
@repo_option
@output_options
def undo(number: int | None, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        done = plant.database.write(
            lambda tx: history.undo(tx, THINGS, number, who(), repository=plant.repository.id)
        )
        landed = _landed_since(plant, done.operation)
    _told("undone", done.operation, _lines(done.changes), as_json=as_json, fields=fields)
    note(f"Do it again with: windlass redo {done.operation.id}")
    for one in landed:
        note(f"Landed since, and not undone by this: {one.summary}; {one.instead}")


@click.command(help="Do again what you undid last.")
@click.argument("number", metavar="[ID]", type=int, required=False)
@repo_option
@output_options
def redo(number: int | None, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        done = plant.database.write(
            lambda tx: history.redo(tx, THINGS, number, who(), repository=plant.repository.id)
        )
    _told("redone", done.operation, _lines(done.changes), as_json=as_json, fields=fields)


@click.command(help="List what commands changed, newest first.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@repo_option
@output_options
def log(limit: int, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = plant.database.read(lambda tx: history.operations(tx, plant.repository.id, limit=limit))
    rows = [(o.id, iso(o.at), o.actor, o.command, o.state.value, o.summary) for o in found]
    header = ("ID", "AT", "ACTOR", "COMMAND", "STATE", "WHAT")
    emit(
        [_row(one) for one in found],
        as_json=as_json,
        fields=fields,
        lines=lambda: table(header, rows) if rows else ["No command has changed anything yet."],
    )


@click.command(help="Show one operation: what was before, and what after.")
@click.argument("number", metavar="ID", type=int)
@repo_option
@output_options
def show(number: int, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        one = plant.database.read(lambda tx: history.operation(tx, number))
    row = _row(one)
    plain = {name: value for name, value in row.items() if name != "changes" and value not in (None, "")}
    emit(row, as_json=as_json, fields=fields, lines=lambda: [*pairs(plain), *_lines(one.changes)])


def _row(one: Operation) -> dict[str, object]:
    return {
        "id": one.id, "at": iso(one.at), "actor": one.actor, "command": one.command, "summary": one.summary,
        "state": one.state.value, "undone_at": None if one.undone_at is None else iso(one.undone_at),
        "instead": one.instead,
        "changes": [
            {"thing": c.thing, "id": c.key, "before": dict(c.before), "after": dict(c.after)}
            for c in one.changes
        ],
    }  # fmt: skip


def _told(word: str, one: Operation, lines: list[str], *, as_json: bool, fields: str | None) -> None:
    head = f"Operation {one.id} ({one.command}: {one.summary}) is {word}"
    emit(_row(one), as_json=as_json, fields=fields, lines=lambda: [head, *lines])


def _lines(changes: Sequence[Change]) -> list[str]:
    """One line for each column: what it was and what it is."""
    lines = [
        f"  {c.thing} {c.key}: {name} {_short(name, c.before[name])} -> {_short(name, value)}"
        for c in changes
        for name, value in c.after.items()
    ]
    rest = len(lines) - CHANGES_SHOWN
    return [*lines[:CHANGES_SHOWN], *([f"  … and {rest} more: windlass op show"] if rest > 0 else [])]


def _short(name: str, value: object) -> str:
    at = name.endswith("_at") and isinstance(value, float)
    text = "nothing" if value is None else iso(float(str(value))) if at else repr(value)
    return text if len(text) <= VALUE_MAX else text[: VALUE_MAX - 1] + "…"


def _landed_since(plant: Plant, one: Operation) -> list[Operation]:
    """Landings after the operation: undoing a command does not reach what windlass did because of it."""
    later = plant.database.read(lambda tx: history.operations(tx, plant.repository.id, since=one.id))
    return [o for o in later if o.state is OperationState.FINAL and o.command == "land"]
