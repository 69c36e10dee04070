"""SQLite in SQLAlchemy's clothes, for the workflow engine and the migrations; nobody else needs them."""

import itertools
import sqlite3
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool


def dressed(raw: sqlite3.Connection) -> sa.Connection:
    """`raw` as a SQLAlchemy connection, in the middle of whatever transaction it is in."""
    # SQLAlchemy rolls back once when an engine meets its first connection, so it meets another one first.
    met = itertools.chain([sqlite3.connect(":memory:", check_same_thread=False)], itertools.repeat(raw))
    engine = sa.create_engine(
        "sqlite://", creator=lambda: next(met), poolclass=StaticPool, pool_reset_on_return=None
    )
    engine.connect().close()
    engine.dispose()
    return engine.connect()


def engine(path: str, busy_s: float, prepare: Callable[[sqlite3.Connection], None]) -> sa.Engine:
    """An engine on the file at `path`; `prepare` is called with each new connection."""
    made = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": busy_s})

    @sa.event.listens_for(made, "connect")
    def _prepare(raw: Any, _record: object) -> None:
        prepare(raw)

    return made
