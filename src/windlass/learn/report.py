"""Build a run's report from events and tables. Reads only; what is not on record is None, never a guess."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from windlass import backlog, dispatch, events, land, policy
from windlass.backlog import Item, ItemState, RankSettings, Repository
from windlass.dispatch import Task, TaskStatus
from windlass.events import Event
from windlass.land import LandingState
from windlass.learn import records
from windlass.learn.cost import costs
from windlass.learn.measured import measured
from windlass.learn.model import (
    Delivered,
    Done,
    Found,
    Gated,
    Placed,
    Refused,
    Report,
    Run,
    Section,
    Stuck,
    Tried,
)
from windlass.policy import Decision
from windlass.store import Transaction

ROWS_MAX: Final = 1_000
"""Rows of one section; the tables hold the rest."""
NO: Final = {
    "verdict.failed": "verify",
    "verdict.unknown": "verify",
    "task.rejected": "verify",
    "task.given-up": "runner",
    "task.failed": "dispatch",
    "landing.ejected": "land",
    "landing.blocked": "land",
}
"""Events that refuse work, and the stage that did."""
_RANK: Final = RankSettings()
_GATE: Final = ("item.routed", "item.waiting", "item.declined")
_CHANGES: Final = ("new", "moved", "gone", "returned")
_DELIVERED: Final = (LandingState.LANDED, LandingState.PROPOSED)


def report(
    tx: Transaction, repository: Repository, run_id: int | None = None, *, rank: RankSettings = _RANK
) -> Report:
    """The account of a run, by default of the repository's newest one; `rank`: the settings it ran with."""
    return _Account.open(tx, repository, records.find_run(tx, repository.id, run_id)).whole(rank)


@dataclass(frozen=True)
class _Account:
    """Everything that was read for one report."""

    tx: Transaction
    repository: Repository
    run: Run
    now: float
    log: list[Event]
    items: dict[int, Item]
    tasks: dict[int, Task]
    questions: list[Decision]

    @classmethod
    def open(cls, tx: Transaction, repository: Repository, run: Run) -> "_Account":
        log = [
            event
            for event in events.history(tx, since=run.first_seq - 1)
            if event.subject.repository == repository.id
            if run.last_seq is None or event.seq <= run.last_seq
        ]
        now = tx.now() if run.finished_at is None else run.finished_at
        items = {item.id: item for item in backlog.items(tx, repository.id)}
        tasks = {task.id: task for task in dispatch.tasks(tx, repository.id)}
        return cls(tx, repository, run, now, log, items, tasks, policy.open_decisions(tx, repository.id))

    def whole(self, rank: RankSettings) -> Report:
        ranked = self._ranked(rank)
        return Report(
            run=self.run,
            repository=self.repository.name,
            at=self.now,
            found=Section(self._from("source.scanned, source.failed"), self._found()),
            ranked=Section("items and findings, scored as of the report", ranked),
            gated=Section(f"{self._from('item.*')}; items; open decisions", self._gated()),
            done=Section(f"{self._from('task.*')}; tasks and attempts", self._done()),
            refused=Section(self._from(", ".join(NO)), self._refused()),
            delivered=Section("landings of the run; evidence by tree", self._delivered()),
            blocked=Section("items, tasks and landings as of the report", self._blocked()),
            below=sum(1 for row in ranked if row.state == ItemState.OPEN.value and not row.actionable),
            questions=tuple(asked.id for asked in self.questions),
            catch_up=self._catch_up(),
            cost=Section(self._from("model.called"), costs(self.log, self.tasks)[:ROWS_MAX]),
            measured=Section(self._from("night.measured"), measured(self.log)[:ROWS_MAX]),
        )

    def _from(self, kinds: str) -> str:
        last = self.log[-1].seq if self.log else self.run.first_seq
        return f"events {self.run.first_seq}-{last} ({kinds})"

    def _found(self) -> tuple[Found, ...]:
        scans: dict[str, list[Event]] = {}
        for event in self.log:
            if event.kind in ("source.scanned", "source.failed"):
                scans.setdefault(str(event.data.get("source", "")), []).append(event)
        return tuple(_source(name, scans[name]) for name in sorted(scans))

    def _ranked(self, rank: RankSettings) -> tuple[Placed, ...]:
        found = backlog.ranked(self.tx, self.repository.id, self.now, rank)
        return tuple(
            Placed(
                one.item.id, one.item.title, one.item.state.value, round(one.wsjf, 3), one.band, one.findings,
                one.actionable, self.now,
            )
            for one in found[:ROWS_MAX]
        )  # fmt: skip

    def _gated(self) -> tuple[Gated, ...]:
        """Items that the gate moved in this run, everything that waits for a person, and landings that do."""
        asked = {one.item: one for one in self.questions if one.kind == "gate"}
        moved = _last(event for event in self.log if event.kind in _GATE)
        rows = [
            _gate_row(item, asked.get(item_id), moved.get(item_id))
            for item_id, item in self.items.items()
            if item_id in moved or item.state is ItemState.WAITING
        ]
        rows += [
            Gated(
                one.item, one.question, one.kind, "waiting", _texts(one.context.get("limits")), one.id,
                one.created_at,
            )
            for one in self.questions if one.kind != "gate"
        ]  # fmt: skip
        return tuple(rows[:ROWS_MAX])

    def _done(self) -> tuple[Done, ...]:
        moved = {
            event.subject.task: event.at
            for event in self.log
            if event.subject.task is not None and event.kind.startswith("task.")
        }
        known = [(self.tasks[task], at) for task, at in moved.items() if task in self.tasks]
        return tuple(
            Done(task.id, task.item_id, task.title, task.status.value, self._tried(task.id), at)
            for task, at in known[:ROWS_MAX]
        )

    def _tried(self, task_id: int) -> tuple[Tried, ...]:
        return tuple(
            Tried(
                one.number, one.fence, one.runner, one.sandbox, one.worker,
                None if one.outcome is None else one.outcome.value, one.detail, one.started_at,
                one.finished_at,
            )
            for one in dispatch.attempts(self.tx, task_id)
        )  # fmt: skip

    def _refused(self) -> tuple[Refused, ...]:
        said: dict[tuple[int, int | None], list[Event]] = {}
        for event in self.log:
            if event.kind in NO and event.subject.task is not None:
                said.setdefault((event.subject.task, event.subject.fence), []).append(event)
        return tuple(
            Refused(
                task, fence, self._title(task), tuple(dict.fromkeys(NO[event.kind] for event in told)),
                _reasons(told), told[-1].at,
            )
            for (task, fence), told in list(said.items())[:ROWS_MAX]
        )  # fmt: skip

    def _delivered(self) -> tuple[Delivered, ...]:
        found = land.landings(self.tx, self.repository.id, self.run.started_at)
        proved = {**self._told("landing.riding"), **self._told("landing.proved")}
        judged = self._told("verdict.passed")
        return tuple(
            Delivered(
                one.id, one.task_id, self._title(one.task_id), one.state.value, one.ref, one.commit, one.tree,
                one.patch, one.advice, tuple(records.proofs(self.tx, one.tree) if one.tree else ()),
                one.updated_at, _at(proved.get((one.task_id, one.fence)), one.tree),
                _known(judged.get((one.task_id, one.fence))),
                _tested(proved.get((one.task_id, one.fence)), judged.get((one.task_id, one.fence))),
            )
            for one in found
            if one.state in _DELIVERED and one.updated_at <= self.now
        )  # fmt: skip

    def _catch_up(self) -> str:
        """One command for all landings of the run; the last one says whether the checkout needs it."""
        found = land.landings(self.tx, self.repository.id, self.run.started_at)
        landed = [one for one in found if one.state is LandingState.LANDED and one.updated_at <= self.now]
        if not landed or not landed[-1].advice:
            return ""
        landed.sort(key=lambda one: one.updated_at)
        bases, commits = {one.base for one in landed}, {one.commit for one in landed}
        first = next(one.proof for one in landed if one.base not in commits)
        last = next(one.proof for one in reversed(landed) if one.commit not in bases)
        return land.update_command(Path(self.repository.path), first.base, last.commit)

    def _told(self, kind: str) -> dict[tuple[int | None, int | None], Event]:
        """The newest event of a kind for each (task, fence)."""
        return {(e.subject.task, e.subject.fence): e for e in self.log if e.kind == kind}

    def _blocked(self) -> tuple[Stuck, ...]:
        pause = policy.pauses.held(self.tx, self.repository.id)
        rows = [] if pause is None else [Stuck("pause", 0, "automation is paused", pause.told, pause.since)]
        rows += [
            Stuck("item", item.id, item.title, item.reason, item.updated_at)
            for item in self.items.values()
            if item.state is ItemState.BLOCKED
        ]
        rows += [
            Stuck("task", task.id, task.title, task.note, task.updated_at)
            for task in self.tasks.values()
            if task.status is TaskStatus.BLOCKED
        ]
        rows += [
            Stuck("landing", one.id, self._title(one.task_id), one.reason, one.updated_at)
            for one in land.landings(self.tx, self.repository.id)
            if one.state is LandingState.BLOCKED
        ]
        return tuple(rows[:ROWS_MAX])

    def _title(self, task_id: int) -> str:
        return self.tasks[task_id].title if task_id in self.tasks else f"task {task_id}"


