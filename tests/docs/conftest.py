"""A user's desk: an empty home, a data home, a repository in ~/src/shop, and a shell."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.environments import VARIABLE, shared
from windlass.app.demo import make_demo

SHELL_S = 400


@dataclass
class Desk:
    """Where the commands of a page are run, in one shell, stopping at the first that fails."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "user"

    @property
    def shop(self) -> Path:
        return self.home / "src" / "shop"

    def run(self, script: str) -> str:
        """What was printed, both streams; fails with it when a command fails."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], cwd=self.home, env=self._environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SHELL_S,
        )  # fmt: skip
        said = done.stdout.decode("utf-8", "replace")
        assert done.returncode == 0, f"exit {done.returncode} of\n{script}\n{said}"
        return said

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WINDLASS_")}
        own = Path(sys.executable).parent
        people = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
                  for what, value in (("NAME", "Ann"), ("EMAIL", "ann@example.org"))}  # fmt: skip
        return {
            **kept, **people, "HOME": str(self.home), "WINDLASS_HOME": str(self.folder / "home"),
            "XDG_CONFIG_HOME": str(self.home / ".config"), "PATH": f"{own}{os.pathsep}{kept['PATH']}",
            "GIT_CONFIG_NOSYSTEM": "1", "COLUMNS": "100", VARIABLE: str(shared()), **self.env,
        }  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    make_demo(made.shop)
    return made
