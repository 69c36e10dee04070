"""Keep a lease alive while its work runs, and stop the work when the lease is lost."""

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final

from windlass.dispatch.desk import prolong
from windlass.dispatch.lease import LeaseLost
from windlass.dispatch.model import Lease
from windlass.dispatch.records import lease_of
from windlass.kernel import Unavailable
from windlass.store import Database

LOOK_S: Final = 1.0
"""How often the lease is looked at between renewals: who took the task away need not wait for the work."""


class Keeper:
    """Renews a lease every third of its time from a thread of its own.

    A database that does not answer is asked again until the lease has run out; then it counts as lost.
    """

    def __init__(self, database: Database, lease: Lease, control: Path, *, ttl_s: float) -> None:
        self._database = database
        self._lease = lease
        self._ttl_s = ttl_s
        self.control = control
        self._done = threading.Event()
        self.lost = threading.Event()
        """Set once the lease is known to be lost; the sandbox kills what runs when it sees it."""
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
        if self.lost.is_set():
            raise LeaseLost(self._lease)

    def _keep(self) -> None:
        due = time.monotonic() + self._ttl_s / 3
        while not self._done.wait(min(LOOK_S, self._ttl_s / 3)):
            late = time.monotonic() >= due
            if late:
                due = time.monotonic() + self._ttl_s / 3
            if not (self._renewed() if late else self._held()):
                self.lost.set()
                return

    def _held(self) -> bool:
        """Whether the lease still is on record; a database that does not answer tells nothing."""
        try:
            found = self._database.read(lambda tx: lease_of(tx, self._lease.task_id))
        except Unavailable:
            return True
        return found is not None and found.fence == self._lease.fence

    def _renewed(self) -> bool:
        try:
            self._lease = prolong(self._database, self._lease, self._ttl_s)
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
                self._lease = prolong(self._database, self._lease, self._ttl_s)
            except LeaseLost:
                return False
            except Unavailable:
                continue
            return True
        return False
