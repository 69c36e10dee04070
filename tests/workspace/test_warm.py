"""Copies that are kept: always exactly the tree that was asked for, for one at a time."""

import os
from pathlib import Path

import pytest

from windlass.workspace.fresh import fresh_checkout
from windlass.workspace.warm import PLACES_MAX, lent_checkout


def looks(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every name below, with its mode and content; what a link says is its content."""
    found = {}
    for place in folder.rglob("*"):
        link = place.is_symlink()
        content = os.readlink(place).encode() if link else b"" if place.is_dir() else place.read_bytes()
        found[str(place.relative_to(folder))] = (place.lstat().st_mode, content)
    return found


@pytest.fixture
def trees(repo, mirror):
    """Files, folders and links that change into each other, and names that git minds."""
    made = [repo.commit({"a.txt": "1\n", "same": "s\n", "x/y.py": "y\n", "run": "#!/bin/sh\n"})]
    (repo.path / "run").chmod(0o755)
    (repo.path / "x" / "y.py").unlink()
    (repo.path / "x").rmdir()
    (repo.path / "x").symlink_to("/etc")
    made.append(repo.commit({"a.txt": "2\n", ".gitattributes": "* text eol=crlf ident\n", "id": "$Id$\n"}))
    (repo.path / "x").unlink()
    made.append(repo.commit({"x/deep/er.py": "z\n", "id": "$Id$ 2\n"}))
    mirror.sync(repo.checkout())
    return made


def test_a_kept_copy_goes_on_to_any_other_tree_and_is_as_a_fresh_one(trees, mirror, tmp_path):
    places = set()
    for turn, commit in enumerate([*trees, *reversed(trees), trees[1], trees[1]]):
        with lent_checkout(mirror, commit, tmp_path / "never", pool=tmp_path / "pool") as copy:
            fresh = tmp_path / f"fresh{turn}"
            fresh_checkout(mirror, commit, fresh)
            assert looks(copy) == looks(fresh)
            places.add(copy)
    assert len(places) == 1
    assert not (tmp_path / "never").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_all_of_a_kept_copy_stays_with_whom_it_was_given_to(trees, mirror, tmp_path):
    def give(folder: Path) -> None:
        for place in (folder, *folder.rglob("*")):
            os.chown(place, 12345, 12345, follow_symlinks=False)

    for commit in (*trees, *reversed(trees), trees[2]):
        with lent_checkout(mirror, commit, tmp_path / "never", pool=tmp_path / "pool", give=give) as copy:
            assert {place.lstat().st_uid for place in (copy, *copy.rglob("*"))} == {12345}


def test_copies_are_lent_to_one_each_and_then_made_fresh(trees, mirror, tmp_path):
    pool, lent = tmp_path / "pool", []
    for number in range(PLACES_MAX + 1):
        context = lent_checkout(mirror, trees[0], tmp_path / f"own{number}", pool=pool)
        lent.append((context, context.__enter__()))
    assert len({copy for _, copy in lent}) == PLACES_MAX + 1
    assert lent[-1][1] == tmp_path / f"own{PLACES_MAX}"
    for context, _ in lent:
        context.__exit__(None, None, None)
    with lent_checkout(mirror, trees[0], tmp_path / "more", pool=pool) as copy:
        assert copy in {one for _, one in lent[:PLACES_MAX]}


def test_a_killed_change_and_an_older_boot_are_seen(trees, mirror, tmp_path):
    pool = tmp_path / "pool"
    with lent_checkout(mirror, trees[0], tmp_path / "never", pool=pool) as copy:
        place = copy.parent
    (place / "holds").unlink()
    (copy / "a.txt").write_text("half")
    (place / "index.lock").touch()
    (pool / "otherboot-1.0").mkdir()
    with lent_checkout(mirror, trees[0], tmp_path / "never", pool=pool) as copy:
        assert (copy / "a.txt").read_text() == "1\n"
    assert [one.name for one in pool.iterdir()] == [place.name]


def test_without_a_pool_the_copy_is_fresh(trees, mirror, tmp_path):
    with lent_checkout(mirror, trees[0], tmp_path / "own", pool=None) as copy:
        assert copy == tmp_path / "own"
        assert (copy / "a.txt").read_text() == "1\n"
