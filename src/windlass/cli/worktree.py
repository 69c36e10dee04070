"""`windlass worktree …`: folders to work in, what was tried, what it is worth, and which one is taken."""

from dataclasses import asdict
from typing import Any

import click

from windlass.app import Yard
from windlass.cli.duration import seconds
from windlass.cli.opening import opened, who
from windlass.cli.render import emit, note, output_options, repo_option, table
from windlass.cli.trial_view import evaluation_row, figure_lines, trial_lines, trial_row

WIDE = 1_000
"""Columns of the list of worktrees: a path that is cut is of no use."""
DIFF_MAX = 200
"""Lines of a difference that are shown; --json holds all of it."""


@click.command(help="Make a folder to work in, for a task or under a name; print where it is.")
@click.argument("name", required=False)
@click.option(
    "--task", type=int, metavar="ID", help="What it is for; `worktree pick` offers it for this task."
)
@click.option("--from", "start", metavar="REF", help="A branch, commit, task or worktree; default: main.")
@repo_option
@output_options
def create(
    name: str | None, task: int | None, start: str | None, *, repo: str | None, as_json: bool,
    fields: str | None,
) -> None:  # fmt: skip
    if name is None and task is None:
        raise click.UsageError("Give a name, or --task ID.")
    with opened(repo) as plant:
        made = Yard(plant).create(name or "", task=task, start=start, by=who())
    emit(_row(made), as_json=as_json, fields=fields, lines=lambda: [str(made.path)])
    if not as_json:
        note(f"Worktree {made.name} is at commit {made.base[:10]}. Your own checkout is not touched.")


@click.command(help="Keep what a worktree holds as a commit, then take it away.")
@click.argument("name")
@click.option("--force", is_flag=True, help="Also while somebody works in it or on its task.")
@repo_option
@output_options
def remove(name: str, force: bool, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        kept = Yard(plant).worktrees.remove(name, force=force)
    emit(
        {"worktree": name, "kept": kept}, as_json=as_json, fields=fields, lines=lambda: [kept] if kept else []
    )
    if not as_json:
        told = f"what it changed is kept as {kept}" if kept else "nothing in it differed"
        note(f"Worktree {name} is gone; {told}.")


def _row(one: Any) -> dict[str, Any]:
    return {"kind": "worktree", **asdict(one), "path": str(one.path)}


@click.command(help="List worktrees, and trials with their entries and what became of them.")
@repo_option
@output_options
def list_worktrees(repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        made, found = Yard(plant).worktrees.all(), Yard(plant).all()
    rows = [
        (shown.trial.task, task.id, entry.name, task.spec.runner, task.status.value,
         "taken" if task.id == shown.trial.winner else shown.trial.state.value)
        for shown in found for entry, task, _ in shown.entries
    ]  # fmt: skip
    header = ("TRIAL", "TASK", "NAME", "RUNNER", "STATE", "TRIAL IS")
    mine = [(one.name, one.task or "-", one.by, one.worker or "-", one.path) for one in made]
    lines = [
        *(table(("WORKTREE", "TASK", "BY", "AT WORK", "PATH"), mine, columns=WIDE) if mine else ()),
        *(table(header, rows) if rows else ()),
    ]
    emit(
        [*map(_row, made), *({"kind": "trial", **trial_row(one)} for one in found)], as_json=as_json,
        fields=fields, lines=lambda: lines or ["There is none. `windlass worktree create` makes one."],
    )  # fmt: skip


@click.command(help="Show one trial: every entry, every figure, and the verdict.")
@click.argument("trial", type=int)
@repo_option
@output_options
def show(trial: int, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = Yard(plant).show(trial)
    emit(trial_row(found), as_json=as_json, fields=fields, lines=lambda: trial_lines(found))


@click.command(help="Measure a worktree, a task's submission, a branch or a commit on four axes.")
@click.argument("what")
@click.option("--accept", multiple=True, metavar="CHECK", help="A test or command to pass there; repeatable.")
@repo_option
@output_options
def evaluate(what: str, accept: tuple[str, ...], repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = Yard(plant).evaluate(what, accept)
    emit(evaluation_row(found), as_json=as_json, fields=fields, lines=lambda: figure_lines({what: found}))


@click.command(help="Compare two of them: their figures side by side, the better one, and the difference.")
@click.argument("one")
@click.argument("other")
@click.option("--accept", multiple=True, metavar="CHECK", help="A test or command for each; repeatable.")
@repo_option
@output_options
def compare(
    *, one: str, other: str, accept: tuple[str, ...], repo: str | None, as_json: bool, fields: str | None
) -> None:
    with opened(repo) as plant:
        yard = Yard(plant)
        found = {name: yard.evaluate(name, accept) for name in (one, other)}
        ranked, diff = yard.rank(found), yard.diff(one, other).decode("utf-8", "replace")
    row = {
        "winner": ranked.winner, "close": ranked.close, "told": list(ranked.told), "diff": diff,
        "evaluations": {name: evaluation_row(each) for name, each in found.items()},
    }  # fmt: skip
    lines = [*figure_lines(found), "", *ranked.told, "", *diff.splitlines()[:DIFF_MAX]]
    emit(row, as_json=as_json, fields=fields, lines=lambda: lines)


@click.command(help="Take an entry of a trial, whatever the verdict says, or a worktree for its task.")
@click.argument("entry", metavar="TASK|NAME")
@repo_option
@output_options
def pick(entry: str, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        if not entry.isdecimal():
            task = Yard(plant).worktrees.hand_in(entry, by=who())
            row = {"worktree": entry, "task": task}
            emit(row, as_json=as_json, fields=fields, lines=lambda: [f"Task {task} offers it for review."])
            note(f"Whoever runs this repository verifies it: windlass execute --task {task}")
            return
        found = Yard(plant).pick(int(entry), who())
    emit(trial_row(found), as_json=as_json, fields=fields, lines=lambda: trial_lines(found))


@click.command(help="Let go the commits of entries that were not taken, once their trial is old enough.")
@click.option("--older", default="7d", show_default=True, help="How long ago the trial was decided.")
@repo_option
@output_options
def prune(older: str, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        gone = Yard(plant).prune(seconds(older) or 0.0)
    emit({"entries": list(gone)}, as_json=as_json, fields=fields, lines=lambda: [str(task) for task in gone])
    if not as_json:
        note(f"{len(gone)} commits let go.")
