"""What the automation scope says to a candidate, and the question to a person where it says no."""

from collections.abc import Sequence
from typing import Final

from windlass import backlog, policy
from windlass.dispatch import Submission
from windlass.events import Subject
from windlass.land import closing, records
from windlass.land.desk import Desk
from windlass.land.model import Cause, Landing, LandingState
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
    coverage, doubts = (None, ()) if judgement is None else (_coverage(judgement), judgement.doubts)
    recent = _recent(tx, old, coverage, desk.now, ahead)
    return (
        *policy.breaches(change, desk.site.scope, recent),
        *_audit(tx, old),
        *(policy.Breach("tests", doubt) for doubt in doubts),
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


def _key(old: Landing, submission: Submission, found: Sequence[policy.Breach]) -> str:
    """An approval holds for one content and one set of limits, and for nothing else."""
    rules = ",".join(sorted({breach.rule for breach in found}))
    return f"landing:{old.id}:{submission.commit}:{rules}"


def _audit(tx: Transaction, old: Landing) -> tuple[policy.Breach, ...]:
    """Work on the strict route is read by a person once more when it is done (PLN-1)."""
    item = closing.beginning(tx, old).item_id
    if item is None or backlog.item(tx, item).route != policy.Route.STRICT.value:
        return ()
    return (policy.Breach("audit", "the route is strict: somebody who did not make it reads it whole"),)
