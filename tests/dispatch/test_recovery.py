"""After kill -9 the site looks as if nobody had died."""

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from tests.dispatch.test_faults import LATE_S, processes

from windlass.dispatch import TaskStatus, recover, snapshots
from windlass.dispatch.mark import CONTROL, entry
from windlass.dispatch.recovery import PINS
from windlass.dispatch.state import STATE
from windlass.events import history
from windlass.sandbox import open_launcher
from windlass.workspace import Attempt


def crash(place, *, node: str) -> int:
    """Leave what a worker leaves that dies between pinning and submitting."""
    task_id = place.desk.file(base=place.base)
    _, lease = place.desk.take(node=node)
    site = place.site
    Attempt.create(site.mirror, site.folders.attempts, place.base, lease.branch)
    (site.folders.attempts / CONTROL / f"{task_id}.{lease.fence}").mkdir(parents=True)
    site.mirror.set_ref(lease.pin, place.base, expected=None)
    return task_id


def left(place) -> tuple[list[str], dict[str, str]]:
    root = place.site.folders.attempts
    found = [path.name for path in [*root.glob("*.*"), *(root / CONTROL).glob("*")] if path.name != ".trash"]
    return found, place.site.mirror.refs(PINS)


def server(place, name: str, beat: float) -> None:
    place.site.database.write(
        lambda tx: tx.execute(
            "INSERT INTO wl_node (id, host, pid, state, beat, started_at)"
            " VALUES (:id, 'h', 1, 'live', :beat, 1)",
            id=name, beat=beat,
        )
    )  # fmt: skip


def test_what_a_dead_node_left_is_removed_and_its_task_is_ready_again(lite_place, clock) -> None:
    task_id = crash(lite_place, node="dead")
    server(lite_place, "dead", clock())
    found = recover(lite_place.site, lite_place.site.clock())
    assert (found.released, found.attempts) == ((task_id,), (f"windlass/{task_id}/1",))
    assert left(lite_place) == ([], {})
    task = lite_place.desk.task(task_id)
    assert (task.status, task.attempt, task.fence) == (TaskStatus.PENDING, 0, 2)
    again = recover(lite_place.site, lite_place.site.clock())
    assert (again.released, again.attempts, again.pins) == ((), (), ())


def test_what_agents_keep_goes_with_their_tasks(lite_place) -> None:
    waits = lite_place.desk.file(base=lite_place.base)
    over = lite_place.desk.file(base=lite_place.base)
    lite_place.desk.cancel(over)
    top = lite_place.site.folders.attempts / STATE
    for task_id in (waits, over, 999):
        (top / f"{task_id}.abc" / "home").mkdir(parents=True)
    recover(lite_place.site, lite_place.site.clock())
    assert [one.name for one in top.glob("*.*") if one.name != ".trash"] == [f"{waits}.abc"]


def test_a_live_attempt_is_left_alone(lite_place) -> None:
    crash(lite_place, node="n1")
    recover(lite_place.site, lite_place.site.clock())
    names, pins = left(lite_place)
    assert (len(names), len(pins)) == (2, 1)


def test_a_pin_that_was_submitted_stays(lite_place) -> None:
    task_id = lite_place.desk.file(base=lite_place.base)
    _, lease = lite_place.desk.take()
    lite_place.site.mirror.set_ref(lease.pin, lite_place.base, expected=None)
    lite_place.desk.submit(lease, lite_place.base)
    assert recover(lite_place.site, lite_place.site.clock()).pins == ()
    assert left(lite_place)[1] == {f"{PINS}{task_id}/1": lite_place.base}


def test_on_postgresql_only_a_silent_node_is_dead(postgres, make_place, clock) -> None:
    place = make_place(postgres)
    task_id = crash(place, node="other")
    assert recover(place.site, clock()).released == ()  # nobody ever heard of it: unknown is not dead
    server(place, "other", clock() - 16)
    assert recover(place.site, clock()).released == (task_id,)


def test_a_worker_on_another_host_keeps_its_lease_when_the_server_starts_again(place) -> None:
    crash(place, node="runner-7")
    assert recover(place.site, place.site.clock()).released == ()
    assert place.site.mirror.refs(PINS) != {}


HOLDER = """
import sys
from windlass.sandbox import Mount, Order, open_launcher, prepare_writable
from pathlib import Path
level, tree, entry, script = sys.argv[1:]
launcher = open_launcher(trust=True, path="/nonexistent" if level == "none" else None)
assert launcher.level.value == level
prepare_writable(Path(tree))
name, _, value = entry.partition("=")
launcher.run(Order(("/bin/sh", "-c", script), tree, (Mount(Path(tree), tree, True),), {name: value}))
"""
AGENT = """
echo unfinished > new.txt
setsid sh -c ': MARK; sleep 600' </dev/null >/dev/null 2>&1 &
env -i setsid sh -c ': MARK; sleep 600' </dev/null >/dev/null 2>&1 &
: MARK; sleep 600
"""


@pytest.mark.parametrize("level", ["none", "bwrap"])
def test_what_outlives_a_kill_of_the_daemon_and_its_supervisor_is_saved_told_and_ended(
    lite_place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, level: str
) -> None:
    site, mark = lite_place.site, f"wl-double-{uuid.uuid4().hex}"
    task_id = crash(lite_place, node="dead")
    server(lite_place, "dead", site.clock())
    [attempt] = Attempt.list(site.folders.attempts)
    homes = tmp_path / "tmp"
    homes.mkdir()
    monkeypatch.setenv("TMPDIR", str(homes))
    monkeypatch.setattr("tempfile.tempdir", None)
    known = entry(site.folders.attempts, attempt.home.name)
    command = [sys.executable, "-c", HOLDER, level, str(attempt.path), known, AGENT.replace("MARK", mark)]
    holder = subprocess.Popen(command)
    until = time.monotonic() + LATE_S
    while not (attempt.path / "new.txt").exists() or len(processes(mark) - {holder.pid}) < 3:
        assert time.monotonic() < until
        time.sleep(0.02)
    both = (holder.pid, *children(holder.pid))
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in both:
            os.kill(pid, number)
    holder.wait()
    while level == "bwrap" and processes(mark):  # its namespace ends with it
        assert time.monotonic() < until
    assert (len(processes(mark)) >= 2) == (level == "none")
    found = recover(site, site.clock())
    assert processes(mark) == set()
    assert found.attempts == (attempt.branch,)
    [commit] = snapshots.of_task(site.mirror, task_id).values()
    assert b"+unfinished" in site.mirror.patch(attempt.base, commit)
    events = site.database.read(lambda tx: history(tx, task=task_id))
    told = [one for one in events if one.kind == "attempt.reaped"]
    assert [len(one.data["processes"]) >= 2 for one in told] == [level == "none"]
    assert commit in told[0].data["saved"]
    assert left(lite_place) == ([], {})
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()
    open_launcher(trust=True)
    assert list(homes.iterdir()) == []


def children(pid: int) -> list[int]:
    found = []
    for one in Path("/proc").glob("[0-9]*/stat"):
        try:
            if one.read_text().rpartition(")")[2].split()[1] == str(pid):
                found.append(int(one.parent.name))
        except OSError:
            continue
    return found
