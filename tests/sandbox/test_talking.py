"""A program one talks with: bounds, back-pressure, doors, and that nothing of it is left; at every level."""

import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from windlass.kernel import Dialogue, Invalid, Unavailable
from windlass.sandbox import Door, Launcher, Level, Limits, Mount, Order
from windlass.sandbox.none import Unconfined
from windlass.sandbox.talking import STDERR_MAX

SRC = Path(__file__).resolve().parents[2] / "src"
LONG_S = 60.0


@pytest.fixture(params=["launcher", "container", "none"])
def at(request: pytest.FixtureRequest) -> Launcher:
    found: Launcher = Unconfined() if request.param == "none" else request.getfixturevalue(request.param)
    return found


class Greeter:
    """Says a word to whoever comes in, until it is closed."""

    def __init__(self, word: bytes, listener: socket.socket) -> None:
        self._word, self._listener, self.closed = word, listener, False
        self._thread = threading.Thread(target=self._greet, daemon=True)
        self._thread.start()

    def _greet(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            with caller:
                caller.sendall(self._word)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(LONG_S)
        self.closed = True


@pytest.fixture
def door() -> Iterator[Callable[..., Door]]:
    """Makes doors that greet, and closes what they have of the host."""
    with ExitStack() as stack:

        def make(at: Launcher, word: bytes, port: int = 8701) -> Door:
            made = at.place(Door(port, lambda listener: Greeter(word, listener)))
            if made.host is not None:
                stack.callback(made.host.close)
            return made

        yield make


def start(at: Launcher, script: str, *doors: Door, wall_s: float = LONG_S, **more: Any) -> Dialogue:
    limits = Limits(wall_s=wall_s, output_max=more.pop("output_max", 1 << 20))
    return at.start(Order(("bash", "-c", script), "/", limits=limits, doors=doors, **more))


def heard(dialogue: Dialogue) -> bytes:
    got = bytearray()
    while part := dialogue.receive(LONG_S):
        got += part
    return bytes(got)


def test_one_speaks_and_hears_while_it_works(at: Launcher) -> None:
    with start(at, "while read x; do echo got $x; done; echo late >&2; exit 3") as dialogue:
        for word in (b"one", b"two"):
            dialogue.send(word + b"\n")
            assert dialogue.receive(LONG_S) == b"got " + word + b"\n"
        assert dialogue.receive(0) is None
        dialogue.hang_up()
        assert heard(dialogue) == b""
        ran = dialogue.end()
    assert (ran.exit_code, ran.stdout, ran.stderr, ran.truncated) == (3, b"", b"late\n", False)
    assert dialogue.end() == ran
    assert dialogue.receive(0) == b""
    with pytest.raises(Unavailable):
        dialogue.send(b"x")


def test_a_program_that_nobody_listens_to_waits_and_fills_no_memory(at: Launcher) -> None:
    with start(at, "head -c 104857600 /dev/zero; echo done >&2") as dialogue:
        assert dialogue.receive(LONG_S)
        ran = dialogue.end()
    assert (ran.exit_code, ran.stderr) == (None, b"")


def test_what_is_received_is_bounded(at: Launcher) -> None:
    with start(at, "head -c 104857600 /dev/zero", output_max=100_000) as dialogue:
        assert len(heard(dialogue)) == 100_000
        assert dialogue.end().truncated
    with start(at, "printf 12345", output_max=5) as dialogue:
        assert heard(dialogue) == b"12345"
        assert not dialogue.end().truncated


def test_who_speaks_to_one_that_does_not_listen_waits_until_its_end(at: Launcher) -> None:
    with start(at, "sleep 1000", wall_s=2.0) as dialogue:
        with pytest.raises(Unavailable, match="reads nothing any more"):
            dialogue.send(b"x" * 4_000_000)
        ran = dialogue.end()
    assert ran.exit_code is None


def test_stderr_is_always_drained_and_its_end_is_kept(at: Launcher) -> None:
    with start(at, "head -c 2000000 /dev/zero >&2; echo end >&2; echo out") as dialogue:
        assert dialogue.receive(LONG_S) == b"out\n"
        assert heard(dialogue) == b""
        ran = dialogue.end()
    assert (ran.exit_code, len(ran.stderr)) == (0, STDERR_MAX)
    assert ran.stderr.endswith(b"\0end\n")


def test_a_program_that_closes_its_output_and_lives_is_ended(at: Launcher) -> None:
    with start(at, "echo x; exec >&-; sleep 1000") as dialogue:
        assert dialogue.receive(LONG_S) == b"x\n"
        assert dialogue.receive(0.2) in (b"", None)
        assert dialogue.end().exit_code is None


IGNORES = "trap '' TERM INT HUP; echo on; while :; do sleep {0}; done"
ORPHANS = "(setsid sleep {0} &); (sleep {0} &); echo on; exec sleep {0}"


@pytest.mark.parametrize("script", [IGNORES, ORPHANS])
def test_at_the_end_nothing_of_it_is_left(at: Launcher, script: str, leftovers: Any) -> None:
    marker = f"7{uuid.uuid4().int % 10**8}"
    before = set(os.listdir("/proc/self/fd"))
    with start(at, script.format(marker)) as dialogue:
        assert dialogue.receive(LONG_S) == b"on\n"
        assert leftovers.processes(marker)
    assert leftovers.processes(marker) == []
    assert set(os.listdir("/proc/self/fd")) == before
    assert not [one for one in threading.enumerate() if one.name == "talk"]
    assert leftovers.no_mounts()


def test_its_children_end_with_it_and_its_exit_is_told(at: Launcher, leftovers: Any) -> None:
    marker = f"8{uuid.uuid4().int % 10**8}"
    with start(at, f"(setsid sleep {marker} &); exit 5") as dialogue:
        assert heard(dialogue) == b""
        assert dialogue.end().exit_code == 5
    assert leftovers.processes(marker) == []


def test_a_stop_from_outside_ends_it_at_once(at: Launcher) -> None:
    stop = threading.Event()
    with start(at, "echo on; sleep 1000", stop=stop) as dialogue:
        assert dialogue.receive(LONG_S) == b"on\n"
        stop.set()
        assert heard(dialogue) == b""
        assert dialogue.end().exit_code is None


def test_another_thread_may_end_what_one_waits_for(at: Launcher) -> None:
    dialogue = start(at, "sleep 1000")
    got: list[bytes | None] = []
    listener = threading.Thread(target=lambda: got.append(dialogue.receive(LONG_S)))
    listener.start()
    dialogue.end()
    listener.join(LONG_S)
    assert got == [b""]


def test_doors_are_open_while_it_lasts_and_are_closed_after_it(at: Launcher, door: Any) -> None:
    served: list[Greeter] = []

    def serve(listener: socket.socket) -> Greeter:
        served.append(Greeter(b"hello", listener))
        return served[-1]

    model, other = door(at, b"other", 8700), at.place(Door(80, serve))
    ask = "exec 3<>/dev/tcp/127.0.0.1/{0}; cat <&3; "
    with start(at, ask.format(model.port) + ask.format(other.port) + "read", model, other) as dialogue:
        said = b""
        while len(said) < len(b"otherhello") and (part := dialogue.receive(LONG_S)):
            said += part
        assert said == b"otherhello"
        assert not served[0].closed
    assert served[0].closed
    if other.host is not None:
        other.host.close()


def test_each_run_reaches_its_own_listener_and_nothing_else(launcher: Launcher, door: Any) -> None:
    script = (
        "exec 3<>/dev/tcp/127.0.0.1/8701; cat <&3; echo; "
        "(exec 3<>/dev/tcp/127.0.0.1/{0}) 2>/dev/null && echo host; "
        "(exec 3<>/dev/tcp/127.0.0.1/8700) 2>/dev/null && echo other; "
        "tail -n +3 /proc/net/dev | cut -d: -f1; tail -n +2 /proc/net/route; echo end; read"
    )
    with socket.create_server(("127.0.0.1", 0)) as host, ExitStack() as stack:
        names = [b"one", b"two", b"three"]
        runs = [
            stack.enter_context(start(launcher, script.format(host.getsockname()[1]), door(launcher, name)))
            for name in names
        ]
        for name, run in zip(names, runs, strict=True):
            said = b""
            while not said.endswith(b"end\n"):
                said += run.receive(LONG_S) or b""
            assert said.split() == [name, b"lo", b"end"]


def test_a_run_has_no_say_over_the_network_it_is_in(
    launcher: Launcher, door: Any, python: str, python_mounts: tuple[Mount, ...]
) -> None:
    script = (
        "import fcntl, socket\n"
        "def told(do, *given):\n"
        "    try: do(*given)\n"
        "    except OSError as error: print(error.errno)\n"
        "s = socket.socket()\n"
        "told(s.bind, ('127.0.0.1', 8701))\n"
        "told(s.bind, ('127.0.0.1', 80))\n"
        "told(fcntl.ioctl, s, 0x8914, b'lo'.ljust(16, b'\\0') + bytes(24))\n"
        "told(socket.socket, socket.AF_INET, socket.SOCK_RAW, 1)\n"
    )
    order = Order((python, "-c", script), "/", python_mounts, doors=(door(launcher, b"x"),))
    with launcher.start(order) as dialogue:
        assert heard(dialogue).split() == [b"98", b"13", b"1", b"1"]


def test_what_cannot_be_set_up_is_told_at_the_start(launcher: Launcher, door: Any, work: Path) -> None:
    gone = Mount(work / "gone", "/x")
    with pytest.raises(Invalid, match="does not exist"):
        start(launcher, "true", door(launcher, b"x"), mounts=(gone,))
    with pytest.raises(Invalid, match="does not exist"), start(launcher, "true", mounts=(gone,)) as dialogue:
        heard(dialogue)


def test_a_door_that_does_not_open_lets_nothing_run(at: Launcher, leftovers: Any) -> None:
    def refuse(listener: socket.socket) -> Greeter:
        listener.close()
        raise Unavailable("no line is free")

    marker = f"9{uuid.uuid4().int % 10**8}"
    placed = at.place(Door(8701, refuse))
    with pytest.raises(Unavailable, match="no line is free"):
        start(at, f"sleep {marker}", placed)
    assert leftovers.processes(marker) == []
    if placed.host is not None:
        placed.host.close()


def test_doors_and_orders_that_cannot_be_are_refused(at: Launcher, door: Any) -> None:
    one = door(at, b"x")
    with pytest.raises(Invalid, match="no doors"):
        at.run(Order(("true",), "/", doors=(one,)))
    with pytest.raises(Invalid, match="a port of its own"):
        Order(("true",), "/", doors=(one, one))
    with pytest.raises(Invalid, match="gets its input"):
        start(at, "true", stdin=b"x")
    if at.level is Level.NONE:
        with pytest.raises(Invalid, match="at a port of the host"):
            start(at, "true", Door(8701, lambda listener: Greeter(b"", listener)))


PARENT = """
import sys
from pathlib import Path
sys.path.insert(0, {src!r})
from windlass.sandbox import Door, Limits, Order, as_talk, open_launcher
from windlass.sandbox.none import Unconfined
class Keep:
    def __init__(self, listener): self.close = listener.close
launcher = {launcher}
script = "(setsid sleep {marker} &) ; echo on; sleep {marker}"
print("ready", flush=True)
with as_talk(launcher, (), "/", {{}}, Limits(wall_s=600), doors={{"model": Door(8701, Keep)}}) as talk:
    with talk(["/bin/sh", "-c", script], timeout_s=600) as dialogue:
        print(dialogue.receive(60), flush=True)
        dialogue.receive(600)
"""


@pytest.mark.parametrize("trusted", [False, True])
def test_killing_the_control_plane_leaves_nothing(
    at_each: tuple[Launcher, str], leftovers: Any, trusted: bool
) -> None:
    made = "Unconfined()" if trusted else at_each[1]
    for pause_s in (0.0, 0.01, 0.03, 0.06, None):
        marker = f"5{uuid.uuid4().int % 10**8}"
        program = PARENT.format(src=str(SRC), marker=marker, launcher=made)
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
            assert parent.stdout is not None
            assert parent.stdout.readline() == b"ready\n"
            if pause_s is None:
                assert parent.stdout.readline() == b"b'on\\n'\n"
            else:
                time.sleep(pause_s)
            family = leftovers.family(parent.pid)
            parent.kill()
        until = time.monotonic() + LONG_S
        while (leftovers.living(family) or leftovers.processes(marker)) and time.monotonic() < until:
            time.sleep(0.05)
        assert (leftovers.living(family), leftovers.processes(marker)) == ([], [])
    assert leftovers.no_mounts()


UNPRIVILEGED = """
import os, sys
from pathlib import Path
sys.path.insert(0, {src!r})
from windlass.sandbox import Door, Limits, as_talk, open_launcher
class Once:
    def __init__(self, listener):
        self.listener = listener
    def greet(self):
        caller, _ = self.listener.accept()
        caller.sendall(b"hello")
        caller.close()
    def close(self):
        self.listener.close()
opened = []
def serve(listener):
    opened.append(Once(listener))
    return opened[-1]
doors = {{"model": Door(8701, serve)}}
with as_talk({opening}, (), "/", {{}}, Limits(), doors=doors) as talk:
    with talk(["bash", "-c", "id -u; exec 3<>/dev/tcp/127.0.0.1/8701; cat <&3"], timeout_s=60) as dialogue:
        opened[0].greet()
        said = b""
        while part := dialogue.receive(60):
            said += part
        print(os.getuid(), said.split(), dialogue.end().exit_code)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="is what every other test then does")
def test_an_unprivileged_user_gets_the_same_doors(at_each: tuple[Launcher, str]) -> None:
    python = "/usr/bin/python3"
    told = "import sys; print(sys.version_info >= (3, 11))"
    if not Path(python).exists() or not os.access(SRC, os.X_OK):
        pytest.skip("no interpreter that another user may run")
    if subprocess.run([python, "-c", told], capture_output=True).stdout.strip() != b"True":
        pytest.skip("the system's Python is older than 3.11")
    got = subprocess.run(
        [python, "-c", UNPRIVILEGED.format(src=str(SRC), opening=at_each[1])],
        user=54321, group=54321, extra_groups=[], capture_output=True, text=True, cwd="/",
        env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert got.stdout == "54321 [b'54321', b'hello'] 0\n", got.stderr
