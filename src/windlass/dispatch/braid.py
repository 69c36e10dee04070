"""Which lane's turn it is: stride scheduling, so that no lane with ready work and room starves. Pure.

Every lane has a pass; the lowest pass goes first, and a claim moves it on by one stride, 1 / weight
(Waldspurger and Weihl, Stride Scheduling, 1995). A lane that was idle, full or looked at by nobody must not
make up for it afterwards, so its next pass is counted from at most one longest stride behind the lane that is
furthest ahead. Passes only grow, whatever arrives when; from that follows what `waits_at_most` states.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor
from typing import Final

from windlass.kernel import Invalid

WEIGHT_MIN, WEIGHT_MAX = 0.01, 100.0
LIMIT_MAX: Final = 100_000


@dataclass(frozen=True, slots=True)
class Lane:
    """A queue of tasks in one repository. `limit`: how many of them may be held under a lease at once."""

    id: int
    repository_id: int
    name: str
    limit: int | None = None
    weight: float = 1.0
    passed: float = 0.0


@dataclass(frozen=True, slots=True)
class Strand:
    """A lane as a claim finds it: `open` is how many claims it can serve now, by ready tasks and by room."""

    lane: int
    passed: float
    weight: float
    open: int

    @property
    def stride(self) -> float:
        return 1.0 / self.weight


def check_lane(name: str, limit: int | None, weight: float) -> None:
    if limit is not None and not 0 <= limit <= LIMIT_MAX:
        raise Invalid(f"lane {name!r} has limit {limit}", hint=f"0 to {LIMIT_MAX}, or none")
    if not WEIGHT_MIN <= weight <= WEIGHT_MAX:
        raise Invalid(f"lane {name!r} has weight {weight:g}", hint=f"{WEIGHT_MIN:g} to {WEIGHT_MAX:g}")


def turn(strands: Iterable[Strand]) -> int | None:
    """The lane whose turn it is among those that are open; of equal passes the lower number."""
    competing = [strand for strand in strands if strand.open > 0]
    return min(competing, key=lambda strand: (strand.passed, strand.lane)).lane if competing else None


def serve(strands: Sequence[Strand], lane: int) -> tuple[Strand, ...]:
    """The strands after one claim from `lane`."""
    competing = [strand for strand in strands if strand.open > 0]
    furthest = max((strand.passed for strand in competing), default=0.0)
    longest = max((strand.stride for strand in competing), default=0.0)

    def after(strand: Strand) -> Strand:
        if strand.lane != lane:
            return strand
        passed = max(strand.passed, furthest - longest) + strand.stride
        return replace(strand, passed=passed, open=strand.open - 1)

    return tuple(after(strand) for strand in strands)


def braid(strands: Sequence[Strand], wanted: int) -> tuple[int, ...]:
    """The lanes of the next `wanted` claims, in their order; fewer when not so many can be served."""
    turns: list[int] = []
    left = tuple(strands)
    while len(turns) < wanted and (lane := turn(left)) is not None:
        turns.append(lane)
        left = serve(left, lane)
    return tuple(turns)


def waits_at_most(weights: Mapping[int, float], lane: int) -> int:
    """How many claims over lanes of these weights others may get first while `lane` has ready work and room.

    Another lane j goes ahead at most once because of where it came from, and then only while it is less than
    one longest stride, 1 / least weight, behind; that is w_j / least weight times.
    """
    least = min(weights.values())
    return sum(floor(weight / least + 1e-9) + 1 for other, weight in weights.items() if other != lane)
