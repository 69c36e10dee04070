"""Level NONE holds nothing back, but it keeps custody: time, output, file size, every process."""

import os
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from windlass.kernel import Invalid
from windlass.sandbox import Level, Limits, Mount, Order
from windlass.sandbox.none import Unconfined, outside

SRC = Path(__file__).resolve().parents[2] / "src"


def test_a_program_runs_on_the_host_and_says_so(tmp_path: Path) -> None:
    outcome = Unconfined().run(
        Order(("/bin/sh", "-c", "pwd; cat; exit 4"), "/w", (Mount(tmp_path, "/w"),), stdin=b"in")
    )
    assert (outcome.level, outcome.ran.exit_code, outcome.ran.stdout) == (
        Level.NONE,
        4,
        f"{tmp_path}\nin".encode(),
    )
    assert not any("namespaces" in word or "seccomp" in word for word in outcome.held)


def test_words_that_name_a_mount_become_its_source(tmp_path: Path) -> None:
    mounts = (Mount(tmp_path / "a", "/w"), Mount(tmp_path / "b", "/w/inner"))
    assert outside("/w", mounts, "/h") == str(tmp_path / "a")
    assert outside("/w/x y", mounts, "/h") == f"{tmp_path}/a/x y"
    assert outside("/w/inner/x", mounts, "/h") == f"{tmp_path}/b/x"
    assert outside("/wide", mounts, "/h") == "/wide"
    assert outside("--x=/w", mounts, "/h") == "--x=/w"
    assert outside("/home/agent/.cache", mounts, "/h") == "/h/.cache"


def test_nothing_of_the_callers_environment_gets_in_and_home_is_private(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WINDLASS_TEST_OWN", "secret")
    script = "env; touch $HOME/x $TMPDIR/y; mkdir -m 0 $HOME/closed; ln -s / $HOME/link"
    got = Unconfined().run(Order(("/bin/sh", "-c", script), "/")).ran
    assert b"TEST_OWN" not in got.stdout
    home = next(line[5:] for line in got.stdout.decode().splitlines() if line.startswith("HOME="))
    assert home != os.environ.get("HOME")
    assert not Path(home).exists()


def test_programs_are_found_and_missing_ones_are_127(tmp_path: Path) -> None:
    assert Unconfined().run(Order(("true",), "/")).ran.exit_code == 0
    missing = Unconfined().run(Order(("no-such-program",), "/")).ran
    assert (missing.exit_code, missing.stderr) == (127, b"no program 'no-such-program'\n")
    (tmp_path / "odd").write_bytes(b"\0\1\2")
    (tmp_path / "odd").chmod(0o755)
    assert Unconfined().run(Order((str(tmp_path / "odd"),), "/")).ran.exit_code == 127
    with pytest.raises(Invalid, match="No such file"):
        Unconfined().run(Order(("true",), "/no/such/place"))


def test_signals_deadlines_caps_and_file_sizes(tmp_path: Path) -> None:
    assert Unconfined().run(Order(("sh", "-c", "kill -9 $$"), "/")).ran.exit_code == -9
    late = Unconfined().run(
        Order(("sh", "-c", "trap '' TERM; while :; do sleep 60; done"), "/", limits=Limits(wall_s=0.4))
    )
    assert (late.ran.exit_code, late.timed_out, late.limit) == (None, True, "wall_s")
    flood = Unconfined().run(
        Order(("head", "-c", "50000000", "/dev/zero"), "/", limits=Limits(output_max=10))
    )
    assert (len(flood.ran.stdout), flood.limit) == (10, "output_max")
    script = f"exec head -c 9000000 /dev/zero > {tmp_path}/big"
    big = Unconfined().run(Order(("sh", "-c", script), "/", limits=Limits(file_max=1000)))
    assert (big.ran.exit_code, big.limit, (tmp_path / "big").stat().st_size) == (-25, "file_max", 1000)


def test_daemons_and_whole_groups_are_killed(
    leftovers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    marker = f"7{uuid.uuid4().int % 10**8}"
    deep = f"(setsid sh -c 'setsid sleep {marker} & sleep {marker}' &)"
    script = f"sleep {marker} & setsid sleep {marker} & {deep} ; exit 0"
    assert Unconfined().run(Order(("sh", "-c", script), "/")).ran.exit_code == 0
    assert leftovers.processes(marker) == []
    assert list(tmp_path.iterdir()) == []


def _left(leftovers: Any, family: Any, marker: str, folder: Path) -> tuple[list[Any], list[Any], list[Path]]:
    return leftovers.living(family), leftovers.processes(marker), list(folder.iterdir())


def test_killing_the_control_plane_leaves_no_process_and_no_home(leftovers: Any, tmp_path: Path) -> None:
    marker = f"8{uuid.uuid4().int % 10**8}"
    program = f"""
import sys
sys.path.insert(0, {str(SRC)!r})
from windlass.sandbox import Order
from windlass.sandbox.none import Unconfined
print("ready", flush=True)
Unconfined().run(Order(("sh", "-c", "(setsid sleep {marker} &); sleep {marker}"), "/"))
"""
    env = {"TMPDIR": str(tmp_path)}
    for attempt in range(8):
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=env) as parent:
            assert parent.stdout is not None
            parent.stdout.readline()
            time.sleep(attempt * 0.02)
            family = leftovers.family(parent.pid)
            parent.kill()
        # Killed before its supervisor was in the family: that one comes, sees that nobody is there, and goes.
        deadline = time.monotonic() + 60
        while any(left := _left(leftovers, family, marker, tmp_path)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert left == ([], [], [])
