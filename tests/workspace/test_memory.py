"""What only the repository in memory does; the rest is in the conformance suite."""

import pytest

from windlass.kernel import NotFound
from windlass.workspace import Author, Conflicted
from windlass.workspace.memory import MemoryRefs

ADA = Author("Ada", "ada@example.org")


def test_files_can_be_read_back_and_not_changed_behind_its_back():
    refs = MemoryRefs()
    commit = refs.commit(refs.write_tree({"a": b"1"}), [], "m", ADA, 1.0)
    refs.files(commit)["a"] = b"2"
    assert refs.files(commit) == {"a": b"1"}
    with pytest.raises(NotFound):
        refs.commit("1" * 40, [], "m", ADA, 1.0)


def test_a_file_where_the_other_side_has_a_folder_conflicts():
    refs = MemoryRefs()

    def make(files, *parents):
        return refs.commit(refs.write_tree(files), parents, "m", ADA, 1.0)

    base = make({"z": b""})
    ours, theirs = make({"z": b"", "a": b"1"}, base), make({"z": b"", "a/b": b"1"}, base)
    assert refs.merge(base, ours, theirs) == Conflicted(("a",))


def test_unrelated_histories_do_not_merge():
    refs = MemoryRefs()
    one, two = (refs.commit(refs.write_tree({"a": c}), [], "m", ADA, 1.0) for c in (b"1", b"2"))
    with pytest.raises(NotFound):
        refs.merge(None, one, two)
