"""`windlass agent presets|add|remove|doctor|test`: coding agents of others, installed and tried."""

import os
from collections.abc import Iterable
from enum import Enum
from typing import Protocol

import click

from windlass.app import open_agency
from windlass.cli.render import emit, note, output_options, table


class Step(Protocol):
    """One thing that was looked at."""

    @property
    def name(self) -> str: ...

    @property
    def state(self) -> Enum: ...

    @property
    def seen(self) -> str: ...

    @property
    def fix(self) -> str: ...

    @property
    def seconds(self) -> float | None: ...

    @property
    def tokens(self) -> int | None: ...


GLYPHS = {"ok": "✓", "warn": "!", "fail": "x", "skipped": "-"}


@click.command(help="List presets of coding agents, and whether they can be used now.")
@output_options
def presets(as_json: bool, fields: str | None) -> None:
    agency = open_agency(os.environ)
    rows = [
        {
            "name": one.name, "about": one.about, "protocol": one.protocol.value, "speaks": one.speaks,
            "program": one.program, "version": one.source.version, "supported": one.supported,
            "tried": one.tried, "standing": agency.standing(one),
        }
        for one in agency.presets()
    ]  # fmt: skip
    shown = [(row["name"], row["protocol"], row["speaks"], row["standing"], row["about"]) for row in rows]
    heads = ("NAME", "PROTOCOL", "SPEAKS", "STANDING", "ABOUT")
    emit(rows, as_json=as_json, fields=fields, lines=lambda: table(heads, shown))
    if not as_json:
        note("`windlass agent add NAME` installs one; `windlass agent doctor NAME` tries it.")


@click.command(help="Install the coding agent of a preset, at the version the preset names.")
@click.argument("name")
def add(name: str) -> None:
    made = open_agency(os.environ).add(name, note)
    click.echo(f"Installed {made.package} {made.version} as {made.program}")
    note(f"`windlass agent doctor {name}` tries it, without a key and without a network.")


@click.command(help="Take an installed coding agent away.")
@click.argument("name")
def remove(name: str) -> None:
    gone = open_agency(os.environ).remove(name)
    click.echo(f"{name} is removed" if gone else f"{name} is not installed")


@click.command(help="Check one coding agent: installed, starts in the sandbox, does a small task.")
@click.argument("name")
@output_options
def doctor_agent(name: str, as_json: bool, fields: str | None) -> None:
    _tell(open_agency(os.environ).examine(name), as_json=as_json, fields=fields)


@click.command(help="Check one coding agent and put it through bad days of its model.")
@click.argument("name")
@output_options
def test_agent(name: str, as_json: bool, fields: str | None) -> None:
    _tell(open_agency(os.environ).endure(name), as_json=as_json, fields=fields)


def _tell(steps: Iterable[Step], *, as_json: bool, fields: str | None) -> None:
    """Each step as it is known, or all of them as JSON; exit code 1 when one failed."""
    told = []
    for step in steps:
        told.append(step)
        if not as_json:
            _line(step)
    rows = [
        {
            "name": one.name, "state": one.state.value, "seen": one.seen, "fix": one.fix,
            "seconds": None if one.seconds is None else round(one.seconds, 2), "tokens": one.tokens,
        }
        for one in told
    ]  # fmt: skip
    counts = ", ".join(f"{sum(row['state'] == state for row in rows)} {state}" for state in GLYPHS)
    emit(rows, as_json=as_json, fields=fields, lines=lambda: [counts])
    if any(row["state"] == "fail" for row in rows):
        raise SystemExit(1)


def _line(step: Step) -> None:
    measured = [] if step.seconds is None else [f"{step.seconds:.1f} s"]
    measured += [] if step.tokens is None else [f"{step.tokens} tokens"]
    more = f" ({', '.join(measured)})" if measured else ""
    click.echo(f"{GLYPHS[step.state.value]} {step.state.value:<5} {step.name:<11} {step.seen}{more}")
    if step.fix:
        click.echo(f"{'':<20}fix: {step.fix}")
