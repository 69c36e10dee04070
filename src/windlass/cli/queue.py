"""`windlass queue`: what is on its way to the main branch, in which order, and about how long it takes."""

import math
from typing import Any

import click

from windlass import conflicts, dispatch, land, policy
from windlass.cli.opening import opened
from windlass.cli.render import emit, output_options, repo_option, table
from windlass.store import Transaction

MINUTE_S = 60


@click.command(
    help="Show what waits to land: place, lane, state, about how long, and how right such risks were."
)
@repo_option
@output_options
def queue(repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        branch, repository = plant.repository.main, plant.repository.id
        at_once = plant.config.land.at_once
        rows = plant.database.read(
            lambda tx: [_row(tx, one) for one in land.line.line(tx, repository, branch, at_once)]
        )
        held: list[dict[str, object]] = [
            {"landing": one.id, "task": one.task_id, "cause": one.cause.value, "reason": one.reason}
            for one in plant.database.read(lambda tx: land.line.held(tx, repository, branch))
        ]
        known = plant.database.read(lambda tx: land.line.calibrated(tx, repository))
        pause = plant.database.read(lambda tx: policy.pauses.held(tx, repository))
    paused = pause.told if pause else None
    data = {
        "branch": branch, "paused": paused, "waiting": rows, "held": held, "calibration": _calibration(known),
    }  # fmt: skip
    stands = [f"Nothing lands: {paused}"] if paused else []
    emit(
        data, as_json=as_json, fields=fields,
        lines=lambda: [*stands, *_lines(rows, branch), *_held(held), *_risks(known)],
    )  # fmt: skip


def _row(tx: Transaction, one: land.line.Place) -> dict[str, Any]:
    landing = one.landing
    return {
        "position": one.position, "landing": landing.id, "task": landing.task_id,
        "title": dispatch.task(tx, landing.task_id).title, "lane": one.lane.value,
        "state": landing.state.value, "guilt": one.guilt, "eta_s": one.eta_s,
        "reason": landing.reason,
        "settled": {clash.path: _by(clash) for clash in conflicts.account.settled(tx, landing.id)},
    }  # fmt: skip


def _lines(rows: list[dict[str, Any]], branch: str) -> list[str]:
    if not rows:
        return [f"Nothing waits for {branch}."]
    shown = [
        (one["position"] or "now", one["task"], one["lane"], one["state"], _about(one["eta_s"]), one["title"])
        for one in rows
    ]
    waits = [f"Task {one['task']} waits: {one['reason']}" for one in rows if one["reason"]]
    settled = [f"Task {one['task']}: {path} {by}" for one in rows for path, by in one["settled"].items()]
    return [*table(("PLACE", "TASK", "LANE", "STATE", "ABOUT", "TITLE"), shown), *waits, *settled]


def _held(held: list[dict[str, object]]) -> list[str]:
    told = [f"Task {one['task']} is held ({one['cause']}): {one['reason']}" for one in held]
    return [*told, "What waits for you: windlass decide list"] if told else []


def _by(clash: conflicts.Clash) -> str:
    """What settled a conflict, in words."""
    if clash.resolutions:
        return clash.note
    return f"settled by {clash.note or f'the {clash.kind.value} driver'}"


def _about(eta_s: object) -> str:
    return f"{math.ceil(eta_s / MINUTE_S)} min" if isinstance(eta_s, float) else "unknown"


def _risks(known: land.line.Calibration | None) -> list[str]:
    if known is None:
        return ["Nothing has landed or was refused yet: risks are guesses."]
    bins = ", ".join(f"{one.forecast:.0%} told {one.happened:.0%} true of {one.count}" for one in known.bins)
    score = f"Brier {known.brier:.3f}, one risk for all {known.flat:.3f}"
    return [f"Risks told of {known.count} changes: {bins} ({score})."]


def _calibration(known: land.line.Calibration | None) -> dict[str, Any] | None:
    if known is None:
        return None
    return {
        "count": known.count, "brier": known.brier, "flat": known.flat,
        "bins": [
            {"low": one.low, "high": one.high, "count": one.count, "forecast": one.forecast,
             "happened": one.happened}
            for one in known.bins
        ],
    }  # fmt: skip
