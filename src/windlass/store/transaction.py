"""One transaction: SQL with `:name` parameters, the same text on SQLite and PostgreSQL.

Statements go straight to the driver: on a claim-and-complete cycle SQLAlchemy Core costs 2.7-4 times the
driver's client CPU (docs/decisions). SQLAlchemy still owns the PostgreSQL pool, the migrations and the
door of the workflow engine.
"""

import re
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from windlass.kernel import Clock
from windlass.store.later import Later

if TYPE_CHECKING:
    import psycopg
    import sqlalchemy as sa
    from psycopg import rows as psycopg_rows
else:
    psycopg_rows = Later("psycopg.rows")

Row = Mapping[str, Any]
Value = str | int | float | bytes | None
Statement = tuple[str, Mapping[str, Any]]
"""SQL and its values; on PostgreSQL lists become arrays."""

NAMED = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")


class Dialect(Enum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@lru_cache(maxsize=2048)
def pyformat(sql: str) -> str:
    """Turn `:name` into psycopg's `%(name)s`; casts (`::text`) stay."""
    return NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))


class Transaction:
    """Good inside one call of `Database.write` or `Database.read`; never kept beyond it."""

    def __init__(
        self,
        raw: "sqlite3.Connection | psycopg.Connection[Any]",
        *,
        clock: Clock | None,
        connection: "Callable[[], sa.Connection]",
    ) -> None:
        self._raw = raw
        self._clock = clock
        self._connection = connection
        self.dialect = Dialect.SQLITE if isinstance(raw, sqlite3.Connection) else Dialect.POSTGRESQL

    @property
    def lite(self) -> bool:
        return self.dialect is Dialect.SQLITE

    @property
    def connection(self) -> "sa.Connection":
        """The same transaction as a SQLAlchemy connection, for code that starts workflows inside it."""
        return self._connection()

    def now(self) -> float:
        """The database's clock in unix seconds: leases expire by this clock alone."""
        if self._clock is not None:
            return self._clock()
        if self.lite:
            return time.time()
        return float(self.scalar("SELECT extract(epoch FROM clock_timestamp())"))

    def execute(self, sql: str, **values: Value) -> int:
        """Run one statement; the number of rows it changed."""
        changed: int = self._cursor(sql, values).rowcount
        return changed

    def execute_many(self, sql: str, rows: Sequence[Mapping[str, Value]]) -> None:
        if not rows:
            return
        if isinstance(self._raw, sqlite3.Connection):
            self._raw.executemany(sql, rows)
        else:
            with self._raw.cursor() as cursor:
                cursor.executemany(pyformat(sql), rows)

    def rows(self, sql: str, **values: Value) -> list[Row]:
        cursor = self._cursor(sql, values)
        found: list[Row] = cursor.fetchall()
        return found

    def row(self, sql: str, **values: Value) -> Row | None:
        """The first row, or None."""
        cursor = self._cursor(sql, values)
        found: Row | None = cursor.fetchone()
        return found

    def scalar(self, sql: str, **values: Value) -> Any:
        """The first column of the first row, or None."""
        found = self.row(sql, **values)
        return None if found is None else next(iter(found.values()))

    def _cursor(self, sql: str, values: Mapping[str, Value]) -> Any:
        if isinstance(self._raw, sqlite3.Connection):
            cursor = self._raw.cursor()
            cursor.row_factory = _dict_row
            return cursor.execute(sql, values)
        cursor_of_rows = self._raw.cursor(row_factory=psycopg_rows.dict_row)
        return cursor_of_rows.execute(pyformat(sql).encode(), values or None)


def _dict_row(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> dict[str, Any]:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}
