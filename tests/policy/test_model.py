"""The life of a decision as a table."""

from windlass.policy.model import DECISION, DecisionStatus


def test_an_answer_is_final_and_a_withdrawn_question_may_come_back() -> None:
    assert DECISION.final(DecisionStatus.ANSWERED)
    assert DECISION.moves[DecisionStatus.WITHDRAWN] == {DecisionStatus.OPEN}
    assert set(DECISION.moves) == set(DecisionStatus)
