"""A clean copy of a tree, byte for byte."""

import os

import pytest

from windlass.kernel import Conflict, Invalid
from windlass.workspace.fresh import fresh_checkout


def test_files_modes_and_links_are_as_committed_and_there_is_no_git(repo, mirror, tmp_path):
    odd = os.fsdecode(b"caf\xe9")
    repo.write(
        {
            "run": "#!/bin/sh\n",
            odd: "x",
            ".gitattributes": "* text eol=crlf filter=evil export-ignore ident\n",
        }
    )
    (repo.path / "run").chmod(0o755)
    (repo.path / "link").symlink_to("/etc/passwd")
    (repo.path / "folder").symlink_to("src")
    repo.commit({"id": "$Id$\n"})
    commit = mirror.sync(repo.checkout())
    into = tmp_path / "deep" / "fresh"
    fresh_checkout(mirror, commit, into)
    names = {os.path.relpath(os.path.join(f, n), into) for f, _, ns in os.walk(into) for n in ns}
    assert names == {e.path for e in mirror.files(commit)} - {"folder"}
    assert (into / "id").read_bytes() == b"$Id$\n"
    assert (into / "run").stat().st_mode & 0o777 == 0o755
    assert (into / "a.txt").stat().st_mode & 0o777 == 0o644
    assert os.readlink(into / "link") == "/etc/passwd"
    assert os.readlink(into / "folder") == "src"
    assert [p.name for p in into.parent.iterdir()] == ["fresh"]


def test_a_tree_is_as_good_as_a_commit_and_a_target_must_be_new(mirror, base, tmp_path):
    fresh_checkout(mirror, mirror.tree_of(base), tmp_path / "one")
    assert (tmp_path / "one" / "src" / "b.py").read_text() == "x = 1\n"
    with pytest.raises(Conflict):
        fresh_checkout(mirror, base, tmp_path / "one")
    with pytest.raises(Invalid):
        fresh_checkout(mirror, "1" * 40, tmp_path / "two")
    with pytest.raises(Invalid):
        fresh_checkout(mirror, "main", tmp_path / "two")
    assert not (tmp_path / "two").exists()
    assert not list(tmp_path.glob(".fresh-*"))
