"""`windlass task …`: work that was handed out."""

import click

from windlass import dispatch, history, land
from windlass.cli.opening import opened, who
from windlass.cli.render import emit, output_options, pairs, repo_option, table
from windlass.dispatch import AttemptRecord, Task, TaskStatus
from windlass.history import Act
from windlass.kernel import iso
from windlass.store import Transaction


def _row(task: Task) -> dict[str, object]:
    return {
        "id": task.id,
        "item": task.item_id,
        "title": task.title,
        "status": task.status.value,
        "kind": task.kind,
        "attempt": task.attempt,
        "attempts_max": task.attempts_max,
        "fence": task.fence,
        "runner": task.spec.runner,
        "trusted": task.spec.trusted,
        "paths": list(task.spec.paths),
        "note": task.note,
        "updated_at": iso(task.updated_at),
    }


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
            table(("ID", "STATE", "TRY", "RUNNER", "TITLE"), rows) if rows else ["There is no such task."]
        ),
    )


def _attempt(one: AttemptRecord) -> str:
    outcome = one.outcome.value if one.outcome else "running"
    return f"{one.number}: {one.runner} by {one.worker} ({one.sandbox}) {outcome} {one.detail}".strip()


@click.command(help="Show one task: attempts, submission, verdicts, landing.")
@click.argument("number", metavar="ID", type=int)
@repo_option
@output_options
def show(number: int, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        task = plant.database.read(lambda tx: dispatch.task(tx, number))
        tries = plant.database.read(lambda tx: dispatch.attempts(tx, number))
        landings = plant.database.read(lambda tx: land.landings(tx, plant.repository.id))
    row = _row(task)
    row["attempts"] = [_attempt(one) for one in tries]
    row["landings"] = [
        f"{one.mode.value} {one.state.value} {one.commit or ''} {one.reason}".strip()
        for one in landings
        if one.task_id == number
    ]
    emit(row, as_json=as_json, fields=fields, lines=lambda: pairs(row))


@click.command(help="Cancel a task; whoever works on it can change nothing more.")
@click.argument("number", metavar="ID", type=int)
@click.option("--reason", default="cancelled by hand", show_default=True)
@repo_option
def cancel_task(number: int, reason: str, repo: str | None) -> None:
    with opened(repo) as plant:

        def work(tx: Transaction) -> None:
            dispatch.cancel(tx, number, who(), reason, tx.now())
            item = dispatch.task(tx, number).item_id
            again = f"`windlass backlog edit {item} --state open`" if item else "`windlass backlog add`"
            act = Act("task cancel", who(), f"task {number}: {reason}", plant.repository.id)
            history.final(tx, act, f"offer the work anew with {again}")

        plant.database.write(work)
    click.echo(f"Task {number} is cancelled")


@click.command(help="Take a task back and offer it again.")
@click.argument("number", metavar="ID", type=int)
@click.option("--reason", default="requeued by hand", show_default=True)
@repo_option
def requeue_task(number: int, reason: str, repo: str | None) -> None:
    with opened(repo) as plant:

        def work(tx: Transaction) -> None:
            dispatch.requeue(tx, number, who(), reason, tx.now())
            act = Act("task requeue", who(), f"task {number}: {reason}", plant.repository.id)
            history.final(tx, act, f"stop it with `windlass task cancel {number}`")

        plant.database.write(work)
    click.echo(f"Task {number} is offered again")
