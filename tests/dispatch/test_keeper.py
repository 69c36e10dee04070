"""A lease is renewed while its work runs, and losing it stops the work."""

import subprocess
import time

import pytest

from windlass.dispatch import LeaseLost
from windlass.dispatch.keeper import WATCH, Keeper
from windlass.dispatch.records import lease_of


def test_it_renews_until_it_is_left(desk, tmp_path, clock) -> None:
    task_id = desk.file()
    _, lease = desk.take(ttl_s=0.3)
    with Keeper(desk.database, lease, tmp_path, ttl_s=0.3) as keeper:
        clock.advance(0.2)
        time.sleep(0.5)
        keeper.check()
        renewed = desk.database.read(lambda tx: lease_of(tx, task_id))
        assert renewed.expires_at == pytest.approx(clock() + 0.3)
    assert not (tmp_path / "stop").exists()


def test_a_lost_lease_leaves_the_stop_file_and_raises(desk, tmp_path) -> None:
    task_id = desk.file()
    _, lease = desk.take(ttl_s=0.3)
    with Keeper(desk.database, lease, tmp_path, ttl_s=0.3) as keeper:
        desk.cancel(task_id)
        time.sleep(0.6)
        with pytest.raises(LeaseLost):
            keeper.check()
    assert (tmp_path / "stop").exists()


def test_the_watcher_passes_input_output_and_exit_code(tmp_path) -> None:
    argv = ["/bin/sh", "-c", WATCH, "windlass-watch", str(tmp_path / "stop"), "/bin/sh", "-c", "cat; exit 3"]
    process = subprocess.run(argv, input=b"hello", stdout=subprocess.PIPE, check=False, timeout=30)
    assert (process.returncode, process.stdout) == (3, b"hello")
    (tmp_path / "stop").touch()  # lets the watcher that has lost its program end as well
