"""`windlass decide policy …`: standing answers, which only a person makes and anybody can see and end."""

import os
from typing import Any

import click

from windlass.app import caller_beside, mesh_beside
from windlass.cli.opening import opened
from windlass.cli.render import emit, output_options, pairs, repo_option, table


@click.group(help="Standing answers: what is no longer asked.")
def policy() -> None:
    pass


@policy.command("list", help="List policies, newest first.")
@click.option("--revoked", is_flag=True, help="Show revoked ones as well.")
@repo_option
@output_options
def list_policies(revoked: bool, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        caller = caller_beside(plant, os.environ, None)
        found = mesh_beside(plant).policies(caller, plant.repository.name, revoked=revoked)
    rows = [(one["id"], one["kind"], one["pattern"], one["choice"], one["used"]) for one in found]
    header = ("ID", "KIND", "PATTERN", "ANSWER", "USED")
    lines = table(header, rows) if rows else ["Every question is asked."]
    emit(found, as_json=as_json, fields=fields, lines=lambda: lines)


@policy.command("add", help="Answer questions of a kind whose key fits PATTERN with CHOICE from now on.")
@click.argument("kind")
@click.argument("pattern")
@click.argument("choice")
@repo_option
@output_options
def add(kind: str, pattern: str, choice: str, **said: Any) -> None:
    with opened(said["repo"]) as plant:
        caller = caller_beside(plant, os.environ, None)
        made = mesh_beside(plant).add_policy(caller, plant.repository.name, (kind, pattern, choice))
    emit(made, as_json=said["as_json"], fields=said["fields"], lines=lambda: pairs(made))


@policy.command("revoke", help="Ask again from now on.")
@click.argument("number", metavar="ID", type=int)
@repo_option
@output_options
def revoke(number: int, **said: Any) -> None:
    with opened(said["repo"]) as plant:
        caller = caller_beside(plant, os.environ, None)
        gone = mesh_beside(plant).revoke_policy(caller, number)
    emit(gone, as_json=said["as_json"], fields=said["fields"], lines=lambda: pairs(gone))
