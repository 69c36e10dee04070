"""A git directory that is not what it seems is refused before git looks at it, and never waited for."""

import os
import subprocess

import pytest

from windlass.kernel import Invalid
from windlass.workspace import Checkout
from windlass.workspace.plain import check_plain, read_plain


def test_ordinary_repositories_of_every_shape_are_fine(repo, make_repo, tmp_path):
    library = make_repo("library")
    repo.git("submodule", "add", "-q", str(library.path), "libs/one")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "other")
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    subprocess.run(
        ["git", "init", "-q", "--separate-git-dir", tmp_path / "apart", tmp_path / "top"], check=True
    )
    places = [repo.path, tmp_path / "linked", tmp_path / "bare.git", tmp_path / "top", tmp_path / "apart"]
    for place in (*places, repo.path / "libs" / "one", repo.path / "libs", tmp_path):
        check_plain(place)
    git = repo.path / ".git"
    for place, git_dir in (
        (repo.path, git), (tmp_path / "linked", git), (repo.path / "libs/one", git / "modules/libs/one"),
        (tmp_path / "bare.git", tmp_path / "bare.git"),
    ):  # fmt: skip
        assert Checkout.open(place).git_dir == git_dir


@pytest.mark.parametrize("name", ["HEAD", "shallow", "packed-refs", "refs/heads/x", "worktrees/x/HEAD"])
def test_a_pipe_or_a_device_is_refused_at_once(repo, name):
    path = repo.path / ".git" / name
    for make in (os.mkfifo, lambda path: path.symlink_to("/dev/zero")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        make(path)
        with pytest.raises(Invalid, match=r"regular|neither"):
            repo.checkout()


def test_a_pipe_for_a_repository_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / ".git")
    with pytest.raises(Invalid, match="regular"):
        Checkout.open(tmp_path)


@pytest.mark.parametrize("name", ["objects", "refs", "refs/heads", "logs"])
def test_a_link_where_windlass_would_write_is_refused(repo, tmp_path, name):
    os.rename(repo.path / ".git" / name, tmp_path / "elsewhere")
    (repo.path / ".git" / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Invalid, match=r"link out|neither"):
        check_plain(repo.path)


def test_a_common_directory_is_believed_only_of_a_linked_work_tree(repo, make_repo):
    other = make_repo("other")
    (repo.path / ".git" / "commondir").write_text(f"{other.path}/.git\n")
    with pytest.raises(Invalid, match="another repository"):
        repo.checkout()


def test_a_work_tree_that_is_not_its_own_is_refused(repo):
    repo.git("config", "core.worktree", "/")
    with pytest.raises(Invalid, match="names the work tree /") as caught:
        repo.checkout()
    assert "core.worktree" in caught.value.hint


def test_a_small_file_is_read_and_a_large_one_is_not(tmp_path):
    assert read_plain(tmp_path / "absent") == ""
    (tmp_path / "small").write_bytes(b"caf\xe9\n")
    assert os.fsencode(read_plain(tmp_path / "small")) == b"caf\xe9\n"
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(Invalid, match="at most"):
        read_plain(tmp_path / "large")
