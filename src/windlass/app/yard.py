"""Trials and worktrees of one repository, as a person asks for them: begin, look, measure, pick, clear up.

Nothing here needs the engine: what is begun or picked is found by whoever runs it, beside us or later.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from windlass import backlog, dispatch, trials, verify
from windlass.app.errand import file_errand
from windlass.app.filing import Order
from windlass.app.leading import leader
from windlass.app.nodes import url_of
from windlass.app.parallel import Features
from windlass.app.wiring import Plant, new_node_id, site_of, weights_of
from windlass.app.worktrees import Worktree, Worktrees
from windlass.dispatch import Place, Site, Spec, Task
from windlass.kernel import Invalid
from windlass.store import Transaction
from windlass.trials import Plan, Trial

evaluation = verify.evaluation
OID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Shown:
    """A trial with its entries, each with its task and what was measured of it."""

    trial: Trial
    task: Task
    entries: tuple[tuple[trials.records.Entry, Task, evaluation.Evaluation | None], ...]


class Yard:
    """What the commands about trials and worktrees call; see the module."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant

    @property
    def features(self) -> Features:
        """Features of several parts."""
        return Features(self._plant, self._site())

    @property
    def worktrees(self) -> Worktrees:
        """Worktrees that somebody asked for."""
        return Worktrees(self._plant, self._site())

    def create(self, name: str, *, task: int | None, start: str | None, by: str) -> Worktree:
        """A worktree for a task, or under a name, at main or at a worktree, task, branch or commit."""
        if task is not None:
            self._plant.database.read(lambda tx: dispatch.task(tx, task))
        main = self._plant.main_now()
        base = main if start is None else self._commit(start)
        return self.worktrees.create(name or f"task-{task}", base, task=task, by=by)

    @property
    def server(self) -> str:
        """Where the server answers that looks after the repository now; empty without one.

        What is filed beside it, it does; a `windlass run` is no server, for it may end before.
        """

        def look(tx: Transaction) -> str:
            node = leader(tx, self._plant.repository.id)
            return "" if node is None else url_of(tx, node)

        return self._plant.database.read(look)

    def hand_over(self, orders: Sequence[Order]) -> tuple[int, ...]:
        """File orders for whoever runs the repository; their tasks."""
        return file_errand(self._plant, self._site(), orders)

    def begin(self, work: int | Order, plan: Plan, by: str) -> Shown:
        """A trial of an item's next slice, or of work that a person describes; its first round is filed."""
        site, plant = self._site(), self._plant
        backlog.check_acceptance(plan.accept)
        here = dispatch.staff(site.runners).runners
        if unknown := sorted({one.runner for one in plan.variants} - set(here)):
            known = f"known: {', '.join(sorted(here))}"
            raise Invalid(f"there is no runner {unknown[0]!r}", hint=known)
        base, first = plant.main_now(), plan.variants[0].runner

        def work_on(tx: Transaction) -> Trial:
            if isinstance(work, int):
                task = dispatch.tries.file_aside(tx, site, work, first, base=base, by=by)
            else:
                task = _file(tx, site, work, first, base)
                dispatch.tries.put_aside(tx, task.id, by, tx.now())
                task = dispatch.task(tx, task.id)
            return trials.open_trial(tx, site, task, plan, by=by)

        return self.show(plant.database.write(work_on).task)

    def show(self, number: int) -> Shown:
        """A trial as it stands."""
        return self._plant.database.read(lambda tx: _shown(tx, trials.records.trial(tx, number)))

    def all(self) -> list[Shown]:
        """Every trial of the repository, oldest first."""
        known = partial(trials.records.trials, repository=self._plant.repository.id)
        return self._plant.database.read(lambda tx: [_shown(tx, one) for one in known(tx)])

    def pick(self, entry: int, by: str) -> Shown:
        """A person's choice."""
        return self.show(trials.pick(self._site(), entry, by=by).task)

    def prune(self, older_s: float) -> tuple[int, ...]:
        """Let go commits of entries that were not taken; the tasks they belonged to."""
        site = self._site()
        return trials.prune(site, site.clock(), older_s=older_s)

    def evaluate(self, what: str, accept: Sequence[str]) -> evaluation.Evaluation:
        """Measure a task's newest submission, a branch or a commit, against where it left the main branch."""
        site, mirror = self._site(), self._plant.mirror
        main = mirror.sync(self._plant.checkout)
        commit = self._commit(what)
        base = mirror.merge_base(main, commit)
        if base is None:
            raise Invalid(f"{what} has nothing in common with the main branch")
        trees = mirror.tree_of(commit), mirror.tree_of(base)
        return evaluation.evaluate(site, *trees, evaluation.Asked(backlog.check_acceptance(accept)))

    def rank(self, found: Mapping[str, evaluation.Evaluation]) -> evaluation.Comparison:
        """Rank evaluations by the weights in force."""
        return evaluation.compare(found, weights_of(self._plant.config))

    def diff(self, one: str, other: str) -> bytes:
        """What leads from the tree of one to that of the other, as a patch."""
        return self._plant.mirror.patch(*map(self._tree, (one, other)))

    def _tree(self, what: str) -> str:
        return self._plant.mirror.tree_of(self._commit(what))

    def _commit(self, what: str) -> str:
        mirror, worktrees = self._plant.mirror, self.worktrees
        if worktrees.has(what):
            return worktrees.commit(what)
        if what.isdigit():
            found = self._plant.database.read(partial(_submitted, int(what)))
            dispatch.packs.bring(self._site(), found)
            return found.commit
        known = mirror.ref(f"refs/windlass/user/heads/{what}")
        if known is None and OID.fullmatch(what) and mirror.exists(what):
            return what
        if known is None:
            raise Invalid(
                f"{what!r} is no worktree, task, branch or commit here", hint="`windlass task list`"
            )
        return known

    def _site(self) -> Site:
        """A site without an engine: a tick of whoever has one starts what is due."""
        return site_of(self._plant, _start_nothing, new_node_id())


def _start_nothing(tx: Transaction, name: str, key: str, **inputs: str | int) -> None:
    """See `beside`."""


def _submitted(task: int, tx: Transaction) -> dispatch.Submission:
    fences = [one.fence for one in dispatch.attempts(tx, task) if one.outcome is dispatch.Outcome.SUBMITTED]
    if not fences:
        raise Invalid(f"task {task} has submitted nothing", hint="`windlass task show` tells where it is")
    return dispatch.submission(tx, task, fences[-1])


def _file(tx: Transaction, site: Site, order: Order, runner: str, base: str) -> Task:
    spec = Spec(
        dispatch.staff(site.runners).lane(runner), order.paths, instructions=order.text or order.title,
        source="person",
    )  # fmt: skip
    number = dispatch.add_task(
        tx, repository_id=site.repository.id, item_id=None,
        lane=dispatch.lane_id(tx, site.repository.id, spec.runner), kind=order.kind, title=order.title,
        spec=spec, wsjf=order.wsjf, base=base, now=tx.now(), attempts_max=site.attempts_max, place=Place(),
    )  # fmt: skip
    return dispatch.task(tx, number)


def _shown(tx: Transaction, trial: Trial) -> Shown:
    found = [(one, dispatch.task(tx, one.task)) for one in trials.records.entries(tx, trial.task)]
    told = [
        (one, task, evaluation.parse_evaluation(one.evaluation) if one.evaluation else None)
        for one, task in found
    ]
    return Shown(trial, dispatch.task(tx, trial.task), tuple(told))
