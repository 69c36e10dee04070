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


CUT = ("cut", "the answer ended in the middle")


@pytest.mark.parametrize(
    ("turn", "changed", "fault", "detail"),
    [
        (Turn(End.UNREACHABLE, "Unable to connect"), False, CUT, f"cut: {CUT[1]}; the agent: unreachable: "),
        (Turn(End.CRASHED, "rc 1"), True, ("garbage", ""), "cut: garbage; the agent: crashed: rc 1"),
        (Turn(End.DONE, said="Fixed."), False, CUT, f"cut: {CUT[1]}"),
        (Turn(End.IDLE, "silent"), False, ("timed-out", "late"), "slow: late; the agent: idle: silent"),
        (Turn(End.AUTH, "403"), False, ("capped", "no money"), "capped: no money; the agent: auth: 403"),
        (Turn(End.CRASHED, "rc 1", sure=False), True, CUT, "changed: rc 1"),
        (Turn(End.DONE, said="Fixed."), True, CUT, "changed: Fixed."),
        (Turn(End.CANNOT, "no"), False, CUT, "cannot: no"),
        (Turn(End.TURNS, "too many"), False, CUT, "turns: too many"),
        (Turn(End.AUTH, "401"), False, ("invalid", "400"), "auth: 401"),
    ],
)
def test_about_the_model_the_meter_is_believed(
    turn: Turn, changed: bool, fault: tuple[str, str], detail: str
) -> None:
    assert verdict(turn, changed=changed, fault=fault).detail.startswith(detail)


def test_details_are_bounded() -> None:
    assert len(verdict(Turn(End.DONE, said="x" * 9_000), changed=False).detail) == DETAIL_MAX
