"""The loop: look, plan, hand out, work, and look again until nothing is left to do.

One thread ticks; workers claim and do; the engine verifies and lands. They meet only in the database.
Stopping is the same as dying: leases are released, the rest is found by the next start.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from windlass import backlog, dispatch, events, land, policy
from windlass.app.audit import Sealer
from windlass.app.background import Trouble
from windlass.app.crew import Crew
from windlass.app.engine import Engine
from windlass.app.nights import Nights
from windlass.app.proving import Prover
from windlass.app.pulling import Puller
from windlass.app.routing import look, tick
from windlass.app.turns import Turns, in_flight, landed_today
from windlass.app.warden import Warden
from windlass.app.wiring import Plant
from windlass.app.workflows import revive
from windlass.backlog import ItemState
from windlass.dispatch import Site, Task, TaskStatus
from windlass.events import Subject
from windlass.kernel import Conflict, iso
from windlass.land import LandingState
from windlass.sandbox import Level
from windlass.store import Transaction

TICK_S: Final = 0.25
FILE_S: Final = 1.0
SLOW_TICK_S: Final = 5.0
ROUNDS_MAX: Final = 200
"""Rounds of discovery in one cycle; every round but the last one lands something."""
QUIET_MAX_S: Final = 60.0
"""How long ready tasks may lie there with nobody at work before a cycle ends without them."""
WOKEN_MAX_S: Final = 120.0
"""How long a run waits for a landing that it woke after a person's answer."""
LAST_S: Final = 10.0
"""How long the end of a run waits for pull requests to be told of it."""
PACKS_MAX: Final = 50
"""Packs in the mirror from which on a cycle begins with tidying it."""


