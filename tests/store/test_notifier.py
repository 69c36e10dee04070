"""One NOTIFY for many commits."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from windlass.store import Database, open_database
from windlass.store.bell import CHANNEL
from windlass.store.notifier import TOLD_EVERY_S, Notifier

TOUCH = (
    "INSERT INTO wl_cursor (consumer, xid, seq) VALUES ('n', '0', 0)"
    " ON CONFLICT (consumer) DO UPDATE SET seq = wl_cursor.seq + 1"
)


@contextmanager
def listening(url: str) -> Iterator[psycopg.Connection]:
    """What is told from here on waits in this connection."""
    with psycopg.connect(url, autocommit=True) as ear:
        ear.execute(f"LISTEN {CHANNEL}")
        yield ear


def heard(ear: psycopg.Connection) -> int:
    """How often it was told, up to a silence; the first time may be long in coming."""
    first = sum(1 for _ in ear.notifies(timeout=60, stop_after=1))
    return first + sum(1 for _ in ear.notifies(timeout=1))


def test_many_commits_are_told_a_few_times(postgres: Database) -> None:
    with listening(postgres.url) as ear:
        began, took, commits = time.monotonic(), 0.0, 0
        while took < 0.5:
            postgres.write(lambda tx: tx.execute(TOUCH))
            commits, took = commits + 1, time.monotonic() - began
        assert 1 <= heard(ear) <= min(commits, took / TOLD_EVERY_S + 3)


def test_what_is_committed_while_it_is_busy_is_told_at_once(postgres: Database) -> None:
    free = threading.Event()

    def connect() -> psycopg.Connection:
        assert free.wait(60)
        return psycopg.connect(postgres.url, autocommit=True)

    with listening(postgres.url) as ear:
        notifier = Notifier(connect)
        for _ in range(100):
            notifier.ring()
        free.set()
        assert 1 <= heard(ear) <= 2
        notifier.close()


def test_the_last_commit_is_told_before_the_process_leaves(postgres: Database) -> None:
    with listening(postgres.url) as ear:
        short = open_database(postgres.url)
        short.write(lambda tx: tx.execute(TOUCH))
        short.close()
        assert heard(ear) >= 1


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
