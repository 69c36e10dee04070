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

from windlass import backlog, dispatch, events, land, plan
from windlass.app.audit import Sealer
from windlass.app.discovery import discover
from windlass.app.engine import Engine
from windlass.app.nodes import Node
from windlass.app.wiring import Plant
from windlass.app.workflows import revive
from windlass.backlog import ItemState
from windlass.dispatch import Site, TaskStatus
from windlass.events import Subject
from windlass.kernel import Unavailable, iso
from windlass.store import Transaction

TICK_S: Final = 0.25
FILE_S: Final = 1.0
SLOW_TICK_S: Final = 5.0
IDLE_WORKER_S: Final = 0.2
ROUNDS_MAX: Final = 200
"""Rounds of discovery in one cycle; every round but the last one lands something."""

_QUEUED: Final = land.LandingState.QUEUED
_MOVING: Final = (
    _QUEUED,
    land.LandingState.BUILDING,
    land.LandingState.PROVED,
    land.LandingState.LANDING,
)
_BUSY: Final = (TaskStatus.IN_PROGRESS, TaskStatus.REVIEW_NEEDED, TaskStatus.PLANNING)


class Ended(Enum):
    """Why a run ended."""

    IDLE = "idle"
    TASKS_MAX = "task limit reached"
    TIME = "time is up"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a run goes. `interval_s` None: one cycle. `until`: unix seconds."""

    tasks_max: int | None = None
    until: float | None = None
    interval_s: float | None = None


class Daemon:
    """One run over one repository."""

    def __init__(self, plant: Plant, site: Site, engine: Engine, node: Node, bounds: Bounds) -> None:
        self._plant, self._site, self._engine, self._node, self._bounds = plant, site, engine, node, bounds
        self._stop = threading.Event()
        self._claiming = threading.Event()
        self._claims = threading.Lock()
        self._claimed = 0
        self._trouble: list[Exception] = []
        self._workers: list[threading.Thread] = []
        self._slow_at = self._file_at = 0.0
        self._sealer = Sealer(plant.database, plant.home.keys)

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

    def _cycles(self, on_pulse: Callable[[], None]) -> Ended:
        while True:
            began = self._site.clock()
            ended = self._cycle(on_pulse)
            if ended is not Ended.IDLE or self._bounds.interval_s is None:
                return ended
            self._note("cycle.finished", f"the next one starts at {iso(began + self._bounds.interval_s)}")
            while self._site.clock() < began + self._bounds.interval_s:
                if ended_now := self._limit():
                    return ended_now
                self._tick(on_pulse)

    def _cycle(self, on_pulse: Callable[[], None]) -> Ended:
        """Rounds of look and work until a round lands nothing."""
        for _ in range(ROUNDS_MAX):
            before = self._landed()
            discover(self._plant, self._site)
            self._route()
            self._claiming.set()
            while self._busy():
                if self._stop.is_set():
                    return Ended.STOPPED
                if self._limit():
                    self._claiming.clear()
                    if not self._in_flight():
                        return self._limit() or Ended.IDLE
                self._tick(on_pulse)
            self._claiming.clear()
            if limit := self._limit():
                return limit
            if self._landed() == before:
                return Ended.IDLE
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
            revive(self._site, self._engine)
        self._sealer.seal(self._site.clock())
        on_pulse()
        self._stop.wait(TICK_S)

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
            if not self._claiming.is_set() or not self._take_turn():
                self._stop.wait(IDLE_WORKER_S)
                continue
            try:
                worked = dispatch.work_once(self._site, worker)
            except Unavailable as error:
                self._note("worker.paused", f"{worker}: {error}")
                worked = None
                self._stop.wait(SLOW_TICK_S)
            except Exception as error:
                self._trouble.append(error)
                return
            if worked is None:
                self._give_turn_back()
                self._stop.wait(IDLE_WORKER_S)

    def _take_turn(self) -> bool:
        with self._claims:
            if self._bounds.tasks_max is not None and self._claimed >= self._bounds.tasks_max:
                return False
            self._claimed += 1
            return True

    def _give_turn_back(self) -> None:
        with self._claims:
            self._claimed -= 1

    def _limit(self) -> Ended | None:
        if self._stop.is_set():
            return Ended.STOPPED
        if self._bounds.until is not None and self._site.clock() >= self._bounds.until:
            return Ended.TIME
        if self._bounds.tasks_max is not None and self._claimed >= self._bounds.tasks_max:
            return Ended.TASKS_MAX
        return None

    def _busy(self) -> bool:
        """Whether anything is claimable, about to be, in someone's hands, or on its way onto a branch."""
        repository = self._site.repository.id

        def look(tx: Transaction) -> bool:
            pending = dispatch.tasks(tx, repository, (TaskStatus.PENDING,))
            routed = backlog.items(tx, repository, (ItemState.ROUTED,))
            return bool(routed) or any(task.unmet == 0 for task in pending)

        return self._plant.database.read(look) or self._in_flight()

    def _in_flight(self) -> bool:
        """Whether a task is in someone's hands; one whose landing waits for a person is not."""
        repository = self._site.repository.id

        def look(tx: Transaction) -> bool:
            landings = {(one.task_id, one.fence): one.state for one in land.landings(tx, repository)}
            busy = dispatch.tasks(tx, repository, _BUSY)
            return any(landings.get((task.id, task.fence), _QUEUED) in _MOVING for task in busy)

        return self._plant.database.read(look)

    def _landed(self) -> int:
        repository = self._site.repository.id
        found = self._plant.database.read(lambda tx: land.landings(tx, repository))
        return sum(one.state is land.LandingState.LANDED for one in found)

    def _note(self, kind: str, text: str) -> None:
        about = Subject(repository=self._site.repository.id)
        self._plant.database.write(lambda tx: events.append(tx, kind, tx.now(), about=about, text=text))
