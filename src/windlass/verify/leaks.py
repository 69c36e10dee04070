"""Secrets in what commits bring: in every file content of every one of them, not only of the last.

A secret that a commit adds and a later one takes away lies in the history all the same, and whoever can read
the repository can read it. What the base has in the same files is nobody's new fault.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from windlass.dispatch import Submission
from windlass.scan import BLOB_MAX, Secret, allowed, find
from windlass.verify.model import Judgement, Outcome
from windlass.verify.settings import parse_settings
from windlass.verify.site import Site
from windlass.workspace import Mirror

BLOBS_MAX: Final = 1_000_000
"""File contents of one look."""
SHOWN_MAX: Final = 20
GITLINK: Final = "160000"
_NONE: Final = "what is no secret goes into [security] allow by its fingerprint"
_MEND: Final = f"take it out of every commit, not only of the last, and revoke it; {_NONE}"
_MEND_TREE: Final = f"take it out, and revoke it if it was ever committed; {_NONE}"


@dataclass(frozen=True, slots=True)
class Leak:
    """`gone`: the file has it no more, only the history has."""

    path: str
    secret: Secret
    oid: str
    gone: bool = False

    def __str__(self) -> str:
        gone = ", taken away by a later commit and still in the history" if self.gone else ""
        return f"{self.path}:{self.secret.line} {self.secret}{gone}"


@dataclass(frozen=True, slots=True)
class Leaks:
    """What was found, what was allowed by name, and what could not be looked at."""

    found: tuple[Leak, ...]
    allowed: tuple[Leak, ...] = ()
    unread: tuple[str, ...] = ()
    contents: int = 0


def of_commits(mirror: Mirror, base: str, commit: str, allow: Mapping[str, str]) -> Leaks:
    """New secrets of the commits from `base` to `commit`; an empty base: of the whole history."""
    brought = _some(mirror.introduced(base, commit))
    seen = _look(mirror, brought)
    if not seen.found:  # Most changes: what the base has need not be asked.
        return seen
    known = _known(mirror, base, commit, brought) if base else set()
    kept = {entry.oid for entry in mirror.files(commit)}
    found = tuple(
        replace(leak, gone=leak.oid not in kept)
        for leak in seen.found
        if leak.secret.fingerprint not in known
    )
    return _sorted(replace(seen, found=found), allow)


def _known(mirror: Mirror, base: str, commit: str, brought: Mapping[str, str]) -> set[str]:
    """Fingerprints of what the base has in the files that the commits change."""
    before = mirror.listing(base)
    paths = {*brought.values(), *(change.old_path for change in mirror.changed(base, commit))}
    old = {before[path].oid: path for path in paths if path in before and before[path].mode != GITLINK}
    return {leak.secret.fingerprint for leak in _look(mirror, old).found}


def of_tree(mirror: Mirror, tree: str, allow: Mapping[str, str]) -> Leaks:
    """The secrets of every file of a tree."""
    blobs = ((entry.oid, entry.path) for entry in mirror.files(tree) if entry.mode != GITLINK)
    return _sorted(_look(mirror, _some(blobs)), allow)


def of_change(mirror: Mirror, base_tree: str, tree: str, allow: Mapping[str, str]) -> Leaks:
    """New secrets of the files in which a tree differs from its base."""
    changes = mirror.changed(base_tree, tree)
    seen = _look(mirror, _some((one.oid, one.path) for one in changes if one.oid and one.mode != GITLINK))
    if not seen.found:
        return seen
    old = {one.old_oid: one.old_path for one in changes if one.old_oid and one.old_mode != GITLINK}
    known = {leak.secret.fingerprint for leak in _look(mirror, old).found}
    found = tuple(leak for leak in seen.found if leak.secret.fingerprint not in known)
    return _sorted(replace(seen, found=found), allow)


def hold(site: Site, submission: Submission, judgement: Judgement) -> Judgement:
    """A certain secret is a no; a likely one, and what could not be read, is for a person."""
    allow = allowed(parse_settings(site.verify).security.allow)
    leaks = of_commits(site.mirror, submission.base, submission.commit, allow)
    return _held(judgement, leaks, allow, _MEND)


def hold_tree(site: Site, judgement: Judgement) -> Judgement:
    """The same of a tree that need not be a commit yet."""
    allow = allowed(parse_settings(site.verify).security.allow)
    leaks = of_change(site.mirror, judgement.base_tree, judgement.tree, allow)
    return _held(judgement, leaks, allow, _MEND_TREE)


def _held(judgement: Judgement, leaks: Leaks, allow: Mapping[str, str], mend: str) -> Judgement:
    certain = [str(leak) for leak in leaks.found if leak.secret.certain]
    doubts = [f"secrets: {leak}" for leak in leaks.found if not leak.secret.certain]
    doubts += [f"secrets: {why}" for why in leaks.unread]
    known = [f"secrets: {leak}: {allow[leak.secret.fingerprint]}" for leak in leaks.allowed]
    held = replace(
        judgement,
        doubts=(*judgement.doubts, *doubts[:SHOWN_MAX]), known=(*judgement.known, *known[:SHOWN_MAX]),
    )  # fmt: skip
    if not certain:
        return held
    told = f"secrets: the change brings {'; '.join(certain[:SHOWN_MAX])} ({mend})"
    return replace(held, outcome=Outcome.FAILED, reasons=(told, *judgement.reasons))


def _some(blobs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return dict(islice(blobs, BLOBS_MAX + 1))


def _look(mirror: Mirror, blobs: Mapping[str, str]) -> Leaks:
    found: list[Leak] = []
    unread = [f"there are more than {BLOBS_MAX} file contents"] if len(blobs) > BLOBS_MAX else []
    for oid, content in mirror.blobs(blobs, BLOB_MAX):
        path = blobs[oid]
        if content is None:
            unread.append(f"{path} is larger than {BLOB_MAX >> 20} MB and was not looked at")
            continue
        found += [Leak(path, one, oid) for one in find(content, path)]
    return Leaks(tuple(found), unread=tuple(unread), contents=len(blobs))


def _sorted(leaks: Leaks, allow: Mapping[str, str]) -> Leaks:
    """Each secret of a path once, rather where it still is, and what the owner allows apart."""
    once: dict[tuple[str, str], Leak] = {}
    for leak in sorted(leaks.found, key=lambda one: (one.path, one.gone, one.secret.line)):
        once.setdefault((leak.path, leak.secret.fingerprint), leak)
    named = tuple(leak for leak in once.values() if leak.secret.fingerprint in allow)
    return replace(leaks, found=tuple(one for one in once.values() if one not in named), allowed=named)
