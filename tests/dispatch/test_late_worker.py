"""The late worker on real git: it pushes by force over the new worker's branch, and main gets the pinned
commit.
"""

import threading
import time
from dataclasses import replace

import pytest

from windlass.dispatch import Lease, LeaseLost, Outcome, RunnerSpec, TaskStatus, records, work_once
from windlass.workspace import Author, Moved

AUTHOR = Author("Late", "late@example.org")


def shell(script: str) -> RunnerSpec:
    return RunnerSpec("command", {"command": ["/bin/sh", "-c", script]})


@pytest.mark.parametrize("how", ["expired", "cancelled", "requeued"])
def test_a_late_worker_changes_neither_task_nor_pin_nor_main(place, clock, how: str) -> None:
    task_id = place.desk.file(base=place.base)
    _, late = place.desk.take("late")
    if how == "expired":
        clock.advance(301)
        place.desk.sweep()
    if how == "cancelled":
        place.desk.cancel(task_id)
        task_id = place.desk.file(base=place.base)
    if how == "requeued":
        place.desk.requeue(task_id)
    worked = work_once(place.site, "new")
    assert worked is not None
    assert worked.outcome is Outcome.SUBMITTED
    new = Lease(task_id, worked.fence, "new", "n1", 0.0)
    mirror, main = place.site.mirror, place.site.checkout.ref("refs/heads/main")
    pinned = mirror.ref(new.pin)
    before = place.site.database.read(lambda tx: (records.task(tx, task_id), records.messages(tx, task_id)))

    tree = mirror.write_tree({"src/a.py": b"import evil\n"})
    evil = mirror.commit(tree, [place.base], "over the new branch", AUTHOR, clock())
    branch = f"refs/heads/{new.branch}"
    mirror.set_ref(branch, evil, expected=mirror.ref(branch))  # what a force-push comes to
    with pytest.raises(Moved):
        mirror.set_ref(new.pin, evil, expected=None)
    for act in (place.desk.submit, place.desk.renew, lambda lease: place.desk.say(lease, "me too")):
        with pytest.raises(LeaseLost):
            act(late)
        with pytest.raises(LeaseLost):
            act(replace(late, fence=new.fence))  # another's fence under its own name

    offer = place.site.database.read(lambda tx: records.submission(tx, task_id, new.fence))
    assert mirror.ref(new.pin) == pinned == offer.commit != evil
    assert b"evil" not in mirror.patch(place.base, offer.commit)
    assert place.site.checkout.ref("refs/heads/main") == main
    after = place.site.database.read(lambda tx: (records.task(tx, task_id), records.messages(tx, task_id)))
    assert after == before
    assert list(place.started.keys) == [f"verify:{task_id}:{new.fence}"]


def test_a_worker_whose_lease_is_taken_while_it_works_submits_nothing(lite_place) -> None:
    """The first worker is slow; an operator requeues; the second finishes first; the first comes too late."""
    task_id = lite_place.desk.file(runner="slow", base=lite_place.base)
    slow = lite_place.runners(slow=shell("sleep 2; echo 'LATE = 1' >> src/a.py"))
    quick = lite_place.runners(slow=shell("echo 'NEW = 1' >> src/a.py"))
    outcomes: list[Outcome] = []

    def work() -> None:
        worked = work_once(slow, "late")
        assert worked is not None
        outcomes.append(worked.outcome)

    thread = threading.Thread(target=work)
    thread.start()
    while lite_place.desk.status(task_id) is not TaskStatus.IN_PROGRESS:
        time.sleep(0.02)
    lite_place.desk.requeue(task_id)
    worked = work_once(quick, "new")
    thread.join()
    assert worked is not None
    assert (worked.outcome, worked.fence) == (Outcome.SUBMITTED, 3)
    assert outcomes == [Outcome.LOST]
    offer = lite_place.site.database.read(lambda tx: records.submission(tx, task_id, 3))
    assert b"+NEW = 1" in lite_place.site.mirror.patch(lite_place.base, offer.commit)
    assert lite_place.desk.status(task_id) is TaskStatus.REVIEW_NEEDED
    assert list(lite_place.started.keys) == [f"verify:{task_id}:3"]
