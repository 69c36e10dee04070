"""What became of a task that was ordered: what it changed, what was verified, where it is or why not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from windlass import dispatch, events, land, policy
from windlass.app import Ended
from windlass.cli.render import pairs
from windlass.cli.standing import OID_SHOWN, Turn, stand_of_task
from windlass.dispatch import AttemptRecord, TaskStatus
from windlass.events import Event
from windlass.land import Landing, LandingState
from windlass.store import Transaction

FILES_SHOWN: Final = 10
ENDS: Final[Mapping[Ended, int]] = {Ended.STOPPED: 130, Ended.TIME: 124, Ended.DAILY: 5, Ended.PAUSED: 7}
"""The exit code of a run that ended before its task did."""
CONFLICT: Final = 6
"""The task waits for another one: look again, then retry."""
_DELIVERED: Final = (LandingState.LANDED, LandingState.PROPOSED)
_REFUSALS: Final = ("task.rejected", "task.given-up", "task.failed", "landing.ejected", "landing.blocked")


@dataclass(frozen=True, slots=True)
class Result:
    """`data` for programs, `turn` for the exit code; a task that changed nothing has `turn` NO."""

    data: Mapping[str, Any]
    turn: Turn

    def code(self, ended: Ended) -> int:
        """The exit code of a run for this task."""
        if self.turn is Turn.GOING:
            return ENDS.get(ended, CONFLICT)
        return int(self.turn.value or 0)

    def lines(self) -> Iterable[str]:
        told = {name: _shown(value) for name, value in self.data.items() if name not in _FOLDED}
        return pairs({name: value for name, value in told.items() if value})


_FOLDED: Final = ("item", "files", "lines", "commit", "branch", "ref", "patch", "advice", "landing")
"""Fields that others tell in words."""


def result_of(tx: Transaction, number: int) -> Result:
    """Everything that is on record about one task, read at one moment."""
    task, stand = dispatch.task(tx, number), stand_of_task(tx, number)
    tries = dispatch.attempts(tx, number)
    log = events.history(tx, task=number)
    placed = [one for one in land.landings(tx, task.repository_id) if one.task_id == number]
    landing = placed[-1] if placed else None
    offered = None
    if any(one.outcome is dispatch.Outcome.SUBMITTED for one in tries):
        last = max(one.fence for one in tries if one.outcome is dispatch.Outcome.SUBMITTED)
        offered = dispatch.submission(tx, number, last)
    done = landing is not None and landing.state in _DELIVERED
    idle = task.status is TaskStatus.COMPLETED and not done
    files = offered.files if offered is not None else ()
    data: dict[str, Any] = {
        "task": number, "title": task.title, "status": task.status.value, "runner": task.spec.runner,
        "state": f"changed nothing: {tries[-1].detail if tries else ''}" if idle else stand.why,
        "attempts": [_attempt(one) for one in tries],
        "changed": _files(files, offered.lines) if offered is not None else "",
        "verified": _verdict(log),
        "refused": [_refusal(one) for one in log if one.kind in _REFUSALS and _reason(one)],
        "delivered": _delivered(landing) if done else "",
        "asks": [one.id for one in policy.open_decisions(tx, task.repository_id) if one.task == number],
        "item": task.item_id, "files": list(files), "lines": offered.lines if offered is not None else None,
        **_placed(landing),
    }  # fmt: skip
    return Result(data, Turn.NO if idle else stand.turn)


def _attempt(one: AttemptRecord) -> str:
    outcome = one.outcome.value if one.outcome else "running"
    took = f" in {one.finished_at - one.started_at:.1f} s" if one.finished_at is not None else ""
    return f"{one.number}: {one.runner} {outcome}{took}" + (f": {one.detail}" if one.detail else "")


def _files(files: Sequence[str], lines: int) -> str:
    more = f" and {len(files) - FILES_SHOWN} more" if len(files) > FILES_SHOWN else ""
    counted = "1 file" if len(files) == 1 else f"{len(files)} files"
    changed = "1 line" if lines == 1 else f"{lines} lines"
    return f"{counted}, {changed}: {', '.join(files[:FILES_SHOWN])}{more}"


def _verdict(log: Sequence[Event]) -> str:
    told = [one for one in log if one.kind.startswith("verdict.")]
    if not told:
        return ""
    data: Mapping[str, Any] = told[-1].data
    seconds, reasons = data.get("seconds"), data.get("reasons") or ()
    took = f" in {seconds:.1f} s" if isinstance(seconds, int | float) else ""
    why = f": {'; '.join(str(reason) for reason in reasons)}" if reasons else ""
    return f"{told[-1].kind.removeprefix('verdict.')}{took}{why}"


def _reason(event: Event) -> str:
    return str(event.data.get("reason") or event.data.get("detail") or "")


def _refusal(event: Event) -> str:
    return f"{event.kind}: {_reason(event)}"


def _delivered(landing: Landing | None) -> str:
    if landing is None or landing.commit is None:
        return ""
    where = (landing.ref or landing.branch).removeprefix("refs/heads/")
    patch = f", patch {landing.patch}" if landing.patch else ""
    advice = f"; then: {landing.advice}" if landing.advice else ""
    return f"{landing.state.value} {landing.commit[:OID_SHOWN]} on {where}{patch}{advice}"


def _placed(landing: Landing | None) -> dict[str, object]:
    if landing is None:
        return {"landing": None, "commit": None, "branch": None, "ref": None, "patch": None, "advice": ""}
    return {
        "landing": landing.state.value, "commit": landing.commit, "branch": landing.branch,
        "ref": landing.ref, "patch": landing.patch, "advice": landing.advice,
    }  # fmt: skip


def _shown(value: object) -> object:
    if isinstance(value, list):
        return "; ".join(str(one) for one in value)
    return value
