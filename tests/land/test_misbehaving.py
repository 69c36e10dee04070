"""A landing whose surroundings misbehave: it lands once or says why not, and never by accident."""

import pytest

from windlass.dispatch import TaskStatus
from windlass.kernel import Unavailable
from windlass.land import LandingState, Mode

FIX = {"a.txt": b"ONE\ntwo\nthree\n"}


def test_a_repository_that_refuses_the_move_keeps_its_branch_and_gets_the_change_once_it_allows_it(plant):
    task, fence = plant.submitted(FIX)
    landing = plant.queue(task, fence, Mode.LAND)
    before = plant.git("rev-parse", "main")
    lock = plant.user / ".git" / "refs" / "heads" / "main.lock"
    lock.touch()
    with pytest.raises(Unavailable, match="cannot move refs/heads/main") as refused:
        plant.run(landing)
    assert refused.value.hint == "is a git command running?"
    assert plant.git("rev-parse", "main") == before
    assert plant.task(task).status is TaskStatus.REVIEW_NEEDED
    lock.unlink()
    done = plant.run(landing)
    assert (done.state, plant.git("rev-parse", "main~1")) == (LandingState.LANDED, before)
    assert plant.git("rev-parse", "main^{tree}") == done.tree


def test_a_main_that_is_deleted_or_rewritten_between_the_decision_and_the_move_blocks(plant):
    for what, command in (("deleted", ("-d",)), ("rewritten", ())):
        task, fence = plant.submitted({f"{what}.txt": b"x\n"})
        tree = plant.git("rev-parse", "main^{tree}")
        other = plant.git("commit-tree", tree, "-m", "another root")
        main = plant.git("rev-parse", "main")

        def break_it(name, command=command, other=other):
            if name == "land":
                plant.git("update-ref", *command, "refs/heads/main", *([] if command else [other]))

        done = plant.run(plant.queue(task, fence, Mode.LAND), mark=break_it)
        assert done.state is LandingState.BLOCKED, what
        assert "main" in done.reason
        left = plant.git("for-each-ref", "--format=%(objectname)", "refs/heads/main")
        assert left == ("" if what == "deleted" else other)
        plant.git("update-ref", "refs/heads/main", main)
