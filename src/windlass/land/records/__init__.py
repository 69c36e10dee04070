"""Landings and their batches in the database. Each function is part of one transaction of its caller."""

from windlass.land.records import batches
from windlass.land.records.landings import (
    LandingMoved,
    add,
    by_commit,
    ended_since,
    finish,
    holder,
    in_states,
    intend,
    landing,
    landings,
    lock_queue,
    prove,
    queue_again,
    queued,
    rebuild,
    ride,
    say,
    stop,
    take_slot,
    wait_again,
)

__all__ = [
    "LandingMoved", "add", "batches", "by_commit", "ended_since", "finish", "holder", "in_states", "intend",
    "landing", "landings", "lock_queue", "prove", "queue_again", "queued", "rebuild", "ride", "say", "stop",
    "take_slot", "wait_again",
]  # fmt: skip
