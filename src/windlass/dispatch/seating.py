"""What tasks ask of instances, what instances offer, and what a pairing of the two would cost. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

GENERALIST: Final = 0.5
"""The level of an instance that names no skills, in everything."""
LEVEL_MIN: Final = 0.05
LOAD_MINUTES: Final = 10.0
"""What the last free place of an instance costs more than its first."""


@dataclass(frozen=True, slots=True)
class Need:
    """A ready task: what it asks for and how long it will take somebody who masters that."""

    task: int
    lane: str
    skills: tuple[str, ...]
    minutes: float
    wsjf: float


@dataclass(frozen=True, slots=True)
class Seat:
    """An instance that is alive: what it knows, what it holds and how much it may hold."""

    instance: str
    lanes: tuple[str, ...]
    skills: Mapping[str, float]
    load: int
    capacity: int

    @property
    def room(self) -> int:
        return max(0, self.capacity - self.load)


@dataclass(frozen=True, slots=True)
class Match:
    """`cost`: the expected minutes, with what the load adds."""

    task: int
    instance: str
    cost: float


def minutes(need: Need, seat: Seat) -> float | None:
    """How long this instance would take, None when it cannot do the task."""
    if seat.lanes and need.lane not in seat.lanes:
        return None
    if not need.skills:
        return need.minutes
    if not seat.skills:
        return need.minutes / GENERALIST
    if any(skill not in seat.skills for skill in need.skills):
        return None
    return need.minutes / max(LEVEL_MIN, min(seat.skills[skill] for skill in need.skills))


def price(took: float, seat: Seat, load: int) -> float:
    """The cost of a place where the instance holds `load` tasks already."""
    return took + LOAD_MINUTES * load / seat.capacity
