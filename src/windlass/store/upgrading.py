"""Bring a database to the newest schema, once, under a lock, on both databases, beside running processes.

Every revision is one step of a transaction that is either whole or not there. On PostgreSQL no lock is waited
for longer than LOCK_WAIT_S, since whoever waits for a table holds up everybody behind: then all is undone and
tried again, while the others work.
"""

import fcntl
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from windlass.kernel import Unavailable
from windlass.store import postgresql, sqlite
from windlass.store.database import Database
from windlass.store.transaction import Dialect

LOCK_WAIT_S: Final = 2
TRIES_MAX: Final = 30
_LOCK = 0x77_69_6E_64  # "wind": the advisory lock's number on PostgreSQL
_AGAIN: Final = ("55P03", "40P01")
"""A lock that was not given in time, and a deadlock that ended with us."""
_RECORD: Final = "CREATE TABLE IF NOT EXISTS wl_revision (revision TEXT PRIMARY KEY)"


def upgrade(database: Database, known: Sequence[str], is_behind: Callable[[], bool]) -> None:
    """Apply the revisions `known` while the schema `is_behind`, asked again once nobody else is at it."""
    engine = database.engine()
    try:
        for left in reversed(range(TRIES_MAX)):
            try:
                return _upgrade(database, engine, known, is_behind)
            except sa.exc.OperationalError as error:
                if getattr(error.orig, "sqlstate", None) not in _AGAIN or not left:
                    raise
                time.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - jitter, not a secret
    except (sa.exc.OperationalError, OSError) as error:
        raise _down(error, database) from error
    finally:
        engine.dispose()


def _upgrade(
    database: Database, engine: sa.Engine, known: Sequence[str], is_behind: Callable[[], bool]
) -> None:
    with _alone(database, engine), engine.connect() as connection:
        behind = is_behind()
        if database.dialect is Dialect.SQLITE:
            # Python's driver begins at the first change of rows; tables made before that would stay
            # behind when the disk fills up or the process dies, and stop every later try.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT_S}s'")
        if behind:
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent / "schema"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        _record(connection, known)
        connection.commit()


def _record(connection: sa.Connection, known: Sequence[str]) -> None:
    """Note every revision that is in force, for older code that knows only some of them."""
    connection.exec_driver_sql(_RECORD)
    here = {row[0] for row in connection.exec_driver_sql("SELECT revision FROM wl_revision")}
    for name in known:
        if name not in here:
            connection.execute(sa.text("INSERT INTO wl_revision VALUES (:name)"), {"name": name})


def _down(error: sa.exc.OperationalError | OSError, database: Database) -> Unavailable:
    """What stands in the way of the first change, as the error it would be later."""
    if database.dialect is Dialect.POSTGRESQL:
        return postgresql.down(error, database.url)
    said = error.orig if isinstance(error, sa.exc.OperationalError) and error.orig else error
    return sqlite.down(said, database.url.removeprefix("sqlite:///"))


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
