"""A session's weight is set where the kernel has one; nobody else's is."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from windlass.workspace.behind import NICE, own_niceness, put_behind
from windlass.workspace.git import Git
from windlass.workspace.trash import delete

AUTOGROUP = Path("/proc/self/autogroup")


def nice_of(pid: int) -> str:
    return Path(f"/proc/{pid}/autogroup").read_text().split()[-1]


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="this kernel does not share the processor among sessions")
def test_a_session_stands_behind() -> None:
    before = AUTOGROUP.read_text()
    with subprocess.Popen(["/bin/sleep", "60"], start_new_session=True) as process:
        put_behind(process.pid, NICE)
        assert nice_of(process.pid) == str(NICE)
        process.kill()
    assert AUTOGROUP.read_text() == before


def test_who_is_gone_does_no_harm() -> None:
    before = own_niceness()
    with subprocess.Popen(["/bin/true"]) as process:
        process.wait()
    put_behind(process.pid, NICE)
    assert (process.returncode, own_niceness()) == (0, before)


def test_git_goes_at_the_pace_of_the_thread_that_starts_it(tmp_path: Path) -> None:
    found: list[int] = []
    before = own_niceness()

    def work() -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        found.append(own_niceness())
        assert Git(None, cwd=tmp_path).ask("version").code == 0

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [NICE]
    assert own_niceness() == before


def test_what_is_deleted_is_gone_when_the_call_returns(tmp_path: Path) -> None:
    place = tmp_path / "tree/deep"
    place.mkdir(parents=True)
    (place / "file").write_text("x")
    delete(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()
