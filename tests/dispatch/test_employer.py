"""The port of workers, tried with the smallest employer there can be: one task, on paper."""

from dataclasses import dataclass, field, replace

import pytest

from windlass.dispatch import Bench, Job, Lease, LeaseLost, Made, Outcome, Refusal, TaskStatus, work
from windlass.dispatch.local import LocalEmployer
from windlass.kernel import Unavailable
from windlass.workspace import Mirror


@dataclass
class Paper:
    """Hands out one job of a real employer and writes down what it is told."""

    real: LocalEmployer
    answer: TaskStatus | Refusal = TaskStatus.REVIEW_NEEDED
    lost: bool = False
    told: list[str] = field(default_factory=list)

    def take(self, worker: str) -> Job | None:
        return self.real.take(worker)

    def prolong(self, lease: Lease) -> Lease:
        return lease

    def holds(self, lease: Lease) -> bool:
        return True

    def workspace(self, job: Job) -> tuple[Mirror, str]:
        return self.real.workspace(job)

    def hand_in(self, job: Job, made: Made) -> TaskStatus | Refusal:
        if self.lost:
            raise LeaseLost(job.lease)
        self.told.append(f"pack of {made.pack.stat().st_size > 0}")
        return self.answer

    def end(self, job: Job, outcome: Outcome, detail: str) -> TaskStatus:
        self.told.append(f"{outcome.value}: {detail}")
        return TaskStatus.PENDING

    def release(self, job: Job, reason: str) -> None:
        self.told.append("released")


def bench(place) -> Bench:
    site = place.site
    return Bench(site.launcher, site.folders.attempts, site.runners, site.author, site.clock)


def test_a_worker_needs_nothing_but_the_port(lite_place) -> None:
    lite_place.desk.file(base=lite_place.base)
    paper = Paper(LocalEmployer(lite_place.site, 300.0))
    worked = work(bench(lite_place), paper, "w1")
    assert worked is not None
    assert (worked.outcome, worked.status) == (Outcome.SUBMITTED, TaskStatus.REVIEW_NEEDED), worked
    assert paper.told == ["pack of True"]
    assert work(bench(lite_place), paper, "w1") is None


def test_a_refusal_ends_the_attempt_with_its_reason(lite_place) -> None:
    lite_place.desk.file(base=lite_place.base)
    paper = Paper(LocalEmployer(lite_place.site, 300.0), Refusal("bad-name: CON"))
    worked = work(bench(lite_place), paper, "w1")
    assert worked is not None
    assert worked.outcome is Outcome.REFUSED
    assert worked.detail.startswith("bad-name: CON; its unfinished files are commit ")
    assert paper.told[-1].startswith("refused: bad-name: CON; ")


def test_a_lease_that_is_lost_at_the_door_is_nobodys_fault(lite_place) -> None:
    lite_place.desk.file(base=lite_place.base)
    paper = Paper(LocalEmployer(lite_place.site, 300.0), lost=True)
    worked = work(bench(lite_place), paper, "w1")
    assert worked is not None
    assert (worked.outcome, worked.status, paper.told) == (Outcome.LOST, None, [])


def test_a_host_without_a_place_to_work_hands_the_task_back(lite_place, tmp_path) -> None:
    lite_place.desk.file(base=lite_place.base)
    (tmp_path / "file").touch()
    paper = Paper(LocalEmployer(lite_place.site, 300.0))
    broken = replace(bench(lite_place), attempts=tmp_path / "file")
    with pytest.raises(Unavailable, match="cannot work"):
        work(broken, paper, "w1")
    assert paper.told == ["released"]
