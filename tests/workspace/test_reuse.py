"""What an agent touched in any way goes, what it did not touch stays the very same file."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from windlass.workspace import Attempt, Mirror, reuse
from windlass.workspace.reuse import Folder, keep_ours

FILES = {"a.txt": "one\n", "src/b.py": "x = 1\n", "src/deep/c.py": "y = 2\n", "run.sh": "#!/bin/sh\n"}


@pytest.fixture(params=["sha1", "sha256"])
def attempt(make_repo, tmp_path, request) -> Attempt:
    repo = make_repo("many", object_format=request.param, files=FILES)
    os.symlink("a.txt", repo.path / "link")
    base = repo.commit({})
    mirror = Mirror.create(tmp_path / "m", object_format=request.param)
    mirror.sync(repo.checkout())
    return Attempt.create(mirror, tmp_path / "attempts", base, "windlass/t1/1")


def kept(attempt: Attempt) -> tuple[list[str] | None, dict[str, int]]:
    """What is missing afterwards, and the inodes of what is there."""
    folder = Folder(*json.loads((attempt.home / "spare.json").read_text())["folder"])
    missing = keep_ours(attempt.path, attempt.home / "index", folder, len(attempt.base) // 2)
    there = {
        str(place.relative_to(attempt.path)): place.lstat().st_ino
        for place in attempt.path.rglob("*")
        if place.is_symlink() or not place.is_dir()
    }
    return None if missing is None else [os.fsdecode(name) for name in missing], there


def test_what_nobody_touched_stays_and_git_goes(attempt):
    before = {name: (attempt.path / name).lstat().st_ino for name in (*FILES, "link")}
    assert kept(attempt) == ([], before)


def _same_bytes(place: Path) -> None:
    """Written again as it was, with its old times."""
    facts = place.stat()
    place.write_bytes(place.read_bytes())
    os.utime(place, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def _swapped(place: Path) -> None:
    """Other bytes of the same number, with the old times."""
    facts = place.stat()
    place.write_bytes(place.read_bytes().swapcase())
    os.utime(place, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def _named_twice(place: Path) -> None:
    os.link(place, place.with_name("other"))


def _through_another_name(place: Path) -> None:
    other = place.with_name("other")
    os.link(place, other)
    other.write_text("changed")
    other.unlink()


def _moved_away_and_back(place: Path) -> None:
    place.rename(place.with_name("away"))
    place.with_name("away").rename(place)


def _a_copy(place: Path) -> None:
    twin = place.with_name("twin")
    twin.write_bytes(place.read_bytes())
    facts = place.stat()
    os.utime(twin, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    twin.rename(place)


def _a_link(place: Path) -> None:
    place.unlink()
    place.symlink_to("/etc/passwd")


def _a_pipe(place: Path) -> None:
    place.unlink()
    os.mkfifo(place)


def _a_folder(place: Path) -> None:
    place.unlink()
    (place / "within").mkdir(parents=True)


def _marked(place: Path) -> None:
    try:
        os.setxattr(place, "user.said", b"by the one before")
    except OSError:
        pytest.skip("no attributes on this file system")


def _closed(place: Path) -> None:
    place.chmod(0o700)


def _inherited(place: Path) -> None:
    place.chmod(0o2755)


TOUCHES: list[Callable[[Path], None]] = [
    _same_bytes, _swapped, _named_twice, _through_another_name, _moved_away_and_back, _a_copy, _a_link,
    _a_pipe, _a_folder, _marked, Path.unlink, Path.touch, lambda place: place.chmod(0o755),
]  # fmt: skip


@pytest.mark.parametrize("touch", TOUCHES)
def test_whatever_was_touched_goes(attempt, touch):
    if touch is Path.touch or touch is _same_bytes:
        os.utime(attempt.path / "src/b.py")
    touch(attempt.path / "src/b.py")
    missing, there = kept(attempt)
    assert missing == ["src/b.py"]
    assert sorted(there) == ["a.txt", "link", "run.sh", "src/deep/c.py"]


def test_whatever_is_new_goes(attempt, tmp_path):
    (attempt.path / "src" / "new.pyc").write_text("hidden")
    (attempt.path / ".hidden").mkdir()
    (attempt.path / ".hidden" / "x").write_text("x")
    (attempt.path / "nested" / ".git").mkdir(parents=True)
    (attempt.path / "out").symlink_to(tmp_path)
    (tmp_path / "mine").write_text("stays")
    with socket.socket(socket.AF_UNIX) as door:
        here = os.getcwd()
        os.chdir(attempt.path)
        try:
            door.bind("s")
        finally:
            os.chdir(here)
    missing, there = kept(attempt)
    assert missing == []
    assert sorted(there) == ["a.txt", "link", "run.sh", "src/b.py", "src/deep/c.py"]
    assert not (attempt.path / "nested").exists()
    assert (tmp_path / "mine").read_text() == "stays"


def test_a_link_where_a_folder_was_leads_nowhere(attempt, tmp_path):
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "b.py").write_text("theirs")
    for name in ("deep/c.py", "b.py"):
        (attempt.path / "src" / name).unlink()
    (attempt.path / "src" / "deep").rmdir()
    (attempt.path / "src").rmdir()
    (attempt.path / "src").symlink_to(tmp_path / "else")
    missing, there = kept(attempt)
    assert missing == ["src/b.py", "src/deep/c.py"]
    assert sorted(there) == ["a.txt", "link", "run.sh"]
    assert (tmp_path / "else" / "b.py").read_text() == "theirs"


@pytest.mark.parametrize("touch", [_closed, _inherited, _marked])
@pytest.mark.parametrize("name", ["", "src/deep"])
def test_a_folder_unlike_ours_spoils_the_tree(attempt, touch, name):
    touch(attempt.path / name)
    assert kept(attempt)[0] is None


def test_too_much_that_is_strange_spoils_the_tree(attempt, monkeypatch):
    monkeypatch.setattr(reuse, "STRANGE_MAX", 3)
    for number in range(5):
        (attempt.path / f"{number}").touch()
    assert kept(attempt)[0] is None


def test_an_index_of_another_format_spoils_the_tree(attempt):
    index = attempt.home / "index"
    index.write_bytes(index.read_bytes()[:4] + b"\0\0\0\4" + index.read_bytes()[8:])
    assert kept(attempt)[0] is None


def test_a_submodule_stays_an_empty_folder(make_repo, tmp_path):
    repo = make_repo("many", files=FILES)
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    repo.git("commit", "-q", "-m", "a submodule")
    mirror = Mirror.create(tmp_path / "m")
    mirror.sync(repo.checkout())
    attempt = Attempt.create(mirror, tmp_path / "attempts", repo.git("rev-parse", "HEAD"), "windlass/t1/1")
    (attempt.path / "sub" / "theirs").write_text("x")
    missing, there = kept(attempt)
    assert missing == []
    assert "sub/theirs" not in there
    assert (attempt.path / "sub").is_dir()
