"""Where workers take tasks and hand in their ends: whoever comes at the same time shares one transaction.

On PostgreSQL that is one round trip for everybody who waits (ends first, then a claim for all who want), on
SQLite one call of the writer. Each request keeps its own answer, conditions and fence; the best task goes to
the worker who waits longest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from windlass.dispatch.braided import take_braided
from windlass.dispatch.lease import LeaseLost
from windlass.dispatch.model import End, Lease, Post, TaskStatus
from windlass.dispatch.records.ends import Ended, end_lite, end_statements, ended
from windlass.dispatch.records.leases import REACHES, claim_many, claim_statement, claimed, renew
from windlass.dispatch.statements import RENEW_NOW
from windlass.dispatch.together import Admit, NotAdmitted, Taken, serve
from windlass.store import Database, Dialect, Transaction


@dataclass(frozen=True, slots=True)
class _Want:
    post: Post
    worker: str
    admit: Admit | None
    reach: float = REACHES[0]


_Request = _Want | End
_Answer = Taken | TaskStatus | Exception | None


def take(database: Database, post: Post, worker: str, *, admit: Admit | None = None) -> Taken | None:
    """Claim the best ready task for `worker`; None when there is none, or when `admit` says no to it."""
    if post.braided:
        return take_braided(database, post, worker, admit=admit)
    straight = database.dialect is Dialect.POSTGRESQL and admit is None
    for reach in REACHES if straight else REACHES[:1]:  # peers may hold what the short walk reached
        want = _Want(post, worker, admit, reach)
        found = database.together.ask("desk", want, partial(_serve, database))
        if isinstance(found, tuple):
            return found
    return None


def end(database: Database, word: End) -> TaskStatus:
    """End an attempt without a submission; raises LeaseLost when the lease is not alive."""
    status = database.together.ask("desk", word, partial(_serve, database))
    return TaskStatus(status)


def prolong(database: Database, lease: Lease, ttl_s: float) -> Lease:
    """Let the lease live `ttl_s` from now; raises LeaseLost when it is not ours any more."""
    if database.dialect is Dialect.SQLITE:
        return database.write(lambda tx: renew(tx, lease, tx.now(), ttl_s=ttl_s))
    values = {
        "now": database.given_now(), "ttl": ttl_s, "id": lease.task_id, "fence": lease.fence,
        "worker": lease.worker,
    }  # fmt: skip
    (rows,) = database.run([(RENEW_NOW, values)])
    if not rows:
        raise LeaseLost(lease)
    return Lease(lease.task_id, lease.fence, lease.worker, lease.node, rows[0]["expires_at"])


_Groups = dict[tuple[Post, float], list[_Want]]
_Served = tuple[list[Ended], dict[tuple[Post, float], list[Taken]]]


def _serve(database: Database, requests: Sequence[_Request]) -> list[_Answer]:
    answers: list[_Answer] = serve(requests, partial(_at_once, database))
    return answers


def _at_once(database: Database, requests: Sequence[_Request]) -> list[_Answer]:
    ends = [one for one in requests if isinstance(one, End)]
    groups: _Groups = {}
    for one in requests:
        if isinstance(one, _Want):
            groups.setdefault((one.post, one.reach), []).append(one)
    asks = any(one.admit for wants in groups.values() for one in wants)
    if database.dialect is Dialect.POSTGRESQL and not asks:
        statuses, taken = _straight(database, ends, groups)
    else:
        statuses, taken = database.write(partial(_in_one, ends, groups))
    word, task = iter(statuses), {key: iter(found) for key, found in taken.items()}
    return [
        next(word) if isinstance(one, End) else next(task[one.post, one.reach], None) for one in requests
    ]  # fmt: skip


def _in_one(ends: Sequence[End], groups: _Groups, tx: Transaction) -> _Served:
    now = tx.now()
    if tx.lite or not ends:
        statuses = end_lite(tx, ends, now)
    else:
        answers = [tx.rows(sql, **values) for sql, values in end_statements(ends, now)]
        statuses = ended(answers[0], ends)
    taken = {}
    for key, wants in groups.items():
        taken[key] = claim_many(tx, key[0], [want.worker for want in wants], now)
        for want, (task, _) in zip(wants, taken[key], strict=False):
            if want.admit is not None and not want.admit(tx, task):
                raise NotAdmitted
    return statuses, taken


def _straight(database: Database, ends: Sequence[End], groups: _Groups) -> _Served:
    now = database.given_now()
    first = end_statements(ends, now) if ends else []
    claims = [
        claim_statement(post, [want.worker for want in wants], now, reach)
        for (post, reach), wants in groups.items()
    ]
    answers = database.run([*first, *claims])
    taken = {
        key: [claimed(row, key[0]) for row in rows]
        for key, rows in zip(groups, answers[len(first) :], strict=True)
    }
    return ended(answers[0], ends) if ends else [], taken
