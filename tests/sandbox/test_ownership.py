import os
from pathlib import Path

import pytest

from windlass.kernel import Invalid
from windlass.sandbox import prepare_writable

UID = 65532
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@needs_root
def test_a_tree_is_handed_over_but_nothing_behind_its_links(tmp_path: Path) -> None:
    tree, other = tmp_path / "tree", tmp_path / "other"
    (tree / "a/b").mkdir(parents=True)
    (tree / "a/b/file").touch()
    other.mkdir()
    (other / "kept").touch()
    (tree / "to-directory").symlink_to(other)
    (tree / "to-file").symlink_to(other / "kept")
    (tree / "dangling").symlink_to("nowhere")
    (tree / "hard").hardlink_to(other / "kept")
    os.mkfifo(tree / "pipe")
    prepare_writable(tree)
    for name in (".", "a", "a/b", "a/b/file", "to-directory", "to-file", "dangling", "pipe"):
        assert (tree / name).lstat().st_uid == UID, name
    assert (other.stat().st_uid, (other / "kept").stat().st_uid) == (0, 0)


@needs_root
def test_another_uid_can_be_chosen(tmp_path: Path) -> None:
    prepare_writable(tmp_path, uid=12345)
    assert tmp_path.stat().st_uid == 12345


@needs_root
def test_a_link_or_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc")
    with pytest.raises(Invalid):
        prepare_writable(tmp_path / "link")
    with pytest.raises(Invalid):
        prepare_writable(tmp_path / "none")
