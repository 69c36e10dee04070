"""One NOTIFY for many commits."""

import threading
import time

import psycopg

from windlass.store import Database, open_database
from windlass.store.bell import CHANNEL
from windlass.store.notifier import Notifier

TOUCH = (
    "INSERT INTO wl_cursor (consumer, xid, seq) VALUES ('n', '0', 0)"
    " ON CONFLICT (consumer) DO UPDATE SET seq = wl_cursor.seq + 1"
)


def heard(url: str, seconds: float) -> int:
    with psycopg.connect(url, autocommit=True) as ear:
        ear.execute(f"LISTEN {CHANNEL}")
        return sum(1 for _ in ear.notifies(timeout=seconds))


def test_many_commits_are_told_a_few_times(postgres: Database) -> None:
    counts: list[int] = []
    ear = threading.Thread(target=lambda: counts.append(heard(postgres.url, 1.5)))
    ear.start()
    time.sleep(0.3)
    until, commits = time.monotonic() + 0.5, 0
    while time.monotonic() < until:
        postgres.write(lambda tx: tx.execute(TOUCH))
        commits += 1
    ear.join()
    assert 1 <= counts[0] <= 0.5 / 0.015 + 3
    assert commits > counts[0]


def test_the_last_commit_is_told_before_the_process_leaves(postgres: Database) -> None:
    counts: list[int] = []
    ear = threading.Thread(target=lambda: counts.append(heard(postgres.url, 1.0)))
    ear.start()
    time.sleep(0.3)
    short = open_database(postgres.url)
    short.write(lambda tx: tx.execute(TOUCH))
    short.close()
    ear.join()
    assert counts[0] >= 1


def test_a_server_that_is_away_holds_nobody_up() -> None:
    def away() -> "psycopg.Connection[object]":
        raise psycopg.OperationalError("nobody there")

    notifier = Notifier(away)
    began = time.monotonic()
    notifier.ring()
    assert time.monotonic() - began < 10
    notifier.close()
    assert time.monotonic() - began < 30


def test_who_never_commits_has_no_thread(postgres: Database) -> None:
    before = threading.active_count()
    other = open_database(postgres.url)
    other.read(lambda tx: tx.rows("SELECT 1"))
    assert threading.active_count() == before
    other.close()
