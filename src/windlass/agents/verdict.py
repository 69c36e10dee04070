"""From a turn and a look at the tree to what a runner says. Pure.

In this order: what the agent said in its protocol, a deadline, the tree. The words begin with one word of
`End`. About the model the meter is believed, not the agent: it saw the requests fail.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from windlass.agents.model import End, Turn
from windlass.dispatch import Ending, RunnerOutcome
from windlass.meter import Outcome

DETAIL_MAX: Final = 1_000
_ENDINGS: Final = {End.CHANGED: Ending.CHANGED, End.NOTHING: Ending.NOTHING, End.CANNOT: Ending.CANNOT}
_FAULTS: Final[Mapping[str, End]] = {
    Outcome.UNAUTHENTICATED.value: End.AUTH, Outcome.FORBIDDEN.value: End.AUTH,
    Outcome.RATE_LIMITED.value: End.RATE_LIMITED, Outcome.SERVER_ERROR.value: End.SERVER_ERROR,
    Outcome.UNREACHABLE.value: End.UNREACHABLE, Outcome.TIMED_OUT.value: End.SLOW,
    Outcome.DROPPED.value: End.CUT, Outcome.CUT.value: End.CUT, Outcome.GARBAGE.value: End.CUT,
    Outcome.TOO_LARGE.value: End.CUT, Outcome.CAPPED.value: End.CAPPED,
}  # fmt: skip
_OPEN: Final = frozenset({*_FAULTS.values(), End.NOTHING, End.IDLE, End.WALL, End.CRASHED})
"""Ends that an agent comes to whose model fails, whatever it makes of that."""


def verdict(turn: Turn, *, changed: bool, fault: tuple[str, str] | None = None) -> RunnerOutcome:
    """`changed`: whether the tree differs from the attempt's base; `fault`: see `kernel.Tools`.

    All that is no end of its own failed.
    """
    if turn.end is End.DONE or (changed and not turn.sure):
        turn = replace(turn, end=End.CHANGED if changed else End.NOTHING)
    turn = _corrected(turn, fault)
    words = turn.detail or " ".join(turn.said.split())
    detail = f"{turn.end.value}: {words}" if words else turn.end.value
    return RunnerOutcome(_ENDINGS.get(turn.end, Ending.FAILED), detail[:DETAIL_MAX])


def _corrected(turn: Turn, fault: tuple[str, str] | None) -> Turn:
    """The turn with the kind of trouble that its model really had."""
    end = _FAULTS.get(fault[0]) if fault else None
    if end is None or fault is None or turn.end not in _OPEN:
        return turn
    said = f"; the agent: {turn.end.value}: {turn.detail}" if turn.detail else ""
    return replace(turn, end=end, detail=f"{fault[1] or fault[0]}{said}")
