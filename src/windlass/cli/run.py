"""`windlass run`: the main job."""

import json
import os
import sys
import time
from pathlib import Path

import click

from windlass import learn
from windlass.app import Bounds, Daemon, Ended, Plant, Wish
from windlass.app import run as run_plant
from windlass.cli.duration import seconds
from windlass.cli.interrupting import Stopping
from windlass.cli.progress import Progress, Shower
from windlass.cli.render import repo_option, width
from windlass.mcp import serve_lease

CODES = {Ended.STOPPED: 130, Ended.PAUSED: 7}


@click.command(help="Find, rank, do, check and land work: one cycle, or continuously.")
@repo_option
@click.option("--demo", is_flag=True, help="Work on a small demo repository made on the spot.")
@click.option(
    "--land", is_flag=True, help="Move the main branch; without it the result is a branch and a patch."
)
@click.option(
    "--trust", is_flag=True, help="Run the repository's code without a sandbox. Never lands by itself."
)
@click.option("--continuous", is_flag=True, help="Start a new cycle every --interval.")
@click.option("--interval", default="60m", show_default=True, help="Time from one cycle's start to the next.")
@click.option("--for", "how_long", help="Stop after this time, e.g. 8h.")
@click.option("--max-tasks", type=click.IntRange(1), help="Stop after this many tasks.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")
@click.option("-v", "--verbose", is_flag=True, help="Show every event.")
def run(repo: str | None, demo: bool, as_json: bool, verbose: bool, **given: object) -> None:
    wish = Wish(
        repo=Path(repo) if repo else None, demo=demo, trust=bool(given["trust"]), land=bool(given["land"])
    )
    progress, stopping = Progress(verbose=verbose), Stopping()
    finished = run_plant(
        wish, _bounds(given), os.environ, listen=progress.show, serve=serve_lease,
        on_start=lambda d, p: started(d, p, progress, stopping),
    )  # fmt: skip
    _told(finished.report, as_json=as_json)
    sys.stdout.flush()
    sys.stderr.flush()
    code = CODES.get(finished.ended, 0)
    if finished.ended is Ended.STOPPED:
        os._exit(
            code
        )  # workers may still be inside the sandbox; it dies with us, and the next start cleans up
    raise SystemExit(code)


def _bounds(given: dict[str, object]) -> Bounds:
    lasting = seconds(str(given["how_long"]) if given["how_long"] else None)
    interval = seconds(str(given["interval"])) if given["continuous"] else None
    tasks = given["max_tasks"]
    return Bounds(
        tasks_max=tasks if isinstance(tasks, int) else None,
        until=None if lasting is None else time.time() + lasting,
        interval_s=interval,
    )


def started(daemon: Daemon, plant: Plant, progress: Shower, stopping: Stopping | None = None) -> None:
    """Let Ctrl-C hand work back, and say what is about to happen."""
    (stopping or Stopping()).begun(daemon)
    progress.begin(plant, confined=daemon.confined)


def _told(report: learn.Report, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(learn.to_json(report), indent=2))
        return
    for line in learn.render(report, width()):
        click.echo(line)
