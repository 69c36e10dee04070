"""Reading tasks back."""

import pytest

from windlass.dispatch import TaskStatus, records
from windlass.kernel import NotFound


def test_listing_by_status(desk) -> None:
    ids = [desk.file() for _ in range(3)]
    desk.take()
    pending = desk.database.read(lambda tx: records.tasks(tx, 1, [TaskStatus.PENDING]))
    assert [task.id for task in pending] == ids[1:]
    assert len(desk.database.read(lambda tx: records.tasks(tx, 1))) == 3
    assert desk.database.read(lambda tx: records.tasks(tx, 2)) == []


def test_the_current_submission_is_that_of_the_current_fence(desk) -> None:
    task_id = desk.file(item=7)

    def current() -> object:
        return desk.database.read(lambda tx: records.current_submission(tx, task_id))

    assert current() is None
    desk.submit(desk.take()[1], "b" * 40)
    assert current().commit == "b" * 40
    desk.requeue(task_id)
    assert current() is None
    desk.submit(desk.take()[1], "c" * 40)
    assert current().commit == "c" * 40
    assert desk.database.read(lambda tx: records.submission(tx, task_id, 1)).commit == "b" * 40
    assert [t.id for t in desk.database.read(lambda tx: records.tasks_of_item(tx, 7))] == [task_id]


def test_what_is_not_there_says_so(desk) -> None:
    for read in (lambda tx: records.task(tx, 1), lambda tx: records.submission(tx, 1, 1)):
        with pytest.raises(NotFound):
            desk.database.read(read)


def test_a_node_is_dead_only_when_it_is_known_and_silent(desk) -> None:
    def insert(tx, node: str, beat: float) -> None:
        tx.execute(
            "INSERT INTO wl_node (id, host, pid, state, beat, started_at)"
            " VALUES (:id, 'h', 1, 'live', :beat, 1)",
            id=node, beat=beat,
        )  # fmt: skip

    desk.database.write(lambda tx: [insert(tx, "old", 10.0), insert(tx, "new", 99.0)])
    assert desk.database.read(lambda tx: records.silent_nodes(tx, {"old", "new", "who"}, 50.0)) == {"old"}
