"""Requests that wait together share one transaction, and none of them pays for what is wrong with another."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from windlass.dispatch.model import Lease, Task
from windlass.kernel import Unavailable
from windlass.store import Transaction

Admit = Callable[[Transaction, Task], bool]
"""Asked in the claim's own transaction whether this run may work this task; a no undoes the claim."""
Taken = tuple[Task, Lease]

R = TypeVar("R")
A = TypeVar("A")


class NotAdmitted(Exception):
    """Undoes the transaction of a claim."""


def serve(requests: Sequence[R], at_once: Callable[[Sequence[R]], Sequence[A]]) -> list[A | Exception | None]:
    """An answer for each; a batch that was refused is undone as a whole, and each request is tried alone.

    Not so when the database went away: it may have done everything, so everybody hears that instead.
    """
    try:
        return list(at_once(requests))
    except Unavailable:
        raise
    except Exception as error:  # not ours: the one request it belongs to is answered with it, and raises it
        if len(requests) > 1:
            return [answer for one in requests for answer in serve([one], at_once)]
        return [None if isinstance(error, NotAdmitted) else error]
