"""`windlass compete`: several agents at the same work; what each made is measured, the best is taken."""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from windlass.app import Ended, Order, Wish, Yard
from windlass.cli.carrying import carry, check_free
from windlass.cli.duration import seconds
from windlass.cli.opening import opened, who
from windlass.cli.progress import Progress
from windlass.cli.render import emit, output_options, repo_option
from windlass.cli.run import CODES
from windlass.cli.trial_view import trial_lines, trial_row
from windlass.kernel import Invalid
from windlass.trials import Pattern, Plan, TrialState, Variant

NO, LATE = 1, 124
_MANY: Final = re.compile(r"(.+)\*(\d+)")


@click.command(help="Let several agents try the same work, measure what each made, and take the best.")
@click.argument("item", type=int, required=False)
@click.option(
    "--runners", required=True, metavar="A,B,C",
    help="Who tries: names of runners; safe=a names the entry, a*3 stands for three of one.",
)  # fmt: skip
@click.option(
    "--pattern", type=click.Choice([one.value for one in Pattern]), default="competition", show_default=True,
    help="How they work: see the page on evaluation.",
)  # fmt: skip
@click.option("--title", help="Without ITEM: what has to be done.")
@click.option("--path", "paths", multiple=True, metavar="PATH", help="Without ITEM: a file it may change.")
@click.option("--text", default="", help="Without ITEM: more about it.")
@click.option(
    "--tell", multiple=True, metavar="NAME=TEXT", help="What one entry is told beside the task; repeatable."
)
@click.option(
    "--part", multiple=True, metavar="NAME=PATH", help="With parallel: a file that one entry may change."
)
@click.option(
    "--accept",
    multiple=True,
    metavar="CHECK",
    help="What has to pass in the finished tree: a test or a command; repeatable.",
)
@click.option("--depth", default=3, show_default=True, help="With tree: how many rounds at most.")
@click.option("--tries", default=1, show_default=True, help="Attempts of each entry.")
@click.option("--rounds", type=int, help="Runs of the tests on each tree; default: 3, for ab 5.")
@click.option("--within", default="2h", show_default=True, help="When the slow are left behind.")
@click.option("--no-run", is_flag=True, help="Only file it: whoever runs this repository does the rest.")
@click.option("--land", is_flag=True, help="Move the main branch; else the result is a branch and a patch.")
@click.option("--trust", is_flag=True, help="Without a sandbox. Never lands by itself.")
@repo_option
@output_options
def compete(
    *, item: int | None, repo: str | None, as_json: bool, fields: str | None, no_run: bool, **told: Any
) -> None:
    plan = _plan(told)
    wish = Wish(repo=Path(repo) if repo else None, trust=bool(told["trust"]), land=bool(told["land"]))
    with opened(repo, trust=wish.trust) as plant:
        if not no_run:
            check_free(plant)
        shown = Yard(plant).begin(_work(item, told), plan, who())
    ended = None if no_run else carry(wish, (shown.trial.task,), None, lambda _: Progress(verbose=False))
    with opened(repo) as plant:
        shown = Yard(plant).show(shown.trial.task)
    emit(trial_row(shown), as_json=as_json, fields=fields, lines=lambda: trial_lines(shown))
    sys.stdout.flush()
    if ended is Ended.STOPPED:
        os._exit(CODES[ended])  # workers may still be inside the sandbox; it dies with us
    if shown.trial.state is TrialState.RUNNING and not no_run:
        raise SystemExit(LATE)
    raise SystemExit(NO if shown.trial.state in (TrialState.UNDECIDED, TrialState.ENDED) else 0)


def _work(item: int | None, told: dict[str, Any]) -> int | Order:
    if item is not None:
        return item
    if not told["title"] or not told["paths"]:
        raise click.UsageError("Name an item, or give --title and --path.")
    return Order(told["title"], "", tuple(told["paths"]), text=told["text"])


def _plan(told: dict[str, Any]) -> Plan:
    pattern = Pattern(told["pattern"])
    words, parts = _pairs(told["tell"]), _pairs(told["part"])
    variants = tuple(
        Variant(name, runner, " ".join(words.pop(name, [])), tuple(parts.pop(name, [])))
        for name, runner in named(told["runners"].split(","))
    )
    if unknown := sorted({*words, *parts}):
        raise Invalid(f"no entry is named {unknown[0]!r}", hint=f"there are: {[v.name for v in variants]}")
    rounds = told["rounds"] or (5 if pattern is Pattern.AB else 3)
    within = seconds(told["within"]) or 0.0
    return Plan(
        pattern, variants, tuple(told["accept"]), told["depth"], told["tries"], rounds, within
    )  # fmt: skip


def named(words: Sequence[str]) -> list[tuple[str, str]]:
    """Entry and runner of each word: `a`, `safe=a` or `a*3`, which is a1, a2 and a3."""
    found = []
    for word in filter(None, map(str.strip, words)):
        if many := _MANY.fullmatch(word):
            found += [(f"{many[1]}{number}", many[1]) for number in range(1, int(many[2]) + 1)]
            continue
        name, equals, runner = word.partition("=")
        found.append((name, runner if equals else name))
    return found


def _pairs(words: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise Invalid(f"{word!r} names no entry", hint="write NAME=TEXT")
        found.setdefault(name, []).append(text)
    return found
