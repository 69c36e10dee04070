"""The port of workers: whoever hands them tasks and takes their results, on this host or behind a network.

The worker's own code is the same for both: it knows leases, packs and refusals, and neither database nor
HTTP.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from windlass.dispatch.allowance import Allowance
from windlass.dispatch.model import Lease, Outcome, TaskStatus
from windlass.dispatch.runner import Assignment
from windlass.workspace import Mirror


@dataclass(frozen=True, slots=True)
class Job:
    """A task in a worker's hands. `runner` names who does it; `assignment` is all that one is told.

    The assignment's base is the one the task was filed at; `Employer.workspace` says where work starts.
    `allowance`: what the budgets leave for it.
    """

    lease: Lease
    runner: str
    assignment: Assignment
    allowance: Allowance = Allowance()  # noqa: RUF009, a frozen value


@dataclass(frozen=True, slots=True)
class Made:
    """What an attempt came to. `pack` is a file with all that `head` has and `base` has not; it is not
    checked yet.
    """

    base: str
    head: str
    pack: Path
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a result is not taken: it holds something that this task may not change, or no sound objects."""

    detail: str


class Employer(Protocol):
    """Every call but `take` is about one job and safe to repeat.

    They raise LeaseLost when others decide about the task now, and Unavailable when nobody answers.
    """

    def take(self, worker: str) -> Job | None:
        """Claim the best ready task this worker's runners can do; None when there is none."""
        ...

    def prolong(self, lease: Lease) -> Lease:
        """Let the lease live its full time from now."""
        ...

    def holds(self, lease: Lease) -> bool:
        """Whether the lease still is on record, as far as is known without delay."""
        ...

    def workspace(self, job: Job) -> tuple[Mirror, str]:
        """A repository on this host, and the commit in it that the work starts from."""
        ...

    def hand_in(self, job: Job, made: Made) -> TaskStatus | Refusal:
        """Offer a result: checked, pinned and put up for judgement, or refused and nothing changed."""
        ...

    def end(self, job: Job, outcome: Outcome, detail: str) -> TaskStatus:
        """End an attempt without a result; FAILED and REFUSED may be tried again."""
        ...

    def release(self, job: Job, reason: str) -> None:
        """Hand the task back because this host cannot work; costs no attempt at first."""
        ...
