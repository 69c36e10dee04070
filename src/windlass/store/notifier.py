"""One NOTIFY for many commits: a process on PostgreSQL tells the others, in a thread of its own."""

import threading
from collections.abc import Callable
from typing import Any, Final

import psycopg

from windlass.store.bell import AGAIN_S, CHANNEL

TOLD_EVERY_S: Final = 0.015
"""At most so often a process sends its NOTIFY; the first after a pause goes out at once."""
LAST_WORD_S: Final = 1.0
"""A process that ends waits so long for its last NOTIFY; a server that is away is not waited for."""


class Notifier:
    """The thread starts with the first commit."""

    def __init__(self, connect: "Callable[[], psycopg.Connection[Any]]") -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._news = False
        self._wake, self._over = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def ring(self) -> None:
        """Something was committed here."""
        if self._news:
            return
        self._news = True
        self._wake.set()
        if self._thread is None:
            with self._lock:
                if self._thread is None and not self._over.is_set():
                    self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """Tell what is left to tell, then end."""
        with self._lock:
            self._over.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(LAST_WORD_S)

    def _run(self) -> None:
        raw: psycopg.Connection[Any] | None = None
        while True:
            self._wake.wait()
            self._wake.clear()
            pause = TOLD_EVERY_S
            if self._news:
                self._news = False
                try:
                    raw = raw or self._connect()
                    raw.execute(f"NOTIFY {CHANNEL}".encode())
                except psycopg.Error:
                    _hang_up(raw)
                    raw, pause = None, AGAIN_S
                    self._news = True
                    self._wake.set()
            if self._over.wait(0 if self._over.is_set() else pause) and not (self._news and raw):
                break
        _hang_up(raw)


def _hang_up(raw: "psycopg.Connection[Any] | None") -> None:
    if raw is not None:
        raw.close()
