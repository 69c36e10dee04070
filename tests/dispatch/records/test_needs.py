"""Needs that are dead are found, waived and inherited."""

from windlass.dispatch import TaskStatus
from windlass.dispatch.records import needs


def dead(desk) -> list[tuple[int, int]]:
    return desk.database.read(lambda tx: needs.dead(tx, desk.repository))


def test_only_the_dead_needs_of_open_tasks_are_found(desk) -> None:
    lost, alive, done = desk.file(), desk.file(), desk.file()
    waits, over = desk.file(needs=[lost, alive]), desk.file(needs=[lost])
    desk.file(needs=[alive])
    for one in (lost, over):
        desk.cancel(one)
    assert dead(desk) == [(waits, lost)]
    desk.database.write(lambda tx: needs.inherit(tx, lost, done))
    assert dead(desk) == []


def test_one_that_goes_without_a_need_still_waits_for_the_others(desk) -> None:
    lost, other = desk.file(), desk.file()
    waits = desk.file(needs=[lost, other])
    desk.cancel(lost)
    for _ in range(2):
        desk.database.write(lambda tx: needs.waive(tx, waits, lost))
        assert desk.task(waits).unmet == 1
    desk.database.write(lambda tx: needs.block(tx, waits, "why", tx.now()))
    assert (desk.status(waits), desk.task(waits).note) == (TaskStatus.BLOCKED, "why")
