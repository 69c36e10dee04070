"""The loop: look, plan, hand out, work, and look again until nothing is left to do.

One thread ticks; workers claim and do; the engine verifies and lands. They meet only in the database.
Stopping is the same as dying: leases are released, the rest is found by the next start.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Final

from windlass import backlog, dispatch, events, land, plan
from windlass.app.audit import Sealer
from windlass.app.discovery import discover
from windlass.app.engine import Engine
from windlass.app.nodes import Node
from windlass.app.turns import Turns, in_flight, landed_today
from windlass.app.wiring import Plant
from windlass.app.workflows import revive
from windlass.backlog import ItemState
from windlass.dispatch import Site, Task, TaskStatus
from windlass.events import Subject
from windlass.kernel import Unavailable, iso
from windlass.land import LandingState
from windlass.sandbox import Level
from windlass.store import Transaction

TICK_S: Final = 0.25
FILE_S: Final = 1.0
SLOW_TICK_S: Final = 5.0
IDLE_WORKER_S: Final = 0.2
ROUNDS_MAX: Final = 200
"""Rounds of discovery in one cycle; every round but the last one lands something."""
QUIET_MAX_S: Final = 60.0
"""How long ready tasks may lie there with nobody at work before a cycle ends without them."""
WOKEN_MAX_S: Final = 120.0
"""How long a run waits for a landing that it woke after a person's answer."""
PACKS_MAX: Final = 50
"""Packs in the mirror from which on a cycle begins with tidying it."""


