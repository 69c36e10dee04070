"""Which landing has which pull request: events say it, in the order in which it happened."""

import json
from dataclasses import replace
from typing import Any

from windlass import events
from windlass.events import Subject
from windlass.land import Landing
from windlass.pulls.model import Shown, Taken
from windlass.store import Transaction


def shown(tx: Transaction, repository_id: int) -> dict[int, Shown]:
    """The pull requests of a repository's landings, by the number of the landing."""
    rows = tx.rows(
        "SELECT kind, at, data FROM wl_event WHERE kind IN ('pull.opened', 'pull.closed', 'pull.refused')"
        " AND kind <> 'task.claimed' AND repository_id = :repository ORDER BY seq",
        repository=repository_id,
    )  # fmt: skip
    found: dict[int, Shown] = {}
    for row in rows:
        told: dict[str, Any] = json.loads(row["data"])
        found[told["landing"]] = _then(found.get(told["landing"], Shown()), row["kind"], row["at"], told)
    return found


def say(tx: Transaction, about: Landing, kind: str, now: float, **data: object) -> None:
    """Record what became of a landing's pull request."""
    subject = Subject(repository=about.repository_id, task=about.task_id, fence=about.fence)
    events.append(tx, kind, now, actor="windlass", about=subject, landing=about.id, **data)


def taken(tx: Transaction, repository_id: int) -> dict[int, Taken]:
    """The pull requests of people, by their numbers."""
    rows = tx.rows(
        "SELECT kind, task_id, data FROM wl_event WHERE kind IN ('pull.taken', 'pull.held', 'pull.left')"
        " AND kind <> 'task.claimed' AND repository_id = :repository ORDER BY seq",
        repository=repository_id,
    )  # fmt: skip
    found: dict[int, Taken] = {}
    for row in rows:
        told: dict[str, Any] = json.loads(row["data"])
        number, commit = told["number"], told["commit"]
        before = found.get(number)
        same = before is not None and before.commit == commit
        if row["kind"] == "pull.taken" or not same or before is None:
            tries = before.tries + 1 if same and before is not None else 1
            before = Taken(number, commit, row["task_id"] or 0, tries=tries)
        if row["kind"] == "pull.held":
            before = replace(before, held=True)
        elif row["kind"] == "pull.left":
            before = replace(before, over=True, again=told["again"])
        found[number] = before
    return found


def note(tx: Transaction, repository_id: int, kind: str, one: Taken, **data: object) -> None:
    """Record what became of a pull request of a person's."""
    subject = Subject(repository=repository_id, task=one.task or None)
    events.append(
        tx, kind, tx.now(), actor="windlass", about=subject, number=one.number, commit=one.commit, **data
    )


def _then(before: Shown, kind: str, at: float, told: dict[str, Any]) -> Shown:
    if kind == "pull.opened":
        return Shown(told["number"], told["branch"], told["commit"])
    if kind == "pull.closed":
        return replace(before, closed=True)
    return replace(before, refused_at=at)
