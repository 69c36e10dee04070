"""What a reversal is."""

from windlass.land.reversals import REVERSAL, ReversalState, Why


def test_only_what_changed_nothing_can_be_asked_for_again():
    ends = {state for state in ReversalState if REVERSAL.final(state)}
    assert ends == {ReversalState.LANDED, ReversalState.PROPOSED}


def test_whoever_does_the_work_again_is_told_reason_and_evidence():
    assert Why("main is red", evidence=("a fails", "b fails")).told == "main is red\na fails\nb fails"
