"""`windlass parallel`: one feature, planned into parts, done by several at once."""

import json
import os
import sys
import time
import uuid
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from windlass import plan
from windlass.app import Ended, Order, Plant, Wish, Yard
from windlass.cli.board import Board
from windlass.cli.carrying import carry, check_free
from windlass.cli.duration import seconds
from windlass.cli.feature_view import WORDS, code_of, plan_lines, plan_row, report, report_lines
from windlass.cli.opening import opened, who
from windlass.cli.outcome import CONFLICT, ENDS
from windlass.cli.render import note, repo_option
from windlass.cli.trial_view import trial_lines, trial_row
from windlass.kernel import Invalid
from windlass.trials import Pattern

comment = plan.comment
STRATEGIES: Final = tuple(one.value for one in Pattern)
BYTES_MAX: Final = 4 * comment.COMMENT_MAX
"""Of a comment: a character of UTF-8 has up to four."""
MANY: Final = click.IntRange(1, comment.INSTANCES_MAX)
OPEN: Final = frozenset({*ENDS.values(), CONFLICT})
"""Exit codes after which something is still to be done."""


@click.command(
    help="Plan a feature into parts and let several agents do them at once; or several try it all."
)
@click.argument("feature", required=False)
@click.option("--comment", "said", metavar="FILE|-", help="Read /parallel-dev from a comment instead.")
@click.option("--resume", is_flag=True, help="Go on with the feature that was filed last, or with --key.")
@click.option("--strategy", type=click.Choice(STRATEGIES), help="How they work; default: parallel.")
@click.option("--instances", type=MANY, help="How many at once; default: as many as help, up to 5.")
@click.option(
    "--complexity", type=click.Choice(list(comment.COMPLEXITIES)), help="What you say of each part."
)
@click.option("--agent", "agents", multiple=True, metavar="NAME", help="Who does it; several take turns.")
@click.option("--kind", default="change", show_default=True, help="bug, feature, refactoring, security, …")
@click.option("--accept", multiple=True, metavar="CHECK", help="What each task has to pass; repeatable.")
@click.option("--key", default="", help="Asked again with the same key, it is filed once.")
@click.option("--land", is_flag=True, help="Move the main branch; else the results are branches and patches.")
@click.option("--trust", is_flag=True, help="Run without a sandbox. Never lands by itself.")
@click.option("--for", "how_long", metavar="TIME", help="Stop after this time, e.g. 2h; exit code 124.")
@click.option("--plan", "only_plan", is_flag=True, help="Only show the plan; nothing is filed.")
@click.option("--no-run", is_flag=True, help="Only file it: whoever runs this repository does the rest.")
@click.option("--json", "as_json", is_flag=True, help="Print plan and report as JSON on stdout.")
@click.option("-v", "--verbose", is_flag=True, help="Show every event.")
@repo_option
def parallel(*, repo: str | None, as_json: bool, **told: Any) -> None:
    asked, lasting = _asked(told), seconds(told["how_long"])
    with opened(repo, trust=told["trust"]) as plant:
        row, tasks = _filed(plant, asked, told, as_json=as_json)
    if not tasks:
        _leave(row, 0, as_json=as_json)
    if told["no_run"]:
        note("Whoever runs this repository does it; or go on with: windlass parallel --resume")
        _leave(row, 0, as_json=as_json)
    flags = {"dispatch.workers": row.get("instances") or told["instances"]}
    wish = Wish(Path(repo) if repo else None, land=told["land"], trust=told["trust"], flags=flags)
    until = None if lasting is None else time.time() + lasting
    ended = carry(wish, tasks, until, lambda at: Board(at, tasks, verbose=told["verbose"]))
    with opened(repo) as plant:
        code, lines = _account(plant, row, ended)
    if not as_json:
        click.echo("\n".join(lines))
    _leave(row, code, as_json=as_json, at_once=ended is Ended.STOPPED)


def _asked(told: dict[str, Any]) -> comment.Asked | None:
    """What is asked for, by words or by a comment; None to go on with what was."""
    words = ("strategy", "complexity") if told["resume"] else ("strategy", "instances", "complexity")
    given = [name for name in words if told[name] is not None]
    if sum((told["feature"] is not None, told["said"] is not None, told["resume"])) != 1:
        raise click.UsageError("Give what is to be done, or --comment FILE, or --resume.")
    if told["feature"] is not None:
        strategy, complexity = told["strategy"] or "", told["complexity"] or ""
        return comment.Asked(told["feature"], strategy, told["instances"], complexity)
    if given:
        raise click.UsageError(f"--{given[0]} goes with what is to be done.")
    return None if told["resume"] else comment.parse_comment(_read(told["said"]), STRATEGIES)


def _read(place: str) -> str:
    """The text of a comment, from a file or from standard input."""
    try:
        with click.open_file(place, "rb") as file:
            content = file.read(BYTES_MAX + 1)
        if len(content) > BYTES_MAX:
            raise Invalid(f"comment {place!r} has more than {BYTES_MAX} bytes", hint="shorten it")
        return str(content.decode())
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"comment {place!r} cannot be read: {error}", hint="give a file of UTF-8") from error


def _filed(
    plant: Plant, asked: comment.Asked | None, told: dict[str, Any], *, as_json: bool
) -> tuple[dict[str, Any], tuple[int, ...]]:
    """The plan as JSON and its tasks; none where only the plan was asked for."""
    features = Yard(plant).features
    if not told["no_run"] and not told["only_plan"]:
        check_free(plant)
    if asked is None:
        tasks = features.resume(told["key"])
        return {"tasks": list(tasks)}, tasks
    order = Order(
        "", "", (), kind=told["kind"], by=who(), acceptance=told["accept"],
        key=told["key"] or uuid.uuid4().hex[:12],
    )  # fmt: skip
    drawn = features.draw(asked, order, told["agents"])
    if not as_json:
        click.echo("\n".join(plan_lines(drawn)))
    behind = any(part.after or part.behind for part in drawn.feature.parts)
    if behind and drawn.trial is None and not (told["land"] or plant.land):
        note("Each part begins at main: without --land none sees what those before it proposed.")
    if told["only_plan"]:
        return plan_row(drawn), ()
    tasks = features.begin(drawn)
    note(f"Filed under key {order.key}: tasks {', '.join(map(str, tasks))}.")
    return {"key": order.key, **plan_row(drawn), "tasks": list(tasks)}, tasks


def _account(plant: Plant, row: dict[str, Any], ended: Ended) -> tuple[int, list[str]]:
    """Put into the row what became of each task; the exit code, and the same in lines."""
    found = plant.database.read(lambda tx: report(tx, row["tasks"]))
    tried = [one for one in Yard(plant).all() if one.trial.task in row["tasks"]]
    code = code_of([one for one, _ in found], ended)
    row |= {
        "results": [{**one.data, "turn": WORDS[one.turn], "took": used} for one, used in found],
        "trials": [trial_row(one) for one in tried], "exit_code": code,
    }  # fmt: skip
    lines = ["", *(line for one in tried for line in (*trial_lines(one), "")), *report_lines(found)]
    if code in OPEN:
        lines.append("What is open stays; go on with: windlass parallel --resume")
    return code, lines


def _leave(row: dict[str, Any], code: int, *, as_json: bool, at_once: bool = False) -> NoReturn:
    if as_json:
        click.echo(json.dumps(row, indent=2))
    sys.stdout.flush()
    sys.stderr.flush()
    if at_once:
        os._exit(code)  # workers may still be inside the sandbox; it dies with us
    raise SystemExit(code)
