"""The process that holds one run, `child.py`; where many runs follow each other the next is started ahead.

A child waits for its plan and then holds that run alone, so one that was started ahead is as good as a new
one. The start of an interpreter is a third of what a short run takes.
"""

import atexit
import os
import select
import socket
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from windlass.kernel import Unavailable
from windlass.sandbox.model import DOORS_MAX

HERE: Final = Path(__file__).parent
CHILD: Final = f"""import sys
for name, place in ("windlass", {os.fspath(HERE.parent)!r}), ("windlass.sandbox", {os.fspath(HERE)!r}):
    sys.modules[name] = type(sys)(name)
    sys.modules[name].__path__ = [place]
from windlass.sandbox.child import main, os
main(int(sys.argv[1]))
os._exit(0)
"""
"""The program that holds a run: `child` without the faces of its packages, which would take long to load, and
without an interpreter's own end, for which the run's would wait. Not run as a file, for then it would be
compiled each time, which takes 12 ms."""
STOP_GRACE_S: Final = 10.0
"""How long the child may take to kill a run and reap it; after that it is killed itself, and its run with it.
"""
LISTEN_WAIT_S: Final = 60.0
"""For a run to be set up until it listens; on an idle machine it takes 30 ms."""
MANY: Final = 3
"""Runs after which more are to be expected."""
_SAID_MAX: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Child:
    """A process that holds a run, or waits for one, and our end of its control socket."""

    process: "subprocess.Popen[bytes]"
    control: socket.socket

    def listeners(self, count: int) -> tuple[tuple[socket.socket, ...], bytes]:
        """The sockets that listen in the run's network; none, and its first words, when it could not be set
        up.
        """
        handles: list[int] = []
        said = b""
        self.control.settimeout(LISTEN_WAIT_S)
        try:
            said, handles, _, _ = socket.recv_fds(self.control, _SAID_MAX, DOORS_MAX, socket.MSG_CMSG_CLOEXEC)
        except (TimeoutError, ConnectionResetError):
            said = b""
        self.control.settimeout(None)
        found = tuple(socket.socket(fileno=handle) for handle in handles)
        if len(found) == count:
            return found, b""
        for one in found:
            one.close()
        return (), said

    def kill(self) -> None:
        """Ask for the end of the run; `end` waits for it."""
        self.control.shutdown(socket.SHUT_WR)

    def end(self) -> None:
        """Closing our end makes the child kill the run; it ends only after everything of the run has."""
        self.control.close()
        if self.process.poll() is None and not _ended(self.process.pid, STOP_GRACE_S):
            self.process.kill()
        self.process.wait()

    def close_streams(self) -> None:
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


def _ended(pid: int, wait_s: float) -> bool:
    """Whether our child ends in this time; `Popen.wait` would look again and again, milliseconds late."""
    handle = os.pidfd_open(pid)
    try:
        waiting = select.poll()
        waiting.register(handle, select.POLLIN)
        return bool(waiting.poll(1000 * wait_s))
    finally:
        os.close(handle)


def start(stdin: int) -> Child:
    """A new child that waits for its plan; it ends by itself when we do."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-I", "-S", "-c", CHILD, str(theirs.fileno())]
    with theirs:
        try:
            process = subprocess.Popen(
                command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={}, cwd="/",
                bufsize=0, pass_fds=(theirs.fileno(),), start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            ours.close()
            raise Unavailable(
                f"cannot start a process: {error.strerror}", hint="check free memory and ulimit -u"
            ) from error
    return Child(process, ours)


class Ahead:
    """Has one child of each kind of input wait ahead, from the third run of that kind on. Kinds differ by the
    priority of who asks, too: a child has that of who started it, and what runs in the background must not
    lend its own to what a person waits for, nor borrow that.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[tuple[int, int], Child] = {}
        self._runs: Counter[tuple[int, int]] = Counter()

    def take(self, stdin: int) -> Child:
        """A child that waits for its plan; the next one is started behind the caller's back."""
        kind = stdin, os.getpriority(os.PRIO_PROCESS, 0)  # on Linux that of this thread
        with self._lock:
            child = self._waiting.pop(kind, None)
            self._runs[kind] += 1
        if child is not None and child.process.poll() is not None:  # somebody killed it while it waited
            _drop(child)
            child = None
        found = child or start(stdin)
        if self._runs[kind] >= MANY:
            threading.Thread(target=self._refill, args=(kind,), name="ahead", daemon=True).start()
        return found

    def close(self) -> None:
        """End those that wait."""
        with self._lock:
            left = list(self._waiting.values())
            self._waiting.clear()
        for child in left:
            _drop(child)

    def _refill(self, kind: tuple[int, int]) -> None:
        with suppress(Unavailable):  # the next run starts its own, and tells why it cannot
            child = start(kind[0])  # this thread has the priority of the one that began it
            with self._lock:
                known = self._waiting.setdefault(kind, child)
            if known is not child:
                _drop(child)


def _drop(child: Child) -> None:
    child.end()
    child.close_streams()


AHEAD: Final = Ahead()
"""This process's own; those that wait end with it."""
atexit.register(AHEAD.close)
