"""One pass of planning over a repository: take the backlog in rank order; route, ask or block each item.

Level-triggered: an item that waits is proposed anew on every tick, and its decision's key holds a digest of
what is proposed. So the next tick applies an answer, and an approval never covers work that changed since.
"""

from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field

from windlass import backlog, events, policy
from windlass.backlog import Finding, Item, ItemState, Ranked, Repository
from windlass.events import Subject
from windlass.plan import draft
from windlass.plan.model import NO_RUNNER, Planned, PlanSettings, Proposal
from windlass.plan.slice import choose
from windlass.policy import Decision, Route, Work
from windlass.store import Transaction

Capable = Callable[[Item, Sequence[Finding]], str | None]
"""The name of a runner that would take the item, or None."""

KIND = "gate"
APPROVE, DECLINE = "approve", "decline"
BY_HAND = "manual"


def tick(
    tx: Transaction, repository: Repository, settings: PlanSettings, capable: Capable, now: float, *,
    but: Container[int] = (),
) -> Planned:  # fmt: skip
    """Move every item above the threshold one step, in the caller's transaction; safe to repeat.

    `but`: items that were at work when the last look began. It may have seen them as they were before.
    """
    one = _Pass(tx, repository, settings, now)
    one.load()
    for entry in backlog.ranked(tx, repository.id, now, settings.rank):
        if not _is_due(entry):
            continue
        if entry.item.id in but:
            one.put_off(entry.item)
            continue
        found = backlog.findings(tx, entry.item.id)
        if not found and entry.item.source != BY_HAND:
            continue  # its findings vanished; the next discovery closes it
        runner = capable(entry.item, found)
        if runner is None:
            one.block(entry.item)
        else:
            one.take(_propose(entry, found, runner, settings, one.failures[entry.item.id]))
    return one.planned()


def _is_due(entry: Ranked) -> bool:
    item = entry.item
    if item.state is ItemState.OPEN:
        return entry.actionable
    return item.state is ItemState.WAITING or _lacks_runner(item)


def _lacks_runner(item: Item) -> bool:
    return item.state is ItemState.BLOCKED and item.reason.startswith(NO_RUNNER)


def _propose(
    entry: Ranked, found: Sequence[Finding], runner: str, settings: PlanSettings, failures: int
) -> Proposal:
    """The next slice and what the gate says to it. Every failed attempt halves the slice."""
    item, scope = entry.item, settings.scope
    files_max = max(1, scope.max_files >> failures)
    paths = choose(found, files_max, findings_max=scope.max_lines, prefixes=scope.restricted)
    inside = tuple(finding for finding in found if finding.path in set(paths))
    work = Work(
        category=item.category, source=item.source, rule=item.rule, paths=paths, fixable=item.fixable,
        severity=_worst(inside), wsjf=entry.base, lines=len(inside) if item.fixable else None,
        failures=failures, size=item.size,
    )  # fmt: skip
    assessment = policy.assess(work, scope)
    return Proposal(item, inside, paths, runner, assessment, policy.route(assessment))


def _worst(findings: Sequence[Finding]) -> str:
    """A severity the gate minds, if any finding has one."""
    return next((f.severity for f in findings if not policy.calm(f.severity)), "")


