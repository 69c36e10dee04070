"""What lies in a checkout becomes a tree, and the checkout stays as it is."""

import os
import subprocess

import pytest
from tests.workspace.conftest import ENVIRONMENT

from windlass.kernel import Invalid, NotFound
from windlass.workspace import Checkout, snapshot


@pytest.fixture
def tended(repo, mirror):
    """A checkout with everything in it that may differ from its last commit."""
    repo.commit({".gitignore": "*.log\n", "old": "1\n", "gone": "2\n", "kept": "3\n"})
    repo.write({"staged": "s\n", "old": "staged\n"})
    repo.git("add", "staged", "old")
    repo.write({"old": "changed\n", "new/file": "n\n", "noise.log": "x\n"})
    (repo.path / "gone").unlink()
    (repo.path / "link").symlink_to("kept")
    os.mkfifo(repo.path / "pipe")
    return repo.checkout()


def paths(mirror, tree):
    return {entry.path: entry.oid for entry in mirror.files(tree)}


def content(mirror, tree, path):
    return dict(mirror.blobs([paths(mirror, tree)[path]], 100))[paths(mirror, tree)[path]]


def test_files_are_taken_as_they_lie_there_and_nothing_is_written(repo, mirror, tended):
    mirror.sync(tended)
    before = tended.fingerprint(), sorted((repo.path / ".git" / "objects").rglob("*"))
    tree = mirror.snapshot(tended)
    assert {"old", "staged", "new/file", "link", "kept"} <= set(paths(mirror, tree))
    assert not {"gone", "noise.log", "pipe"} & set(paths(mirror, tree))
    assert content(mirror, tree, "old") == b"changed\n"
    assert (tended.fingerprint(), sorted((repo.path / ".git" / "objects").rglob("*"))) == before


def test_what_is_staged_is_what_a_commit_would_hold(repo, mirror, tended):
    mirror.sync(tended)
    tree = mirror.snapshot(tended, staged=True)
    assert content(mirror, tree, "old") == b"staged\n"
    assert "gone" in paths(mirror, tree)
    assert "new/file" not in paths(mirror, tree)
    repo.git("commit", "-qm", "it")
    assert repo.git("rev-parse", "HEAD^{tree}") == tree


def test_the_index_that_git_hands_to_its_hooks_counts(repo, mirror, tended):
    other = repo.path / ".git" / "next-index"
    env = {"GIT_INDEX_FILE": str(other)}
    repo.git("read-tree", "HEAD", env=env)
    mirror.sync(tended)
    tree = mirror.snapshot(tended, staged=True, index=other)
    assert tree == repo.git("rev-parse", "HEAD^{tree}")


def test_an_unchanged_checkout_is_the_tree_of_its_commit(repo, mirror):
    checkout = repo.checkout()
    mirror.sync(checkout)
    assert mirror.snapshot(checkout) == repo.git("rev-parse", "HEAD^{tree}")
    (repo.path / ".git" / "index").unlink()
    assert mirror.snapshot(checkout) == repo.git("rev-parse", "HEAD^{tree}")


def test_a_split_index_is_read_too(repo, mirror):
    repo.git("update-index", "--split-index")
    repo.write({"a.txt": "more\n"})
    repo.git("add", "a.txt")
    assert list((repo.path / ".git").glob("sharedindex.*"))
    checkout = repo.checkout()
    mirror.sync(checkout)
    tree = mirror.snapshot(checkout, staged=True)
    assert tree == mirror.snapshot(checkout) == repo.git("write-tree")


def test_a_linked_worktree_has_files_and_an_index_of_its_own(repo, mirror, tmp_path):
    repo.git("worktree", "add", "-q", "-b", "topic", str(tmp_path / "linked"))
    (tmp_path / "linked" / "a.txt").write_text("there\n")
    checkout = Checkout.open(tmp_path / "linked")
    mirror.sync(checkout)
    assert content(mirror, mirror.snapshot(checkout), "a.txt") == b"there\n"


def test_what_the_user_lets_git_ignore_everywhere_is_ignored(repo, mirror, tmp_path, monkeypatch):
    (tmp_path / "mine").write_text("*.swp\n")
    (tmp_path / ".gitconfig").write_text(f"[core]\n\texcludesFile = {tmp_path}/mine\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    repo.write({"a.swp": "x", "b": "x", ".git/info/exclude": "b\n"})
    checkout = repo.checkout()
    mirror.sync(checkout)
    assert mirror.snapshot(checkout) == repo.git("rev-parse", "HEAD^{tree}")


def test_no_filter_of_the_repository_runs(repo, mirror, tmp_path):
    evil = tmp_path / "ran"
    repo.commit({".gitattributes": "* filter=x\n"})
    repo.git("config", "filter.x.clean", f"touch {evil}; cat")
    repo.write({"a.txt": "changed\n"})
    checkout = repo.checkout()
    mirror.sync(checkout)
    mirror.snapshot(checkout)
    assert not evil.exists()


def test_conflicts_and_huge_files_are_named(repo, mirror, monkeypatch):
    checkout = repo.checkout()
    mirror.sync(checkout)
    with monkeypatch.context() as smaller:
        smaller.setattr(snapshot, "FILE_MAX", 10)
        repo.write({"big": "x" * 11})
        with pytest.raises(Invalid, match="'big' is new or changed"):
            mirror.snapshot(checkout)
    (repo.path / "big").unlink()
    repo.git("checkout", "-qb", "topic")
    repo.commit({"a.txt": "theirs\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"a.txt": "ours\n"})
    merge = ["git", "-C", repo.path, "merge", "-q", "topic"]
    subprocess.run(merge, capture_output=True, check=False, env=ENVIRONMENT)
    with pytest.raises(Invalid, match="conflicts"):
        mirror.snapshot(checkout, staged=True)


def test_a_bare_repository_has_no_files(repo, mirror, tmp_path):
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare"))
    checkout = Checkout.open(tmp_path / "bare")
    with pytest.raises(Invalid, match="no work tree"):
        mirror.snapshot(checkout)


def test_a_commit_that_no_branch_holds_is_brought(repo, mirror):
    checkout = repo.checkout()
    mirror.sync(checkout)
    repo.git("checkout", "-q", "--detach")
    repo.commit({"a.txt": "detached\n"})
    commit = checkout.resolve("HEAD")
    assert (checkout.commit_named("HEAD"), checkout.commit_named("ABCDEF0123")) == (commit, "abcdef0123")
    assert commit == repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "main")
    mirror.bring(checkout, commit)
    assert content(mirror, mirror.tree_of(commit), "a.txt") == b"detached\n"
    for name in ("absent", "--all", "a.txt"):
        with pytest.raises(NotFound, match="no commit"):
            checkout.resolve(name)
