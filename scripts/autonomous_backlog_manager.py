#!/usr/bin/env python3
"""The founding name of the main loop, kept as a thin file over `windlass`.

    scripts/autonomous_backlog_manager.py --discover-only
    scripts/autonomous_backlog_manager.py --continuous --interval 30      (minutes)

The repository is REPO_ROOT, else the current directory. Further options go to the command.
"""

import argparse
import sys
from collections.abc import Sequence

from thin import become


def command(arguments: Sequence[str]) -> list[str]:
    """The arguments of `windlass` that mean the same."""
    parser = argparse.ArgumentParser(description="Find, rank and do work; a thin name for `windlass`.")
    parser.add_argument("--discover-only", action="store_true", help="windlass discover")
    parser.add_argument("--continuous", action="store_true", help="windlass run --continuous")
    parser.add_argument("--interval", type=int, metavar="MINUTES", help="time between two cycles")
    known, rest = parser.parse_known_args(arguments)
    if known.interval is not None and (known.interval < 1 or not known.continuous):
        parser.error("--interval takes whole minutes from 1 on, and goes with --continuous")
    if known.discover_only:
        if known.continuous:
            parser.error("--discover-only and --continuous do not go together")
        return ["discover", *rest]
    every = ["--interval", f"{known.interval}m"] if known.interval is not None else []
    return ["run", *(["--continuous"] if known.continuous else []), *every, *rest]


if __name__ == "__main__":
    become(command(sys.argv[1:]))
