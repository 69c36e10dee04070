"""Worktrees that somebody asked for by name: a folder to work in, beside the user's own checkout.

Each is a private repository like that of an attempt. Nothing in it is trusted: no git of ours runs there, and
its files become a commit inside the sandbox. It is removed only when that commit is kept.
"""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from windlass import dispatch
from windlass.app.wiring import Plant
from windlass.dispatch import Site
from windlass.kernel import Conflict, Invalid, NotFound, WindlassError
from windlass.store import Transaction
from windlass.workspace import Attempt

snapshots = dispatch.snapshots
FOLDER: Final = "worktrees"
MADE: Final = "made.json"
NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
"""A name begins with a letter, so that it is never taken for the number of a task."""
WORKTREES_MAX: Final = 100
"""Of one repository at once."""
SNAPSHOTS: Final = f"{snapshots.REFS}worktrees/"


@dataclass(frozen=True, slots=True)
class Worktree:
    """`path`: where to work. `task`: what it is for, if for one. `worker`: who works on that task now."""

    name: str
    path: Path
    base: str
    task: int | None
    by: str
    worker: str = ""


class Worktrees:
    """Those of one repository. What a crash left of one that was made or removed goes with the next call."""

    def __init__(self, plant: Plant, site: Site) -> None:
        self._plant, self._site = plant, site
        self._root = plant.home.path / FOLDER / str(plant.repository.id)
        Attempt.sweep(self._root)

    def create(self, name: str, base: str, *, task: int | None, by: str) -> Worktree:
        """Make one at a commit of the mirror, complete or not at all."""
        if not NAME.fullmatch(name):
            hint = "a letter, then letters, digits, _ and -; at most 40"
            raise Invalid(f"{name!r} is no name for a worktree", hint=hint)
        if len(self._attempts()) >= WORKTREES_MAX:
            raise Conflict(f"there are {WORKTREES_MAX} worktrees", hint="windlass worktree remove NAME")
        if name in self._attempts():
            raise Conflict(
                f"worktree {name!r} exists", hint=f"windlass worktree remove {name}, or another name"
            )
        made = Attempt.create(self._site.mirror, self._root, base, f"windlass/{name}")
        (made.home / MADE).write_text(json.dumps({"task": task, "by": by}))
        return self.named(name)

    def all(self) -> list[Worktree]:
        """By name."""
        found = self._attempts().values()
        return self._plant.database.read(lambda tx: [_worktree(tx, one) for one in found])

    def named(self, name: str) -> Worktree:
        attempt = self._attempt(name)
        return self._plant.database.read(lambda tx: _worktree(tx, attempt))

    def has(self, name: str) -> bool:
        return name in self._attempts()

    def commit(self, name: str) -> str:
        """Its files as they are, as a commit on the one it began with; that one where nothing differs."""
        site = self._site
        return snapshots.taken(
            site.launcher, self._attempt(name), site.author, at=site.clock(), why=f"worktree {name}"
        )

    def hand_in(self, name: str, *, by: str) -> int:
        """Offer its files for its task, through the door of any worker; the task's number.

        Conflict where it has none, and as `dispatch.tries.offer` has it.
        """
        one = self.named(name)
        if one.task is None:
            hint = f"make one for a task from it: windlass worktree create --task ID --from {name}"
            raise Conflict(f"worktree {name!r} is for no task", hint=hint)
        dispatch.tries.offer(
            self._site,
            self._attempt(name),
            one.task,
            worker=f"{by}/{name}",
            note=f"the files of worktree {name}",
        )
        return one.task

    def remove(self, name: str, *, force: bool) -> str:
        """Keep its files as a commit, then take it away; under which reference, empty when nothing differed.

        Conflict while somebody works in it or on its task, unless forced, and always when its files cannot be
        kept.
        """
        one, mirror = self.named(name), self._site.mirror
        busy = f"{one.worker} works on its task {one.task}" if one.worker else _inside(one.path)
        if busy and not force:
            hint = f"wait for that to end, or: windlass worktree remove {name} --force"
            raise Conflict(f"worktree {name!r} is in use: {busy}", hint=hint)
        kept = ""
        try:
            commit = self.commit(name)
            if commit != one.base:
                kept = f"{SNAPSHOTS}{name}/{len(mirror.refs(f'{SNAPSHOTS}{name}/')) + 1}"
                mirror.set_ref(kept, commit, expected=None)
        except WindlassError as error:
            what = f"the files of worktree {name!r} cannot be kept, so it stays: {error}"
            raise Conflict(what, hint=f"look into {one.path}") from error
        self._attempt(name).remove()
        return kept

    def _attempts(self) -> dict[str, Attempt]:
        found = Attempt.list(self._root) if self._root.is_dir() else []
        return {one.home.name: one for one in found}

    def _attempt(self, name: str) -> Attempt:
        if (found := self._attempts().get(name)) is None:
            raise NotFound(f"there is no worktree {name!r}", hint="windlass worktree list")
        return found


def _worktree(tx: Transaction, attempt: Attempt) -> Worktree:
    place = attempt.home / MADE
    facts: dict[str, Any] = json.loads(place.read_text()) if place.exists() else {}
    task = facts.get("task")
    lease = None if task is None else dispatch.lease_of(tx, task)
    worker = lease.worker if lease is not None and lease.expires_at > tx.now() else ""
    return Worktree(attempt.home.name, attempt.path, attempt.base, task, facts.get("by", ""), worker)


def _inside(path: Path) -> str:
    """A process that works in a folder, in words; empty where none is seen, as on systems without /proc."""
    for place in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if place.readlink().is_relative_to(path):
                return f"process {place.parent.name} works in it"
    return ""
