"""`windlass flaky …`: tests that fail by themselves, and which of them do not block for a while."""

from typing import Any, Final

import click

from windlass import app
from windlass.cli.opening import opened, who
from windlass.cli.render import emit, output_options, repo_option, table
from windlass.flakes import Told
from windlass.kernel import iso

DAYS: Final = 14.0


@click.command(help="List flaky tests: how often each fails by itself, its state and until when.")
@repo_option
@output_options
def list_flaky(repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = app.flaking.Flaking(plant).told()
    rows = [
        (one.flaky.test, one.flaky.state.value, _rate(one), one.record.flips, _until(one))
        for one in found
    ]  # fmt: skip
    header = ("TEST", "STATE", "FAILS", "TREES WITH BOTH", "UNTIL")
    empty = ["No test is known to be flaky."]
    emit(
        [_row(one) for one in found], as_json=as_json, fields=fields,
        lines=lambda: table(header, rows) if rows else empty,
    )  # fmt: skip


@click.command(help="Show one flaky test: what was seen of it, and what is believed.")
@click.argument("test")
@repo_option
@output_options
def show(test: str, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        one = app.flaking.Flaking(plant).one(test)
    row = _row(one)
    lines = [
        f"{one.flaky.test} is {one.flaky.state.value} since {row['since']}"
        + (f", until {row['until']}" if row["until"] else ""),
        f"On trees of the main branch where it passes, {one.record.failed} runs failed and"
        f" {one.record.passed} passed; {one.record.flips} trees saw both.",
        f"It fails in {_rate(one)} of its runs (95 % probability).",
        f"Passed since it failed last: {one.record.clean}.",
        *([f"Why: {one.flaky.reason}"] if one.flaky.reason else []),
        *([f"Item {one.flaky.item} is about it."] if one.flaky.item else []),
    ]
    emit(row, as_json=as_json, fields=fields, lines=lambda: lines)


@click.command(help="Let a flaky test run without blocking for some days; both results must be on record.")
@click.argument("test")
@click.option("--days", type=float, default=DAYS, show_default=True, help="Then it blocks again.")
@click.option("--reason", required=True, help="Why; kept with it.")
@repo_option
def quarantine(test: str, days: float, reason: str, repo: str | None) -> None:
    with opened(repo) as plant:
        one = app.flaking.Flaking(plant).quarantine(test, days=days, reason=reason.strip(), by=who())
    click.echo(f"{test} does not block until {_until(one)}. Item {one.flaky.item} is about it")


@click.command(help="Call a test sound: it blocks again, and what was seen of it counts no more.")
@click.argument("test")
@click.option("--reason", required=True, help="Why; kept with it.")
@repo_option
def release(test: str, reason: str, repo: str | None) -> None:
    with opened(repo) as plant:
        app.flaking.Flaking(plant).release(test, reason=reason.strip(), by=who())
    click.echo(f"{test} blocks again.")


def _rate(one: Told) -> str:
    low, high = one.record.belief.interval()
    return f"{one.record.belief.mean:.1%} ({low:.1%} to {high:.1%})"


def _until(one: Told) -> str:
    return "" if one.flaky.until is None else iso(one.flaky.until)


def _row(one: Told) -> dict[str, Any]:
    flaky, record = one.flaky, one.record
    low, high = record.belief.interval()
    return {
        "test": flaky.test, "state": flaky.state.value, "since": iso(flaky.since),
        "until": _until(one) or None, "rate": record.belief.mean, "low": low, "high": high,
        "failed": record.failed, "passed": record.passed, "flips": record.flips, "clean": record.clean,
        "reason": flaky.reason, "by": flaky.by or None, "item": flaky.item,
    }  # fmt: skip
