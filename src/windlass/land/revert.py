"""Take a landing back, by a change like any other.

The commit that is offered stands on the landing's own and has the tree of its parent. So merging it (base:
the landing, ours: the branch, theirs: what was there before) undoes this change and nothing that landed
since, by the same two merges, the same judgement and the same move of the branch as everything else. A row
says which landing it is; there is one for each landing at most.
"""

import tempfile
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from windlass import backlog, dispatch, policy
from windlass.backlog import Draft, ItemState
from windlass.dispatch import Site, Spec, Submission, Task, TaskStatus
from windlass.events import Subject
from windlass.kernel import Conflict, Invalid, Unavailable
from windlass.land import records, reopening
from windlass.land.culprits import culprits as culprits
from windlass.land.model import Landing, LandingState, Mode
from windlass.land.queue import Lane
from windlass.land.records import trunk as trunk
from windlass.land.reversals import Reversal, ReversalState
from windlass.land.reversals import Why as Why
from windlass.policy import Route
from windlass.store import Transaction

LANE: Final = "revert"
"""The queue of their tasks, from which nobody claims: they are handed in as they are filed."""
FIRST: Final = 1_000.0
"""Their WSJF."""
TITLE_MAX: Final = 200
KIND: Final = "revert"
"""The kind of the question whether to revert."""
REVERT, LEAVE = "revert", "leave"
_UNDER_WAY: Final = (TaskStatus.IN_PROGRESS, TaskStatus.REVIEW_NEEDED)


def take_back(site: Site, culprit: Landing, why: Why) -> int:
    """File the revert of a landing and hand it in, whole or not at all; its task. Raises Conflict where the
    landing is being taken back or was, Invalid where it cannot be, Unavailable in a pause.
    """
    made = _undoing(site, culprit)

    def file(tx: Transaction) -> int:
        policy.pauses.check(tx, culprit.repository_id, "the revert")
        now = tx.now()
        if (before := records.reversals.of_landing(tx, culprit.id)) is not None:
            policy.withdraw(tx, _key(before), "the change is being taken back", now)
        row = records.reversals.begin(tx, culprit, why, now)
        number = _filed(tx, site, culprit, made, row)
        records.reversals.filed(tx, row, number)
        found = records.reversals.of_task(tx, number)
        assert found is not None
        records.reversals.say(tx, "landing.reverting", _about(tx, culprit), found, now, commit=culprit.commit)
        return number

    return site.database.write(file)


def ask(tx: Transaction, culprit: Landing, why: Why, now: float) -> None:
    """Ask a person whether to take a landing back, once."""
    if records.reversals.of_landing(tx, culprit.id) is None:
        row = records.reversals.begin(tx, culprit, why, now, state=ReversalState.ASKED)
        _ask(tx, row, culprit, why.reason, now)


def tick(site: Site) -> None:
    """Bring reversals on whose task has ended some other way than by landing, and do what people answered;
    not in a pause.
    """
    if site.database.read(lambda tx: policy.pauses.held(tx, site.repository.id)):
        return
    for one in site.database.read(lambda tx: records.reversals.underway(tx, site.repository.id)):
        with suppress(Conflict, Unavailable):  # somebody else has just done it, or paused everything
            if one.state is ReversalState.ASKED:
                _answered(site, one)
            else:
                site.database.write(partial(_settle, one=one))


def _undoing(site: Site, culprit: Landing) -> Submission:
    """The commit that undoes a landing, where every server finds it; always the same one."""
    mirror, (commit, base) = site.mirror, _ends(culprit)
    main = mirror.sync(site.checkout)
    if not mirror.exists(commit) or not mirror.is_ancestor(commit, main):
        raise Invalid(f"{culprit.branch} does not hold {commit} any more", hint="nothing is to be taken back")
    tree = mirror.tree_of(base)
    made = mirror.commit(tree, [commit], f"take back {commit}\n", site.author, culprit.created_at)
    with tempfile.NamedTemporaryFile(dir=mirror.tmp, prefix="pack-") as file:
        mirror.pack([made], [commit], file)
        file.flush()
        dispatch.packs.keep(site, made, commit, Path(file.name))
    changes = mirror.changed(commit, made, renames=False)
    return Submission(
        task_id=0, fence=0, commit=made, tree=tree, base=commit, sandbox=site.launcher.level.value,
        files=tuple(sorted({one.path for one in changes})), lines=mirror.diffstat(commit, made).lines,
    )  # fmt: skip


