"""Walk the landing's machine."""

from dataclasses import replace

import pytest

from windlass.kernel import WindlassError
from windlass.kernel.states import IllegalMove
from windlass.land import Landing, LandingState, Mode
from windlass.land.model import LANDING, SLOT, Cause

ENDS = {LandingState.LANDED, LandingState.PROPOSED, LandingState.EJECTED}
BARE = Landing(
    id=1,
    repository_id=1,
    task_id=1,
    fence=1,
    branch="main",
    mode=Mode.LAND,
    state=LandingState.QUEUED,
    cause=Cause.NONE,
    reason="",
    tries=0,
    base=None,
    commit=None,
    tree=None,
    ref=None,
    patch=None,
    decision=None,
    advice="",
    created_at=0.0,
    updated_at=0.0,
)


def test_every_state_is_in_the_table_and_only_three_are_final():
    assert set(LANDING.moves) == set(LandingState)
    assert {state for state in LandingState if LANDING.final(state)} == ENDS


def test_every_state_is_reached_from_queued_and_reaches_an_end():
    reached, todo = {LandingState.QUEUED}, [LandingState.QUEUED]
    while todo:
        for new in LANDING.moves[todo.pop()] - reached:
            reached.add(new)
            todo.append(new)
    assert reached == set(LandingState)
    for state in LandingState:
        assert LANDING.final(state) or any(
            new in ENDS or LANDING.moves[new] & ENDS for new in LANDING.moves[state]
        )


def test_nothing_is_landed_that_was_not_on_record_before():
    before = {
        old for old, news in LANDING.moves.items() if news & {LandingState.LANDED, LandingState.PROPOSED}
    }
    assert before == {LandingState.LANDING, LandingState.RIDING}
    assert all(
        old in {LandingState.PROVED} for old, news in LANDING.moves.items() if LandingState.LANDING in news
    )


def test_a_blocked_landing_holds_no_slot():
    assert LandingState.BLOCKED not in SLOT
    with pytest.raises(IllegalMove):
        LANDING.check(LandingState.BLOCKED, LandingState.LANDING)


def test_a_proof_exists_only_where_everything_is_decided():
    assert replace(BARE, base="b", commit="c", tree="t").proof.commit == "c"
    with pytest.raises(WindlassError):
        _ = replace(BARE, base="b", commit="c").proof
