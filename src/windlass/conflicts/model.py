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
