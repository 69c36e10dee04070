"""`windlass queue`: what is on its way to the main branch, in which order, and about how long it takes."""

import math

import click

from windlass import dispatch, land
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
        rows = plant.database.read(
            lambda tx: [_row(tx, one) for one in land.line.line(tx, repository, branch)]
        )
        known = plant.database.read(lambda tx: land.line.calibrated(tx, repository))
    data = {"branch": branch, "waiting": rows, "calibration": _calibration(known)}
    emit(data, as_json=as_json, fields=fields, lines=lambda: [*_lines(rows, branch), *_risks(known)])


def _row(tx: Transaction, one: land.line.Place) -> dict[str, object]:
    landing = one.landing
    return {
        "position": one.position, "landing": landing.id, "task": landing.task_id,
        "title": dispatch.task(tx, landing.task_id).title, "lane": one.lane.value,
        "state": landing.state.value, "guilt": one.guilt, "eta_s": one.eta_s,
    }  # fmt: skip


def _lines(rows: list[dict[str, object]], branch: str) -> list[str]:
    if not rows:
        return [f"Nothing waits for {branch}."]
    shown = [
        (one["position"] or "now", one["task"], one["lane"], one["state"], _about(one["eta_s"]), one["title"])
        for one in rows
    ]
    return table(("PLACE", "TASK", "LANE", "STATE", "ABOUT", "TITLE"), shown)


def _about(eta_s: object) -> str:
    return f"{math.ceil(eta_s / MINUTE_S)} min" if isinstance(eta_s, float) else "unknown"


def _risks(known: land.line.Calibration | None) -> list[str]:
    if known is None:
        return ["Nothing has landed or was refused yet: risks are guesses."]
    bins = ", ".join(f"{one.forecast:.0%} told {one.happened:.0%} true of {one.count}" for one in known.bins)
    score = f"Brier {known.brier:.3f}, one risk for all {known.flat:.3f}"
    return [f"Risks told of {known.count} changes: {bins} ({score})."]


def _calibration(known: land.line.Calibration | None) -> dict[str, object] | None:
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
