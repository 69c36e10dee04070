"""What a dead claimer costs, measured: a process claims a job and is killed with -9; who gets the job then?

    python benchmarks/crash.py '{"huey": "/tmp/huey.db", "litequeue": "/tmp/litequeue.db"}'

PLACES are databases that hold jobs, one for each engine; the answer says for each of them:

- `yes`: another claimer, which was there all along, got the job by ordinary claims, within WAIT_S after
  what the engine calls dead (lease or heartbeat of DEAD_S).
- `at restart`: it did not, but the dead claimer, started again under its own name, got it: DBOS recovers what
  its own executor id had begun, persist-queue takes back all that is unacknowledged whenever it is
  opened, also what a living claimer holds.
- `no`: neither. Jobs that only an operator's own code may take back (litequeue's `retry` after `list_locked`,
  Procrastinate's `retry_job` after `get_stalled_jobs`) count as no.
- `not measured`: there was no job to claim, or no claim is known for the engine.
"""

import asyncio
import hashlib
import json
import multiprocessing
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Final

import huey
import localqueue
import persistqueue
import pgqueuer.db
import pgqueuer.queries
import psycopg
from dbos import DBOS
from peers import open_procrastinate
from peers_sqlite import open_litequeue, open_localqueue, open_persistqueue, serve_dbos
from pgqueuer.ports.repository import EntrypointExecutionParameter

from windlass.dispatch import desk, lane_id
from windlass.dispatch.model import Post
from windlass.dispatch.records import sweep
from windlass.store import open_database

DEAD_S: Final = 1.0
WAIT_S: Final = 10.0
OPEN_S: Final = 60.0
"""How long an engine may take to open and to claim its first job."""
LOOK: Final = 50
"""Jobs that are claimed to meet the lost one again; it was the first when it was lost."""
NOTHING: Final = ""

Claim = Callable[[], str]
"""Claims a job and answers with its id; NOTHING when there is none."""


def windlass(place: str, who: str) -> Claim:
    store = open_database(place)
    post = Post((store.write(lambda tx: lane_id(tx, 1, "bench")),), "bench", DEAD_S)

    def claim() -> str:
        store.write(lambda tx: sweep(tx, tx.now()))  # every node does this all the time
        found = desk.take(store, post, who)
        return str(found[0].id) if found else NOTHING

    return claim


def huey_queue(place: str, who: str) -> Claim:
    tasks = huey.SqliteHuey("bench", filename=place, fsync=True, results=False, timeout=60)

    def claim() -> str:
        data = tasks.storage.dequeue()
        return hashlib.sha256(data).hexdigest() if data else NOTHING

    return claim


def litequeue_queue(place: str, who: str) -> Claim:
    messages = open_litequeue(place)

    def claim() -> str:
        message = messages.pop()
        return str(message.message_id) if message else NOTHING

    return claim


def localqueue_queue(place: str, who: str) -> Claim:
    jobs = open_localqueue(place, DEAD_S)

    def claim() -> str:
        try:
            return str(jobs.get(timeout=0).id)
        except localqueue.Empty:
            return NOTHING

    return claim


def persistqueue_queue(place: str, who: str) -> Claim:
    jobs = open_persistqueue(place)

    def claim() -> str:
        try:
            return str(jobs.get(block=False, raw=True)["pqid"])
        except persistqueue.Empty:
            return NOTHING

    return claim


def dbos_queue(place: str, who: str) -> Claim:
    """DBOS hands out jobs by itself; one waits in its body until the next is wanted."""
    begun: queue.SimpleQueue[str] = queue.SimpleQueue()
    first, wanted = threading.Event(), threading.Semaphore(0)

    def noop() -> None:
        begun.put(str(DBOS.workflow_id))
        wanted.acquire()

    def claim() -> str:
        if first.is_set():
            wanted.release()
        try:
            found = begun.get(timeout=WAIT_S)
        except queue.Empty:
            return NOTHING
        first.set()
        return found

    serve_dbos(place, who, 1, noop)
    return claim


