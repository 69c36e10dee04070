"""Where workers take tasks of several lanes, of lanes with limits, or for an instance.

Whoever waits at the same time for the same lanes shares one transaction, as at the desk.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from windlass.dispatch.model import Lease, Post, Task
from windlass.dispatch.records.braided import claim_braided
from windlass.kernel import Unavailable
from windlass.store import Database, Transaction

Admit = Callable[[Transaction, Task], bool]
Taken = tuple[Task, Lease]


@dataclass(frozen=True, slots=True)
class _Want:
    worker: str
    admit: Admit | None


class _NotAdmitted(Exception):
    """Undoes the transaction of a claim."""


def take_braided(database: Database, post: Post, worker: str, *, admit: Admit | None = None) -> Taken | None:
    """Claim for `worker` the best ready task of the lane whose turn it is; None when there is none for it."""
    want = _Want(worker, admit)
    found: Taken | None = database.together.ask(("braid", post), want, partial(_serve, database, post))
    return found


def _serve(database: Database, post: Post, wants: Sequence[_Want]) -> list[Taken | Exception | None]:
    """A batch that was refused is undone as a whole, and each request is tried alone."""
    try:
        return list(database.write(partial(_claims, post, wants)))
    except Unavailable:
        raise
    except Exception as error:
        if len(wants) > 1:
            return [answer for want in wants for answer in _serve(database, post, [want])]
        return [None if isinstance(error, _NotAdmitted) else error]


def _claims(post: Post, wants: Sequence[_Want], tx: Transaction) -> list[Taken | None]:
    found = claim_braided(tx, post, [want.worker for want in wants], tx.now())
    answers: list[Taken | None] = []
    for want in wants:
        one = next((each for each in found if each[1].worker == want.worker), None)
        if one is not None:
            found.remove(one)
            if want.admit is not None and not want.admit(tx, one[0]):
                raise _NotAdmitted
        answers.append(one)
    return answers
