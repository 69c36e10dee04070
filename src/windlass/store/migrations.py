"""Bring a database to the newest schema, once, under a lock, on both databases, beside running processes.

Every revision is one step of a transaction that is either whole or not there. On PostgreSQL no lock is waited
for longer than LOCK_WAIT_S, since whoever waits for a table holds up everybody behind: then all is undone and
tried again, while the others work.
"""

import fcntl
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from windlass.kernel import Invalid, Unavailable
from windlass.store import postgresql, sqlite
from windlass.store.database import Database
from windlass.store.revisions import Standing, standing
from windlass.store.transaction import Dialect

LOCK_WAIT_S: Final = 2
TRIES_MAX: Final = 30
_LOCK = 0x77_69_6E_64  # "wind": the advisory lock's number on PostgreSQL
_AGAIN: Final = ("55P03", "40P01")
"""A lock that was not given in time, and a deadlock that ended with us."""
_RECORD: Final = "CREATE TABLE IF NOT EXISTS wl_revision (revision TEXT PRIMARY KEY)"


def migrate(database: Database) -> None:
    """Upgrade to the newest revision; a newer database is left as it is, if this code may work on it."""
    engine = _engine(database)
    try:
        for left in reversed(range(TRIES_MAX)):
            try:
                return _upgrade(database, engine)
            except sa.exc.OperationalError as error:
                if getattr(error.orig, "sqlstate", None) not in _AGAIN or not left:
                    raise
                time.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - jitter, not a secret
    except (sa.exc.OperationalError, OSError) as error:
        raise _down(error, database) from error
    finally:
        if not _in_memory(database):
            engine.dispose()


def schema_is_current(database: Database) -> bool:
    """Whether `migrate` has nothing to do."""
    with _engine(database).connect() as connection:
        return _standing(connection, _known()) is not Standing.BEHIND


def _upgrade(database: Database, engine: sa.Engine) -> None:
    with engine.connect() as connection:
        if _settled(connection):
            return
    with _alone(database, engine), engine.connect() as connection:
        if database.dialect is Dialect.SQLITE:
            # Python's driver begins at the first change of rows; tables made before that would stay
            # behind when the disk fills up or the process dies, and stop every later try.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT_S}s'")
        known = _known()
        if _standing(connection, known) is Standing.BEHIND:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        _record(connection, known)
        connection.commit()


def _settled(connection: sa.Connection) -> bool:
    """Whether nothing is left to do, so that a start takes no lock."""
    known = _known()
    found = _standing(connection, known)
    return found is Standing.AHEAD or (found is Standing.CURRENT and set(known) <= set(_applied(connection)))


def _standing(connection: sa.Connection, known: list[str]) -> Standing:
    context = MigrationContext.configure(connection, opts={"version_table": "wl_schema"})
    return standing(context.get_current_revision(), known, _applied(connection))


def _applied(connection: sa.Connection) -> list[str]:
    """What is on record; nothing before the first migration that keeps it."""
    if not sa.inspect(connection).has_table("wl_revision"):
        return []
    return [row[0] for row in connection.exec_driver_sql("SELECT revision FROM wl_revision")]


def _record(connection: sa.Connection, known: list[str]) -> None:
    """Note every revision that is in force, for older code that knows only some of them."""
    connection.exec_driver_sql(_RECORD)
    here = set(_applied(connection))
    for name in known:
        if name not in here:
            connection.execute(sa.text("INSERT INTO wl_revision VALUES (:name)"), {"name": name})


def _known() -> list[str]:
    """The revisions of this code, oldest first."""
    walk = ScriptDirectory.from_config(_config()).walk_revisions()
    return [script.revision for script in walk][::-1]


def _down(error: sa.exc.OperationalError | OSError, database: Database) -> Unavailable:
    """A server that is away or a full disk is met here first, before any other transaction."""
    if database.dialect is Dialect.POSTGRESQL:
        return postgresql.down(error, database.url)
    said = error.orig if isinstance(error, sa.exc.OperationalError) and error.orig else error
    return sqlite.down(said, database.url.removeprefix("sqlite:///"))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "schema"))
    return config


def _in_memory(database: Database) -> bool:
    return database.dialect is Dialect.SQLITE and not database.url.startswith("sqlite:///")


def _engine(database: Database) -> sa.Engine:
    if _in_memory(database):
        raise Invalid(
            "an in-memory database cannot be migrated in place",
            hint="migrate a file and use `SqliteDatabase.restore`",
        )
    return database.engine()


@contextmanager
def _alone(database: Database, engine: sa.Engine) -> Iterator[None]:
    if database.dialect is Dialect.SQLITE:
        with open(database.url.removeprefix("sqlite:///") + ".migrate", "w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        return
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:n)"), {"n": _LOCK})
        connection.commit()
        try:
            yield
        finally:
            connection.execute(sa.text("SELECT pg_advisory_unlock(:n)"), {"n": _LOCK})
            connection.commit()
