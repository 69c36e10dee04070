"""The workers of one repository in this process: threads that claim and do while they may."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from windlass import dispatch, events
from windlass.app.background import Trouble
from windlass.app.stocking import Stock
from windlass.app.turns import Turns
from windlass.dispatch import Site
from windlass.events import Subject
from windlass.kernel import Unavailable

IDLE_S: Final = 0.2
"""Between two looks of a worker that found nothing; it doubles up to IDLE_MAX_S while that stays so."""
IDLE_MAX_S: Final = 2.0
PAUSE_S: Final = 5.0
"""After a host turned out not to be able to work."""


class Crew:
    """`count` workers over one site. `on_trouble` is told of bugs; the worker goes on after a pause."""

    def __init__(
        self, site: Site, turns: Turns, count: int, *, on_trouble: Callable[[Trouble], None]
    ) -> None:
        self._site, self._turns, self._on_trouble = site, turns, on_trouble
        self._stop, self._claiming = threading.Event(), threading.Event()
        self._stock = Stock(site, on_trouble=on_trouble)
        name = f"{site.node}/{site.repository.id}"
        self._threads = [
            threading.Thread(target=self._work_on, args=(f"{name}.{n}",), daemon=True)
            for n in range(1, count + 1)
        ]

    def start(self) -> None:
        self._stock.start()
        for thread in self._threads:
            thread.start()

    def claim(self, *, wanted: bool) -> None:
        """Let the workers claim, or finish what they have and wait."""
        if wanted:
            self._claiming.set()
        else:
            self._claiming.clear()

    def stop(self) -> None:
        """Let every worker end after what it has in hand; a lease that is taken away ends that at once."""
        self._turns.close()
        self._claiming.clear()
        self._stop.set()
        self._stock.stop()

    def join(self, wait_s: float) -> None:
        """Wait for workers whose leases are gone to notice it and clean up behind themselves."""
        until = time.monotonic() + wait_s
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, until - time.monotonic()))
        self._stock.join(max(0.0, until - time.monotonic()))

    def _work_on(self, worker: str) -> None:
        idle_s = IDLE_S
        while not self._stop.is_set():
            if not self._claiming.is_set():
                self._stop.wait(IDLE_S)
                continue
            if self._worked(worker):
                idle_s = IDLE_S
            else:
                self._stop.wait(idle_s)
                idle_s = min(2 * idle_s, IDLE_MAX_S)

    def _worked(self, worker: str) -> bool:
        """Whether there was something to do."""
        try:
            admit = self._turns.admitting(worker)
            worked = dispatch.work_once(
                self._site, worker, ttl_s=self._site.lease_s, admit=admit, only=self._turns.only
            )
            return worked is not None
        except Unavailable as error:
            self._pause(worker, error)
        except Exception as error:  # a worker's loop: its house is told, the next claim begins anew
            self._on_trouble(Trouble(worker, error))
            self._stop.wait(PAUSE_S)
        finally:
            self._turns.done(worker)
        return False

    def _pause(self, worker: str, error: Unavailable) -> None:
        """Wait a while; on a full disk not even that can be noted, and a dead worker would help nobody."""
        with suppress(Unavailable):
            about = Subject(repository=self._site.repository.id)
            text = f"{worker}: {error}"
            self._site.database.write(
                lambda tx: events.append(tx, "worker.paused", tx.now(), about=about, text=text)
            )
        self._stop.wait(PAUSE_S)
