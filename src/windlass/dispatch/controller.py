"""One pass of dispatch: routed items become tasks, dead leases end, ended tasks are told to their items.

Level-triggered: it looks at the states it finds, so it may run after any crash and as often as one likes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from windlass import backlog, policy
from windlass.backlog import Finding, Item, ItemState
from windlass.dispatch import bereft, cannot, overspent, records
from windlass.dispatch.cochange import History, history
from windlass.dispatch.globs import exact
from windlass.dispatch.model import FindingRef, Outcome, Place, Spec, Task, TaskStatus
from windlass.dispatch.records.grounds import GUESS
from windlass.dispatch.site import Site
from windlass.dispatch.staffing import Staff, staff
from windlass.kernel import Conflict
from windlass.plan import choose
from windlass.policy import Route
from windlass.sandbox import Level
from windlass.store import Transaction
from windlass.workspace import Mirror

DAY_S: Final = 86_400.0
FINDINGS_MAX: Final = 1_000
"""Findings one task is told about; the rest are found again after it."""
HISTORY_MAX: Final = 2_000
"""Commits that say which files change together."""

_OPEN: Final = (TaskStatus.PENDING, TaskStatus.PLANNING, TaskStatus.IN_PROGRESS, TaskStatus.REVIEW_NEEDED)


@dataclass(frozen=True, slots=True)
class Ticked:
    """Ids: tasks that were filed, tasks whose lease ended, items that were blocked."""

    filed: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()
    blocked: tuple[int, ...] = ()


def tick(site: Site, now: float) -> Ticked:
    """Move everything one step. Leases are judged by the database's clock, the rest is stamped with `now`."""
    base = site.mirror.ref(site.main_ref)
    hands = staff(site.runners)
    repository = site.repository.id
    guess = base is not None and site.database.read(lambda tx: records.grounds.unguessed(tx, repository))
    past = _past(site.mirror, base) if base is not None and guess else None

    def work(tx: Transaction) -> Ticked:
        lost = records.sweep(tx, tx.now())
        paused = policy.pauses.held(tx, repository)
        filed = () if base is None or paused else _file(tx, site, hands, base, now)
        records.grounds.look(tx, repository, now, past=past)
        overspent.settle(tx, repository, site.budget, tx.now())
        bereft.settle(tx, repository, tx.now())
        return Ticked(filed, tuple(lost), _settle(tx, site, now))

    return site.database.write(work)


@lru_cache(maxsize=16)
def _past(mirror: Mirror, base: str) -> History:
    """What changed together lately, as of one commit."""
    return history(mirror.changed_together(base, HISTORY_MAX))


def _file(tx: Transaction, site: Site, hands: Staff, base: str, now: float) -> tuple[int, ...]:
    items = backlog.items(tx, site.repository.id, (ItemState.ROUTED,))
    if not items:
        return ()
    filed = []
    taken = {path for task in records.tasks(tx, site.repository.id, _OPEN) for path in task.spec.paths}
    for item in items:
        found = backlog.findings(tx, item.id)
        runner = hands.taker(item, found)
        if not found or runner is None:
            reason = "its findings are gone" if not found else "no runner accepts it any more"
            backlog.move_item(tx, item.id, ItemState.OPEN, now, reason=reason, expected=ItemState.ROUTED)
            continue
        for old in records.tasks_of_item(tx, item.id):
            if old.status in (*_OPEN, TaskStatus.BLOCKED):
                records.cancel(tx, old.id, "windlass", "the item was routed anew", now)
        spec = _spec(site, item, found, hands, runner)
        if taken & set(spec.paths):
            continue  # another task changes these files now: the item stays routed until it has ended
        taken |= set(spec.paths)
        backlog.move_item(
            tx, item.id, ItemState.ACTIVE, now, reason=f"runner {runner}", expected=ItemState.ROUTED
        )
        place = Place() if runner in hands.here else Place.first(_risk(item))
        filed.append(_add(tx, site, item, spec, place, base=base, now=now))
    return tuple(filed)


def _add(tx: Transaction, site: Site, item: Item, spec: Spec, place: Place, *, base: str, now: float) -> int:
    age = max(0.0, now - item.created_at) / DAY_S
    return records.add_task(
        tx, repository_id=site.repository.id, item_id=item.id,
        lane=records.lane_id(tx, site.repository.id, spec.runner), kind="fix", title=item.title, spec=spec,
        wsjf=backlog.wsjf(item.score, age, boost=item.boost), base=base, now=now,
        attempts_max=site.attempts_max, place=place, touches=(*map(exact, spec.paths), GUESS),
        skills=site.skills.get(spec.runner, ()),
    )  # fmt: skip


