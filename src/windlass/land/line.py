"""Who stands in line for a branch, as the plan has it now; and whether the risks it told were right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from windlass.land import calibration, records
from windlass.land.calibration import Calibration
from windlass.land.model import SLOT, Landing, LandingState
from windlass.land.muster import fitting, lane_of, planned, slots
from windlass.land.queue import Lane
from windlass.store import Transaction

__all__ = ["Calibration", "Lane", "Place", "calibrated", "held", "line"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a landing stands: 0 is being landed, 1 is next. `guilt`: the probability that it is bad, None
    where it is not planned with others. `eta_s`: about how long until it is decided, None where unmeasured.
    """

    landing: Landing
    position: int
    lane: Lane
    guilt: float | None
    eta_s: float | None


def line(tx: Transaction, repository_id: int, branch: str, at_once: int) -> list[Place]:
    """Everything on its way to a branch, in the order in which it is expected to land; `at_once` as in
    `slots`.
    """
    moving = records.in_states(tx, repository_id, LandingState.RIDING, *SLOT)
    now = [Place(one, 0, lane_of(tx, one), None, None) for one in moving if one.branch == branch]
    queued = records.queued(tx, repository_id, branch)
    return now + list(_places(tx, queued, slots(at_once))) if queued else now


def held(tx: Transaction, repository_id: int, branch: str) -> list[Landing]:
    """What would land on a branch if a person allowed it."""
    blocked = records.in_states(tx, repository_id, LandingState.BLOCKED)
    return [one for one in blocked if one.branch == branch and one.decision]


def calibrated(tx: Transaction, repository_id: int) -> Calibration | None:
    """What would have been told of every past change, held against how it ended; None where none has."""
    return calibration.calibrate(calibration.foretold(records.batches.past(tx, repository_id)))


def _places(tx: Transaction, queued: Sequence[Landing], at_once: int) -> Iterator[Place]:
    """The plan's order; who goes by itself comes before whoever is younger."""
    batches = records.batches.judged(tx, queued[0].repository_id, queued[0].branch)
    build_s = records.batches.build_s(tx, queued[0].repository_id)
    fit = fitting(queued, batches)
    found = {one.id: one for one in planned(tx, fit[0], fit, batches, at_once).line} if fit else {}
    alone = [one for one in queued if one.id not in found]
    turns = {one.id: one for one in queued}
    order: list[Landing] = []
    for number in found:
        while alone and alone[0].id < number:
            order.append(alone.pop(0))
        order.append(turns[number])
    before = 0
    for position, one in enumerate((*order, *alone), 1):
        told = found.get(one.id)
        before += told is None
        rounds_s = 0.0 if told is None or told.eta_s is None else told.eta_s
        eta_s = None if build_s is None else before * build_s + rounds_s
        yield Place(one, position, lane_of(tx, one), None if told is None else told.guilt, eta_s)
