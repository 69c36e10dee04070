"""Objects from one repository to another, and nothing else."""

import os
import tempfile

from windlass.workspace.git import Git
from windlass.workspace.transfer import known, pack, read_ref, take


def test_only_what_is_lacking_is_carried(repo, make_repo):
    other = make_repo("other", files={})
    here, there = Git(repo.path / ".git"), Git(other.path / ".git")
    first = repo.git("rev-parse", "HEAD")
    second = repo.commit({"a.txt": "new\n"})
    for wants, haves, objects in (([first], [], 5), ([second], [first], 3), ([second], [second], 0)):
        with tempfile.TemporaryFile() as file:
            pack(here, wants, haves, file)
            assert int.from_bytes(os.pread(file.fileno(), 12, 0)[8:], "big") == objects
            take(there, file, small=4)
        assert known(there, wants) == wants
    assert len(list((other.path / ".git" / "objects" / "pack").glob("*.pack"))) == 1
    assert other.git("rev-parse", "HEAD") != second
    assert not (other.path / ".git" / "FETCH_HEAD").exists()
    assert known(there, ["1" * 40]) == known(there, []) == []


def test_a_reference_is_found_by_its_whole_name_only(repo):
    git = Git(repo.path / ".git")
    repo.git("update-ref", "refs/heads/refs/heads/x", "HEAD")
    repo.git("update-ref", "refs/heads/main2/deep", "HEAD")
    assert read_ref(git, "refs/heads/main") == repo.git("rev-parse", "HEAD")
    assert read_ref(git, "refs/heads/x") is None
    assert read_ref(git, "refs/heads/main2") is None
