"""SQLite: one writer thread with group commit, the only checkpointer; readers on their own connections.

Group commit: up to BATCH_MAX waiting calls share one BEGIN IMMEDIATE … COMMIT, a savepoint each, so one
fsync carries them all and a failing call undoes only itself. Only the writer checkpoints, which avoids the
WAL-reset bug of SQLite before 3.51.3 (sqlite.org/wal.html#walresetbug).
"""

import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from windlass.kernel import Clock, Unavailable, WindlassError
from windlass.store.transaction import Dialect, Transaction

T = TypeVar("T")

BATCH_MAX = 256
READERS_MAX = 16
BUSY_TIMEOUT_MS = 30_000
CHECKPOINT_PAGES = 2_000
"""WAL pages (4 KiB each) after which the writer checkpoints."""


@dataclass(slots=True)
class _Call:
    work: Callable[[Transaction], Any]
    future: "Future[Any]"


class SqliteDatabase:
    dialect = Dialect.SQLITE

    def __init__(self, url: str, *, clock: Clock | None = None) -> None:
        self.url = url
        self._clock = clock
        self._path = url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else ":memory:"
        self._memory = self._path in (":memory:", "")
        self._raw = self._connect()
        # The writer's own connection in SQLAlchemy's clothes; SQLAlchemy never commits or closes it. Made now
        # because SQLAlchemy rolls back once when it meets a connection.
        self._alchemy = sa.create_engine(
            "sqlite://", creator=lambda: self._raw, poolclass=StaticPool
        ).connect()
        self._tx = Transaction(self._raw, clock=clock, connection=lambda: self._alchemy)
        self._readers: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._closed = False
        self._thread: threading.Thread | None = None
        if not self._memory:
            self._thread = threading.Thread(target=self._serve, name="store-writer", daemon=True)
            self._thread.start()

    def write(self, work: Callable[[Transaction], T]) -> T:
        if self._closed:
            raise Unavailable("the database is closed")
        if self._memory:
            return self._inline(work)
        if threading.current_thread() is self._thread:
            raise WindlassError("a transaction was started inside another one")
        future: Future[T] = Future()
        self._calls.put(_Call(work, future))
        return future.result()

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

    def engine(self) -> sa.Engine:
        """Another door to the same file: locks at the first change, synchronous=NORMAL, no checkpoints."""
        engine = sa.create_engine(f"sqlite:///{self._path}", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

        @sa.event.listens_for(engine, "connect")
        def _prepare(raw: Any, _record: object) -> None:
            raw.isolation_level = "IMMEDIATE"
            _pragmas(raw, synchronous="NORMAL")

        return engine

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
        self._closed = True
        if self._thread is not None:
            self._calls.put(None)
            self._thread.join()
        while not self._readers.empty():
            self._readers.get_nowait().close()
        self._raw.close()

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
        except BaseException:
            self._raw.execute("ROLLBACK")
            raise
        self._raw.execute("COMMIT")
        return result

    def _serve(self) -> None:
        while (first := self._calls.get()) is not None:
            batch = [first]
            while len(batch) < BATCH_MAX:
                try:
                    call = self._calls.get_nowait()
                except queue.Empty:
                    break
                if call is None:
                    self._calls.put(None)
                    break
                batch.append(call)
            self._commit(batch)
            self._checkpoint()

    def _commit(self, batch: list[_Call]) -> None:
        outcomes: list[tuple[_Call, Any, BaseException | None]] = []
        try:
            self._raw.execute("BEGIN IMMEDIATE")
            for call in batch:
                outcomes.append((call, *self._one(call)))
            self._raw.execute("COMMIT")
        except sqlite3.Error as error:
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")
            for call in batch:
                call.future.set_exception(down(error, self._path))
            return
        for call, result, failure in outcomes:
            if failure is None:
                call.future.set_result(result)
            else:
                call.future.set_exception(failure)

    def _one(self, call: _Call) -> tuple[Any, BaseException | None]:
        self._raw.execute("SAVEPOINT one")
        try:
            result = call.work(self._tx)
        except BaseException as error:  # handed to the caller, whose thread decides
            if not self._raw.in_transaction:  # disk full or file gone: SQLite rolled everything back
                raise sqlite3.OperationalError(f"the transaction was rolled back: {error}") from error
            self._raw.execute("ROLLBACK TO one")
            self._raw.execute("RELEASE one")
            return None, down(error, self._path) if isinstance(error, sqlite3.OperationalError) else error
        self._raw.execute("RELEASE one")
        return result, None

    def _checkpoint(self) -> None:
        wal = Path(f"{self._path}-wal")
        try:
            if wal.stat().st_size > CHECKPOINT_PAGES * 4096:
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


def _no_connection() -> sa.Connection:
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
