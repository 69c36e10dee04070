"""A run one talks with: heard and spoken to while it lasts, held by the same child as every other run."""

import os
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, Final

from windlass.kernel import Invalid, Ran, Unavailable
from windlass.sandbox.ahead import Ahead
from windlass.sandbox.model import Order, Stop
from windlass.sandbox.spawn import Cut, Ending, Tail, Watch, launch, parse_report

STDERR_MAX: Final = 64 * 1024
"""Bytes kept of the end of its stderr; what came before is read and forgotten."""
ENDING_S: Final = 1.0
"""For a program that has closed its output to end by itself, before it is killed."""
_LOOK_S: Final = 1.0
_CHUNK: Final = 256 * 1024


class Talking:
    """See `kernel.Dialogue`. One thread may speak while another one listens.

    Only stderr is read ahead: a program that nobody listens to waits, and so does who speaks to one that does
    not listen, until the run is over. A program that closes its output in the sandbox is heard to be silent
    once it has ended.
    """

    def __init__(
        self, plan: Mapping[str, Any], order: Order, judge: Callable[[Ending], Ran], held: ExitStack,
        ahead: Ahead | None = None,
    ) -> None:  # fmt: skip
        """`held` is closed when nothing of the run is left, and also when it cannot be started."""
        self._order, self._judge, self._held = order, judge, held
        self._room, self._truncated, self._silent = order.limits.output_max, False, False
        self._sending, self._receiving, self._closing = threading.Lock(), threading.Lock(), threading.Lock()
        self._asked = threading.Event()
        self._ended: Ending | None = None
        self._tail, self._cut, self._began = Tail(STDERR_MAX), Cut.NO, time.monotonic()
        with ExitStack() as undo:
            undo.callback(held.close)
            if order.stdin or order.stdout_to:
                raise Invalid("a run one talks with gets its input, and gives its output, while it lasts")
            self._child = launch(plan, stdin=subprocess.PIPE, ahead=ahead)
            undo.callback(self._child.close_streams)
            undo.callback(self._child.end)
            listeners, self._report = self._listeners(len(plan.get("ports", ())))
            self._in, self._out, err = self._streams()
            undo.pop_all()
        self._thread = threading.Thread(target=self._attend, args=(err,), name="talk", daemon=True)
        self._thread.start()
        with ExitStack() as undo:
            undo.callback(self.end)
            self._open_doors(listeners)
            undo.pop_all()

    def __enter__(self) -> "Talking":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def send(self, data: bytes) -> None:
        rest = memoryview(data)
        with self._sending:
            while rest:
                if self._in.closed or not self._thread.is_alive():
                    raise Unavailable(f"{self._order.argv[0]!r} reads nothing any more")
                _ready(self._in, select.POLLOUT, _LOOK_S)
                try:
                    rest = rest[os.write(self._in.fileno(), rest[:_CHUNK]) :]
                except BlockingIOError:
                    continue
                except BrokenPipeError as error:
                    raise Unavailable(f"{self._order.argv[0]!r} reads nothing any more") from error

    def hang_up(self) -> None:
        with self._sending:
            self._in.close()

    def receive(self, wait_s: float) -> bytes | None:
        with self._receiving:
            if self._silent or self._out.closed:
                return b""
            if not _ready(self._out, select.POLLIN, wait_s):
                return None
            part = os.read(self._out.fileno(), _CHUNK)
            kept = part[: self._room]
            self._room -= len(kept)
            self._silent, self._truncated = not kept, len(part) > len(kept)
            return kept

    def end(self) -> Ran:
        with self._closing:
            if self._ended is None:
                self._ended = self._finish()
                self._held.close()
            return self._judge(self._ended)

    def _finish(self) -> Ending:
        if self._silent and not self._truncated:
            self._thread.join(ENDING_S)
        asked = self._thread.is_alive()
        if asked:
            self._asked.set()
            self._child.kill()
        self._thread.join()
        self._child.end()
        with self._sending, self._receiving:
            self._child.close_streams()
        seconds, stopped = time.monotonic() - self._began, asked or self._cut is Cut.STOPPED
        report, cut = parse_report(self._report), asked or self._cut is not Cut.NO
        return Ending(report, b"", bytes(self._tail.kept), seconds, cut, self._truncated, stopped)

    def _attend(self, err: IO[bytes]) -> None:
        stop = _Either(self._asked, self._order.stop)
        report, self._cut = Watch(self._order.limits.wall_s, stop, {err: self._tail}).attend(self._child)
        self._report += report

    def _streams(self) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
        process = self._child.process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        os.set_blocking(process.stdin.fileno(), False)
        return process.stdin, process.stdout, process.stderr

    def _listeners(self, ports: int) -> tuple[tuple[socket.socket, ...], bytes]:
        """Those of the run's own network, or else those that the doors have on the host."""
        if ports:
            return self._child.listeners(ports)
        return tuple(door.host.dup() for door in self._order.doors if door.host is not None), b""

    def _open_doors(self, listeners: tuple[socket.socket, ...]) -> None:
        if len(listeners) < len(self._order.doors):
            self.end()  # tells why
            raise Unavailable("the run did not get its listeners")
        for listener in listeners:
            self._held.callback(listener.close)
        for door, listener in zip(self._order.doors, listeners, strict=True):
            self._held.callback(door.serve(listener).close)


@dataclass(frozen=True, slots=True)
class _Either:
    one: Stop
    other: Stop | None

    def is_set(self) -> bool:
        return self.one.is_set() or (self.other is not None and self.other.is_set())


def _ready(stream: IO[bytes], event: int, wait_s: float) -> bool:
    """Whether something can be done at once with a pipe, be it to learn that its other end is closed."""
    poller = select.poll()
    poller.register(stream.fileno(), event)
    return bool(poller.poll(max(0.0, wait_s) * 1000))
