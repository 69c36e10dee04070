"""The Merkle tree of RFC 6962 (and 9162): hashes, compact range, inclusion and consistency proofs. Pure.

Names follow the RFC: m is an earlier size, n the size, k the largest power of two below n.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

EMPTY: Final = sha256(b"").digest()
"""The root of a tree without entries."""

HASH_BYTES: Final = 32


def leaf(entry: bytes) -> bytes:
    """The hash of one entry; the prefix keeps leaves and nodes apart (RFC 6962, 2.1)."""
    return sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Range:
    """The tree over [0, size) as one hash per set bit of `size`: all that an appender must remember."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if size.bit_count() != len(hashes) or any(len(known) != HASH_BYTES for known in hashes):
            raise ValueError(f"a range of {size} entries has {size.bit_count()} hashes, not {len(hashes)}")
        self.size = size
        self.hashes = list(hashes)

    def append(self, leaf_hash: bytes) -> None:
        self.hashes.append(leaf_hash)
        carry = self.size
        while carry & 1:
            right = self.hashes.pop()
            self.hashes.append(node(self.hashes.pop(), right))
            carry >>= 1
        self.size += 1

    def root(self) -> bytes:
        if not self.hashes:
            return EMPTY
        found = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            found = node(left, found)
        return found


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    tree = Range()
    for each in leaves:
        tree.append(each)
    return tree.root()


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of entry `index` (RFC 6962, 2.1.1)."""
    if not 0 <= index < len(leaves):
        raise ValueError(f"no entry {index} in a tree of {len(leaves)}")
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if index < k:
        return [*inclusion(leaves[:k], index), root(leaves[k:])]
    return [*inclusion(leaves[k:], index - k), root(leaves[:k])]


def consistency(leaves: Sequence[bytes], m: int) -> list[bytes]:
    """The proof that the tree over the first `m` leaves is a beginning of this one (RFC 6962, 2.1.2)."""
    if not 0 < m <= len(leaves):
        raise ValueError(f"no earlier tree of {m} entries in a tree of {len(leaves)}")
    return _subproof(leaves, m, whole=True)


def _subproof(leaves: Sequence[bytes], m: int, *, whole: bool) -> list[bytes]:
    n = len(leaves)
    if m == n:
        return [] if whole else [root(leaves)]
    k = _split(n)
    if m <= k:
        return [*_subproof(leaves[:k], m, whole=whole), root(leaves[k:])]
    return [*_subproof(leaves[k:], m - k, whole=False), root(leaves[:k])]


def included(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root_hash: bytes) -> bool:
    """Does `proof` lead from entry `index` to the root of a tree of `size`? (RFC 9162, 2.1.3.2)"""
    if not 0 <= index < size or any(len(part) != HASH_BYTES for part in (leaf_hash, *proof)):
        return False
    at, last, found = index, size - 1, leaf_hash
    for part in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node(part, found)
            at, last = _climb(at, last)
        else:
            found = node(found, part)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root_hash


def consistent(m: int, n: int, proof: Sequence[bytes], old: bytes, new: bytes) -> bool:
    """Is the tree of `m` entries with root `old` a beginning of the one of `n`? (RFC 9162, 2.1.4.2)

    An empty tree is a beginning of every tree and therefore proves nothing: False.
    """
    if not 0 < m <= n or any(len(part) != HASH_BYTES for part in proof):
        return False
    if m == n:
        return not proof and old == new
    path = [old, *proof] if m & (m - 1) == 0 else list(proof)
    if not proof:
        return False
    at, last = m - 1, n - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_found = new_found = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old_found, new_found = node(part, old_found), node(part, new_found)
            at, last = _climb(at, last)
        else:
            new_found = node(new_found, part)
        at, last = at >> 1, last >> 1
    return last == 0 and old_found == old and new_found == new


def _climb(at: int, last: int) -> tuple[int, int]:
    """Up a right edge: skip the levels on which the node has no sibling."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _split(n: int) -> int:
    """The largest power of two below `n`."""
    return 1 << (n - 1).bit_length() - 1
