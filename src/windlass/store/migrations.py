"""Bring a database to the newest schema, once, under a lock, on both databases."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from windlass.kernel import Invalid, Unavailable
from windlass.store import postgresql, sqlite
from windlass.store.database import Database
from windlass.store.transaction import Dialect

_LOCK = 0x77_69_6E_64  # "wind": the advisory lock's number on PostgreSQL


def migrate(database: Database) -> None:
    """Upgrade to the newest revision; a database from a newer windlass is refused, never downgraded."""
    config = _config()
    engine = _engine(database)
    try:
        with _alone(database, engine), engine.connect() as connection:
            known = {r.revision for r in ScriptDirectory.from_config(config).walk_revisions()}
            current = MigrationContext.configure(
                connection, opts={"version_table": "wl_schema"}
            ).get_current_revision()
            if current is not None and current not in known:
                raise Invalid(
                    f"the database has schema {current!r}, which this windlass does not know",
                    hint="a newer windlass wrote it; upgrade this one",
                )
            connection.rollback()
            config.attributes["connection"] = connection
            if database.dialect is Dialect.SQLITE:
                # Python's driver begins at the first change of rows; tables made before that would stay
                # behind when the disk fills up or the process dies, and stop every later try.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            command.upgrade(config, "head")
            connection.commit()
    except (sa.exc.OperationalError, OSError) as error:
        raise _down(error, database) from error
    finally:
        if not _in_memory(database):
            engine.dispose()


def schema_is_current(database: Database) -> bool:
    """Whether `migrate` has nothing to do."""
    engine = _engine(database)
    with engine.connect() as connection:
        current = MigrationContext.configure(
            connection, opts={"version_table": "wl_schema"}
        ).get_current_revision()
    return current == ScriptDirectory.from_config(_config()).get_current_head()


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
