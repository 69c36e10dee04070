"""A status changes only from (id, status, fence) as it was seen."""

import pytest

from windlass.dispatch import TaskStatus
from windlass.dispatch.records.moving import NOTE_MAX, Move, moved, task_row
from windlass.events import history
from windlass.kernel import Conflict


def test_a_move_from_a_state_that_is_gone_changes_nothing(desk) -> None:
    task_id = desk.file()
    _, lease = desk.take()
    stale = desk.database.read(lambda tx: task_row(tx, task_id))
    desk.submit(lease)
    change = Move(TaskStatus.COMPLETED, "task.completed", "x", "")
    for expected in (
        (TaskStatus.IN_PROGRESS, 1),
        (TaskStatus.REVIEW_NEEDED, 2),
        (TaskStatus.REVIEW_NEEDED, 0),
    ):
        assert not desk.database.write(lambda tx: moved(tx, stale, expected, change, 1.0))  # noqa: B023
    assert desk.status(task_id) is TaskStatus.REVIEW_NEEDED


def test_a_long_reason_is_cut_and_told_in_the_event(desk) -> None:
    task_id = desk.file()
    desk.submit(desk.take()[1])
    desk.reject(task_id, 1, "x" * 10_000)
    assert len(desk.task(task_id).note) == NOTE_MAX
    last = desk.database.read(lambda tx: history(tx, task=task_id))[-1]
    assert (last.kind, last.data["was"], last.data["status"]) == ("task.rejected", "review_needed", "pending")


def test_the_error_says_where_the_task_is(desk) -> None:
    task_id = desk.file()
    with pytest.raises(Conflict, match=f"task {task_id} is pending at fence 0, not review_needed at fence 1"):
        desk.complete(task_id, 1)
