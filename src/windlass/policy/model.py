"""Nouns of policy: scope, work, assessment, route, change, breach, decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from windlass.kernel import Machine


@dataclass(frozen=True, slots=True)
class Scope:
    """The automation scope (BKL-9): what may be done and landed without a person.

    `restricted`: path prefixes. `max_lines`: changed lines, added plus removed. `daily_prs`: landings and
    proposals since midnight UTC. `ci_failure_threshold`: share 0..1 of recent runs, counted from
    `ci_runs_min` runs on, so that one early failure does not stop everything. `min_coverage`: percent.
    `label`: what an item has to be labelled with to land without a person; empty: nothing.
    """

    restricted: tuple[str, ...] = (".github/workflows/", "secrets/")
    max_files: int = 10
    max_lines: int = 200
    daily_prs: int = 5
    max_wsjf: float = 2.0
    ci_failure_threshold: float = 0.30
    min_coverage: float = 80.0
    ci_runs_min: int = 5
    label: str = ""


class Grade(Enum):
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Work:
    """What the gate knows about a piece of work before anybody does it.

    `fixable`: a deterministic tool can do it. `size`: the item's job size in points (1, 2, 3, 5, 8, 13).
    `lines`: the expected number of changed lines, None when nobody can tell; landing counts them again.
    `wsjf`: without aging, for work does not grow riskier by waiting. `failures`: earlier failed attempts on
    these paths.
    """

    category: str
    source: str
    rule: str
    paths: tuple[str, ...]
    fixable: bool
    severity: str
    wsjf: float
    lines: int | None = None
    failures: int = 0
    size: int = 1


@dataclass(frozen=True, slots=True)
class Assessment:
    """Both grades and every reason for a high one; no reasons means low and low."""

    complexity: Grade
    risk: Grade
    reasons: tuple[str, ...]


class Route(Enum):
    """How work is supervised (PLN-1): at once, after a plan is approved, or with an audit as well."""

    AUTO = "auto"
    PLAN = "plan"
    STRICT = "strict"

    @property
    def risk(self) -> Grade:
        """The grade of risk that leads to this route."""
        return Grade.HIGH if self is Route.STRICT else Grade.LOW


@dataclass(frozen=True, slots=True)
class Change:
    """What a verified commit changes. `protected`: pairs of path and why it is protected. `wsjf`: of its
    item, without aging; None where a person let the work through, or where no item is. `labels`: those of
    its item, None for what only is proposed.
    """

    paths: tuple[str, ...]
    lines: int
    new_dependencies: tuple[str, ...] = ()
    protected: tuple[tuple[str, str], ...] = ()
    wsjf: float | None = None
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Recent:
    """The recent past of a repository.

    `coverage`: percent, or None where the project measures none; then the criterion cannot be applied at all.
    """

    landed_today: int = 0
    runs: int = 0
    failed_runs: int = 0
    coverage: float | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """One limit of the scope that a change does not keep: the limit's name and the fact against it."""

    rule: str
    detail: str


class DecisionStatus(Enum):
    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


DECISION: Final = Machine(
    "decision",
    {
        DecisionStatus.OPEN: frozenset({DecisionStatus.ANSWERED, DecisionStatus.WITHDRAWN}),
        DecisionStatus.ANSWERED: frozenset(),
        DecisionStatus.WITHDRAWN: frozenset({DecisionStatus.OPEN}),
    },
)


@dataclass(frozen=True, slots=True)
class Decision:
    """A question for a person.

    `priority`: 0 is the most urgent. `default`: what is advised; it is chosen without a person only where
    the owner said so, at the `deadline` (unix seconds). `cost`: what waiting or answering costs, in words.
    """

    id: int
    key: str
    kind: str
    question: str
    options: tuple[str, ...]
    default: str | None
    priority: int
    status: DecisionStatus
    created_at: float
    repository: int | None = None
    item: int | None = None
    task: int | None = None
    answer: str | None = None
    answered_by: str | None = None
    answered_at: float | None = None
    context: Mapping[str, object] = field(default_factory=dict)
    deadline: float | None = None
    evidence: tuple[str, ...] = ()
    cost: str = ""
