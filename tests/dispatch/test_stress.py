"""Many workers, short leases, zombies, cancels and sweeps at once; afterwards the books must balance."""

import random
import threading
import time
from collections import Counter
from typing import Any

import pytest

from windlass.dispatch import TaskStatus
from windlass.kernel import Conflict
from windlass.store import Database, migrate, open_database

THREADS, TASKS, SECONDS, TTL_S, STALL_S = 8, 120, 2.5, 0.25, 0.4


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def live(request: pytest.FixtureRequest, tmp_path) -> Any:
    """A database with a running clock."""
    url = (
        f"sqlite:///{tmp_path}/live.db"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    database = open_database(url)
    migrate(database)
    yield database
    database.close()


def test_zombies_lose_and_nothing_is_counted_twice(live: Database, desk_of: type) -> None:
    desk = desk_of(live)
    rng = random.Random(3)
    ids: list[int] = []
    for _ in range(TASKS):
        needs = rng.sample(ids[-12:], min(len(ids), rng.choice([0, 0, 1, 2])))
        ids.append(desk.file(wsjf=rng.choice([0.5, 1, 3, 8]), attempts_max=5, needs=tuple(needs)))
    claimed: list[tuple[int, int]] = []
    seen: Counter[str] = Counter()
    errors: list[BaseException] = []
    ends = time.monotonic() + SECONDS

    def worker(number: int) -> None:
        mine = random.Random(number)
        while time.monotonic() < ends:
            try:
                found = desk.claim(f"w{number}", ttl_s=TTL_S)
                if found is None:
                    time.sleep(0.005)
                    continue
                lease = found[1]
                claimed.append((lease.task_id, lease.fence))
                time.sleep(mine.choice([0, 0, 0.002, STALL_S]))
                if mine.random() < 0.2:
                    desk.cancel(lease.task_id)
                desk.submit(lease)
                seen["submitted"] += 1
                if mine.random() < 0.85:
                    desk.complete(lease.task_id, lease.fence)
                else:
                    desk.reject(lease.task_id, lease.fence)
            except Conflict:
                seen["refused"] += 1

    def sweeper() -> None:
        while time.monotonic() < ends:
            desk.sweep()
            time.sleep(0.03)

    def guarded(work: Any, *args: Any) -> None:
        try:
            work(*args)
        except BaseException as error:
            errors.append(error)

    crew = [threading.Thread(target=guarded, args=(worker, number)) for number in range(THREADS)]
    crew += [threading.Thread(target=guarded, args=(sweeper,)) for _ in range(2)]
    for member in crew:
        member.start()
    for member in crew:
        member.join(60)
    assert errors == []
    assert max(Counter(claimed).values()) == 1, "one fence was given out twice"
    assert seen["refused"] > 0
    balance(live)


def balance(database: Database) -> None:
    def look(tx: Any) -> tuple[list[Any], ...]:
        return (
            tx.rows("SELECT id, status, unmet, fence FROM wl_task"), tx.rows("SELECT task_id, fence FROM wl_lease"),  # noqa: E501
            tx.rows("SELECT d.task_id AS id, count(*) AS n FROM wl_dep d JOIN wl_task p ON p.id = d.dep_id"
                    " WHERE p.status <> 'completed' GROUP BY d.task_id"),
            tx.rows("SELECT task_id, count(*) AS n FROM wl_event WHERE kind = 'task.completed' GROUP BY task_id"),  # noqa: E501
        )  # fmt: skip

    tasks, leases, waiting, completed = database.read(look)
    assert len(tasks) == TASKS
    assert {t["id"]: t["unmet"] for t in tasks if t["unmet"]} == {row["id"]: row["n"] for row in waiting}
    working = {t["id"]: t["fence"] for t in tasks if t["status"] == TaskStatus.IN_PROGRESS.value}
    assert working == {row["task_id"]: row["fence"] for row in leases}
    assert all(row["n"] == 1 for row in completed)
    assert {row["task_id"] for row in completed} == {t["id"] for t in tasks if t["status"] == "completed"}
