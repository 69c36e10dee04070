"""What an agent keeps between its attempts at a task."""

import os
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from windlass.dispatch.state import STATE, State, fits, place, sweep
from windlass.kernel import Invalid


def job(task_id: int, runner: str = "agent") -> Any:
    return SimpleNamespace(lease=SimpleNamespace(task_id=task_id, fence=1), runner=runner)


def names(root: Path) -> list[str]:
    return sorted(one.name for one in (root / STATE).iterdir() if one.name != ".trash")


def test_it_is_one_for_each_task_and_runner_and_what_is_in_it_stays(tmp_path: Path) -> None:
    first = State.open(tmp_path, job(1), threading.Event())
    (first.home / "session").write_text("s1")
    first.close()
    again = State.open(tmp_path, job(1), threading.Event())
    assert (again.home / "session").read_text() == "s1"
    places = {place(tmp_path, job(1)), place(tmp_path, job(1, "../..")), place(tmp_path, job(2))}
    assert len(places) == 3
    assert {one.parent for one in places} == {tmp_path / STATE}


def test_a_folder_that_nobody_used_goes_at_once(tmp_path: Path) -> None:
    State.open(tmp_path, job(1), threading.Event()).close()
    assert names(tmp_path) == []


def test_the_states_of_tasks_that_are_over_are_removed_whatever_is_in_them(tmp_path: Path) -> None:
    kept, gone = (State.open(tmp_path, job(number), threading.Event()) for number in (1, 2))
    (kept.home / "session").touch()
    (gone.home / "closed/inner").mkdir(parents=True)
    (gone.home / "closed").chmod(0)
    (gone.home / "link").symlink_to(kept.path)
    sweep(tmp_path, lambda task_id: task_id == 2)
    assert names(tmp_path) == [kept.path.name]
    assert (kept.home / "session").exists()


def test_one_that_grows_too_large_stops_what_runs_and_is_thrown_away(tmp_path: Path) -> None:
    lost = threading.Event()
    state = State(place(tmp_path, job(1)), lost, bytes_max=1 << 20)
    state.home.mkdir(parents=True)
    assert not state.is_set()
    (state.home / "big").write_bytes(b"x" * (2 << 20))
    state._due = 0.0
    assert state.is_set()
    with pytest.raises(Invalid, match="more than 1 MiB"):
        state.close()
    assert names(tmp_path) == []


def test_a_lost_lease_stops_what_runs(tmp_path: Path) -> None:
    lost = threading.Event()
    state = State.open(tmp_path, job(1), lost)
    assert not state.is_set()
    lost.set()
    assert state.is_set()


def test_holes_are_not_counted_and_links_are_not_followed(tmp_path: Path) -> None:
    big, folder = tmp_path / "big", tmp_path / "folder"
    big.mkdir()
    folder.mkdir()
    (big / "file").write_bytes(b"x" * (2 << 20))
    (folder / "link").symlink_to(big)
    (folder / "file").symlink_to(big / "file")
    with (folder / "holes").open("wb") as file:
        os.ftruncate(file.fileno(), 1 << 30)
    assert fits(folder, 1 << 20)
    assert not fits(big, 1 << 20)
