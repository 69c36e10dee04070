"""Nouns of the mesh: tools, callers, settings, and what the checks of a claim can come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from windlass.dispatch import budgets
from windlass.identity import Principal
from windlass.kernel import Conflict

NO_BUDGET: Final = budgets.Budget()


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
    rerun_s: float = 900.0
    """How long the command of a worker's evidence may take."""
    budget: budgets.Budget = NO_BUDGET


def parse_settings(
    table: Mapping[str, Any], *, lease_s: float, land: bool, budget: budgets.Budget = NO_BUDGET
) -> MeshSettings:
    """From the section of the settings file; an empty table gives the defaults."""
    usual = MeshSettings()
    return MeshSettings(
        lease_s=lease_s,
        guardians=tuple(table.get("guardians", usual.guardians)),
        guardians_of=_by_kind(table.get("guardians_of", ())),
        approve=Approve(table.get("approve", usual.approve)),
        land=land,
        answer_within_s=float(table.get("answer_within_s", usual.answer_within_s)),
        rerun_s=float(table.get("rerun_s", usual.rerun_s)),
        budget=budget,
    )


def _by_kind(lines: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """`kind: role role …`, one per line."""
    parts = [line.partition(":") for line in lines]
    return {kind.strip(): tuple(roles.split()) for kind, _, roles in parts}


class ClaimState(Enum):
    """What became of a worker's claim."""

    VERIFIED = "verified"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


class KeyReused(Conflict):
    """An idempotency key came again with another tool or other arguments."""
