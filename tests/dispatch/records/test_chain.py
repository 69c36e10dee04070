"""Guardian chains: each task on the approved commit before it, closed together, taken back from the end."""

from dataclasses import replace

import pytest

from windlass import dispatch
from windlass.dispatch import Place, Review, Submission, TaskStatus
from windlass.kernel import Conflict

OID, NEXT = "a" * 40, "b" * 40


def root(desk, *, most: int = 3) -> int:
    spec = dispatch.Spec("backend", ("src/a.py",))
    return desk.database.write(
        lambda tx: dispatch.add_task(
            tx, repository_id=1, item_id=None, lane=dispatch.lane_id(tx, 1, "mechanic"), kind="fix",
            title="t", spec=spec, wsjf=2.0, base=OID, now=tx.now(), attempts_max=most,
            place=Place("implementation", "low"),
        )
    )  # fmt: skip


def approved(desk, lane: str = "mechanic", commit: str = NEXT) -> Submission:
    """Claim, submit, verify and approve what is ready in a lane."""
    task, lease = desk.take(lanes=(lane,))
    offer = Submission(task.id, lease.fence, commit, commit, task.base, (f"{lane}.py",), 2, "remote")

    def work(tx) -> None:
        dispatch.submit(tx, dispatch.hold(tx, lease, tx.now()), offer, desk.started, tx.now())
        dispatch.chain.verified(tx, offer, tx.now())
        dispatch.chain.approve(tx, offer, "person:ada", tx.now())

    desk.database.write(work)
    return offer


def follow(desk, before: Submission, role: str) -> int:
    return desk.database.write(
        lambda tx: dispatch.chain.file_next(
            tx, dispatch.task(tx, before.task_id), role, dispatch.lane_id(tx, 1, role), tx.now(),
            commit=before.commit,
        )
    )


def test_what_lands_is_everything_since_the_implementations_base(desk) -> None:
    number = root(desk)
    first = approved(desk)
    guardian = follow(desk, first, "qa")
    last = approved(desk, "qa", commit="c" * 40)
    whole = desk.database.read(lambda tx: dispatch.chain.whole(tx, guardian, last.fence))
    assert (whole.base, whole.commit, whole.lines) == (OID, "c" * 40, 4)
    assert whole.files == ("mechanic.py", "qa.py")
    desk.database.write(lambda tx: dispatch.chain.close(tx, guardian, last.fence, tx.now()))
    assert (desk.status(number), desk.status(guardian)) == (TaskStatus.COMPLETED, TaskStatus.COMPLETED)


def test_an_approval_holds_once_for_one_fence(desk) -> None:
    root(desk)
    offer = approved(desk)
    for again in (offer, replace(offer, fence=offer.fence - 1)):
        with pytest.raises(Conflict):
            desk.database.write(lambda tx, o=again: dispatch.chain.approve(tx, o, "ada", tx.now()))


@pytest.mark.parametrize("how", ["requeue", "cancel", "reject", "block"])
def test_taking_a_task_back_takes_along_what_stands_on_it(desk, how: str) -> None:
    number = root(desk)
    offer = approved(desk)
    guardian = follow(desk, offer, "qa")
    task, lease = desk.take(lanes=("qa",))
    if how in ("reject", "block"):
        getattr(desk, how)(number, offer.fence)
    else:
        getattr(desk, how)(number)
    assert desk.status(guardian) is TaskStatus.CANCELLED
    assert task.id == guardian
    with pytest.raises(Conflict):
        desk.renew(lease)
    if how == "requeue":
        assert desk.task(number).review is Review.NONE


def test_a_guardians_no_ends_its_own_task_and_reopens_the_first(desk) -> None:
    number = root(desk, most=1)
    guardian = follow(desk, approved(desk), "qa")
    _, lease = desk.take(lanes=("qa",))
    status = desk.database.write(
        lambda tx: dispatch.chain.send_back(tx, dispatch.hold(tx, lease, tx.now()), "null check", tx.now())
    )
    assert status is TaskStatus.FAILED, "it was the last attempt"
    assert desk.status(guardian) is TaskStatus.COMPLETED
    assert (desk.task(number).note, desk.task(number).rejections) == ("null check", 1)


def test_a_failed_task_is_tried_again_under_a_new_number(desk) -> None:
    number = root(desk, most=1)
    desk.take()
    desk.database.write(lambda tx: dispatch.sweep(tx, tx.now() + 301))
    assert desk.status(number) is TaskStatus.FAILED
    fresh = desk.database.write(lambda tx: dispatch.chain.again(tx, number, tx.now()))
    assert (desk.task(fresh).attempt, desk.task(fresh).role) == (0, "implementation")
    assert desk.task(fresh).note == desk.task(number).note
