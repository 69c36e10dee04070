"""Conflict radar: which work in flight will collide, told before it lands, by merging in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from windlass.conflicts.matrix import fits
from windlass.workspace import Mirror

PAIRS_MAX: Final = 20_000
"""Pairs merged in one look; what is left out is counted, never passed over in silence."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two pieces of work that touch the same files; `conflicts` are those git cannot merge. `unknown`: why
    nobody can tell.
    """

    left: str
    right: str
    shared: tuple[str, ...]
    conflicts: tuple[str, ...]
    unknown: str = ""


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
    taken = pairs[:pairs_max]
    found = fits(mirror, ((tips[left], tips[right]) for left, right, _ in taken))
    overlaps = tuple(
        Overlap(left, right, shared, (fit := found[tips[left], tips[right]]).paths, fit.why)
        for left, right, shared in taken
    )
    return Radar(overlaps, len(pairs) - len(taken))


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
