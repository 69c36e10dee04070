"""What is on record of pull requests, and what is to be done about them."""

from dataclasses import dataclass

from windlass.dispatch import Submission, Task
from windlass.land import Landing


@dataclass(frozen=True, slots=True)
class Shown:
    """The pull request of a landing: its number, 0 while there is none; its branch, and at which commit it
    was pushed. `refused_at`: when the host refused it last, 0.0 for never.
    """

    number: int = 0
    branch: str = ""
    commit: str = ""
    closed: bool = False
    refused_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Taken:
    """The last time that a pull request of a person's entered the queue, or was refused there: for which
    commit, as which task (0 for none). `held`: its author knows that it waits for a person. `over`: it is in
    the queue no more; then `again` says whether its label was taken away, so that a new one is a new wish.
    """

    number: int
    commit: str
    task: int = 0
    held: bool = False
    over: bool = False
    again: bool = False
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """The question that a landing waits for: its number, its answers, and which limits are broken."""

    decision: int
    options: tuple[str, ...]
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """A landing that is to have a pull request; without `asked` it is a proposal. `proven`: what was red and
    is green.
    """

    landing: Landing
    task: Task
    submission: Submission
    asked: Asked | None
    proven: tuple[str, ...] = ()

    @property
    def branch(self) -> str:
        """Where it is offered; a landing that waits has a branch of its own, which never moves."""
        if self.asked is None:
            return f"windlass/{self.landing.task_id}"
        return f"windlass/review/{self.landing.id}"

    @property
    def commit(self) -> str:
        proposed = self.landing.commit if self.asked is None else None
        return proposed or self.submission.commit


@dataclass(frozen=True, slots=True)
class Over:
    """A landing whose pull request has no purpose any more, and why."""

    landing: Landing
    shown: Shown
    why: str


@dataclass(frozen=True, slots=True)
class Situation:
    """What one round is about. `watched`: proposals that people may merge or close, with their items."""

    due: tuple[Due, ...]
    over: tuple[Over, ...]
    watched: tuple[tuple[Landing, Shown, int | None], ...]