def file_aside(tx: Transaction, site: Site, item_id: int, runner: str, *, base: str, by: str) -> Task:
    """The item's next slice as a task that nobody works on: several tries are made at it, for `runner` first.

    A person's word stands for the gate's. Conflict when the item is in somebody's hands or waits for a word.
    """
    now, item, found = tx.now(), backlog.item(tx, item_id), backlog.findings(tx, item_id)
    if item.state not in (ItemState.OPEN, ItemState.ROUTED, ItemState.BLOCKED) or not found:
        why = f"is {item.state.value}" if found else "has no findings"
        raise Conflict(f"item {item_id} {why}, so nothing can be tried", hint="`windlass backlog explain`")
    for old in records.tasks_of_item(tx, item_id):
        if old.status in (*_OPEN, TaskStatus.BLOCKED):
            records.cancel(tx, old.id, by, "several tries are made at its item", now)
    if item.state is not ItemState.ROUTED:
        backlog.move_item(tx, item_id, ItemState.ROUTED, now, reason="a person asked for a trial", actor=by)
    backlog.move_item(tx, item_id, ItemState.ACTIVE, now, reason="a trial", expected=ItemState.ROUTED)
    spec = _spec(site, item, found, staff(site.runners), runner)
    number = _add(tx, site, item, spec, Place(), base=base, now=now)
    records.entries.put_aside(tx, number, by, now)
    return records.task(tx, number)


def _risk(item: Item) -> str:
    """What the gate saw when it routed the item; empty, which is not low, where it never looked."""
    return Route(item.route).risk.value if item.route else ""


def _spec(site: Site, item: Item, found: Sequence[Finding], hands: Staff, runner: str) -> Spec:
    """The next slice, chosen as the gate chose it: the same function, the number of files it wrote down."""
    paths = choose(
        found, item.slice_files or site.scope.max_files, findings_max=site.scope.max_lines,
        prefixes=site.scope.restricted,
    )  # fmt: skip
    mine = [finding for finding in found if finding.path in set(paths)][:FINDINGS_MAX]
    name = item.playbook or ("mechanical" if item.fixable else "")
    playbook = site.playbooks.fitting(name, item.category)
    return Spec(
        runner=hands.lane(runner),
        paths=paths,
        rules=tuple(sorted({finding.rule for finding in mine if finding.rule} or {item.rule})),
        findings=tuple(FindingRef(each.path, each.line, each.rule, each.text) for each in mine),
        instructions=playbook.told(item.text or item.title, item.acceptance),
        trusted=runner in hands.here and site.launcher.level is Level.NONE,
        source=item.source,
        category=item.category,
        playbook=playbook.name,
        acceptance=item.acceptance,
        also=playbook.also,
    )


def _settle(tx: Transaction, site: Site, now: float) -> tuple[int, ...]:
    """Tell items what became of their newest task when no stage behind us will."""
    blocked = []
    for item in backlog.items(tx, site.repository.id, (ItemState.ACTIVE, ItemState.BLOCKED)):
        known = records.tasks_of_item(tx, item.id)
        if not known:
            continue
        reason = _standstill(tx, known[-1])
        found = backlog.findings(tx, item.id)
        gone = not found and item.source != Spec.ORDERED
        if item.state is ItemState.ACTIVE and reason and gone:
            why = "its findings are gone"
            backlog.move_item(tx, item.id, ItemState.CLOSED, now, reason=why, expected=ItemState.ACTIVE)
        elif item.state is ItemState.ACTIVE and reason:
            backlog.move_item(tx, item.id, ItemState.BLOCKED, now, reason=reason, expected=ItemState.ACTIVE)
            blocked.append(item.id)
        elif item.state is ItemState.BLOCKED and _overtaken(item, known[-1], found):
            why = "what its task was filed for is gone, other findings are there"
            backlog.move_item(tx, item.id, ItemState.OPEN, now, reason=why, expected=ItemState.BLOCKED)
        if item.state is ItemState.BLOCKED and known[-1].status in _OPEN:
            for new, old in ((ItemState.ROUTED, ItemState.BLOCKED), (ItemState.ACTIVE, ItemState.ROUTED)):
                backlog.move_item(tx, item.id, new, now, reason="its task goes on", expected=old)
        cannot.settle(tx, backlog.item(tx, item.id), known[-1], now)
    return tuple(blocked)


def _overtaken(item: Item, task: Task, found: Sequence[Finding]) -> bool:
    """Whether an item is blocked only because its task came too late: a landing had done its work before a
    look could tell, and what is found now is something else.
    """
    if not found or not item.reason.startswith(_nothing(task)):
        return False
    filed = {(ref.path, ref.rule, ref.text) for ref in task.spec.findings}
    return not any((each.path, each.rule, each.text) in filed for each in found)


def _nothing(task: Task) -> str:
    return f"task {task.id} changed nothing: "


def _standstill(tx: Transaction, task: Task) -> str:
    """Why nothing more will happen to this task by itself, or nothing."""
    if task.status in (TaskStatus.FAILED, TaskStatus.CANCELLED, TaskStatus.BLOCKED):
        return f"task {task.id} {task.status.value}: {task.note}"
    if task.status is TaskStatus.COMPLETED:
        last = records.attempts(tx, task.id)[-1]
        if last.outcome is Outcome.NOTHING:
            return f"{_nothing(task)}{last.detail}"
    return ""
