"""Bells ring for commits of this process at once, and for those of other processes soon."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from windlass.kernel import FixedClock
from windlass.store import Bell, Database, migrate, open_database

ADD = "INSERT INTO wl_cursor (consumer, xid, seq) VALUES (:name, '0', 0) ON CONFLICT (consumer) DO NOTHING"


def write(database: Database, name: str) -> None:
    database.write(lambda tx: tx.execute(ADD, name=name))


def quiet(database: Database) -> Bell:
    """A bell that has heard everything there was."""
    bell = database.bell()
    while bell.wait(0.1):
        pass
    return bell


def test_a_commit_of_this_process_rings_at_once(database: Database) -> None:
    bell = quiet(database)
    took: list[float] = []

    def listen() -> None:
        assert bell.wait(60)
        took.append(time.monotonic())

    thread = threading.Thread(target=listen)
    thread.start()
    time.sleep(0.1)
    began = time.monotonic()
    write(database, "a")
    thread.join()
    assert took[0] - began < 20
    bell.close()


def test_a_commit_before_the_wait_is_not_missed(database: Database) -> None:
    bell = quiet(database)
    write(database, "a")
    assert bell.wait(0)
    bell.close()


def test_silence_ends_with_the_time(database: Database) -> None:
    bell = quiet(database)
    began = time.monotonic()
    assert not bell.wait(0.15)
    assert 0.1 < time.monotonic() - began < 30
    bell.close()


def test_a_write_that_failed_is_no_news(database: Database) -> None:
    bell = quiet(database)
    with pytest.raises(ZeroDivisionError):
        database.write(lambda tx: 1 // 0)
    assert not bell.wait(0.1)
    bell.close()


def test_anybody_may_wake_who_waits(database: Database) -> None:
    bell = quiet(database)
    threading.Timer(0.1, bell.wake).start()
    began = time.monotonic()
    assert bell.wait(60)
    assert time.monotonic() - began < 30
    bell.close()
    bell.wake()  # late, and harmless
    write(database, "after the close")


def test_a_commit_of_another_process_rings(request: pytest.FixtureRequest, database: Database) -> None:
    bell = quiet(database)
    program = (
        "import sys; from windlass.store import open_database; d = open_database(sys.argv[1]);"
        f' d.write(lambda tx: tx.execute("{ADD}", name="other")); d.close()'
    )
    child = subprocess.Popen([sys.executable, "-c", program, database.url])
    assert bell.wait(60)
    assert child.wait() == 0
    bell.close()


def test_a_bell_in_memory_needs_no_file(clock: FixedClock, tmp_path: Path) -> None:
    database = open_database("sqlite://", clock=clock)
    bell = database.bell()
    assert not bell.wait(0.02)
    database.write(lambda tx: tx.execute("CREATE TABLE one (a)"))
    assert bell.wait(0)
    bell.close()


def test_a_bell_hears_again_after_its_server_connection_broke(postgres: Database) -> None:
    bell, other = quiet(postgres), open_database(postgres.url)
    kill = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        " AND datname = current_database()"
    )
    postgres.read(lambda tx: tx.rows(kill))
    until = time.monotonic() + 60
    while bell.wait(0.2) and time.monotonic() < until:
        pass
    time.sleep(0.6)
    assert bell.wait(30)  # listens anew and says: look
    while bell.wait(0.1):
        pass
    write(other, "b")
    assert bell.wait(30)
    bell.close()
    other.close()


def test_a_new_database_can_be_listened_to_before_its_tables_exist(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/new.db")
    bell = database.bell()
    migrate(database)
    assert bell.wait(30)
    bell.close()
    database.close()
