"""One program that serves on a port of loopback: started, waited for, ended with all it started."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from windlass.papers.live.target import HOST, Ask, Target, Unanswered

LOG_MAX: Final = 65_536
"""Bytes that are kept of what it printed: the end."""
END_S: Final = 5.0
"""For a service that is asked to end, before it is killed."""
STEP_S: Final = 0.05
_PART: Final = 65_536
_PORT: Final = "{port}"


class NotStarted(Exception):
    """It ended before it served. The text says how, and what it said last."""


class NotReady(Exception):
    """It runs, and did not answer in time."""


@dataclass
class Service:
    """`argv` with `{port}` where the port belongs, which it also finds in `$PORT`. `ready`: a path that is
    answered below 500 once it is up; without one it is up when the port takes a connection.
    """

    argv: Sequence[str]
    ready: str
    wait_s: float
    headers: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _log: bytearray = field(default_factory=bytearray, repr=False)

    def start(self) -> float:
        """Start it; seconds until it was up. Raises NotStarted, NotReady."""
        self.port = self.port or free_port()
        began = time.monotonic()
        self._log.clear()
        words = [word.replace(_PORT, str(self.port)) for word in self.argv]
        try:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                env={**os.environ, "PORT": str(self.port)}, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise NotStarted(f"{words[0]} cannot be started: {error.strerror}") from error
        threading.Thread(target=self._drain, args=(self._process,), daemon=True).start()
        while not self._up():
            if self.ended:
                raise NotStarted(self.how)
            if time.monotonic() - began > self.wait_s:
                raise NotReady(f"it was not up within {self.wait_s:g} s; it said last: {self.last}")
            time.sleep(STEP_S)
        return time.monotonic() - began

    @property
    def ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    @property
    def how(self) -> str:
        """How it ended, and what it said last."""
        code = self._process.returncode if self._process is not None else None
        by = "it was not started" if code is None else f"exit code {code}"
        if code is not None and code < 0:
            with suppress(ValueError):
                by = f"ended by {signal.Signals(-code).name}"
        return f"{by}; it said last: {self.last}"

    @property
    def last(self) -> str:
        """The last line it printed, with what stands before it where that is short."""
        lines = [one.strip() for one in bytes(self._log).decode("utf-8", "replace").splitlines()]
        said = [one for one in lines if one]
        return " / ".join(said[-3:])[-180:] if said else "nothing"

    def kill(self) -> None:
        """End it at once, as a machine that fails does."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def stop(self) -> float | None:
        """Ask it to end, and end it; seconds that it took, None where it had to be killed."""
        began = time.monotonic()
        self._signal(signal.SIGTERM)
        while not self.ended and time.monotonic() - began < END_S:
            time.sleep(STEP_S)
        willing, took = self.ended, time.monotonic() - began
        self.kill()
        return took if willing else None

    def _signal(self, number: int) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _up(self) -> bool:
        if self.ready:
            try:
                target = Target(self.port, self.headers)
                return target.ask(Ask("GET", self.ready), wait_s=1.0).status < 500
            except Unanswered:
                return False
        with suppress(OSError), socket.create_connection((HOST, self.port), timeout=1.0):
            return True
        return False

    def _drain(self, process: "subprocess.Popen[bytes]") -> None:
        """Read what it prints, so that it never waits for a reader, and keep the end."""
        assert process.stdout is not None
        while part := os.read(process.stdout.fileno(), _PART):
            self._log += part
            del self._log[:-LOG_MAX]


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
