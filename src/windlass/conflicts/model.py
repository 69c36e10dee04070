"""The nouns of the room."""

from dataclasses import dataclass


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
