"""Nouns of the mesh: tools, callers, settings, and what the checks of a claim can come to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from windlass.identity import Principal
from windlass.kernel import Conflict


class Group(Enum):
    """Whom a tool is for."""

    WORKER = "worker"
    BRAIN = "brain"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool as every face shows it. `action`: what `identity.authorize` is asked.

    `destructive`: it may undo what somebody did; `open_world`: it reaches outside of windlass.
    """

    name: str
    group: Group
    title: str
    summary: str
    action: str
    read_only: bool = False
    destructive: bool = False
    idempotent: bool = True
    open_world: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, through which face (cli, rest, mcp), and under which idempotency key."""

    principal: Principal
    key: str | None = None
    via: str = "cli"


class Approve(Enum):
    """What is approved without a person."""

    NEVER = "never"
    LOW_RISK = "low-risk"
    """What the gate graded low and verified; unknown risk is not low."""


@dataclass(frozen=True, slots=True)
class MeshSettings:
    """`guardians`: roles that check a chain's implementation, in order; `guardians_of`: the same by kind of
    work. `land`: a chain's end moves the branch itself instead of proposing. Times in seconds.
    """

    lease_s: float = 300.0
    guardians: tuple[str, ...] = ("qa", "docs")
    guardians_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    approve: Approve = Approve.LOW_RISK
    land: bool = False
    answer_within_s: float = 86_400.0
    """A question of a worker counts as overdue after this."""


class ClaimState(Enum):
    """What became of a worker's claim."""

    VERIFIED = "verified"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


class KeyReused(Conflict):
    """An idempotency key came again with another tool or other arguments."""
