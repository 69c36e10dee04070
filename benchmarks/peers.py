"""What all engines of benchmarks/claim.py share, and its peers on PostgreSQL."""

import asyncio
import itertools
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import pgqueuer
import pgqueuer.db
import pgqueuer.queries
import procrastinate
import psycopg
from pgqueuer.ports.repository import EntrypointExecutionParameter

CHUNK = 20_000


@dataclass(frozen=True)
class Ran:
    """One round: cycles per second and, where the engine lets us measure it, milliseconds of single
    claims; `kib` is what was written for a cycle.
    """

    cycles_s: float
    p50_ms: float | None
    p99_ms: float | None
    kib: float | None = None


class Engine(Protocol):
    name: str
    database: str

    def fill(self, jobs: int) -> None: ...
    def settle(self) -> None: ...
    def run(self, claimers: int, seconds: float) -> Ran: ...
    def place(self) -> str: ...
    def close(self) -> None: ...


def threads(claimers: int, seconds: float, cycle: Callable[[int], float | None]) -> Ran:
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


def tidy(url: str, table: str) -> None:
    """What the server does by itself a minute after a bulk load, so that it does not fall into a round."""
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute(f"VACUUM ANALYZE {table}")
        raw.execute("CHECKPOINT")


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
        tidy(self._url, "pgqueuer")

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


def open_procrastinate(url: str, connections: int) -> procrastinate.App:
    return procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=connections)
    )


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
        tidy(self._url, "procrastinate_jobs")

    def run(self, claimers: int, seconds: float) -> Ran:
        return asyncio.run(self._run(claimers, seconds))

    async def _run(self, claimers: int, seconds: float) -> Ran:
        app = open_procrastinate(self._url, min(claimers + 3, 20))
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