def _ends(culprit: Landing) -> tuple[str, str]:
    """The commit of a landing and its parent."""
    if culprit.state is not LandingState.LANDED or culprit.commit is None or culprit.base is None:
        raise Invalid(
            f"landing {culprit.id} is {culprit.state.value}: nothing on {culprit.branch} is to be taken back",
            hint="windlass land list",
        )
    return culprit.commit, culprit.base


def _filed(tx: Transaction, site: Site, culprit: Landing, made: Submission, row: Reversal) -> int:
    """An item, its task, and the submission, as if somebody had worked on it."""
    now, number, asked = tx.now(), site.repository.id, row.why
    first = dispatch.chain.standing(tx, culprit.task_id)[0]
    title = f"Revert “{first.title}”"[:TITLE_MAX]
    draft = Draft(
        f"revert/{culprit.id}/{row.tries}", title, Spec.ORDERED, category=KIND, text=asked.told,
        labels=(Lane.HOTFIX.value,),
    )  # fmt: skip
    item = backlog.add_item(tx, number, draft, now, actor=asked.by or "windlass").id
    backlog.route_item(tx, item, Route.AUTO.value, (asked.reason,), now, files=None)
    for new in (ItemState.ROUTED, ItemState.ACTIVE):
        backlog.move_item(tx, item, new, now, reason=f"takes back landing {culprit.id}")
    task = dispatch.add_task(
        tx, repository_id=number, item_id=item, lane=dispatch.lane_id(tx, number, LANE), kind=KIND,
        title=title, wsjf=FIRST, base=made.base, now=now, attempts_max=1,
        spec=Spec(
            LANE, made.files, instructions=asked.told, source=Spec.ORDERED, category=KIND,
            playbook="mechanical", reverts=made.base,
        ),
    )  # fmt: skip
    dispatch.tries.hand_in(tx, replace(made, task_id=task), site, worker="windlass")
    return task


def _settle(tx: Transaction, one: Reversal) -> None:
    """What became of a reversal whose task goes no further by itself."""
    now = tx.now()
    task = dispatch.task(tx, one.task)
    if task.status in _UNDER_WAY:
        return
    if task.status is TaskStatus.COMPLETED:  # the branch did not hold the change any more
        reopening.ended(tx, task.id, Mode.LAND, now)
        return
    declined = task.item_id is not None and backlog.item(tx, task.item_id).state is ItemState.DECLINED
    if task.status in (TaskStatus.PENDING, TaskStatus.BLOCKED):
        dispatch.verdicts.cancel(tx, task.id, "windlass", task.note or "nobody claims a revert", now)
    records.reversals.move(tx, one, ReversalState.LEFT if declined else ReversalState.ASKED, now)
    if not declined:
        _ask(tx, one, records.landing(tx, one.landing), task.note, now)


def _ask(tx: Transaction, one: Reversal, culprit: Landing, why: str, now: float) -> None:
    about = _about(tx, culprit)
    title = dispatch.chain.standing(tx, culprit.task_id)[0].title
    policy.ask(
        tx, _key(one), f"{title!r} shall be taken back from {culprit.branch}: {one.reason}. Do it?",
        {"landing": culprit.id, "commit": culprit.commit, "task": culprit.task_id, "why_not": why,
         "evidence": list(one.evidence)},
        (REVERT, LEAVE), kind=KIND, now=now, about=about, priority=0,
        cost=f"{culprit.branch} stays as it is until this is answered",
    )  # fmt: skip
    records.reversals.say(tx, "landing.revert-asked", about, one, now, commit=culprit.commit, why=why)


def _answered(site: Site, one: Reversal) -> None:
    """Do what a person answered."""
    asked = site.database.read(lambda tx: policy.last_asked(tx, _key(one)))
    if asked is None or asked.answer is None:
        return
    if asked.answer == REVERT:
        culprit = site.database.read(lambda tx: records.landing(tx, one.landing))
        try:
            take_back(site, culprit, Why(one.reason, asked.answered_by or "somebody", one.evidence))
            return
        except (Conflict, Invalid):
            pass  # it is not there any more, or somebody else was faster
    site.database.write(lambda tx: records.reversals.move(tx, one, ReversalState.LEFT, tx.now()))


def _key(one: Reversal) -> str:
    return f"{KIND}:{one.landing}:{one.tries}"


def _about(tx: Transaction, culprit: Landing) -> Subject:
    task: Task = dispatch.chain.standing(tx, culprit.task_id)[0]
    return Subject(culprit.repository_id, task.item_id, task.id, task.fence)
