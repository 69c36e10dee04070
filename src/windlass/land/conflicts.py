"""Conflict radar: which work in flight will collide, told before it lands, by merging in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from windlass.workspace import Conflicted, Mirror

PAIRS_MAX: Final = 500
"""Pairs merged in one look; what is left out is counted, never passed over in silence."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two pieces of work that touch the same files; `conflicts` are those git cannot merge."""

    left: str
    right: str
    shared: tuple[str, ...]
    conflicts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Radar:
    """What one look found. `skipped`: pairs with common files that were not merged because of PAIRS_MAX."""

    overlaps: tuple[Overlap, ...]
    skipped: int

    @property
    def conflicts(self) -> tuple[Overlap, ...]:
        return tuple(overlap for overlap in self.overlaps if overlap.conflicts)


def radar(mirror: Mirror, tips: Mapping[str, str], main: str, *, pairs_max: int = PAIRS_MAX) -> Radar:
    """Predict conflicts among `tips` (name to commit), each compared with where it left `main`."""
    paths = {name: _touched(mirror, main, tip) for name, tip in tips.items()}
    pairs = overlapping(paths)
    found = tuple(
        Overlap(left, right, shared, _conflicts(mirror, tips[left], tips[right]))
        for left, right, shared in pairs[:pairs_max]
    )
    return Radar(found, max(0, len(pairs) - pairs_max))


def overlapping(paths: Mapping[str, frozenset[str]]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Pairs of names whose paths meet, in stable order: only these are worth a merge."""
    pairs = []
    for left, right in combinations(sorted(paths), 2):
        if shared := paths[left] & paths[right]:
            pairs.append((left, right, tuple(sorted(shared))))
    return pairs


def _touched(mirror: Mirror, main: str, tip: str) -> frozenset[str]:
    base = mirror.merge_base(main, tip) or main
    return frozenset(path for change in mirror.changed(base, tip) for path in (change.old_path, change.path))


def _conflicts(mirror: Mirror, left: str, right: str) -> tuple[str, ...]:
    merged = mirror.merge(None, left, right)
    return merged.paths if isinstance(merged, Conflicted) else ()
