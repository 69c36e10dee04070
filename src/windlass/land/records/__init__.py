"""Landings and their batches in the database. Each function is part of one transaction of its caller."""

from windlass.land.records import batches, reversals
from windlass.land.records.landings import (
    LandingMoved,
    add,
    approved,
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
    wait,
    wait_again,
)

__all__ = [
    "LandingMoved", "add", "approved", "batches", "by_commit", "ended_since", "finish", "holder", "in_states",
    "intend", "landing", "landings", "lock_queue", "prove", "queue_again", "queued", "rebuild", "reversals",
    "ride", "say", "stop", "take_slot", "wait", "wait_again",
]  # fmt: skip
