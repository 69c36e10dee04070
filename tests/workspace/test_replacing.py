"""Files are written whole, and only where nobody has changed them."""

import hashlib
from pathlib import Path

from windlass.workspace.replacing import replaced


def oid(text: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%b" % (len(text), text)).hexdigest()


def test_only_what_is_still_the_same_is_written(tmp_path: Path) -> None:
    for name in ("same", "changed"):
        (tmp_path / name).write_bytes(b"old\n")
    (tmp_path / "changed").write_bytes(b"mine\n")
    (tmp_path / "link").symlink_to("same")
    (tmp_path / "folder").mkdir()
    (tmp_path / "away").symlink_to(tmp_path.parent)
    (tmp_path.parent / "outside").write_bytes(b"old\n")
    names = ("same", "changed", "link", "folder", "gone", "away/outside")
    done = replaced(tmp_path, {name: (oid(b"old\n"), b"new\n") for name in names}, "sha1")
    assert done == ("same",)
    assert (tmp_path / "same").read_bytes() == b"new\n"
    assert (tmp_path / "changed").read_bytes() == b"mine\n"
    assert (tmp_path.parent / "outside").read_bytes() == b"old\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["away", "changed", "folder", "link", "same"]
