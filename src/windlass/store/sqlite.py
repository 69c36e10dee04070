"""SQLite: one writing connection with group commit, the only checkpointer; readers on their own connections.

Group commit: calls that wait at the same time share one BEGIN IMMEDIATE … COMMIT, a savepoint each, so one
fsync carries them all and a failing call undoes only itself. One of the callers runs them all (combining.py):
a caller who is alone pays for no change of threads. Only the writing connection checkpoints, which avoids the
WAL-reset bug of SQLite before 3.51.3 (sqlite.org/wal.html#walresetbug).
"""

import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from windlass.kernel import Clock, Unavailable, WindlassError
from windlass.store.bell import SqliteBell, Tower
from windlass.store.combining import Combiner
from windlass.store.later import Later
from windlass.store.transaction import Dialect, Row, Statement, Transaction

if TYPE_CHECKING:
    import sqlalchemy as sa

    from windlass.store import alchemy
else:
    alchemy = Later("windlass.store.alchemy")

T = TypeVar("T")

READERS_MAX = 16
BUSY_TIMEOUT_MS = 30_000
CHECKPOINT_PAGES = 2_000
"""WAL pages (4 KiB each) from which on the writer checkpoints, when the log grew, or after"""
CHECKPOINT_CHANGES = 4_000
"""changed rows since the last time."""


Work = Callable[[Transaction], Any]


