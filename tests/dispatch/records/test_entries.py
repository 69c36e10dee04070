"""A task that is put aside is nobody's until it takes over a commit."""

import pytest
from tests.dispatch.conftest import OID, Desk

from windlass import dispatch
from windlass.dispatch import Submission, TaskStatus
from windlass.kernel import Conflict

HOUSE = type("House", (), {"node": "n1"})


def aside(desk: Desk) -> int:
    number = desk.file()
    desk.database.write(lambda tx: dispatch.tries.put_aside(tx, number, "ann", tx.now()))
    return number


def over(desk: Desk, number: int, commit: str) -> Submission:
    house = HOUSE()
    house.start = desk.started
    offered = Submission(99, 1, commit, commit, OID, ("src/a.py",), 2, "bwrap")
    return desk.database.write(lambda tx: dispatch.tries.take_over(tx, number, offered, house))


def test_nobody_claims_what_was_put_aside(desk: Desk) -> None:
    number = aside(desk)
    assert desk.status(number) is TaskStatus.PLANNING
    assert desk.claim() is None
    with pytest.raises(Conflict):
        desk.database.write(lambda tx: dispatch.tries.put_aside(tx, number, "ann", tx.now()))


def test_a_commit_is_taken_over_under_the_task_s_own_fence_and_verified(desk: Desk) -> None:
    number = aside(desk)
    made = over(desk, number, "b" * 40)
    task = desk.task(number)
    assert (task.status, task.fence, made.fence, made.task_id) == (TaskStatus.REVIEW_NEEDED, 1, 1, number)
    assert f"verify:{number}:1" in desk.started.keys
    assert desk.database.read(lambda tx: dispatch.lease_of(tx, number)) is None
    assert desk.database.read(lambda tx: dispatch.submission(tx, number, 1)).commit == "b" * 40


def test_another_commit_is_taken_over_instead_under_a_larger_fence(desk: Desk) -> None:
    number = aside(desk)
    over(desk, number, "b" * 40)
    made = over(desk, number, "c" * 40)
    assert made.fence > 1
    assert desk.task(number).fence == made.fence


def test_what_is_over_takes_nothing_over(desk: Desk) -> None:
    number = aside(desk)
    made = over(desk, number, "b" * 40)
    desk.complete(number, made.fence)
    with pytest.raises(Conflict):
        over(desk, number, "c" * 40)


def test_without_a_choice_it_waits_for_a_person(desk: Desk) -> None:
    number = aside(desk)
    desk.database.write(lambda tx: dispatch.tries.set_aside(tx, number, "nobody wins", tx.now()))
    assert (desk.status(number), desk.task(number).note) == (TaskStatus.BLOCKED, "nobody wins")
