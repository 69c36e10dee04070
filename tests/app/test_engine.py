"""Durable workflows: born with their transaction, run once, taken over after kill -9."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from windlass.app.engine import Engine, Progress
from windlass.store import Database, Transaction, migrate, open_database

CHILD = """
import sys, time
from windlass.app.engine import Engine
from windlass.store import open_database
database = open_database(sys.argv[1])
def slow(task):
    print("at work", flush=True)
    time.sleep(60)
engine = Engine(database, node="first", concurrency={})
engine.launch({"verify": slow})
database.write(lambda tx: engine.start(tx, "verify", "verify:1", task=1))
time.sleep(60)
"""


GONE = """
from windlass.app.engine import Engine
from windlass.kernel import Unavailable
from windlass.store import open_database
try:
    Engine(open_database("postgresql://ann@127.0.0.1:1/gone"), node="n", concurrency={}).launch({})
except Unavailable as error:
    print(error)
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def real(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with its own clock, as in production."""
    url = (
        f"sqlite:///{tmp_path}/e.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    )
    database = open_database(url)
    migrate(database)
    yield database
    database.close()


def wait(engine: Engine) -> None:
    until = time.monotonic() + 20
    while engine.running() and time.monotonic() < until:
        time.sleep(0.02)


def test_a_workflow_lives_and_dies_with_its_transaction(real: Database) -> None:
    ran: list[int] = []
    engine = Engine(real, node="n", concurrency={"verify": 2})
    engine.launch({"verify": lambda task: ran.append(task)})
    try:

        def undone(tx: Transaction) -> None:
            engine.start(tx, "verify", "verify:9", task=9)
            raise KeyError

        with pytest.raises(KeyError):
            real.write(undone)
        for _ in range(2):
            real.write(lambda tx: engine.start(tx, "verify", "verify:1", task=1))
        wait(engine)
        assert ran == [1]
        assert [engine.progress(f"verify:{n}") for n in (1, 9)] == [Progress.DONE, Progress.ABSENT]
        assert engine.forget_before("2999-01-01T00:00:00Z") == 1
    finally:
        engine.close()


def test_a_failed_body_is_seen(real: Database) -> None:
    def broken(task: int) -> None:
        raise ValueError(task)

    engine = Engine(real, node="n", concurrency={})
    engine.launch({"verify": broken})
    try:
        real.write(lambda tx: engine.start(tx, "verify", "verify:1", task=1))
        wait(engine)
        assert engine.progress("verify:1") is Progress.FAILED
    finally:
        engine.close()


def test_the_work_of_a_killed_node_is_taken_over(real: Database) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, real.url], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "at work\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    ran: list[int] = []
    engine = Engine(real, node="second", concurrency={})
    engine.launch({"verify": lambda task: ran.append(task)})
    try:
        assert engine.resume("first") == 1
        wait(engine)
        assert ran == [1]
    finally:
        engine.close()


def test_a_database_that_is_away_at_the_launch_is_no_bug() -> None:
    done = subprocess.run([sys.executable, "-c", GONE], capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith("the database went away while the workflows were started: ")
    assert len(done.stdout.splitlines()) == 1
