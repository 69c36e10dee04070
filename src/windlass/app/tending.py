"""Tend one repository for good: what a server does with it, beside answering for it.

Every server's workers claim whatever is ready. Only the leader looks for work, files it and starts again what
stands still; whoever follows is ready to lead when the leader is gone.
"""

import threading
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from windlass import events, land, policy
from windlass.app.background import Trouble
from windlass.app.crew import Crew
from windlass.app.engine import Engine
from windlass.app.nights import Nights
from windlass.app.proving import Prover
from windlass.app.pulling import Puller
from windlass.app.routing import look, tick
from windlass.app.turns import Turns
from windlass.app.warden import Warden
from windlass.app.wiring import Plant
from windlass.app.workflows import revive
from windlass.dispatch import Site
from windlass.events import Subject
from windlass.kernel import Unavailable
from windlass.land import LandingState

TICK_S: Final = 0.25
FILE_S: Final = 1.0
SLOW_TICK_S: Final = 5.0
REST_S: Final = 15.0
"""After the loop of a repository broke, before it begins again."""
TEXT_MAX: Final = 2_000


@dataclass(frozen=True, slots=True)
class Pace:
    """`workers`: attempts at once in this process, 0 for none. `interval_s`: between two looks for work."""

    workers: int
    interval_s: float


class Tending:
    """One repository under the care of this server."""

    def __init__(self, plant: Plant, site: Site, engine: Engine, warden: Warden, pace: Pace) -> None:
        self._plant, self._site, self._engine, self._warden, self._pace = plant, site, engine, warden, pace
        self._stop = threading.Event()
        self._crew = Crew(site, Turns(site, None), pace.workers, on_trouble=self._met)
        self._prover = Prover(plant, site, may=self._may, on_trouble=self._met)
        self._nights = Nights(plant, site, may=self._may, on_trouble=self._met)
        self._puller = Puller(site, may=self._may, on_trouble=self._met)
        self._thread = threading.Thread(target=self._tend, name=f"tend-{site.repository.id}", daemon=True)
        self._looked_at = self._file_at = self._slow_at = 0.0
        self._seen: tuple[str | None, int] = (None, -1)
        self.trouble = ""
        """What broke last, empty while all is well."""
        self.turned_at = time.monotonic()
        """When the loop last went round, by the steady clock."""

    @property
    def site(self) -> Site:
        return self._site

    def start(self) -> None:
        self._crew.start()
        self._crew.claim(wanted=not self._plant.watches)
        self._thread.start()
        self._prover.start()
        self._nights.start()
        self._puller.start()

    def stop(self) -> None:
        """Ask the loop and the workers to end."""
        self._stop.set()
        self._prover.stop()
        self._nights.stop()
        self._puller.stop()
        self._crew.stop()

    def join(self, wait_s: float) -> None:
        """Wait for both; whoever still works then is left to the end of the process."""
        self._thread.join(wait_s)
        self._crew.join(wait_s)
        self._prover.join(wait_s)
        self._nights.join(wait_s)
        self._puller.join(wait_s)

    def look_soon(self) -> None:
        """Look for work at the next turn, whatever the interval says."""
        self._looked_at = 0.0

    def _tend(self) -> None:
        while not self._stop.is_set():
            try:
                self._turn()
            except Unavailable as error:
                self.trouble = str(error)
                self._stop.wait(SLOW_TICK_S)
            except Exception as error:  # the loop: an event tells it, the next turn looks anew
                self._met(Trouble("the loop", error))
                self._stop.wait(REST_S)

    def _turn(self) -> None:
        """One round: cheap when nothing happened."""
        now = time.monotonic()
        self.turned_at = now
        if self._warden.leads(self._site.repository.id):
            due = now >= self._looked_at + self._pace.interval_s or self._looked_at == 0.0
            if due and self._may():
                self._look()
            if now >= self._file_at:
                self._file_at = now + FILE_S
                tick(self._plant, self._site)
            if now >= self._slow_at:
                self._slow_at = now + SLOW_TICK_S
                revive(self._site, self._engine)
                self._watch()
        self.trouble = ""
        self._stop.wait(TICK_S)

    def _may(self) -> bool:
        """Whether this server leads the repository, and nobody has paused it."""
        number = self._site.repository.id
        paused = self._plant.database.read(lambda tx: policy.pauses.held(tx, number))
        return self._warden.leads(number) and not paused

    def _look(self) -> None:
        """Look for work, and soon once more for what landed while we looked."""
        seen = self._standing()
        late = look(self._plant, self._site)
        self._looked_at, self._seen = time.monotonic(), seen
        if late:
            self.look_soon()

    def _watch(self) -> None:
        """When main moved, or something landed, there may be more to do."""
        if self._standing() != self._seen and not self._busy():
            self.look_soon()

    def _standing(self) -> tuple[str | None, int]:
        repository = self._site.repository.id
        found = self._plant.database.read(lambda tx: land.landings(tx, repository))
        main = self._site.checkout.ref(f"refs/heads/{self._site.repository.main}")
        return main, sum(one.state is LandingState.LANDED for one in found)

    def _busy(self) -> bool:
        """Whether landings are under way: main moves again soon, so a look now would be for nothing."""
        repository = self._site.repository.id
        found = self._plant.database.read(lambda tx: land.landings(tx, repository))
        return any(one.state.moving for one in found)

    def _met(self, trouble: Trouble) -> None:
        """Tell of a bug; the next turn looks at the states anew."""
        error = trouble.error
        self.trouble = f"{trouble.worker}: {type(error).__name__}: {error}"
        text = "".join(traceback.format_exception(error))[-TEXT_MAX:]
        about = Subject(repository=self._site.repository.id)
        with suppress(Unavailable):
            self._plant.database.write(
                lambda tx: events.append(
                    tx, "server.trouble", tx.now(), about=about, actor=self._site.node, severity="critical",
                    text=text,
                )
            )  # fmt: skip
