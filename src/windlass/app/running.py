"""One run from start to report: own the data home, bury what is dead, work, account for it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from windlass import dispatch, events, learn, policy, verify
from windlass.app import discovery
from windlass.app.daemon import Bounds, Daemon, Ended
from windlass.app.engine import Engine
from windlass.app.errand import file_errand
from windlass.app.filing import Order
from windlass.app.leading import LEAD_S, leader
from windlass.app.lines import Serve, open_lines
from windlass.app.nodes import BEAT_LOST_S, Node
from windlass.app.warden import Warden
from windlass.app.wiring import Plant, Wish, new_node_id, open_plant, site_of
from windlass.app.workflows import AT_ONCE, bodies, owner
from windlass.dispatch import Site
from windlass.events import Event
from windlass.kernel import Conflict, system_clock

STOP_WAIT_S: Final = 10.0
"""How long a stopped run waits for its workers to notice that their leases are gone."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run ended and what it came to. `only`: the tasks it was for, where it was for some."""

    ended: Ended
    report: learn.Report
    only: tuple[int, ...] = ()


Listen = Callable[[Sequence[Event]], None]
"""Called with new events, in order, from the thread that runs."""
OnStart = Callable[[Daemon, Plant], None]


def run(
    wish: Wish, bounds: Bounds, env: Mapping[str, str], *, listen: Listen, on_start: OnStart,
    errand: Sequence[Order] = (), serve: Serve | None = None,
) -> Finished:  # fmt: skip
    """Run one repository until a bound is reached or the daemon is told to stop.

    With an `errand` nothing is looked for: these orders are filed, and the run ends with their tasks.
    `serve`: what answers agents in their boxes.
    """
    with (
        open_plant(wish, env) as plant,
        plant.home.own(system_clock()),
        open_lines(plant.home, env, serve) as lines,
    ):
        return _owned(replace(plant, kit=lines.kit(plant)), bounds, listen, on_start, errand)


def _owned(
    plant: Plant, bounds: Bounds, listen: Listen, on_start: OnStart, errand: Sequence[Order]
) -> Finished:
    node_id, repository = new_node_id(), plant.repository.id
    if errand or bounds.only:
        plant.database.read(lambda tx: policy.pauses.check(tx, repository, "what was ordered"))
    engine = Engine(plant.database, node=node_id, concurrency=AT_ONCE, repositories=(repository,))
    site = site_of(plant, engine.starter(repository), node_id)
    node = Node(plant.database, plant.home.path, node_id)
    warden = Warden(plant.database, node, engine, (repository,))
    if errand:
        bounds = replace(bounds, only=file_errand(plant, site, errand))
    daemon = Daemon(plant, site, engine, warden, bounds)
    pulse = _Pulse(plant, listen)
    run_id = plant.database.write(
        lambda tx: learn.start_run(tx, site.repository.id, tx.now(), _options(plant, bounds))
    )
    dead = node.join()
    work = bodies(site, keys=plant.home.keys)
    try:
        engine.launch(work)
        try:
            begin(warden, node, engine, dead)
            engine.adopt(owner(site), work)
            _lead(warden, plant)
            recover(site)
            on_start(daemon, plant)
            ended = daemon.run(pulse)
        finally:
            warden.stop()
            node.release()
            daemon.join(STOP_WAIT_S)
            node.leave()
        report = _account(plant, run_id, daemon.told(ended))
        daemon.seal()
        pulse()
    finally:
        engine.close()
    return Finished(ended, report, bounds.only)


def begin(warden: Warden, node: Node, engine: Engine, dead: Sequence[str]) -> None:
    """Bury the nodes of this home that are known to be dead, and keep watch from here on."""
    for lost in dead:
        node.bury(lost, engine.resume)
    warden.round()
    warden.start()


def _lead(warden: Warden, plant: Plant) -> None:
    """A run is the one that looks for work, so it waits for a leader that has just died, and no longer."""
    until = time.monotonic() + LEAD_S + BEAT_LOST_S
    while not warden.leads(plant.repository.id):
        who = plant.database.read(lambda tx: leader(tx, plant.repository.id))
        if time.monotonic() >= until:
            raise Conflict(
                f"node {who} already looks after {plant.repository.name!r}",
                hint="leave the work to that server, or stop it first",
            )
        time.sleep(0.2)


def recover(site: Site) -> None:
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
        "only": list(bounds.only),
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
