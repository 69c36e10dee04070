"""One run from start to report: own the data home, bury what is dead, work, account for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from windlass import dispatch, events, learn, verify
from windlass.app import discovery
from windlass.app.daemon import Bounds, Daemon, Ended
from windlass.app.engine import Engine
from windlass.app.nodes import Node
from windlass.app.wiring import Plant, Wish, new_node_id, open_plant, site_of
from windlass.app.workflows import LAND, VERIFY, bodies
from windlass.dispatch import Site
from windlass.events import Event
from windlass.kernel import system_clock

STOP_WAIT_S: Final = 10.0
"""How long a stopped run waits for its workers to notice that their leases are gone."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run ended and what it came to."""

    ended: Ended
    report: learn.Report


Listen = Callable[[Sequence[Event]], None]
"""Called with new events, in order, from the thread that runs."""
OnStart = Callable[[Daemon, Plant], None]


def run(wish: Wish, bounds: Bounds, env: Mapping[str, str], *, listen: Listen, on_start: OnStart) -> Finished:
    """Run one repository until a bound is reached or the daemon is told to stop."""
    with open_plant(wish, env) as plant, plant.home.own(system_clock()):
        return _owned(plant, bounds, listen, on_start)


def _owned(plant: Plant, bounds: Bounds, listen: Listen, on_start: OnStart) -> Finished:
    node_id = new_node_id()
    engine = Engine(plant.database, node=node_id, concurrency={VERIFY: 1, LAND: 1})
    site = site_of(plant, engine.start, node_id)
    node = Node(plant.database, plant.home.path, node_id)
    daemon = Daemon(plant, site, engine, node, bounds)
    pulse = _Pulse(plant, listen)
    run_id = plant.database.write(
        lambda tx: learn.start_run(tx, site.repository.id, tx.now(), _options(plant, bounds))
    )
    dead = node.join()
    engine.launch(bodies(site))
    try:
        for lost in dead:
            node.bury(lost, engine.resume)
        _recover(site)
        on_start(daemon, plant)
        ended = daemon.run(pulse)
    finally:
        node.leave()
    daemon.join(STOP_WAIT_S)
    report = _account(plant, run_id, daemon.told(ended))
    daemon.seal()
    pulse()
    engine.close()
    return Finished(ended, report)


def _recover(site: Site) -> None:
    """Remove what earlier boots left behind: attempts without a lease, half-made checkouts, trash."""
    dispatch.recover(site, site.clock())
    verify.tick(site, site.clock())
    discovery.sweep(site.folders.checkouts)


def _options(plant: Plant, bounds: Bounds) -> dict[str, object]:
    return {
        "land": plant.land,
        "trust": plant.wish.trust,
        "max_tasks": bounds.tasks_max,
        "interval_s": bounds.interval_s,
        "until": bounds.until,
    }


def _account(plant: Plant, run_id: int, outcome: str) -> learn.Report:
    plant.database.write(lambda tx: learn.finish_run(tx, run_id, outcome, tx.now()))
    rank = plant.plan_settings.rank
    return plant.database.read(lambda tx: learn.report(tx, plant.repository, run_id, rank=rank))


class _Pulse:
    """Hands new events to the listener."""

    def __init__(self, plant: Plant, listen: Listen) -> None:
        self._plant, self._listen = plant, listen
        self._cursor = self._plant.database.read(events.end)

    def __call__(self) -> None:
        found, self._cursor = self._plant.database.read(lambda tx: events.after(tx, self._cursor))
        if found:
            self._listen(found)
