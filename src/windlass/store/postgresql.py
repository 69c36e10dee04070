"""PostgreSQL: pooled connections; whole transactions retried on conflicts and lost connections."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa

from windlass.kernel import Clock, Unavailable, WindlassError
from windlass.store.bell import PostgresBell, Tower
from windlass.store.combining import Combiner
from windlass.store.notifier import Notifier
from windlass.store.straight import Straight
from windlass.store.transaction import Dialect, Row, Statement, Transaction

T = TypeVar("T")

POOL_SIZE = 10
OVERFLOW_MAX = 40
TRIES_MAX = 6
CONNECT_TIMEOUT_S = 10
STATEMENT_TIMEOUT_MS = 60_000
IDLE_TIMEOUT_MS = 60_000

OPTIONS = (
    f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"
    f" -c idle_in_transaction_session_timeout={IDLE_TIMEOUT_MS} -c timezone=UTC"
)

_AGAIN = ("40001", "40P01", "57P01", "57P02", "57P03")
"""Serialization failure, deadlock, and the three ways a server says that it is going away."""


class PostgresDatabase:
    dialect = Dialect.POSTGRESQL

    def __init__(self, url: str, *, clock: Clock | None = None) -> None:
        self.url = url
        self.together = Combiner()
        self._clock = clock
        self._straight = Straight(url, OPTIONS)
        self._tower, self._notifier = Tower(), Notifier(self._ear)
        self._tower.hang(self._notifier.ring)
        self._engine = sa.create_engine(
            _psycopg_url(url), pool_size=POOL_SIZE, max_overflow=OVERFLOW_MAX, pool_recycle=1800,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "options": OPTIONS},
        )  # fmt: skip

    def write(self, work: Callable[[Transaction], T]) -> T:
        result = self._with_retries(lambda: self._attempt(work))
        self._tower.ring()
        return result

    def run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        rows = self._with_retries(lambda: self._straightaway(statements))
        self._tower.ring()
        return rows

    def given_now(self) -> float | None:
        return None if self._clock is None else self._clock()

    def read(self, work: Callable[[Transaction], T]) -> T:
        snapshot = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
        return self._with_retries(lambda: self._attempt(work, snapshot))

    def bell(self) -> PostgresBell:
        return PostgresBell(self._tower, self._ear)

    def engine(self) -> sa.Engine:
        return sa.create_engine(_psycopg_url(self.url), pool_size=20, max_overflow=10, pool_pre_ping=True)

    def close(self) -> None:
        self._notifier.close()
        self._engine.dispose()
        self._straight.close()

    def _ear(self) -> "psycopg.Connection[Any]":
        """A connection that only hears or only tells; it lives outside the pool."""
        url = "postgresql://" + self.url.split("://", 1)[1]
        return psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S)

    def _with_retries(self, attempt: Callable[[], T]) -> T:
        for left in reversed(range(TRIES_MAX)):
            try:
                return attempt()
            except _Retry as failed:
                if not left:
                    raise down(failed.error, self.url) from failed.error
                time.sleep(random.uniform(0.01, 0.05) * (TRIES_MAX - left))  # noqa: S311 - jitter, not a secret
        raise WindlassError("unreachable: the loop returns or raises")

    def _straightaway(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Only what the server surely has not done is tried again; a connection lost midway says nothing."""
        try:
            raw = self._straight.take()
        except psycopg.Error as error:
            raise _Retry(error) from error
        try:
            return self._straight.run(raw, statements)
        except psycopg.Error as error:
            if error.sqlstate in _AGAIN:
                raise _Retry(error) from error
            if error.sqlstate is None or raw.broken:
                raise down(error, self.url) from error
            raise
        finally:
            self._straight.give_back(raw)

    def _attempt(self, work: Callable[[Transaction], T], prepare: str = "") -> T:
        try:
            connection = self._engine.connect()
        except (psycopg.Error, sa.exc.DBAPIError) as error:
            raise _Retry(error) from error
        with connection:
            raw: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]  # pool proxy is untyped
            try:
                connection.begin()
                if prepare:
                    raw.execute(prepare.encode())
                result = work(Transaction(raw, clock=self._clock, connection=lambda: connection))
            except (psycopg.Error, sa.exc.DBAPIError) as error:
                self._discard_if_lost(connection, raw)
                if _is_transient(error, raw):
                    raise _Retry(error) from error
                raise
            self._finish(connection, raw)
            return result

    def _finish(self, connection: sa.Connection, raw: "psycopg.Connection[Any]") -> None:
        """Commit. If the connection breaks here nobody knows whether it was done; the caller looks again."""
        try:
            connection.commit()
        except (psycopg.Error, sa.exc.DBAPIError) as error:
            refused = getattr(_origin(error), "sqlstate", None) in _AGAIN[:2]
            self._discard_if_lost(connection, raw)
            if refused:
                raise _Retry(error) from error
            raise down(error, self.url) from error

    def _discard_if_lost(self, connection: sa.Connection, raw: "psycopg.Connection[Any]") -> None:
        if raw.closed or raw.broken:
            connection.invalidate()


class _Retry(Exception):
    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def _origin(error: Exception) -> BaseException:
    return error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig is not None else error


def _is_transient(error: Exception, raw: "psycopg.Connection[Any]") -> bool:
    state = getattr(_origin(error), "sqlstate", None)
    return state in _AGAIN or bool(raw.closed) or raw.broken


def _psycopg_url(url: str) -> str:
    return "postgresql+psycopg://" + url.split("://", 1)[1]


def down(error: Exception, url: str) -> Unavailable:
    """The error for a server that did not answer."""
    where = url.split("@")[-1]
    return Unavailable(
        f"postgresql at {where!r} did not answer: {str(_origin(error)).strip()}",
        hint="check that the server runs and that [database] url is right; then run the command again",
    )
