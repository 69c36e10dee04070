"""Build batches: queued changes merged one on another in memory, each as its own commit."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from windlass import dispatch
from windlass.kernel import Unavailable
from windlass.land import asking, closing
from windlass.land.candidate import build, commit_message, scope_change, sealed
from windlass.land.desk import Desk
from windlass.land.model import Impossible, Landing, Member


def chained(desk: Desk, first: Member, batches: Sequence[Sequence[Landing]]) -> list[list[Member]]:
    """Each of the batches as a chain of its own on the branch, `first` as its own member wherever it leads;
    none twice with the same tree.
    """
    made: dict[str, list[Member]] = {}
    for batch in batches:
        led = batch[0].id == first.landing.id
        members = _extended(desk, [first] if led else [], batch[1:] if led else batch, first.candidate.base)
        if members:
            made.setdefault(members[-1].candidate.tree, members)
    return list(made.values())


def _extended(desk: Desk, members: list[Member], others: Sequence[Landing], onto: str) -> list[Member]:
    """`members`, and on them those of `others` that fit, the first one on the commit `onto`: who cannot be
    merged there, or needs a person, is left for its own turn, which says why.
    """
    for landing in others:
        under = members[-1].candidate.commit if members else onto
        found = _next(desk, landing, under, ahead=len(members))
        if found is not None:
            members.append(found)
    return _sealed(desk, members)


def _next(desk: Desk, landing: Landing, under: str, *, ahead: int) -> Member | None:
    site, read = desk.site, desk.site.database.read
    if read(partial(closing.current, landing=landing)) is None:
        return None
    submission = read(lambda tx: dispatch.chain.whole(tx, landing.task_id, landing.fence))
    if submission.sandbox == "none":
        return None
    try:
        dispatch.packs.bring(site, submission)
    except Unavailable:
        return None
    task = read(partial(closing.beginning, landing=landing))
    made = build(site, landing, task, submission, under, key=None if ahead else desk.key)
    if isinstance(made, Impossible):
        return None
    change = scope_change(site, made)
    if read(lambda tx: asking.breaches(tx, landing, change, None, desk, ahead=ahead)):
        return None
    return Member(landing, submission, made, change)


def _sealed(desk: Desk, members: Sequence[Member]) -> list[Member]:
    """The same with the commits that may land: each names the tree that is judged, the last one's."""
    if len(members) < 2:
        return list(members)
    site, tree = desk.site, members[-1].candidate.tree
    done: list[Member] = []
    for place, one in enumerate(members, 1):
        task = site.database.read(partial(closing.beginning, landing=one.landing))
        text = commit_message(site, task, one.submission, tree, f"{place} of {len(members)}")
        base = done[-1].candidate.commit if done else one.candidate.base
        commit = sealed(site, one.landing, one.candidate.tree, base, text, key=desk.key)
        done.append(replace(one, candidate=replace(one.candidate, base=base, commit=commit)))
    return done
