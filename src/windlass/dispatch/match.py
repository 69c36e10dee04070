"""Which instance should do which task: the assignment with the least expected minutes in all. Pure.

Skill and load decide, not who comes first: a task costs its expected minutes divided by how well the instance
knows what it asks for, and each further task on the same instance costs more. As many tasks as possible are
matched, the better ones first; nobody gets more than it has room for. Solved exactly (Crouse, On implementing
2D rectangular assignment algorithms, 2016, as in scipy). Loaded when it is needed: scipy takes a second.
"""

from collections.abc import Sequence
from typing import Final

import numpy
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]  # scipy ships no types

from windlass.dispatch.records import matches
from windlass.dispatch.seating import Match, Need, Seat, minutes, price
from windlass.store import Transaction

WAIT: Final = 1e6
"""Minutes that no match costs: waiting is always the worse choice."""
PLACES_MAX: Final = 500


def match(needs: Sequence[Need], seats: Sequence[Seat]) -> list[Match]:
    """The best assignment of tasks to free places, by task; what cannot be placed is left out."""
    places = [
        (seat, seat.load + number)
        for seat in seats
        for number in range(min(seat.room, len(needs), PLACES_MAX))
    ]
    if not needs or not places:
        return []
    costs = numpy.full((len(needs), len(places) + len(needs)), numpy.inf)
    for row, need in enumerate(needs):
        costs[row, len(places) :] = WAIT * (1.0 + need.wsjf)
        known = {seat.instance: minutes(need, seat) for seat, _ in places}
        for column, (seat, load) in enumerate(places):
            took = known[seat.instance]
            if took is not None:
                costs[row, column] = price(took, seat, load)
    rows, columns = linear_sum_assignment(costs)
    return [
        Match(needs[row].task, places[column][0].instance, float(costs[row, column]))
        for row, column in zip(rows, columns, strict=True)
        if column < len(places)
    ]


def match_up(tx: Transaction, repository_id: int, now: float) -> list[Match]:
    """Match the ready tasks of a repository with instances that are alive; claims prefer that for a while."""
    asked = matches.question(tx, repository_id, now)
    found = [] if asked is None else match(*asked)
    matches.keep(tx, found, now)
    return found
