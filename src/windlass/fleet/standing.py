"""Alive, unknown or dead: what silence means. Pure.

A failed probe is no proof: reapers that read it as one have killed working agents. So an instance is dead
only after a long silence and when nothing it holds is alive any more.
"""

from typing import Final

from windlass.fleet.model import Instance, InstanceState, Standing

ALIVE_BEATS: Final = 2
"""An instance that missed fewer beats than this is alive."""
LOST_BEATS: Final = 5
LOST_S: Final = 15.0
"""Silence that long, and that many beats, is needed before an instance can be dead."""


def standing(instance: Instance, now: float, *, leased: bool) -> Standing:
    """What is known about `instance` at `now`; `leased`: whether it holds a lease that has not expired."""
    if instance.state is InstanceState.LEFT:
        return Standing.UNKNOWN if leased else Standing.DEAD
    silent_s = now - instance.beat
    if silent_s <= ALIVE_BEATS * instance.beat_every_s and instance.state is not InstanceState.DEAD:
        return Standing.ALIVE
    if leased or silent_s < lost_after_s(instance):
        return Standing.UNKNOWN
    return Standing.DEAD


def lost_after_s(instance: Instance) -> float:
    """Seconds of silence after which nothing more is expected."""
    return max(LOST_S, LOST_BEATS * instance.beat_every_s)
