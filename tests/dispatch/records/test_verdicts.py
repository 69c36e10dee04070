"""What verification, landing and operators decide about a task."""

import pytest

from windlass.dispatch import TaskStatus, records
from windlass.kernel import Conflict
from windlass.kernel.states import IllegalMove


def test_the_third_rejection_fails_the_task_and_the_reason_is_kept(desk) -> None:
    task_id = desk.file()
    for fence in (1, 2, 3):
        task, lease = desk.take()
        assert (lease.fence, task.note) == (fence, "" if fence == 1 else f"no {fence - 1}")
        desk.submit(lease)
        desk.reject(task_id, fence, f"no {fence}")
    assert (desk.status(task_id), desk.task(task_id).note) == (TaskStatus.FAILED, "no 3")
    talk = desk.database.read(lambda tx: records.messages(tx, task_id))
    assert [(m.role, m.kind, m.content) for m in talk] == [
        ("windlass", "rejection", f"no {n}") for n in (1, 2, 3)
    ]


def test_a_blocked_task_waits_until_somebody_unblocks_it(desk) -> None:
    task_id = desk.file()
    _, lease = desk.take()
    desk.submit(lease)
    desk.block(task_id, 1)
    assert desk.claim() is None
    desk.unblock(task_id)
    assert desk.take()[1].fence == 3


def test_a_verdict_about_an_old_submission_is_refused(desk) -> None:
    task_id = desk.file()
    desk.submit(desk.take()[1])
    desk.requeue(task_id)
    desk.submit(desk.take()[1])
    for verdict in (desk.complete, desk.reject, desk.block):
        with pytest.raises(Conflict):
            verdict(task_id, 1)
    assert desk.status(task_id) is TaskStatus.REVIEW_NEEDED
    desk.complete(task_id, 3)


def test_what_has_ended_stays_ended(desk) -> None:
    task_id = desk.file()
    desk.cancel(task_id)
    for act in (desk.cancel, desk.requeue):
        with pytest.raises(IllegalMove):
            act(task_id)
    with pytest.raises(Conflict):
        desk.unblock(task_id)
    assert desk.status(task_id) is TaskStatus.CANCELLED
