"""What a tree says about itself: its files, their configuration, how it is laid out.

A tree never changes, and the next judgement is about one of the last few trees again: each is read once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from windlass.verify.distribution import Distribution, distribution
from windlass.verify.focus import collected
from windlass.verify.requirements import FILES
from windlass.workspace import Entry, Mirror

FACTS_MAX: Final = 8
"""Trees that are remembered: a change, its base, what they are merged, and the same of the next."""
_PATHS_MAX: Final = 1 << 16
TEXT_MAX: Final = 1024 * 1024
_CONFIGURATION: Final = re.compile(
    r"pyproject\.toml|\.pre-commit-config\.yaml|setup\.(cfg|py)|tox\.ini|\.?pytest\.ini|\.coveragerc"
    r"|\.?ruff\.toml|\.?mypy\.ini"
    r"|(src/|lib/)?[^/]+/(__init__|_?_?version_?_?|__about__)\.py|[^/]+\.py"
    r"|(\w+/)?[^/]*(requirements|constraints|reqs?|deps)[^/]*\.(txt|in)"
    r"|package\.json|tsconfig\.json|Cargo\.toml|go\.mod"
    r"|(requirements|reqs?|deps)/[^/]+\.(txt|in)"
)


@dataclass(frozen=True, eq=False)
class Facts:
    """Everything is read when it is first asked for, from the mirror alone."""

    mirror: Mirror
    tree: str

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        return self.mirror.listing(self.tree)

    @cached_property
    def files(self) -> frozenset[str]:
        return self.mirror.plain_files(self.tree)

    @cached_property
    def python(self) -> bool:
        """Whether there is any."""
        return any(path.endswith(".py") for path in self.files)

    @cached_property
    def texts(self) -> dict[str, str]:
        """Configuration files and the few modules that may hold the version, by path."""
        wanted = [path for path in self.files if _is_wanted(path)]
        return {path: text.decode("utf-8", "replace") for path, text in self.contents(wanted, TEXT_MAX)}

    @cached_property
    def distribution(self) -> Distribution:
        return distribution(self.files, self.texts)

    @cached_property
    def tests(self) -> tuple[str, ...]:
        """Files that a whole test run would collect."""
        return tuple(collected(self.files, self.texts))

    def contents(self, paths: Sequence[str], size_max: int) -> Iterator[tuple[str, bytes]]:
        """The bytes of files of the tree; those larger than `size_max` are left out."""
        by_oid: dict[str, list[str]] = {}
        for path in paths:
            by_oid.setdefault(self.entries[path].oid, []).append(path)
        for oid, content in self.mirror.blobs(by_oid, size_max):
            for path in by_oid[oid] if content is not None else ():
                yield path, content or b""


@lru_cache(_PATHS_MAX)
def _is_wanted(path: str) -> bool:
    return bool(_CONFIGURATION.fullmatch(path) or FILES.fullmatch(path))


@lru_cache(FACTS_MAX)
def facts_of(mirror: Mirror, tree: str) -> Facts:
    """The facts of a tree, those of an earlier call if it was one of the last few."""
    return Facts(mirror, tree)
