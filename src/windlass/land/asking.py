"""What the automation scope says to a candidate, and the question to a person where it says no."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from windlass import backlog, policy
from windlass.dispatch import Submission
from windlass.events import Subject
from windlass.land import closing, records
from windlass.land.desk import Desk
from windlass.land.model import Cause, Landing, LandingState, Mode
from windlass.store import Transaction
from windlass.verify import Judgement

DAY_S: Final = 86_400
DECLINE: Final = "decline"


def breaches(
    tx: Transaction,
    old: Landing,
    change: policy.Change,
    judgement: Judgement | None,
    desk: Desk,
    *,
    ahead: int = 0,
) -> tuple[policy.Breach, ...]:
    """Every reason why a person has to allow it; without a judgement those that are plain before it.

    `ahead`: changes of its batch that land before it.
    """
    task = closing.beginning(tx, old)
    item = None if task.item_id is None else backlog.item(tx, task.item_id)
    coverage, doubts = (None, ()) if judgement is None else (_coverage(judgement), judgement.doubts)
    # What a revert brings back is nothing new; what a tool mends by itself says what the code said before.
    known = bool(task.spec.reverts) or (item is not None and item.fixable)
    # How much was landed, and how much of it was red, is no reason to leave what broke the branch there.
    recent = policy.Recent() if task.spec.reverts else _recent(tx, old, coverage, desk.now, ahead)
    return (
        *policy.breaches(_of_item(tx, change, item, old.mode), desk.site.scope, recent),
        *_audit(item),
        *(policy.Breach("tests", doubt) for doubt in doubts),
        *(() if judgement is None or known else _untested(judgement)),
    )


def answer(tx: Transaction, old: Landing) -> policy.Decision | None:
    """The decision a blocked landing waits for, if it is answered."""
    assert old.decision
    asked = policy.decision(tx, old.decision)
    return asked if asked.answer is not None else None


def allowed(tx: Transaction, old: Landing, submission: Submission, found: Sequence[policy.Breach]) -> bool:
    if old.decision != _key(old, submission, found):
        return False
    answered = answer(tx, old)
    return answered is not None and answered.answer == old.mode.value


def ask(
    tx: Transaction, old: Landing, submission: Submission, found: Sequence[policy.Breach], desk: Desk
) -> None:
    """The scope wants a person: ask, and wait without holding the branch."""
    facts = [f"{breach.rule}: {breach.detail}" for breach in found]
    key = _key(old, submission, found)
    task = closing.beginning(tx, old)
    context = {
        "landing": old.id,
        "commit": submission.commit,
        "files": list(submission.files[:50]),
        "limits": facts,
    }
    policy.ask(
        tx, key, f"may {task.title!r} {old.mode.value} in spite of the automation scope?", context,
        (old.mode.value, DECLINE), kind="landing", now=desk.now, priority=1,
        about=Subject(old.repository_id, task.item_id, old.task_id, old.fence),
    )  # fmt: skip
    closing.block(tx, old, Cause.SCOPE, "; ".join(facts), desk.site.start, now=desk.now, decision=key)


def _recent(tx: Transaction, old: Landing, coverage: float | None, now: float, ahead: int) -> policy.Recent:
    """What the daily limits count: landings since midnight UTC, red ones among those of the last 24 hours."""
    ended = records.ended_since(tx, old.repository_id, now - DAY_S)
    good = [one for one in ended if one.state is not LandingState.EJECTED]
    red = [one for one in ended if one.cause is Cause.RED]
    today = ahead + sum(1 for one in good if one.updated_at >= now - now % DAY_S)
    return policy.Recent(today, len(good) + len(red), len(red), coverage)


def _coverage(judgement: Judgement) -> float | None:
    """Percent of the lines that the whole suite runs; a run of chosen tests (`check:scope`) cannot tell."""
    whole = [one for one in judgement.readings if ":" not in one.check]
    return min((one.metrics["coverage"] for one in whole if "coverage" in one.metrics), default=None)


def _untested(judgement: Judgement) -> tuple[policy.Breach, ...]:
    """Too few of the added lines were run by tests, for certain."""
    asked = judgement.patch.short if judgement.patch.asks else ""
    return (policy.Breach("patch_coverage", asked),) if asked else ()


def _key(old: Landing, submission: Submission, found: Sequence[policy.Breach]) -> str:
    """An approval holds for one content and one set of limits, and for nothing else."""
    rules = ",".join(sorted({breach.rule for breach in found}))
    return f"landing:{old.id}:{submission.commit}:{rules}"


def _of_item(tx: Transaction, change: policy.Change, item: backlog.Item | None, mode: Mode) -> policy.Change:
    """The change, with what its item says of it. What a tool mends by itself ranks high because it is small;
    what somebody ordered or let through the gate, a person has looked at.
    """
    labels = None if mode is Mode.PROPOSE else () if item is None else item.labels
    if item is None or item.fixable or records.approved(tx, item.id):
        return replace(change, labels=labels)
    return replace(change, labels=labels, wsjf=backlog.wsjf(item.score, 0.0, boost=item.boost))


def _audit(item: backlog.Item | None) -> tuple[policy.Breach, ...]:
    """Work on the strict route is read by a person once more when it is done (PLN-1)."""
    if item is None or item.route != policy.Route.STRICT.value:
        return ()
    return (policy.Breach("audit", "the route is strict: somebody who did not make it reads it whole"),)
