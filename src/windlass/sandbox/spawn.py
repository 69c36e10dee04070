"""Start the child that holds one run, feed and drain its streams within their bounds, stop it at its
deadline."""

import marshal
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from windlass.kernel import Invalid, Unavailable
from windlass.sandbox.model import Order

CHILD = Path(__file__).with_name("child.py")
STOP_GRACE_S = 10.0
"""How long the child may take to kill a run and reap it; after that it is killed itself, and its run with it.
"""
STOP_POLL_S = 0.1
_CHUNK = 256 * 1024


class _Cut(Enum):
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
class _Sink:
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


def run_child(plan: Mapping[str, Any], order: Order) -> Ending:
    """Run a plan for `child.py` to its end. Returns, or raises, only after the run's processes are gone."""
    target = _new_file(order.stdout_to)
    try:
        return _run(plan, order, _Sink(order.limits.output_max, target), _Sink(order.limits.output_max))
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


def _run(plan: Mapping[str, Any], order: Order, stdout: _Sink, stderr: _Sink) -> Ending:
    began = time.monotonic()
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = _start(theirs.fileno(), order)
        try:
            _send(ours, plan)
            report, cut = _attend(process, ours, order, (stdout, stderr))
        finally:
            _end(process, ours)
    ran = time.monotonic() - began
    return Ending(
        _parsed(report),
        bytes(stdout.kept),
        bytes(stderr.kept),
        ran,
        cut is not _Cut.NO,
        stdout.truncated or stderr.truncated,
        cut is _Cut.STOPPED,
    )


def _start(control: int, order: Order) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-I", "-S", str(CHILD), str(control)]
    stdin = subprocess.PIPE if order.stdin else subprocess.DEVNULL
    try:
        return subprocess.Popen(
            command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={}, cwd="/", bufsize=0,
            pass_fds=(control,), start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise Unavailable(
            f"cannot start a process: {error.strerror}", hint="check free memory and ulimit -u"
        ) from error


def _send(control: socket.socket, plan: Mapping[str, Any]) -> None:
    body = marshal.dumps(dict(plan))
    try:
        control.sendall(len(body).to_bytes(8, "big") + body)
    except BrokenPipeError as error:
        raise Unavailable("the sandbox helper ended before it had its plan") from error


def _attend(
    process: "subprocess.Popen[bytes]", control: socket.socket, order: Order, sinks: tuple[_Sink, _Sink]
) -> tuple[bytes, _Cut]:
    """Feed and drain until the child has closed everything; at the deadline, or when told to, ask it to stop,
    then wait a little more."""
    assert process.stdout is not None
    assert process.stderr is not None
    report = _Sink(1 << 16)
    deadline, cut = time.monotonic() + order.limits.wall_s, _Cut.NO
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, sinks[0])
        selector.register(process.stderr, selectors.EVENT_READ, sinks[1])
        selector.register(control, selectors.EVENT_READ, report)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE, memoryview(order.stdin))
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0 and cut is not _Cut.NO:
                break
            stopped = order.stop is not None and cut is _Cut.NO and order.stop.is_set()
            if left <= 0 or stopped:
                cut, deadline = _Cut.STOPPED if stopped else _Cut.LATE, time.monotonic() + STOP_GRACE_S
                control.shutdown(socket.SHUT_WR)
                continue
            for key, _ in selector.select(left if order.stop is None else min(left, STOP_POLL_S)):
                _serve(selector, key)
    return bytes(report.kept), cut


def _serve(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    if isinstance(key.data, _Sink):
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


def _end(process: "subprocess.Popen[bytes]", control: socket.socket) -> None:
    """Closing our end makes the child kill the run; it ends only after everything of the run has."""
    control.close()
    try:
        process.wait(STOP_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _parsed(report: bytes) -> dict[str, tuple[str, ...]]:
    words: dict[str, tuple[str, ...]] = {}
    for line in report.decode("utf-8", "replace").splitlines():
        word, _, value = line.partition(" ")
        words[word] = (*words.get(word, ()), value)
    return words
