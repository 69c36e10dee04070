"""Why something waits, case by case."""

from dataclasses import replace

import pytest

from windlass.cli.standing import Turn, task_stand
from windlass.dispatch import Lease, Review, Spec, Task, TaskStatus
from windlass.land import Landing, LandingState, Mode
from windlass.land.model import Cause
from windlass.policy import Decision
from windlass.policy.model import DecisionStatus

TASK = Task(
    id=7, repository_id=1, item_id=2, lane=1, kind="mechanic", title="Tidy", status=TaskStatus.PENDING,
    cls=1000, ready_at=0.0, unmet=0, attempt=1, attempts_max=3, fence=1, base="",
    spec=Spec("mechanic", ("a",)), note="", created_at=0.0, updated_at=0.0,
)  # fmt: skip
LANDING = Landing(
    id=4, repository_id=1, task_id=7, fence=1, branch="main", mode=Mode.LAND, state=LandingState.QUEUED,
    cause=Cause.NONE, reason="", tries=0, base=None, commit="ab" * 20, tree=None, ref=None, patch=None,
    decision=None, advice="", created_at=0.0, updated_at=0.0,
)  # fmt: skip
ASKED = Decision(
    3, "k", "blocked", "Shall it?  " + "x" * 200, ("yes", "no"), None, 1, DecisionStatus.OPEN, 0.0
)
_S = TaskStatus


@pytest.mark.parametrize(
    ("status", "changes", "why", "turn"),
    [
        (_S.PENDING, {"unmet": 1}, "waits for 1 other task to complete", Turn.GOING),
        (_S.PENDING, {"unmet": 2}, "waits for 2 other tasks to complete", Turn.GOING),
        (_S.PENDING, {"note": "no tests"}, "attempt 2 of 3; before that: no tests", Turn.GOING),
        (_S.PLANNING, {}, "is being planned", Turn.GOING),
        (_S.IN_PROGRESS, {}, "ann works on attempt 1 of 3", Turn.GOING),
        (_S.BLOCKED, {"note": "cannot"}, "cannot: windlass task requeue 7", Turn.PERSON),
        (_S.REVIEW_NEEDED, {}, "the submission is being verified", Turn.GOING),
        (_S.REVIEW_NEEDED, {"review": Review.VERIFIED}, "windlass task approve 7", Turn.PERSON),
        (_S.REVIEW_NEEDED, {"review": Review.APPROVED}, "approved", Turn.GOING),
        (_S.COMPLETED, {}, "", Turn.DONE),
        (_S.FAILED, {"note": "three times"}, "three times", Turn.NO),
        (_S.CANCELLED, {"note": "no"}, "no", Turn.NO),
    ],
)
def test_a_task_says_why_it_waits(
    status: TaskStatus, changes: dict[str, object], why: str, turn: Turn
) -> None:
    task = replace(TASK, status=status, **changes)
    stand = task_stand(task, [], None, Lease(7, 1, "ann", "n", 9.0))
    assert (stand.state, stand.turn) == (status.value, turn)
    assert why in stand.why


def test_an_open_question_is_a_persons_turn_whatever_the_status() -> None:
    stand = task_stand(replace(TASK, status=_S.IN_PROGRESS), [ASKED], None, None)
    assert stand.turn is Turn.PERSON
    assert stand.why.endswith("… (yes | no): windlass decide answer 3 OPTION")


@pytest.mark.parametrize(
    ("state", "turn"),
    [
        (LandingState.QUEUED, Turn.GOING),
        (LandingState.BUILDING, Turn.GOING),
        (LandingState.BLOCKED, Turn.PERSON),
    ],
)
def test_a_landing_is_named(state: LandingState, turn: Turn) -> None:
    landing = replace(LANDING, state=state, reason="too many files")
    stand = task_stand(replace(TASK, status=_S.REVIEW_NEEDED), [], landing, None)
    assert (stand.why, stand.turn) == (f"landing 4 is {state.value} on main: too many files", turn)


def test_an_ejected_landing_says_nothing_of_now() -> None:
    landing = replace(LANDING, state=LandingState.EJECTED)
    assert "landing" not in task_stand(replace(TASK, status=_S.REVIEW_NEEDED), [], landing, None).why


def test_the_end_names_the_commit() -> None:
    landing = replace(LANDING, state=LandingState.LANDED)
    assert (
        task_stand(replace(TASK, status=_S.COMPLETED), [], landing, None).why == "landed ababababab on main"
    )
