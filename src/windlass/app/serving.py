"""A server: one process that answers for its repositories and looks after them until it is told to stop.

On SQLite it owns the data home and is alone. On PostgreSQL any number of servers share the database, each
with a home of its own; what one of them leaves behind by dying the others finish.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from windlass import identity, ratchet
from windlass.app.audit import Sealer
from windlass.app.binding import Bind, Shield, check
from windlass.app.config import load, read_file, user_file
from windlass.app.config_sections import Config
from windlass.app.engine import Engine
from windlass.app.home import Home
from windlass.app.isolation import manifest_of
from windlass.app.lines import Serve, open_lines
from windlass.app.meshing import mesh_of
from windlass.app.nodes import BEAT_EVERY_S, Node
from windlass.app.running import begin, recover
from windlass.app.tending import Pace, Tending
from windlass.app.vitals import Loop, Vitals, Watched
from windlass.app.warden import ROUND_S, Warden
from windlass.app.wiring import Plant, Wish, new_node_id, open_home_database, open_plant, site_of
from windlass.app.workflows import AT_ONCE, bodies, owner
from windlass.dispatch import Site
from windlass.events import Feed
from windlass.kernel import Unavailable, system_clock
from windlass.mesh import Mesh
from windlass.store import Database, Transaction

STOP_WAIT_S: Final = 10.0
"""How long a server that stops waits for its workers, and for workflows at work."""
WORKFLOWS_WAIT_S: Final = 5
LOOK_FOR_WORK_S: Final = 3600.0
TURN_MAX_S: Final = 900.0
"""The loop of a repository may be busy this long, with discovery above all, before that is a problem."""
LOOPS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """How a server was asked to run. `workers`: attempts at once for each repository; None: its settings'."""

    bind: Bind = field(default_factory=Bind)
    shield: Shield = field(default_factory=Shield)
    workers: int | None = None
    interval_s: float = LOOK_FOR_WORK_S

    @property
    def url(self) -> str:
        return f"{'https' if self.shield.tls else 'http'}://{self.bind}"


@dataclass(frozen=True)
class Served:
    """What the faces of a server work with. `plants`: the tended repositories by their numbers."""

    home: Home
    database: Database
    mesh: Mesh
    feed: Feed
    plants: Mapping[int, Plant]
    node: Node
    vitals: Vitals
    settings: ServeSettings
    stopping: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """Let streams end, so that connections close; the rest follows when the server stands still."""
        self.stopping.set()
        self.feed.close()


@contextmanager
def open_serving(
    wishes: Sequence[Wish], env: Mapping[str, str], settings: ServeSettings, *, serve: Serve | None = None
) -> Iterator[Served]:
    """Everything of a server but its faces, from the first beat to a clean end. `serve`: what answers agents
    in their boxes.
    """
    home = Home.open(env)
    with home.own(system_clock()), ExitStack() as stack:
        database, plants = _open(home, wishes, env)
        stack.callback(database.close)
        check(settings.bind, settings.shield, tokens=_valid_tokens(database))
        lines = stack.enter_context(open_lines(home, env, serve))
        plants = tuple(replace(plant, kit=lines.kit(plant)) for plant in plants)
        yield from _served(home, database, plants, settings)


def _open(home: Home, wishes: Sequence[Wish], env: Mapping[str, str]) -> tuple[Database, tuple[Plant, ...]]:
    """One database for all repositories."""
    database: Database | None = None
    plants = []
    with ExitStack() as undo:
        for wish in wishes:
            plants.append(open_plant(wish, env, database))
            if database is None:
                database = plants[0].database
                undo.callback(database.close)
        undo.pop_all()
    return database or open_home_database(home, _config(env)), tuple(plants)


def _config(env: Mapping[str, str]) -> Config:
    return load(env, user=read_file(user_file(env))).config


def _served(
    home: Home, database: Database, plants: Sequence[Plant], settings: ServeSettings
) -> Iterator[Served]:
    node = Node(database, home.path, new_node_id(), url=settings.url)
    numbers = tuple(dict.fromkeys(plant.repository.id for plant in plants))
    engine = Engine(database, node=node.id, concurrency=AT_ONCE, repositories=numbers)
    sites = {one.repository.id: site_of(one, engine.starter(one.repository.id), node.id) for one in plants}
    warden = Warden(database, node, engine, numbers, sealer=Sealer(database, home.keys))
    tended = tuple(
        Tending(plant, sites[plant.repository.id], engine, warden, _pace(plant, settings)) for plant in plants
    )
    feed = Feed(database)
    mesh = mesh_of(database, sites, engine)
    watched = Watched(
        database, node.id, home.path, lambda: _loops(node, warden, tended),
        {plant.repository.id: not plant.watches for plant in plants},
        {number: ratchet.parse_metrics(site.ratchet) for number, site in sites.items()},
        next((manifest_of(plant.config.sandbox) for plant in plants), None),
    )  # fmt: skip
    served = Served(
        home,
        database,
        mesh,
        feed,
        {one.repository.id: one for one in plants},
        node,
        Vitals(watched),
        settings,
    )
    dead = node.join()
    try:
        _launch(engine, tuple(sites.values()), home.keys)
        begin(warden, node, engine, dead)
        for one in tended:
            recover(one.site)
            one.start()
        yield served
    finally:
        served.stop()
        _stop(node, engine, warden, tended)


def _launch(engine: Engine, sites: Sequence[Site], keys: Path) -> None:
    work = bodies(*sites, keys=keys)
    engine.launch(work)
    if sites:
        engine.adopt(owner(sites[0]), work)


def _stop(node: Node, engine: Engine, warden: Warden, tended: Sequence[Tending]) -> None:
    """Hand everything back; whatever cannot be handed back is found by the others, as after a crash."""
    for one in tended:
        one.stop()
    with suppress(Unavailable):
        warden.stop()
    with suppress(Unavailable):
        node.release()
    until = time.monotonic() + STOP_WAIT_S
    for one in tended:
        one.join(max(0.1, until - time.monotonic()))
    engine.close(wait_s=WORKFLOWS_WAIT_S if engine.at_work else 0)
    with suppress(Unavailable):
        node.leave()


def _pace(plant: Plant, settings: ServeSettings) -> Pace:
    workers = plant.config.dispatch.workers if settings.workers is None else settings.workers
    return Pace(workers, settings.interval_s)


def _loops(node: Node, warden: Warden, tended: Sequence[Tending]) -> tuple[Loop, ...]:
    now = time.monotonic()
    found = [
        Loop("heartbeat", now - node.beat_at, LOOPS_MAX * BEAT_EVERY_S),
        Loop(
            "warden", now - warden.round_at if warden.round_at else None, LOOPS_MAX * ROUND_S, warden.trouble
        ),
    ]
    for one in tended:
        name = f"repository {one.site.repository.name}"
        found.append(Loop(name, now - one.turned_at, TURN_MAX_S, one.trouble))
    return tuple(found)


def _since(then: float) -> float | None:
    return time.monotonic() - then if then else None


def _valid_tokens(database: Database) -> int:
    def count(tx: Transaction) -> int:
        now = tx.now()
        return sum(one.revoked_at is None and one.expires_at > now for one in identity.tokens(tx))

    return database.read(count)
