"""`windlass demo`: the whole way in two minutes, without a key and without a network."""

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from windlass import dispatch, land, policy
from windlass.app import Bounds, Daemon, Ended, Plant, Wish, open_plant
from windlass.app import run as run_plant
from windlass.cli.demo_tour import ORDERS, PERSON, RUNNER, script
from windlass.cli.progress import Progress
from windlass.cli.render import note
from windlass.cli.run import started
from windlass.mcp import serve_lease
from windlass.policy import Decision
from windlass.scripted import serving
from windlass.store import Transaction

SETTINGS: Final = """\
[autonomy]
level = "merge-on-green"

[[models.provider]]
name = "scripted"
url = "{url}"
speaks = ["openai-chat"]

[[dispatch.runners]]
name = "{runner}"
kind = "acp"
preset = "scripted-acp"
model = "scripted"
provider = "scripted"
"""
ADVICE: Final = "decline"
"""What is answered where nobody can be asked."""
INTERRUPTED: Final = 130


@click.command(help="Watch a scripted agent work on a small repository: landed, refused, and one question.")
@click.option("--fast", is_flag=True, help="Ask nobody: the question is answered with 'decline'.")
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON on stdout.")
def demo(*, fast: bool, as_json: bool) -> None:
    folder = Path(tempfile.mkdtemp(prefix="windlass-demo-"))
    asks = not fast and not as_json and sys.stdin.isatty()
    with ExitStack() as stack:
        url = stack.enter_context(serving(script()))
        env = _env(folder, url)
        note("An agent that follows a script works on a small shop; sandbox, checks and git are real.")
        ended, tasks = _work(Wish(demo=True, land=True), env, ORDERS)
        repo = next((folder / "home" / "demo").glob("*/shop"))
        wish = Wish(repo=repo, land=True)
        answered = [] if ended is Ended.STOPPED else _answer(wish, env, asks=asks)
        if answered:
            ended, _ = _work(wish, env, ORDERS)
    told = _told(wish, env, tasks, answered)
    if as_json:
        click.echo(json.dumps(told, indent=2))
    else:
        _say(told, folder, repo)
    raise SystemExit(INTERRUPTED if ended is Ended.STOPPED else 0)


def _env(folder: Path, url: str) -> dict[str, str]:
    """A data home of its own: nothing of the person's settings counts, and nothing of theirs changes."""
    settings = folder / "settings.toml"
    settings.write_text(SETTINGS.format(url=url, runner=RUNNER))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WINDLASS_")}
    return {**kept, "WINDLASS_HOME": str(folder / "home"), "WINDLASS_CONFIG": str(settings)}


def _work(wish: Wish, env: Mapping[str, str], orders: tuple[Any, ...]) -> tuple[Ended, tuple[int, ...]]:
    progress = Progress(verbose=False)

    def begin(daemon: Daemon, plant: Plant) -> None:
        started(daemon, plant, progress)

    done = run_plant(
        wish, Bounds(), env, listen=progress.show, on_start=begin, errand=orders, serve=serve_lease
    )
    return done.ended, done.only


def _answer(wish: Wish, env: Mapping[str, str], *, asks: bool) -> list[tuple[Decision, str]]:
    """Put each open question to the person, and its answer on record."""
    answered = []
    with open_plant(wish, env) as plant:
        found = plant.database.read(lambda tx: policy.open_decisions(tx, plant.repository.id))
        for one in found:
            advised = ADVICE if ADVICE in one.options else one.options[-1]
            chosen = _asked(one, advised) if asks else advised
            plant.database.write(partial(_keep, one, chosen, PERSON if asks else "demo"))
            answered.append((one, chosen))
    return answered


def _keep(one: Decision, chosen: str, by: str, tx: Transaction) -> None:
    policy.answer(tx, one.id, chosen, by, tx.now())


def _asked(one: Decision, advised: str) -> str:
    click.echo(f"\nWindlass asks you: {one.question}", err=True)
    chosen: str = click.prompt(
        "Your answer", type=click.Choice(list(one.options)), default=advised, err=True
    )
    return chosen


def _told(
    wish: Wish, env: Mapping[str, str], tasks: tuple[int, ...], answered: list[tuple[Decision, str]]
) -> dict[str, Any]:
    with open_plant(wish, env) as plant:
        found = plant.database.read(lambda tx: [dispatch.task(tx, number) for number in tasks])
        tries = plant.database.read(lambda tx: {n: dispatch.attempts(tx, n) for n in tasks})
        landed = plant.database.read(lambda tx: land.landings(tx, plant.repository.id))
    return {
        "tasks": [
            {
                "task": one.id, "title": one.title, "status": one.status.value, "note": one.note,
                "attempts": [
                    {"outcome": it.outcome.value if it.outcome else None, "sandbox": it.sandbox,
                     "detail": it.detail}
                    for it in tries[one.id]
                ],
                "commits": [it.commit for it in landed if it.task_id == one.id and it.commit],
            }
            for one in found
        ],
        "decisions": [{"question": one.question, "answer": chosen} for one, chosen in answered],
    }  # fmt: skip


def _say(told: Mapping[str, Any], folder: Path, repo: Path) -> None:
    for one in told["tasks"]:
        tries = len(one["attempts"])
        commits = ", ".join(commit[:12] for commit in one["commits"])
        click.echo(f"{one['status']:<10} {one['title']}  ({tries} {'attempt' if tries == 1 else 'attempts'})")
        if commits:
            click.echo(f"{'':<10} commit {commits}: windlass land prove {one['commits'][-1][:12]}")
    for one in told["decisions"]:
        click.echo(f"{'answered':<10} {one['question']} -> {one['answer']}")
    click.echo(f"\nLook around: export WINDLASS_HOME={folder / 'home'}; cd {repo}")
    click.echo("  windlass report; windlass task list; windlass audit verify; git log")
    click.echo(f"Done with it: rm -r {folder}")
