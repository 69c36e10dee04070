"""Scratch folders, locks and the way things go."""

import subprocess
import sys
import threading
import time

import pytest

from windlass.kernel import Unavailable
from windlass.workspace.trash import delete, empty_trash, locked, scratch, sweep, throw_away


def test_scratch_lives_for_the_block_and_sweep_spares_it(tmp_path):
    with scratch(tmp_path / "t", "x-") as folder:
        (folder / "f").touch()
        assert sweep(tmp_path / "t", "x-") == 0
        assert folder.is_dir()
    assert not folder.exists()


def test_sweep_takes_the_folders_of_the_dead(tmp_path):
    code = (
        "import os\nfrom pathlib import Path\nfrom windlass.workspace.trash import scratch\n"
        f"with scratch(Path({str(tmp_path)!r}), 'x-') as f:\n    (f / 'g').mkdir()\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert len(list(tmp_path.iterdir())) == 1
    assert sweep(tmp_path, "x-") == 1
    assert list(tmp_path.iterdir()) == []
    assert sweep(tmp_path / "absent", "x-") == 0


def test_a_lock_excludes_threads_too_and_gives_up_in_time(tmp_path):
    path, order = tmp_path / "lock", []

    def work(name):
        with locked(path, wait_s=5):
            order.append(f"{name} in")
            time.sleep(0.02)
            order.append(f"{name} out")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(a.split()[0] == b.split()[0] for a, b in zip(order[::2], order[1::2], strict=True))
    with locked(path, wait_s=1), pytest.raises(Unavailable), locked(path, wait_s=0.05):
        pass


def test_throwing_away_is_rename_then_delete_and_repeatable(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    throw_away(tmp_path / "a")
    throw_away(tmp_path / "a")
    assert [p.name for p in tmp_path.iterdir()] == [".trash"]
    (tmp_path / ".trash" / "left" / "x").mkdir(parents=True)
    assert empty_trash(tmp_path) == 1
    assert empty_trash(tmp_path / "absent") == 0


def test_deleting_does_not_follow_links(tmp_path):
    (tmp_path / "keep").mkdir()
    (tmp_path / "keep" / "f").touch()
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "link").symlink_to(tmp_path / "keep")
    delete(tmp_path / "gone")
    delete(tmp_path / "gone")
    assert (tmp_path / "keep" / "f").exists()
