"""`windlass task …`: the fourteen tools of the mesh, with the same errors as over MCP and HTTP."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from windlass import history as history_of
from windlass.app import caller_beside, mesh_beside
from windlass.cli.opening import opened, who
from windlass.cli.render import emit, output_options, pairs, repo_option
from windlass.history import Act
from windlass.kernel import Invalid

F = TypeVar("F", bound=Callable[..., Any])

EVIDENCE_MAX: Final = 1_048_576
"""Bytes of an evidence file."""
_LEASE_HELP: Final = "The lease's token, as claim printed it; better kept in $WINDLASS_LEASE."


@dataclass(frozen=True, slots=True)
class Told:
    """How a command that cannot be undone is put on record, and what it prints."""

    command: str
    summary: str
    instead: str
    line: str


def _tool(command: F) -> F:
    """What every tool takes."""
    key = click.option("--key", metavar="TEXT", help="Idempotency key: the same call again happens once.")
    return repo_option(output_options(key(command)))


def _lease(command: F) -> F:
    option = click.option("--lease", metavar="TOKEN", envvar="WINDLASS_LEASE", help=_LEASE_HELP)
    return option(command)


def _lease_or_task(command: F) -> F:
    return click.argument("number", metavar="[ID]", type=int, required=False)(_lease(command))


def _call(tool: str, said: dict[str, Any], told: Told | None = None, **arguments: Any) -> None:
    """Do one tool and print its answer; what was not given is left out."""
    given = {name: value for name, value in arguments.items() if value not in (None, ())}
    with opened(said["repo"]) as plant:
        caller = caller_beside(plant, os.environ, said["key"])
        answer = mesh_beside(plant).call(tool, caller, given)
        if told is not None:
            act = Act(told.command, who(), told.summary, plant.repository.id)
            plant.database.write(lambda tx: history_of.final(tx, act, told.instead))
    lines = [told.line] if told is not None else _lines(answer)
    emit(answer, as_json=said["as_json"], fields=said["fields"], lines=lambda: lines)


def _lines(answer: dict[str, Any]) -> list[str]:
    """One value to a line; what has parts is shown as JSON."""
    plain = {
        name: value if isinstance(value, str | int | float) else json.dumps(value)
        for name, value in answer.items()
    }
    return pairs(plain)


@click.command(help="Claim the best ready task of these lanes; the lease's token is shown once.")
@click.argument("lanes", metavar="[LANE]...", nargs=-1)
@click.option("--wait", "wait_s", metavar="SECONDS", type=float, help="Wait so long for one, at most 30.")
@_tool
def claim(lanes: tuple[str, ...], wait_s: float | None, **said: Any) -> None:
    _call("claim_task", said, lanes=list(lanes) or None, wait_s=wait_s)


@click.command(help="Keep a lease alive.")
@_lease
@_tool
def renew(lease: str | None, **said: Any) -> None:
    _call("renew_lease", said, lease_token=lease)


@click.command(help="Block your task on a question, or veto an instruction with --propose.")
@click.argument("question")
@click.option("--option", "options", metavar="TEXT", multiple=True, help="A possible answer; two or more.")
@click.option("--propose", "proposal", metavar="TEXT", help="What to do instead.")
@click.option("--evidence", metavar="TEXT", multiple=True, help="What speaks for it.")
@_lease
@_tool
def ask(
    *, question: str, options: tuple[str, ...], proposal: str | None, evidence: tuple[str, ...],
    lease: str | None, **said: Any,
) -> None:  # fmt: skip
    _call(
        "ask_clarification", said, lease_token=lease, question=question, options=list(options) or None,
        proposal=proposal, evidence=list(evidence) or None,
    )  # fmt: skip


@click.command(help="Say where a task stands, whether your lease is alive, and what was answered.")
@_lease_or_task
@_tool
def check(number: int | None, lease: str | None, **said: Any) -> None:
    _call("check_task_status", said, lease_token=lease if number is None else None, task_id=number)


@click.command(help="Submit a commit or a verdict for review, with --evidence to have it proved.")
@click.argument("commit", required=False)
@click.option("--note", metavar="TEXT", help="What was done.")
@click.option("--verdict", type=click.Choice(["pass", "reject"]), help="As a guardian: what you found.")
@click.option("--reason", metavar="TEXT", help="Why it is rejected.")
@click.option("--evidence", metavar="FILE", type=click.Path(path_type=Path), help="Evidence as JSON.")
@_lease
@_tool
def submit(
    *, commit: str | None, note: str | None, verdict: str | None, reason: str | None, evidence: Path | None,
    lease: str | None, **said: Any,
) -> None:  # fmt: skip
    tool = "submit_for_review" if evidence is None else "submit_for_review_with_evidence"
    proof = None if evidence is None else _evidence(evidence)
    _call(
        tool, said, lease_token=lease, commit=commit, note=note, verdict=verdict, reason=reason,
        evidence=proof,
    )  # fmt: skip


def _evidence(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            return json.loads(file.read(EVIDENCE_MAX))
    except (OSError, ValueError, RecursionError) as error:
        raise Invalid(f"{path} holds no evidence: {error}", hint="write one JSON object") from error


@click.command(help="Tell a task's messages, events and attempts.")
@_lease_or_task
@click.option("--after", metavar="NUMBER", type=int, help="`next` of the last answer.")
@click.option("--limit", metavar="NUMBER", type=int, help="Events at a time, at most 500.")
@_tool
def history(
    number: int | None, lease: str | None, after: int | None, limit: int | None, **said: Any
) -> None:
    _call(
        "get_task_history", said, lease_token=lease if number is None else None, task_id=number,
        after=after, limit=limit,
    )  # fmt: skip


@click.command(help="Answer the question a task is blocked on; its worker goes on by itself.")
@click.argument("number", metavar="ID", type=int)
@click.argument("text")
@click.option("--choice", metavar="OPTION", help="One of the question's options.")
@_tool
def answer(number: int, text: str, choice: str | None, **said: Any) -> None:
    _call("respond_to_blocker", said, task_id=number, answer=text, choice=choice)


@click.command(help="Approve exactly this commit of a task.")
@click.argument("number", metavar="ID", type=int)
@click.argument("commit")
@click.option("--note", metavar="TEXT", help="Why.")
@_tool
def approve(number: int, commit: str, note: str | None, **said: Any) -> None:
    _call("approve_work", said, task_id=number, commit=commit, note=note)


@click.command(help="Send a task's submission back; the third time fails the task.")
@click.argument("number", metavar="ID", type=int)
@click.argument("reason")
@click.option("--commit", metavar="ID", help="Only if this commit is the one that is offered.")
@_tool
def reject(number: int, reason: str, commit: str | None, **said: Any) -> None:
    _call("reject_work", said, task_id=number, reason=reason, commit=commit)


@click.command(help="Take a task back and offer it again.")
@click.argument("number", metavar="ID", type=int)
@click.option("--reason", default="requeued by hand", show_default=True)
@_tool
def requeue(number: int, reason: str, **said: Any) -> None:
    _call("requeue_task", said, _again("task requeue", number, reason), task_id=number, reason=reason)


@click.command(help="Put a blocked task back into the queue without an answer.")
@click.argument("number", metavar="ID", type=int)
@click.option("--reason", default="unblocked by hand", show_default=True)
@_tool
def unblock(number: int, reason: str, **said: Any) -> None:
    _call("force_unblock", said, _again("task unblock", number, reason), task_id=number, reason=reason)


def _again(command: str, number: int, reason: str) -> Told:
    return Told(
        command, f"task {number}: {reason}", f"stop it with `windlass task cancel {number}`",
        f"Task {number} is offered again",
    )  # fmt: skip


@click.command(help="Cancel a task; whoever works on it can change nothing more.")
@click.argument("number", metavar="ID", type=int)
@click.option("--reason", default="cancelled by hand", show_default=True)
@_tool
def cancel(number: int, reason: str, **said: Any) -> None:
    told = Told(
        "task cancel", f"task {number}: {reason}",
        "offer the work anew: `windlass backlog edit ITEM --state open`, or `windlass task file`",
        f"Task {number} is cancelled",
    )  # fmt: skip
    _call("cancel_task", said, told, task_id=number, reason=reason)


@click.command(help="End every lease that has expired.")
@click.option("--name", metavar="REPOSITORY", help="Only say it for this repository.")
@_tool
def sweep(name: str | None, **said: Any) -> None:
    _call("sweep_stale_leases", said, repository=name)
