"""The nouns of the room: what a lease may reach, with which bounds, and what became of each try."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from windlass.egress.rule import Rule
from windlass.kernel import Clock, system_clock


class Outcome(Enum):
    """How a try ended. CUT: a bound of `Limits` was met; UNREACHABLE: allowed, but nobody answered."""

    PASSED = "passed"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Passage:
    """One try to get out. `target` is `host:port` as it was understood, empty where it was not; bytes as they
    went `up` from the agent and came `down` to it. `at` is unix time.
    """

    at: float
    target: str
    outcome: Outcome
    why: str = ""
    up: int = 0
    down: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one lease: `bytes_max` over all its tunnels, both ways; the others for each connection."""

    head_max: int = 8 << 10
    head_s: float = 10.0
    """For the agent to bring its request, whole."""
    connections_max: int = 64
    bytes_max: int = 4 << 30
    resolve_s: float = 10.0
    connect_s: float = 10.0
    """For each address that a name has."""
    addresses_max: int = 4
    idle_s: float = 300.0
    """While nothing moves in either direction."""
    whole_s: float = 3_600.0
    passages_max: int = 1_000
    """Tries that are told one by one; those after them are only counted."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What one lease may reach; without rules nothing.

    `record` is told of each try once it has ended, by the thread that serves all leases: it must be quick.
    """

    rules: tuple[Rule, ...] = ()
    limits: Limits = field(default_factory=Limits)
    record: Callable[[Passage], None] | None = None
    clock: Clock = system_clock
