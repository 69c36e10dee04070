"""Migrations: idempotent, safe when two start at once, and never backwards."""

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from windlass.kernel import Invalid, Unavailable
from windlass.store import Database, Transaction, migrate, open_database, schema, schema_is_current
from windlass.store.revisions import named

NEWEST = named(path.name for path in (Path(schema.__file__).parent / "versions").iterdir())[-1]
NEXT = int(NEWEST[:4]) + 1
PRE, POST, LATER = f"{NEXT:04}_pre_future", f"{NEXT:04}_post_gone", f"{NEXT + 1:04}_pre_later"
"""Revisions that lie ahead of this code."""


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


def test_older_code_may_start_on_a_schema_that_only_pre_revisions_led_to(database: Database) -> None:
    applied(database, PRE, LATER)
    migrate(database)
    assert schema_is_current(database)
    assert database.read(lambda tx: tx.scalar("SELECT version_num FROM wl_schema")) == LATER


def test_older_code_is_refused_once_a_post_revision_lies_ahead(database: Database) -> None:
    applied(database, POST, LATER)
    with pytest.raises(Invalid, match=LATER):
        migrate(database)
    with pytest.raises(Invalid, match=LATER):
        schema_is_current(database)


def test_a_database_from_before_the_record_gets_one(database: Database) -> None:
    database.write(lambda tx: tx.execute("DROP TABLE wl_revision"))
    migrate(database)
    names = database.read(lambda tx: tx.rows("SELECT revision FROM wl_revision ORDER BY revision"))
    assert [row["revision"] for row in names][:2] == ["0001_pre_spine", "0002_pre_mesh"]


def test_what_happened_survives_tables_made_anew(tmp_path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent))
    tables = ("wl_event", "wl_attempt")
    with sa.create_engine(f"sqlite:///{tmp_path}/old.db").connect() as raw:
        config.attributes["connection"] = raw
        command.upgrade(config, "0006_pre_acceptance")
        raw.exec_driver_sql(
            "INSERT INTO wl_event (at, actor, kind, task_id, data) VALUES (1, 'w', 'task.claimed', 7, '{}'),"
            " (2, 'w', 'task.completed', 7, '{}')"
        )
        raw.exec_driver_sql("DELETE FROM wl_event WHERE seq = 1")
        raw.exec_driver_sql(
            "INSERT INTO wl_attempt (task_id, fence, number, worker, runner, sandbox, started_at)"
            " VALUES (7, 2, 1, 'w', 'mechanic', 'bwrap', 1.5), (7, 1, 1, 'w', 'mechanic', 'bwrap', 0.5)"
        )
        ask = "SELECT * FROM {} ORDER BY 1, 2"
        before = [raw.exec_driver_sql(ask.format(table)).all() for table in tables]
        command.upgrade(config, "head")
        assert [raw.exec_driver_sql(ask.format(table)).all() for table in tables] == before
        raw.exec_driver_sql("INSERT INTO wl_event (at, actor, kind, data) VALUES (3, 'w', 'x', '{}')")
        assert raw.exec_driver_sql("SELECT max(seq) FROM wl_event").scalar() == 3


@pytest.mark.parametrize("kind", ["kind = :kind", "kind = 'workflow.failed'", "kind IN ('a.b', 'c.d')"])
def test_events_are_found_by_their_kind(sqlite: Database, kind: str) -> None:
    ask = f"EXPLAIN QUERY PLAN SELECT seq FROM wl_event WHERE {kind} AND kind <> 'task.claimed' ORDER BY seq"
    (first, *_) = sqlite.read(lambda tx: tx.rows(ask, kind="task.failed"))
    assert "wl_event_kind" in first["detail"]


def test_a_start_on_a_current_schema_takes_no_lock(database: Database) -> None:
    def within(tx: Transaction) -> bool:
        tx.execute("UPDATE wl_schema SET version_num = version_num")
        other = open_database(database.url)
        migrate(other)  # would wait for this transaction's end
        return schema_is_current(other)

    assert database.write(within)


def applied(database: Database, *names: str) -> None:
    """As if a newer windlass had brought the schema further."""

    def work(tx: Transaction) -> None:
        for name in names:
            tx.execute("INSERT INTO wl_revision VALUES (:name)", name=name)
        tx.execute("UPDATE wl_schema SET version_num = :name", name=names[-1])

    database.write(work)


def test_a_server_that_is_away_is_no_bug() -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9/none"):
        migrate(open_database("postgresql://nobody@127.0.0.1:9/none"))


def test_a_database_that_cannot_grow_is_a_clear_error(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/x.db")
    engine = database.engine()
    full = _Small(database, engine)
    with pytest.raises(Unavailable, match="full") as caught:
        migrate(full)
    assert "free some space" in caught.value.hint
    assert not schema_is_current(database)
    migrate(database)
    assert schema_is_current(database)


class _Small:
    """The same database on a disk with room for ten pages."""

    def __init__(self, database: Database, engine: sa.Engine) -> None:
        self.dialect, self.url = database.dialect, database.url
        self.write, self.read, self.close = database.write, database.read, database.close
        self.engine = lambda: engine
        sa.event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count=10"))
