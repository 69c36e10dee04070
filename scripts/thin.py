"""What the thin files with founding names share: the windlass of this clone, else the one on the path."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

OWN = Path(__file__).resolve().parent.parent / ".venv" / "bin" / "windlass"
NOT_SET_UP = 69


def become(words: Sequence[str]) -> None:
    """Go on as `windlass` with these words."""
    program = _program()
    os.execv(program, [program, *words])  # noqa: S606 - our own program


def call(words: Sequence[str]) -> int:
    """Run `windlass` with these words; its exit code."""
    return subprocess.run((_program(), *words), check=False).returncode


def _program() -> str:
    found = str(OWN) if OWN.exists() else shutil.which("windlass")
    if found is None:
        print("windlass is not set up\n  try: ./start.sh --setup-only", file=sys.stderr)
        sys.exit(NOT_SET_UP)
    return found
