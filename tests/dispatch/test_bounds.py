"""A work tree that grows too large, and a turn that takes too long, are seen from outside."""

import os
from pathlib import Path

import pytest

from windlass.dispatch import bounds
from windlass.dispatch.bounds import WEIGH_S, Bounds, weigh

ANY = {"bytes_max": 1 << 40, "entries_max": 1 << 40}


class Steps:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_time_is_what_the_budget_left(tmp_path: Path) -> None:
    clock = Steps()
    one, free = Bounds(tmp_path, 60.0, clock), Bounds(tmp_path, None, clock)
    clock.now += 60.0
    assert one.broken() == ""
    clock.now += 3600.0
    assert one.broken() == "it ran longer than the 60 s that its budget left"
    assert free.broken() == ""


def test_what_was_there_before_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "GROWTH_MAX", 1 << 20)
    (tmp_path / "old").write_bytes(os.urandom(2 << 20))
    clock = Steps()
    one = Bounds(tmp_path, None, clock)
    assert one.broken() == ""
    (tmp_path / "new").write_bytes(os.urandom(2 << 20))
    clock.now += WEIGH_S
    assert one.broken() == "it wrote more than 1 MiB into its work tree"


def test_many_small_files_count_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "ENTRIES_MAX", 5)
    clock = Steps()
    one = Bounds(tmp_path, None, clock)
    for n in range(6):
        (tmp_path / f"{n}").touch()
    clock.now += WEIGH_S
    assert one.broken() == "it made more than 5 files in its work tree"


def test_what_it_began_with_may_be_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "ENTRIES_MAX", 5)
    for n in range(6):
        (tmp_path / f"{n}").touch()
    clock = Steps()
    fair, short = (Bounds(tmp_path, None, clock, weight=(0, entries)) for entries in (6, 0))
    clock.now += WEIGH_S
    assert fair.broken() == ""
    assert short.broken() == "it made more than 5 files in its work tree"


def test_holes_links_and_missing_folders_weigh_nothing(tmp_path: Path) -> None:
    os.truncate(os.open(tmp_path / "hole", os.O_CREAT | os.O_WRONLY), 1 << 40)
    os.symlink("/usr", tmp_path / "usr")
    assert weigh(tmp_path, **ANY) == (0, 2)
    assert weigh(tmp_path / "gone", **ANY) == (0, 0)
    assert weigh(Path("/usr"), bytes_max=10, entries_max=1 << 40)[0] > 10
