"""The door for claims: the best ready task, of those whose budgets have something left.

Where there are budgets, workers are served one after the other, and all lanes of a repository are locked:
what one claim begins, the next one counts.
"""

from collections.abc import Sequence
from dataclasses import replace

from windlass import fleet
from windlass.dispatch.lease import TTL_S
from windlass.dispatch.model import Budgets, Post
from windlass.dispatch.records import lanes as rows
from windlass.dispatch.records.braided import Taken, claim_braided
from windlass.dispatch.records.budgets import agent_of, days, full, retried
from windlass.dispatch.records.leases import claim_many
from windlass.store import Transaction


def claim(
    tx: Transaction,
    lanes: Sequence[int],
    worker: str,
    node: str,
    now: float,
    *,
    ttl_s: float = TTL_S,
    threshold: float = 0.0,
    instance: str = "",
    budgets: Budgets = (),
) -> Taken | None:
    """Take the best ready task of the lane whose turn it is under a new fence, or None when none is ready.

    With an `instance`, which must be registered, its capacity, lanes and matches count.
    """
    limited = any(lane.limit is not None for lane in rows.of(tx, lanes))
    post = Post(
        tuple(lanes), node, ttl_s, threshold=threshold, instance=instance, limited=limited, budgets=budgets
    )
    found = (claim_within if post.braided else claim_many)(tx, post, [worker], now)
    return found[0] if found else None


def claim_within(tx: Transaction, post: Post, workers: Sequence[str], now: float) -> list[Taken]:
    """`claim_braided`, but nothing begins whose task, agent or repository has used up its budget."""
    if not post.budgets:
        return claim_braided(tx, post, workers, now)
    if post.instance:
        fleet.instance(tx, post.instance, locked=True)
    here = {lane.repository_id for lane in rows.of(tx, post.lanes)}
    post = replace(post, budgets=tuple(one for one in post.budgets if one[0] in here))
    rows.lock(tx, [lane.id for number, _ in post.budgets for lane in rows.rows(tx, number)])
    found: list[Taken] = []
    for worker in workers:
        one = claim_braided(tx, _open(tx, post, now), [worker], now)
        if not one:
            break
        found += one
    return found


def _open(tx: Transaction, post: Post, now: float) -> Post:
    """The post without what has nothing left."""
    shut: set[tuple[int, str]] = set()
    tasks: list[int] = []
    for repository, budget in post.budgets:
        if budget.agent_day or budget.repository_day:
            spent = [one for one in days(tx, repository, budget, now) if one.spent]
            shut |= {(repository, agent_of(one.purse)) for one in spent}
        shut |= {(repository, agent) for agent in full(tx, repository, budget, now)}
        if budget.limits_tasks:
            tasks += [int(one.purse.key) for one in retried(tx, repository, budget, now) if one.spent]
    lanes = tuple(
        lane.id
        for lane in rows.of(tx, post.lanes)
        if not shut & {(lane.repository_id, ""), (lane.repository_id, lane.name)}
    )
    return replace(post, lanes=lanes, without=tuple(tasks), budgets=())
