#!/usr/bin/env python3
"""The founding name of the look for drift, kept as a thin file over `windlass`.

    tools/schema_drift.py --check [--base REF]    exit code 1 when a contract is broken, or a service off its
                                                  contract, that was not so at REF (default: HEAD~1)
    tools/schema_drift.py --report                the same, told only

Exit code 9 where there is no contract to look at.

Contracts are found in the repository, services are those of [[verify.service]]. Other options go to
`windlass verify`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

from thin import call

FAILED = 1


def command(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """The arguments of `windlass` that mean the same, and whether a failure counts."""
    parser = argparse.ArgumentParser(description="Contracts and services: `windlass verify`.")
    parser.add_argument("--check", action="store_true", help="exit code 1 when something new is wrong")
    parser.add_argument("--base", metavar="REF", default="HEAD~1", help="compare with it; default: HEAD~1")
    parser.add_argument("--report", action="store_true", help="tell it only")
    parser.add_argument("--project-root", metavar="PATH", help="the repository")
    known, rest = parser.parse_known_args(arguments)
    repo = ["--repo", known.project_root] if known.project_root else []
    words = ["verify", "--only", "contract", "--against", known.base, *repo, *rest, "."]
    return words, known.check and not known.report


def main() -> int:
    words, counts = command(sys.argv[1:])
    code = call(words)
    return 0 if code == FAILED and not counts else code


if __name__ == "__main__":
    sys.exit(main())
