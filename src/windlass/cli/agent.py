"""`windlass agent …`: the programs and instances that work, and letters to them."""

import os
from collections.abc import Iterator, Sequence

import click

from windlass import commons, dispatch, fleet
from windlass.app import open_agency
from windlass.cli.opening import opened, who
from windlass.cli.render import emit, note, output_options, pairs, repo_option, table
from windlass.fleet import InstanceState
from windlass.kernel import NotFound, iso
from windlass.store import Transaction

GONE_S = 86_400.0
"""Instances that are gone are listed for a day."""
PROGRAM = ("name", "version", "standing")


def _row(one: dispatch.roster.Member) -> dict[str, object]:
    it = one.instance
    return {
        "name": it.name, "standing": one.standing.value, "state": it.state.value, "reason": it.reason,
        "kind": it.kind, "host": it.host, "lanes": list(it.lanes), "skills": dict(it.skills),
        "capacity": it.capacity, "tasks": list(one.tasks), "beat": iso(it.beat),
        "beat_every_s": it.beat_every_s, "started_at": iso(it.started_at), "version": it.version,
    }  # fmt: skip


def _state(one: dispatch.roster.Member) -> str:
    live = one.instance.state is InstanceState.LIVE
    return one.standing.value if live else f"{one.standing.value} ({one.instance.state.value})"


@click.command(help="List installed agents, and instances: alive, unknown or dead, and what they hold.")
@click.option("--all", "everyone", is_flag=True, help="Instances that left or died long ago too.")
@repo_option
@output_options
def list_agents(everyone: bool, repo: str | None, as_json: bool, fields: str | None) -> None:
    def read(tx: Transaction) -> list[dispatch.roster.Member]:
        now = tx.now()
        return dispatch.roster.members(tx, now, since=None if everyone else now - GONE_S)

    with opened(repo) as plant:
        found = plant.database.read(read)
    programs = open_agency(os.environ).programs()
    emit(
        {
            "programs": [dict(zip(PROGRAM, one, strict=True)) for one in programs],
            "instances": [_row(one) for one in found],
        },
        as_json=as_json,
        fields=fields,
        lines=lambda: (*_program_lines(programs), "", *_instance_lines(found)),
    )
    if any(one.standing is fleet.Standing.UNKNOWN for one in found) and not as_json:
        note("Unknown is not dead: its tasks stay with it until their leases run out.")


def _program_lines(programs: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    yield "Coding agents"
    if programs:
        yield from table([name.upper() for name in PROGRAM], programs)
    else:
        yield "No coding agent is installed. `windlass agent presets` lists what can be."


def _instance_lines(found: Sequence[dispatch.roster.Member]) -> Iterator[str]:
    yield "Instances"
    rows = [
        (
            one.instance.name,
            _state(one),
            f"{len(one.tasks)}/{one.instance.capacity}",
            ", ".join(one.instance.lanes) or "all",
            iso(one.instance.beat),
        )
        for one in found
    ]
    if rows:
        yield from table(("NAME", "STANDING", "TASKS", "LANES", "LAST BEAT"), rows)
    else:
        yield "No instance is registered."


@click.command(help="Show one instance with its tasks and its letters.")
@click.argument("name")
@repo_option
@output_options
def show(name: str, repo: str | None, as_json: bool, fields: str | None) -> None:
    def read(tx: Transaction) -> dict[str, object]:
        found = {one.instance.name: one for one in dispatch.roster.members(tx, tx.now())}
        if name not in found:
            raise NotFound(f"no instance {name!r}", hint="`windlass agent list --all` shows the instances")
        letters = commons.inbox(tx, f"instance:{name}", unread_only=False)
        told = [
            f"{iso(one.at)} {one.sender} {one.kind}{'' if one.read_at else ' (unread)'}: {one.body}"
            for one in letters
        ]
        return {**_row(found[name]), "letters": told}

    with opened(repo) as plant:
        row = plant.database.read(read)
    emit(row, as_json=as_json, fields=fields, lines=lambda: pairs(row))


@click.command(help="Write a letter to an instance, a lane or everybody.")
@click.argument("receiver", metavar="NAME|lane:NAME|all")
@click.argument("text")
@click.option("--task", type=int, help="The task it is about.")
@click.option("--kind", default="note", show_default=True, help="A short word for what it is.")
@repo_option
def message(receiver: str, text: str, task: int | None, kind: str, repo: str | None) -> None:
    to = receiver if receiver == "all" or ":" in receiver else f"instance:{receiver}"
    with opened(repo) as plant:
        ids = plant.database.write(
            lambda tx: commons.send(
                tx, to, text, tx.now(), sender=f"person:{who()}", kind=kind, task_id=task
            )
        )
    click.echo(f"Delivered to {len(ids)} of {to}" if len(ids) != 1 else f"Delivered to {to}")
    note("It is read when the instance next asks for its letters.")


@click.command(help="Let an instance finish and take nothing new.")
@click.argument("name")
@click.option("--reason", default="", help="Why, for who looks at the list.")
@click.option("--resume", is_flag=True, help="Let it take tasks again.")
@repo_option
def drain_agent(name: str, reason: str, resume: bool, repo: str | None) -> None:
    def work(tx: Transaction) -> None:
        if resume:
            fleet.resume(tx, name, tx.now(), actor=who())
        else:
            fleet.drain(tx, name, tx.now(), actor=who(), reason=reason)

    with opened(repo) as plant:
        plant.database.write(work)
    click.echo(f"{name} takes tasks again" if resume else f"{name} takes nothing new")
