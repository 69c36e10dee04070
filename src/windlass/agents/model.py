"""What an agent is seen to do, and how its turn ended. Values only."""

from dataclasses import dataclass
from enum import Enum


class Did(Enum):
    """What one event of an agent tells."""

    BEGAN = "began"
    """A session; `text` is its id, where it tells one."""
    SAID = "said"
    ACTED = "acted"
    """It used a tool; `text` names it."""
    SPENT = "spent"
    """`tokens` were used since the last such event."""
    FAILED = "failed"
    """Something went wrong; forgiven when the agent goes on and ends well."""
    ENDED = "ended"
    """Its turn is over, as far as it is concerned."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """As the agent counts them; the meter's count is the one that is billed."""

    input: int = 0
    output: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(self.input + other.input, self.output + other.output)


@dataclass(frozen=True, slots=True)
class Event:
    did: Did
    text: str = ""
    tokens: Tokens = Tokens()


class End(Enum):
    """How a turn ended; the value is the first word of what is told about it."""

    DONE = "done"
    """It ended by itself and says no more; the tree tells whether anything changed."""
    CHANGED = "changed"
    NOTHING = "nothing"
    CANNOT = "cannot"
    AUTH = "auth"
    """The model's endpoint does not take the key, or the agent wants to be logged in."""
    RATE_LIMITED = "rate-limited"
    UNREACHABLE = "unreachable"
    """Nobody answers where the model should be."""
    SERVER_ERROR = "server-error"
    SLOW = "slow"
    """The model does not answer in time."""
    CAPPED = "capped"
    """A budget does not allow another request."""
    CUT = "cut"
    """The model's answer broke off, or was none."""
    IDLE = "idle"
    """It showed no sign of life for too long."""
    WALL = "wall"
    """It took longer than it may."""
    TURNS = "turns"
    """It used tools more often than it may."""
    NOT_STARTED = "not-started"
    CRASHED = "crashed"
    """It ended without saying so, or with an error of its own."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One prompt and what came of it. `end` is DONE where only the tree can tell."""

    end: End
    detail: str = ""
    said: str = ""
    """Its last words, cut to a bound."""
    tokens: Tokens = Tokens()
    acts: int = 0
    """How often it used a tool."""
    session: str = ""
    sure: bool = True
    """False: `end` was guessed from an exit code or from what was printed; a changed tree says more."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds without a sign of life, seconds in all, and uses of tools, after which a turn is ended."""

    idle_s: float
    wall_s: float
    acts_max: int


@dataclass(frozen=True, slots=True)
class Terms:
    """On which an agent works: its model, its bounds, and the kinds of tools that it gets permission for."""

    model: str
    bounds: Bounds
    kinds: frozenset[str] = frozenset()
