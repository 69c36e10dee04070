"""What windlass asks of a host that has pull requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from windlass.workspace import Mirror


class Light(Enum):
    """How a commit stands, for people who look at it there."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as the host tells of it; all texts are whatever somebody wrote.

    `branch` and `commit`: what it offers, and `base` to which branch. `own`: its branch is one of the very
    repository, not of a fork.
    """

    number: int
    title: str
    url: str
    author: str
    branch: str
    commit: str
    base: str
    labels: frozenset[str]
    open: bool = True
    merged: bool = False
    draft: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A pull request that is to be opened: `branch` is there already, and is to go into `base`."""

    branch: str
    base: str
    title: str
    body: str


class Pulls(Protocol):
    """The pull requests of one repository at its host.

    Every method may raise `Unreachable`: nobody knows what became of it; and `Rejected`: the host refuses.
    To repeat any of them but `say` is harmless.
    """

    def opened(self) -> Sequence[Pull]:
        """Those that are open, those that changed last first, within a bound of the kind's own."""
        ...

    def pull(self, number: int) -> Pull | None:
        """One of them, open or not; None where there is none of that number."""
        ...

    def offer(self, offer: Offer) -> Pull:
        """Open a pull request; the one that is there where this branch has been offered before."""
        ...

    def say(self, number: int, text: str) -> None:
        """Add a comment."""
        ...

    def close(self, number: int) -> None:
        """Close it without merging; one that is closed or merged stays as it is."""
        ...

    def drop(self, mirror: Mirror, branch: str, commit: str) -> None:
        """Delete a branch if it still is at this commit; else nothing happens."""
        ...

    @property
    def queues(self) -> bool:
        """Whether those of people may enter the merge queue at all."""
        ...

    def wanted(self, pull: Pull, base: str) -> bool:
        """Whether somebody wants it in the queue of `base`: it is labelled so, and nothing speaks against."""
        ...

    def may_write(self, author: str) -> bool:
        """Whether the host lets this author write to the repository."""
        ...

    def fetch(self, into: Mirror, pull: Pull) -> None:
        """Bring what it offers, and the branch it is for, with their whole histories into a mirror. Raises
        `Moved` where it offers something else by now.
        """
        ...

    def light(self, commit: str, light: Light, text: str) -> None:
        """Show how a commit stands, in a few words."""
        ...

    def put_back(self, number: int) -> None:
        """Take the label away that wants it in the queue."""
        ...
