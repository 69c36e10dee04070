"""Attempts whose files could not be saved: kept as they are for a while, in bounded number and age."""

import os
import time
from pathlib import Path
from typing import Final

from windlass.workspace.trash import throw_away

ASIDE: Final = ".aside"
ASIDE_MAX: Final = 20
ASIDE_S: Final = 14 * 86_400.0


def set_aside(home: Path) -> Path:
    """Move an attempt out of the way; where to."""
    place = home.parent / ASIDE / home.name
    place.parent.mkdir(exist_ok=True)
    throw_away(place)  # the same attempt, from a time when we were killed here
    home.rename(place)
    os.utime(place)
    return place


def prune(root: Path, *, now: float | None = None) -> int:
    """Delete what is too old, and the oldest of what is too many; how many."""
    known = sorted(set_asides(root), key=lambda one: one.stat().st_mtime, reverse=True)
    oldest = (time.time() if now is None else now) - ASIDE_S
    over = [one for n, one in enumerate(known) if n >= ASIDE_MAX or one.stat().st_mtime < oldest]
    for one in over:
        throw_away(one)
    return len(over)


def set_asides(root: Path) -> list[Path]:
    """The folders that are kept."""
    folder = root / ASIDE
    return [one for one in sorted(folder.iterdir()) if "." in one.name[1:]] if folder.is_dir() else []

