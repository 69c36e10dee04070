"""The nouns of the room."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether two commits can be merged, and `paths`, where they conflict. `clean` None: nobody knows, and
    `why`.
    """

    clean: bool | None
    paths: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Sides:
    """One file as a merge finds it. `base` None: both sides added it."""

    base: bytes | None
    ours: bytes
    theirs: bytes


@dataclass(frozen=True, slots=True)
class Open:
    """A conflict that stays one, and why."""

    why: str


class Kind(Enum):
    """What a file is to a merge, by its name and the settings."""

    CHANGELOG = "changelog"
    BASELINE = "baseline"
    GENERATED = "generated"
    """The settings say which command makes it."""
    LOCK = "lock file"
    """Made by a tool, but the settings name no command."""
    FILE = "file"


class Means(Enum):
    """What settled a clash."""

    DRIVER = "driver"
    """A function of ours that merges this kind of file."""
    COMMAND = "command"
    """The command of the settings made the file anew."""
    RESOLUTION = "resolution"
    """What was made of the same hunks before."""

    @property
    def repeatable(self) -> bool:
        """Whether the content can be computed again from the commits alone; else it has to be on record."""
        return self is Means.DRIVER


@dataclass(frozen=True, slots=True)
class Clash:
    """A path that two changes do not agree about: merged by `means` to the blob `oid`, or not (None, "").
    `note`: which command, as where, or why not; empty where nothing settles such a file. `resolutions`: the
    ids of those that were used.
    """

    path: str
    kind: Kind
    means: Means | None = None
    oid: str = ""
    note: str = ""
    resolutions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Met:
    """The clashes of one merge of commits."""

    base: str
    ours: str
    theirs: str
    clashes: tuple[Clash, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """The merge's tree, and the clashes that were settled in it."""

    tree: str
    clashes: tuple[Clash, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(one.path for one in self.clashes)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """The clashes of a merge of which one at least stays open."""

    clashes: tuple[Clash, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(one.path for one in self.clashes)

    @property
    def why(self) -> Mapping[str, str]:
        """The paths that are left open and of which is known why."""
        return {one.path: one.note for one in self.clashes if one.means is None and one.note}


class Ending(Enum):
    """How a clash ended."""

    OPEN = ""
    SETTLED = "settled"
    """What settled it was tested and landed."""
    AUTHOR = "author"
    """The work was handed back, and who did it again made it fit."""
    PERSON = "person"
    """The same, and it was a person."""
    ELSEWHERE = "elsewhere"
    """The branch came to hold the change by other hands."""
    DROPPED = "dropped"
    """The task ended without it."""


@dataclass(frozen=True, slots=True)
class Past:
    """A clash that a landing met; `at` and `ended_at` in unix seconds."""

    task: int
    landing: int
    clash: Clash
    ending: Ending
    at: float
    ended_at: float | None