def _source(name: str, scans: list[Event]) -> Found:
    last = scans[-1]
    sums = {key: sum(_count(event.data.get(key)) for event in scans) for key in _CHANGES}
    error = last.data.get("error")
    failed = last.kind == "source.failed"
    return Found(
        name, len(scans), None if failed else _count(last.data.get("found")), sums["new"], sums["moved"],
        sums["gone"], sums["returned"], None if failed else _share(last.data.get("coverage")),
        None if error is None else str(error), last.at,
    )  # fmt: skip


def _gate_row(item: Item, question: Decision | None, moved: Event | None) -> Gated:
    answered = moved is not None and moved.kind != "item.waiting" and moved.actor != "windlass"
    return Gated(
        item.id, item.title, item.route or "unknown", item.state.value, item.route_reasons,
        None if question is None else question.id, item.updated_at if moved is None else moved.at,
        moved.actor if moved is not None and answered else None,
    )  # fmt: skip


def _at(proved: Event | None, tree: str | None) -> float | None:
    """When exactly this tree was proved; a proof of another tree is none."""
    return proved.at if proved is not None and tree is not None and proved.data.get("tree") == tree else None


def _known(judged: Event | None) -> int | None:
    known = None if judged is None else judged.data.get("known")
    return known if isinstance(known, int) else None


def _tested(*told: Event | None) -> Mapping[str, object] | None:
    """Which of the added lines tests ran, by the first event that says so."""
    found = (event.data.get("patch_coverage") for event in told if event is not None)
    return next((one for one in found if isinstance(one, dict)), None)


def _last(log: Iterable[Event]) -> dict[int, Event]:
    return {event.subject.item: event for event in log if event.subject.item is not None}


def _reasons(told: list[Event]) -> tuple[str, ...]:
    found: list[str] = []
    for event in told:
        found += _texts(event.data.get("reasons"))
        if reason := event.data.get("reason") or event.data.get("detail"):
            found.append(str(reason))
    return tuple(dict.fromkeys(found))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _share(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
