"""`windlass worktree …`: what was tried, what it is worth, and which one is taken."""

import click

from windlass.app import Yard
from windlass.cli.opening import opened, who
from windlass.cli.render import emit, note, output_options, repo_option, table
from windlass.cli.run import seconds
from windlass.cli.trial_view import evaluation_row, figure_lines, trial_lines, trial_row

DIFF_MAX = 200
"""Lines of a difference that are shown; --json holds all of it."""


@click.command(help="List trials with their entries and what became of them.")
@repo_option
@output_options
def list_worktrees(repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = Yard(plant).all()
    rows = [
        (shown.trial.task, task.id, entry.name, task.spec.runner, task.status.value,
         "taken" if task.id == shown.trial.winner else shown.trial.state.value)
        for shown in found for entry, task, _ in shown.entries
    ]  # fmt: skip
    header = ("TRIAL", "TASK", "NAME", "RUNNER", "STATE", "TRIAL IS")
    emit(
        [trial_row(one) for one in found], as_json=as_json, fields=fields,
        lines=lambda: table(header, rows) if rows else ["There is no trial. `windlass compete` begins one."],
    )  # fmt: skip


@click.command(help="Show one trial: every entry, every figure, and the verdict.")
@click.argument("trial", type=int)
@repo_option
@output_options
def show(trial: int, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = Yard(plant).show(trial)
    emit(trial_row(found), as_json=as_json, fields=fields, lines=lambda: trial_lines(found))


@click.command(help="Measure a task's submission, a branch or a commit on four axes.")
@click.argument("what")
@click.option("--accept", multiple=True, metavar="COMMAND", help="Must succeed in its tree; repeatable.")
@repo_option
@output_options
def evaluate(
    what: str, accept: tuple[str, ...], repo: str | None, as_json: bool, fields: str | None
) -> None:
    with opened(repo) as plant:
        found = Yard(plant).evaluate(what, accept)
    emit(evaluation_row(found), as_json=as_json, fields=fields, lines=lambda: figure_lines({what: found}))


@click.command(help="Compare two of them: their figures side by side, the better one, and the difference.")
@click.argument("one")
@click.argument("other")
@click.option("--accept", multiple=True, metavar="COMMAND", help="Must succeed in each tree; repeatable.")
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


@click.command(help="Take this entry of a trial, whatever the verdict says; it is on record as yours.")
@click.argument("entry", type=int)
@repo_option
@output_options
def pick(entry: int, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = Yard(plant).pick(entry, who())
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
