"""Nouns of the report. Every section says where its figures come from; every row says when they were true.

Times are unix seconds. None means that something is not known, which is not the same as zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Run:
    """One call of `windlass run`; its events are numbered `first_seq` to `last_seq` (None: still going)."""

    id: int
    repository_id: int
    started_at: float
    finished_at: float | None
    options: Mapping[str, object]
    first_seq: int
    last_seq: int | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Section(Generic[R]):
    """Rows and their source: the tables and kinds of events they were read from."""

    source: str
    rows: tuple[R, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One source over all scans of the run: the sums of changes; `found` and `coverage` (0..1) of the last.

    `found` counts what that scan saw in what it read, which after the first one is only what changed.
    """

    source: str
    scans: int
    found: int | None
    new: int
    moved: int
    gone: int
    returned: int
    coverage: float | None
    error: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Placed:
    """An item in rank order. `wsjf` with aging, as of `at`."""

    item: int
    title: str
    state: str
    wsjf: float
    band: str
    findings: int
    actionable: bool
    at: float


@dataclass(frozen=True, slots=True)
class Gated:
    """What the gate said. `decision`: the open question's number, None when nobody has to answer.

    `by`: who answered in this run, None when nobody did.
    """

    item: int | None
    title: str
    route: str
    state: str
    reasons: tuple[str, ...]
    decision: int | None
    at: float
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt. `outcome` None: it is still running."""

    number: int
    fence: int
    runner: str
    sandbox: str
    worker: str
    outcome: str | None
    detail: str
    started_at: float
    finished_at: float | None


@dataclass(frozen=True, slots=True)
class Done:
    """A task that moved in this run, with all its attempts."""

    task: int
    item: int | None
    title: str
    status: str
    attempts: tuple[Tried, ...]
    at: float


@dataclass(frozen=True, slots=True)
class Refused:
    """Work that was not accepted, every reason once. `by`: which stages said no."""

    task: int
    fence: int | None
    title: str
    by: tuple[str, ...]
    reasons: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class Proof:
    """One check on exactly the tree that landed; `at` is when it ran."""

    check: str
    outcome: str
    seconds: float
    environment: str
    sandbox: str
    at: float


@dataclass(frozen=True, slots=True)
class Delivered:
    """A landing or a proposal.

    `proofs`: evidence on exactly its tree; a failed check may be the base's own failure. `proved_at`: when
    the gate passed this tree against its base, None if that is not on record. `known`: failures of the base
    that the submission's verdict did not blame on it. `patch_coverage`: which of the added lines tests ran,
    None if that is not on record.
    """

    landing: int
    task: int
    title: str
    state: str
    ref: str | None
    commit: str | None
    tree: str | None
    patch: str | None
    advice: str
    proofs: tuple[Proof, ...]
    at: float
    proved_at: float | None = None
    known: int | None = None
    patch_coverage: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What an agent's calls of models took for one task in this run, as providers told it.

    `unmeasured` calls told no usage and `unpriced` ones have no known cost: they are in no sum.
    """

    task: int | None
    item: int | None
    agent: str
    requests: int
    tokens: int
    micro_dollars: int
    unmeasured: int
    unpriced: int
    at: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement of the main branch that a server made by itself, every night or every week. `why`: what
    failed, or why it is unknown.
    """

    every: str
    part: str
    commit: str
    said: str
    why: tuple[str, ...]
    figures: Mapping[str, float | None]
    at: float


@dataclass(frozen=True, slots=True)
class Stuck:
    """What waits for something other than a question: `what` is item, task or landing."""

    what: str
    id: int
    title: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Report:
    """The account of one run, as of `at`.

    `below`: open items under the threshold, which are not worked on. `questions`: decisions that are open.
    """

    run: Run
    repository: str
    at: float
    found: Section[Found]
    ranked: Section[Placed]
    gated: Section[Gated]
    done: Section[Done]
    refused: Section[Refused]
    delivered: Section[Delivered]
    blocked: Section[Stuck]
    below: int = 0
    questions: tuple[int, ...] = ()
    catch_up: str = ""
    """The command that brings the user's checkout up to date after this run's landings; empty: not needed."""
    cost: Section[Cost] = Section("nothing")
    measured: Section[Measured] = Section("nothing")

    @property
    def idle(self) -> bool:
        """Nothing was done and nothing could be: the success called "no actionable items" (BKL-11)."""
        can = any(row.actionable and row.state in ("open", "routed", "active") for row in self.ranked.rows)
        return not can and not self.done.rows and not self.delivered.rows
