"""Find a control group (v2) delegated to us, and name groups for runs below it.

Rules of delegation: kernel documentation, admin-guide/cgroup-v2.rst. A group that holds processes cannot hand
controllers to its children, so a usable place is one that already does so and that we may write to.
"""

import itertools
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from windlass.kernel import Unavailable
from windlass.sandbox.model import Limits

_NEEDED = frozenset({"memory", "pids"})
_EVENTS = (("memory_max", "memory.events", "oom_kill"), ("processes_max", "pids.events", "max"))
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


def shares_processors(delegation: Delegation) -> bool:
    """Whether groups made there can be given a share of the processors."""
    return "cpu" in (delegation.place / "cgroup.subtree_control").read_text().split()


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


@contextmanager
def group_of(path: str, values: Mapping[str, str]) -> Iterator[dict[str, int]]:
    """A group that lasts as long as one run; after the run, the yielded counters tell which bounds it met.

    After a kill the empty group stays until the next start sweeps it away. An empty path means no group.
    """
    met: dict[str, int] = {}
    if not path:
        yield met
        return
    group = Path(path)
    try:
        group.mkdir()
        for name, value in values.items():
            (group / name).write_text(value)
    except OSError as error:
        _drop(group)
        raise Unavailable(f"cannot make control group {path!r}: {error.strerror}") from error
    try:
        yield met
        met.update({word: _counter(group / name, key) for word, name, key in _EVENTS})
    finally:
        _drop(group)


def _counter(events: Path, key: str) -> int:
    pairs = dict(line.split() for line in events.read_text().splitlines())
    return int(pairs.get(key, 0))


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
