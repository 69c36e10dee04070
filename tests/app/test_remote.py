"""The employer behind a network, over a real server, its API and real git."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.app.online import Online, online
from tests.app.shop import Shop

from windlass import dispatch
from windlass.app.client import Client
from windlass.app.remote import Registration, RemoteEmployer, is_lost, job_of
from windlass.dispatch import Bench, Job, LeaseLost, Outcome, RunnerSpec, TaskStatus, work
from windlass.kernel import Conflict, Unavailable, system_clock
from windlass.sandbox import open_launcher
from windlass.workspace import Author


@dataclass
class Far:
    """A worker host beside a server."""

    at: Online
    employer: RemoteEmployer
    bench: Bench

    def task(self, number: int) -> dispatch.Task:
        return self.at.served.database.read(lambda tx: dispatch.task(tx, number))

    def take(self) -> Job:
        for _ in range(100):
            if job := self.employer.take("slot-1"):
                return job
            threading.Event().wait(0.1)
        raise AssertionError("no task")


@pytest.fixture
def far(shop: Shop, tmp_path: Path) -> Iterator[Far]:
    with online(shop) as at:
        client = Client(at.url, at.token())
        made = Registration("host-1", "here", ("mechanic",), 1, "0")
        employer = RemoteEmployer(client, made, tmp_path / "mirrors", threading.Event())
        employer.introduce()
        (tmp_path / "attempts").mkdir()
        bench = Bench(
            open_launcher(), tmp_path / "attempts", {"mechanic": RunnerSpec("mechanic", {})},
            Author("w", "w@localhost"), system_clock,
        )  # fmt: skip
        yield Far(at, employer, bench)
        client.close()


def test_a_task_is_done_here_and_landed_there(far: Far, shop: Shop) -> None:
    worked = None
    for _ in range(100):
        if worked := work(far.bench, far.employer, "slot-1"):
            break
        threading.Event().wait(0.1)
    assert worked is not None
    assert (worked.outcome, worked.status) == (Outcome.SUBMITTED, TaskStatus.REVIEW_NEEDED), worked
    for _ in range(600):
        if far.task(worked.task_id).status is TaskStatus.COMPLETED:
            break
        threading.Event().wait(0.1)
    assert "import os" not in shop.outside.git("show", "main:shop/part_0.py")
    attempt = far.at.served.database.read(lambda tx: dispatch.attempts(tx, worked.task_id))[0]
    assert attempt.worker == "farm"
    assert far.employer.take("slot-1") is None


def test_ends_are_heard_once_however_often_they_are_said(far: Far) -> None:
    job = far.take()
    assert far.employer.holds(job.lease)
    assert far.employer.end(job, Outcome.FAILED, "it broke") is TaskStatus.PENDING
    assert far.task(job.lease.task_id).note == "it broke"
    assert not far.employer.holds(job.lease)
    with pytest.raises(LeaseLost):
        far.employer.end(job, Outcome.FAILED, "again")


def test_a_lease_that_was_taken_away_is_noticed_at_the_next_renewal(far: Far) -> None:
    job = far.take()
    far.employer.renew()
    assert far.employer.prolong(job.lease) == job.lease
    database = far.at.served.database
    database.write(lambda tx: dispatch.verdicts.requeue(tx, job.lease.task_id, "ann", "no", tx.now()))
    far.employer.renew()
    assert not far.employer.holds(job.lease)
    with pytest.raises(LeaseLost):
        far.employer.prolong(job.lease)


def test_everything_in_hand_goes_back_at_no_cost(far: Far) -> None:
    job = far.take()
    far.employer.hand_back("stopped")
    task = far.task(job.lease.task_id)
    assert (task.status, task.attempt) == (TaskStatus.PENDING, 0)


def test_the_base_is_fetched_once(far: Far) -> None:
    job = far.take()
    mirror, base = far.employer.workspace(job)
    assert mirror.tree_of(base)
    assert far.employer.workspace(job) == (mirror, base)
    assert [path for path in mirror.tmp.iterdir()] == []


def test_an_instance_that_was_forgotten_registers_again_and_one_that_drains_takes_nothing(far: Far) -> None:
    database = far.at.served.database
    database.write(lambda tx: tx.execute("DELETE FROM wl_instance"))
    far.employer.renew()
    assert database.read(lambda tx: tx.scalar("SELECT id FROM wl_instance")) == "farm.host-1"
    database.write(lambda tx: tx.execute("UPDATE wl_instance SET state = 'draining', reason = 'x'"))
    far.employer.renew()
    assert far.employer.draining.is_set()
    assert far.employer.take("slot-1") is None


def test_an_answer_that_cannot_be_read_is_the_servers_trouble() -> None:
    with pytest.raises(Unavailable, match="cannot be read"):
        job_of({"task": {"id": 1}}, "w", "i")


def test_what_counts_as_lost() -> None:
    lease = dispatch.Lease(1, 1, "w", "n", 0.0)
    assert is_lost(LeaseLost(lease))
    assert not is_lost(Conflict("moved"))
    assert replace(lease, fence=2) != lease
