"""Order versions as their ecosystem does, for those whose order is known. Pure.

PyPI: PEP 440, by `packaging`. npm, crates.io and Go: Semantic Versioning 2.0.0, clause 11, where numbers
compare as numbers and a version with a pre-release comes before the one without. No order is guessed for
others.
"""

import re
from functools import lru_cache
from typing import Final

from packaging.version import InvalidVersion, Version

SEMVER: Final = frozenset({"npm", "crates.io", "Go"})
LENGTH_MAX: Final = 200
_SEMVER: Final = re.compile(
    r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?"
)

Key = Version | tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]
"""Compares with keys of the same ecosystem alone."""


@lru_cache(1 << 16)
def key(ecosystem: str, text: str) -> Key | None:
    """What sorts like the version; None where it is none, or nobody here knows the order."""
    if len(text) > LENGTH_MAX:
        return None
    if ecosystem == "PyPI":
        try:
            return Version(text)
        except InvalidVersion:
            return None
    found = _SEMVER.fullmatch(text) if ecosystem in SEMVER else None
    if found is None:
        return None
    numbers = (int(found[1]), int(found[2]), int(found[3]))
    parts = (found[4] or "").split(".") if found[4] else []
    before = tuple((not one.isdigit(), int(one) if one.isdigit() else 0, one) for one in parts)
    return (*numbers, not parts, before)


def name(ecosystem: str, text: str) -> str:
    """A package's name as the ecosystem compares it."""
    return re.sub(r"[-_.]+", "-", text).lower() if ecosystem == "PyPI" else text
