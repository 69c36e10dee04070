"""From a turn and the tree to an outcome."""

import pytest

from windlass.agents.model import End, Turn
from windlass.agents.verdict import DETAIL_MAX, verdict
from windlass.dispatch import Ending


@pytest.mark.parametrize(
    ("turn", "changed", "kind", "detail"),
    [
        (Turn(End.DONE, said="I  fixed\nit"), True, Ending.CHANGED, "changed: I fixed it"),
        (Turn(End.DONE, said="I fixed it"), False, Ending.NOTHING, "nothing: I fixed it"),
        (Turn(End.DONE), False, Ending.NOTHING, "nothing"),
        (Turn(End.CANNOT, "no"), True, Ending.CANNOT, "cannot: no"),
        (Turn(End.AUTH, "401"), True, Ending.FAILED, "auth: 401"),
        (Turn(End.IDLE, "silent"), True, Ending.FAILED, "idle: silent"),
        (Turn(End.CRASHED, "rc 1"), True, Ending.FAILED, "crashed: rc 1"),
        (Turn(End.CRASHED, "rc 1", sure=False), True, Ending.CHANGED, "changed: rc 1"),
        (Turn(End.CRASHED, "rc 1", sure=False), False, Ending.FAILED, "crashed: rc 1"),
        (Turn(End.AUTH, "401", sure=False), False, Ending.FAILED, "auth: 401"),
    ],
)
def test_protocol_then_clock_then_tree(turn: Turn, changed: bool, kind: Ending, detail: str) -> None:
    outcome = verdict(turn, changed=changed)
    assert (outcome.kind, outcome.detail) == (kind, detail)


def test_details_are_bounded() -> None:
    assert len(verdict(Turn(End.DONE, said="x" * 9_000), changed=False).detail) == DETAIL_MAX
