"""A connection in SQLAlchemy's clothes is in the transaction it was in before."""

import gc
import sqlite3

import pytest

from windlass.store.alchemy import dressed, engine


def test_dressing_neither_ends_the_transaction_nor_begins_another() -> None:
    raw = sqlite3.connect(":memory:", isolation_level=None)
    raw.execute("CREATE TABLE one (a)")
    raw.execute("BEGIN IMMEDIATE")
    raw.execute("INSERT INTO one VALUES (1)")
    connection = dressed(raw)
    assert raw.in_transaction
    connection.exec_driver_sql("INSERT INTO one VALUES (2)")
    raw.execute("ROLLBACK")
    assert raw.execute("SELECT count(*) FROM one").fetchone() == (0,)


def test_the_dress_outlives_the_connection_quietly(caplog: pytest.LogCaptureFixture) -> None:
    raw = sqlite3.connect(":memory:", isolation_level=None)
    connection = dressed(raw)
    raw.close()
    del connection
    gc.collect()
    assert caplog.records == []


def test_every_connection_of_an_engine_is_prepared(tmp_path) -> None:
    met: list[sqlite3.Connection] = []
    made = engine(f"{tmp_path}/one.db", 1.0, met.append)
    with made.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE one (a)")
    assert len(met) == 1
    made.dispose()
