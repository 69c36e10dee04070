"""Who waits for news of commits is woken: by this process at once, by others as soon as can be told.

SQLite tells nobody, so a bell looks at `PRAGMA data_version` (4 us) every 10 ms, more often while there is
news. On PostgreSQL each process sends one empty NOTIFY for all its commits of the last 15 ms: a NOTIFY inside
each transaction would take a lock of the whole server up to its commit and put an end to group commit. A
process that dies before it told is made up for by looking at least every two seconds.
"""

import contextlib
import os
import selectors
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from windlass.kernel import WindlassError
from windlass.store.later import Later

if TYPE_CHECKING:
    import psycopg
else:
    psycopg = Later("psycopg")

CHANNEL: Final = "windlass"
AGAIN_S: Final = 0.5
"""Wait before another try to reach a server that is away."""
LOOKED_EVERY_S: Final = 0.01
BUSY_EVERY_S: Final = 0.005
BUSY_S: Final = 1.0
"""For so long after news another process's next commit is looked for more often."""


class Bell(Protocol):
    """One listener's own bell; for one thread, except `wake` and `close`."""

    def wait(self, timeout_s: float) -> bool:
        """Sleep until something may have been committed since the last call, or the time is over.

        True means news is likely. False is no proof that there is none on PostgreSQL: look every 2 s.
        """
        ...

    def wake(self) -> None:
        """Let the one who waits go on now; from any thread."""
        ...

    def close(self) -> None: ...


class Tower:
    """The bells of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ropes: tuple[Callable[[], None], ...] = ()

    def ring(self) -> None:
        """Something was committed; called by whoever committed it, so it must be quick."""
        for pull in self._ropes:
            pull()

    def hang(self, pull: Callable[[], None]) -> None:
        with self._lock:
            self._ropes = (*self._ropes, pull)

    def cut(self, pull: Callable[[], None]) -> None:
        with self._lock:
            self._ropes = tuple(rope for rope in self._ropes if rope != pull)


class SqliteBell:
    """Rung by this process's commits; finds those of others by the file's version."""

    def __init__(self, tower: Tower, raw: sqlite3.Connection | None) -> None:
        self._tower, self._raw = tower, raw
        self._rung = threading.Event()
        self._news_at, self._version = 0.0, 0
        self._version = self._look()
        tower.hang(self._rung.set)

    def wait(self, timeout_s: float) -> bool:
        until = time.monotonic() + timeout_s
        while True:
            left = until - time.monotonic()
            busy = time.monotonic() - self._news_at < BUSY_S
            slice_s = BUSY_EVERY_S if busy else LOOKED_EVERY_S
            if self._rung.wait(max(0.0, left if self._raw is None else min(left, slice_s))):
                self._rung.clear()
                return self._news()
            if self._look() != self._version:
                return self._news()
            if left <= 0:
                return False

    def wake(self) -> None:
        self._rung.set()

    def close(self) -> None:
        self._tower.cut(self._rung.set)
        self._rung.set()
        if self._raw is not None:
            self._raw.close()

    def _news(self) -> bool:
        self._version, self._news_at = self._look(), time.monotonic()
        return True

    def _look(self) -> int:
        """A number that changes when another connection commits; before the rows are read, never after."""
        if self._raw is None:
            return 0
        try:
            return int(self._raw.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            return self._version + 1  # unreadable now: whoever is woken looks and hears why


class PostgresBell:
    """Rung by this process's commits and by the NOTIFY of others; connects again by itself."""

    def __init__(self, tower: Tower, connect: "Callable[[], psycopg.Connection[Any]]") -> None:
        self._tower, self._connect = tower, connect
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._lock = threading.Lock()
        self._raw: psycopg.Connection[Any] | None = None
        self._lost_at = -AGAIN_S
        self._closed = False
        tower.hang(self.wake)

    def wait(self, timeout_s: float) -> bool:
        if self._closed:
            raise WindlassError("the bell is closed")
        fresh = self._listen()
        if fresh:  # what was told while nobody listened is lost: look once
            return True
        rung = self._heard(min(timeout_s, AGAIN_S) if self._raw is None else timeout_s)
        return self._drained() or rung

    def wake(self) -> None:
        with self._lock:  # a closed descriptor's number may be somebody else's by now
            if self._closed:
                return
            with contextlib.suppress(BlockingIOError):  # full: it was rung already
                os.write(self._write, b"!")

    def close(self) -> None:
        """By the thread that waits, or when it waits no more."""
        self._tower.cut(self.wake)
        with self._lock:
            self._closed = True
            for end in (self._write, self._read):
                os.close(end)
        if self._raw is not None:
            self._raw.close()

    def _listen(self) -> bool:
        """Whether the ear was just opened."""
        if self._raw is not None or time.monotonic() - self._lost_at < AGAIN_S:
            return False
        try:
            raw = self._connect()
            raw.execute(f"LISTEN {CHANNEL}".encode())
        except psycopg.Error:
            self._lost_at = time.monotonic()
            return False
        self._raw = raw
        return True

    def _heard(self, timeout_s: float) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._read, selectors.EVENT_READ)
            if self._raw is not None:
                selector.register(self._raw.fileno(), selectors.EVENT_READ)
            return bool(selector.select(timeout_s))

    def _drained(self) -> bool:
        """Take what was heard; whether any of it was news."""
        try:
            rung = bool(os.read(self._read, 65_536))
        except BlockingIOError:
            rung = False
        if self._raw is None:
            return rung
        try:
            self._raw.pgconn.consume_input()
            while self._raw.pgconn.notifies() is not None:
                rung = True
        except psycopg.Error:
            self._raw.close()
            self._raw, self._lost_at = None, time.monotonic()
        return rung
