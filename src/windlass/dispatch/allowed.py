"""Which files a task may change: exactly its own paths. Pure."""

from collections.abc import Iterable
from typing import Final

ANYWHERE: Final = "*"
"""Among the allowed paths: the automation scope alone limits the task."""


def outside(changed: Iterable[str], allowed: Iterable[str]) -> tuple[str, ...]:
    """The changed paths that are not allowed, sorted. An allowed path that ends in `/` stands for what is
    below.
    """
    whole = frozenset(allowed)
    if ANYWHERE in whole:
        return ()
    folders = tuple(path for path in whole if path.endswith("/") and path != "/")
    return tuple(sorted({path for path in changed if path not in whole and not path.startswith(folders)}))
