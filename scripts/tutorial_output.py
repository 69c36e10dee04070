#!/usr/bin/env python3
"""Run the commands of docs/tutorial/first-turn.md in a fresh home and write what they printed under them.

    .venv/bin/python scripts/tutorial_output.py

Each `sh` block of the page is run, in order and in one shell; a `text` block right behind it is replaced by
what the block printed on the terminal. The fresh home is written as `~`.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "tutorial" / "first-turn.md"
STEP = re.compile(
    r"^```sh\n(?P<script>.*?)^```\n(?:\n```text\n(?P<shown>.*?)^```\n)?", re.MULTILINE | re.DOTALL
)
MARK = "=== end of step ==="
LIMIT_S = 600


def printed(scripts: Sequence[str], home: Path) -> list[str]:
    """What each script printed, run one after the other in one shell that stops at the first failure."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WINDLASS_")}
    env = {
        **kept,
        "HOME": str(home),
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "USER": "you",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
    }
    whole = "".join(f"{script}\necho '{MARK}'\n" for script in scripts)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", whole], cwd=home, env=env, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_S,
    )  # fmt: skip
    said = done.stdout.decode("utf-8", "replace").replace(str(home), "~")
    if done.returncode:
        raise SystemExit(f"a command of the tutorial ended with {done.returncode}:\n{said}")
    return [part.strip("\n") for part in said.split(MARK)][: len(scripts)]


def filled(page: str, outputs: Sequence[str]) -> str:
    """The page with the outputs in the places of the old ones."""
    left = iter(outputs)

    def step(found: re.Match[str]) -> str:
        output = next(left)
        head = f"```sh\n{found['script']}```\n"
        return head if found["shown"] is None else f"{head}\n```text\n{output}\n```\n"

    return STEP.sub(step, page)


def main() -> int:
    page = PAGE.read_text(encoding="utf-8")
    scripts = [found["script"] for found in STEP.finditer(page)]
    with tempfile.TemporaryDirectory(prefix="windlass-tutorial-") as folder:
        outputs = printed(scripts, Path(folder).resolve())
    PAGE.write_text(filled(page, outputs), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(scripts)} steps ran")
    return 0


if __name__ == "__main__":
    sys.exit(main())