class SqliteDatabase:
    dialect = Dialect.SQLITE

    def __init__(self, url: str, *, clock: Clock | None = None) -> None:
        self.url = url
        self.together = Combiner()
        self._tower = Tower()
        self._clock = clock
        self._path = url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else ":memory:"
        self._memory = self._path in (":memory:", "")
        self._raw = self._connect()
        self._dressed: sa.Connection | None = None
        self._tx = Transaction(self._raw, clock=clock, connection=self._connection)
        self._readers: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._writers = Combiner()
        self._writing: int | None = None
        """The thread that runs the writers' calls at this moment."""
        self._alone = threading.Lock()
        self._checked = (0, 0)
        """Size of the log and rows changed at the last checkpoint."""
        self._closed = False

    def write(self, work: Callable[[Transaction], T]) -> T:
        if self._closed:
            raise Unavailable("the database is closed")
        if self._memory:
            return self._inline(work)
        if self._writing == threading.get_ident():
            raise WindlassError("a transaction was started inside another one")
        done: T = self._writers.ask(None, work, self._serve)
        return done

    def run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        return self.write(lambda tx: [tx.rows(sql, **values) for sql, values in statements])

    def given_now(self) -> float | None:
        return None if self._clock is None else self._clock()

    def read(self, work: Callable[[Transaction], T]) -> T:
        if self._memory:
            return work(self._tx)
        raw = self._reader()
        try:
            raw.execute("BEGIN")
            try:
                return work(Transaction(raw, clock=self._clock, connection=_no_connection))
            finally:
                raw.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise down(error, self._path) from error
        finally:
            self._give_back(raw)

    def bell(self) -> SqliteBell:
        return SqliteBell(self._tower, None if self._memory else self._connect())

    def engine(self) -> "sa.Engine":
        """Another door to the same file: locks at the first change, synchronous=NORMAL, no checkpoints."""

        def prepare(raw: sqlite3.Connection) -> None:
            raw.isolation_level = "IMMEDIATE"
            _pragmas(raw, synchronous="NORMAL")

        return alchemy.engine(self._path, BUSY_TIMEOUT_MS / 1000, prepare)

    def snapshot(self) -> bytes:
        """The whole database as bytes; the simulation starts every seed from one migrated snapshot."""
        image = bytearray(self._raw.serialize())
        image[18:20] = b"\x01\x01"  # file format 1: a database in memory has no write-ahead log
        return bytes(image)

    def restore(self, snapshot: bytes) -> None:
        self._raw.deserialize(snapshot)

    def close(self) -> None:
        if self._closed:
            return
        with self._alone:
            self._closed = True
            while not self._readers.empty():
                self._readers.get_nowait().close()
            self._raw.close()

    def _connection(self) -> "sa.Connection":
        """The writer's own connection for SQLAlchemy, which never commits or closes it."""
        if self._dressed is None:
            self._dressed = alchemy.dressed(self._raw)
        return self._dressed

    def _connect(self) -> sqlite3.Connection:
        try:
            raw = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False, cached_statements=512
            )
            _pragmas(raw, synchronous="FULL")
        except sqlite3.Error as error:
            raise down(error, self._path) from error
        return raw

    def _inline(self, work: Callable[[Transaction], T]) -> T:
        self._raw.execute("BEGIN IMMEDIATE")
        try:
            result = work(self._tx)
            self._raw.execute("COMMIT")
        finally:
            self._undo()
        self._tower.ring()
        return result

    def _serve(self, batch: Sequence[Work]) -> list[Any]:
        with self._alone:
            if self._closed:
                raise Unavailable("the database is closed")
            self._writing = threading.get_ident()
            try:
                outcomes = self._commit(batch)
                self._tower.ring()
                self._checkpoint()
            finally:
                self._writing = None
        return outcomes

    def _commit(self, batch: Sequence[Work]) -> list[Any]:
        """Results and exceptions, once everything that did not fail is on the disk."""
        try:
            self._raw.execute("BEGIN IMMEDIATE")
            outcomes = [self._one(work) for work in batch] if len(batch) > 1 else [batch[0](self._tx)]
            self._raw.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise down(error, self._path) from error
        finally:
            self._undo()
        return outcomes

    def _undo(self) -> None:
        """Leave no transaction behind that was not committed."""
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")

    def _one(self, work: Work) -> Any:
        self._raw.execute("SAVEPOINT one")
        try:
            result = work(self._tx)
        except Exception as error:  # handed to the caller, whose thread decides
            if not self._raw.in_transaction:  # disk full or file gone: SQLite rolled everything back
                raise sqlite3.OperationalError(f"the transaction was rolled back: {error}") from error
            self._raw.execute("ROLLBACK TO one")
            self._raw.execute("RELEASE one")
            return down(error, self._path) if isinstance(error, sqlite3.OperationalError) else error
        self._raw.execute("RELEASE one")
        return result

    def _checkpoint(self) -> None:
        """The log's file keeps its size when the log begins anew: its size alone would checkpoint always."""
        changes = self._raw.total_changes
        try:
            size = os.stat(f"{self._path}-wal").st_size
            grown = size > self._checked[0] or changes - self._checked[1] >= CHECKPOINT_CHANGES
            if size > CHECKPOINT_PAGES * 4096 and grown:
                self._checked = (size, changes)
                self._raw.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except (OSError, sqlite3.Error):
            return  # the log only grows until the next try; nothing is lost

    def _reader(self) -> sqlite3.Connection:
        try:
            return self._readers.get_nowait()
        except queue.Empty:
            return self._connect()

    def _give_back(self, raw: sqlite3.Connection) -> None:
        if self._closed or self._readers.qsize() >= READERS_MAX:
            raw.close()
        else:
            self._readers.put(raw)


def _pragmas(raw: sqlite3.Connection, *, synchronous: str) -> None:
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        f"synchronous={synchronous}",
        "foreign_keys=ON",
        "wal_autocheckpoint=0",
        "cache_size=-65536",
    ):
        _retry_busy(raw, f"PRAGMA {pragma}")


def _retry_busy(raw: sqlite3.Connection, sql: str, *, tries: int = 50) -> None:
    """Switching to WAL ignores the busy timeout while another process opens the same new file; ask again."""
    for left in reversed(range(tries)):
        try:
            raw.execute(sql)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or not left:
                raise
            time.sleep(0.02)
        else:
            return


def _no_connection() -> "sa.Connection":
    raise WindlassError("workflows can only be started in a write transaction")


def down(error: BaseException, path: str) -> Unavailable:
    """The error for a database file that could not be read or written."""
    text = str(error)
    hint = "look at the disk and the permissions of the data home; `windlass doctor` checks both"
    if "full" in text:
        hint = "free some space on the disk of the data home; nothing was lost, then run again"
    elif "locked" in text or "busy" in text:
        hint = "another process holds the database; wait for it or stop it"
    return Unavailable(f"the database at {path!r} did not take the change: {text}", hint=hint)
