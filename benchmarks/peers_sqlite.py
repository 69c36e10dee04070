"""The queues on SQLite that windlass is measured beside; benchmarks/claim.py says how they differ."""

import logging
import sqlite3
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import huey
import litequeue
import localqueue
import persistqueue
import sqlalchemy as sa
from dbos import DBOS
from peers import CHUNK, Ran, threads

LEASE_S: Final = 300.0
POLL_S: Final = 0.001
"""How often DBOS looks for work; it takes no more than its workers can run at once."""
FIRST_S: Final = 20.0
"""How long DBOS may take to begin with the first job."""
FRESH: Final = """
    WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :jobs)
    SELECT lower(hex(randomblob(16))) AS id, :jobs - n AS older_ms FROM s
"""
COPIED: Final = {
    "workflow_uuid": "fresh.id", "queue_name": "'bench'", "created_at": "was.created_at - fresh.older_ms"
}  # fmt: skip
"""What differs in a copied workflow of DBOS."""


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

        return threads(claimers, seconds, cycle)

    def place(self) -> str:
        return str(self._path)

    def close(self) -> None:
        self._huey.storage.close()


def open_litequeue(place: str | Path) -> Any:
    queue = litequeue.LiteQueue(place, timeout=60)
    queue.conn.execute("PRAGMA synchronous = FULL")
    return queue


class Litequeue:
    def __init__(self, folder: Path) -> None:
        self.name, self.database = "litequeue", "sqlite"
        self._path = folder / "litequeue.db"
        open_litequeue(self._path).conn.close()

    def fill(self, jobs: int) -> None:
        with sqlite3.connect(self._path) as raw:
            rows = ((str(litequeue.uuid7()), time.time_ns()) for _ in range(jobs))
            insert = "INSERT INTO Queue (data, message_id, status, in_time) VALUES ('', ?, 0, ?)"
            raw.executemany(insert, rows)

    def settle(self) -> None:
        with sqlite3.connect(self._path) as raw:
            raw.execute("ANALYZE")

    def run(self, claimers: int, seconds: float) -> Ran:
        queues = [open_litequeue(self._path) for _ in range(claimers)]

        def cycle(number: int) -> float | None:
            began = time.perf_counter()
            message = queues[number].pop()
            took = time.perf_counter() - began
            if message is None:
                return None
            queues[number].done(message.message_id)
            return took

        ran = threads(claimers, seconds, cycle)
        for queue in queues:
            queue.conn.close()
        return ran

    def place(self) -> str:
        return str(self._path)

    def close(self) -> None:
        return None


def open_localqueue(place: str | Path, lease_s: float) -> Any:
    return localqueue.SimpleQueue(
        str(place), "bench", durability=localqueue.DurabilityMode.DURABLE,
        delivery=localqueue.DeliveryPolicy(lease_seconds=lease_s),
    )  # fmt: skip


class Localqueue:
    """One handle for all threads, which is how its own worker shares it."""

    def __init__(self, folder: Path) -> None:
        self.name, self.database = "localqueue", "sqlite"
        self._folder = folder / "localqueue"
        self._queue = open_localqueue(self._folder, LEASE_S)

    def fill(self, jobs: int) -> None:
        for first in range(0, jobs, CHUNK):
            self._queue.put_many([""] * min(CHUNK, jobs - first))

    def settle(self) -> None:
        return None

    def run(self, claimers: int, seconds: float) -> Ran:
        def cycle(number: int) -> float | None:
            began = time.perf_counter()
            try:
                job = self._queue.get(timeout=0)
            except localqueue.Empty:
                return None
            took = time.perf_counter() - began
            self._queue.ack(job)
            return took

        return threads(claimers, seconds, cycle)

    def place(self) -> str:
        return str(self._folder)

    def close(self) -> None:
        self._queue.close()


def open_persistqueue(place: str | Path) -> Any:
    """Opening it takes back every job that was claimed and not acknowledged, whoever has it."""
    queue = persistqueue.SQLiteAckQueue(str(place), name="bench", multithreading=True, timeout=60)
    queue._putter.execute("PRAGMA synchronous = FULL")  # SQLite's own default; it offers no setting
    return queue


