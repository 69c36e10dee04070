"""What of a work tree that an agent had is still as we wrote it: that stays, everything else goes.

A file is ours while its inode, owner, size and times are those of the index that was kept where no agent can
write. Nobody but the kernel sets a change time, and every way to change a file, its mode, its names or its
attributes sets it; so what an agent touched is seen, also when it put the old bytes back. Nobody may write
into the tree any more: only for attempts whose programs are known to be gone.
"""

import fcntl
import os
import stat
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from windlass.workspace.trash import delete

STRANGE_MAX: Final = 2_000
"""Entries that are taken away one by one; with more of them the whole tree goes."""
_GET_FLAGS: Final = 0x80086601
"""FS_IOC_GETFLAGS of linux/fs.h."""
_BY_ITSELF: Final = 0x1000
"""FS_INDEX_FL: ext4 sets it when a folder grows."""
_HEADER: Final = struct.Struct(">4sII")
_ENTRY: Final = struct.Struct(">10I")
_GITLINK: Final = 0o160000
_SECOND: Final = 1_000_000_000
_WORD: Final = 0xFFFFFFFF

_Mark = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """How every folder of a tree is, as we made it: mode, owner, and the file system's flags where it has
    some.
    """

    mode: int
    uid: int
    gid: int
    flags: int | None

    @classmethod
    def read(cls, place: bytes) -> "Folder | None":
        """What is at `place`; None where that is no folder, or one with attributes of its own."""
        try:
            handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            if any(not name.startswith("security.") for name in _attributes(handle)):
                return None
            facts = os.fstat(handle)
            return cls(stat.S_IMODE(facts.st_mode), facts.st_uid, facts.st_gid, _flags(handle))
        finally:
            os.close(handle)


def keep_ours(tree: Path, index: Path, folder: Folder, oid_size: int) -> list[bytes] | None:
    """Take from `tree` all that `index` does not hold as it is; the names in the index that now are missing.

    None when a folder is not as `folder` says, too much is strange or the index cannot be read: then the tree
    is good for nothing. `oid_size`: bytes of an object's id.
    """
    ours = _marks(index.read_bytes(), oid_size)
    if ours is None:
        return None
    folders = _folders(ours)
    top, waiting, strange = os.fsencode(tree), [b""], 0
    missing = {name for name, mark in ours.items() if mark}
    while waiting:
        name = waiting.pop()
        if Folder.read(os.path.join(top, name)) != folder:
            return None
        before = name and name + b"/"
        with os.scandir(os.path.join(top, name)) as entries:
            for entry in entries:
                path = before + entry.name
                if path in folders and entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                elif ours.get(path) == _mark(entry.stat(follow_symlinks=False)):
                    missing.discard(path)
                else:
                    strange += 1
                    if strange > STRANGE_MAX:
                        return None
                    _take_away(entry)
    return sorted(missing)


def _take_away(entry: "os.DirEntry[bytes]") -> None:
    if entry.is_dir(follow_symlinks=False):
        delete(Path(os.fsdecode(entry.path)))
    else:
        os.unlink(entry.path)


def _mark(facts: os.stat_result) -> _Mark:
    """What an index notes of a file: times, inode, owner and size, the last in 32 bits where it is more."""
    return (
        facts.st_ctime_ns, facts.st_mtime_ns, facts.st_ino & _WORD, facts.st_uid, facts.st_gid,
        facts.st_size & _WORD,
    )  # fmt: skip


def _marks(index: bytes, oid_size: int) -> Mapping[bytes, _Mark] | None:
    """What an index of format 2 or 3 (gitformat-index) notes, by name; of a submodule, whose folder we leave
    empty, nothing. None for any other format.
    """
    signature, version, count = _HEADER.unpack_from(index)
    if signature != b"DIRC" or version not in (2, 3):
        return None
    return dict(_each(index, count, oid_size))


def _each(index: bytes, count: int, oid_size: int) -> Iterator[tuple[bytes, _Mark]]:
    at = _HEADER.size
    for _ in range(count):
        changed, its_ns, written, more_ns, _, inode, mode, uid, gid, size = _ENTRY.unpack_from(index, at)
        name_at = at + _ENTRY.size + oid_size + 2
        if index[name_at - 2] & 0x40:  # extended: two more bytes of flags
            name_at += 2
        end = index.index(0, name_at)
        times = (changed * _SECOND + its_ns, written * _SECOND + more_ns)
        yield index[name_at:end], () if mode == _GITLINK else (*times, inode, uid, gid, size)
        at += (end - at + 8) & ~7


def _folders(ours: Mapping[bytes, _Mark]) -> set[bytes]:
    """All folders that an index knows of, those of submodules too."""
    found = {name for name, mark in ours.items() if not mark}
    for name in ours:
        while (name := os.path.dirname(name)) and name not in found:
            found.add(name)
    return found


def _attributes(handle: int) -> list[str]:
    try:
        return os.listxattr(handle)
    except OSError:
        return []  # a file system without any


def _flags(handle: int) -> int | None:
    try:
        return int.from_bytes(fcntl.ioctl(handle, _GET_FLAGS, bytes(8)), "little") & ~_BY_ITSELF
    except OSError:
        return None
