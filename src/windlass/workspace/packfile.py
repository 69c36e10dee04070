"""Look through a pack before git does: how many objects, of what kind, and how large they become.

Git bounds a pack's own size, not what it unpacks to: 50 kB can hold a blob of 50 MB, and a delta of a few
bytes the size of its choice. Here every stream is inflated in small pieces, nothing is kept, and the sizes
declared are held against the ones found. Checks nothing else; `index-pack --strict` does that.
"""

import zlib
from dataclasses import dataclass
from typing import IO

from windlass.workspace.model import ImportBudget, Refused

_CHUNK = 1 << 16
_COMMIT, _TREE, _BLOB, _OFS_DELTA, _REF_DELTA = 1, 2, 3, 6, 7
_VARINT_MAX = 10


class Broken(Exception):
    """The bytes are not a pack."""


def scan(file: IO[bytes], budget: ImportBudget, oid_bytes: int) -> Refused | None:
    """Refuse a pack that is over budget or no pack; None if git may have a look at it."""
    try:
        head = file.read(12)
        if head[:4] != b"PACK" or int.from_bytes(head[4:8], "big") not in (2, 3):
            raise Broken("no pack header")
        count = int.from_bytes(head[8:], "big")
        if count > budget.objects_max:
            return Refused("too-large", f"{count} objects, {budget.objects_max} are allowed")
        stream, total = _Stream(file), 0
        for _ in range(count):
            size = _entry(stream, budget.file_max, oid_bytes)
            total += size
            if size > budget.file_max:
                return Refused("too-large", f"an object of {size} bytes, {budget.file_max} are allowed")
            if total > budget.inflated_max:
                return Refused("too-large", f"the pack unpacks to over {budget.inflated_max} bytes")
    except (Broken, zlib.error) as error:
        return Refused("bad-pack", str(error))
    return None


@dataclass(slots=True)
class _Stream:
    """Bytes of a file with a memory of one piece."""

    file: IO[bytes]
    piece: bytes = b""

    def byte(self) -> int:
        return self.take(1)[0]

    def take(self, n: int) -> bytes:
        while len(self.piece) < n:
            self._more()
        taken, self.piece = self.piece[:n], self.piece[n:]
        return taken

    def inflate(self, size_max: int) -> tuple[int, bytes]:
        """Read one zlib stream: its size (counting stops past `size_max`) and its first bytes."""
        unzip, size, first = zlib.decompressobj(), 0, b""
        while not unzip.eof:
            if not self.piece:
                self._more()
            out = unzip.decompress(self.piece, _CHUNK)
            self.piece = unzip.unconsumed_tail or unzip.unused_data
            size += len(out)
            first = first or out[: 2 * _VARINT_MAX]
            if size > size_max:
                return size, first
        return size, first

    def _more(self) -> None:
        chunk = self.file.read(_CHUNK)
        if not chunk:
            raise Broken("the pack ends early")
        self.piece += chunk


def _entry(stream: _Stream, size_max: int, oid_bytes: int) -> int:
    """Read one object and return the size it will have."""
    byte = stream.byte()
    kind, declared, shift = byte >> 4 & 7, byte & 15, 4
    while byte & 128:
        if shift > 60:
            raise Broken("an object declares an absurd size")
        byte = stream.byte()
        declared |= (byte & 127) << shift
        shift += 7
    if kind == _REF_DELTA:
        stream.take(oid_bytes)
    elif kind == _OFS_DELTA:
        for _ in range(_VARINT_MAX):
            if not stream.byte() & 128:
                break
    elif kind not in (_COMMIT, _TREE, _BLOB):
        raise Broken(f"an object of kind {kind}")
    if declared > size_max:
        return declared
    size, first = stream.inflate(size_max)
    if size != declared and size <= size_max:
        raise Broken("an object is not as large as it declares")
    return size if kind not in (_OFS_DELTA, _REF_DELTA) else max(size, _result_size(first))


def _result_size(delta: bytes) -> int:
    """The size of what a delta makes: the second number in it."""
    _, at = _number(delta, 0)
    return _number(delta, at)[0]


def _number(delta: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    for byte in delta[at : at + _VARINT_MAX]:
        value |= (byte & 127) << shift
        shift += 7
        at += 1
        if not byte & 128:
            return value, at
    raise Broken("a delta without sizes")
