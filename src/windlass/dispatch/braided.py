"""Where workers take tasks of several lanes, of lanes with limits, or for an instance.

Whoever waits at the same time for the same lanes shares one transaction, as at the desk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from windlass.dispatch.model import Post
from windlass.dispatch.records.claims import claim_within
from windlass.dispatch.together import Admit, NotAdmitted, Taken, serve
from windlass.store import Database, Transaction


@dataclass(frozen=True, slots=True)
class _Want:
    worker: str
    admit: Admit | None


def take_braided(database: Database, post: Post, worker: str, *, admit: Admit | None = None) -> Taken | None:
    """Claim for `worker` the best ready task of the lane whose turn it is; None when there is none for it."""
    want = _Want(worker, admit)
    found: Taken | None = database.together.ask(("braid", post), want, partial(_serve, database, post))
    return found


def _serve(database: Database, post: Post, wants: Sequence[_Want]) -> list[Taken | Exception | None]:
    return serve(wants, lambda some: database.write(partial(_claims, post, some)))


def _claims(post: Post, wants: Sequence[_Want], tx: Transaction) -> list[Taken | None]:
    found = claim_within(tx, post, [want.worker for want in wants], tx.now())
    answers: list[Taken | None] = []
    for want in wants:
        one = next((each for each in found if each[1].worker == want.worker), None)
        if one is not None:
            found.remove(one)
            if want.admit is not None and not want.admit(tx, one[0]):
                raise NotAdmitted
        answers.append(one)
    return answers
