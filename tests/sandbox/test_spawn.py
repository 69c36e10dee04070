import os
import threading
from pathlib import Path

import pytest

from windlass.kernel import Invalid, Unavailable
from windlass.sandbox import Limits, Order
from windlass.sandbox.none import Unconfined
from windlass.sandbox.spawn import Sink, run_child


def order(script: str, stdin: bytes = b"", stdout_to: Path | None = None, **limits: float) -> Order:
    bounds = Limits(**limits)
    return Order(("sh", "-c", script), "/", stdin=stdin, limits=bounds, stdout_to=stdout_to)


def test_both_streams_are_drained_while_input_is_fed() -> None:
    data = os.urandom(1_000_000)
    ran = Unconfined().run(order("tee /dev/stderr", data)).ran
    assert (ran.stdout, ran.stderr) == (data, data)


def test_a_program_that_closes_its_streams_early_is_still_waited_for() -> None:
    ran = Unconfined().run(order("exec >&- 2>&- <&-; sleep 0.3; exit 5", b"x" * 500_000)).ran
    assert ran.exit_code == 5
    assert ran.seconds >= 0.3


def test_each_stream_has_its_own_cap_and_the_exact_cap_is_not_truncation() -> None:
    ran = Unconfined().run(order("printf 12345; printf abcdef >&2", output_max=5)).ran
    assert (ran.stdout, ran.stderr, ran.truncated) == (b"12345", b"abcde", True)
    assert not Unconfined().run(order("printf 12345", output_max=5)).ran.truncated


def test_a_stream_file_is_new_private_and_never_a_link(tmp_path: Path) -> None:
    Unconfined().run(order("printf data", stdout_to=tmp_path / "out"))
    assert (tmp_path / "out").read_bytes() == b"data"
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Invalid):
        Unconfined().run(order("printf data", stdout_to=tmp_path / "link"))
    assert not (tmp_path / "elsewhere").exists()


def test_a_full_disk_is_told_and_ends_the_run(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    handle = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(Unavailable, match="No space left"):
            Sink(100, handle).take(b"data")
    finally:
        os.close(handle)


def test_a_plan_the_child_cannot_read_is_reported_not_hung() -> None:
    ending = run_child({"level": "none", "home": "/no/such/parent/home", "cgroup": ""}, order("true"))
    assert "failed" in ending.report
    assert ending.report["failed"] == ("No such file or directory",)


def test_no_descriptor_and_no_thread_is_left() -> None:
    before = (set(os.listdir("/proc/self/fd")), threading.active_count())
    for _ in range(3):
        Unconfined().run(order("sleep 5", wall_s=0.1))
    assert (set(os.listdir("/proc/self/fd")), threading.active_count()) == before


def test_time_is_counted_to_the_end_of_the_run() -> None:
    assert 0.2 < Unconfined().run(order("sleep 0.2")).ran.seconds < 30
