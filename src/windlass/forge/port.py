"""What landing needs of whoever holds the main branch."""

from typing import Final, Protocol

from windlass.forge.pulls import Pulls
from windlass.kernel import Family
from windlass.workspace import Mirror


class Forge(Protocol):
    """A host of code. Every method may raise `Unreachable`: then nothing is known of it, and nothing is done.

    `name`: as people are told it, without any secret. `trunk`: under which prefix of the mirror's references
    the host's branches are kept. `proposals`: whether the branches of proposals go there too. `pulls`: its
    pull requests; None where there are none, or none are wanted.
    """

    @property
    def name(self) -> str: ...

    @property
    def trunk(self) -> str: ...

    @property
    def proposals(self) -> bool: ...

    @property
    def pulls(self) -> Pulls | None: ...

    def ref(self, mirror: Mirror, name: str) -> str | None:
        """The commit at a full reference name there, now; None when there is none."""
        ...

    def bring(self, mirror: Mirror, name: str) -> str | None:
        """The same, with its whole history in the mirror."""
        ...

    def publish(self, mirror: Mirror, oid: str, name: str, *, expected: str | None, message: str) -> None:
        """Move `name` from `expected` (None: it must not exist) to a commit of the mirror, or change nothing.

        Raises `Moved` where it is not at `expected`, `Rejected` where the host refuses. Nothing is ever
        forced; to repeat it is harmless. `message` is for the reference's log, where there is one.
        """
        ...

    def rehearse(self, mirror: Mirror, name: str) -> str:
        """Ask whether `name` can be read and written there, change nothing; what was seen."""
        ...


FORGES: Final[Family[Forge]] = Family("forges", "windlass.plugins.forges")
