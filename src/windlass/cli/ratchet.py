"""`windlass ratchet …`: what must not get worse, how far it is, and whether a change holds it."""

import json
import math
from collections.abc import Iterator
from typing import Any, Final

import click

from windlass import app, ratchet
from windlass.cli.opening import opened, who
from windlass.cli.render import emit, note, output_options, repo_option, table
from windlass.kernel import Invalid, iso

AHEAD_DAYS: Final = 30.0
_SIGNS: Final = {True: "✓ holds", False: "x broken", None: "? unknown"}


@click.command(help="Show every metric: its value, bound, target, trend and forecast.")
@repo_option
@output_options
def show(repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = app.ratcheting.Ratcheting(plant).courses(AHEAD_DAYS)
    header = ("METRIC", "NOW", "BOUND", "TARGET", "TREND A DAY", f"IN {AHEAD_DAYS:.0f} DAYS", "MEASURED")
    rows = [_cells(one) for one in found]
    shifted = [f"{one.standing.metric.name}: {line}" for one in found for line in _shifted(one)[-1:]]
    emit(
        [_row(one) for one in found], as_json=as_json, fields=fields,
        lines=lambda: (*table(header, rows), *shifted),
    )  # fmt: skip


def _cells(one: app.ratcheting.Course) -> tuple[str, ...]:
    at, metric = one.standing, one.standing.metric
    bound = "none yet" if at.bound is None else metric.told(at.bound)
    if at.latest is None:
        return (metric.name, "unknown", bound, _target(one), "unknown", "unknown", "never")
    trend, ahead = one.trend, one.forecast
    going = "unknown" if trend is None else f"{trend.slope:+.2g} ({trend.direction})"
    then = "unknown" if ahead is None else f"{ahead.value:.1f} ({ahead.low:.1f} to {ahead.high:.1f})"
    return (
        metric.name, metric.told(at.latest.value), bound, _target(one), going, then,
        iso(at.latest.at),
    )  # fmt: skip


def _shifted(one: app.ratcheting.Course) -> list[str]:
    """The shifts of its level in words."""
    metric = one.standing.metric
    return [
        f"{each.direction(metric)} since {iso(each.first.at)} ({each.first.commit[:12]}):"
        f" {metric.told(each.before)} before, {metric.told(each.after)} since; by chance {each.chance:.1%}"
        for each in one.shifts
    ]


def _target(one: app.ratcheting.Course) -> str:
    metric = one.standing.metric
    if metric.target is None:
        return "none"
    reached = " ✓" if one.standing.bound is not None and metric.reached(one.standing.bound) else ""
    return metric.told(metric.target) + reached


@click.command(help="Measure a branch or commit and say whether it holds every bound; default: main.")
@click.argument("what", required=False, default="")
@repo_option
@output_options
def check(what: str, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = app.ratcheting.Ratcheting(plant).check(what)
    _tell(found, as_json=as_json, fields=fields)


@click.command(help="Measure the main branch and let it count: bounds tighten, and a worse value is a no.")
@repo_option
@output_options
def enforce(repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = app.ratcheting.Ratcheting(plant).enforce()
    for one in found.findings:
        if one.bound is None and one.value.value is not None:
            note(f"From now on {one.metric.name} is held at {one.metric.told(one.value.value)}.")
    _tell(found, as_json=as_json, fields=fields)


def _tell(found: app.ratcheting.Checked, *, as_json: bool, fields: str | None) -> None:
    data: dict[str, Any] = {
        "commit": found.commit, "base": found.base, "holds": all(one.holds for one in found.findings),
        "metrics": [
            {"metric": one.metric.name, "value": one.value.value, "bound": one.bound, "holds": _held(one),
             "why": one.why, "source": one.value.source}
            for one in found.findings
        ],
        "gate": found.judgement.outcome.value, "reasons": list(found.judgement.reasons),
        "benchmarks": [
            {"check": one.check, "outcome": one.outcome.value, "detail": one.detail}
            for one in found.judgement.readings
            if one.check.startswith("benchmark:")
        ],
    }  # fmt: skip
    emit(data, as_json=as_json, fields=fields, lines=lambda: _lines(found))
    for one in data["benchmarks"]:
        note(f"{one['check']}: {one['detail']}")
    for reason in found.judgement.reasons:
        note(f"The gate besides: {reason}")
    if not data["holds"]:
        raise SystemExit(1)


def _held(one: ratchet.Finding) -> bool | None:
    """Nothing holds where nothing was measured, or there is no bound yet: nobody knows."""
    return None if one.bound is None or one.value.value is None else one.holds


def _lines(found: app.ratcheting.Checked) -> Iterator[str]:
    asked = [one for one in found.findings if one.value.value is not None or not one.holds]
    rows = [
        (one.metric.name, "- no bound" if one.bound is None else _SIGNS[one.holds],
         "unknown" if one.value.value is None else one.metric.told(one.value.value),
         "none yet" if one.bound is None else one.metric.told(one.bound))
        for one in asked
    ]  # fmt: skip
    yield from table(("METRIC", "", "VALUE", "BOUND"), rows)
    for one in asked:
        if one.why:
            yield f"{one.metric.name}: {one.why}" if one.holds is None else one.why
    if rest := [one.metric.name for one in found.findings if one not in asked]:
        yield f"Not measured here, and never before: {', '.join(rest)}."


@click.command(help="Show what was measured of one metric, newest first, and every bound a person has set.")
@click.argument("metric")
@click.option("--limit", type=click.IntRange(1), default=30, show_default=True)
@repo_option
@output_options
def history(metric: str, limit: int, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        one = app.ratcheting.Ratcheting(plant).course(metric, AHEAD_DAYS)
    newest = one.standing.points[::-1][:limit]
    told = one.standing.metric.told
    data = [
        {"value": each.value, "at": iso(each.at), "commit": each.commit or None, "source": each.source,
         "set_by": each.by or None}
        for each in newest
    ]  # fmt: skip
    rows = [
        (iso(each.at), told(each.value), each.commit[:12] or f"set by {each.by}", each.source)
        for each in newest
    ]  # fmt: skip
    empty = ["Nothing was measured yet: `windlass ratchet enforce` measures the main branch."]
    emit(
        data, as_json=as_json, fields=fields,
        lines=lambda: table(("AT", "VALUE", "COMMIT", "SOURCE"), rows) if rows else empty,
    )  # fmt: skip
    for line in _shifted(one):
        note(line)
    if one.to_target:
        soon, late = one.to_target
        rest = "maybe never" if late is None else f"{late:.0f} days"
        note(f"If it goes on like this, the target is reached in {soon:.0f} days to {rest}.")


@click.command(help="Move a bound to a value, for a reason on record; the only way to loosen one.")
@click.argument("metric")
@click.argument("value", type=float)
@click.option("--reason", required=True, help="Why; kept with the bound.")
@repo_option
def set_bound(metric: str, value: float, reason: str, repo: str | None) -> None:
    if not math.isfinite(value):
        raise Invalid(f"{value} is no value that a bound can have", hint="give a number")
    with opened(repo) as plant:
        told = app.ratcheting.Ratcheting(plant).set_bound(metric, value, reason=reason.strip(), by=who())
    click.echo(f"The bound of {metric} is {told} now.")


@click.command(help="Print the bounds and targets as the quality_ratchet.json of other tools.")
@repo_option
def export(repo: str | None) -> None:
    with opened(repo) as plant:
        found = app.ratcheting.Ratcheting(plant).courses(AHEAD_DAYS)
    click.echo(json.dumps(app.ratcheting.founding(found), indent=2))


def _row(one: app.ratcheting.Course) -> dict[str, Any]:
    at, metric, latest = one.standing, one.standing.metric, one.standing.latest
    return {
        "metric": metric.name, "unit": metric.unit, "better": metric.better.value,
        "value": latest.value if latest else None, "measured_at": iso(latest.at) if latest else None,
        "source": latest.source if latest else None, "commit": (latest.commit or None) if latest else None,
        "bound": at.bound, "bound_since": iso(at.since) if at.since else None, "streak": at.streak,
        "target": metric.target, "step": metric.step, "tolerance": metric.tolerance,
        "trend": None if one.trend is None else {
            "per_day": one.trend.slope, "low": one.trend.low, "high": one.trend.high,
            "direction": one.trend.direction, "points": one.trend.points,
        },
        "shifts": [
            {"since": iso(each.first.at), "commit": each.first.commit, "before": each.before,
             "after": each.after, "direction": each.direction(metric), "chance": each.chance}
            for each in one.shifts
        ],
        "forecast": None if one.forecast is None else {
            "days": one.forecast.days, "value": one.forecast.value, "low": one.forecast.low,
            "high": one.forecast.high,
        },
    }  # fmt: skip
