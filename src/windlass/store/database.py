"""One relational database behind two calls: `write` (one transaction, retried when it is safe) and `read`.

The function handed to `write` may run more than once and must have no effect outside its transaction.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from windlass.kernel import Clock, Invalid
from windlass.store.bell import Bell
from windlass.store.combining import Combiner
from windlass.store.later import Later
from windlass.store.sqlite import SqliteDatabase
from windlass.store.transaction import Dialect, Row, Statement, Transaction

if TYPE_CHECKING:
    import sqlalchemy as sa

    from windlass.store import postgresql
else:
    postgresql = Later("windlass.store.postgresql")

T = TypeVar("T")


class Database(Protocol):
    """What every room may ask of the database."""

    dialect: Dialect
    url: str
    together: Combiner
    """Where callers meet who may share one transaction."""

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction; it is durable when this returns."""
        ...

    def run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Run statements that need nothing read between them as one transaction; the rows of each.

        On PostgreSQL it is one round trip, and each statement sees what was committed before it began.
        """
        ...

    def given_now(self) -> float | None:
        """The time of a clock that was given, None where a statement is to ask the database's own."""
        ...

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on a consistent snapshot; it must not change anything."""
        ...

    def bell(self) -> Bell:
        """A bell that rings after commits, of this process at once, of others as soon as can be told."""
        ...

    def engine(self) -> "sa.Engine":
        """A SQLAlchemy engine on the same database, for migrations and the workflow engine."""
        ...

    def close(self) -> None: ...


def open_database(url: str, *, clock: Clock | None = None) -> Database:
    """Open `sqlite:///PATH`, `sqlite://` (memory, one thread, for simulation) or `postgresql://…`.

    `clock` replaces the database's clock, for tests and simulation only.
    """
    if url.startswith("sqlite://"):
        return SqliteDatabase(url, clock=clock)
    if url.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        return postgresql.PostgresDatabase(url, clock=clock)
    raise Invalid(
        f"database url {url.split('://')[0]!r} is not supported",
        hint="use sqlite:///PATH or postgresql://USER@HOST/NAME",
    )
