"""Compare two trees object by object, under a budget: git's own diff would hold a bomb in memory first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from os import fsdecode

from windlass.workspace.model import (
    EXECUTABLE,
    FILE,
    GITLINK,
    OID,
    SYMLINK,
    Change,
    ImportBudget,
    Refused,
)
from windlass.workspace.names import PATH_MAX, bad_name

Read = Callable[[str], tuple[str, bytes]]
"""Gives kind (`blob`, `tree`, `commit`, `tag`, or `missing`) and content of an object."""

_TREE = "40000"
_ALLOWED = (FILE, EXECUTABLE, SYMLINK)


class Stop(Exception):
    """Why the import ends here."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.refused = Refused(reason, detail)


@dataclass(frozen=True, slots=True)
class _Node:
    mode: str
    oid: str


@dataclass(slots=True)
class Walk:
    """One comparison. `changes` grows as it goes; going over a budget raises `Stop`."""

    read: Read
    budget: ImportBudget
    changes: list[Change] = field(default_factory=list)
    trees: int = 0

    def compare(self, old: str, new: str) -> list[Change]:
        """What differs between two trees, every new name, mode and depth checked."""
        waiting: list[tuple[str, str | None, str | None]] = [("", old, new)]
        while waiting:
            prefix, before, after = waiting.pop()
            for name, left, right in self._pairs(before, after):
                path = f"{prefix}{name}"
                if right:
                    self._check_name(path, name)
                self._note(path, left, right)
                folders = [node.oid if node and node.mode == _TREE else None for node in (left, right)]
                if any(folders):
                    waiting.append((f"{path}/", folders[0], folders[1]))
        return self.changes

    def _pairs(
        self, before: str | None, after: str | None
    ) -> Iterator[tuple[str, _Node | None, _Node | None]]:
        old, new = self._nodes(before), self._nodes(after)
        for name in {**old, **new}:
            if old.get(name) != new.get(name):
                yield name, old.get(name), new.get(name)

    def _nodes(self, oid: str | None) -> dict[str, _Node]:
        if oid is None:
            return {}
        self.trees += 1
        if self.trees > 10 * self.budget.files_max:
            raise Stop("too-many-files", f"over {10 * self.budget.files_max} folders differ")
        kind, content = self.read(oid)
        if kind != "tree":
            raise Stop("bad-tree", f"{oid} is a {kind}, not a tree")
        return dict(_parse_tree(content, len(oid) // 2))

    def _check_name(self, path: str, name: str) -> None:
        if reason := bad_name(name):
            raise Stop("bad-name", f"{path!r}: {reason}")
        if path.count("/") >= self.budget.depth_max or len(path) > PATH_MAX:
            raise Stop("too-deep", f"{path[:80]!r}… lies more than {self.budget.depth_max} folders deep")

    def _note(self, path: str, left: _Node | None, right: _Node | None) -> None:
        old = left if left and left.mode != _TREE else None
        new = right if right and right.mode != _TREE else None
        if not old and not new:
            return
        if GITLINK in (old and old.mode, new and new.mode):
            raise Stop("submodule", f"{path!r} is a submodule, which no change may add, move or remove")
        if new and new.mode not in _ALLOWED:
            raise Stop("bad-mode", f"{path!r} has mode {new.mode}")
        status = "A" if not old else "D" if not new else "M"
        modes = (new.mode if new else "000000", old.mode if old else "000000")
        self.changes.append(
            Change(status, path, path, old.oid if old else None, new.oid if new else None, *modes)
        )
        if len(self.changes) > self.budget.files_max:
            raise Stop("too-many-files", f"over {self.budget.files_max} files differ")


def chain(read: Read, head: str, base: str, commits_max: int) -> list[str]:
    """The commits from `base` (left out) to `head`, oldest first; each must have exactly one parent."""
    found, at = [head], head
    while True:
        parents = commit_parents(read, at)
        if parents == [base]:
            return found[::-1]
        if len(parents) != 1:
            raise Stop("wrong-base", f"{at} has {len(parents)} parents; the line must lead to {base}")
        at = parents[0]
        found.append(at)
        if len(found) > commits_max:
            raise Stop("wrong-base", f"{base} is not within {commits_max} commits")


def commit_parents(read: Read, oid: str) -> list[str]:
    return [line[7:] for line in _commit_head(read, oid) if line.startswith("parent ")]


def commit_tree(read: Read, oid: str) -> str:
    """The tree of a commit, read from the commit itself."""
    tree = _commit_head(read, oid)[0].removeprefix("tree ")
    if not OID.fullmatch(tree):
        raise Stop("bad-head", f"{oid} names no tree")
    return tree


def _commit_head(read: Read, oid: str) -> list[str]:
    kind, content = read(oid)
    if kind != "commit":
        raise Stop("bad-head", f"{oid} is a {kind}, not a commit")
    return content.partition(b"\n\n")[0].decode("utf-8", "replace").split("\n")


def _parse_tree(content: bytes, oid_bytes: int) -> Iterator[tuple[str, _Node]]:
    at = 0
    while at < len(content):
        space, end = content.find(b" ", at), content.find(b"\0", at)
        if not at < space < end or end + 1 + oid_bytes > len(content):
            raise Stop("bad-tree", "a tree cannot be read")
        mode, name = content[at:space].decode("ascii", "replace"), fsdecode(content[space + 1 : end])
        at = end + 1 + oid_bytes
        yield name, _Node(mode, content[end + 1 : at].hex())