class Ended(Enum):
    """Why a run ended."""

    IDLE = "idle"
    TASKS_MAX = "task limit reached"
    DAILY = "daily limit reached"
    TIME = "time is up"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a run goes. `interval_s` None: one cycle. `until`: unix seconds."""

    tasks_max: int | None = None
    until: float | None = None
    interval_s: float | None = None


@dataclass(frozen=True, slots=True)
class _Standing:
    """What there is to do. `ready`: tasks that one of our runners could be given now."""

    flying: bool
    ready: tuple[Task, ...]
    routed: bool
    today: int


class Daemon:
    """One run over one repository."""

    def __init__(self, plant: Plant, site: Site, engine: Engine, node: Node, bounds: Bounds) -> None:
        self._plant, self._site, self._engine, self._node, self._bounds = plant, site, engine, node, bounds
        self._stop = threading.Event()
        self._claiming = threading.Event()
        self._turns = Turns(site, bounds.tasks_max)
        self._trouble: list[Exception] = []
        self._workers: list[threading.Thread] = []
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
        self._workers = [
            threading.Thread(target=self._work_on, args=(f"{self._node.id}/{n}",), daemon=True)
            for n in range(1, self._plant.config.dispatch.workers + 1)
        ]
        for worker in self._workers:
            worker.start()
        try:
            return self._cycles(on_pulse)
        finally:
            self._turns.close()
            self._claiming.clear()
            self._stop.set()
            on_pulse()

    def join(self, wait_s: float) -> None:
        """Wait for workers whose leases are gone to notice it and clean up behind themselves."""
        until = time.monotonic() + wait_s
        for worker in self._workers:
            worker.join(max(0.0, until - time.monotonic()))

    def seal(self) -> None:
        """Bring the audit tree up to date; the last thing a run does."""
        self._sealer.seal(self._site.clock(), force=True)

    def told(self, ended: Ended) -> str:
        """Why the run ended, for people."""
        if ended is not Ended.DAILY:
            return str(ended.value)
        today = self._plant.database.read(lambda tx: landed_today(tx, self._site))
        return f"{ended.value} ({today} today); the rest waits"

    def _cycles(self, on_pulse: Callable[[], None]) -> Ended:
        while True:
            began = self._site.clock()
            if len(list((self._site.mirror.git_dir / "objects" / "pack").glob("*.pack"))) > PACKS_MAX:
                self._site.mirror.tidy()
            ended = self._cycle(on_pulse)
            if ended is Ended.DAILY:
                self._note("limit.reached", self.told(ended))
            interval = self._bounds.interval_s
            if ended not in (Ended.IDLE, Ended.DAILY) or interval is None:
                return ended
            self._note("cycle.finished", f"the next one starts at {iso(began + interval)}")
            while self._site.clock() < began + interval:
                if ended_now := self._over():
                    return ended_now
                self._tick(on_pulse)

    def _cycle(self, on_pulse: Callable[[], None]) -> Ended:
        """Rounds of look and work until a round lands nothing."""
        for _ in range(ROUNDS_MAX):
            before = self._landed()
            discover(self._plant, self._site)
            if self._plant.watches:
                return Ended.IDLE
            self._route()
            self._revive()
            self._claiming.set()
            limit = self._work(on_pulse)
            self._claiming.clear()
            if limit or self._landed() == before:
                return limit or Ended.IDLE
        return Ended.IDLE

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
        if (standing.ready or standing.routed) and standing.today >= self._site.scope.daily_prs:
            return Ended.DAILY
        if not mine and self._turns.full():
            return Ended.TASKS_MAX
        if mine:
            return Ended.IDLE if time.monotonic() - self._quiet_from > QUIET_MAX_S else None
        if standing.routed and dispatch.tick(self._site, self._site.clock()).filed:
            return None
        return Ended.IDLE

    def _tick(self, on_pulse: Callable[[], None]) -> None:
        if self._trouble:
            raise self._trouble[0]
        now = time.monotonic()
        if now >= self._file_at:
            self._file_at = now + FILE_S
            dispatch.tick(self._site, self._site.clock())
        if now >= self._slow_at:
            self._slow_at = now + SLOW_TICK_S
            for lost in self._node.lost():
                self._node.bury(lost, self._engine.resume)
            self._revive()
        self._sealer.seal(self._site.clock())
        on_pulse()
        self._stop.wait(TICK_S)

    def _revive(self) -> None:
        for landing in revive(self._site, self._engine):
            self._woken.setdefault(landing, time.monotonic() + WOKEN_MAX_S)

    def _route(self) -> None:
        """Let the gate look at every open item, then make tasks of what it let through."""
        plan_settings = self._plant.plan_settings
        capable = dispatch.capable(self._site)
        self._plant.database.write(
            lambda tx: plan.tick(tx, self._site.repository, plan_settings, capable, tx.now())
        )
        dispatch.tick(self._site, self._site.clock())

    def _work_on(self, worker: str) -> None:
        while not self._stop.is_set():
            if not self._claiming.is_set():
                self._stop.wait(IDLE_WORKER_S)
                continue
            try:
                worked = dispatch.work_once(
                    self._site, worker, ttl_s=self._site.lease_s,
                    admit=lambda tx, task: self._turns.admit(tx, task, worker),
                )  # fmt: skip
            except Unavailable as error:
                worked = None
                self._pause(worker, error)
            except Exception as error:
                self._trouble.append(error)
                return
            finally:
                self._turns.done(worker)
            if worked is None:
                self._stop.wait(IDLE_WORKER_S)

    def _pause(self, worker: str, error: Unavailable) -> None:
        """Wait a while; on a full disk not even that can be noted, and a dead worker would help nobody."""
        with suppress(Unavailable):
            self._note("worker.paused", f"{worker}: {error}")
        self._stop.wait(SLOW_TICK_S)

    def _over(self) -> Ended | None:
        """Whether the person or the clock ends this run."""
        if self._stop.is_set():
            return Ended.STOPPED
        late = self._bounds.until is not None and self._site.clock() >= self._bounds.until
        return Ended.TIME if late else None

    def _look(self, tx: Transaction) -> _Standing:
        repository = self._site.repository.id
        pending = dispatch.tasks(tx, repository, (TaskStatus.PENDING,))
        return _Standing(
            flying=bool(in_flight(tx, self._site)) or self._waking(tx),
            ready=tuple(t for t in pending if t.unmet == 0 and t.spec.runner in self._site.runners),
            routed=bool(backlog.items(tx, repository, (ItemState.ROUTED,))),
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

    def _landed(self) -> int:
        repository = self._site.repository.id
        found = self._plant.database.read(lambda tx: land.landings(tx, repository))
        return sum(one.state is LandingState.LANDED for one in found)

    def _note(self, kind: str, text: str) -> None:
        about = Subject(repository=self._site.repository.id)
        self._plant.database.write(lambda tx: events.append(tx, kind, tx.now(), about=about, text=text))
