"""Many workers, two servers, one PostgreSQL, and everything that can go wrong with processes and networks.

At random, from a seed: kill -9 and SIGSTOP/SIGCONT of workers and servers, connections that are reset,
between workers and servers and between servers and the database. Afterwards the books are checked: every task
ended exactly once, its events tell a possible story, nothing landed twice, the database met no deadlock.
"""

import json
import random
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.journeys.cutter import Cutter
from tests.journeys.fleet import Fleet, Program, free_port, until
from tests.journeys.history import Impossible, lives
from tests.journeys.plant import Plant
from windlass.app.nodes import FENCED_EXIT

LEASE_S = 10
SETTINGS = '[verify]\nfast = ["true"]\npr = ["true"]\n'
ENDS = frozenset({"completed", "failed", "cancelled"})
PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Weather:
    """`calm_s`: the mean time between two blows. `tasks`: how many are open while the storm blows."""

    seconds: float = 45.0
    servers: int = 2
    workers: int = 8
    heavy: int = 1
    """So many of the workers are real `windlass worker` processes; the rest are light ones."""
    calm_s: float = 1.5
    tasks: int = 16
    seed: int = 7
    settle_s: float = 180.0


@dataclass
class Books:
    """What happened. `wrong`: every promise that was not kept."""

    blows: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    lost: int = 0
    landed: int = 0
    deadlocks: int = -1
    fenced: int = 0
    crashed: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    settled_s: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def told(self) -> str:
        shown = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return json.dumps(shown, indent=1, default=dict)


