"""The child on its own: what it does when nobody, or half of somebody, talks to it."""

import marshal
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from windlass.sandbox import child
from windlass.sandbox.ahead import CHILD


def start(*, sent: bytes) -> tuple[int, bytes]:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-I", "-S", "-c", CHILD, str(theirs.fileno())]
    with subprocess.Popen(command, pass_fds=(theirs.fileno(),), stderr=subprocess.PIPE) as process:
        theirs.close()
        ours.sendall(sent)
        ours.close()
        assert process.stderr is not None
        said = process.stderr.read()
        return process.wait(10), said


@pytest.mark.parametrize("sent", [b"", b"\0\0\0", (100).to_bytes(8, "big") + b"half"])
def test_a_control_plane_that_dies_before_the_plan_is_whole_starts_nothing(sent: bytes) -> None:
    assert start(sent=sent) == (0, b"")


def test_a_control_plane_that_dies_after_the_plan_gets_its_run_killed(tmp_path: Path) -> None:
    plan = {
        "level": "none",
        "home": str(tmp_path / "home"),
        "cgroup": "",
        "cwd": b"/",
        "rlimits": {},
        "argv": [b"/bin/sh", b"-c", f"sleep 0.5; touch {tmp_path}/late".encode()],
        "environment": {b"PATH": b"/bin"},
    }
    body = marshal.dumps(plan)
    assert start(sent=len(body).to_bytes(8, "big") + body)[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_it_imports_nothing_that_is_slow_to_start() -> None:
    program = CHILD.replace("main(int(sys.argv[1]))", "print(*sys.modules, flush=True)")
    got = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True)
    slow = {"typing", "json", "socket", "signal", "subprocess", "re", "enum", "dataclasses", "pathlib"}
    assert "ctypes" in got.stdout.split(), got.stderr
    assert set(got.stdout.split()) & slow == set()


def test_a_tree_is_removed_without_following_links(tmp_path: Path) -> None:
    top, other = tmp_path / "top", tmp_path / "other"
    (top / "a/b").mkdir(parents=True)
    other.mkdir(mode=0o700)
    (other / "kept").touch()
    (top / "a/link").symlink_to(other)
    (top / "a/b/file").touch()
    (top / "a/b").chmod(0)
    child._remove(str(top))
    assert [p.name for p in tmp_path.iterdir()] == ["other"]
    assert (other / "kept").exists()


def test_children_are_found_by_their_parent() -> None:
    with subprocess.Popen(["sleep", "30"]) as process:
        assert process.pid in child._children()
        process.kill()
    assert process.pid not in child._children()
    assert os.getpid() not in child._children()
