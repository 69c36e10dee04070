"""What the durable workflows do: one stage each, safe to run again from the top.

Rooms do not call the next stage, so the hand-over stands here: the verdict, the move of the task and the
start of the next workflow are one transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from windlass import dispatch, land, mesh, ratchet, trials, verify
from windlass.app import flaking
from windlass.app.engine import Body, Engine, Owner, Progress
from windlass.dispatch import Review, Site, Submission, Task, TaskStatus
from windlass.events import Subject, append, history
from windlass.kernel import Conflict, Unavailable
from windlass.land import Landing
from windlass.store import Transaction

VERIFY: Final = "verify"
LAND: Final = "land"
AT_ONCE: Final = {VERIFY: 2, LAND: 1}
"""Bodies of one repository that one process runs at the same time: one may judge while another lands."""
TRIES_MAX: Final = 3
"""How often a workflow that broke is started again before a person is asked."""
REASON_MAX: Final = 2_000
BROKEN: Final = "workflow.failed"
"""The event of a body that raised."""


def bodies(*sites: Site, keys: Path | None = None) -> Mapping[str, Body]:
    """The workflows by name, each for whichever of the sites it is about. `keys`: the data home's folder of
    keys, with which landings are signed.
    """
    key = None if keys is None else land.provenance.landing_key(keys)

    def verify_body(task: int, fence: int) -> None:
        site = _site_of_task(sites, task)
        judge = _Memory(site)
        _told(site, VERIFY, Subject(task=task, fence=fence), lambda: _verify(site, task, fence, judge))
        for one in site.database.read(lambda tx: land.landings(tx, site.repository.id, task=task)):
            if one.fence == fence and one.state.moving:
                go_on(site, one, judge)

    def land_body(landing: int) -> None:
        one = sites[0].database.read(lambda tx: land.landing(tx, landing))
        site = _site(sites, one.repository_id)
        go_on(site, one, _Memory(site))

    def go_on(site: Site, one: Landing, judge: _Memory) -> None:
        about = Subject(repository=one.repository_id, task=one.task_id, fence=one.fence)
        _told(site, LAND, about, lambda: _land(site, one, key, judge))

    return {VERIFY: verify_body, LAND: land_body}


class _Memory:
    """Judges trees, and none that passed a second time: what a verdict was given for is most often what lands
    next.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._passed: dict[tuple[str, str], verify.Judgement] = {}

    def __call__(self, _: object, tree: str, base_tree: str, changed: Sequence[str]) -> verify.Judgement:
        known = self._passed.get((tree, base_tree))
        # A submission answers for its secrets itself, so that none of its batch is asked about them again.
        found = known or verify.judge_tree(self._site, tree, base_tree, changed, secrets=False)
        if found.outcome is verify.Outcome.PASSED:
            self._passed[tree, base_tree] = found
        return found

    def known(self, tree: str, base_tree: str) -> bool:
        """Whether it has passed here already."""
        return (tree, base_tree) in self._passed


def _at_once(tx: Transaction, name: str, key: str, **inputs: str | int) -> None:
    """Starts no workflow: the body that gave the verdict goes on with the landing, and so does whoever takes
    its workflow over.
    """


def owner(site: Site) -> Owner:
    """Asks `repository_of` in a transaction of its own."""

    return lambda name, inputs: site.database.read(lambda tx: repository_of(tx, name, inputs))


def repository_of(tx: Transaction, name: str, inputs: Mapping[str, Any]) -> int | None:
    """The repository that a workflow is about, by its inputs; None when what it is about is gone."""
    table, number = ("wl_task", inputs["task"]) if name == VERIFY else ("wl_landing", inputs["landing"])
    found: int | None = tx.scalar(
        f"SELECT repository_id FROM {table} WHERE id = :id",  # noqa: S608 - one of two constants
        id=number,
    )
    return found


def _site_of_task(sites: Sequence[Site], task: int) -> Site:
    if len(sites) == 1:
        return sites[0]
    repository = sites[0].database.read(lambda tx: dispatch.task(tx, task).repository_id)
    return _site(sites, repository)


def _site(sites: Sequence[Site], repository: int) -> Site:
    for site in sites:
        if site.repository.id == repository:
            return site
    raise Unavailable(f"this server does not tend repository {repository}", hint="start it with that --repo")


def _land(site: Site, one: Landing, key: land.provenance.LandingKey | None, judge: _Memory) -> None:
    if _current(site, one.task_id, one.fence):
        submission = site.database.read(lambda tx: dispatch.submission(tx, one.task_id, one.fence))
        dispatch.packs.bring(site, submission)
    land.run(site, one.id, key=key, judge=judge, known=judge.known)


def revive(site: Site, engine: Engine) -> list[int]:
    """Start again what should run and does not: the task row is the truth, workflows only follow it.

    Returns the landings that were started.
    """
    repository = site.repository.id

    def look(tx: Transaction) -> tuple[list[Task], list[tuple[Landing, int]]]:
        landings = land.landings(tx, repository)
        known = {(one.task_id, one.fence) for one in landings}
        waiting = dispatch.tasks(tx, repository, (TaskStatus.REVIEW_NEEDED,))
        unjudged = [
            task for task in waiting if task.review is Review.NONE and (task.id, task.fence) not in known
        ]
        moving = [(one, _broken(tx, one)) for one in landings if one.state.moving]
        return unjudged, moving

    unjudged, moving = site.database.read(look)
    for task in unjudged:
        _revive_verify(site, engine, task)
    for landing, broken in moving:
        if broken:
            _revive_landing(site, engine, landing, broken)
    return site.database.write(lambda tx: land.tick(tx, repository, site.start, tx.now()))


