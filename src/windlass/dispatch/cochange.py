"""Which files a change will probably drag along: those that changed together with its files before. Pure.

Association rules over the history, after Zimmermann, Weißgerber, Diehl and Zeller, Mining Version Histories
to Guide Software Changes (2005): support is how many commits changed both, confidence the share of those of
one file that changed the other too.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

SUPPORT_MIN: Final = 3
CONFIDENCE_MIN: Final = 0.5
FILES_MAX: Final = 30
"""A commit with more files says nothing: it is a rename, a format run or an import."""
LIKELY_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class History:
    """Commits as sets of files, with the commits of each file."""

    commits: Sequence[frozenset[str]]
    of: Mapping[str, Sequence[int]]


def history(commits: Iterable[Iterable[str]]) -> History:
    """An index over the files of commits; those with more than FILES_MAX are left out."""
    kept = [files for files in map(frozenset, commits) if 0 < len(files) <= FILES_MAX]
    of: dict[str, list[int]] = {}
    for number, files in enumerate(kept):
        for path in files:
            of.setdefault(path, []).append(number)
    return History(kept, of)


def likely(past: History, paths: Iterable[str]) -> tuple[str, ...]:
    """Files that a change of `paths` probably changes too, the surest first, at most LIKELY_MAX."""
    mine = frozenset(paths)
    best: dict[str, float] = {}
    for path in mine & past.of.keys():
        numbers = past.of[path]
        together = Counter(other for number in numbers for other in past.commits[number])
        for other, times in together.items():
            confidence = times / len(numbers)
            if other not in mine and times >= SUPPORT_MIN and confidence >= CONFIDENCE_MIN:
                best[other] = max(best.get(other, 0.0), confidence)
    return tuple(sorted(best, key=lambda other: (-best[other], other))[:LIKELY_MAX])
