"""One pass over the trials: file rounds, wait until everybody rests, decide, and let the task take over.

Level-triggered: it looks at the states it finds, so it may run after any crash and as often as one likes.
What entries do is dispatch's and what the gate says is verify's; here they are only filed, read and chosen.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Final

from windlass import dispatch, verify
from windlass.dispatch import Place, Review, Site, Submission, Task, TaskStatus
from windlass.kernel import Conflict
from windlass.store import Transaction
from windlass.trials import records
from windlass.trials.combining import combined
from windlass.trials.model import Entry, Plan, Trial, TrialState
from windlass.trials.patterns import Again, Take, Tried, step
from windlass.verify import Judgement

evaluation = verify.evaluation
DAY_S: Final = 86_400.0
KEEP_DAYS: Final = 7.0
"""How long the commits of those that were not taken stay under their references."""
FIRST: Final = 1_000.0
"""The WSJF of entries: a person asked for the trial, so they go before what windlass found by itself."""
WINDLASS: Final = "windlass"
_OVER: Final = (TaskStatus.FAILED, TaskStatus.CANCELLED, TaskStatus.COMPLETED)
_RESTING: Final = (*_OVER, TaskStatus.BLOCKED)


@dataclass(frozen=True, slots=True)
class _Seen:
    """An entry with its task and what it offers."""

    entry: Entry
    task: Task
    offered: Submission | None

    @property
    def rests(self) -> bool:
        verified = self.task.status is TaskStatus.REVIEW_NEEDED and self.task.review is not Review.NONE
        return verified or self.task.status in _RESTING

    @property
    def tried(self) -> Tried:
        """Only what the gate passed is offered; what it refused is told with its reasons."""
        known = self.entry.evaluation
        found = None if known is None else evaluation.parse_evaluation(known)
        commit = self.offered.commit if self.offered and found else None
        why = self.task.note.strip() or f"it is {self.task.status.value}"
        why = "nothing to change" if self.task.status is TaskStatus.COMPLETED and not commit else why
        return Tried(self.task.id, self.entry.name, self.entry.round, commit, found, why)


def open_trial(tx: Transaction, site: Site, task: Task, plan: Plan, *, by: str) -> Trial:
    """Begin a trial of a task that was put aside; its first round is filed with it."""
    records.add(tx, task, plan, tx.now(), by=by)
    trial = records.trial(tx, task.id)
    variants = plan.variants[:1] if plan.pattern.value == "role" else plan.variants
    _file(tx, site, trial, Again(variants, None))
    return records.trial(tx, task.id)


def _file(tx: Transaction, site: Site, trial: Trial, round_: Again) -> None:
    """File a round: each entry a task of its own, under its own lease, all from the same commit."""
    parent, hands, now = dispatch.task(tx, trial.task), dispatch.staff(site.runners), tx.now()
    base = round_.base or trial.base
    number = records.next_round(tx, trial, [one.name for one in round_.variants], round_.told, now)
    for one in round_.variants:
        told = f"{parent.spec.instructions}\n\n{one.instructions}".strip()
        runner = hands.lane(one.runner)
        paths = one.paths or parent.spec.paths
        spec = replace(parent.spec, runner=runner, instructions=told, paths=paths)
        filed = dispatch.add_task(
            tx, repository_id=parent.repository_id, item_id=None,
            lane=dispatch.lane_id(tx, parent.repository_id, runner), kind=dispatch.tries.ENTRY,
            title=f"{parent.title} ({one.name})", spec=spec, wsjf=FIRST, base=base, now=now,
            attempts_max=trial.plan.tries, place=Place.entry(parent.id),
        )  # fmt: skip
        records.add_entry(tx, trial, one, filed, number=number, base=base)


def evaluate(site: Site, offered: Submission) -> evaluation.Evaluation | None:
    """Measure what an entry offers against its trial's base; None for a task that is no entry.

    Slow: it runs programs in the sandbox.
    """
    found = site.database.read(lambda tx: records.entry(tx, offered.task_id))
    if found is None:
        return None
    trial = site.database.read(lambda tx: records.trial(tx, found.trial))
    spec = site.database.read(lambda tx: dispatch.task(tx, found.trial)).spec
    asked = evaluation.Asked(
        trial.plan.accept, tuple((one.path, one.rule, one.text) for one in spec.findings), spec.paths,
        trial.plan.rounds,
    )  # fmt: skip
    return evaluation.evaluate(site, offered.tree, site.mirror.tree_of(trial.base), asked)


def keep(
    tx: Transaction,
    offered: Submission,
    judgement: Judgement,
    found: evaluation.Evaluation | None,
    now: float,
) -> None:
    """Write down what was measured of an entry, or why the gate refused it; nothing for any other task."""
    if found is None and records.entry(tx, offered.task_id) is not None:
        reasons = "; ".join(judgement.reasons)[:1_000] or judgement.outcome.value
        found = evaluation.Evaluation(
            judgement.tree, judgement.base_tree, now, offered.lines, refused=reasons
        )
    if found is not None:
        records.keep_evaluation(tx, offered.task_id, found.dump())


def tick(site: Site, weights: evaluation.Weights, now: float) -> tuple[int, ...]:
    """Move every running trial one step; the numbers of those that moved."""
    running = site.database.read(lambda tx: records.trials(tx, site.repository.id, (TrialState.RUNNING,)))
    moved = []
    for trial in running:
        with suppress(Conflict):  # somebody else moved it: the next tick looks again
            if _move(site, trial, weights):
                moved.append(trial.task)
    return tuple(moved)


def _move(site: Site, trial: Trial, weights: evaluation.Weights) -> bool:
    parent, seen = site.database.read(lambda tx: _look(tx, trial))
    if parent.status is not TaskStatus.PLANNING:
        site.database.write(lambda tx: _end(tx, trial, seen))
        return True
    if site.clock() >= trial.deadline:
        site.database.write(lambda tx: _leave_behind(tx, seen))
        parent, seen = site.database.read(lambda tx: _look(tx, trial))
    if not all(one.rests for one in seen):
        return False
    following = step(trial.plan, trial.round, [one.tried for one in seen], weights)
    if isinstance(following, Again):
        site.database.write(lambda tx: _file(tx, site, trial, following))
    else:
        _conclude(site, trial, following, seen, WINDLASS)
    return True


def _look(tx: Transaction, trial: Trial) -> tuple[Task, list[_Seen]]:
    found = [
        _Seen(one, dispatch.task(tx, one.task), records.offered(tx, one.task))
        for one in records.entries(tx, trial.task)
    ]
    return dispatch.task(tx, trial.task), found


def _leave_behind(tx: Transaction, seen: Sequence[_Seen]) -> None:
    for one in seen:
        judged = one.task.status is TaskStatus.REVIEW_NEEDED
        if not one.rests and not judged:
            dispatch.verdicts.cancel(tx, one.task.id, WINDLASS, "the trial's time was over", tx.now())


def _end(tx: Transaction, trial: Trial, seen: Sequence[_Seen]) -> None:
    told = {**trial.verdict, "told": [*trial.told, "Its task was taken away."]}
    records.decide(tx, trial, TrialState.ENDED, told, tx.now(), winner=None, by=WINDLASS)
    _close(tx, seen, (), "the trial's task was taken away")


def _conclude(site: Site, trial: Trial, take: Take, seen: Sequence[_Seen], by: str) -> None:
    """Let the task take over what was chosen, and say why; without a choice it waits for a person."""
    chosen = [one for one in seen if one.task.id in take.tasks]
    verdict = _verdict(trial, take, seen)
    offered, told = combined(site, trial, [one.offered for one in chosen if one.offered])
    verdict["told"] += told
    if offered is None:
        site.database.write(partial(_give_to_person, trial, verdict))
        return
    winner = chosen[0].task.id if len(chosen) == 1 else None
    site.database.write(lambda tx: _take(tx, site, trial, (verdict, offered, winner, seen, by)))


_Choice = tuple[Mapping[str, Any], Submission, int | None, Sequence[_Seen], str]


def _take(tx: Transaction, site: Site, trial: Trial, choice: _Choice) -> None:
    verdict, offered, winner, seen, by = choice
    records.decide(tx, trial, TrialState.DECIDED, verdict, tx.now(), winner=winner, by=by)
    taken = [one.task.id for one in seen if winner is None or one.task.id == winner]
    _close(tx, seen, taken, "another entry was taken")
    dispatch.tries.take_over(tx, trial.task, offered, site)


def _close(tx: Transaction, seen: Sequence[_Seen], taken: Sequence[int], reason: str) -> None:
    """End what is still open; their commits stay under their references."""
    for one in seen:
        task = dispatch.task(tx, one.task.id)
        if task.status in _OVER:
            continue
        if task.id in taken and task.status is TaskStatus.REVIEW_NEEDED:
            dispatch.verdicts.complete(tx, task.id, task.fence, tx.now())
        else:
            dispatch.verdicts.cancel(tx, task.id, WINDLASS, reason, tx.now())


def _give_to_person(trial: Trial, verdict: Mapping[str, Any], tx: Transaction) -> None:
    records.decide(tx, trial, TrialState.UNDECIDED, verdict, tx.now(), winner=None, by=WINDLASS)
    dispatch.tries.set_aside(tx, trial.task, " ".join(verdict["told"]), tx.now())


def _verdict(trial: Trial, take: Take, seen: Sequence[_Seen]) -> dict[str, Any]:
    order = take.comparison.order if take.comparison else ()
    numbers = {one.entry.name: one.task.id for one in seen}
    return {
        "told": [*trial.told, *take.told], "close": bool(take.comparison and take.comparison.close),
        "standings": [{"task": numbers[one.name], **asdict(one)} for one in order],
    }  # fmt: skip


def pick(site: Site, entry_task: int, *, by: str) -> Trial:
    """A person's choice, instead of the verdict or before it; raises Conflict once something has landed."""
    found = site.database.read(lambda tx: records.entry(tx, entry_task))
    if found is None:
        raise Conflict(f"task {entry_task} is no entry of a trial", hint="`windlass worktree list`")
    trial = site.database.read(lambda tx: records.trial(tx, found.trial))
    parent, seen = site.database.read(lambda tx: _look(tx, trial))
    if parent.status in _OVER:
        raise Conflict(
            f"task {parent.id} of this trial is {parent.status.value}: no other entry can be taken any more",
            hint=f"what was taken: windlass task show {parent.id}; for the other one begin a new trial",
        )
    if not any(one.task.id == entry_task and one.offered for one in seen):
        raise Conflict(f"task {entry_task} offers no commit", hint="pick one that was submitted")
    names = {one.task.id: one.entry.name for one in seen}
    instead = f" instead of {names[trial.winner]}" if trial.winner in names else ""
    take = Take((entry_task,), (f"{by} picked {found.name}{instead}.",))
    old = {name: trial.verdict[name] for name in ("standings", "close") if name in trial.verdict}
    _conclude(site, replace(trial, verdict={**trial.verdict, **old}), take, seen, by)
    return site.database.read(lambda tx: records.trial(tx, found.trial))


def prune(site: Site, now: float, *, older_s: float = KEEP_DAYS * DAY_S) -> tuple[int, ...]:
    """Let go the references of entries that were not taken and whose trial was decided so long ago."""
    gone = []
    for trial in site.database.read(lambda tx: records.trials(tx, site.repository.id)):
        if trial.state is TrialState.RUNNING or now - trial.updated_at < older_s:
            continue
        _, seen = site.database.read(partial(_look_at, trial))
        for one in seen:
            if one.entry.kept and one.task.id != trial.winner and one.offered is not None:
                name = dispatch.tries.pin(one.task.id, one.offered.fence)
                if (commit := site.mirror.ref(name)) is not None:
                    site.mirror.delete_ref(name, commit)
                site.database.write(partial(records.forget_commit, task=one.task.id))
                gone.append(one.task.id)
    return tuple(gone)


def _look_at(trial: Trial, tx: Transaction) -> tuple[Task, list[_Seen]]:
    return _look(tx, trial)
