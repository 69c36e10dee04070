"""Filing tasks."""

import pytest

from windlass.dispatch import lane_id, records
from windlass.kernel import Invalid, NotFound


def test_a_task_waits_for_what_it_needs(desk) -> None:
    first = desk.file()
    second = desk.file(wsjf=9.0, needs=(first,))
    claimed, lease = desk.take()
    assert claimed.id == first
    assert desk.claim() is None
    desk.submit(lease)
    desk.complete(first, 1)
    assert desk.take()[0].id == second
    desk.file(needs=(first, first))  # completed already: nothing to wait for
    assert desk.claim() is not None


def test_a_task_cannot_need_one_that_is_not_there(desk) -> None:
    with pytest.raises(NotFound):
        desk.file(needs=(999,))
    assert desk.database.read(lambda tx: records.tasks(tx, 1)) == []


def test_impossible_numbers_are_refused(desk) -> None:
    with pytest.raises(Invalid):
        desk.file(attempts_max=0)
    with pytest.raises(Invalid):
        desk.file(wsjf=-1)


def test_a_lane_has_one_number(desk) -> None:
    numbers = {desk.database.write(lambda tx: lane_id(tx, 1, "a")) for _ in range(3)}
    assert len(numbers) == 1
    assert desk.database.write(lambda tx: lane_id(tx, 2, "a")) not in numbers
