"""The nouns of the room: trees, changes, merges, imports, and the two errors callers act on."""

import re
from dataclasses import dataclass

from windlass.kernel import Conflict, Invalid, Unavailable

OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
"""An object id: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits."""

FILE, EXECUTABLE, SYMLINK, GITLINK = "100644", "100755", "120000", "160000"
"""The modes a tree entry may have."""

_IDENTITY_BAD = re.compile(r"[\x00-\x1f\x7f<>]")


class Moved(Conflict):
    """The reference is not where the caller saw it; nothing was changed."""


class GitFailed(Invalid):
    """Git refused what we asked; the message carries the end of what it said."""


class TookTooLong(Unavailable):
    """Git did not finish before its deadline and was stopped."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a commit. Neither part may hold `<`, `>` or control characters."""

    name: str
    email: str

    def __post_init__(self) -> None:
        for value in (self.name, self.email):
            if not value.strip() or _IDENTITY_BAD.search(value):
                raise Invalid(
                    f"author {value!r} is not usable", hint="no angle brackets or control characters"
                )


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a tree. `size` in bytes, None where it was not asked for or the entry is a submodule."""

    mode: str
    oid: str
    path: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One path that differs between two trees.

    `status` is git's letter: A added, D deleted, M modified, T type changed, R renamed. `old_oid` is None for
    an added path, `oid` None for a deleted one. `old_path` equals `path` unless renamed.
    """

    status: str
    old_path: str
    path: str
    old_oid: str | None
    oid: str | None
    mode: str
    old_mode: str


@dataclass(frozen=True, slots=True)
class FileStat:
    """Lines added and removed in one file; both 0 and `binary` set where git sees no lines."""

    path: str
    added: int
    removed: int
    binary: bool


@dataclass(frozen=True, slots=True)
class Diffstat:
    """The size of a change, renames followed."""

    files: tuple[FileStat, ...]

    @property
    def lines(self) -> int:
        return sum(f.added + f.removed for f in self.files)


@dataclass(frozen=True, slots=True)
class Logged:
    """One commit of a history."""

    commit: str
    tree: str
    parents: tuple[str, ...]
    author: str
    email: str
    at: float
    subject: str


@dataclass(frozen=True, slots=True)
class Blame:
    """Who last changed a line, and when (unix seconds)."""

    author: str
    email: str
    at: float
    commit: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The merge is clean and this is its tree."""

    tree: str


@dataclass(frozen=True, slots=True)
class Conflicted:
    """The merge needs a person or an agent at these paths."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportBudget:
    """What one imported change may cost at most.

    Sizes in bytes; `inflated_max` bounds all objects unpacked.
    """

    pack_max: int = 50 * 1024 * 1024
    inflated_max: int = 500 * 1024 * 1024
    objects_max: int = 20_000
    commits_max: int = 100
    files_max: int = 2_000
    file_max: int = 20 * 1024 * 1024
    lines_max: int = 200_000
    depth_max: int = 40
    tree_files_max: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Imported:
    """A change whose every object was checked and now lies in the mirror.

    Nothing refers to it yet: pin it.
    """

    commit: str
    tree: str
    files: int
    lines: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A change that stays outside.

    `reason` is a stable word (`wrong-base`, `bad-name`, …), `detail` is for people.
    """

    reason: str
    detail: str
