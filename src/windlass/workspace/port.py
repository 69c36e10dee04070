"""What landing and the simulation need of a repository: references by compare-and-swap, commits, merges."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from windlass.workspace.model import Author, Conflicted, Merged


class Refs(Protocol):
    """Implemented on git by `Mirror` and in memory by `MemoryRefs`; one conformance suite holds both."""

    def ref(self, name: str) -> str | None:
        """The commit at a full reference name, None when there is none."""
        ...

    def set_ref(self, name: str, oid: str, *, expected: str | None) -> None:
        """Move `name` from `expected` (None: must not exist) to `oid`, or raise `Moved`, nothing changed."""
        ...

    def delete_ref(self, name: str, expected: str) -> None:
        """Delete `name` if it is at `expected`, or raise `Moved`."""
        ...

    def write_tree(self, files: Mapping[str, bytes]) -> str:
        """Store regular files under their paths and return the tree."""
        ...

    def commit(self, tree: str, parents: Sequence[str], message: str, author: Author, at: float) -> str:
        """Store a commit. The same inputs give the same id, on git and in memory alike."""
        ...

    def tree_of(self, commit: str) -> str:
        """The tree of a commit; a tree is its own. `NotFound` if there is no such object."""
        ...

    def merge(self, base: str | None, ours: str, theirs: str) -> Merged | Conflicted:
        """Merge two commits without a work tree.

        `base` None: the best common ancestor; else exactly that one.
        """
        ...
