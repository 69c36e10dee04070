"""Nights on record: what a server measured of the main branch by itself, as the log of events tells it.

There is no table of nights. When the last one was, and what is known of which tree, is read from the events
themselves.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final

from windlass.events import Subject, append
from windlass.kernel import iso
from windlass.store import Transaction

NIGHTS_MAX: Final = 60
"""Nights of each state that are looked at: a week has seven nights, and a night may begin anew."""
PARTS_MAX: Final = 600
"""Measurements that are looked at for those of one tree: those of half a year."""
TRIES_MAX: Final = 3
"""Nights in which a measurement that gives no answer is tried on one tree."""
WHY_MAX: Final = 10
TEXT_MAX: Final = 200
"""Reasons in an event, and characters of each."""
MEASURED: Final = "night.measured"


class Every(Enum):
    """How often. A week's night measures more, so it goes first and makes the night's unneeded."""

    WEEK = "week"
    NIGHT = "night"


class State(Enum):
    """`unchanged`: all that could be measured of this tree was measured before."""

    BEGAN = "night.began"
    FINISHED = "night.finished"
    UNCHANGED = "night.unchanged"


_STATES: Final = {
    State.BEGAN: "under way since", State.FINISHED: "ended", State.UNCHANGED: "nothing new at",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One measurement. `final`: another try on this tree would tell nothing more. `why`: what failed, or why
    it is unknown.
    """

    name: str
    said: str
    final: bool = True
    why: tuple[str, ...] = ()
    figures: Mapping[str, float | None] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Night:
    """`due`: when its hour struck; `at`: when it came to its state. Both in unix seconds."""

    every: Every
    due: float
    branch: str
    commit: str
    tree: str
    state: State = State.BEGAN
    at: float = 0.0


def newest(tx: Transaction, repository: int, every: Every) -> Night | None:
    """The newest night of a kind, in the state it is in; None before the first."""
    found = [
        (seq, Night(every, _moment(data["due"]), data["branch"], data["commit"], data["tree"], state, at))
        for state in State
        for seq, at, data in _events(tx, repository, state.value, NIGHTS_MAX)
        if data["every"] == every.value
    ]
    return max(found, key=lambda one: one[0])[1] if found else None


def parts(tx: Transaction, repository: int, night: Night) -> dict[str, Part]:
    """What is known of a night's tree by name, the newest of each: final, or measured in this very night, or
    as often as there is any sense in it.
    """
    told: dict[str, Part] = {}
    tries: Counter[str] = Counter()
    for _, _, data in reversed(_events(tx, repository, MEASURED, PARTS_MAX)):
        if data["tree"] == night.tree:
            name = data["part"]
            ours = data["every"] == night.every.value and _moment(data["due"]) == night.due
            tries[name] += 1
            if data["final"] or ours or tries[name] >= TRIES_MAX:
                told[name] = _part(data)
    return told


def keep(tx: Transaction, repository: int, night: Night) -> None:
    """Put a night's beginning on record, or that there is nothing to measure."""
    append(tx, night.state.value, tx.now(), about=Subject(repository), **_about(night))


def keep_part(tx: Transaction, repository: int, night: Night, part: Part) -> None:
    append(
        tx, MEASURED, tx.now(), about=Subject(repository), **_about(night), part=part.name, said=part.said,
        final=part.final, why=[one[:TEXT_MAX] for one in part.why[:WHY_MAX]], figures=dict(part.figures),
        seconds=round(part.seconds, 3),
    )  # fmt: skip


def finish(tx: Transaction, repository: int, night: Night, found: Sequence[Part]) -> None:
    """End a night with what it came to."""
    said = {one.name: one.said for one in found}
    bad = "failed" in said.values()
    severity = {"severity": "critical"} if bad else {}
    append(
        tx, State.FINISHED.value, tx.now(), about=Subject(repository), **_about(night), said=said,
        unknown=[f"{one.name}: {'; '.join(one.why)}"[:TEXT_MAX] for one in found if one.said == "unknown"],
        seconds=round(sum(one.seconds for one in found), 3), **severity,
    )  # fmt: skip


def told(tx: Transaction, repository: int) -> list[str]:
    """The newest night of every kind in a line: when, of which commit, and what it gave; none before the
    first.
    """
    lines = []
    for every in Every:
        night = newest(tx, repository, every)
        if night is not None:
            known = parts(tx, repository, night)
            found = "; ".join(_words(known[name]) for name in sorted(known)) or "nothing yet"
            when = f"{_STATES[night.state]} {iso(night.at)}"
            lines.append(f"{every.value} of {night.commit[:12]}, {when}: {found}")
    return lines


def _words(part: Part) -> str:
    told = part.figures
    if part.name == "recall" and (share := told.get("recall")) is not None:
        more = f" ({100 * share:.1f} % of {told.get('faults') or 0:.0f} faults)"
    elif part.name.startswith("mutation") and (score := told.get("score")) is not None:
        more = f" (score {score:.1f} %)"
    else:
        more = f" ({'; '.join(part.why)[:TEXT_MAX]})" if part.why else ""
    return f"{part.name} {part.said}{more}"


def tended_since(tx: Transaction, repository: int) -> float:
    """When the repository came under care."""
    return float(tx.scalar("SELECT added_at FROM wl_repository WHERE id = :id", id=repository) or 0.0)


def _about(night: Night) -> dict[str, str]:
    return {
        "every": night.every.value, "due": iso(night.due), "branch": night.branch, "commit": night.commit,
        "tree": night.tree,
    }  # fmt: skip


def _events(
    tx: Transaction, repository: int, kind: str, most: int
) -> list[tuple[int, float, Mapping[str, Any]]]:
    """The newest events of a kind, newest first."""
    rows = tx.rows(
        # What names 'task.claimed' may use the index of kinds, which leaves that one out.
        "SELECT seq, at, data FROM wl_event WHERE kind = :kind AND kind <> 'task.claimed'"
        " AND repository_id = :repository ORDER BY seq DESC LIMIT :most",
        kind=kind, repository=repository, most=most,
    )  # fmt: skip
    return [(int(row["seq"]), float(row["at"]), json.loads(row["data"])) for row in rows]


def _part(data: Mapping[str, Any]) -> Part:
    return Part(
        data["part"], data["said"], data["final"], tuple(data["why"]), data["figures"], data["seconds"]
    )


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
