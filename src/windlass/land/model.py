"""What a landing is: a pinned submission on its way to a branch of the user's repository."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from windlass.conflicts import Clash, Met
from windlass.dispatch import Submission
from windlass.kernel import Machine, WindlassError
from windlass.policy import Change


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
    """There is evidence for exactly this tree, or for the last one of the batch that it leads, and nothing in
    the scope forbids it.
    """
    LANDING = "landing"
    """The intended commit is on record; the reference may or may not have moved yet."""
    RIDING = "riding"
    """The intended commit is on record as part of a batch; who leads that batch moves the reference."""
    LANDED = "landed"
    PROPOSED = "proposed"
    EJECTED = "ejected"
    """It will not land; `cause` says why."""
    BLOCKED = "blocked"
    """A person has to look; `cause` and `reason` say at what."""

    @property
    def moving(self) -> bool:
        """Whether windlass itself goes on from it; a blocked landing waits for a person."""
        return self in MOVING


LANDING: Final = Machine(
    "landing",
    {
        LandingState.QUEUED: frozenset(
            {LandingState.BUILDING, LandingState.RIDING, LandingState.EJECTED, LandingState.BLOCKED}
        ),
        LandingState.BUILDING: frozenset(
            {
                LandingState.PROVED,
                LandingState.BUILDING,
                LandingState.QUEUED,
                LandingState.EJECTED,
                LandingState.BLOCKED,
            }
        ),
        LandingState.PROVED: frozenset(
            {LandingState.LANDING, LandingState.BUILDING, LandingState.EJECTED, LandingState.BLOCKED}
        ),
        LandingState.LANDING: frozenset(
            {LandingState.LANDED, LandingState.PROPOSED, LandingState.BUILDING, LandingState.BLOCKED}
        ),
        LandingState.RIDING: frozenset({LandingState.LANDED, LandingState.QUEUED, LandingState.BLOCKED}),
        LandingState.BLOCKED: frozenset({LandingState.QUEUED, LandingState.EJECTED}),
        LandingState.LANDED: frozenset(),
        LandingState.PROPOSED: frozenset(),
        LandingState.EJECTED: frozenset(),
    },
)
"""A landing leaves BUILDING, PROVED or LANDING back to BUILDING when its branch moved under it, BUILDING back
to QUEUED when the batch that it leads is not green.
"""

SLOT: Final = (LandingState.BUILDING, LandingState.PROVED, LandingState.LANDING)
"""The states that hold the one slot of a (repository, branch)."""


MOVING: Final = (LandingState.QUEUED, LandingState.RIDING, *SLOT)


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
    REFUSED = "refused"
    """The host that holds the branch refuses the commit: see `decision`."""
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
class Impossible:
    """Why there is no candidate; for a conflict with what was `met`."""

    cause: Cause
    reason: str
    met: Met | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One commit on top of the branch: `tree` is the merge of `base` and the pinned submission, in which the
    clashes in `settled` were settled.
    """

    base: str
    base_tree: str
    commit: str
    tree: str
    changed: tuple[str, ...]
    settled: tuple[Clash, ...] = ()


class Said(Enum):
    """What the judgement of a batch's last tree said."""

    GREEN = "green"
    RED = "red"
    UNCLEAR = "unclear"
    """Unknown, or something that a person has to look at: no word about any one member."""


@dataclass(frozen=True, slots=True)
class Member:
    """A change in a batch: its candidate stands on that of the member before it, the first on the branch.

    `change` is what the automation scope counts of it, `doubt` why it is judged by itself the next time.
    """

    landing: Landing
    submission: Submission
    candidate: Candidate
    change: Change
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class JudgedBatch:
    """A batch on record. `members` and `doubted` are numbers of landings, `leader` is one of them; `height`:
    changes that had landed on the branch before; `commit` and `tree`: the last member's, which was judged.
    """

    id: int
    leader: int
    base: str
    height: int
    commit: str
    tree: str
    said: Said
    reason: str
    seconds: float
    members: tuple[int, ...]
    doubted: frozenset[int]
