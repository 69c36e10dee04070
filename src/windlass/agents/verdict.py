"""From a turn and a look at the tree to what a runner says. Pure.

In this order: what the agent said in its protocol, a deadline, the tree. The words begin with one word of
`End`.
"""

from typing import Final

from windlass.agents.model import End, Turn
from windlass.dispatch import Ending, RunnerOutcome

DETAIL_MAX: Final = 1_000
_ENDINGS: Final = {End.CHANGED: Ending.CHANGED, End.NOTHING: Ending.NOTHING, End.CANNOT: Ending.CANNOT}


def verdict(turn: Turn, *, changed: bool) -> RunnerOutcome:
    """`changed`: whether the tree differs from the attempt's base. All that is no end of its own failed."""
    end = turn.end
    if end is End.DONE or (changed and not turn.sure):
        end = End.CHANGED if changed else End.NOTHING
    words = turn.detail or " ".join(turn.said.split())
    detail = f"{end.value}: {words}" if words else end.value
    return RunnerOutcome(_ENDINGS.get(end, Ending.FAILED), detail[:DETAIL_MAX])
