"""What a reversal is: a landing that is taken back by a change like any other, once. Pure."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from windlass.kernel import Machine


class ReversalState(Enum):
    OPEN = "open"
    """Its task is on the way: judged, queued, or waiting for a person."""
    LANDED = "landed"
    """The branch does not hold the change any more, and its work was offered again."""
    PROPOSED = "proposed"
    ASKED = "asked"
    """It conflicts, or was red itself, or windlass may not begin: nothing landed, and a person was asked."""
    LEFT = "left"
    """A person wants the change to stay."""


REVERSAL: Final = Machine(
    "reversal",
    {
        ReversalState.OPEN: frozenset(
            {ReversalState.LANDED, ReversalState.PROPOSED, ReversalState.ASKED, ReversalState.LEFT}
        ),
        ReversalState.ASKED: frozenset({ReversalState.OPEN, ReversalState.LEFT}),
        ReversalState.LEFT: frozenset({ReversalState.OPEN}),
        ReversalState.LANDED: frozenset(),
        ReversalState.PROPOSED: frozenset(),
    },
)


@dataclass(frozen=True, slots=True)
class Why:
    """`by`: the person who asks for it, empty for windlass itself. `evidence`: what was seen, in lines."""

    reason: str
    by: str = ""
    evidence: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """For whoever does the work again, and for the commit's task."""
        return "\n".join((self.reason, *self.evidence))


@dataclass(frozen=True, slots=True)
class Reversal:
    """One row. `landing`: what is taken back; `task`: the newest one that does it; `tries`: how many did."""

    id: int
    repository_id: int
    landing: int
    task: int
    tries: int
    state: ReversalState
    by: str
    reason: str
    evidence: tuple[str, ...]
    updated_at: float

    @property
    def why(self) -> Why:
        return Why(self.reason, self.by, self.evidence)
