"""`windlass playbook …`: how kinds of work are done, and what they have to show."""

import click

from windlass.cli.opening import opened
from windlass.cli.render import emit, output_options, pairs, repo_option, table
from windlass.plan import Playbook


def _row(one: Playbook) -> dict[str, object]:
    return {
        "name": one.name,
        "summary": one.summary,
        "kinds": list(one.kinds),
        "red": one.red.value,
        "security": one.security.value,
        "security_grave": one.security_grave.value,
        "docs": one.docs.value,
        "also": list(one.also),
        "steps": [f"{step.name}: {step.text}" for step in one.steps],
        "origin": one.origin or "windlass",
    }


@click.command(help="List playbooks with what each is for.")
@repo_option
@output_options
def list_playbooks(repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = sorted(plant.playbooks.by_name.values(), key=lambda one: one.name)
    rows = [
        (one.name, one.red.value, one.security_grave.value, ", ".join(one.kinds), one.summary)
        for one in found
    ]
    header = ("NAME", "RED", "GRAVE", "FOR", "SUMMARY")
    emit(
        [_row(one) for one in found],
        as_json=as_json,
        fields=fields,
        lines=lambda: table(header, rows),
    )


@click.command(help="Show one playbook: its steps and what it asks for.")
@click.argument("name")
@repo_option
@output_options
def show(name: str, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        row = _row(plant.playbooks.named(name))
    emit(row, as_json=as_json, fields=fields, lines=lambda: pairs(row))
