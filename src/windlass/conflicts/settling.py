"""Settle the conflicts of a merge that have one answer; what comes out is tested like any other tree.

The drivers are chosen by the names of files, here, and are functions: nothing in a tended repository, neither
its attributes nor its configuration, chooses one or makes git run a program.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from windlass.conflicts.baseline import bounds, counts
from windlass.conflicts.changelog import union
from windlass.conflicts.model import Open, Sides
from windlass.workspace import Author, Conflicted, Entry, Mirror

SIZE_MAX: Final = 2 * 1024 * 1024
"""Bytes of a file that a driver reads."""
CHANGELOGS: Final = frozenset({"changelog.md", "changes.md", "history.md", "news.md", "release-notes.md"})
BASELINES: Final = {"quality_ratchet.json": bounds, "eslint-suppressions.json": counts}
"""In the top folder; the driver takes them whenever both sides changed them, clean or not."""
FILE: Final = "100644"
"""The mode of a plain file."""
_WHO: Final = Author("windlass", "windlass@localhost")


class _Merged(Protocol):
    @property
    def tree(self) -> str: ...


_Merge = Callable[[str, str, str], Conflicted | _Merged]


@dataclass(frozen=True, slots=True)
class Settled:
    """The merge's tree, and the paths that drivers settled."""

    tree: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsettled:
    """The paths in conflict; `why` a driver that knows a path left it so."""

    paths: tuple[str, ...]
    why: Mapping[str, str] = field(default_factory=dict)


def driver(path: str) -> Callable[[Sides], bytes | Open] | None:
    """Who settles a file, by its name."""
    if path in BASELINES:
        return BASELINES[path]
    return union if path.rpartition("/")[2].lower() in CHANGELOGS else None


def settle(mirror: Mirror, base: str, ours: str, theirs: str) -> Settled | Unsettled:
    """Merge two commits on this base, with drivers where both changed a file that one knows."""
    return _settle(mirror, (base, ours, theirs), mirror.merge)


def settle_again(mirror: Mirror, base: str, ours: str, theirs: str) -> Settled | Unsettled:
    """The same by the other implementation of merging; what lands must have the same tree by both."""
    return _settle(mirror, (base, ours, theirs), mirror.merge_again)


def _settle(mirror: Mirror, commits: tuple[str, str, str], merge: _Merge) -> Settled | Unsettled:
    merged = merge(*commits)
    torn = merged.paths if isinstance(merged, Conflicted) else ()
    # A baseline of both sides goes to its driver though git may merge it: line by line it can loosen.
    sides = [{one.path for one in mirror.changed(commits[0], side, renames=False)} for side in commits[1:]]
    wanted = sorted({*torn, *(sides[0] & sides[1] & {*BASELINES})})
    put: dict[str, bytes] = {}
    why: dict[str, str] = {}
    for path in wanted:
        found = _driven(mirror, commits, path)
        if isinstance(found, bytes):
            put[path] = found
        elif found.why or path not in torn:
            why[path] = found.why
    if why or len(put) < len(wanted):
        return Unsettled(tuple(sorted({*torn, *why})), why)
    again = merge(*_with(mirror, commits, put)) if put else merged
    return Unsettled(again.paths) if isinstance(again, Conflicted) else Settled(again.tree, tuple(put))


def _driven(mirror: Mirror, commits: tuple[str, str, str], path: str) -> bytes | Open:
    """What its driver makes of a file; Open without a word where there is none."""
    known = driver(path)
    if known is None:
        return Open("")
    entries = [mirror.listing(commit).get(path) for commit in commits]
    if any(one is not None and one.mode != FILE for one in entries) or None in entries[1:]:
        return Open(f"{path} is no plain file on both sides")
    oids = [one.oid for one in entries if one is not None]
    contents = dict(mirror.blobs(dict.fromkeys(oids), SIZE_MAX))
    if None in contents.values():
        return Open(f"{path} is larger than {SIZE_MAX} bytes")
    read = [None if one is None else contents[one.oid] for one in entries]
    base, ours, theirs = read
    assert ours is not None
    assert theirs is not None
    return known(Sides(base, ours, theirs))


def _with(mirror: Mirror, commits: tuple[str, str, str], put: Mapping[str, bytes]) -> tuple[str, str, str]:
    """The same merge, in which all three sides have the settled files as they shall be: only the rest is
    merged. Its commits are the same at every try, and nothing refers to them.
    """
    files = [Entry(FILE, one.oid, one.path) for one in mirror.files(mirror.write_tree(put))]
    trees = [mirror.overlaid(mirror.tree_of(one), drop=(), put=files) for one in commits]
    base = mirror.commit(trees[0], [], "settled", _WHO, 0)
    ours, theirs = (mirror.commit(tree, [base], "settled", _WHO, 0) for tree in trees[1:])
    return base, ours, theirs
