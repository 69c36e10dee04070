"""Keep a lease alive while its work runs, and stop the work when the lease is lost."""

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final

from windlass.dispatch.bounds import Bounds
from windlass.dispatch.employer import Employer
from windlass.dispatch.lease import LeaseLost
from windlass.dispatch.model import Lease
from windlass.kernel import Unavailable, WindlassError

LOOK_S: Final = 1.0
"""How often the lease is looked at between renewals: who took the task away need not wait for the work."""


class Exceeded(WindlassError):
    """What ran was stopped: it went beyond what it may use."""


class Keeper:
    """Renews a lease every third of its time from a thread of its own.

    An employer who does not answer is asked again until the lease has run out; then it counts as lost.
    """

    def __init__(self, employer: Employer, lease: Lease, control: Path, *, ttl_s: float) -> None:
        self._employer = employer
        self._lease = lease
        self._ttl_s = ttl_s
        self.control = control
        self._done = threading.Event()
        self._bounds: Bounds | None = None
        self._exceeded = ""
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

    def watch(self, bounds: Bounds) -> None:
        """Stop what runs when it exceeds these; the lease is kept all the same."""
        self._bounds = bounds

    def check(self) -> None:
        """Raise LeaseLost when the lease is known to be lost. The employer has the last word at `hand_in`.

        Raises Exceeded, once, when what ran was stopped at a bound; then there is time to put things away.
        """
        if self._exceeded:
            told, self._exceeded, self._bounds = self._exceeded, "", None
            self.lost.clear()
            raise Exceeded(told)
        if self.lost.is_set():
            raise LeaseLost(self._lease)

    def _keep(self) -> None:
        due = time.monotonic() + self._ttl_s / 3
        while not self._done.wait(min(LOOK_S, self._ttl_s / 3)):
            self._look()
            late = time.monotonic() >= due
            if late:
                due = time.monotonic() + self._ttl_s / 3
            if not (self._renewed() if late else self._held()):
                self._exceeded = ""  # others decide about the task now, so nobody asks for the reason
                self.lost.set()
                return

    def _look(self) -> None:
        bounds = self._bounds
        if bounds is not None and not self._exceeded and (told := bounds.broken()):
            self._exceeded = told
            self.lost.set()

    def _held(self) -> bool:
        """Whether the lease still is on record; an employer who does not answer tells nothing."""
        try:
            return self._employer.holds(self._lease)
        except Unavailable:
            return True

    def _renewed(self) -> bool:
        try:
            self._lease = self._employer.prolong(self._lease)
        except LeaseLost:
            return False
        except Unavailable:
            return self._employer_came_back()
        return True

    def _employer_came_back(self) -> bool:
        """Two more tries within what is left of the lease."""
        for _ in range(2):
            if self._done.wait(self._ttl_s / 6):
                return True
            try:
                self._lease = self._employer.prolong(self._lease)
            except LeaseLost:
                return False
            except Unavailable:
                continue
            return True
        return False
