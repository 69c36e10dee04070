"""The nouns of the room: repositories, items, findings, hits, reports; the life of an item."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from windlass.kernel import Machine

SCALE = (1, 2, 3, 5, 8, 13)
"""The only values business value, time criticality, risk reduction and job size may have (WSJF)."""


class ItemState(Enum):
    """Where an item is. ROUTED: the gate let it through. PROPOSED: a branch is offered, main did not move."""

    OPEN = "open"
    ROUTED = "routed"
    WAITING = "waiting"
    ACTIVE = "active"
    PROPOSED = "proposed"
    BLOCKED = "blocked"
    CLOSED = "closed"
    DECLINED = "declined"


_S = ItemState
_ENDS = frozenset({_S.CLOSED, _S.DECLINED})

ITEM: Machine[ItemState] = Machine(
    "item",
    {
        _S.OPEN: frozenset({_S.ROUTED, _S.WAITING, _S.BLOCKED}) | _ENDS,
        _S.ROUTED: frozenset({_S.OPEN, _S.ACTIVE, _S.WAITING, _S.BLOCKED}) | _ENDS,
        _S.WAITING: frozenset({_S.OPEN, _S.ROUTED, _S.BLOCKED}) | _ENDS,
        _S.ACTIVE: frozenset({_S.OPEN, _S.PROPOSED, _S.BLOCKED}) | _ENDS,
        _S.PROPOSED: frozenset({_S.OPEN, _S.BLOCKED}) | _ENDS,
        _S.BLOCKED: frozenset({_S.OPEN, _S.ROUTED, _S.WAITING}) | _ENDS,
        _S.CLOSED: frozenset({_S.OPEN}),
        _S.DECLINED: frozenset({_S.OPEN}),
    },
)
"""The legal moves. A closed item reopens when one of its findings returns, a declined one by a person only.
"""


class Urgency(Enum):
    """How the worth of an item changes with time; `rank.urgency` holds the curves."""

    STANDARD = "standard"
    FIXED_DATE = "fixed-date"
    EXPEDITE = "expedite"
    INTANGIBLE = "intangible"


class FindingState(Enum):
    OPEN = "open"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository under care. `path` is the user's checkout on this host."""

    id: int
    name: str
    path: str
    main: str


@dataclass(frozen=True, slots=True)
class Score:
    """The four inputs of WSJF, each on SCALE."""

    value: int
    criticality: int
    risk_reduction: int
    size: int


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the backlog: a group of findings, or something a person added, with a score.

    Times are unix seconds. `slice_files`: at most so many files in the next task, None for no limit of its
    own. `acceptance`: tests and commands that show that it is done. `playbook`: a person's choice, empty for
    the one of its category.
    """

    id: int
    repository_id: int
    key: str
    source: str
    rule: str
    category: str
    title: str
    text: str
    value: int
    criticality: int
    risk_reduction: int
    size: int
    scored_by: str
    boost: float
    urgency: Urgency
    due_at: float | None
    state: ItemState
    reason: str
    fixable: bool
    labels: tuple[str, ...]
    route: str | None
    route_reasons: tuple[str, ...]
    slice_files: int | None
    created_at: float
    updated_at: float
    closed_at: float | None
    acceptance: tuple[str, ...] = ()
    playbook: str = ""

    @property
    def score(self) -> Score:
        return Score(self.value, self.criticality, self.risk_reduction, self.size)


@dataclass(frozen=True, slots=True)
class Finding:
    """One located observation by a source. `line` counts from 1; `data` holds what a runner needs, JSON-able.
    """

    source: str
    rule: str
    fingerprint: str
    path: str
    line: int
    text: str
    severity: str
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """What a source saw in this tree, before it has an identity.

    `anchor` is the text that identity rests on (empty: `text`); `group` names the item it belongs to within
    its source; `tool_fingerprint` is a tool's own one, already accepted as distinct within its run.
    """

    rule: str
    path: str
    line: int
    text: str
    severity: str
    category: str
    group: str
    title: str
    anchor: str = ""
    tool_fingerprint: str = ""
    fixable: bool = False
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """What one scan brought.

    `coverage`: share (0..1) of what the source should have looked at. `looked`: exactly the paths it read
    this time, None when it cannot tell; everything it did not read stays as it is. `error` closes nothing.
    """

    hits: tuple[Hit, ...]
    coverage: float
    looked: frozenset[str] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What one source changed in the backlog. `found` and `coverage` are None where the source failed."""

    source: str
    found: int | None = None
    new: int = 0
    moved: int = 0
    gone: int = 0
    returned: int = 0
    open: int = 0
    coverage: float | None = None
    error: str | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Discovery:
    """One pass over all sources. `opened`, `closed`, `reopened` count items; `fresh` are the new findings."""

    commit: str
    tree: str
    tallies: tuple[Tally, ...]
    opened: int = 0
    closed: int = 0
    reopened: int = 0
    fresh: tuple[Finding, ...] = ()
