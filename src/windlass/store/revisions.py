"""Which schemas this code may work on. Pure.

A revision is named `NNNN_pre_…` or `NNNN_post_…`: after a `pre` one code of the revision before goes on
working, after a `post` one it is gone. So code that knows up to N may work on any later schema that only
`pre` revisions led to; which ones did is on record in the database, since the newest name alone does not say
what lay between.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from enum import Enum
from typing import Final

from windlass.kernel import Invalid

_NAME: Final = re.compile(r"(\d{4})_(pre|post)_[a-z0-9_]{1,40}")


class Standing(Enum):
    """Where a database's schema stands, seen from this code."""

    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "ahead"
    """Newer, and this code may work on it."""


def named(files: Iterable[str]) -> list[str]:
    """The revisions among the names of files (`v0001_pre_….py`), oldest first."""
    found = (file.removeprefix("v").removesuffix(".py") for file in files if file.endswith(".py"))
    return sorted(name for name in found if _NAME.fullmatch(name))


def standing(current: str | None, known: Sequence[str], applied: Collection[str]) -> Standing:
    """Compare the schema `current` (None: none yet) with the revisions this code knows, oldest first.

    `applied`: what the database has on record. Raises Invalid for a newer schema that this code cannot work
    on, or of which it cannot be told.
    """
    if current is None or current in known[:-1]:
        return Standing.BEHIND
    if current == known[-1]:
        return Standing.CURRENT
    newer = sorted(name for name in applied if name not in known)
    first, last = _number(known[-1]) + 1, _number(current)
    whole = [_number(name) for name in newer] == list(range(first, last + 1)) and current in newer
    if whole and all(_kind(name) == "pre" for name in newer):
        return Standing.AHEAD
    raise Invalid(
        f"the database has schema {current!r}, which this windlass does not know",
        hint="a newer windlass wrote it; upgrade this one",
    )


def _number(name: str) -> int:
    found = _NAME.fullmatch(name)
    return int(found[1]) if found else -1


def _kind(name: str) -> str:
    found = _NAME.fullmatch(name)
    return found[2] if found else ""
