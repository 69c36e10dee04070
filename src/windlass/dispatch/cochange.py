"""Which files a change will probably drag along: those that changed together with its files before. Pure.

Association rules over the history, after Zimmermann, Weißgerber, Diehl and Zeller, Mining Version Histories
to Guide Software Changes (2005): support is how many commits changed both, confidence the share of those of
one file that changed the other too. Few commits of a file are no measure: its confidence is drawn towards
that of its folder, as a mean is under a prior of FOLDER_WEIGHT observations.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from posixpath import dirname
from typing import Final

SUPPORT_MIN: Final = 3
CONFIDENCE_MIN: Final = 0.5
SURER_MIN: Final = 0.58
"""Of two changes that each drag a file along so often, both do in a third of all cases (its square): a
conflict costs an attempt, which is taken for twice as dear as the wait that avoids it.
"""
FOLDER_WEIGHT: Final = 4
"""For so many commits of a file the others of its folder count."""
FILES_MAX: Final = 30
"""A commit with more files says nothing: it is a rename, a format run or an import."""
LIKELY_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class History:
    """Commits as sets of files, with the commits of each file and of each folder."""

    commits: Sequence[frozenset[str]]
    of: Mapping[str, Sequence[int]]
    near: Mapping[str, Sequence[int]]


def history(commits: Iterable[Iterable[str]]) -> History:
    """An index over the files of commits; those with more than FILES_MAX are left out."""
    kept = [files for files in map(frozenset, commits) if 0 < len(files) <= FILES_MAX]
    of: dict[str, list[int]] = {}
    near: dict[str, list[int]] = {}
    for number, files in enumerate(kept):
        for path in files:
            of.setdefault(path, []).append(number)
        for folder in set(map(dirname, files)):
            near.setdefault(folder, []).append(number)
    return History(kept, of, near)


def likely(past: History, paths: Iterable[str]) -> dict[str, float]:
    """Files that a change of `paths` probably changes too, with the confidence in that: the surest first, at
    most LIKELY_MAX.
    """
    mine = frozenset(paths)
    best: dict[str, float] = {}
    for path in mine:
        for other, confidence in _dragged(past, path):
            if other not in mine and confidence >= CONFIDENCE_MIN:
                best[other] = max(best.get(other, 0.0), confidence)
    return dict(sorted(best.items(), key=lambda one: (-one[1], one[0]))[:LIKELY_MAX])


def _dragged(past: History, path: str) -> Iterator[tuple[str, float]]:
    """Every file that came with this one, or from elsewhere with others of its folder, often enough."""
    folder = dirname(path)
    own, all_ = past.of.get(path, ()), past.near.get(folder, ())
    times = Counter(other for number in own for other in past.commits[number])
    around = Counter(other for number in all_ for other in past.commits[number])
    for other, seen in around.items():
        if dirname(other) != folder and seen >= SUPPORT_MIN:
            drawn = times[other] + FOLDER_WEIGHT * seen / len(all_)
            yield other, drawn / (len(own) + FOLDER_WEIGHT)
        elif times[other] >= SUPPORT_MIN:  # of its own folder each file has a part of the commits
            yield other, times[other] / len(own)
