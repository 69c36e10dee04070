"""After a crash: end the leases of dead nodes, remove what their attempts left behind."""

import shutil
from dataclasses import dataclass
from typing import Final

from windlass.dispatch import records, state
from windlass.dispatch.mark import CONTROL
from windlass.dispatch.model import TASK
from windlass.dispatch.site import Site
from windlass.dispatch.snapshots import reap
from windlass.events import Subject, append
from windlass.kernel import NotFound
from windlass.store import Transaction
from windlass.workspace import Attempt, Moved

BEAT_MAX_S: Final = 15.0
"""A node whose last beat is older than this is dead."""
FOREVER_S: Final = 1e9
TOLD_MAX: Final = 20
"""Processes of one attempt that are told one by one."""
PINS: Final = "refs/windlass/submissions/"


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was ended or removed."""

    released: tuple[int, ...]
    attempts: tuple[str, ...]
    pins: tuple[str, ...]
    saved: tuple[str, ...] = ()
    """What became of the files of each attempt that had some, in words."""


def recover(site: Site, now: float) -> Recovered:
    """Bring the site into a state as if no attempt had ever died. Repeatable; never touches a live
    attempt.
    """
    released = site.database.write(lambda tx: _release(tx, site, now))
    live = {(lease.task_id, lease.fence) for lease in site.database.read(records.leases)}
    removed, saved = _attempts(site, live)
    return Recovered(tuple(released), removed, _pins(site, live), saved)


def _release(tx: Transaction, site: Site, now: float) -> list[int]:
    """On SQLite one process owns the home, so every other server is dead; on PostgreSQL its beat decides.

    A holder that is no server, such as a worker on another host, is judged by its lease alone.
    """
    nodes = {lease.node for lease in records.leases(tx)} - {site.node}
    dead = records.silent_nodes(tx, nodes, now + FOREVER_S if tx.lite else now - BEAT_MAX_S)
    return [task for node in sorted(dead) for task in records.release_node(tx, node, tx.now())]


def _attempts(site: Site, live: set[tuple[int, int]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    root = site.folders.attempts
    removed, saved = [], []
    for attempt in Attempt.list(root) if root.is_dir() else []:
        if _names(attempt.branch.removeprefix("windlass/").replace("/", ".")) not in live:
            why = "whoever worked on it is dead"
            told, ended = reap(site.launcher, attempt, site.author, at=site.clock(), why=why)
            if told or ended:
                _tell(site, attempt, told, ended)
            if told:
                saved.append(f"{attempt.branch}: {told}")
            removed.append(attempt.branch)
    for control in sorted((root / CONTROL).glob("*.*")):
        if _names(control.name) not in live:
            shutil.rmtree(control, ignore_errors=True)
    Attempt.sweep(root)
    state.sweep(root, lambda task_id: _over(site, task_id))
    return tuple(removed), tuple(saved)


def _tell(site: Site, attempt: Attempt, saved: str, ended: tuple[str, ...]) -> None:
    task_id, fence = _names(attempt.home.name)
    about = Subject(site.repository.id, None, task_id, fence)

    def work(tx: Transaction) -> None:
        append(tx, "attempt.reaped", tx.now(), about=about, saved=saved, processes=list(ended[:TOLD_MAX]))

    site.database.write(work)


def _over(site: Site, task_id: int) -> bool:
    def look(tx: Transaction) -> bool:
        try:
            return TASK.final(records.task(tx, task_id).status)
        except NotFound:
            return True

    return site.database.read(look)


def _pins(site: Site, live: set[tuple[int, int]]) -> tuple[str, ...]:
    """Pins that no submission names: their worker died, or lost its lease, between pinning and submitting."""
    removed = []
    for name, oid in site.mirror.refs(PINS).items():
        task_id, fence = _names(name.removeprefix(PINS).replace("/", "."))
        if (task_id, fence) in live or _submitted(site, task_id, fence):
            continue
        try:
            site.mirror.delete_ref(name, oid)
        except Moved:
            continue  # somebody else was faster
        removed.append(name)
    return tuple(removed)


def _submitted(site: Site, task_id: int, fence: int) -> bool:
    return site.database.read(lambda tx: records.submitted(tx, task_id, fence))


def _names(text: str) -> tuple[int, int]:
    """Task and fence of `12.3`; a name that is not ours belongs to no live attempt."""
    task_id, _, fence = text.partition(".")
    return (int(task_id), int(fence)) if task_id.isdigit() and fence.isdigit() else (0, 0)
