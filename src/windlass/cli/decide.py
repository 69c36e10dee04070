"""`windlass decide …`: what waits for a person."""

import json
import os

import click

from windlass import history, policy
from windlass.app import caller_beside, mesh_beside
from windlass.cli.opening import opened, who
from windlass.cli.render import emit, note, output_options, pairs, repo_option, table
from windlass.history import Act
from windlass.kernel import iso
from windlass.policy import Decision

ACTED = (
    "what waited for the answer goes on at once; change its item (windlass backlog edit) or cancel its task"
)
"""What to do instead of taking an answer back."""


def _row(one: Decision) -> dict[str, object]:
    return {
        "id": one.id,
        "kind": one.kind,
        "priority": one.priority,
        "question": one.question,
        "options": list(one.options),
        "advice": one.default,
        "status": one.status.value,
        "item": one.item,
        "task": one.task,
        "answer": one.answer,
        "answered_by": one.answered_by,
        "created_at": iso(one.created_at),
        "deadline": None if one.deadline is None else iso(one.deadline),
        "cost": one.cost or None,
        "evidence": list(one.evidence),
    }


@click.command(help="List open decisions, most urgent first.")
@repo_option
@output_options
def list_decisions(repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = plant.database.read(lambda tx: policy.open_decisions(tx, plant.repository.id))
    rows = [(d.id, d.kind, d.question, " | ".join(d.options)) for d in found]
    emit(
        [_row(d) for d in found],
        as_json=as_json,
        fields=fields,
        lines=lambda: (
            table(("ID", "KIND", "QUESTION", "OPTIONS"), rows) if rows else ["Nothing waits for you."]
        ),
    )
    if rows and not as_json:
        note("Answer with: windlass decide answer ID OPTION")


@click.command(help="Show one decision with its context and options.")
@click.argument("number", metavar="ID", type=int)
@repo_option
@output_options
def show(number: int, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        one = plant.database.read(lambda tx: policy.decision(tx, number))
    row = {**_row(one), "context": dict(one.context)}
    emit(row, as_json=as_json, fields=fields, lines=lambda: _shown(one))


def _shown(one: Decision) -> list[str]:
    """What is asked, then the facts it rests on, one to a line."""
    asked = {**_row(one), "options": " | ".join(one.options)}
    lines = pairs({name: value for name, value in asked.items() if value is not None})
    facts = [(name, fact) for name, value in one.context.items() for fact in _facts(value)]
    return [*lines, "context", *(f"  {name}: {fact}" for name, fact in facts)]


def _facts(value: object) -> list[str]:
    entries = value if isinstance(value, list) else [value]
    return [entry if isinstance(entry, str) else json.dumps(entry) for entry in entries]


@click.command(help="Answer a decision with one of its options.")
@click.argument("number", metavar="ID", type=int)
@click.argument("option")
@click.option("--text", default="", help="What to say beside it.")
@repo_option
def answer_decision(number: int, option: str, text: str, repo: str | None) -> None:
    with opened(repo) as plant:
        done = mesh_beside(plant).decide(caller_beside(plant, os.environ, None), number, option, text)
        act = Act("decide answer", who(), f"decision {number}: {option}", plant.repository.id)
        plant.database.write(lambda tx: history.final(tx, act, ACTED))
    click.echo(f"Decision {number} is answered: {option}")
    if done["offer"] is not None:
        words = " ".join(repr(done["offer"][name]) for name in ("kind", "pattern", "choice"))
        note(f"This was the third like answer. To stop being asked: windlass decide policy add {words}")
    else:
        note("The next `windlass run` acts on it.")
