"""Which files a task may change: exactly its own paths. Pure."""

from collections.abc import Iterable


def outside(changed: Iterable[str], allowed: Iterable[str]) -> tuple[str, ...]:
    """The changed paths that are not allowed, sorted. An allowed path that ends in `/` stands for what is
    below.
    """
    whole = frozenset(allowed)
    folders = tuple(path for path in whole if path.endswith("/") and path != "/")
    return tuple(sorted({path for path in changed if path not in whole and not path.startswith(folders)}))
