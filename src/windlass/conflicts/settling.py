"""Settle the conflicts of a merge that have one answer; what comes out is tested like any other tree.

Drivers are chosen by the names of files, here, and are functions; what makes a generated file is chosen by
the settings. Nothing in a tended repository, neither its attributes nor its configuration, makes git run a
program.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from windlass.conflicts.baseline import bounds, counts
from windlass.conflicts.changelog import union
from windlass.conflicts.generated import Generated, advice, is_lock, maker
from windlass.conflicts.model import Clash, Kind, Means, Open, Settled, Sides, Unsettled
from windlass.conflicts.resolution import Resolution, hunks, resolved
from windlass.workspace import Author, Conflicted, Entry, Mirror

SIZE_MAX: Final = 2 * 1024 * 1024
"""Bytes of a file that a driver reads."""
CHANGELOGS: Final = frozenset({"changelog.md", "changes.md", "history.md", "news.md", "release-notes.md"})
BASELINES: Final = {"quality_ratchet.json": bounds, "eslint-suppressions.json": counts}
"""In the top folder; the driver takes them whenever both sides changed them, clean or not."""
FILE: Final = "100644"
"""The mode of a plain file."""
NOT_PLAIN: Final = "{} is no plain file on both sides"
ODD: Final = "its name is no plain text"
_WHO: Final = Author("windlass", "windlass@localhost")

Make = Callable[[str, Generated, Sequence[str]], Mapping[str, bytes] | Open]
"""Makes files of a tree by the command of an entry; see `regenerating.make`."""
Recall = Callable[[Sequence[str]], Mapping[str, Resolution]]
"""Those that are known of some hunks, by id."""


class _Merged(Protocol):
    @property
    def tree(self) -> str: ...


_Merge = Callable[[str, str, str], Conflicted | _Merged]


def _nothing(ids: Sequence[str]) -> Mapping[str, Resolution]:
    return {}


@dataclass(frozen=True, slots=True)
class Workshop:
    """What settles conflicts beside the drivers, as the settings of a repository say."""

    generated: tuple[Generated, ...] = ()
    make: Make = lambda _tree, _entry, _paths: Open("nothing makes it")
    recall: Recall = _nothing


def driver(path: str) -> Callable[[Sides], bytes | Open] | None:
    """Who settles a file, by its name."""
    if path in BASELINES:
        return BASELINES[path]
    return union if path.rpartition("/")[2].lower() in CHANGELOGS else None


def kind(path: str, generated: Sequence[Generated] = ()) -> Kind:
    """What a file is to a merge. A driver of ours comes before a command."""
    if driver(path) is not None:
        return Kind.BASELINE if path in BASELINES else Kind.CHANGELOG
    if maker(generated, path) is not None:
        return Kind.GENERATED
    return Kind.LOCK if is_lock(path) else Kind.FILE


def settle(
    mirror: Mirror, base: str, ours: str, theirs: str, workshop: Workshop = Workshop()
) -> Settled | Unsettled:
    """Merge two commits on this base: with drivers where both changed a file that one knows, and what is made
    by a command made anew, clean or not.
    """
    merge = _Open(mirror, (base, ours, theirs), mirror.merge)
    for path in merge.wanted(lambda one: kind(one, workshop.generated) in (Kind.BASELINE, Kind.GENERATED)):
        merge.add(merge.driven(path, workshop.generated, workshop.recall))
    found = merge.end()
    return _made(mirror, merge, found, workshop) if isinstance(found, Settled) else found


def settle_again(
    mirror: Mirror, base: str, ours: str, theirs: str, kept: Mapping[str, str]
) -> Settled | Unsettled:
    """The same by the other implementation of merging; what lands must have the same tree by both. `kept`:
    the blobs, by path, that were made by no driver, and tested; they count where both sides changed a file.
    """
    merge = _Open(mirror, (base, ours, theirs), mirror.merge_again)
    for path in merge.wanted(lambda one: one in BASELINES or one in kept):
        known = Clash(path, kind(path), Means.RESOLUTION, kept[path]) if path in kept else None
        merge.add(known or merge.driven(path))
    return merge.end()


@dataclass(slots=True)
class _Open:
    """One merge whose clashes are being settled."""

    mirror: Mirror
    commits: tuple[str, str, str]
    merge: _Merge
    merged: Conflicted | _Merged = field(init=False)
    torn: tuple[str, ...] = field(init=False)
    clashes: list[Clash] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.merged = self.merge(*self.commits)
        self.torn = self.merged.paths if isinstance(self.merged, Conflicted) else ()

    def wanted(self, always: Callable[[str], bool]) -> list[str]:
        """What is torn, and what both sides changed of the files that are `always` merged here: line by line
        a baseline can loosen and a generated file can become what nothing generates.
        """
        base, *sides = self.commits
        changes = [
            {one.path: one.oid for one in self.mirror.changed(base, side, renames=False)} for side in sides
        ]
        both = (path for path, oid in changes[0].items() if changes[1].get(path, oid) != oid)
        return sorted({*self.torn, *filter(always, both)})

    def add(self, clash: Clash) -> None:
        if clash.means is not None or clash.note or clash.path in self.torn:
            self.clashes.append(clash)

    def driven(self, path: str, generated: Sequence[Generated] = (), recall: Recall = _nothing) -> Clash:
        """What a file's driver makes of it, or what was made of the same hunks before; of a generated one the
        branch's side, until it is made anew.
        """
        known, mirror, drive = Clash(path, kind(path, generated)), self.mirror, driver(path)
        if known.kind is Kind.LOCK:
            return replace(known, note=advice(path))
        entries = [mirror.listing(commit).get(path) for commit in self.commits]
        if any(one is not None and one.mode != FILE for one in entries) or None in entries[1:]:
            return known if known.kind is Kind.FILE else replace(known, note=NOT_PLAIN.format(path))
        present = [one.oid for one in entries if one is not None]
        if known.kind is Kind.GENERATED:
            odd = not path.isprintable()
            return replace(known, note=ODD) if odd else replace(known, means=Means.COMMAND, oid=present[-2])
        contents = dict(mirror.blobs(dict.fromkeys(present), SIZE_MAX))
        read = [content for oid in present if (content := contents[oid]) is not None]
        if len(read) < len(present):
            return known if drive is None else replace(known, note=f"{path} is larger than {SIZE_MAX} bytes")
        sides = Sides(read[0] if len(read) > 2 else None, *read[-2:])
        if drive is None:
            return self._recalled(known, sides, recall)
        found = drive(sides)
        if isinstance(found, Open):
            return replace(known, note=found.why)
        return replace(known, means=Means.DRIVER, oid=blobs(mirror, {path: found})[path])

    def _recalled(self, known: Clash, sides: Sides, recall: Recall) -> Clash:
        """The clash with every hunk as it was made before, if all of them were."""
        parts = self.mirror.torn(sides.base or b"", sides.ours, sides.theirs)
        ids = hunks(parts) if parts else []
        found = recall(ids) if ids and known.path.isprintable() else {}
        made = resolved(parts, {one.id: one.text for one in found.values()}) if parts and found else None
        if made is None:
            return known
        commits = ", ".join(dict.fromkeys(found[one].commit[:12] for one in ids))
        oid = blobs(self.mirror, {known.path: made})[known.path]
        note = f"settled as in {commits}"
        return replace(known, means=Means.RESOLUTION, oid=oid, note=note, resolutions=tuple(ids))

    def end(self) -> Settled | Unsettled:
        """The merge with everything as it was settled."""
        if any(one.means is None for one in self.clashes):
            return Unsettled(tuple(self.clashes))
        if not self.clashes:
            assert not isinstance(self.merged, Conflicted)
            return Settled(self.merged.tree)
        again = self.merge(*self._with())
        if isinstance(again, Conflicted):
            torn = (Clash(path, kind(path)) for path in again.paths)
            return Unsettled(tuple(torn))
        return Settled(again.tree, tuple(self.clashes))

    def _with(self) -> tuple[str, str, str]:
        """The same merge, in which all three sides have the settled files as they shall be: only the rest is
        merged. Its commits are the same at every try, and nothing refers to them.
        """
        mirror, files = self.mirror, [Entry(FILE, one.oid, one.path) for one in self.clashes]
        trees = [mirror.overlaid(mirror.tree_of(one), drop=(), put=files) for one in self.commits]
        base = mirror.commit(trees[0], [], "settled", _WHO, 0)
        ours, theirs = (mirror.commit(tree, [base], "settled", _WHO, 0) for tree in trees[1:])
        return base, ours, theirs


def _made(mirror: Mirror, merge: _Open, found: Settled, workshop: Workshop) -> Settled | Unsettled:
    """The tree with its generated files made anew, entry by entry, each on what the one before it made."""
    tree, known = found.tree, {one.path: one for one in found.clashes}
    for entry in workshop.generated:
        paths = [
            path
            for path, one in known.items()
            if one.means is Means.COMMAND and maker(workshop.generated, path) == entry
        ]
        if not paths:
            continue
        made = workshop.make(tree, entry, paths)
        new = {} if isinstance(made, Open) else blobs(mirror, {path: made[path] for path in paths})
        for path in paths:
            why = made.why if isinstance(made, Open) else _stale(path, known[path].oid, new[path], entry)
            known[path] = (
                replace(known[path], means=None, oid="", note=why)
                if why
                else replace(known[path], oid=new[path], note=f"{entry.name}: {entry.command}")
            )
        if any(known[path].means is None for path in paths):
            return Unsettled(tuple(known.values()))
        tree = mirror.overlaid(tree, drop=(), put=[Entry(FILE, new[path], path) for path in paths])
    return Settled(tree, tuple(known.values()))


def _stale(path: str, old: str, new: str, entry: Generated) -> str:
    """Why what a command left is not believed: both sides changed the file, so neither has what both make."""
    if old != new:
        return ""
    return f"{entry.name}: {entry.command!r} leaves {path} as the branch has it, without the change"


def blobs(mirror: Mirror, contents: Mapping[str, bytes]) -> dict[str, str]:
    """Store contents; the ids of their blobs."""
    return {one.path: one.oid for one in mirror.files(mirror.write_tree(contents))}
