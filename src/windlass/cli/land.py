"""`windlass land …`: what landed, and the proof of it."""

import json
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from windlass import land
from windlass.app import Plant
from windlass.cli.opening import opened
from windlass.cli.render import emit, output_options, repo_option, table
from windlass.kernel import Conflict, NotFound, Unavailable, iso
from windlass.land import Landing

STATEMENT_MAX: Final = 1 << 20
_SIGNS: Final = {
    land.provenance.Standing.HOLDS: "✓",
    land.provenance.Standing.FAILS: "x",
    land.provenance.Standing.UNKNOWN: "?",
}


@click.command(help="List landings and proposals, newest first.")
@click.option("--limit", type=click.IntRange(1), default=30, show_default=True)
@repo_option
@output_options
def list_landings(limit: int, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = plant.database.read(lambda tx: land.landings(tx, plant.repository.id))
    newest = found[::-1][:limit]
    rows = [
        (one.id, one.state.value, one.task_id, one.branch, (one.commit or "")[:12], iso(one.updated_at),
         one.reason)
        for one in newest
    ]  # fmt: skip
    header = ("ID", "STATE", "TASK", "BRANCH", "COMMIT", "SINCE", "REASON")
    lines = partial(table, header, rows) if rows else partial(list, ["Nothing was landed or proposed yet."])
    emit([_row(one) for one in newest], as_json=as_json, fields=fields, lines=lines)


@click.command(help="Prove a landed commit: who made it of what, by which evidence. Needs no network.")
@click.argument("commit")
@click.option(
    "--statement", type=click.Path(path_type=Path), help="A saved statement, instead of this data home's."
)
@click.option(
    "--key", "key_path", type=click.Path(path_type=Path),
    help="The public key you trust, as `windlass land key` prints it; default: this data home's.",
)  # fmt: skip
@click.option("--save", type=click.Path(path_type=Path), help="Write the signed statement to a file.")
@repo_option
@output_options
def prove(
    *, commit: str, statement: Path | None, key_path: Path | None, save: Path | None, repo: str | None,
    as_json: bool, fields: str | None,
) -> None:  # fmt: skip
    with opened(repo) as plant:
        plant.mirror.sync(plant.checkout)
        key = (
            land.provenance.landing_key(plant.home.keys).public
            if key_path is None
            else land.provenance.parse_public_key(_read(key_path))
        )
        if statement is None:
            commit = plant.checkout.commit_named(commit)
            landing = plant.database.read(
                lambda tx: land.provenance.landing_of(tx, plant.repository.id, commit)
            )
            text = plant.database.read(lambda tx: land.provenance.envelope_of(tx, landing))
            commit = landing.proof.commit
        else:
            text = _read(statement)
        points = land.provenance.prove(
            text, key, commit, plant.mirror, evidence=partial(_evidence, plant, statement is None)
        )
    if save is not None:
        _write(save, text)
    _tell(commit, key.name, points, as_json=as_json, fields=fields)


@click.command(help="Print the public key that signs landings, as a line for git's allowed signers.")
@repo_option
@output_options
def show_key(repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        key = land.provenance.landing_key(plant.home.keys).public
    emit({"name": key.name, "line": key.line}, as_json=as_json, fields=fields, lines=lambda: [key.line])


def _evidence(plant: Plant, ours: bool, told: dict[str, Any]) -> land.provenance.Point:
    if not ours:
        return land.provenance.Point(
            "evidence",
            land.provenance.Standing.UNKNOWN,
            "a saved statement: the store that made it was not asked",
        )
    return plant.database.read(lambda tx: land.provenance.on_record(tx, told))


def _tell(
    commit: str, signer: str, points: list[land.provenance.Point], *, as_json: bool, fields: str | None
) -> None:
    failed = any(one.standing is land.provenance.Standing.FAILS for one in points)
    known = not failed and any(one.standing is land.provenance.Standing.HOLDS for one in points)
    data = {
        "commit": commit, "key": signer, "proved": known,
        "points": [
            {"name": one.name, "standing": one.standing.value, "detail": one.detail} for one in points
        ],
    }  # fmt: skip
    lines = [f"{_SIGNS[one.standing]} {one.standing.value:<8} {one.name:<10} {one.detail}" for one in points]
    emit(data, as_json=as_json, fields=fields, lines=lambda: lines)
    if failed:
        raise SystemExit(1)


def _row(one: Landing) -> dict[str, object]:
    return {
        "id": one.id, "state": one.state.value, "mode": one.mode.value, "task": one.task_id,
        "fence": one.fence, "branch": one.branch, "commit": one.commit, "tree": one.tree, "base": one.base,
        "cause": one.cause.value, "reason": one.reason, "since": iso(one.updated_at),
    }  # fmt: skip


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(STATEMENT_MAX + 1).decode("utf-8", "replace")
    except OSError as error:
        raise NotFound(f"{str(path)!r} cannot be read: {error.strerror}") from error


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(json.dumps(json.loads(text), indent=2) + "\n")
    except FileExistsError as error:
        raise Conflict(f"{str(path)!r} is there already", hint="name a new file") from error
    except OSError as error:
        raise Unavailable(f"{str(path)!r} cannot be written: {error.strerror}") from error
