"""What agents asked of models and were answered: a file for each attempt, without secrets, for a while."""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from windlass.kernel import Clock, system_clock
from windlass.meter import Account, Exchange

BYTES_MAX: Final = 64 << 20
"""Of one attempt; what comes after is only counted."""
KEPT_S: Final = 30 * 86_400.0
SWEEP_S: Final = 3_600.0


class Transcripts:
    """A folder of files `<task>.<fence>.jsonl`, one line for each call, for their owner alone."""

    def __init__(self, folder: Path, *, bytes_max: int = BYTES_MAX, clock: Clock = system_clock) -> None:
        self._folder, self._bytes_max, self._clock = folder, bytes_max, clock
        self._lock = threading.Lock()
        self._due = 0.0

    def of(self, account: Account) -> Callable[[Exchange], None]:
        """Where the calls of an attempt are written. Files that are too old go meanwhile."""
        self._sweep_now_and_then()
        path = self._folder / f"{account.task}.{account.fence}.jsonl"
        return lambda exchange: self._write(path, exchange.dump().encode() + b"\n")

    def sweep(self) -> int:
        """Remove what is older than it may be; how many files."""
        gone = 0
        for one in self._folder.glob("*.jsonl"):
            with suppress(FileNotFoundError):  # somebody was faster
                if self._clock() - one.lstat().st_mtime > KEPT_S:
                    one.unlink()
                    gone += 1
        return gone

    def _sweep_now_and_then(self) -> None:
        with self._lock:
            due, now = self._due, time.monotonic()
            if now < due:
                return
            self._due = now + SWEEP_S
        self.sweep()

    def _write(self, path: Path, line: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        with self._lock:
            file = os.open(path, flags, 0o600)
            try:
                size = os.fstat(file).st_size
                if size < self._bytes_max:
                    fits = size + len(line) <= self._bytes_max
                    os.write(file, line if fits else _cut(self._bytes_max - size))
            finally:
                os.close(file)


def _cut(room: int) -> bytes:
    """A last line that fills the file, so that nothing follows it."""
    return b'{"cut": true}'[:room].ljust(room - 1) + b"\n"
