"""Claims over several lanes, within limits, for instances: which lane's turn it is, then its best task.

Locks are taken in this order: instance, lanes by number; tasks are never waited for. What a transaction locks
beside them it should lock before it claims.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from windlass import fleet
from windlass.dispatch.aging import cls_of
from windlass.dispatch.braid import Lane, Strand, braid, serve
from windlass.dispatch.model import Lease, Post, Task
from windlass.dispatch.records import lanes as rows
from windlass.dispatch.records.leases import REACHES, claim_many, claim_statement, claimed, taken
from windlass.dispatch.records.matches import Kept, kept_for, named
from windlass.dispatch.statements import CLAIM_AROUND, CLAIM_ONE
from windlass.fleet import Instance, InstanceState
from windlass.store import Transaction

Taken = tuple[Task, Lease]
LANES_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Claim:
    """One call: by whom, when, and what matches keep."""

    post: Post
    now: float
    kept: Kept


def claim_braided(tx: Transaction, post: Post, workers: Sequence[str], now: float) -> list[Taken]:
    """Take tasks for as many of these workers as can be served, lanes in turn; each worker's by its name."""
    who = fleet.instance(tx, post.instance, locked=True) if post.instance else None
    waiting = list(workers[: len(workers) if who is None else _seats(tx, who)])
    if not post.lanes or not waiting:
        return []
    call = _Claim(post, now, _kept(tx, post, now))
    rows.by_index(tx)
    lanes = [lane for lane in rows.lock(tx, post.lanes[:LANES_MAX]) if _serves(who, lane)]
    least, others = cls_of(post.threshold), call.kept.others
    before = rows.strands(tx, lanes, len(waiting), threshold=least, others=others)
    found, after = _take_turns(tx, call, before, waiting)
    rows.move_on(tx, before, after)
    return found


def _kept(tx: Transaction, post: Post, now: float) -> Kept:
    """The matches, or what was asked for by number, without tasks that nobody may begin."""
    kept = named(tx, post.only) if post.only else kept_for(tx, post.instance, now)
    spent = set(post.without)
    mine = {lane: [task for task in tasks if task not in spent] for lane, tasks in kept.mine.items()}
    return Kept(mine, (*kept.others, *post.without))


def _take_turns(
    tx: Transaction, call: _Claim, before: Sequence[Strand], waiting: list[str]
) -> tuple[list[Taken], Sequence[Strand]]:
    """Claim what the braid says. A lane whose tasks others hold at this moment is passed over."""
    found: list[Taken] = []
    left: Sequence[Strand] = before
    for _ in range(len(before) + 1):
        turns = braid(left, len(waiting))
        if not turns:
            break
        given = {
            lane: _from_lane(tx, call, lane, _workers(turns, lane, waiting)) for lane in dict.fromkeys(turns)
        }
        for lane in turns:
            one = next(given[lane], None)
            if one is None:
                left = [replace(strand, open=0) if strand.lane == lane else strand for strand in left]
                continue
            found.append(one)
            waiting.remove(one[1].worker)
            left = serve(left, lane)
    return found, [replace(new, open=old.open) for old, new in zip(before, left, strict=True)]


def _workers(turns: Sequence[int], lane: int, waiting: Sequence[str]) -> list[str]:
    return [worker for turn, worker in zip(turns, waiting, strict=False) if turn == lane]


def _from_lane(tx: Transaction, call: _Claim, lane: int, workers: list[str]) -> Iterator[Taken]:
    """The lane's tasks for these workers: those matched to their instance first, then the best.

    Where only some tasks are wanted, no others.
    """
    post = replace(call.post, lanes=(lane,))
    found: list[Taken] = []
    for task in call.kept.mine.get(lane, ()):
        if len(found) == len(workers):
            break
        row = tx.row(CLAIM_ONE[tx.dialect], id=task, now=call.now)
        if row is not None:
            found.append(taken(tx, row, post, workers[len(found)], call.now))
    rest = [] if post.only else workers[len(found) :]
    if rest and not call.kept.others:
        found += claim_many(tx, post, rest, call.now)
    elif rest:
        found += _around(tx, call, post, rest)
    return iter(found)


def _around(tx: Transaction, call: _Claim, post: Post, workers: list[str]) -> list[Taken]:
    """The best that is not kept for somebody else."""
    others = rows.without(tx, call.kept.others)
    found: list[Taken] = []
    if tx.lite:
        for worker in workers:
            row = tx.row(
                CLAIM_AROUND[tx.dialect], lanes=json.dumps(post.lanes), now=call.now, others=others,
                threshold=cls_of(post.threshold), reach=REACHES[0],
            )  # fmt: skip
            if row is not None:
                found.append(taken(tx, row, post, worker, call.now))
        return found
    for reach in REACHES:
        if len(found) < len(workers):
            _, values = claim_statement(post, workers[len(found) :], call.now, reach)
            more = tx.rows(CLAIM_AROUND[tx.dialect], **{**values, "others": others})
            found += [claimed(row, post) for row in more]
    return found


def _seats(tx: Transaction, who: Instance) -> int:
    """How many tasks more an instance may hold; none unless it is live."""
    if who.state is not InstanceState.LIVE:
        return 0
    held = tx.scalar(
        "SELECT count(*) FROM wl_lease WHERE worker = :name"
        " OR substr(worker, 1, length(:name) + 1) = :name || '/'",
        name=who.name,
    )  # fmt: skip
    return max(0, who.capacity - int(held))


def _serves(who: Instance | None, lane: Lane) -> bool:
    return who is None or not who.lanes or lane.name in who.lanes
