"""Instances in the database. Each function is part of one transaction of its caller.

Many rows are locked in the order of their names, so two bulk beats cannot deadlock.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from windlass.events import append
from windlass.fleet.model import (
    BEAT_MAX_S,
    BEAT_MIN_S,
    CAPACITY_MAX,
    INSTANCE,
    Instance,
    InstanceState,
    check_level,
    check_name,
    check_words,
)
from windlass.kernel import Invalid, NotFound
from windlass.store import Row, Transaction

BEATS_MAX: Final = 10_000
"""Instances that beat in one call."""
INSTANCES_MAX: Final = 10_000
REASON_MAX: Final = 1_000
BEAT_EVERY_S: Final = 10.0

_COLUMNS: Final = (
    "id, kind, host, lanes, skills, capacity, state, reason, beat, beat_every_s, started_at, version"
)


@dataclass(frozen=True, slots=True)
class Beats:
    """What a bulk beat found: who is on record, who of those is to drain, who has to register (again)."""

    known: tuple[str, ...]
    draining: tuple[str, ...]
    unknown: tuple[str, ...]


def register(
    tx: Transaction,
    name: str,
    now: float,
    *,
    kind: str,
    host: str,
    lanes: Sequence[str] = (),
    skills: Mapping[str, float] | None = None,
    capacity: int = 1,
    beat_every_s: float = BEAT_EVERY_S,
    version: str = "",
) -> Instance:
    """Put an instance on record, alive from now on; the same name again replaces what it said before.

    No lanes: every lane. No skills: a generalist.
    """
    levels = dict(skills or {})
    _check(name, tuple(lanes), levels, capacity, beat_every_s)
    tx.execute(
        "INSERT INTO wl_instance (id, kind, host, lanes, skills, capacity, state, reason, beat, beat_every_s,"
        " started_at, version) VALUES (:id, :kind, :host, :lanes, :skills, :capacity, 'live', '', :now,"
        " :every, :now, :version) ON CONFLICT (id) DO UPDATE SET kind = :kind, host = :host, lanes = :lanes,"
        " skills = :skills, capacity = :capacity, state = 'live', reason = '', beat = :now,"
        " beat_every_s = :every, started_at = :now, version = :version",
        id=name, kind=kind[:100], host=host[:255], lanes=json.dumps(list(lanes)), skills=json.dumps(levels),
        capacity=capacity, every=beat_every_s, version=version[:100], now=now,
    )  # fmt: skip
    append(tx, "instance.registered", now, actor=name, host=host[:255], capacity=capacity, lanes=list(lanes))
    return instance(tx, name)


def _check(
    name: str, lanes: tuple[str, ...], skills: Mapping[str, float], capacity: int, every_s: float
) -> None:
    check_name(name)
    check_words("lanes", lanes)
    check_words("skills", tuple(skills))
    for skill, level in skills.items():
        check_level(skill, level)
    if not 1 <= capacity <= CAPACITY_MAX:
        raise Invalid(f"instance {name!r} has capacity {capacity}", hint=f"from 1 to {CAPACITY_MAX}")
    if not BEAT_MIN_S <= every_s <= BEAT_MAX_S:
        raise Invalid(f"instance {name!r} beats every {every_s} s", hint=f"{BEAT_MIN_S} to {BEAT_MAX_S} s")


def beat(tx: Transaction, names: Sequence[str], now: float) -> Beats:
    """Note a sign of life of as many instances as a host has, in two statements however many they are."""
    asked = list(dict.fromkeys(names))
    if len(asked) > BEATS_MAX:
        raise Invalid(f"{len(asked)} beats at once are more than {BEATS_MAX}")
    dead = _named(tx, "state = 'dead'", asked)
    among, lock = _among(tx), "" if tx.lite else " FOR UPDATE"
    rows = tx.rows(
        "UPDATE wl_instance SET beat = :now, state = CASE WHEN state = 'dead' THEN 'live' ELSE state END"  # noqa: S608
        f" WHERE id IN (SELECT id FROM wl_instance WHERE id IN {among} AND state <> 'left' ORDER BY id{lock})"
        " RETURNING id, state",
        now=now, names=json.dumps(asked),
    )  # fmt: skip
    states = {str(row["id"]): InstanceState(row["state"]) for row in rows}
    for name in dead:
        append(tx, "instance.returned", now, actor=name)
    return Beats(
        tuple(name for name in asked if name in states),
        tuple(name for name in asked if states.get(name) is InstanceState.DRAINING),
        tuple(name for name in asked if name not in states),
    )


def drain(tx: Transaction, name: str, now: float, *, actor: str, reason: str = "") -> Instance:
    """Let an instance end what it has and take nothing new. Repeating it changes nothing."""
    return _turn(tx, name, InstanceState.DRAINING, "instance.draining", (now, actor, reason))


def resume(tx: Transaction, name: str, now: float, *, actor: str) -> Instance:
    """Let a draining instance take tasks again."""
    return _turn(tx, name, InstanceState.LIVE, "instance.resumed", (now, actor, ""))


def leave(tx: Transaction, name: str, now: float, *, reason: str = "") -> Instance:
    """A clean end, by the instance itself; it has to register to come back."""
    return _turn(tx, name, InstanceState.LEFT, "instance.left", (now, name, reason))


def bury(tx: Transaction, name: str, now: float, *, reason: str = "") -> Instance:
    """Say that an instance is dead; only for one whose standing is dead."""
    return _turn(tx, name, InstanceState.DEAD, "instance.dead", (now, "windlass", reason))


def _turn(
    tx: Transaction, name: str, new: InstanceState, event: str, by: tuple[float, str, str]
) -> Instance:
    now, actor, reason = by
    lock = "" if tx.lite else " FOR UPDATE"
    row = tx.row(f"SELECT {_COLUMNS} FROM wl_instance WHERE id = :id{lock}", id=name)  # noqa: S608
    if row is None:
        raise _missing(name)
    old = InstanceState(row["state"])
    if old is not new:
        INSTANCE.check(old, new)
        tx.execute(
            "UPDATE wl_instance SET state = :new, reason = :reason WHERE id = :id AND state = :old",
            new=new.value, old=old.value, reason=reason[:REASON_MAX], id=name,
        )  # fmt: skip
        append(tx, event, now, actor=actor, instance=name, reason=reason[:REASON_MAX])
    return instance(tx, name)


def instance(tx: Transaction, name: str, *, locked: bool = False) -> Instance:
    """One instance; `locked` keeps others from changing it until the end of the transaction."""
    lock = " FOR UPDATE" if locked and not tx.lite else ""
    row = tx.row(f"SELECT {_COLUMNS} FROM wl_instance WHERE id = :id{lock}", id=name)  # noqa: S608
    if row is None:
        raise _missing(name)
    return _instance(row)


def instances(tx: Transaction, *, since: float | None = None) -> list[Instance]:
    """Instances by name, at most INSTANCES_MAX; `since`: without those that left or died before then."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM wl_instance"  # noqa: S608
        " WHERE state IN ('live', 'draining') OR beat >= :since ORDER BY id LIMIT :limit",
        since=-1.0 if since is None else since, limit=INSTANCES_MAX,
    )  # fmt: skip
    return [_instance(row) for row in rows]


def _named(tx: Transaction, condition: str, names: Sequence[str]) -> list[str]:
    rows = tx.rows(
        f"SELECT id FROM wl_instance WHERE {condition} AND id IN {_among(tx)} ORDER BY id",  # noqa: S608
        names=json.dumps(list(names)),
    )
    return [str(row["id"]) for row in rows]


def _among(tx: Transaction) -> str:
    if tx.lite:
        return "(SELECT value FROM json_each(:names))"
    return "(SELECT json_array_elements_text(:names::json))"


def _missing(name: str) -> NotFound:
    return NotFound(f"no instance {name!r}", hint="`windlass agent list` shows the instances")


def _instance(row: Row) -> Instance:
    return Instance(
        name=row["id"], kind=row["kind"], host=row["host"], lanes=tuple(json.loads(row["lanes"])),
        skills={str(skill): float(level) for skill, level in json.loads(row["skills"]).items()},
        capacity=row["capacity"], state=InstanceState(row["state"]), reason=row["reason"], beat=row["beat"],
        beat_every_s=row["beat_every_s"], started_at=row["started_at"], version=row["version"],
    )  # fmt: skip
