"""SQLite: group commit, isolation of failures, durability across kill -9."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from windlass.kernel import Unavailable, WindlassError
from windlass.store import Database, SqliteDatabase, Transaction, open_database

COUNT = "SELECT count(*) FROM wl_cursor"


def add(tx: Transaction, name: str) -> None:
    tx.execute("INSERT INTO wl_cursor (consumer, xid, seq) VALUES (:n, '0', 0)", n=name)


def test_a_failing_call_undoes_only_itself(sqlite: Database) -> None:
    def broken(tx: Transaction) -> None:
        add(tx, "lost")
        raise KeyError("mine")

    errors: list[Exception] = []

    def fail() -> None:
        try:
            sqlite.write(broken)
        except KeyError as error:
            errors.append(error)

    threads = [threading.Thread(target=fail) for _ in range(8)]
    threads += [
        threading.Thread(target=lambda n=n: sqlite.write(lambda tx: add(tx, f"kept{n}"))) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(errors), sqlite.read(lambda tx: tx.scalar(COUNT))) == (8, 8)


def test_a_nested_write_is_refused_instead_of_hanging(sqlite: Database) -> None:
    with pytest.raises(WindlassError, match="inside another"):
        sqlite.write(lambda tx: sqlite.write(lambda inner: add(inner, "x")))


def test_a_reader_sees_one_moment(sqlite: Database) -> None:
    def look(tx: Transaction) -> tuple[int, int]:
        first = tx.scalar(COUNT)
        sqlite.write(lambda other: add(other, "meanwhile"))
        return first, tx.scalar(COUNT)

    assert sqlite.read(look) == (0, 0)


def test_a_snapshot_opens_in_memory(sqlite: SqliteDatabase) -> None:
    sqlite.write(lambda tx: add(tx, "a"))
    copy = SqliteDatabase("sqlite://")
    copy.restore(sqlite.snapshot())
    assert copy.read(lambda tx: tx.scalar(COUNT)) == 1


def test_a_directory_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"nowhere/x\.db") as caught:
        open_database(f"sqlite:///{tmp_path}/nowhere/x.db")
    assert "doctor" in caught.value.hint


def test_the_log_is_checkpointed_now_and_then_not_at_every_commit(
    sqlite: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("windlass.store.sqlite.CHECKPOINT_PAGES", 10)
    monkeypatch.setattr("windlass.store.sqlite.CHECKPOINT_CHANGES", 50)
    seen: list[str] = []
    sqlite._raw.set_trace_callback(lambda sql: seen.append(sql) if "checkpoint" in sql else None)
    for number in range(40):
        sqlite.write(lambda tx, n=f"{number}": add(tx, n))
    first = len(seen)
    for number in range(200):
        sqlite.write(lambda tx, n=f"more{number}": add(tx, n))
    assert 2 <= len(seen) - first <= 12
    assert os.stat(sqlite.url.removeprefix("sqlite:///") + "-wal").st_size < 2_000_000


CHILD = """
import sys
from windlass.store import open_database
db = open_database(sys.argv[1])
n = 0
while True:
    db.write(lambda tx: tx.execute("INSERT INTO wl_cursor (consumer, xid, seq) VALUES (:n, 0, 0)", n=str(n)))
    print(n, flush=True)
    n += 1
"""


def test_what_was_acknowledged_survives_kill_9(sqlite: Database, tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, sqlite.url], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    last = ""
    for line in child.stdout:
        last = line
        if int(line) > 200:
            break
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert sqlite.read(lambda tx: tx.scalar(COUNT)) >= int(last)
