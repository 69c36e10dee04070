"""Which pairs of commits merge for certain, by the paths that their commits change. Pure.

Two sides whose changed paths do not meet have a clean merge, if they have one best common ancestor: what one
side changed, renamed or removed the other left as it was. Nothing is said of any other pair.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final

LOG_FORMAT: Final = "%x01%H %P"
"""For `log --reverse --topo-order -m --name-only --no-renames -z`: a merge comes once for each parent."""


@dataclass(frozen=True, slots=True)
class Step:
    """A commit: its parents, and the paths in which it differs from any of them."""

    parents: tuple[str, ...]
    paths: frozenset[str]


def parse_steps(out: bytes) -> dict[str, Step]:
    """The commits that git printed with LOG_FORMAT, parents before children."""
    found: dict[str, Step] = {}
    for record in out.split(b"\x01")[1:]:
        head, *paths = record.split(b"\0")
        commit, *parents = head.decode("ascii").split()
        named = frozenset(os.fsdecode(path.lstrip(b"\n")) for path in paths if path.strip(b"\n"))
        before = found[commit].paths if commit in found else frozenset()
        found[commit] = Step(tuple(parents), before | named)
    return found


class Meeting:
    """`steps`: every commit that some tip holds and `base` does not, parents first; all tips hold `base`."""

    def __init__(self, steps: Mapping[str, Step], base: str) -> None:
        self._paths = [step.paths for step in steps.values()]
        self._reach: dict[str, int] = {base: 0}
        """What a commit holds, itself included, as bits: its number is its place in `steps`."""
        self._rooted: dict[str, bool] = {base: True}
        """Whether it holds the base."""
        self._order = list(steps)
        for number, (commit, step) in enumerate(steps.items()):
            held = 1 << number
            for parent in step.parents:
                held |= self._reach.get(parent, 0)
            self._reach[commit] = held
            self._rooted[commit] = any(self._rooted.get(parent, False) for parent in step.parents)
        self._touched = lru_cache(maxsize=None)(self._union)

    def surely(self, left: str, right: str) -> bool:
        """Whether the two merge for certain."""
        if left not in self._reach or right not in self._reach:
            return False
        common = self._reach[left] & self._reach[right]
        if common:
            newest = self._order[common.bit_length() - 1]
            if self._reach[newest] != common or not self._rooted[newest]:
                return False  # several best common ancestors
        elif not (self._rooted[left] and self._rooted[right]):
            return False
        ours, theirs = (self._touched(self._reach[side] & ~common) for side in (left, right))
        return ours[0].isdisjoint(theirs[1]) and theirs[0].isdisjoint(ours[1])

    def _union(self, commits: int) -> tuple[frozenset[str], frozenset[str]]:
        """The paths that some commits change, and the same with all folders above them."""
        paths = frozenset().union(*(self._paths[number] for number in bits(commits)))
        return paths, paths | {folder for path in paths for folder in above(path)}


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def above(path: str) -> Iterable[str]:
    """The folders a path lies in."""
    parts: Sequence[str] = path.split("/")[:-1]
    return accumulate(parts, lambda folder, part: f"{folder}/{part}")
