"""Read what git prints with -z into values. Pure; paths keep bytes that are not UTF-8 as surrogates."""

from collections.abc import Iterable, Iterator
from os import fsdecode

from windlass.workspace.model import Blame, Change, Diffstat, Entry, FileStat, Logged


def parse_entry(record: bytes) -> Entry:
    """One record of `ls-tree -r -z`, with or without `-l`: mode SP type SP oid [SP+ size] TAB path."""
    return _entry(fsdecode(record))


def parse_entries(out: bytes) -> list[Entry]:
    """All records of `ls-tree -r -z`, each closed by NUL; decoded at once, since there may be very many."""
    return [_entry(record) for record in fsdecode(out).split("\0")[:-1]]


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
    """The output of `log -z --format=LOG_FORMAT`."""
    fields = out.decode("utf-8", "replace").split("\0")
    found = []
    for at in range(0, len(fields) - 7, 8):
        commit, tree, parents, name, email, when, subject = fields[at : at + 7]
        found.append(Logged(commit, tree, tuple(parents.split()), name, email, float(when), subject))
    return found


def parse_blame(out: bytes) -> Blame:
    """The output of `blame --porcelain` for one line."""
    lines = out.decode("utf-8", "replace").split("\n")
    facts = dict(line.partition(" ")[::2] for line in lines[1:] if not line.startswith("\t"))
    email = facts["author-mail"].strip("<>")
    return Blame(facts["author"], email, float(facts["author-time"]), lines[0].split(" ")[0])


def _entry(record: str) -> Entry:
    head, _, path = record.partition("\t")
    mode, _kind, oid, *size = head.split()
    return Entry(mode, oid, path, int(size[0]) if size and size[0] != "-" else None)


def _known(oid: str) -> str | None:
    return oid if oid.strip("0") else None
