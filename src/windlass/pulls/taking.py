"""Pull requests of people in the merge queue: work like any other, told there how it went.

What is offered comes in as one commit, checked like what a worker sends: the tree of the pull request upon
where it left the branch. Its author may write to the repository, and somebody has labelled it; all the rest
of it, its code above all, is a stranger's.
"""

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from windlass import backlog, dispatch, land, policy
from windlass.backlog import Draft, ItemState
from windlass.dispatch import Site, Spec, Submission, TaskStatus
from windlass.forge import Light, Pull, Pulls, Rejected, Unreachable
from windlass.land import Landing, LandingState
from windlass.pulls import records, words
from windlass.pulls.model import Taken
from windlass.pulls.situation import KIND
from windlass.sandbox import Level
from windlass.store import Transaction
from windlass.workspace import ImportBudget, Moved, Refused, import_pack

LANE: Final = "pull"
"""The queue of their tasks, from which nobody claims: they are handed in as they are filed."""
FIRST: Final = 1_000.0
AT_ONCE_MAX: Final = 5
"""Pull requests that one round takes in."""
BUDGET: Final = ImportBudget()
_GOING: Final = (TaskStatus.IN_PROGRESS, TaskStatus.REVIEW_NEEDED)


def tick(site: Site, pulls: Pulls) -> None:
    """Tell what became of those that were taken, take in those that are wanted. Only where windlass may move
    the branch, and has a sandbox.
    """
    number, base = site.repository.id, site.repository.main
    taken = site.database.read(lambda tx: records.taken(tx, number))
    opened: dict[int, Pull] = {}
    if pulls.queues and site.land and site.launcher.level is not Level.NONE:
        opened = {one.number: one for one in pulls.opened()}
    for one in [one for one in taken.values() if not one.over]:
        _settle(site, pulls, one, opened.get(one.number))
    due = [
        one for one in opened.values()
        if pulls.wanted(one, base) and _is_new(one, taken.get(one.number))
    ]  # fmt: skip
    silent: Unreachable | None = None
    for pull in due[:AT_ONCE_MAX]:
        before = taken.get(pull.number)
        tries = before.tries + 1 if before is not None and before.commit == pull.commit else 1
        one = Taken(pull.number, pull.commit, tries=tries)
        try:
            _take(site, pulls, pull, one)
        except Moved:
            continue  # the next round sees where to
        except Rejected as error:
            _left(site, pulls, one, str(error))
        except Unreachable as error:
            silent = error  # the others may be fetched all the same
    if silent is not None:
        raise silent


def _is_new(pull: Pull, before: Taken | None) -> bool:
    """Whether this very commit has not been in the queue, or is wanted there anew."""
    return before is None or (before.over and (before.commit != pull.commit or before.again))


def _take(site: Site, pulls: Pulls, pull: Pull, one: Taken) -> None:
    if not pulls.may_write(pull.author):
        raise Rejected(f"{pull.author or 'its author'} may not write to this repository")
    work = _brought(site, pulls, pull)
    site.database.write(partial(_filed, site=site, pull=pull, work=work, one=one))
    pulls.light(pull.commit, Light.PENDING, "in the merge queue of windlass")


def _brought(site: Site, pulls: Pulls, pull: Pull) -> Submission:
    """Its tree as one commit in the mirror, checked on the way. Raises `Rejected` for what is not taken."""
    main = site.mirror.sync(site.checkout)
    with (
        site.mirror.apart() as aside,
        tempfile.NamedTemporaryFile(dir=site.mirror.tmp, prefix="pack-") as file,
    ):
        pulls.fetch(aside, pull)
        base = aside.merge_base(pull.commit, main) if aside.exists(main) else None
        if base is None or not site.mirror.exists(base):
            raise Rejected(f"it has no commit in common with {pull.base}, or that one moved: push it again")
        tree = aside.tree_of(pull.commit)
        title = words.plain(pull.title) or f"Pull request {pull.number}"
        made = aside.commit(tree, [base], f"{title}\n", site.author, site.clock())
        aside.pack([made], [base], file)
        checked = import_pack(site.mirror, Path(file.name), base, made, BUDGET)
        if isinstance(checked, Refused):
            raise Rejected(f"it is not taken in: {checked.reason}: {checked.detail}")
        dispatch.packs.keep(site, made, base, Path(file.name))
    changes = site.mirror.changed(base, made, renames=False)
    return Submission(
        task_id=0, fence=0, commit=made, tree=tree, base=base, sandbox=site.launcher.level.value,
        files=tuple(sorted({change.path for change in changes})),
        lines=site.mirror.diffstat(base, made).lines,
    )  # fmt: skip


