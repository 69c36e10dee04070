"""The runner: nothing inherited, nothing unbounded."""

import os
import time

import pytest

from windlass.kernel import NotFound, Unavailable
from windlass.workspace.git import Git, alternates, failed
from windlass.workspace.model import GitFailed


def test_the_environment_is_ours_alone(repo, monkeypatch):
    for name, value in {
        "GIT_DIR": "/nowhere",
        "GIT_EXTERNAL_DIFF": "false",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.bare",
        "GIT_CONFIG_VALUE_0": "x",
        "GIT_INDEX_FILE": "/nowhere",
        "GIT_TRACE": "1",
        "HOME": "/root",
    }.items():
        monkeypatch.setenv(name, value)
    answer = Git(repo.path / ".git").run("rev-parse", "--git-dir")
    assert answer.text == str(repo.path / ".git")
    assert answer.err == ""
    config = Git(repo.path / ".git").run("config", "--list", "--show-scope").text
    assert {line.split("\t")[0] for line in config.split("\n")} == {"local", "command"}


def test_failures_carry_what_git_said(repo):
    with pytest.raises(GitFailed, match=r"git cat-file failed with 128: fatal"):
        Git(repo.path / ".git").run("cat-file", "-t", "1" * 40)
    assert Git(repo.path / ".git").ask("cat-file", "-t", "1" * 40).code == 128


def test_output_and_time_are_bounded(repo):
    git = Git(repo.path / ".git")
    with pytest.raises(GitFailed, match="more than 4 bytes"):
        git.run("rev-parse", "HEAD", output_max=4)
    start = time.monotonic()
    with pytest.raises(Unavailable, match="too long"), git.objects(10) as _:
        git.run("cat-file", "--batch", stdin=_endless(), timeout_s=0.2)
    assert time.monotonic() - start < 30


def _endless():
    """A pipe nobody writes to and nobody closes."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, False)
    _KEPT.append(writing)
    return os.fdopen(reading, "rb")


_KEPT: list[int] = []


def test_records_stream_and_stop_early(repo):
    repo.commit({f"f{n}": "x" for n in range(50)})
    found = Git(repo.path / ".git").records("ls-tree", "-r", "-z", "--name-only", "HEAD")
    assert next(found) == b"a.txt"
    found.close()
    with pytest.raises(GitFailed):
        list(Git(repo.path / ".git").records("ls-tree", "-z", "nothing"))


def test_objects_answer_one_by_one(repo):
    head = repo.git("rev-parse", "HEAD")
    with Git(repo.path / ".git").objects(1000) as read:
        assert read(head)[0] == "commit"
        assert read("1" * 40) == ("missing", b"")
        assert read(repo.git("rev-parse", "HEAD:a.txt")) == ("blob", b"one\ntwo\nthree\n")
    with Git(repo.path / ".git").objects(5) as read, pytest.raises(GitFailed):
        read(head)


def test_folders_with_the_separator_in_their_name_work(make_repo, tmp_path):
    other = make_repo('odd:na"me\\')
    oid = other.git("rev-parse", "HEAD")
    here = make_repo("here", files={"z": "z"})
    git = Git(here.path / ".git").with_env(
        GIT_ALTERNATE_OBJECT_DIRECTORIES=alternates(other.path / ".git" / "objects")
    )
    assert git.run("cat-file", "-t", oid).text == "commit"


def test_a_full_disk_is_not_blamed_on_the_request():
    said = "error: unable to write file x: No space left on device\nfatal: cannot store pack file"
    error = failed(("index-pack",), 128, said)
    assert isinstance(error, Unavailable)
    assert "free space" in error.hint
    assert isinstance(failed(("index-pack",), 128, "fatal: bad object"), GitFailed)


def test_a_repository_that_was_moved_away_is_no_bug(tmp_path):
    with pytest.raises(NotFound, match="gone") as caught:
        Git(tmp_path / "moved" / ".git").run("rev-parse", "HEAD")
    assert "put the repository back" in caught.value.hint
