"""A question blocks its task and keeps the lease; the answer lets whoever waits go on."""

import pytest

from windlass import dispatch
from windlass.dispatch import Lease, LeaseLost, TaskStatus
from windlass.kernel import Conflict


def ask(desk, lease: Lease, text: str = "which?") -> int:
    return desk.database.write(
        lambda tx: dispatch.talk.ask(tx, dispatch.hold(tx, lease, tx.now()), text, tx.now())
    )


def answer(desk, number: int, text: str = "this") -> TaskStatus:
    return desk.database.write(lambda tx: dispatch.talk.answer(tx, number, "person:ada", text, tx.now()))


def test_the_lease_lives_on_while_its_worker_waits(desk, clock) -> None:
    number = desk.file()
    _, lease = desk.take()
    assert ask(desk, lease) == 1
    clock.advance(200)
    desk.renew(lease)
    clock.advance(200)
    assert answer(desk, number) is TaskStatus.IN_PROGRESS
    desk.submit(lease)
    assert desk.task(number).attempt == 1


def test_a_blocked_task_takes_no_submission_and_no_second_question(desk) -> None:
    desk.file()
    _, lease = desk.take()
    ask(desk, lease)
    for act in (lambda: desk.submit(lease), lambda: ask(desk, lease)):
        with pytest.raises(Conflict):
            act()


@pytest.mark.parametrize("swept", [True, False])
def test_whoever_did_not_wait_is_late_and_costs_no_attempt(desk, clock, swept: bool) -> None:
    number = desk.file(attempts_max=1)
    _, lease = desk.take()
    ask(desk, lease)
    clock.advance(301)
    if swept:
        assert desk.sweep() == [number]
        assert desk.status(number) is TaskStatus.BLOCKED
    assert answer(desk, number) is TaskStatus.PENDING
    task = desk.task(number)
    assert (task.attempt, task.fence) == (0, 2)
    with pytest.raises(LeaseLost):
        desk.submit(lease)
    desk.submit(desk.take()[1])


def test_whoever_ends_its_turn_leaves_the_question_and_costs_no_attempt(desk) -> None:
    number = desk.file(attempts_max=1)
    _, lease = desk.take()

    def leave() -> bool:
        return desk.database.write(
            lambda tx: dispatch.talk.leave(tx, dispatch.hold(tx, lease, tx.now()), tx.now())
        )

    assert not leave(), "a task that is not blocked is ended by other words"
    ask(desk, lease)
    assert leave()
    assert desk.status(number) is TaskStatus.BLOCKED
    with pytest.raises(LeaseLost):
        leave()
    assert answer(desk, number) is TaskStatus.PENDING
    assert (desk.task(number).attempt, desk.task(number).note) == (0, "this")


def test_nobody_answers_what_nobody_asked(desk) -> None:
    number = desk.file()
    with pytest.raises(Conflict):
        answer(desk, number)
    _, lease = desk.take()
    ask(desk, lease)
    answer(desk, number)
    with pytest.raises(Conflict):
        answer(desk, number)


def test_a_dead_node_takes_its_question_along(desk) -> None:
    number = desk.file()
    _, lease = desk.take(node="n9")
    ask(desk, lease)
    assert desk.release_node("n9") == [number]
    assert (desk.status(number), desk.task(number).fence) == (TaskStatus.BLOCKED, 2)
