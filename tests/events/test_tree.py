"""The Merkle tree against the published vectors, its own proofs, and a second way to compute it."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.events.tree import EMPTY, Range, consistency, consistent, included, inclusion, leaf, node, root

VECTORS = json.loads((Path(__file__).parent / "vectors" / "rfc6962.json").read_text())
INPUTS = [bytes.fromhex(text) for text in VECTORS["leaf_inputs_hex"]]


def leaves(count: int) -> list[bytes]:
    return [leaf(str(n).encode()) for n in range(count)]


def recursive(hashes: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node(recursive(hashes[:k]), recursive(hashes[k:]))


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots(size: int) -> None:
    assert root([leaf(each) for each in INPUTS[:size]]).hex() == VECTORS["root_hashes_hex"][size]


def test_the_published_leaf_and_node() -> None:
    assert leaf(VECTORS["leaf"]["input"].encode()).hex() == VECTORS["leaf"]["hash"]
    left, right = VECTORS["node"]["left"].encode(), VECTORS["node"]["right"].encode()
    assert node(left, right).hex() == VECTORS["node"]["hash"]


@given(st.integers(0, 300))
def test_appending_gives_the_root_of_the_definition(size: int) -> None:
    assert root(leaves(size)) == recursive(leaves(size))


@given(st.integers(0, 200), st.integers(0, 100))
def test_an_interrupted_range_goes_on_from_its_edge(first: int, more: int) -> None:
    whole, part = Range(), Range()
    for each in leaves(first):
        part.append(each)
    resumed = Range(part.size, list(part.hashes))
    for each in leaves(first + more)[first:]:
        resumed.append(each)
    for each in leaves(first + more):
        whole.append(each)
    assert (resumed.size, resumed.root()) == (whole.size, whole.root())


def test_an_edge_of_the_wrong_length_is_refused() -> None:
    for size, hashes in ((3, [EMPTY]), (1, [b"short"]), (0, [EMPTY])):
        with pytest.raises(ValueError, match="hashes"):
            Range(size, hashes)


@pytest.mark.parametrize("size", range(1, 34))
def test_every_inclusion_proof_holds_and_no_other_does(size: int) -> None:
    all_leaves, top = leaves(size), root(leaves(size))
    for index in range(size):
        proof = inclusion(all_leaves, index)
        assert included(index, size, all_leaves[index], proof, top)
        assert not included(index, size, leaf(b"other"), proof, top)
        assert not included(index, size, all_leaves[index], [*proof, EMPTY], top)
        assert not included(index + size, size, all_leaves[index], proof, top)
        assert not included(index, size, all_leaves[index], proof, EMPTY)
        if proof:
            assert not included(index, size, all_leaves[index], proof[:-1], top)
            assert not included(index, size, all_leaves[index], [b"x", *proof[1:]], top)
        if size > 1:
            assert not included((index + 1) % size, size, all_leaves[index], proof, top)


@pytest.mark.parametrize("size", range(1, 34))
def test_every_consistency_proof_holds_and_no_other_does(size: int) -> None:
    all_leaves, new = leaves(size), root(leaves(size))
    for m in range(1, size + 1):
        proof, old = consistency(all_leaves, m), root(all_leaves[:m])
        assert consistent(m, size, proof, old, new)
        assert not consistent(m, size, [*proof, EMPTY], old, new)
        assert not consistent(m, size, proof, EMPTY, new)
        assert not consistent(m, size, proof, old, EMPTY)
        assert not consistent(size + 1, size, proof, old, new)
        if proof:
            assert not consistent(m, size, proof[:-1], old, new)


def test_an_empty_tree_proves_nothing() -> None:
    assert not consistent(0, 5, [], EMPTY, root(leaves(5)))
    with pytest.raises(ValueError, match="no earlier tree"):
        consistency(leaves(5), 0)
    with pytest.raises(ValueError, match="no entry 5"):
        inclusion(leaves(5), 5)
