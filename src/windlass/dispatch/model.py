"""Tasks, leases and submissions: the nouns of dispatch and the lifecycle of a task."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, ClassVar, Final

from windlass.dispatch.budget import Budget
from windlass.kernel import Invalid, Machine

SPEC_MAX: Final = 1_048_576
"""Characters of JSON one task's spec may take."""


class TaskStatus(Enum):
    PENDING = "pending"
    PLANNING = "planning"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    REVIEW_NEEDED = "review_needed"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


_S = TaskStatus

TASK: Final = Machine(
    "task",
    {
        _S.PENDING: frozenset({_S.PLANNING, _S.IN_PROGRESS, _S.BLOCKED, _S.CANCELLED}),
        _S.PLANNING: frozenset({_S.PENDING, _S.IN_PROGRESS, _S.BLOCKED, _S.FAILED, _S.CANCELLED}),
        _S.IN_PROGRESS: frozenset(
            {_S.PENDING, _S.REVIEW_NEEDED, _S.BLOCKED, _S.COMPLETED, _S.FAILED, _S.CANCELLED}
        ),
        _S.REVIEW_NEEDED: frozenset({_S.PENDING, _S.BLOCKED, _S.COMPLETED, _S.FAILED, _S.CANCELLED}),
        _S.BLOCKED: frozenset({_S.PENDING, _S.IN_PROGRESS, _S.CANCELLED}),
        _S.COMPLETED: frozenset(),
        _S.FAILED: frozenset(),
        _S.CANCELLED: frozenset(),
    },
)


class Outcome(Enum):
    """What became of an attempt; written once, when the attempt ends."""

    SUBMITTED = "submitted"
    NOTHING = "nothing"
    """The runner looked and found nothing to change."""
    CANNOT = "cannot"
    """The runner says that it cannot be done; a person should look."""
    FAILED = "failed"
    """The runner broke, timed out or contradicted itself."""
    REFUSED = "refused"
    """The result held something that this task may not change."""
    LOST = "lost"
    """The lease expired."""
    NODE_DIED = "node_died"
    CANCELLED = "cancelled"
    REQUEUED = "requeued"


@dataclass(frozen=True, slots=True)
class FindingRef:
    """One place the task is about."""

    path: str
    line: int
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Spec:
    """What a task asks for, kept as JSON in its row: the runner, and the only files it may change.

    `also`: what its playbook lets it change besides, tests above all; other tasks may change it too.
    `acceptance`: tests and commands that show that it is done; its worker knew them.

    `reverts`: the commit that it takes back, for which only windlass files it; empty for all other work.

    ORDERED is the source of work that nobody found: a person ordered it.
    """

    ORDERED: ClassVar = "person"

    runner: str
    paths: tuple[str, ...]
    rules: tuple[str, ...] = ()
    findings: tuple[FindingRef, ...] = ()
    instructions: str = ""
    trusted: bool = False
    source: str = ""
    category: str = ""
    playbook: str = ""
    acceptance: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    reverts: str = ""

    @property
    def allowed(self) -> tuple[str, ...]:
        """The only files it may change; empty where the automation scope alone limits it."""
        return (*self.paths, *self.also) if self.paths else ()

    def dump(self) -> str:
        text = json.dumps(asdict(self), separators=(",", ":"))
        if len(text) > SPEC_MAX:
            raise Invalid(f"the spec of a task takes {len(text)} characters, more than {SPEC_MAX}")
        return text


