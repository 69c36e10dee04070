"""Migrations: idempotent, safe when two start at once, and never backwards."""

import threading
from pathlib import Path

import pytest

from windlass.kernel import Invalid
from windlass.store import Database, migrate, open_database, schema_is_current


def test_migrating_twice_changes_nothing(database: Database) -> None:
    migrate(database)
    assert schema_is_current(database)


def test_two_processes_may_migrate_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    threads = [threading.Thread(target=lambda: migrate(open_database(url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert schema_is_current(open_database(url))


def test_a_newer_schema_is_refused(database: Database) -> None:
    database.write(lambda tx: tx.execute("UPDATE wl_schema SET version_num = '9999_post_future'"))
    with pytest.raises(Invalid, match="9999_post_future"):
        migrate(database)
