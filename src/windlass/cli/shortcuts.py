"""Short names for daily work, each a command of its own: `vf` is `windlass verify --tier 0`."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from windlass.cli import root
from windlass.cli.table import COMMANDS

WORDS: Final = {
    "vf": ("verify", "--tier", "0"),
    "vp": ("verify", "--tier", "1"),
    "t0": ("verify", "--tier", "0"),
    "t1": ("verify", "--tier", "1"),
    "tw": ("verify", "--watch"),
    "fix": ("fix",),
    "gen": ("contract", "generate"),
    "qd": ("ratchet", "show"),
    "qr": ("ratchet", "show"),
    "qre": ("ratchet", "enforce"),
    "setup": ("init",),
}
"""What a short name stands for; what follows it is passed on. Beside these there are `qc` and `pp`."""
GO: Final = {"qc": (0, 8), "pp": (0,)}
"""Exit codes of the verification upon which git goes on. Before a commit a later tier may do what there was
no time for, as in the hooks.
"""
USAGE: Final = 2


def main() -> None:
    """Do what the name stands for by which this program was called."""
    name, given = Path(sys.argv[0]).stem, sys.argv[1:]
    if name in GO:
        sys.exit(_commit(given) if name == "qc" else _push(given))
    words = WORDS[name]
    if words[0] not in COMMANDS:
        click.echo(f"windlass {words[0]}: windlass has no such command yet", err=True)
        sys.exit(USAGE)
    sys.exit(_windlass([*words, *given]))


def _commit(given: Sequence[str]) -> int:
    """Commit what is staged, if it passes tier 0."""
    if not given or given[0].startswith("-"):
        click.echo('usage: qc "message" [further options of git commit]', err=True)
        return USAGE
    code = _windlass(["verify", "--staged"])
    return _git(["commit", "-m", *given]) if code in GO["qc"] else code


def _push(given: Sequence[str]) -> int:
    """Push, if what is committed passes tier 1."""
    code = _windlass(["verify", "--tier", "1", "--commit", "HEAD"])
    return _git(["push", *given]) if code in GO["pp"] else code


def _windlass(words: Sequence[str]) -> int:
    click.echo(f"+ windlass {' '.join(words)}", err=True)
    try:
        root.main(list(words))
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    return 0


def _git(words: Sequence[str]) -> int:
    """Become git, so that signals and the terminal are its own."""
    click.echo(f"+ git {words[0]}", err=True)
    sys.stdout.flush()
    os.execvp("git", ("git", *words))  # noqa: S606 - the user's own words, no shell