def parse_spec(text: str) -> Spec:
    """Read back what `Spec.dump` wrote."""
    try:
        table: Mapping[str, Any] = json.loads(text)
        return Spec(
            runner=str(table["runner"]),
            paths=tuple(str(path) for path in table["paths"]),
            rules=tuple(str(rule) for rule in table.get("rules", ())),
            findings=tuple(_finding(entry) for entry in table.get("findings", ())),
            instructions=str(table.get("instructions", "")),
            trusted=table.get("trusted") is True,
            source=str(table.get("source", "")),
            category=str(table.get("category", "")),
            playbook=str(table.get("playbook", "")),
            acceptance=tuple(str(check) for check in table.get("acceptance", ())),
            also=tuple(str(path) for path in table.get("also", ())),
            reverts=str(table.get("reverts", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid(f"the spec of a task cannot be read: {error!r}") from error


def _finding(entry: Mapping[str, Any]) -> FindingRef:
    return FindingRef(str(entry["path"]), int(entry["line"]), str(entry["rule"]), str(entry["text"]))


class Review(Enum):
    """How far a submission that waits for review has come."""

    NONE = ""
    VERIFIED = "verified"
    """The gate passed it; somebody has to approve it."""
    APPROVED = "approved"
    """The next of its chain is filed, or it is on its way onto the branch."""


ENTRY: Final = "entry"
"""The role of a task that is one try among several at the work of its `root`. It never lands by itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task stands in a guardian chain; without a role in none. See `Task`."""

    role: str = ""
    risk: str = ""
    parent: int | None = None
    root: int | None = None

    @classmethod
    def first(cls, risk: str = "") -> "Place":
        """Where a chain begins: its implementation."""
        return cls("implementation", risk)

    @classmethod
    def entry(cls, root: int) -> "Place":
        """One try among several. Without a risk nothing approves it but a person, older code included."""
        return cls(ENTRY, root=root)


@dataclass(frozen=True, slots=True)
class Task:
    """One dispatched piece of work. `cls` is 1000 times its WSJF; `fence` only grows; times are unix
    seconds.

    A task with a `role` is part of a guardian chain: `root` is the implementation that it guards, `parent`
    the task whose approved commit it stands on; both None for the implementation itself. `risk` is low, high
    or, where nobody judged it, empty. `rejections` counts submissions that were sent back.
    """

    id: int
    repository_id: int
    item_id: int | None
    lane: int
    kind: str
    title: str
    status: TaskStatus
    cls: int
    ready_at: float
    unmet: int
    attempt: int
    attempts_max: int
    fence: int
    base: str
    spec: Spec
    note: str
    created_at: float
    updated_at: float
    parent: int | None = None
    root: int | None = None
    role: str = ""
    review: Review = Review.NONE
    risk: str = ""
    rejections: int = 0

    def restores(self, offered: "Submission") -> str | None:
        """The tree that a revert brings back, against which it is judged: what the commit had added, tests
        as well, goes with it. None for all other work.
        """
        return offered.tree if self.spec.reverts and self.spec.reverts == offered.base else None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a task until `expires_at`, by the database's clock."""

    task_id: int
    fence: int
    worker: str
    node: str
    expires_at: float

    @property
    def branch(self) -> str:
        return f"windlass/{self.task_id}/{self.fence}"

    @property
    def pin(self) -> str:
        return pin(self.task_id, self.fence)


def pin(task_id: int, fence: int) -> str:
    """The control plane's own ref for one submission: landing reads this and never a branch."""
    return f"refs/windlass/submissions/{task_id}/{fence}"


Budgets = tuple[tuple[int, Budget], ...]
"""Repositories that have a budget, by number."""


@dataclass(frozen=True, slots=True)
class Post:
    """What the claims of one node's workers have in common: where they look and what their leases are.

    `limited`: one of the lanes has a limit. `instance`: whose tasks they are to be, by its name in the fleet;
    then its capacity, its own lanes and its matches count. `only`: nothing but these tasks and the
    tries at them. `without`: tasks that nobody may begin.
    """

    lanes: tuple[int, ...]
    node: str
    ttl_s: float
    sandbox: str = ""
    threshold: float = 0.0
    limited: bool = False
    instance: str = ""
    only: tuple[int, ...] = ()
    budgets: Budgets = ()
    without: tuple[int, ...] = ()

    @property
    def braided(self) -> bool:
        """Whether there is more to a claim than the best task of one queue."""
        special = self.instance or self.budgets or self.only
        return len(self.lanes) > 1 or self.limited or bool(special)


@dataclass(frozen=True, slots=True)
class End:
    """A worker's own word about its attempt, without a submission."""

    lease: Lease
    outcome: Outcome
    detail: str
    retry: bool


@dataclass(frozen=True, slots=True)
class Submission:
    """A commit offered for a task, pinned before anybody judges it."""

    task_id: int
    fence: int
    commit: str
    tree: str
    base: str
    files: tuple[str, ...]
    lines: int
    sandbox: str
    note: str = ""
    evidence: str = "{}"
    """What the worker claims, as JSON."""
    checked: str = "{}"
    """What became of each claim, as JSON."""


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the talk about a task."""

    seq: int
    fence: int
    role: str
    kind: str
    content: str
    at: float


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One claim of a task and how it ended; `finished_at` and `outcome` are None while it runs."""

    task_id: int
    fence: int
    number: int
    worker: str
    runner: str
    sandbox: str
    started_at: float
    finished_at: float | None
    outcome: Outcome | None
    detail: str