def pgqueuer_queue(place: str, who: str) -> Claim:
    wanted = {"noop": EntrypointExecutionParameter(concurrency_limit=0)}
    manager = uuid.uuid4()

    async def once() -> str:
        async with await psycopg.AsyncConnection.connect(place, autocommit=True) as raw:
            queries = pgqueuer.queries.Queries(pgqueuer.db.PsycopgDriver(raw))
            jobs = await queries.dequeue(1, wanted, manager, None, timedelta(seconds=DEAD_S))
            return str(jobs[0].id) if jobs else NOTHING

    return lambda: asyncio.run(once())


def procrastinate_queue(place: str, who: str) -> Claim:
    app = open_procrastinate(place, 2)

    async def once() -> str:
        async with app.open_async():
            worker = await app.job_manager.register_worker()
            job = await app.job_manager.fetch_job(["bench"], worker)
            return str(job.id) if job else NOTHING

    return lambda: asyncio.run(once())


ENGINES: Final[dict[str, Callable[[str, str], Claim]]] = {
    "windlass": windlass, "huey": huey_queue, "litequeue": litequeue_queue, "localqueue": localqueue_queue,
    "persist-queue": persistqueue_queue, "dbos": dbos_queue, "pgqueuer": pgqueuer_queue,
    "procrastinate": procrastinate_queue,
}  # fmt: skip


class Claimer:
    """A process with the queue open, which claims one job whenever it is asked."""

    def __init__(self, engine: str, place: str, who: str) -> None:
        """Forked, so that nobody waits for imports again: call it before this process has threads."""
        forks = multiprocessing.get_context("fork")
        self._wire, far = forks.Pipe()
        self._process = forks.Process(target=_serve, args=(far, engine, place, who), daemon=True)
        self._process.start()
        far.close()

    def opened(self) -> None:
        self._answer(OPEN_S)

    def claim(self, wait_s: float) -> str:
        self._wire.send(True)
        return self._answer(wait_s)

    def meets(self, lost: str) -> bool:
        """Whether one of the next claims is the lost job."""
        until, looks = time.monotonic() + WAIT_S, 0
        while looks < LOOK and time.monotonic() < until:
            found = self.claim(WAIT_S)
            if found == lost:
                return True
            looks += found != NOTHING
            time.sleep(0.0 if found else 0.02)
        return False

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._wire.close()

    def _answer(self, wait_s: float) -> str:
        return str(self._wire.recv()) if self._wire.poll(wait_s) else NOTHING


def _serve(wire: Connection, engine: str, place: str, who: str) -> None:
    claim = ENGINES[engine](place, who)
    wire.send("open")
    while wire.recv():
        wire.send(claim())


def measure(places: Mapping[str, str]) -> dict[str, str]:
    """Kill one claimer of each engine and see who gets its job; a second word of a name does not matter."""
    known = {name: place for name, place in places.items() if name.split()[0] in ENGINES}
    others = _open(known, "other")
    dead = _open(known, "dead")
    lost = {name: claimer.claim(OPEN_S) for name, claimer in dead.items()}
    for claimer in dead.values():
        claimer.kill()
    time.sleep(DEAD_S + 0.2)
    answers = dict.fromkeys(places, "not measured")
    for name, other in others.items():
        if lost[name]:
            answers[name] = "yes" if other.meets(lost[name]) else "no"
        other.kill()
    again = _open({name: known[name] for name in known if answers[name] == "no"}, "dead")
    for name, claimer in again.items():
        answers[name] = "at restart" if claimer.meets(lost[name]) else "no"
        claimer.kill()
    return answers


def _open(places: Mapping[str, str], who: str) -> dict[str, Claimer]:
    claimers = {name: Claimer(name.split()[0], place, who) for name, place in places.items()}
    for claimer in claimers.values():
        claimer.opened()
    return claimers


def offered_again(places: Mapping[str, str]) -> dict[str, str]:
    """`measure` in a process of its own, from which claimers can be forked."""
    ran = subprocess.run(
        [sys.executable, __file__, json.dumps(dict(places))], stdout=subprocess.PIPE, text=True, check=True
    )
    answers: dict[str, str] = json.loads(ran.stdout)
    return answers


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]))))
