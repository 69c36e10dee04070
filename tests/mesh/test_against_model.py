"""The fourteen tools and the sweep against a pure model, on both databases, and with each guard broken.

Every token that was ever given goes on trying; every call is repeated under its key. Neither changes a thing.
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.dispatch.test_against_model import Broken
from tests.mesh.life import make

from windlass.kernel import FixedClock
from windlass.mesh import admin, brain, mesh, office, working
from windlass.store import Database, SqliteDatabase, migrate, open_database


def check(database: Any, clock: FixedClock, *, examples: int, shrink: bool = True) -> None:
    phases = tuple(Phase) if shrink else (Phase.generate,)
    run_state_machine_as_test(
        make(database, clock),
        settings=settings(
            max_examples=examples, stateful_step_count=50, deadline=None, derandomize=True, database=None,
            phases=phases, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder: Path = tmp_path_factory.mktemp("schema")
    database = open_database(f"sqlite:///{folder}/windlass.db")
    assert isinstance(database, SqliteDatabase)
    migrate(database)
    image = database.snapshot()
    database.close()
    return image


@contextlib.contextmanager
def in_memory(migrated: bytes) -> Iterator[tuple[Database, FixedClock]]:
    clock = FixedClock()
    database = open_database("sqlite://", clock=clock)
    assert isinstance(database, SqliteDatabase)
    database.restore(migrated)
    yield database, clock
    database.close()


def test_sqlite_agrees_with_the_model(migrated: bytes) -> None:
    with in_memory(migrated) as (database, clock):
        check(database, clock, examples=100)


@pytest.mark.postgres
def test_postgresql_agrees_with_the_model(postgres: Database, clock: FixedClock) -> None:
    check(postgres, clock, examples=12)


STATEMENTS = {
    "the lease must be alive and ours": (" AND worker = :worker AND expires_at > :now", ""),
    "the fence of the lease must be ours": (
        "task_id = :id AND fence = :fence AND worker", "task_id = :id AND worker",
    ),
    "only expired leases are swept": ("WHERE expires_at <= :now OR", "WHERE 1 = 1 OR"),
    "a move names fence and status": ("AND status = :old AND fence = :fence", "AND fence = fence"),
    "the fence grows on expiry, cancel and requeue": ("fence = fence + :grow", "fence = fence"),
    "the fence grows on claim": ("status = 'in_progress', fence = fence + 1,", "status = 'in_progress',"),
    "the fence grows when a waiting worker is lost": (
        "SET fence = fence + 1, attempt = attempt - 1", "SET attempt = attempt - 1",
    ),
    "waiting for an answer costs no attempt": (
        "SET fence = fence + 1, attempt = attempt - 1", "SET fence = fence + 1",
    ),
    "only what is verified is approved, and once": (
        "AND status = 'review_needed' AND fence = :fence AND review = :old", "",
    ),
    "a task leaves review without its grade": (
        "review = CASE WHEN :new = 'pending' THEN '' ELSE review END", "review = review",
    ),
    "what stands on a task goes with it": (
        "WHERE root_id = :root AND id > :id", "WHERE root_id = :root AND id > :id AND 1 = 0",
    ),
    "rejections are counted": ("rejections = rejections + :rejected", "rejections = rejections"),
    "a key is taken once": (
        "ON CONFLICT (subject, key) DO NOTHING", "ON CONFLICT (subject, key) DO UPDATE SET at = 1",
    ),
    "a lease ends with its attempt": (
        "DELETE FROM wl_lease WHERE task_id = :id AND fence = :fence", "SELECT :id, :fence",
    ),
    "tokens of an older answer are revoked": (
        "UPDATE wl_token SET revoked_at = :now", "UPDATE wl_token SET revoked_at = NULL",
    ),
}  # fmt: skip
"""Guards that stand in statements: what is broken, and how."""


def _yes(*_: object, **__: object) -> bool:
    return True


def _nothing(*_: object, **__: object) -> None:
    return None


FUNCTIONS: dict[str, tuple[object, str, Callable[..., object]]] = {
    "an approval is for the commit that was seen": (brain, "_check_same", _nothing),
    "an approval waits for the gate and for evidence": (brain, "_check_ready", _nothing),
    "the brain's tools ask for the right": (brain, "authorize", _nothing),
    "the admins' tools ask for the right": (admin, "authorize", _nothing),
    "a guardian is not cancelled away": (admin, "_guards", lambda *_: False),
    "a lease token is its holder's alone": (mesh, "_own", _yes),
    "only guardians give verdicts, only they bring nothing": (working, "_check_verdict", _nothing),
    "a key belongs to one call": (office.Request, "digest", property(lambda self: "same")),
}
"""Guards that stand in code."""


def noticed(database: Any, clock: FixedClock) -> None:
    with pytest.raises(Exception) as failed:  # noqa: PT011 - an assertion of the model, or the database's own
        check(database, clock, examples=4000, shrink=False)
    told = repr(failed.value).lower()
    signs = ("assert", "constraint", "conflict", "keyerror", "indexerror")
    assert any(sign in told for sign in signs), told


@pytest.mark.parametrize("guard", STATEMENTS)
def test_the_model_notices_a_broken_statement(guard: str, migrated: bytes) -> None:
    old, new = STATEMENTS[guard]
    with in_memory(migrated) as (database, clock):
        noticed(Broken(database, old, new), clock)


@pytest.mark.parametrize("guard", FUNCTIONS)
def test_the_model_notices_a_broken_guard(
    guard: str, migrated: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, name, broken = FUNCTIONS[guard]
    monkeypatch.setattr(place, name, broken)
    with in_memory(migrated) as (database, clock):
        noticed(database, clock)