class Ended(Enum):
    """Why a run ended."""

    IDLE = "idle"
    TASKS_MAX = "task limit reached"
    DAILY = "daily limit reached"
    TIME = "time is up"
    STOPPED = "stopped"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a run goes. `interval_s` None: one cycle. `until`: unix seconds.

    `only`: the tasks it is for; then it looks for nothing else.
    """

    tasks_max: int | None = None
    until: float | None = None
    interval_s: float | None = None
    only: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Standing:
    """What there is to do. `ready`: tasks that one of our runners could be given now. `held`: some wait for
    others.
    """

    flying: bool
    ready: tuple[Task, ...] = ()
    held: bool = False
    routed: bool = False
    today: int = 0


class Daemon:
    """One run over one repository."""

    def __init__(self, plant: Plant, site: Site, engine: Engine, warden: Warden, bounds: Bounds) -> None:
        self._plant, self._site, self._engine = plant, site, engine
        self._warden, self._bounds = warden, bounds
        self._stop = threading.Event()
        self._turns = Turns(site, bounds.tasks_max, only=bounds.only)
        self._trouble: list[Trouble] = []
        workers = plant.config.dispatch.workers
        self._crew = Crew(site, self._turns, workers, on_trouble=self._trouble.append)
        self._prover = Prover(plant, site, may=self._may, on_trouble=self._trouble.append)
        self._nights = Nights(plant, site, may=self._may, on_trouble=self._trouble.append)
        self._puller = Puller(site, may=self._may, on_trouble=self._trouble.append)
        self._runners = dispatch.staff(site.runners).here
        self._woken: dict[int, float] = {}
        self._slow_at = self._file_at = self._quiet_from = 0.0
        self._sealer = Sealer(plant.database, plant.home.keys)

    @property
    def confined(self) -> bool:
        """Whether the repository's code runs in a sandbox; without one nothing lands by itself."""
        return self._site.launcher.level is not Level.NONE

    def stop(self) -> None:
        """Ask the run to end; safe from a signal handler."""
        self._stop.set()

    def run(self, on_pulse: Callable[[], None]) -> Ended:
        """Work until a bound is reached; `on_pulse` is called several times a second."""
        self._crew.start()
        self._puller.start()
        if self._bounds.interval_s is not None:
            self._prover.start()
            self._nights.start()
        try:
            return self._cycles(on_pulse)
        finally:
            self._prover.stop()
            self._nights.stop()
            self._puller.stop()
            self._puller.join(LAST_S)  # its last round is for what was decided just now, while we lead
            self._crew.stop()
            self._stop.set()
            on_pulse()

    def join(self, wait_s: float) -> None:
        """Wait for workers whose leases are gone to notice it and clean up behind themselves."""
        self._crew.join(wait_s)
        self._prover.join(wait_s)
        self._nights.join(wait_s)

    def seal(self) -> None:
        """Bring the audit tree up to date; the last thing a run does."""
        self._sealer.seal(self._site.clock(), force=True)

    def told(self, ended: Ended) -> str:
        """Why the run ended, for people."""
        if ended is Ended.PAUSED and (pause := self._paused()):
            return f"{ended.value}: {pause.told}"
        if ended is not Ended.DAILY:
            return str(ended.value)
        today = self._plant.database.read(lambda tx: landed_today(tx, self._site))
        return f"{ended.value} ({today} today); the rest waits"

    def _cycles(self, on_pulse: Callable[[], None]) -> Ended:
        while True:
            began = self._site.clock()
            if len(list((self._site.mirror.git_dir / "objects" / "pack").glob("*.pack"))) > PACKS_MAX:
                self._site.mirror.tidy()
            if self._bounds.only:
                tick(self._plant, self._site)  # what a person answered meanwhile counts first
                return self._round(on_pulse) or Ended.IDLE
            ended = self._cycle(on_pulse)
            if ended is Ended.DAILY:
                self._note("limit.reached", self.told(ended))
            interval = self._bounds.interval_s
            if ended not in (Ended.IDLE, Ended.DAILY, Ended.PAUSED) or interval is None:
                return ended
            self._note("cycle.finished", f"the next one starts at {iso(began + interval)}")
            while self._site.clock() < began + interval or self._paused():
                if ended is Ended.PAUSED and not self._paused():
                    break
                if ended_now := self._over():
                    return ended_now
                self._tick(on_pulse)

    def _cycle(self, on_pulse: Callable[[], None]) -> Ended:
        """Rounds of look and work until a round lands nothing."""
        for _ in range(ROUNDS_MAX):
            before = self._landed()
            paused = self._paused() is not None
            late = not paused and look(self._plant, self._site)
            if self._plant.watches:
                return Ended.PAUSED if paused else Ended.IDLE
            limit = self._round(on_pulse)
            if limit or (self._landed() == before and not late):
                return limit or Ended.IDLE
        return Ended.IDLE

    def _round(self, on_pulse: Callable[[], None]) -> Ended | None:
        """Hand out what there is and wait for it."""
        self._revive()
        self._crew.claim(wanted=True)
        limit = self._work(on_pulse)
        self._crew.claim(wanted=False)
        land.revert.tick(self._site)
        return limit

    def _work(self, on_pulse: Callable[[], None]) -> Ended | None:
        """Hand out and wait until a bound is reached or, None, nothing moves by itself any more.

        Every reason to go round again is bounded: what flies has a lease or a workflow, both end; ready tasks
        that nobody takes are left after QUIET_MAX_S; routed items count only while filing makes tasks.
        """
        self._quiet_from = time.monotonic()
        while True:
            if over := self._over():
                self._turns.close()
            standing = self._plant.database.read(self._look)
            if over is Ended.STOPPED or (over and not standing.flying):
                return over
            if standing.flying:
                self._quiet_from = time.monotonic()
            elif (end := self._at_rest(standing)) is not None:
                return None if end is Ended.IDLE else end
            self._tick(on_pulse)

    def _at_rest(self, standing: _Standing) -> Ended | None:
        """Nothing is in anyone's hands: why that stays so, or None when it does not."""
        mine = [task for task in standing.ready if self._turns.allows(task)]
        if self._paused():
            return Ended.PAUSED
        if (standing.ready or standing.routed) and standing.today >= self._site.scope.daily_prs:
            return Ended.DAILY
        if not mine and self._turns.full():
            return Ended.TASKS_MAX
        if mine:
            return Ended.IDLE if time.monotonic() - self._quiet_from > QUIET_MAX_S else None
        return None if self._goes_on(standing) else Ended.IDLE

    def _goes_on(self, standing: _Standing) -> bool:
        """Whether a tick files or lets go something, now that whatever was in its way has ended."""
        if standing.routed and tick(self._plant, self._site):
            return True
        if not standing.held:
            return False
        tick(self._plant, self._site)
        standing = self._plant.database.read(self._look)
        return standing.flying or any(self._turns.allows(task) for task in standing.ready)

    def _tick(self, on_pulse: Callable[[], None]) -> None:
        if self._trouble:
            raise self._trouble[0].error
        if not self._warden.leads(self._site.repository.id):
            raise Conflict(
                f"another windlass leads the work on {self._plant.repository.name!r} now",
                hint="this process was silent for too long; run it again when the other one has ended",
            )
        now = time.monotonic()
        if now >= self._file_at:
            self._file_at = now + FILE_S
            tick(self._plant, self._site)
        if now >= self._slow_at:
            self._slow_at = now + SLOW_TICK_S
            self._revive()
        self._sealer.seal(self._site.clock())
        on_pulse()
        self._stop.wait(TICK_S)

    def _revive(self) -> None:
        for landing in revive(self._site, self._engine):
            self._woken.setdefault(landing, time.monotonic() + WOKEN_MAX_S)

    def _over(self) -> Ended | None:
        """Whether the person or the clock ends this run."""
        if self._stop.is_set():
            return Ended.STOPPED
        late = self._bounds.until is not None and self._site.clock() >= self._bounds.until
        return Ended.TIME if late else None

    def _look(self, tx: Transaction) -> _Standing:
        repository = self._site.repository.id
        flying, only = in_flight(tx, self._site), self._bounds.only
        if flying.intersection(only) if only else flying:
            return _Standing(flying=True)  # nobody asks for the rest while something moves
        pending = dispatch.tasks(tx, repository, (TaskStatus.PENDING,))
        return _Standing(
            flying=self._waking(tx),
            ready=tuple(t for t in pending if t.unmet == 0 and t.spec.runner in self._runners),
            held=any(t.unmet > 0 for t in pending),
            routed=not only and bool(backlog.items(tx, repository, (ItemState.ROUTED,))),
            today=landed_today(tx, self._site),
        )

    def _waking(self, tx: Transaction) -> bool:
        """Whether a landing that a person has answered is about to go on."""
        now = time.monotonic()
        hoped = {landing for landing, until in self._woken.items() if now < until}
        if not hoped:
            return False
        known = land.landings(tx, self._site.repository.id)
        return any(one.id in hoped and one.state is LandingState.BLOCKED for one in known)

    def _may(self) -> bool:
        """Whether this run leads the repository, and nobody has paused it."""
        return self._warden.leads(self._site.repository.id) and not self._paused()

    def _paused(self) -> policy.pauses.Pause | None:
        repository = self._site.repository.id
        return self._plant.database.read(lambda tx: policy.pauses.held(tx, repository))

    def _landed(self) -> int:
        repository = self._site.repository.id
        found = self._plant.database.read(lambda tx: land.landings(tx, repository))
        return sum(one.state is LandingState.LANDED for one in found)

    def _note(self, kind: str, text: str) -> None:
        about = Subject(repository=self._site.repository.id)
        self._plant.database.write(lambda tx: events.append(tx, kind, tx.now(), about=about, text=text))
