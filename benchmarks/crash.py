"""What a dead claimer costs, measured: a child claims a job and is killed with -9; is the job offered again?

    python benchmarks/crash.py hold ENGINE PLACE     # the child: claims one job, prints its id, waits

`offered_again` is what benchmarks/claim.py prints: `yes` when an ordinary claim got the job within WAIT_S
after what the engine calls dead (lease or heartbeat of DEAD_S), `no` when it did not. Jobs that only an
operator's own code may take back count as no.
"""

import asyncio
import hashlib
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import huey
import pgqueuer.db
import pgqueuer.queries
import procrastinate
import psycopg
from pgqueuer.ports.repository import EntrypointExecutionParameter

from windlass.dispatch import desk, lane_id
from windlass.dispatch.model import Post
from windlass.dispatch.records import sweep
from windlass.store import open_database

DEAD_S: Final = 1.0
WAIT_S: Final = 3.0
LOOK: Final = 200
"""Claims that are tried to meet the lost job again."""


def windlass(place: str) -> Callable[[], str]:
    store = open_database(place)
    post = Post((store.write(lambda tx: lane_id(tx, 1, "bench")),), "bench", DEAD_S)

    def claim() -> str:
        store.write(lambda tx: sweep(tx, tx.now()))  # every node does this all the time
        found = desk.take(store, post, "w")
        return str(found[0].id) if found else ""

    return claim


def huey_queue(place: str) -> Callable[[], str]:
    queue = huey.SqliteHuey("bench", filename=place, fsync=True, results=False, timeout=60)
    return lambda: hashlib.sha256(queue.storage.dequeue() or b"").hexdigest()


def pgqueuer_queue(place: str) -> Callable[[], str]:
    wanted = {"noop": EntrypointExecutionParameter(concurrency_limit=0)}
    manager = uuid.uuid4()

    async def once() -> str:
        async with await psycopg.AsyncConnection.connect(place, autocommit=True) as raw:
            queries = pgqueuer.queries.Queries(pgqueuer.db.PsycopgDriver(raw))
            jobs = await queries.dequeue(1, wanted, manager, None, timedelta(seconds=DEAD_S))
            return str(jobs[0].id) if jobs else ""

    return lambda: asyncio.run(once())


def procrastinate_queue(place: str) -> Callable[[], str]:
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=place, min_size=1, max_size=2))

    async def once() -> str:
        async with app.open_async():
            worker = await app.job_manager.register_worker()
            job = await app.job_manager.fetch_job(["bench"], worker)
            return str(job.id) if job else ""

    return lambda: asyncio.run(once())


ENGINES: Final = {
    "windlass": windlass, "huey": huey_queue, "pgqueuer": pgqueuer_queue,
    "procrastinate": procrastinate_queue,
}  # fmt: skip


def offered_again(engine: str, place: str) -> str:
    """`yes`, `no`, or `not measured` for an engine that is not in ENGINES."""
    if engine not in ENGINES:
        return "not measured"
    child = subprocess.Popen(
        [sys.executable, __file__, "hold", engine, place], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    lost = child.stdout.readline().strip()
    child.send_signal(signal.SIGKILL)
    child.wait()
    if not lost:
        return "not measured"
    time.sleep(DEAD_S + 0.2)
    claim, until = ENGINES[engine](place), time.monotonic() + WAIT_S
    for _ in range(LOOK):
        if claim() == lost:
            return "yes"
        if time.monotonic() > until:
            break
    return "no"


if __name__ == "__main__":
    print(ENGINES[sys.argv[2]](sys.argv[3])(), flush=True)
    time.sleep(600)