@dataclass
class _Pass:
    """One tick: the transaction, what is asked already, and what was moved."""

    tx: Transaction
    repository: Repository
    settings: PlanSettings
    now: float
    failures: Counter[int] = field(default_factory=Counter)
    _asked: dict[int, list[Decision]] = field(default_factory=dict)
    _moved: dict[str, list[int]] = field(default_factory=dict)

    def load(self) -> None:
        """Open questions and failed attempts; questions about items that no longer wait are withdrawn."""
        for asked in policy.open_decisions(self.tx, self.repository.id):
            if asked.kind == KIND and asked.item is not None:
                self._asked.setdefault(asked.item, []).append(asked)
        for item_id in list(self._asked):
            if (state := backlog.item(self.tx, item_id).state) is not ItemState.WAITING:
                self._withdraw(item_id, f"the item is {state.value}")
        self.failures = _failures(self.tx, self.repository.id)

    def block(self, item: Item) -> None:
        if _lacks_runner(item):
            return
        self._withdraw(item.id, NO_RUNNER)
        reason = f"{NO_RUNNER}: {item.rule or item.category} from {item.source}"
        self._move(item, ItemState.BLOCKED, reason)

    def put_off(self, item: Item) -> None:
        self._note("late", item)

    def take(self, proposal: Proposal) -> None:
        if proposal.route is Route.AUTO:
            self._withdraw(proposal.item.id, "the gate now lets it through")
            self._route(proposal, "the gate let it through", "windlass")
        else:
            self._ask(proposal)

    def planned(self) -> Planned:
        return Planned(**{name: tuple(ids) for name, ids in self._moved.items()})

    def _ask(self, proposal: Proposal) -> None:
        item, key = proposal.item, draft.key(proposal)
        last = policy.last_asked(self.tx, key)
        if last is not None and last.answer == APPROVE:
            self._route(proposal, f"approved in decision {last.id}", last.answered_by or "")
        elif last is not None and last.answer == DECLINE and item.state is ItemState.WAITING:
            self._move(item, ItemState.DECLINED, f"declined in decision {last.id}", last.answered_by or "")
        elif item.state is not ItemState.WAITING and len(self._asked) >= self.settings.questions_max:
            self._note("held_back", item)
        else:
            self._put(proposal, _next_key(key, last))

    def _put(self, proposal: Proposal, key: str) -> None:
        item = proposal.item
        self._withdraw(item.id, "the work has changed", but=key)
        strict = proposal.route is Route.STRICT
        asked = policy.ask(
            self.tx, key, draft.question(proposal), draft.context(proposal, self.settings.scope),
            (APPROVE, DECLINE), kind=KIND, about=Subject(self.repository.id, item.id),
            default=None if strict else APPROVE, priority=1 if strict else 2, now=self.now,
        )  # fmt: skip
        self._asked[item.id] = [asked]
        if item.state is not ItemState.WAITING:
            self._keep_route(proposal)
            self._move(item, ItemState.WAITING, f"decision {asked.id}: {proposal.assessment.reasons[0]}")

    def _route(self, proposal: Proposal, reason: str, actor: str) -> None:
        self._keep_route(proposal)
        self._move(proposal.item, ItemState.ROUTED, reason, actor)

    def _keep_route(self, proposal: Proposal) -> None:
        """With the slice's size, `choose` gives whoever dispatches the same files that were assessed here."""
        item, reasons = proposal.item, proposal.assessment.reasons
        files = len(proposal.paths) or None
        backlog.route_item(self.tx, item.id, proposal.route.value, reasons, self.now, files=files)

    def _move(self, item: Item, new: ItemState, reason: str, actor: str = "windlass") -> None:
        backlog.move_item(
            self.tx, item.id, new, self.now, reason=reason, expected=item.state, actor=actor or "windlass"
        )
        self._note(new.value, item)

    def _note(self, what: str, item: Item) -> None:
        self._moved.setdefault(what, []).append(item.id)

    def _withdraw(self, item_id: int, reason: str, *, but: str = "") -> None:
        for asked in self._asked.pop(item_id, []):
            if asked.key != but:
                policy.withdraw(self.tx, asked.key, reason, self.now)


def _next_key(key: str, last: Decision | None) -> str:
    """An item that was declined and is open again gets a new question: a person wants another look."""
    if last is None:
        return key
    return last.key if last.answer is None else f"{key}:{last.id}"


def _failures(tx: Transaction, repository_id: int) -> Counter[int]:
    """Failed attempts of each item since a task of it was last completed."""
    done = dict(events.seen(tx, "task.completed", repository_id))
    found: Counter[int] = Counter()
    for kind in ("task.rejected", "task.failed"):
        found.update(item for item, seq in events.seen(tx, kind, repository_id) if seq > done.get(item, 0))
    return found
