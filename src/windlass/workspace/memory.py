"""A repository in memory, small and real: the simulation runs thousands of seeds on it.

Ids are the ones git would compute (SHA-1, regular files). Coarser than git in one respect: two different
changes of one file always conflict, even where git would merge them line by line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha1

from windlass.kernel import NotFound
from windlass.workspace.model import Author, Conflicted, Merged, Moved
from windlass.workspace.refs import check_oid, check_ref

_ANCESTORS_MAX = 100_000


@dataclass(slots=True)
class MemoryRefs:
    """Implements `Refs`. Not for several threads."""

    references: dict[str, str] = field(default_factory=dict)
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    commits: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    def ref(self, name: str) -> str | None:
        return self.references.get(check_ref(name))

    def set_ref(self, name: str, oid: str, *, expected: str | None) -> None:
        self._expect(name, expected)
        if check_oid(oid) not in self.commits and oid not in self.trees:
            raise NotFound(f"there is no object {oid} to point {name} at")
        self.references[name] = oid

    def delete_ref(self, name: str, expected: str) -> None:
        self._expect(name, expected)
        del self.references[name]

    def write_tree(self, files: Mapping[str, bytes]) -> str:
        oid = _tree_id({path.encode(errors="surrogateescape"): content for path, content in files.items()})
        self.trees[oid] = dict(files)
        return oid

    def commit(self, tree: str, parents: Sequence[str], message: str, author: Author, at: float) -> str:
        self.files(tree)
        who = f"{author.name} <{author.email}> {int(at)} +0000"
        text = message.replace("\0", "").strip("\n") + "\n"
        head = [f"tree {tree}", *(f"parent {p}" for p in parents), f"author {who}", f"committer {who}"]
        oid = _id(b"commit", "\n".join([*head, "", text]).encode(errors="surrogateescape"))
        self.commits[oid] = (self.tree_of(tree), tuple(parents))
        return oid

    def tree_of(self, commit: str) -> str:
        if check_oid(commit) in self.commits:
            return self.commits[commit][0]
        if commit in self.trees:
            return commit
        raise NotFound(f"there is no commit {commit}")

    def files(self, commit: str) -> dict[str, bytes]:
        """The files of a commit or tree."""
        return dict(self.trees[self.tree_of(commit)])

    def merge(self, base: str | None, ours: str, theirs: str) -> Merged | Conflicted:
        start = base or self._merge_base(ours, theirs)
        old, one, two = (self.files(c) for c in (start, ours, theirs))
        merged: dict[str, bytes] = {}
        conflicts = []
        for path in sorted({*old, *one, *two}):
            before, left, right = old.get(path), one.get(path), two.get(path)
            if before != left and before != right and left != right:
                conflicts.append(path)
            chosen = right if left == before else left
            if chosen is not None:
                merged[path] = chosen
        conflicts += [
            path for path in merged if any(f"{path}/" == other[: len(path) + 1] for other in merged)
        ]
        return Conflicted(tuple(sorted(set(conflicts)))) if conflicts else Merged(self.write_tree(merged))

    def _expect(self, name: str, expected: str | None) -> None:
        now = self.ref(name)
        if now != expected:
            raise Moved(
                f"{name} is at {now or 'nothing'}, not at {expected or 'nothing'}", hint="read it again"
            )

    def _merge_base(self, ours: str, theirs: str) -> str:
        mine = self._ancestors(ours)
        for commit in self._ancestors(theirs):
            if commit in mine:
                return commit
        raise NotFound(f"{ours} and {theirs} have no common ancestor")

    def _ancestors(self, commit: str) -> dict[str, None]:
        """Breadth first, nearest first."""
        found: dict[str, None] = {}
        waiting = [commit]
        while waiting and len(found) < _ANCESTORS_MAX:
            found |= dict.fromkeys(waiting)
            waiting = [p for c in waiting for p in self.commits[c][1] if p not in found]
        return found


def _tree_id(files: Mapping[bytes, bytes]) -> str:
    """The id git gives a tree of regular files: entries sorted as if folders ended in a slash."""
    here: dict[bytes, bytes] = {}
    below: dict[bytes, dict[bytes, bytes]] = {}
    for path, content in files.items():
        name, slash, rest = path.partition(b"/")
        if slash:
            below.setdefault(name, {})[rest] = content
        else:
            here[name] = b"100644 %s\0%s" % (name, bytes.fromhex(_id(b"blob", content)))
    for name, inner in below.items():
        here[name + b"/"] = b"40000 %s\0%s" % (name, bytes.fromhex(_tree_id(inner)))
    return _id(b"tree", b"".join(here[name] for name in sorted(here)))


def _id(kind: bytes, content: bytes) -> str:
    return sha1(b"%s %d\0%s" % (kind, len(content), content), usedforsecurity=False).hexdigest()
