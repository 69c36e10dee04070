"""How commands get at a repository and its database."""

import os
from pathlib import Path

from windlass.app import Plant, Wish, open_plant


def opened(repo: str | None, *, trust: bool = False, land: bool = False) -> Plant:
    """Open the repository named by --repo, or the one around the current directory."""
    where = Path(repo) if repo else None
    return open_plant(Wish(repo=where, trust=trust, land=land), os.environ)


def who() -> str:
    """The person at this terminal, for events and answers."""
    return os.environ.get("SUDO_USER") or os.environ.get("USER") or f"uid-{os.getuid()}"
