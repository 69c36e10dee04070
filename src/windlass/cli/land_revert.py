"""`windlass land check` and `windlass land revert`: find what broke main, take a landed change back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from windlass import app
from windlass.app import Ended, Wish
from windlass.cli.board import Board
from windlass.cli.carrying import carry, check_free
from windlass.cli.execute import leave, told_of
from windlass.cli.opening import opened, who
from windlass.cli.render import emit, note, output_options, repo_option
from windlass.kernel import iso

SHOWN_MAX: Final = 20
EXIT: Final = {"green": 0, "red": 1, "unknown": 9}
Proved = app.verifying.reverting.Proved
REASON: Final = "a person wants it back"


@click.command(help="Take a landed change back, by a change like any other, and have its work done again.")
@click.argument("commit")
@click.option("--reason", default=REASON, help="Why; whoever does the work again is told.")
@click.option("--land", is_flag=True, help="Move the main branch; else the result is a branch and a patch.")
@click.option("--no-run", is_flag=True, help="Only file it, for whoever runs the repository.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
@repo_option
def revert(*, commit: str, reason: str, land: bool, no_run: bool, as_json: bool, repo: str | None) -> None:
    with opened(repo) as plant:
        if not no_run:
            check_free(plant)
        task = app.verifying.reverting.Reverting(plant).by_hand(commit, reason=reason, by=who())
    if no_run:
        note(f"Task {task} takes it back. Go on with: windlass execute --task {task}")
        told_of(task, repo, as_json=as_json)
        return

    ended = _carried((task,), repo, land=land)
    leave(ended, told_of(task, repo, as_json=as_json), repo=repo)


@click.command(help="Run the main branch as a whole; find what broke it, and take that back.")
@click.option("--tier", type=click.IntRange(1, 3), help="Up to this tier; default: [land] prove_tier.")
@click.option("--only-look", is_flag=True, help="Tell what broke it and change nothing.")
@click.option("--land", is_flag=True, help="Move the main branch; else a revert waits for your word.")
@click.option("--no-run", is_flag=True, help="Only file reverts, for whoever runs the repository.")
@repo_option
@output_options
def check(
    *, tier: int | None, only_look: bool, land: bool, no_run: bool, repo: str | None, as_json: bool,
    fields: str | None,
) -> None:  # fmt: skip
    with opened(repo, land=land) as plant:
        if not (no_run or only_look):
            check_free(plant)
        found = app.verifying.reverting.Reverting(plant).look(only=only_look, tier=tier)
    emit(_data(found), as_json=as_json, fields=fields, lines=lambda: list(_lines(found)))
    tasks = tuple(one.task for one in found.culprits if one.task is not None)
    if tasks and no_run:
        note(f"Go on with: windlass execute --task {tasks[0]}")
    elif tasks:
        _carried(tasks, repo, land=land)
        for task in tasks:
            told_of(task, repo, as_json=as_json)
    raise SystemExit(EXIT[found.look.said])


def _carried(tasks: tuple[int, ...], repo: str | None, *, land: bool) -> Ended:
    wish = Wish(Path(repo) if repo else None, land=land)
    return carry(wish, tasks, None, lambda at: Board(at, tasks, verbose=False))


def _data(found: Proved) -> dict[str, Any]:
    look = found.look
    return {
        "branch": look.branch, "commit": look.commit, "said": look.said, "failing": dict(look.failing),
        "unknown": list(look.unknown), "fresh": list(found.fresh), "at": iso(look.at),
        "seconds": None if found.seconds is None else round(found.seconds, 3),
        "culprits": [
            {"commit": one.commit, "names": list(one.names), "landing": one.landing, "task": one.task,
             "why_not": one.why_not}
            for one in found.culprits
        ],
    }  # fmt: skip


def _lines(found: Proved) -> Iterator[str]:
    look = found.look
    took = "known" if found.seconds is None else f"in {found.seconds:.1f} s"
    yield f"{look.branch} at {look.commit[:12]} is {look.said} (looked at {iso(look.at)}, {took})"
    for name, why in list(look.failing.items())[:SHOWN_MAX]:
        yield f"  x {name}{': ' + why if why else ''}"
    yield from (f"  ? {one}" for one in look.unknown[:SHOWN_MAX])
    for one in found.culprits:
        does = f"task {one.task} takes it back" if one.task else one.why_not
        yield f"  since {one.commit[:12]}: {', '.join(one.names[:SHOWN_MAX])}; {does}"
