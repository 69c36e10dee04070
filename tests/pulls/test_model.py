"""Where something is offered, and at which commit."""

from dataclasses import replace

from windlass.pulls.model import Asked
from windlass.pulls.situation import look


def test_a_proposal_has_its_tasks_branch_and_what_waits_one_of_its_own(house):
    done = house.done({"a.txt": b"ONE\n"})
    (due,) = house.plant.database.read(lambda tx: look(tx, house.plant.site)).due
    assert (due.branch, due.commit) == (f"windlass/{done.task_id}", done.commit)
    waits = replace(due, asked=Asked(1, ("land",), ()))
    assert (waits.branch, waits.commit) == (f"windlass/review/{done.id}", due.submission.commit)
    assert waits.commit != done.commit
