"""Two independent ways to the tree of a merge: git's own, and ours from the pieces.

`merge` asks `git merge-tree` (the ort strategy). `merge_again` three-way-reads the trees into a temporary
index and merges the files that remain with `git merge-file`, following renames by its own bookkeeping. Both
run with directory renames off and all attributes unset. Where the two disagree nothing may land.
"""

import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import new as new_hash
from pathlib import Path

from windlass.workspace.git import Git, alternates, failed
from windlass.workspace.model import EXECUTABLE, FILE, Change, Conflicted, Merged
from windlass.workspace.trash import scratch
from windlass.workspace.tree import parse_changes

_CONFLICTS_MAX = 127


def merge_tree(git: Git, ours: str, theirs: str) -> Merged | Conflicted:
    """Merge two commits; git looks for their common ancestor."""
    args = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs)
    answer = git.ask(*args)
    if answer.code not in (0, 1):
        raise failed(args, answer.code, answer.err)
    tree, *paths = answer.out.split(b"\0")
    if answer.code == 0:
        return Merged(tree.decode())
    return Conflicted(tuple(sorted({os.fsdecode(p) for p in paths if p})))


def merge_on(git: Git, tmp: Path, trees: tuple[str, str, str]) -> Merged | Conflicted:
    """Merge (base, ours, theirs) on exactly this base.

    Git 2.39 cannot be told the base, so three commits are made up whose only common ancestor is it. They
    lie in an object folder of their own that disappears afterwards.
    """
    objects = git.git_dir / "objects" if git.git_dir else Path()
    with scratch(tmp, "merge-") as folder:
        base = _loose_commit(folder, trees[0], ())
        ours, theirs = (_loose_commit(folder, tree, (base,)) for tree in trees[1:])
        env = {"GIT_OBJECT_DIRECTORY": str(objects), "GIT_ALTERNATE_OBJECT_DIRECTORIES": alternates(folder)}
        return merge_tree(git.with_env(**env), ours, theirs)


def merge_again(git: Git, tmp: Path, trees: tuple[str, str, str]) -> Merged | Conflicted:
    """The tree of merging (base, ours, theirs), computed without `merge-tree`."""
    with scratch(tmp, "again-") as folder:
        inside = git.with_env(GIT_INDEX_FILE=str(folder / "index"))
        inside.run("read-tree", "-i", "-m", "--aggressive", *trees)
        waiting = _unmerged(inside)
        renames = [_renames(git, trees[0], side) for side in trees[1:]]
        lines, conflicts = [], _pulled_apart(*renames)
        for path, stages in sorted(waiting.items()):
            target, pieces = _follow(waiting, path, renames) or (path, stages)
            settled = _settle(git, folder, pieces)
            if settled is None:
                conflicts.append(path)
            else:
                lines += [f"0 {'0' * len(trees[0])}\t{path}\0", f"{settled.mode} {settled.oid}\t{target}\0"]
        if conflicts:
            return Conflicted(tuple(sorted(conflicts)))
        if lines and inside.ask("update-index", "-z", "--index-info", stdin=os.fsencode("".join(lines))).code:
            return Conflicted(tuple(sorted(waiting)))  # A file where the other side has a folder.
        return Merged(inside.run("write-tree").text)


@dataclass(frozen=True, slots=True)
class _Stage:
    mode: str
    oid: str


_Stages = dict[int, _Stage]


def _unmerged(git: Git) -> dict[str, _Stages]:
    found: dict[str, _Stages] = {}
    for record in git.records("ls-files", "-u", "-z"):
        head, _, path = record.partition(b"\t")
        mode, oid, stage = head.decode().split(" ")
        found.setdefault(os.fsdecode(path), {})[int(stage)] = _Stage(mode, oid)
    return found


def _renames(git: Git, base: str, side: str) -> dict[str, Change]:
    records = git.records("diff-tree", "-r", "-z", "-M", "-l1000", "--no-ext-diff", base, side)
    return {c.old_path: c for c in parse_changes(records) if c.status == "R"}


def _pulled_apart(ours: dict[str, Change], theirs: dict[str, Change]) -> list[str]:
    """Files both sides renamed, each to another name; and names both sides gave to different files."""
    apart = [old for old in ours if old in theirs and ours[old].path != theirs[old].path]
    sources = {change.path: old for old, change in ours.items()}
    return apart + [c.path for old, c in theirs.items() if sources.get(c.path, old) != old]


def _follow(
    waiting: dict[str, _Stages], path: str, renames: list[dict[str, Change]]
) -> tuple[str, _Stages] | None:
    """If one side moved `path` away and the other changed it in place: the new name and the three pieces."""
    stages = waiting[path]
    for mover, changer in ((0, 1), (1, 0)):
        change, changed = renames[mover].get(path), stages.get(changer + 2)
        if change and change.oid and changed and mover + 2 not in stages and change.path not in waiting:
            return change.path, {
                1: stages[1],
                mover + 2: _Stage(change.mode, change.oid),
                changer + 2: changed,
            }
    return None


def _settle(git: Git, folder: Path, pieces: _Stages) -> _Stage | None:
    """The merged file, None for a conflict: one side's addition, or a regular file all three sides have."""
    if set(pieces) in ({2}, {3}):
        return next(iter(pieces.values()))
    if set(pieces) != {1, 2, 3} or any(s.mode not in (FILE, EXECUTABLE) for s in pieces.values()):
        return None
    base, ours, theirs = (pieces[n] for n in (1, 2, 3))
    oid = _merge_blobs(git, folder, (ours.oid, base.oid, theirs.oid))
    return _Stage(theirs.mode if ours.mode == base.mode else ours.mode, oid) if oid else None


def _merge_blobs(git: Git, folder: Path, oids: tuple[str, str, str]) -> str | None:
    ours, base, theirs = oids
    if ours == theirs or base == theirs:
        return ours
    if base == ours:
        return theirs
    names = [folder / name for name in ("ours", "base", "theirs")]
    for name, oid in zip(names, oids, strict=True):
        with name.open("wb") as file:
            git.run("cat-file", "blob", oid, stdout=file)
    args = ("merge-file", "-p", *map(str, names))
    answer = git.ask(*args)
    if answer.code == 0:
        return git.run("hash-object", "-w", "--no-filters", "--stdin", stdin=answer.out).text
    if answer.code <= _CONFLICTS_MAX or "binary" in answer.err:
        return None
    raise failed(args, answer.code, answer.err)


def _loose_commit(objects: Path, tree: str, parents: Iterable[str]) -> str:
    """Write a commit nobody will keep, without asking git: three processes fewer for every merge."""
    head = "".join([f"tree {tree}\n", *(f"parent {p}\n" for p in parents)])
    body = f"{head}author w <w> 1700000000 +0000\ncommitter w <w> 1700000000 +0000\n\n{len(head)}\n".encode()
    whole = b"commit %d\0" % len(body) + body
    oid = new_hash("sha1" if len(tree) == 40 else "sha256", whole, usedforsecurity=False).hexdigest()
    path = objects / oid[:2] / oid[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(whole, 1))
    return oid
