"""Processes that wait for a run: taken once, started again, gone with the one they wait for."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from windlass.sandbox import Level, Order, open_launcher
from windlass.sandbox.ahead import MANY, Ahead
from windlass.sandbox.bwrap import Bubblewrap


@pytest.fixture
def ahead() -> Iterator[Ahead]:
    made = Ahead()
    yield made
    made.close()


def waiting(ahead: Ahead, many: int) -> list[int]:
    """The processes that wait, once there are so many."""
    until = time.monotonic() + 60
    while len(ahead._waiting) < many and time.monotonic() < until:
        time.sleep(0.01)
    found = list(ahead._waiting.values())
    assert len(found) == many
    return [child.process.pid for child in found]


def launcher(ahead: Ahead) -> Bubblewrap:
    found = open_launcher(trust=True)
    if found.level is not Level.BWRAP or not isinstance(found, Bubblewrap):
        pytest.skip("no bubblewrap")
    return replace(found, ahead=ahead)


def test_a_run_is_held_by_the_process_that_waited_and_another_takes_its_place(ahead: Ahead) -> None:
    at = launcher(ahead)
    for _ in range(MANY):
        assert at.run(Order(("cat",), "/", stdin=b"data")).ran.stdout == b"data"
    [first] = waiting(ahead, 1)
    assert at.run(Order(("cat",), "/", stdin=b"more")).ran.stdout == b"more"
    [second] = waiting(ahead, 1)
    assert first != second
    assert not os.path.exists(f"/proc/{first}")


def test_a_few_runs_have_nobody_wait(ahead: Ahead) -> None:
    at = launcher(ahead)
    for _ in range(MANY - 1):
        at.run(Order(("true",), "/"))
    waiting(ahead, 0)


def test_work_in_the_background_neither_lends_nor_borrows_a_priority(ahead: Ahead) -> None:
    at, mine = launcher(ahead), os.getpriority(os.PRIO_PROCESS, 0)
    order = Order(("nice",), "/")
    seen: list[int] = []

    def background() -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), mine + 5)
        for _ in range(MANY + 1):
            seen.append(int(at.run(order).ran.stdout))
            time.sleep(0.2)

    thread = threading.Thread(target=background)
    thread.start()
    thread.join()
    waiting(ahead, 1)
    assert seen == [mine + 5] * (MANY + 1)
    assert [int(at.run(order).ran.stdout) for _ in range(MANY)] == [mine] * MANY
    assert sorted(os.getpriority(os.PRIO_PROCESS, pid) for pid in waiting(ahead, 2)) == [mine, mine + 5]


def test_runs_with_and_without_input_have_one_each(ahead: Ahead) -> None:
    at = launcher(ahead)
    for _ in range(MANY):
        at.run(Order(("cat",), "/", stdin=b"data"))
        at.run(Order(("true",), "/"))
    assert len(set(waiting(ahead, 2))) == 2
    ahead.close()
    waiting(ahead, 0)


def test_one_that_was_killed_while_it_waited_is_replaced(ahead: Ahead) -> None:
    for _ in range(MANY):
        ahead.take(subprocess.DEVNULL).end()
    [pid] = waiting(ahead, 1)
    [child] = ahead._waiting.values()
    child.process.kill()
    child.process.wait()
    assert launcher(ahead).run(Order(("true",), "/")).ran.exit_code == 0
    assert waiting(ahead, 1) != [pid]


def test_it_ends_when_the_one_it_waits_for_is_killed() -> None:
    script = (
        "import subprocess, time\nfrom windlass.sandbox.ahead import start\n"
        "print(start(subprocess.DEVNULL).process.pid, flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=os.environ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.kill()
    until = time.monotonic() + 60
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < until:
        time.sleep(0.01)
    assert not os.path.exists(f"/proc/{pid}")
