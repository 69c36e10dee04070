"""Instances with what is known about them and what they hold: the fleet and the leases together."""

from dataclasses import dataclass
from typing import Final

from windlass import fleet
from windlass.fleet import Instance, InstanceState, Standing
from windlass.store import Transaction

_EXPECTED: Final = (InstanceState.LIVE, InstanceState.DRAINING)


@dataclass(frozen=True, slots=True)
class Member:
    """An instance, its standing now, and the tasks it holds under a lease, expired or not."""

    instance: Instance
    standing: Standing
    tasks: tuple[int, ...]


def members(tx: Transaction, now: float, *, since: float | None = None) -> list[Member]:
    """Every instance by name; `since`: without those that left or died before then."""
    held: dict[str, list[tuple[int, float]]] = {}
    for row in tx.rows("SELECT task_id, worker, expires_at FROM wl_lease ORDER BY task_id"):
        held.setdefault(str(row["worker"]).partition("/")[0], []).append((row["task_id"], row["expires_at"]))
    return [_member(one, held.get(one.name, []), now) for one in fleet.instances(tx, since=since)]


def bury_silent(tx: Transaction, now: float) -> list[str]:
    """Say of instances that are dead that they are; one that is only unknown stays as it is."""
    dead = [
        one.instance
        for one in members(tx, now, since=now)
        if one.standing is Standing.DEAD and one.instance.state in _EXPECTED
    ]
    for one in dead:
        fleet.bury(tx, one.name, now, reason=f"silent for {now - one.beat:.0f} s, and holds no lease")
    return [one.name for one in dead]


def _member(one: Instance, held: list[tuple[int, float]], now: float) -> Member:
    leased = any(expires_at > now for _, expires_at in held)
    return Member(one, fleet.standing(one, now, leased=leased), tuple(task for task, _ in held))
