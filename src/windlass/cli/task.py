"""`windlass task …`: work that was handed out."""

from collections.abc import Sequence

import click

from windlass import dispatch, land, verify
from windlass.cli.budget import spent_for
from windlass.cli.opening import opened
from windlass.cli.render import emit, output_options, pairs, repo_option, table
from windlass.dispatch import AttemptRecord, Task, TaskStatus
from windlass.kernel import iso
from windlass.meter import DurableLedger
from windlass.store import Transaction


def _row(task: Task) -> dict[str, object]:
    return {
        "id": task.id,
        "item": task.item_id,
        "title": task.title,
        "status": task.status.value,
        "kind": task.kind,
        "role": task.role,
        "review": task.review.value,
        "risk": task.risk,
        "rejections": task.rejections,
        "attempt": task.attempt,
        "attempts_max": task.attempts_max,
        "fence": task.fence,
        "runner": task.spec.runner,
        "trusted": task.spec.trusted,
        "paths": list(task.spec.paths),
        "note": task.note,
        "updated_at": iso(task.updated_at),
    }


NONE = "No task was filed yet."
NONE_SUCH = "There is no such task."


@click.command(help="List tasks with their state and attempt.")
@click.option("--state", type=click.Choice([status.value for status in TaskStatus]), help="Only this state.")
@repo_option
@output_options
def list_tasks(state: str | None, repo: str | None, as_json: bool, fields: str | None) -> None:
    wanted = (TaskStatus(state),) if state else tuple(TaskStatus)
    with opened(repo) as plant:
        found = plant.database.read(lambda tx: dispatch.tasks(tx, plant.repository.id, wanted))
    rows = [
        (
            t.id,
            t.status.value,
            f"{t.attempt}/{t.attempts_max}",
            t.spec.runner + (" (trusted)" if t.spec.trusted else ""),
            t.title,
        )
        for t in found
    ]
    emit(
        [_row(task) for task in found],
        as_json=as_json,
        fields=fields,
        lines=lambda: (
            table(("ID", "STATE", "TRY", "RUNNER", "TITLE"), rows) if rows else [NONE_SUCH if state else NONE]
        ),
    )


def _attempt(one: AttemptRecord) -> str:
    outcome = one.outcome.value if one.outcome else "running"
    return f"{one.number}: {one.runner} by {one.worker} ({one.sandbox}) {outcome} {one.detail}".strip()


def last_shown(tx: Transaction, number: int) -> Sequence[object]:
    """What the newest attempt of a task showed on the base and on its change, line by line."""
    tries = dispatch.attempts(tx, number)
    cycle = verify.cycle.shown(tx, number, tries[-1].fence) if tries else None
    return (*cycle.shown, *cycle.notes) if cycle is not None else ()


@click.command(help="Show one task: attempts, submission, verdicts, landing.")
@click.argument("number", metavar="ID", type=int)
@repo_option
@output_options
def show(number: int, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        task = plant.database.read(lambda tx: dispatch.task(tx, number))
        tries = plant.database.read(lambda tx: dispatch.attempts(tx, number))
        asked = plant.database.read(
            lambda tx: DurableLedger.of_attempts(tx, number, [one.fence for one in tries])
        )
        shown = plant.database.read(lambda tx: last_shown(tx, number))
        landings = plant.database.read(lambda tx: land.landings(tx, plant.repository.id))
        spent = spent_for(plant, task)
        saved = dispatch.snapshots.of_task(plant.mirror, number)
        folders = dispatch.snapshots.kept_folders(plant.home.attempts, number)
    row = _row(task)
    row["snapshots"] = [
        *(f"attempt {fence}: {commit}" for fence, commit in saved.items()),
        *(f"folder {folder}" for folder in folders),
    ]
    row["budget"] = f"nobody begins: {spent}" if spent else ""
    row["attempts"] = [_attempt(one) for one in tries]
    row["spend"] = [f"{one.number}: {asked[one.fence]}" for one in tries if one.fence in asked]
    row["playbook"], row["acceptance"] = task.spec.playbook, list(task.spec.acceptance)
    row["cycle"] = [str(one) for one in shown]
    row["landings"] = [
        f"{one.mode.value} {one.state.value} {one.commit or ''} {one.reason}".strip()
        for one in landings
        if one.task_id == number
    ]
    emit(row, as_json=as_json, fields=fields, lines=lambda: pairs(row))
