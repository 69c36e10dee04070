"""Keep a lease alive while its work runs, and stop the work when the lease is lost."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Final

from windlass.dispatch.lease import LeaseLost
from windlass.dispatch.model import Lease
from windlass.dispatch.records import renew
from windlass.kernel import Unavailable
from windlass.store import Database

WATCH: Final = (
    '(while [ ! -e "$1" ]; do sleep 0.2; done; kill -9 "$$") </dev/null >/dev/null 2>&1 & shift; exec "$@"'
)
"""Runs a program beside a watcher that ends it, and with it the whole sandbox, when the stop file appears."""


class Keeper:
    """Renews a lease every third of its time from a thread of its own.

    A database that does not answer is asked again until the lease has run out; then it counts as lost.
    """

    def __init__(self, database: Database, lease: Lease, control: Path, *, ttl_s: float) -> None:
        self._database = database
        self._lease = lease
        self._ttl_s = ttl_s
        self.control = control
        self._stop_file = control / "stop"
        self._done = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease-{lease.task_id}", daemon=True)

    def __enter__(self) -> "Keeper":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def check(self) -> None:
        """Raise LeaseLost when the lease is known to be lost. The database has the last word at `submit`."""
        if self._lost.is_set():
            raise LeaseLost(self._lease)

    def watched(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """The same program, ended from inside its sandbox when the lease is lost."""
        return ("/bin/sh", "-c", WATCH, "windlass-watch", str(self._stop_file), *argv)

    def _keep(self) -> None:
        while not self._done.wait(self._ttl_s / 3):
            if not self._renewed():
                self._lost.set()
                self._stop_file.touch()
                return

    def _renewed(self) -> bool:
        try:
            self._lease = self._database.write(lambda tx: renew(tx, self._lease, tx.now(), ttl_s=self._ttl_s))
        except LeaseLost:
            return False
        except Unavailable:
            return self._database_came_back()
        return True

    def _database_came_back(self) -> bool:
        """Two more tries within what is left of the lease."""
        for _ in range(2):
            if self._done.wait(self._ttl_s / 6):
                return True
            try:
                self._lease = self._database.write(
                    lambda tx: renew(tx, self._lease, tx.now(), ttl_s=self._ttl_s)
                )
            except LeaseLost:
                return False
            except Unavailable:
                continue
            return True
        return False
