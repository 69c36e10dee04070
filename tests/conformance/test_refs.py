"""One suite, two repositories: git on disk and the one in memory must not differ where the port promises."""

from pathlib import Path

import pytest

from windlass.kernel import Invalid, NotFound
from windlass.workspace import Author, Conflicted, Mirror, Moved
from windlass.workspace.memory import MemoryRefs
from windlass.workspace.model import Merged
from windlass.workspace.port import Refs

ADA = Author("Ada", "ada@example.org")
PIN = "refs/windlass/submissions/t/1"


@pytest.fixture(params=["git", "memory"])
def refs(request: pytest.FixtureRequest, tmp_path: Path) -> Refs:
    return Mirror.create(tmp_path / "m") if request.param == "git" else MemoryRefs()


def make(refs: Refs, files: dict[str, bytes], *parents: str) -> str:
    return refs.commit(refs.write_tree(files), parents, "a message\n\nwith a body", ADA, 1_800_000_000.9)


def test_ids_are_the_ones_git_computes(refs):
    files = {"a": b"1", "a.b": b"2", "a-c/d": b"3", "a0/e/f": b"", "ü": b"4"}
    commit = make(refs, files, make(refs, {"a": b"0"}))
    assert refs.tree_of(commit) == refs.write_tree(files) == "f38e556bcf4bca508443673ac582a298d2cc0e50"
    assert commit == "c41dc6b46edb576a190e97a8ca102efc4b11f165"
    assert make(refs, files, make(refs, {"a": b"0"})) == commit


def test_an_empty_tree_is_a_tree(refs):
    assert refs.write_tree({}) == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_references_move_by_compare_and_swap(refs):
    one, two = make(refs, {"a": b"1"}), make(refs, {"a": b"2"})
    assert refs.ref(PIN) is None
    with pytest.raises(Moved):
        refs.set_ref(PIN, one, expected=two)
    refs.set_ref(PIN, one, expected=None)
    with pytest.raises(Moved):
        refs.set_ref(PIN, two, expected=None)
    with pytest.raises(Moved):
        refs.set_ref(PIN, two, expected=two)
    assert refs.ref(PIN) == one
    refs.set_ref(PIN, two, expected=one)
    with pytest.raises(Moved):
        refs.delete_ref(PIN, one)
    refs.delete_ref(PIN, two)
    assert refs.ref(PIN) is None
    with pytest.raises(Moved):
        refs.delete_ref(PIN, two)


def test_a_reference_points_at_something(refs):
    with pytest.raises(NotFound):
        refs.set_ref(PIN, "1" * 40, expected=None)
    with pytest.raises(NotFound):
        refs.tree_of("1" * 40)
    assert refs.ref(PIN) is None


@pytest.mark.parametrize(
    "name", ["", "main", "refs/x", "refs/heads/../x", "refs/heads/a b", "refs/heads/x.lock", "-d"]
)
def test_names_outside_the_grammar_are_refused(refs, name):
    with pytest.raises(Invalid):
        refs.ref(name)
    with pytest.raises(Invalid):
        refs.set_ref(name, make(refs, {}), expected=None)


def test_disjoint_changes_merge(refs):
    base = make(refs, {"a": b"1\n", "b": b"1\n", "gone": b"x\n"})
    ours = make(refs, {"a": b"2\n", "b": b"1\n", "gone": b"x\n", "new/o": b"o\n"}, base)
    theirs = make(refs, {"a": b"1\n", "b": b"2\n", "new/t": b"t\n"}, base)
    merged = Merged(refs.write_tree({"a": b"2\n", "b": b"2\n", "new/o": b"o\n", "new/t": b"t\n"}))
    assert refs.merge(base, ours, theirs) == merged
    assert refs.merge(None, ours, theirs) == merged
    assert refs.merge(base, theirs, ours) == merged


def test_the_same_change_on_both_sides_merges(refs):
    base = make(refs, {"a": b"1\n", "b": b"1\n"})
    ours, theirs = make(refs, {"a": b"2\n", "b": b"1\n"}, base), make(refs, {"a": b"2\n"}, base)
    assert refs.merge(base, ours, theirs) == Merged(refs.write_tree({"a": b"2\n"}))


def test_a_side_that_did_nothing_gives_the_other(refs):
    base = make(refs, {"a": b"1\n"})
    ours = make(refs, {"a": b"2\n"}, base)
    assert refs.merge(base, base, ours) == refs.merge(base, ours, base) == Merged(refs.tree_of(ours))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"a": b"2\n"}, {"a": b"3\n"}),
        ({}, {"a": b"3\n"}),
        ({"a": b"1\n", "n": b"x\n"}, {"a": b"1\n", "n": b"y\n"}),
    ],
)
def test_two_changes_of_one_thing_conflict(refs, ours, theirs):
    base = make(refs, {"a": b"1\n"})
    found = refs.merge(base, make(refs, ours, base), make(refs, theirs, base))
    assert isinstance(found, Conflicted)
    assert len(found.paths) == 1


def test_the_base_given_is_the_base_used(refs):
    """An older base makes a change visible that the nearest common ancestor hides."""
    root = make(refs, {"a": b"1\n", "b": b"1\n"})
    middle = make(refs, {"a": b"2\n", "b": b"1\n"}, root)
    ours = make(refs, {"a": b"2\n", "b": b"9\n"}, middle)
    theirs = make(refs, {"a": b"1\n", "b": b"1\n"}, middle)
    assert refs.merge(middle, ours, theirs) == Merged(refs.write_tree({"a": b"1\n", "b": b"9\n"}))
    assert refs.merge(root, ours, theirs) == Merged(refs.write_tree({"a": b"2\n", "b": b"9\n"}))
