"""Find a control group (v2) delegated to us, and name groups for runs below it.

Rules of delegation: kernel documentation, admin-guide/cgroup-v2.rst. A group that holds processes cannot hand
controllers to its children, so a usable place is one that already does so and that we may write to.
"""

import itertools
import os
from dataclasses import dataclass
from pathlib import Path

from windlass.sandbox.model import Limits

_NEEDED = frozenset({"memory", "pids"})
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Delegation:
    """A group below which groups with memory and pids control may be made."""

    place: Path


def find_delegation(own: str, mounts: str) -> Delegation | None:
    """From the texts of /proc/self/cgroup and /proc/self/mountinfo: our own group or its parent, when it
    really works."""
    place = own_group(own, mounts)
    if place is None:
        return None
    return next((Delegation(path) for path in (place, place.parent) if _works(path)), None)


def own_group(own: str, mounts: str) -> Path | None:
    """Directory of our own group in the unified hierarchy, or None where there is none."""
    path = next((line[3:] for line in own.splitlines() if line.startswith("0::/")), None)
    fields = (line.split() for line in mounts.splitlines())
    top = next(
        (words[4] for words in fields if "-" in words and words[words.index("-") + 1] == "cgroup2"), None
    )
    return Path(top) / path.lstrip("/") if path is not None and top is not None else None


def new_group(delegation: Delegation | None, limits: Limits) -> tuple[str, dict[str, str]]:
    """Path of a group for one run and what to write into it; empty without delegation."""
    if delegation is None:
        return "", {}
    values = {"memory.max": limits.memory_max, "pids.max": limits.processes_max}
    written = {name: str(value) for name, value in values.items() if value is not None}
    return str(delegation.place / f"windlass-{os.getpid()}-{next(_NUMBERS)}"), written


def sweep(delegation: Delegation | None) -> None:
    """Remove empty groups that a killed process left; busy ones refuse to go and are somebody's."""
    if delegation is None:
        return
    for group in delegation.place.glob("windlass-*-*"):
        owner = group.name.split("-")[1]
        if owner.isdigit() and not Path("/proc", owner).exists():
            _drop(group)


def _works(place: Path) -> bool:
    """Whether a group made here gets both controllers and lets us set them: tried, because permissions alone
    do not tell."""
    trial = place / f"windlass-{os.getpid()}-{next(_NUMBERS)}"
    try:
        if not set((place / "cgroup.subtree_control").read_text().split()) >= _NEEDED:
            return False
        trial.mkdir()
    except OSError:
        return False
    try:
        (trial / "pids.max").write_text("64")
        (trial / "memory.max").write_text("max")
    except OSError:
        return False
    else:
        return os.access(trial / "cgroup.procs", os.W_OK)
    finally:
        _drop(trial)


def _drop(group: Path) -> None:
    try:
        group.rmdir()
    except OSError:  # busy or already gone: either way not ours to remove now
        return
