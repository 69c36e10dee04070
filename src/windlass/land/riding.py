"""Who rides with a landing that leads a batch: on record before the reference moves, else let go."""

from dataclasses import replace

from windlass import dispatch
from windlass.dispatch import Submission
from windlass.land import records
from windlass.land.model import Candidate, Landing, LandingState
from windlass.store import Transaction

Lot = list[tuple[Landing, Submission]]
"""What lands by one move of the reference, in order, each with its work."""


def followers(tx: Transaction, leader: Landing) -> list[tuple[Landing, Candidate]]:
    """Who was judged with `leader` at its present try, in order; nobody where it was alone."""
    return [(records.landing(tx, number), made) for number, made in records.batches.followers(tx, leader)]


def board(tx: Transaction, leader: Landing, ref: str, now: float) -> None:
    """QUEUED -> RIDING for everybody who was judged with `leader`, which is about to move `ref`."""
    for one, made in sorted(followers(tx, leader), key=lambda rider: rider[0].id):  # as the queue is locked
        records.ride(tx, one, made, leader.id, ref=ref, now=now)


def lot(tx: Transaction, leader: Landing) -> tuple[Lot, Landing]:
    """All that lands with `leader`, it first; and the whole of it as if it were one landing."""
    riders = [one for one, _ in followers(tx, leader)]
    last = riders[-1] if riders else leader
    whole = replace(leader, commit=last.commit, tree=last.tree)
    return [(one, dispatch.chain.whole(tx, one.task_id, one.fence)) for one in (leader, *riders)], whole


def let_go(tx: Transaction, leader: Landing, reason: str, now: float) -> None:
    """RIDING -> QUEUED: `leader` does not land at this try."""
    if leader.state is LandingState.LANDING:
        for one, _ in followers(tx, leader):
            records.wait_again(tx, one, reason, now)


def rebuild(tx: Transaction, leader: Landing, reason: str, now: float) -> None:
    """The branch moved before the reference could be: build anew, with whoever waits then."""
    let_go(tx, leader, reason, now)
    records.rebuild(tx, leader, reason, now)
