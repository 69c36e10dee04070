"""`windlass execute`: one task, now."""

import json
import os
import sys
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from windlass import dispatch
from windlass.app import Bounds, Daemon, Ended, Order, Plant, Wish, Yard
from windlass.app import run as run_plant
from windlass.cli.carrying import check_free, follow
from windlass.cli.duration import seconds
from windlass.cli.opening import opened, who
from windlass.cli.outcome import Result, result_of
from windlass.cli.progress import Progress
from windlass.cli.render import note, repo_option
from windlass.cli.run import started
from windlass.cli.standing import Turn
from windlass.mcp import serve_lease


@click.command(help="Do one task now: file it, let a runner do it, verify it, and propose or land it.")
@click.argument("title", required=False)
@click.option("--task", type=int, metavar="ID", help="Go on with a task that is filed, instead of TITLE.")
@click.option("--text", default="", help="What has to be done and how it will be checked, in more words.")
@click.option("--kind", default="change", show_default=True, help="bug, feature, refactoring, security, …")
@click.option(
    "--path", "paths", multiple=True, metavar="PATH",
    help="A file it may change, or a folder with a slash at its end; repeatable. None: the whole repository.",
)  # fmt: skip
@click.option("--runner", "--agent", "lane", default="", metavar="NAME", help="Who does it.")
@click.option(
    "--accept", "acceptance", multiple=True, metavar="CHECK",
    help="What shows that it is done: a test (tests/test_x.py::test_y) or a command; repeatable.",
)  # fmt: skip
@click.option("--key", default="", help="Asked again with the same key, it is filed once.")
@click.option("--land", is_flag=True, help="Move the main branch; else the result is a branch and a patch.")
@click.option("--trust", is_flag=True, help="Run without a sandbox. Never lands by itself.")
@click.option("--for", "how_long", metavar="TIME", help="Stop after this time, e.g. 30m; exit code 124.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
@click.option("-v", "--verbose", is_flag=True, help="Show every event.")
@repo_option
def execute(
    *, title: str | None, task: int | None, as_json: bool, verbose: bool, repo: str | None, land: bool,
    trust: bool, how_long: str | None, **told: Any,
) -> None:  # fmt: skip
    if (title is None) == (task is None):
        raise click.UsageError("Give what is to be done, or --task ID to go on with a task.")
    if task is not None:
        with opened(repo) as plant:
            plant.database.read(lambda tx: dispatch.task(tx, task))
    errand = () if title is None else (ordered(title, told),)
    wish = Wish(repo=Path(repo) if repo else None, land=land, trust=trust)
    ended, tasks = ran(wish, errand, bounds(how_long, () if task is None else (task,)), verbose=verbose)
    leave(ended, told_of(tasks[0], repo, as_json=as_json), repo=repo)


def ordered(title: str, told: dict[str, Any]) -> Order:
    """The order of this person; without a key of its own it gets a new one."""
    made = Order(title, by=who(), **told)
    return made if made.key else replace(made, key=uuid.uuid4().hex)


def bounds(how_long: str | None, only: tuple[int, ...]) -> Bounds:
    lasting = seconds(how_long)
    return Bounds(until=None if lasting is None else time.time() + lasting, only=only)


def ran(
    wish: Wish, errand: tuple[Order, ...], within: Bounds, *, verbose: bool
) -> tuple[Ended, tuple[int, ...]]:
    """The run for these orders, told as it goes: how it ended, and their tasks.

    Beside a server that looks after the repository the orders are filed, and the server does them.
    """
    progress = Progress(verbose=verbose)
    with opened(None if wish.repo is None else str(wish.repo), trust=wish.trust) as plant:
        check_free(plant)
        if server := Yard(plant).server:
            tasks = within.only or Yard(plant).hand_over(errand)
            return follow(plant, tasks, within.until, progress.show, server=server), tasks

    def begin(daemon: Daemon, plant: Plant) -> None:
        started(daemon, plant, progress)

    done = run_plant(
        wish, within, os.environ, listen=progress.show, on_start=begin, errand=errand, serve=serve_lease
    )
    return done.ended, done.only


def told_of(number: int, repo: str | None, *, as_json: bool) -> Result:
    """Print what became of a task."""
    with opened(repo) as plant:
        result = plant.database.read(lambda tx: result_of(tx, number))
    if as_json:
        click.echo(json.dumps(result.data, indent=2))
    else:
        for line in result.lines():
            click.echo(line)
    return result


def leave(ended: Ended, result: Result, *, repo: str | None) -> None:
    """Say how to go on, and leave with the code of the table."""
    number, where = result.data["task"], f" --repo {repo}" if repo else ""
    if result.turn is Turn.GOING:
        note(f"Task {number} stays as it is. Go on with: windlass execute --task {number}{where}")
    elif result.data["asks"]:
        note(f"It waits for you: windlass decide show {result.data['asks'][0]}{where}")
    sys.stdout.flush()
    sys.stderr.flush()
    if ended is Ended.STOPPED:
        os._exit(result.code(ended))  # workers may still be inside the sandbox; it dies with us
    raise SystemExit(result.code(ended))