class Storm:
    """`run` it once in a fresh folder."""

    def __init__(self, folder: Path, database_url: str, weather: Weather) -> None:
        self.weather, self.random = weather, random.Random(weather.seed)
        self.plant = Plant(folder, more_env={"WINDLASS_DISPATCH_LEASE": f"{LEASE_S}s"}).make(parts=1)
        (self.plant.repo / "windlass.toml").write_text(SETTINGS)
        self.plant.git("add", "-A")
        self.plant.git("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "commit", "-qm", "Settings")
        self.fleet = Fleet(self.plant, database_url)
        self.books = Books()
        self.ports = [free_port() for _ in range(weather.servers)]
        self.doors = [Cutter(("127.0.0.1", port)) for port in self.ports]
        self.wires = Cutter(database_target(database_url))
        self.servers: list[Program] = []
        self.workers: list[Program] = []
        self._due: list[tuple[float, Callable[[], None]]] = []
        self._filed = 0

    def run(self, tell: Callable[[str], None] = lambda _: None) -> Books:
        try:
            self._set_sail()
            tell(f"{len(self.servers)} servers and {len(self.workers)} workers are up")
            began = time.monotonic()
            self._blow(began + self.weather.seconds, tell)
            self.books.seconds = time.monotonic() - began
            tell("the storm is over; everything in hand is finished")
            self._settle()
            self._check()
        finally:
            self.fleet.close()
            for door in (*self.doors, self.wires):
                door.close()
        return self.books

    def _set_sail(self) -> None:
        wired = proxied(self.fleet.database_url, self.wires.port)
        for n, (port, door) in enumerate(zip(self.ports, self.doors, strict=True)):
            self.servers.append(
                self.fleet.server(
                    f"server-{n}", "--host", f"127.0.0.1:{door.port}", port=port, url=wired, workers=1
                )
            )
        first, *others = self.servers
        self.fleet.up(first)
        for n, server in enumerate(others, 1):  # one log, so one key: what an operator does as well
            shutil.copytree(
                self.plant.folder / "server-0" / "keys", self.plant.folder / f"server-{n}" / "keys"
            )
            self.fleet.up(server)
        for n in range(self.weather.workers):
            door = f"http://127.0.0.1:{self.doors[n % len(self.doors)].port}"
            token = self.fleet.quick_token(f"w{n}")
            heavy = n < self.weather.heavy
            self.workers.append(self._heavy(n, door, token) if heavy else self._light(n, door, token))
            self.workers[-1].start()

    def _heavy(self, n: int, server: str, token: Path) -> Program:
        made = self.fleet.worker(f"worker-{n}", server, token)
        settings = self.plant.folder / "worker.toml"
        find = "sed -n 's/.*\\(notes.[0-9]*.txt\\).*/\\1/p' $WINDLASS_TASK | head -1"
        script = f"mkdir -p notes; echo done by $$ > $({find})"
        settings.write_text(
            "[[dispatch.runners]]\nname = 'light'\nkind = 'command'\n"
            f"command = ['/bin/sh', '-c', {json.dumps(script)}]\n"
        )
        made.env = {**made.env, "WINDLASS_CONFIG": str(settings)}
        return made

    def _light(self, n: int, server: str, token: Path) -> Program:
        script = Path(__file__).with_name("light_worker.py")
        folder = self.plant.folder / f"light-{n}"
        command = [
            sys.executable, str(script), server, str(token), str(self.plant.repo), str(folder),
            str(self.weather.seed * 1000 + n),
        ]  # fmt: skip
        made = Program(command, self.plant.env, self.plant.folder / f"light-{n}.log")
        self.fleet.programs.append(made)
        return made

    def _blow(self, end: float, tell: Callable[[str], None]) -> None:
        tell_at = time.monotonic() + 30
        while (now := time.monotonic()) < end:
            self._catch_up(now)
            self._feed()
            blow, chance = self.random.choice(self._blows()), self.random.random
            if chance() < 0.95:
                self.books.blows[blow.__name__.strip("_")] += 1
                blow()
            if now > tell_at:
                tell_at = now + 30
                tell(f"{end - now:.0f} s left: {dict(Counter(self.fleet.statuses().values()))}")
            time.sleep(self.random.expovariate(1 / self.weather.calm_s))

    def _blows(self) -> list[Callable[[], None]]:
        often = [self._kill_worker, self._freeze_worker, self._cut_workers, self._cut_database]
        return [*often * 2, self._kill_server, self._freeze_server]

    def _kill_worker(self) -> None:
        self._kill(self.random.choice(self.workers), self.random.uniform(0.5, 3.0))

    def _kill_server(self) -> None:
        self._kill(self.random.choice(self.servers), self.random.uniform(0.5, 5.0))

    def _freeze_worker(self) -> None:
        self._freeze(self.random.choice(self.workers), self.random.uniform(1.0, 2.0 * LEASE_S))

    def _freeze_server(self) -> None:
        self._freeze(self.random.choice(self.servers), self.random.uniform(1.0, 30.0))

    def _cut_workers(self) -> None:
        self.random.choice(self.doors).cut(self.random.random(), self.random.random)

    def _cut_database(self) -> None:
        self.wires.cut(self.random.random(), self.random.random)

    def _kill(self, program: Program, again_s: float) -> None:
        program.kill()
        self._due.append((time.monotonic() + again_s, lambda: self._again(program)))

    def _freeze(self, program: Program, seconds: float) -> None:
        program.signal(SIGSTOP)
        self._due.append((time.monotonic() + seconds, lambda: program.signal(SIGCONT)))

    def _again(self, program: Program) -> None:
        if not program.running:
            program.start()

    def _catch_up(self, now: float) -> None:
        """Thaw and start again what is due, and whoever ended by itself."""
        due = [act for at, act in self._due if at <= now]
        self._due = [(at, act) for at, act in self._due if at > now]
        for act in due:
            act()
        for program in (*self.servers, *self.workers):
            code = program.child.poll() if program.child is not None else None
            if code is None or code == -9:
                continue
            if code == FENCED_EXIT and program in self.servers:
                self.books.fenced += 1
            else:
                last = (program.said.strip().splitlines() or ["said nothing"])[-1]
                self.books.crashed[f"{program.log.stem} ended with {code}: {last}"] += 1
            program.start()

    def _feed(self) -> None:
        """Keep so many tasks open; more would only wait for their turn to be verified."""
        open_tasks = sum(status not in ENDS for status in self.fleet.statuses().values())
        if (lacking := self.weather.tasks - open_tasks) > 0:
            first = self._filed
            self._filed += lacking
            self.fleet.file(lacking, lane="light", paths=lambda n: f"notes/{first + n}.txt", attempts_max=100)

    def _settle(self) -> None:
        """No more blows: everything that was begun comes to its end."""
        began = time.monotonic()

        def over() -> bool:
            self._catch_up(float("inf"))
            for program in (*self.servers, *self.workers):
                self._again(program)
            return set(self.fleet.statuses().values()) <= ENDS

        try:
            until(over, self.weather.settle_s, "the end of every task")
        except AssertionError as error:
            left = {n: s for n, s in self.fleet.statuses().items() if s not in ENDS}
            self.books.wrong.append(f"{error}: {left}")
        self.books.settled_s = time.monotonic() - began
        for program in (*self.workers, *self.servers):
            code = program.stop() if program in self.servers else 0
            if code == FENCED_EXIT:  # it was frozen for too long when the storm was over
                self.books.fenced += 1
            elif code != 0:
                self.books.wrong.append(f"{program.log.stem} ended with {code} when it was asked to stop")
            program.kill()

    def _check(self) -> None:
        books, fleet = self.books, self.fleet
        statuses = fleet.statuses()
        books.statuses.update(statuses.values())
        books.wrong += [f"task {n} is {s}" for n, s in statuses.items() if s != "completed"][:20]
        told = _events(fleet)
        try:
            known = lives(told)
        except Impossible as error:
            books.wrong.append(str(error))
            known = {}
        for row in fleet.rows("SELECT id, status, fence FROM wl_task"):
            life = known.get(int(row["id"]))
            found = (row["status"], row["fence"], 1)
            if life is not None and (life.status.value, life.fence, life.ends) != found:
                books.wrong.append(f"task {row['id']} is {dict(row)}, its history says {life}")
        books.attempts = sum(len(life.claims) for life in known.values())
        books.lost = sum(event["kind"] == "lease.expired" for event in told)
        for name, sql in _NOTHING_LEFT.items():
            if left := fleet.rows(sql):
                books.wrong.append(f"{name}: {[dict(row) for row in left[:5]]}")
        self._check_landings(statuses)
        with fleet.database.engine().connect() as raw:
            sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            books.deadlocks = int(raw.exec_driver_sql(sql).scalar() or 0)
        if books.deadlocks:
            books.wrong.append(f"{books.deadlocks} deadlocks")

    def _check_landings(self, statuses: Mapping[int, str]) -> None:
        history = self.plant.git("log", "--format=%B", "main")
        landed = Counter(int(n) for n in re.findall(r"^Windlass-Task: (\d+)$", history, re.MULTILINE))
        self.books.landed = sum(landed.values())
        done = {task for task, status in statuses.items() if status == "completed"}
        self.books.wrong += [f"task {task} landed {n} times" for task, n in landed.items() if n > 1]
        self.books.wrong += [f"task {task} is completed and nowhere" for task in sorted(done - set(landed))]
        self.books.wrong += [f"task {task} landed and is not completed" for task in set(landed) - done]
        if said := self.plant.git("fsck", "--strict", "--no-dangling"):
            self.books.wrong.append(f"git fsck: {said[:300]}")


_NOTHING_LEFT = {
    "leases": "SELECT task_id, worker FROM wl_lease",
    "two submissions under one fence": "SELECT task_id, fence FROM wl_submission GROUP BY task_id, fence"
    " HAVING count(*) > 1",
    "attempts without an end": "SELECT task_id, fence FROM wl_attempt WHERE outcome IS NULL",
    "landings under way": "SELECT id, state FROM wl_landing WHERE state NOT IN"
    " ('landed', 'proposed', 'ejected')",
    "two landings of one submission": "SELECT task_id, fence FROM wl_landing GROUP BY task_id, fence"
    " HAVING count(*) > 1",
}


def _events(fleet: Fleet) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        rows = fleet.rows(
            "SELECT seq, kind, task_id AS task, fence, data FROM wl_event WHERE task_id IS NOT NULL"
            " AND seq > :after ORDER BY seq LIMIT :limit",
            after=found[-1]["seq"] if found else 0, limit=PAGE,
        )  # fmt: skip
        found += [{**row, "data": json.loads(row["data"] or "{}")} for row in rows]
        if len(rows) < PAGE:
            return found


def database_target(url: str) -> tuple[str, int] | str:
    """Where the server behind a database URL listens: an address, or its unix socket."""
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host", [""])[0]
    port = parts.port or 5432
    return f"{folder}/.s.PGSQL.{port}" if folder.startswith("/") else (parts.hostname or folder, port)


def proxied(url: str, port: int) -> str:
    """The same database by way of a proxy on this port."""
    parts = urlsplit(url)
    user = parts.username or "postgres"
    return f"postgresql://{user}@127.0.0.1:{port}{parts.path}"
