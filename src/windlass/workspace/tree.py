"""Read what git prints with -z into values. Pure; paths keep bytes that are not UTF-8 as surrogates."""

from collections.abc import Iterable, Iterator, Mapping
from os import fsdecode

from windlass.kernel import NotFound
from windlass.workspace.model import Blame, Change, Diffstat, Entry, FileStat, Logged


def parse_entry(record: bytes) -> Entry:
    """One record of `ls-tree -r -z`, with or without `-l`: mode SP type SP oid [SP+ size] TAB path."""
    head, _, path = fsdecode(record).partition("\t")
    return _entry(head, path)


class Listing(Mapping[str, Entry]):
    """A tree's entries by path, in git's order, as `ls-tree -r -z` prints them.

    An entry is made when it is asked for: of 100,000 entries a reader looks at few.
    """

    __slots__ = ("_heads",)

    def __init__(self, out: bytes) -> None:
        parts = (record.partition("\t") for record in fsdecode(out).split("\0")[:-1])
        self._heads = {path: head for head, _, path in parts}

    @property
    def files(self) -> frozenset[str]:
        """The paths of regular files, executable or not."""
        return frozenset(path for path, head in self._heads.items() if head.startswith("100"))

    def __getitem__(self, path: str) -> Entry:
        return _entry(self._heads[path], path)

    def __iter__(self) -> Iterator[str]:
        return iter(self._heads)

    def __len__(self) -> int:
        return len(self._heads)

    def __contains__(self, path: object) -> bool:
        return path in self._heads


def parse_changes(records: Iterable[bytes]) -> Iterator[Change]:
    """The records of `diff-tree -r -z`: `:old new old_oid oid STATUS`, path, and a second one if renamed."""
    stream = iter(records)
    for head in stream:
        old_mode, mode, old_oid, oid, status = head[1:].decode().split(" ")
        letter = status[0]
        old_path = fsdecode(next(stream))
        path = fsdecode(next(stream)) if letter in "RC" else old_path
        yield Change(letter, old_path, path, _known(old_oid), _known(oid), mode, old_mode)


def parse_numstat(records: Iterable[bytes]) -> Diffstat:
    """The records of `diff-tree -r -z --numstat`: added TAB removed TAB path; renames: two paths follow."""
    stream, files = iter(records), []
    for record in stream:
        added, removed, path = record.split(b"\t", 2)
        if not path:
            next(stream)
            path = next(stream)
        binary = added == b"-"
        lines = (0, 0) if binary else (int(added), int(removed))
        files.append(FileStat(fsdecode(path), *lines, binary))
    return Diffstat(tuple(files))


LOG_FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%s%x00"
"""Seven fields a commit, each closed by NUL; `-z` closes the commit with one more."""


def parse_log(out: bytes) -> list[Logged]:
    """The output of `log -z --format=LOG_FORMAT`. A commit whose author line names no time is of time 0."""
    fields = out.decode("utf-8", "replace").split("\0")
    found = []
    for at in range(0, len(fields) - 7, 8):
        commit, tree, parents, name, email, when, subject = fields[at : at + 7]
        found.append(Logged(commit, tree, tuple(parents.split()), name, email, float(when or 0), subject))
    return found


def parse_blame(out: bytes) -> Blame:
    """The output of `blame --porcelain` for one line."""
    lines = out.decode("utf-8", "replace").split("\n")
    facts = dict(line.partition(" ")[::2] for line in lines[1:] if not line.startswith("\t"))
    email = facts["author-mail"].strip("<>")
    return Blame(facts["author"], email, float(facts["author-time"]), lines[0].split(" ")[0])


def _entry(head: str, path: str) -> Entry:
    mode, _kind, oid, *size = head.split()
    if size == ["BAD"]:
        raise NotFound(f"there is no object {oid} for {path!r}", hint="run git fsck in the repository")
    return Entry(mode, oid, path, int(size[0]) if size and size[0] != "-" else None)


def _known(oid: str) -> str | None:
    return oid if oid.strip("0") else None
