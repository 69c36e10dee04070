"""The conflict matrix: how every piece of live work merges with every other, and where it hurts most."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from windlass.conflicts.model import Fit
from windlass.workspace import Mirror, Refused


@dataclass(frozen=True, slots=True)
class Matrix:
    """`tips`: name to commit. `fits`: each pair of names once, the first of them earlier in `tips`."""

    tips: Mapping[str, str]
    fits: Mapping[tuple[str, str], Fit]

    def at(self, left: str, right: str) -> Fit | None:
        """How two merge; None where both are one."""
        return self.fits.get((left, right)) or self.fits.get((right, left))

    @property
    def conflicts(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """The pairs in conflict, and where."""
        return {pair: fit.paths for pair, fit in self.fits.items() if fit.clean is False}

    @property
    def unknown(self) -> dict[tuple[str, str], str]:
        """The pairs that nobody can tell of, and why."""
        return {pair: fit.why for pair, fit in self.fits.items() if fit.clean is None}

    @property
    def hot(self) -> list[tuple[str, int]]:
        """Paths by the number of pairs that conflict there, most first."""
        counted = Counter(path for paths in self.conflicts.values() for path in paths)
        return sorted(counted.items(), key=lambda one: (-one[1], one[0]))


def matrix(mirror: Mirror, tips: Mapping[str, str]) -> Matrix:
    """Merge all pairs in memory."""
    named = {(one, other): (tips[one], tips[other]) for one, other in combinations(tips, 2)}
    found = fits(mirror, named.values())
    return Matrix(dict(tips), {names: found[commits] for names, commits in named.items()})


def fits(mirror: Mirror, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Fit]:
    """How pairs of commits merge. The answer for two commits never changes and is kept."""
    told = mirror.fits(pairs)
    return {
        pair: Fit(None, why=one.detail) if isinstance(one, Refused)
        else Fit(one is None, one.paths if one else ())
        for pair, one in told.items()
    }  # fmt: skip
