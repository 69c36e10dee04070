#!/usr/bin/env python3
"""The founding name of the ratchet, kept as a thin file over `windlass`.

    tools/quality_ratchet.py              does the commit that is checked out hold every bound?
    tools/quality_ratchet.py --enforce    the same
    tools/quality_ratchet.py --report     value, bound, target, trend and forecast of each metric

`quality_ratchet.json` at the top of the repository is read. Nothing of a branch is recorded but evidence, so
`--no-record` changes nothing; `windlass ratchet enforce` lets the main branch count. Other options go to the
command.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

from thin import become

READ = "quality_ratchet.json"


def command(arguments: Sequence[str]) -> list[str]:
    """The arguments of `windlass` that mean the same."""
    parser = argparse.ArgumentParser(description="What must not get worse: `windlass ratchet`.")
    parser.add_argument("--enforce", action="store_true", help="windlass ratchet check HEAD")
    parser.add_argument("--report", action="store_true", help="windlass ratchet show")
    parser.add_argument("--no-record", action="store_true", help="nothing of a branch is recorded anyway")
    parser.add_argument("--config", metavar="FILE", help=f"{READ} at the top of the repository, or nothing")
    parser.add_argument("--project-root", metavar="PATH", help="the repository")
    known, rest = parser.parse_known_args(arguments)
    root = Path(known.project_root or ".")
    if known.config and Path(known.config).resolve() != (root / READ).resolve():
        parser.error(f"{known.config} is not read; bring it over with: windlass config import {known.config}")
    repo = ["--repo", known.project_root] if known.project_root else []
    return ["ratchet", *(["show"] if known.report else ["check", "HEAD"]), *repo, *rest]


if __name__ == "__main__":
    become(command(sys.argv[1:]))