class PersistQueue:
    def __init__(self, folder: Path) -> None:
        self.name, self.database = "persist-queue", "sqlite"
        self._folder = folder / "persistqueue"
        self._queue = open_persistqueue(self._folder)

    def fill(self, jobs: int) -> None:
        """Beside filling, drop what is acknowledged: every claim reads past it otherwise."""
        self._queue.clear_acked_data(max_delete=0, keep_latest=0)
        empty = persistqueue.serializers.pickle.dumps("")
        with sqlite3.connect(self._folder / "data.db", timeout=60) as raw:
            rows = ((empty, time.time()) for _ in range(jobs))
            raw.executemany("INSERT INTO ack_queue_bench (data, timestamp, status) VALUES (?, ?, 0)", rows)

    def settle(self) -> None:
        return None

    def run(self, claimers: int, seconds: float) -> Ran:
        def cycle(number: int) -> float | None:
            began = time.perf_counter()
            try:
                job = self._queue.get(block=False, raw=True)
            except persistqueue.Empty:
                return None
            took = time.perf_counter() - began
            self._queue.ack(id=job["pqid"])
            return took

        return threads(claimers, seconds, cycle)

    def place(self) -> str:
        return str(self._folder)

    def close(self) -> None:
        self._queue.close()


def serve_dbos(place: str, executor: str, at_once: int, body: Callable[[], None]) -> sa.Engine:
    """Run the workflows of the queue in this process, `at_once` of them; there is one DBOS per process."""
    warnings.filterwarnings("ignore", module="dbos")
    logging.getLogger("dbos").setLevel(logging.CRITICAL)
    engine = sa.create_engine(f"sqlite:///{place}", connect_args={"timeout": 60}, pool_size=20)

    @sa.event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: object) -> None:
        raw.isolation_level = "IMMEDIATE"
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            raw.execute(f"PRAGMA {setting}")

    DBOS(
        config={
            "name": "bench", "application_version": "bench", "executor_id": executor,
            "system_database_url": f"sqlite:///{place}", "system_database_engine": engine,
            "log_level": "CRITICAL",
        }
    )  # fmt: skip
    DBOS.workflow(name="noop")(body)
    DBOS.listen_queues(["bench"])
    DBOS.launch()
    DBOS.register_queue(
        "bench", worker_concurrency=at_once, polling_interval_sec=POLL_S, on_conflict="always_update"
    )
    return engine


def stop_dbos(engine: sa.Engine) -> None:
    DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=0)
    engine.dispose()


def _noop() -> None:
    return None


class Dbos:
    def __init__(self, folder: Path) -> None:
        self.name, self.database = "dbos", "sqlite"
        self._path = folder / "dbos.db"
        engine = serve_dbos(self.place(), "bench", 1, _noop)
        DBOS.register_queue("model")  # nobody listens to it: its only workflow is copied, never run
        DBOS.enqueue_workflow("model", _noop)
        stop_dbos(engine)

    def fill(self, jobs: int) -> None:
        """Copy the rows of a workflow that DBOS has queued itself: its status and its input."""
        with sqlite3.connect(self._path, timeout=60) as raw:
            raw.execute("CREATE TEMP TABLE fresh AS " + FRESH, {"jobs": max(jobs, 1)})
            ask = "SELECT workflow_uuid FROM workflow_status WHERE queue_name = 'model'"
            model = raw.execute(ask).fetchone()
            for table in ("workflow_status", "workflow_input"):
                names = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
                values = ", ".join(COPIED.get(name, f"was.{name}") for name in names)
                raw.execute(
                    f"INSERT INTO {table} ({', '.join(names)})"
                    f" SELECT {values} FROM {table} AS was, fresh WHERE was.workflow_uuid = ?",
                    model,
                )

    def settle(self) -> None:
        with sqlite3.connect(self._path) as raw:
            raw.execute("ANALYZE")

    def run(self, claimers: int, seconds: float) -> Ran:
        done: list[None] = []
        engine = serve_dbos(self.place(), "bench", claimers, lambda: done.append(None))
        until = time.monotonic() + FIRST_S
        while not done and time.monotonic() < until:
            time.sleep(0.005)
        began, at_start = time.perf_counter(), len(done)
        time.sleep(seconds)
        finished, took = len(done) - at_start, time.perf_counter() - began
        stop_dbos(engine)
        return Ran(finished / took, None, None)

    def place(self) -> str:
        return str(self._path)

    def close(self) -> None:
        return None
