"""When a node is silent: its beat did not change for as long as we ourselves were listening. Pure.

Beats carry the database's time, but no clock is compared with another: a database whose clock jumps, an
outage, or a listener that was frozen for an hour must not make a living node look dead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

GAP_MAX_S: Final = 6.0
"""One look never tells of more silence than this: while nobody could look, nobody could beat either."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The last beat of a node, and for how many seconds it has been seen unchanged."""

    beat: float
    silent_s: float = 0.0


def listen(before: Mapping[str, Heard], beats: Mapping[str, float], gap_s: float) -> dict[str, Heard]:
    """What is known of each node after a look, `gap_s` after the look before it."""
    heard = {}
    for node, beat in beats.items():
        known = before.get(node)
        same = known is not None and known.beat == beat
        heard[node] = Heard(beat, known.silent_s + min(gap_s, GAP_MAX_S) if same and known else 0.0)
    return heard


def silent(heard: Mapping[str, Heard], lost_s: float) -> dict[str, float]:
    """The nodes that have been silent for at least `lost_s`, with the beat they stopped at."""
    return {node: known.beat for node, known in heard.items() if known.silent_s >= lost_s}
