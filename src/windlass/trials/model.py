"""Trials and entries: one piece of work, several tries at it, and what became of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any, Final

from windlass.kernel import Invalid, Machine

ENTRIES_MAX: Final = 10
"""Entries of one round."""
DEPTH_MAX: Final = 5


class Pattern(Enum):
    COMPETITION = "competition"
    """Everybody does the whole work; the best is taken."""
    PARALLEL = "parallel"
    """Everybody does a part; all are taken together, or none."""
    AB = "ab"
    """Two variants of the whole work; which is better, and whether the runs tell them apart."""
    ROLE = "role"
    """One after the other, each on the commit of the one before; the last is taken."""
    TREE = "tree"
    """Everybody goes on from the best of the round before, as long as that makes it better."""


class TrialState(Enum):
    RUNNING = "running"
    DECIDED = "decided"
    UNDECIDED = "undecided"
    """Nothing could be taken; a person may still pick."""
    ENDED = "ended"
    """Its task was taken away."""


_S = TrialState
TRIAL: Final = Machine(
    "trial",
    {
        _S.RUNNING: frozenset({_S.DECIDED, _S.UNDECIDED, _S.ENDED}),
        _S.UNDECIDED: frozenset({_S.DECIDED, _S.ENDED}),
        _S.DECIDED: frozenset({_S.ENDED}),
        _S.ENDED: frozenset(),
    },
)
"""A decided trial may be picked anew until what was taken has landed; that changes its winner, not its state.
"""


@dataclass(frozen=True, slots=True)
class Variant:
    """Who makes one entry and what it is told beside the task. `paths`: its part, where parts are made."""

    name: str
    runner: str
    instructions: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """How a trial goes. `accept`: commands that must succeed in the finished tree. `tries`: attempts of each
    entry. `rounds`: runs of the tests on each tree. `within_s`: when the slow are left behind.
    """

    pattern: Pattern
    variants: tuple[Variant, ...]
    accept: tuple[str, ...] = ()
    depth: int = 1
    tries: int = 1
    rounds: int = 3
    within_s: float = 7200.0

    def __post_init__(self) -> None:
        few, many = _BOUNDS[self.pattern]
        if not few <= len(self.variants) <= many:
            raise Invalid(
                f"pattern {self.pattern.value} takes {few} to {many} entries, not {len(self.variants)}",
                hint="--runners a,b,c names them",
            )
        if len({one.name for one in self.variants}) != len(self.variants):
            raise Invalid("two entries of a trial have the same name", hint="name them apart: fast=a,safe=a")
        if not 1 <= self.depth <= DEPTH_MAX:
            raise Invalid(f"a tree is 1 to {DEPTH_MAX} rounds deep, not {self.depth}")

    def dump(self) -> str:
        return json.dumps(asdict(self), default=lambda value: value.value, separators=(",", ":"))


_BOUNDS: Final = {
    Pattern.COMPETITION: (1, ENTRIES_MAX), Pattern.PARALLEL: (2, ENTRIES_MAX), Pattern.AB: (2, 2),
    Pattern.ROLE: (1, ENTRIES_MAX), Pattern.TREE: (1, ENTRIES_MAX),
}  # fmt: skip


def parse_plan(text: str) -> Plan:
    """Read back what `Plan.dump` wrote."""
    try:
        table: Mapping[str, Any] = json.loads(text)
        variants = tuple(
            Variant(one["name"], one["runner"], one["instructions"], tuple(one["paths"]))
            for one in table["variants"]
        )
        return Plan(
            **{**table, "pattern": Pattern(table["pattern"]), "variants": variants,
               "accept": tuple(table["accept"])}
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(f"the plan of a trial cannot be read: {error!r}") from error


@dataclass(frozen=True, slots=True)
class Entry:
    """One try. `evaluation` is its JSON, None until it was measured; `kept`: its commit has its reference."""

    task: int
    trial: int
    round: int
    name: str
    base: str
    evaluation: str | None
    kept: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """`task` is what the trial is about, and its number. `verdict`: who stands where, and why, in sentences.

    `winner`: the entry's task; None while nothing was taken, and where all parts were.
    """

    task: int
    repository_id: int
    state: TrialState
    base: str
    plan: Plan
    round: int
    winner: int | None
    decided_by: str
    created_at: float
    updated_at: float
    deadline: float
    verdict: Mapping[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> Sequence[str]:
        """The verdict in sentences."""
        return [str(line) for line in self.verdict.get("told", ())]
