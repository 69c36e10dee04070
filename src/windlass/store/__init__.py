"""One database, explicit transactions, the same code on SQLite and PostgreSQL.

Owns: connections, commits, the schema.  Never: knows what a task is.  Start at: database.py.
"""

from windlass.store.bell import Bell
from windlass.store.database import Database, open_database
from windlass.store.migrations import migrate, schema_is_current
from windlass.store.sqlite import SqliteDatabase
from windlass.store.transaction import Dialect, Row, Statement, Transaction
from windlass.store.workflow import Started, Starter

__all__ = [
    "Bell", "Database", "Dialect", "Row", "SqliteDatabase", "Started", "Starter", "Statement", "Transaction",
    "migrate", "open_database", "schema_is_current",
]  # fmt: skip
