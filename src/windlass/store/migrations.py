"""Whether a database has the newest schema; asked at every start, so without a lock, Alembic or SQLAlchemy.

Bringing it there is the work of upgrading.py.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from windlass.kernel import Invalid
from windlass.store.database import Database
from windlass.store.later import Later
from windlass.store.revisions import Standing, named, standing
from windlass.store.transaction import Dialect, Transaction

if TYPE_CHECKING:
    from windlass.store import upgrading
else:
    upgrading = Later("windlass.store.upgrading")


def migrate(database: Database) -> None:
    """Upgrade to the newest revision; a newer database is left as it is, if this code may work on it."""
    _refuse_memory(database)
    known = _known()
    if not database.read(lambda tx: _settled(tx, known)):
        upgrading.upgrade(database, known, lambda: not schema_is_current(database))


def schema_is_current(database: Database) -> bool:
    """Whether `migrate` has nothing to do."""
    _refuse_memory(database)
    known = _known()
    return database.read(lambda tx: _standing(tx, known)) is not Standing.BEHIND


def _settled(tx: Transaction, known: list[str]) -> bool:
    """Whether nothing is left to do, the record of what was applied included."""
    found = _standing(tx, known)
    return found is Standing.AHEAD or (found is Standing.CURRENT and set(known) <= set(_applied(tx)))


def _standing(tx: Transaction, known: list[str]) -> Standing:
    current = tx.scalar("SELECT version_num FROM wl_schema") if _has_table(tx, "wl_schema") else None
    return standing(current, known, _applied(tx))


def _applied(tx: Transaction) -> list[str]:
    """What is on record; nothing before the first migration that keeps it."""
    if not _has_table(tx, "wl_revision"):
        return []
    return [str(row["revision"]) for row in tx.rows("SELECT revision FROM wl_revision")]


def _has_table(tx: Transaction, name: str) -> bool:
    lite = "SELECT count(*) FROM sqlite_master WHERE name = :name"
    full = "SELECT count(*) FROM pg_class WHERE oid = to_regclass(:name)"
    return bool(tx.scalar(lite if tx.lite else full, name=name))


def _known() -> list[str]:
    """The revisions of this code, oldest first: each is named as its file."""
    return named(path.name for path in (Path(__file__).parent / "schema" / "versions").iterdir())


def _refuse_memory(database: Database) -> None:
    if database.dialect is Dialect.SQLITE and not database.url.startswith("sqlite:///"):
        raise Invalid(
            "an in-memory database cannot be migrated in place",
            hint="migrate a file and use `SqliteDatabase.restore`",
        )
