"""Folders that are kept because nothing else could be: few, small, and not for ever."""

import os
from pathlib import Path

from windlass.workspace import aside


def attempt(root: Path, name: str, size: int = 3) -> Path:
    home = root / name
    (home / "tree").mkdir(parents=True)
    (home / "tree" / "a.txt").write_bytes(b"x" * size)
    return home


def test_a_folder_moves_as_a_whole_and_again(tmp_path: Path) -> None:
    for text in ("one", "two"):
        home = attempt(tmp_path, "7.1")
        (home / "tree" / "a.txt").write_text(text)
        place = aside.set_aside(home)
        assert (place / "tree" / "a.txt").read_text() == text
        assert not home.exists()
    assert aside.set_asides(tmp_path) == [place]


def test_old_ones_and_the_oldest_of_too_many_go(tmp_path: Path) -> None:
    for n in range(aside.ASIDE_MAX + 2):
        place = aside.set_aside(attempt(tmp_path, f"{n}.1"))
        os.utime(place, (1000.0 + n, 1000.0 + n))
    assert aside.prune(tmp_path, now=1100.0) == 2
    assert not {"0.1", "1.1"} & {one.name for one in aside.set_asides(tmp_path)}
    assert aside.prune(tmp_path, now=1100.0 + aside.ASIDE_S) == aside.ASIDE_MAX
    assert aside.prune(tmp_path) == 0
