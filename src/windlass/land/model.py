"""What a landing is: a pinned submission on its way to a branch of the user's repository."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from windlass.kernel import Machine, WindlassError


class Mode(Enum):
    """How far automation may go."""

    LAND = "land"
    """Move the branch itself."""
    PROPOSE = "propose"
    """Offer a branch `windlass/<task>` and a patch; the branch itself stays."""


class LandingState(Enum):
    QUEUED = "queued"
    BUILDING = "building"
    """The candidate is merged and tested; holds the branch's only slot until it is decided."""
    PROVED = "proved"
    """There is evidence for exactly this tree and nothing in the scope forbids it."""
    LANDING = "landing"
    """The intended commit is on record; the reference may or may not have moved yet."""
    LANDED = "landed"
    PROPOSED = "proposed"
    EJECTED = "ejected"
    """It will not land; `cause` says why."""
    BLOCKED = "blocked"
    """A person has to look; `cause` and `reason` say at what."""


LANDING: Final = Machine(
    "landing",
    {
        LandingState.QUEUED: frozenset({LandingState.BUILDING, LandingState.EJECTED, LandingState.BLOCKED}),
        LandingState.BUILDING: frozenset(
            {LandingState.PROVED, LandingState.BUILDING, LandingState.EJECTED, LandingState.BLOCKED}
        ),
        LandingState.PROVED: frozenset(
            {LandingState.LANDING, LandingState.BUILDING, LandingState.EJECTED, LandingState.BLOCKED}
        ),
        LandingState.LANDING: frozenset(
            {LandingState.LANDED, LandingState.PROPOSED, LandingState.BUILDING, LandingState.BLOCKED}
        ),
        LandingState.BLOCKED: frozenset({LandingState.QUEUED, LandingState.EJECTED}),
        LandingState.LANDED: frozenset(),
        LandingState.PROPOSED: frozenset(),
        LandingState.EJECTED: frozenset(),
    },
)
"""A landing leaves BUILDING, PROVED or LANDING back to BUILDING when its branch moved under it."""

SLOT: Final = (LandingState.BUILDING, LandingState.PROVED, LandingState.LANDING)
"""The states that hold the one slot of a (repository, branch)."""


MOVING: Final = (LandingState.QUEUED, *SLOT)
"""The states that windlass itself goes on from; a blocked landing waits for a person."""


class Cause(Enum):
    """Why a landing was ejected or blocked."""

    NONE = ""
    STALE = "stale"
    """The task was cancelled, requeued or taken over meanwhile."""
    CONFLICT = "conflict"
    RED = "red"
    """The merged tree failed its checks."""
    UNKNOWN = "unknown"
    """The checks could not say; unknown never lands."""
    EMPTY = "empty"
    """The branch already holds the change."""
    SCOPE = "scope"
    """A person must allow it: see `decision`."""
    DECLINED = "declined"
    PIN = "pin"
    """The pinned submission is missing or is not what was submitted."""
    MAIN = "main"
    """The branch was deleted, rewritten, or kept moving."""
    MISMATCH = "mismatch"
    """The tree that would land is not the tree that was tested."""
    TAKEN = "taken"
    """The proposal's branch exists and is not ours."""


@dataclass(frozen=True, slots=True)
class Landing:
    """One row: what is to land, and how far it got. Object ids are None until they are decided."""

    id: int
    repository_id: int
    task_id: int
    fence: int
    branch: str
    mode: Mode
    state: LandingState
    cause: Cause
    reason: str
    tries: int
    """How often the candidate was begun; part of every conditional update."""
    base: str | None
    commit: str | None
    tree: str | None
    ref: str | None
    """The reference that moved, e.g. `refs/heads/main`."""
    patch: str | None
    """The patch file of a proposal."""
    decision: str | None
    """Key of the decision that a blocked landing waits for."""
    advice: str
    """The command that brings the user's checkout up to date, if it shows the branch."""
    created_at: float
    updated_at: float

    @property
    def proof(self) -> "Proof":
        """What was proved; only asked for in the states that have it."""
        if self.base is None or self.commit is None or self.tree is None:
            raise WindlassError(f"landing {self.id} is {self.state.value!r} without a proved commit")
        return Proof(self.base, self.commit, self.tree)


@dataclass(frozen=True, slots=True)
class Proof:
    """The commit that is to land: its parent `base` and its tested `tree`."""

    base: str
    commit: str
    tree: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One commit on top of the branch: `tree` is the merge of `base` and the pinned submission."""

    base: str
    base_tree: str
    commit: str
    tree: str
    changed: tuple[str, ...]
