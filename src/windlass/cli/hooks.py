"""`windlass hooks …`: git asks windlass before a commit and before a push."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from windlass import app
from windlass.app import Plant
from windlass.cli.checking import Checking
from windlass.cli.opening import opened
from windlass.cli.render import emit, note, output_options, repo_option, table
from windlass.cli.verify import EXIT, lines
from windlass.kernel import NotFound, Unavailable
from windlass.workspace import Checkout

hooks, verifying = app.verifying.hooks, app.verifying
HOOKS = hooks.HOOKS
PUSHED_MAX: Final = 20
"""References of one push that are judged; a push of more is refused."""
LINE_MAX: Final = 64 * 1024


@click.command(help="Judge what is staged before each commit, and what is pushed before each push.")
@repo_option
def install(repo: str | None) -> None:
    found = hooks.install(_checkout(repo), _program())
    _tell(found)
    note("Once without: git commit --no-verify, git push --no-verify")


@click.command(help="Take the hooks away, and put back what was there before.")
@repo_option
def remove(repo: str | None) -> None:
    _tell(hooks.remove(_checkout(repo)))


@click.command(help="Say which hooks are installed, and where.")
@repo_option
@output_options
def status(repo: str | None, as_json: bool, fields: str | None) -> None:
    found = hooks.status(_checkout(repo))
    data = [
        {"hook": one.name, "state": one.standing.value, "tier": one.tier, "path": str(one.path)}
        for one in found
    ]
    emit(data, as_json=as_json, fields=fields, lines=lambda: _rows(found))


@click.command(help="Do what a hook does: git calls this, or a hook of your own.")
@click.argument("name", type=click.Choice(list(HOOKS)))
@repo_option
def run(name: str, repo: str | None) -> None:
    given = sys.stdin.read(LINE_MAX) if name == "pre-push" else ""
    with opened(repo) as plant:
        checking, tier = Checking(), HOOKS[name]
        asked = verifying.Verifying(plant, checking.heard)
        aims = [_staged()] if name == "pre-commit" else list(_pushed(plant, given))
        with checking:
            found = [asked.verify(tier, aim) for aim in aims]
        codes = [_judged(name, one) for one in found]
    raise SystemExit(max(codes, default=0))


def _staged() -> verifying.Aim:
    index = os.environ.get("GIT_INDEX_FILE")
    return verifying.Aim(staged=True, index=Path(index).absolute() if index else None)


def _pushed(plant: Plant, given: str) -> Iterator[verifying.Aim]:
    """What a push brings, as git tells its hook: local name, commit, name there, commit there. A branch or
    tag that is new there and holds nothing but what the main branch here has brings nothing to judge.
    """
    checkout = plant.checkout
    pushed = {}
    for line in given.splitlines():
        _, named, name, there = line.split(" ")
        if not named.strip("0"):  # it is deleted there
            continue
        commit = checkout.resolve(named)  # of a tag the one it is for
        if there.strip("0") or name == f"refs/heads/{checkout.main}" or not _in_main(plant, commit):
            pushed[commit] = there
        else:
            note(f"{name} holds nothing that {checkout.main} does not have: not judged")
    if len(pushed) > PUSHED_MAX:
        raise Unavailable(f"{len(pushed)} references are pushed at once", hint="git push --no-verify")
    for commit, there in pushed.items():
        try:
            yield verifying.Aim(commit=commit, against=checkout.resolve(there))
        except NotFound:  # new there, or never fetched
            yield verifying.Aim(commit=commit)


def _in_main(plant: Plant, commit: str) -> bool:
    main = plant.mirror.sync(plant.checkout)
    plant.mirror.bring(plant.checkout, commit)
    return plant.mirror.merge_base(main, commit) == commit


def _judged(name: str, found: verifying.Verified) -> int:
    """Told to the person, as an exit code for git: before a commit a later tier may do what there was no time
    for, after a push nothing does.
    """
    for line in lines(found):
        note(line)
    if found.verdict is verifying.Verdict.DEFERRED and name == "pre-commit":
        return 0
    if found.verdict is verifying.Verdict.DEFERRED:
        note("Nothing judges what was deferred after a push: give it time with [verify] limit.pr.")
    return EXIT[found.verdict.value]


def _checkout(repo: str | None) -> Checkout:
    return Checkout.open(Path(repo or "."))


def _program() -> Path:
    """The windlass that runs now, for hooks that run later."""
    found = Path(sys.executable).with_name("windlass")
    if not found.exists():
        raise NotFound(f"there is no program {found}", hint="install windlass as its README says")
    return found


def _tell(found: list[hooks.Hook]) -> None:
    for line in _rows(found):
        click.echo(line)


def _rows(found: list[hooks.Hook]) -> list[str]:
    return table(
        ("HOOK", "STATE", "TIER", "FILE"),
        [(one.name, one.standing.value, one.tier, one.path) for one in found],
    )