def _broken(tx: Transaction, landing: Landing) -> int:
    """How often the workflow of a landing broke."""
    told = history(tx, task=landing.task_id)
    mine = [one for one in told if one.kind == BROKEN and one.subject.fence == landing.fence]
    return sum(one.data["workflow"] == LAND for one in mine)


def _revive_landing(site: Site, engine: Engine, landing: Landing, broken: int) -> None:
    """Try a broken landing again; after TRIES_MAX set its task aside, and let it free the branch."""
    key = f"{LAND}:{landing.task_id}:{landing.fence}:{landing.tries}:broken-{min(broken, TRIES_MAX)}"
    if engine.progress(key) is not Progress.ABSENT:
        return

    def again(tx: Transaction) -> None:
        task = dispatch.task(tx, landing.task_id)
        if broken >= TRIES_MAX and (task.status, task.fence) == (TaskStatus.REVIEW_NEEDED, landing.fence):
            dispatch.verdicts.block(tx, task.id, task.fence, _gave_up("landing"), tx.now())
        site.start(tx, LAND, key, landing=landing.id)

    _unless_moved(lambda: site.database.write(again))


def _gave_up(what: str) -> str:
    return f"its {what} broke {TRIES_MAX} times; `windlass audit list --kind {BROKEN}` tells how"


def _revive_verify(site: Site, engine: Engine, task: Task) -> None:
    for number in range(TRIES_MAX):
        key = f"verify:{task.id}:{task.fence}" + (f":{number}" if number else "")
        progress = engine.progress(key)
        if progress is Progress.RUNNING:
            return
        if progress is Progress.ABSENT:
            site.database.write(partial(_start_verify, site, key, task))
            return

    def give_up(tx: Transaction) -> None:
        dispatch.verdicts.block(tx, task.id, task.fence, _gave_up("verification"), tx.now())

    _unless_moved(lambda: site.database.write(give_up))


def _start_verify(site: Site, key: str, task: Task, tx: Transaction) -> None:
    site.start(tx, VERIFY, key, task=task.id, fence=task.fence)


def _verify(site: Site, task_id: int, fence: int, judge: _Memory) -> None:
    """Judge a submission, then record the verdict and its consequence at once."""
    submission = site.database.read(lambda tx: dispatch.submission(tx, task_id, fence))
    if submission is None or not _unjudged(site, task_id, fence):
        return
    dispatch.packs.bring(site, submission)
    judgement = ratchet.hold(site, verify.verify_submission(site, task_id, fence, judge=judge))
    passed = judgement.outcome is verify.Outcome.PASSED
    examined = mesh.prove(site, submission, judgement) if passed else mesh.Examined({})
    measured = trials.evaluate(site, submission) if passed else None

    def conclude(tx: Transaction) -> None:
        now = tx.now()
        verify.record_verdict(tx, submission, judgement, now)
        trials.keep(tx, submission, judgement, measured, now)
        if passed:
            rules = replace(mesh.rules_of(site), start=_at_once)
            mesh.conclude(tx, rules, submission, examined, now)
        else:
            _refuse(tx, submission, judgement, now)

    _unless_moved(lambda: site.database.write(conclude))


def _refuse(tx: Transaction, submission: Submission, judgement: verify.Judgement, now: float) -> None:
    reason = "; ".join(judgement.reasons)[:REASON_MAX]
    if judgement.outcome is verify.Outcome.UNKNOWN:
        dispatch.verdicts.block(
            tx, submission.task_id, submission.fence, f"could not be verified: {reason}", now
        )
    else:
        dispatch.verdicts.reject(tx, submission.task_id, submission.fence, reason, now)


def _current(site: Site, task_id: int, fence: int) -> bool:
    task = site.database.read(lambda tx: dispatch.task(tx, task_id))
    return task.fence == fence and task.status is TaskStatus.REVIEW_NEEDED


def _unjudged(site: Site, task_id: int, fence: int) -> bool:
    task = site.database.read(lambda tx: dispatch.task(tx, task_id))
    return task.fence == fence and task.status is TaskStatus.REVIEW_NEEDED and task.review is Review.NONE


def _unless_moved(act: Callable[[], object]) -> None:
    """A task that was cancelled or taken back meanwhile is nobody's fault: what was found is simply late."""
    try:
        act()
    except Conflict:
        return


def _told(site: Site, name: str, about: Subject, work: Callable[[], object]) -> None:
    """Run a body and look at what it showed of flaky tests; a failure is an event before the engine sees
    it.
    """
    try:
        work()
        flaking.settle(site)
    except Exception as error:  # a workflow's edge: recorded, then the engine's to count and to try again
        told = f"{type(error).__name__}: {error}"[:REASON_MAX]
        site.database.write(lambda tx: append(tx, BROKEN, tx.now(), about=about, workflow=name, error=told))
        raise
