"""Another repository, with the user's credentials and nothing of the tended repository's configuration."""

import os
from pathlib import Path

import pytest
from tests.workspace.conftest import Repo

from windlass.kernel import NotFound
from windlass.workspace import Mirror

MAIN = "refs/heads/main"


def test_it_is_asked_fetched_and_pushed_and_no_reference_of_the_mirror_moves(
    repo: Repo, tmp_path: Path
) -> None:
    host, mirror = tmp_path / "host.git", Mirror.create(tmp_path / "mirror")
    repo.git("clone", "-q", "--bare", ".", str(host))
    commit = repo.git("rev-parse", "main")
    remote = mirror.remote(str(host), timeout_s=60)
    assert remote.at(MAIN)[1] == commit
    assert remote.at("refs/heads/other")[1] is None
    assert remote.fetch(MAIN).code == 0
    assert mirror.tree_of(commit) == repo.git("rev-parse", "main^{tree}")
    assert mirror.refs("refs/") == {}
    assert remote.push(commit, "refs/heads/new", expected=None, dry_run=True).code == 0
    assert remote.at("refs/heads/new")[1] is None
    assert remote.push(commit, "refs/heads/new", expected=None).code == 0
    other = repo.commit({"b": "2"})
    mirror.sync(repo.checkout())
    assert remote.push(other, "refs/heads/new", expected="1" * 40).code != 0
    assert remote.at("refs/heads/new")[1] == commit


def test_references_are_listed_brought_and_put_many_at_once(repo: Repo, tmp_path: Path) -> None:
    host, mirror = tmp_path / "host.git", Mirror.create(tmp_path / "mirror")
    repo.git("clone", "-q", "--bare", ".", str(host))
    remote, prefix = mirror.remote(str(host), timeout_s=60), "refs/windlass/odd/"
    one, two = mirror.write_blob(b"1"), mirror.write_blob(b"2")
    assert remote.put({f"{prefix}a": one, f"{prefix}b/c": one}, {}).code == 0
    assert remote.put({"refs/heads/refs/windlass/odd/a": repo.git("rev-parse", "main")}, {}).code != 0
    seen = {f"{prefix}a": one, f"{prefix}b/c": one}
    assert remote.under(prefix)[1] == seen
    assert remote.put({f"{prefix}a": two}, {}).code != 0, "it is not where it was seen"
    assert remote.put({f"{prefix}a": two, f"{prefix}b/c": None}, seen).code == 0
    assert remote.under(prefix)[1] == {f"{prefix}a": two}
    with mirror.apart() as apart:
        assert apart.remote(str(host), timeout_s=60).fetch(f"{prefix}a", MAIN).code == 0
        assert [content for _, content in apart.blobs([two], 10)] == [b"2"]
        assert apart.refs("refs/") == {}
    assert not apart.home.exists()


@pytest.mark.parametrize("url", ["ext::touch {}", "fd::7", "ftp://127.0.0.1:1/x"])
def test_what_runs_a_program_is_no_remote(tmp_path: Path, url: str) -> None:
    marker = tmp_path / "ran"
    answer, found = Mirror.create(tmp_path / "mirror").remote(url.format(marker), timeout_s=60).at(MAIN)
    assert (answer.code != 0, found, marker.exists()) == (True, None, False)


def test_ssh_asks_nobody_and_the_users_own_command_stays(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, home = tmp_path / "told", tmp_path / "home"
    home.mkdir()
    ssh = tmp_path / "ssh"
    ssh.write_text(f'#!/bin/sh\necho "$@" "$SSH_AUTH_SOCK" >> {told}\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SSH_AUTH_SOCK", "/agent")
    monkeypatch.delenv("GIT_SSH_COMMAND", raising=False)
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    (home / ".gitconfig").write_text(f"[core]\n\tsshCommand = {ssh} -i key\n")
    repo.git("config", "core.sshCommand", "false")
    answer, _ = Mirror.create(tmp_path / "mirror").remote("git@host:a.git", timeout_s=60).at(MAIN)
    assert answer.code != 0
    line = told.read_text()
    assert line.startswith("-i key -o BatchMode=yes")
    assert "/agent" in line
    assert "git@host" in line
    assert os.environ["HOME"] == str(home)


def test_a_remote_is_found_by_its_name_and_a_path_becomes_whole(repo: Repo) -> None:
    repo.git("remote", "add", "origin", "../host.git")
    repo.git("remote", "add", "far", "git@host:a/b.git")
    found = repo.checkout().remote_url
    assert found("origin") == str(repo.path.parent / "host.git")
    assert found("far") == "git@host:a/b.git"
    assert found("https://host/a.git") == "https://host/a.git"
    assert found("--upload-pack=x") == "--upload-pack=x"
    with pytest.raises(NotFound, match="no remote 'gone'"):
        found("gone")
