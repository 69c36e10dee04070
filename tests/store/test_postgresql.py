"""PostgreSQL: retries of whole transactions, clear errors."""

import threading

import psycopg
import pytest

from windlass.kernel import Unavailable
from windlass.store import Database, Transaction, open_database


def test_a_transaction_is_retried_when_its_connection_dies(postgres: Database, postgres_url: str) -> None:
    tries = []

    def work(tx: Transaction) -> int:
        tries.append(1)
        pid = tx.scalar("SELECT pg_backend_pid()")
        if len(tries) == 1:
            with psycopg.connect(postgres_url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (pid,))
        return int(tx.scalar("SELECT 7"))

    assert (postgres.write(work), len(tries)) == (7, 2)


def test_a_deadlock_is_retried_and_both_finish(postgres: Database) -> None:
    for name in "ab":
        postgres.write(lambda tx, n=name: tx.execute("INSERT INTO wl_cursor VALUES (:n, '0', 0)", n=n))
    gate = threading.Barrier(2, timeout=60)
    done: list[str] = []

    def cross(first: str, second: str) -> None:
        met = []

        def work(tx: Transaction) -> None:
            tx.execute("UPDATE wl_cursor SET seq = seq + 1 WHERE consumer = :n", n=first)
            if not met:
                met.append(1)
                gate.wait()
            tx.execute("UPDATE wl_cursor SET seq = seq + 1 WHERE consumer = :n", n=second)

        postgres.write(work)
        done.append(first)

    threads = [threading.Thread(target=cross, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(done) == ["a", "b"]
    assert postgres.read(lambda tx: tx.scalar("SELECT sum(seq) FROM wl_cursor")) == 4


def test_an_unreachable_server_is_a_clear_error() -> None:
    database = open_database("postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9/none"):
        database.read(lambda tx: tx.scalar("SELECT 1"))
