"""Processes whose holders are dead are known by their marks, and nobody else is touched."""

import fcntl
import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from windlass.sandbox.strays import HOME_PREFIX, strays, sweep_homes

LONG_S = 60.0


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def sleeper(
    held: ExitStack, cwd: Path, env: dict[str, str], *, session: bool = True
) -> "subprocess.Popen[bytes]":
    """A program that runs for ever, once it surely runs."""
    made = subprocess.Popen(
        ["/bin/sh", "-c", "echo; exec sleep 600"], cwd=cwd, env=env, start_new_session=session,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    held.callback(made.wait)
    held.callback(made.kill)
    assert made.stdout is not None
    held.callback(made.stdout.close)
    assert made.stdout.readline() == b"\n"
    return made


def state(process: "subprocess.Popen[bytes]") -> str:
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_those_with_the_mark_or_in_the_folder_stand_still_and_then_end(
    held: ExitStack, tmp_path: Path
) -> None:
    mark, folder = f"MARK={uuid.uuid4().hex}", tmp_path / "7.1"
    for place in (folder / "tree", tmp_path / "7.10"):
        place.mkdir(parents=True)
    marked = sleeper(held, tmp_path, {"MARK": mark[5:]})
    inside = sleeper(held, folder / "tree", {})
    others = [
        sleeper(held, tmp_path / "7.10", {"MARK": mark[5:] + "0"}),
        sleeper(held, tmp_path, {"NOTE": mark}), sleeper(held, tmp_path, {}, session=False),
    ]  # fmt: skip
    with strays(mark, folder) as found:
        assert [one.split()[0] for one in found] == [str(pid) for pid in sorted((marked.pid, inside.pid))]
        assert all("sleep 600" in one for one in found)
        assert (state(marked), state(inside)) == ("T", "T")
    assert (marked.wait(LONG_S), inside.wait(LONG_S)) == (-9, -9)
    assert [one.poll() for one in others] == [None, None, None]
    with strays(mark, folder) as found:
        assert found == ()


def test_who_shares_a_session_with_a_marked_one_goes_with_it(held: ExitStack, tmp_path: Path) -> None:
    mark = uuid.uuid4().hex
    script = "env -i /bin/sleep 600 & cd /; echo; wait"
    leader = subprocess.Popen(
        ["/bin/sh", "-c", script], cwd=tmp_path, env={"MARK": mark}, start_new_session=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    held.callback(leader.wait)
    held.callback(leader.kill)
    assert leader.stdout is not None
    assert leader.stdout.readline() == b"\n"
    with strays(f"MARK={mark}", tmp_path / "none") as found:
        assert len(found) == 2
    assert leader.stdout.read() == b""  # the sleeper held its other end
    leader.stdout.close()


def test_a_home_without_a_lock_goes_and_one_with_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left, used, link, making = (f"{HOME_PREFIX}{uuid.uuid4().hex}" for _ in range(4))
    making += ".making"  # its supervisor has not got so far
    for place in (f"{left}/x", used, making, "theirs"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / link).symlink_to(tmp_path / "theirs")
    handle = os.open(tmp_path / used, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        sweep_homes()
    finally:
        os.close(handle)
    assert {one.name for one in tmp_path.iterdir()} == {used, link, making, "theirs"}
