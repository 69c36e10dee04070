"""Upgrading beside others: in small steps, and only what is still missing under the lock."""

import threading

from windlass.store import Database, migrate, open_database
from windlass.store.upgrading import LOCK_WAIT_S, upgrade


def test_a_migration_waits_for_a_table_in_small_steps(postgres_url: str) -> None:
    database = open_database(postgres_url)
    first = database.engine()
    with first.connect() as busy, first.connect() as other:
        migrate(database)
        busy.exec_driver_sql("DROP TABLE wl_revision")
        busy.exec_driver_sql("CREATE TABLE wl_revision (revision TEXT PRIMARY KEY)")
        busy.commit()
        busy.exec_driver_sql("LOCK TABLE wl_revision IN SHARE MODE")
        late = threading.Thread(target=migrate, args=(database,))
        late.start()
        late.join(LOCK_WAIT_S + 1)
        assert late.is_alive()
        other.exec_driver_sql("SELECT count(*) FROM wl_revision")  # nobody behind is held up
        busy.rollback()
        late.join(LOCK_WAIT_S + 10)
    assert not late.is_alive()
    first.dispose()
    database.close()


def test_who_comes_second_finds_nothing_left_to_do(database: Database) -> None:
    migrate(database)
    before = database.read(lambda tx: tx.rows("SELECT revision FROM wl_revision ORDER BY revision"))
    upgrade(database, [str(row["revision"]) for row in before], lambda: False)
    assert database.read(lambda tx: tx.rows("SELECT revision FROM wl_revision ORDER BY revision")) == before
