"""Files that no runner made are handed in like a result; refusals are in app/test_worktrees.py."""

from windlass.dispatch import TaskStatus, attempts, tries
from windlass.dispatch.offering import offer
from windlass.workspace import Attempt


def test_files_of_a_person_are_submitted_under_a_lease(lite_place) -> None:
    site = lite_place.site
    task_id = lite_place.desk.file(runner=next(iter(site.runners)), base=lite_place.base)
    made = Attempt.create(site.mirror, site.folders.attempts.parent / "own", lite_place.base, "windlass/mine")
    (made.path / "src" / "a.py").write_text("A = 2\n")
    offer(site, made, task_id, worker="ann/mine", note="by hand")
    (attempt,) = site.database.read(lambda tx: attempts(tx, task_id))
    assert (attempt.worker, attempt.outcome.value) == ("ann/mine", "submitted")
    assert lite_place.desk.task(task_id).status is TaskStatus.REVIEW_NEEDED
    assert site.mirror.ref(tries.pin(task_id, attempt.fence)) is not None