def _filed(tx: Transaction, *, site: Site, pull: Pull, work: Submission, one: Taken) -> None:
    """An item, its task, and the submission, as if somebody had worked on it; and that it was taken."""
    now, number = tx.now(), site.repository.id
    policy.pauses.check(tx, number, f"pull request {pull.number}")
    title = (words.plain(pull.title) or f"Pull request {pull.number}")[: words.TITLE_MAX]
    text = f"Pull request {pull.number} of {pull.author}: {words.plain(pull.url)}"
    key = f"{KIND}/{pull.number}/{pull.commit}/{one.tries}"
    labels = tuple(pull.labels & {site.scope.label})
    draft = Draft(key, title, Spec.ORDERED, category=KIND, text=text, labels=labels)
    item = backlog.add_item(tx, number, draft, now, actor=f"github:{pull.author}")
    seen = policy.assess(
        policy.Work(
            category=KIND, source=Spec.ORDERED, rule="", paths=work.files, fixable=False, severity="",
            wsjf=backlog.wsjf(item.score, 0.0, boost=item.boost), size=item.size,
        ),
        site.scope,
    )  # fmt: skip
    backlog.route_item(tx, item.id, policy.route(seen).value, seen.reasons, now, files=None)
    for new in (ItemState.ROUTED, ItemState.ACTIVE):
        backlog.move_item(tx, item.id, new, now, reason=f"pull request {pull.number}")
    task = dispatch.add_task(
        tx, repository_id=number, item_id=item.id, lane=dispatch.lane_id(tx, number, LANE), kind=KIND,
        title=title, wsjf=FIRST, base=work.base, now=now, attempts_max=1,
        spec=Spec(
            LANE, work.files, instructions=text, source=Spec.ORDERED, category=KIND, playbook="mechanical",
        ),
    )  # fmt: skip
    dispatch.tries.hand_in(tx, replace(work, task_id=task), site, worker=f"person:{pull.author}")
    records.note(tx, number, "pull.taken", replace(one, task=task), url=pull.url, author=pull.author)


def _settle(site: Site, pulls: Pulls, one: Taken, seen: Pull | None) -> None:
    """Tell how one that was taken goes: it landed, it will not, it waits for a person, or nobody wants it."""
    task, landing = site.database.read(partial(_standing, site=site, task=one.task))
    if landing is not None and landing.state is LandingState.LANDED:
        _landed(site, pulls, one, landing)
    elif task.status is TaskStatus.COMPLETED:
        _left(site, pulls, one, f"`{site.repository.main}` holds this change already.")
    elif task.status not in _GOING:
        why = landing.reason if landing is not None and not landing.state.moving else ""
        site.database.write(partial(_ended, task=task, reason=why or task.note))
        _left(site, pulls, one, why or task.note or f"its task is {task.status.value}")
    elif not _still(site, pulls, one, seen):
        reason = f"pull request {one.number} is not wanted in the queue any more, or not at {one.commit}"
        site.database.write(partial(_ended, task=task, reason=reason))
        _left(site, pulls, one, reason)
    elif landing is not None and landing.state is LandingState.BLOCKED and not one.held:
        _held(site, pulls, one, landing)


def _still(site: Site, pulls: Pulls, one: Taken, seen: Pull | None) -> bool:
    """Whether it is wanted as it was taken; one that the list did not have is looked at by itself."""
    if not pulls.queues:
        return False
    found = seen or pulls.pull(one.number)
    if found is None:
        raise Unreachable(f"the host shows no pull request {one.number} any more")
    return found.commit == one.commit and pulls.wanted(found, site.repository.main)


def _standing(tx: Transaction, *, site: Site, task: int) -> tuple[dispatch.Task, Landing | None]:
    found = land.landings(tx, site.repository.id, task=task)
    return dispatch.task(tx, task), found[-1] if found else None


def _ended(tx: Transaction, *, task: dispatch.Task, reason: str) -> None:
    """Nobody goes on with it: the next time it is wanted it is a task anew."""
    now = tx.now()
    if dispatch.task(tx, task.id).status not in (TaskStatus.FAILED, TaskStatus.CANCELLED):
        dispatch.verdicts.cancel(tx, task.id, "windlass", reason or "it did not land", now)
    if task.item_id is not None:
        item = backlog.item(tx, task.item_id)
        if item.state in (ItemState.ACTIVE, ItemState.BLOCKED, ItemState.OPEN):
            backlog.move_item(tx, item.id, ItemState.DECLINED, now, reason=reason or "it did not land")


def _landed(site: Site, pulls: Pulls, one: Taken, landing: Landing) -> None:
    pulls.light(one.commit, Light.SUCCESS, f"landed as {landing.commit}")
    found = pulls.pull(one.number)
    if found is not None and found.open:
        pulls.say(one.number, f"It landed on `{words.plain(landing.branch)}` as {landing.commit}.")
        pulls.close(one.number)
    _note(site, "pull.left", one, reason=f"landed as {landing.commit}", again=False)


def _left(site: Site, pulls: Pulls, one: Taken, why: str) -> None:
    """Say loudly that it is out, and take its label away: whoever gives it again wants it tried again."""
    told = why or "nothing was said"
    pulls.light(one.commit, Light.FAILURE, words.plain(told))
    pulls.say(one.number, f"This is out of the merge queue:\n\n{words.block(told.splitlines())}\n")
    try:
        pulls.put_back(one.number)
        again = True
    except Rejected:  # whoever wants it again has to push
        again = False
    _note(site, "pull.left", one, reason=told, again=again)


def _held(site: Site, pulls: Pulls, one: Taken, landing: Landing) -> None:
    pulls.light(one.commit, Light.PENDING, "waits for a person")
    told = words.block([landing.reason, "windlass decide list"])
    pulls.say(one.number, f"This waits for a person:\n\n{told}\n")
    _note(site, "pull.held", one, reason=landing.reason)


def _note(site: Site, kind: str, one: Taken, **data: object) -> None:
    site.database.write(lambda tx: records.note(tx, site.repository.id, kind, one, **data))
