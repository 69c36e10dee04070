"""Start the child that holds one run, feed and drain its streams within their bounds, stop it at its
deadline."""

import marshal
import os
import selectors
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import IO, Any

from windlass.kernel import Invalid, Unavailable
from windlass.sandbox.ahead import STOP_GRACE_S, Ahead, Child, start
from windlass.sandbox.model import Order, Stop

STOP_POLL_S = 0.1
_CHUNK = 256 * 1024
_REPORT_MAX = 1 << 16


class Cut(Enum):
    """Whether a run was cut short, and by what."""

    NO = "no"
    LATE = "late"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: the child's report by word, the bounded streams, and which of our bounds it met."""

    report: Mapping[str, tuple[str, ...]]
    stdout: bytes
    stderr: bytes
    seconds: float
    timed_out: bool
    truncated: bool
    stopped: bool = False


@dataclass(slots=True)
class Sink:
    """Keeps the first `room` bytes of a stream and counts on without keeping the rest."""

    room: int
    target: int | None = None
    kept: bytearray = field(default_factory=bytearray)
    truncated: bool = False

    def take(self, part: bytes) -> None:
        self.truncated = self.truncated or len(part) > self.room
        part = part[: self.room]
        self.room -= len(part)
        if self.target is None:
            self.kept += part
            return
        try:
            while part:
                part = part[os.write(self.target, part) :]
        except OSError as error:
            message = f"cannot store the output of a run: {error.strerror}"
            raise Unavailable(message, hint="free some disk space") from error


@dataclass(slots=True)
class Tail:
    """Keeps the last `room` bytes of a stream."""

    room: int
    kept: bytearray = field(default_factory=bytearray)

    def take(self, part: bytes) -> None:
        self.kept += part
        del self.kept[: -self.room]


def launch(plan: Mapping[str, Any], *, stdin: int, ahead: Ahead | None = None) -> Child:
    """Give a plan to a child, one that waits for it where some are started ahead; `stdin` is one of
    subprocess's words.
    """
    child = start(stdin) if ahead is None else ahead.take(stdin)
    try:
        _send(child.control, plan)
    except Unavailable:
        child.end()
        child.close_streams()
        raise
    return child


def run_child(plan: Mapping[str, Any], order: Order, ahead: Ahead | None = None) -> Ending:
    """Run a plan for `child.py` to its end. Returns, or raises, only after the run's processes are gone."""
    if order.doors:
        raise Invalid("a run that nobody talks with has no doors", hint="start it")
    target = _new_file(order.stdout_to)
    try:
        stdin = subprocess.PIPE if order.stdin else subprocess.DEVNULL
        child = launch(plan, stdin=stdin, ahead=ahead)
        return _run(child, order, Sink(order.limits.output_max, target), Sink(order.limits.output_max))
    finally:
        if target is not None:
            os.close(target)


def _new_file(path: Path | None) -> int | None:
    if path is None:
        return None
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Invalid(f"cannot create {str(path)!r} for the output: {error.strerror}") from error


def _run(child: Child, order: Order, stdout: Sink, stderr: Sink) -> Ending:
    began = time.monotonic()
    process = child.process
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        watch = Watch(order.limits.wall_s, order.stop, {process.stdout: stdout, process.stderr: stderr})
        report, cut = watch.attend(child, order.stdin)
    finally:
        child.end()
        child.close_streams()
    ran = time.monotonic() - began
    return Ending(
        parse_report(report),
        bytes(stdout.kept),
        bytes(stderr.kept),
        ran,
        cut is not Cut.NO,
        stdout.truncated or stderr.truncated,
        cut is Cut.STOPPED,
    )


def _send(control: socket.socket, plan: Mapping[str, Any]) -> None:
    body = marshal.dumps(dict(plan))
    try:
        control.sendall(len(body).to_bytes(8, "big") + body)
    except BrokenPipeError as error:
        raise Unavailable("the sandbox helper ended before it had its plan") from error


@dataclass(frozen=True, slots=True)
class Watch:
    """What is watched while a run lasts: its time, whether it is to stop, and where its streams go."""

    wall_s: float
    stop: Stop | None
    streams: Mapping[IO[bytes], Sink | Tail]

    def attend(self, child: Child, stdin: bytes = b"") -> tuple[bytes, Cut]:
        """Feed and drain until the child has closed everything; at the deadline, or when told to, ask it to
        stop, then wait a little more.
        """
        report = Sink(_REPORT_MAX)
        deadline, cut = time.monotonic() + self.wall_s, Cut.NO
        with selectors.DefaultSelector() as selector:
            selector.register(child.control, selectors.EVENT_READ, report)
            for stream, sink in self.streams.items():
                selector.register(stream, selectors.EVENT_READ, sink)
            if stdin and child.process.stdin is not None:
                os.set_blocking(child.process.stdin.fileno(), False)
                selector.register(child.process.stdin, selectors.EVENT_WRITE, memoryview(stdin))
            while selector.get_map():
                left = deadline - time.monotonic()
                if left <= 0 and cut is not Cut.NO:
                    break
                stopped = self.stop is not None and cut is Cut.NO and self.stop.is_set()
                if left <= 0 or stopped:
                    cut, deadline = Cut.STOPPED if stopped else Cut.LATE, time.monotonic() + STOP_GRACE_S
                    child.kill()
                    continue
                for key, _ in selector.select(left if self.stop is None else min(left, STOP_POLL_S)):
                    _serve(selector, key)
        return bytes(report.kept), cut


def _serve(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    if isinstance(key.data, Sink | Tail):
        part = _read(key.fd)
        key.data.take(part)
        if not part:
            selector.unregister(key.fileobj)
        return
    try:
        rest = key.data[os.write(key.fd, key.data[:_CHUNK]) :]
    except BrokenPipeError:  # the program does not want the rest of its input
        rest = b""
    if rest:
        selector.modify(key.fileobj, selectors.EVENT_WRITE, rest)
        return
    selector.unregister(key.fileobj)
    key.fileobj.close()  # type: ignore[union-attr]  # stdin is registered as the pipe object, not as a number


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, _CHUNK)
    except ConnectionResetError:  # the child died with our request to stop unread
        return b""


def parse_report(report: bytes) -> dict[str, tuple[str, ...]]:
    """What a child said, by its words."""
    words: dict[str, tuple[str, ...]] = {}
    for line in report.decode("utf-8", "replace").splitlines():
        word, _, value = line.partition(" ")
        words[word] = (*words.get(word, ()), value)
    return words
