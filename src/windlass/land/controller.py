"""Move one landing from state to state until it is decided; every step may be repeated after a kill -9.

QUEUED -> BUILDING -> PROVED -> LANDING -> LANDED | PROPOSED; and EJECTED or BLOCKED with the cause.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from windlass import backlog, dispatch, policy, ratchet, verify
from windlass.dispatch import Site, Submission, Task
from windlass.events import Subject
from windlass.kernel import Conflict, NotFound, Unavailable
from windlass.land import closing, provenance, publish, records
from windlass.land.candidate import Impossible, build, scope_change
from windlass.land.key import LandingKey
from windlass.land.model import LANDING, Candidate, Cause, Landing, LandingState, Mode
from windlass.land.publication import Publication
from windlass.store import Starter, Transaction
from windlass.verify import Judgement, judge_tree
from windlass.verify import Outcome as Verdict

STEPS_MAX: Final = 100
"""Steps of one `run`; a landing needs four, and three more each time its branch moves."""
IDLE_S: Final = 60.0
"""Seconds after which a landing that nobody moves is started again by `tick`."""
STALE_S: Final = 900.0
"""The same for one that is being checked: tiers 0 and 1 have budgets of 1 and 5 minutes."""
DAY_S: Final = 86_400
DECLINE: Final = "decline"

Judge = Callable[[Site, str, str, Sequence[str]], Judgement]
"""Judges a tree against its base tree, given the changed paths; `verify.judge_tree` in earnest."""
Mark = Callable[[str], None]
"""Told the name of each point a crash may come at, before what follows it."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What one run needs in every step."""

    site: Site
    judge: Judge
    mark: Mark
    key: LandingKey | None

    @property
    def now(self) -> float:
        return self.site.clock()


def enqueue(
    tx: Transaction, repository_id: int, task_id: int, fence: int, *, branch: str, mode: Mode, start: Starter,
    now: float,
) -> int:  # fmt: skip
    """Queue a verified submission for `branch` and start its workflow; once per (task, fence)."""
    landing_id = records.add(tx, repository_id, task_id, fence, branch=branch, mode=mode, now=now)
    start(tx, "land", f"land:{task_id}:{fence}", landing=landing_id)
    return landing_id


def run(
    site: Site, landing_id: int, *, key: LandingKey | None = None, judge: Judge = judge_tree,
    mark: Mark = lambda _: None,
) -> Landing:  # fmt: skip
    """Bring one landing as far as it gets and return it. With a key its commit and its statement are signed.

    QUEUED means that another one holds the branch; whoever ends that one starts this one. Safe from several
    processes at once, and resumable after a kill -9 at any line: the rows say what was decided, the reference
    says what was done, and the commit has the same id at every try.
    """
    desk = _Desk(site, judge, mark, key)
    for _ in range(STEPS_MAX):
        found = site.database.read(lambda tx: records.landing(tx, landing_id))
        step = _STEPS.get(found.state)
        if step is None:
            return found
        try:
            if not step(desk, found):
                return site.database.read(lambda tx: records.landing(tx, landing_id))
        except Conflict:
            continue  # somebody else moved it, or its branch: look again
    raise Unavailable(f"landing {landing_id} keeps moving", hint="run it again when the branch is quiet")


def tick(tx: Transaction, repository_id: int, start: Starter, now: float) -> list[int]:
    """Start again what nobody moves: answered questions, a free branch with a queue, a silent holder."""
    started = []
    for one in records.in_states(tx, repository_id, *(s for s in LandingState if not LANDING.final(s))):
        if one.state is LandingState.BLOCKED:
            due = one.decision is not None and (_answer(tx, one) or closing.current(tx, one) is None)
        elif one.state is LandingState.QUEUED:
            free = records.holder(tx, one.repository_id, one.branch) is None
            due = free and now - one.updated_at > IDLE_S
        else:
            patience = STALE_S if one.state is LandingState.BUILDING else IDLE_S
            due = now - one.updated_at > patience
        if due:
            closing.start(tx, one, start, f"tick-{int(now // IDLE_S)}")
            started.append(one.id)
    return started


def _begin(desk: _Desk, old: Landing) -> bool:
    """QUEUED -> BUILDING, if the branch is free; says whether it went on."""
    desk.mark("begin")

    def take(tx: Transaction) -> bool:
        records.lock_queue(tx, old.repository_id, old.branch)
        if closing.current(tx, old) is None:
            _eject_stale(tx, old, desk)
            return True
        taken = records.take_slot(tx, old, desk.now)
        return taken or records.landing(tx, old.id).state is not LandingState.QUEUED

    return desk.site.database.write(take)


def _build(desk: _Desk, old: Landing) -> bool:
    """BUILDING -> PROVED: merge, test exactly that tree, ask the scope."""
    desk.mark("build")
    task, submission = desk.site.database.read(lambda tx: _work(tx, old))
    if task is None:
        desk.site.database.write(lambda tx: _eject_stale(tx, old, desk))
        return True
    if old.tries > desk.site.tries_max:
        _stop(
            desk, old, Impossible(Cause.MAIN, f"{old.branch} moved {old.tries} times while this was tested")
        )
        return True
    made = _candidate(desk, old, submission)
    if isinstance(made, Impossible):
        _stop(desk, old, made)
        return True
    desk.mark("candidate")
    judgement = verify.cycle.hold(
        desk.site, desk.site.database.read(lambda tx: closing.beginning(tx, old)),
        desk.judge(desk.site, made.tree, made.base_tree, made.changed),
    )  # fmt: skip
    judgement = ratchet.hold(desk.site, judgement)
    desk.mark("judged")
    if judgement.outcome is not Verdict.PASSED:
        _stop(desk, old, _refusal(judgement))
        return True
    _prove(desk, old, submission, made, judgement)
    return True


def _candidate(desk: _Desk, old: Landing, submission: Submission) -> Candidate | Impossible:
    try:
        desk.site.mirror.sync(desk.site.checkout)
    except NotFound as error:
        return Impossible(Cause.MAIN, str(error))
    main = desk.site.mirror.ref(f"refs/windlass/user/heads/{old.branch}")
    if main is None:
        return Impossible(Cause.MAIN, f"branch {old.branch!r} is gone")
    beginning = desk.site.database.read(lambda tx: closing.beginning(tx, old))
    return build(desk.site, old, beginning, submission, main, key=desk.key)


def _prove(desk: _Desk, old: Landing, submission: Submission, made: Candidate, judgement: Judgement) -> None:
    """The tree is green: lower the mode if it must be, then land it on record unless the scope forbids it."""
    change = scope_change(desk.site, made)
    mode = Mode.PROPOSE if submission.sandbox == "none" else old.mode

    def decide(tx: Transaction) -> None:
        breaches = (
            *policy.breaches(change, desk.site.scope, _recent(tx, old, judgement, desk.now)),
            *_audit(tx, old),
            *(policy.Breach("tests", doubt) for doubt in judgement.doubts),
        )
        if breaches and not _allowed(tx, old, submission, breaches):
            _ask(tx, old, submission, breaches, desk)
            return
        if mode is not old.mode:
            reason = "made without a sandbox: it is only proposed"
            records.say(tx, old, "landing.lowered", desk.now, reason=reason, mode=mode.value)
        ratchet.measured(tx, desk.site, judgement, made.commit, desk.now, landing=old.id)
        records.prove(tx, old, made, mode, desk.now)

    desk.site.database.write(decide)


def _intend(desk: _Desk, old: Landing) -> bool:
    """PROVED -> LANDING: look at the branch and the task once more, and put the intention on record."""
    desk.mark("intend")
    if old.mode is Mode.LAND:
        seen = desk.site.checkout.ref(publish.target(old))
        if seen != old.base:
            desk.site.database.write(
                lambda tx: records.rebuild(tx, old, f"{old.branch} moved to {seen}", desk.now)
            )
            return True

    def intend(tx: Transaction) -> None:
        if closing.current(tx, old) is None:
            _eject_stale(tx, old, desk)
        else:
            records.intend(tx, old, publish.target(old), desk.now)

    desk.site.database.write(intend)
    return True


def _land(desk: _Desk, old: Landing) -> bool:
    """LANDING -> LANDED | PROPOSED: move the reference by compare-and-swap, read it back, record it."""
    desk.mark("land")
    site = desk.site
    submission = site.database.read(lambda tx: dispatch.chain.whole(tx, old.task_id, old.fence))
    publication, seen = publish.situation(site, old)
    if publication is Publication.MOVED and old.mode is Mode.LAND:
        site.database.write(lambda tx: records.rebuild(tx, old, f"{old.branch} moved to {seen}", desk.now))
        return True
    if publication in (Publication.MOVED, Publication.GONE, Publication.BARRED):
        _stop(desk, old, publish.trouble(publication, old, seen))
        return True
    if wrong := publish.mismatch(site, old, submission):
        _alarm(desk, old, wrong, moved=publication is Publication.DONE)
        return True
    if publication is Publication.GO:
        desk.mark("publish")
        message = f"windlass: {old.mode.value} task {old.task_id}"
        name = publish.target(old)
        site.checkout.publish(site.mirror, old.proof.commit, name, expected=seen, message=message)
    desk.mark("published")
    if wrong := publish.read_back(site, old):
        _alarm(desk, old, wrong, moved=True)
        return True
    _record(desk, old, submission)
    return True


def _record(desk: _Desk, old: Landing, submission: Submission) -> None:
    site = desk.site
    patch = None
    if old.mode is Mode.PROPOSE:
        task = site.database.read(lambda tx: closing.beginning(tx, old))
        patch = publish.write_patch(site, old, task, submission)
    advice = publish.advice(site, old)
    desk.mark("record")

    def record(tx: Transaction) -> None:
        now = desk.now
        if desk.key is not None:
            provenance.attest(tx, old, submission, desk.key, now)
        closing.landed(tx, old, site.start, patch=patch, advice=advice, now=now)
        if old.mode is Mode.LAND:
            ratchet.landed(tx, site, old.proof.commit)

    site.database.write(record)
    desk.mark("recorded")


def _resume(desk: _Desk, old: Landing) -> bool:
    """BLOCKED -> QUEUED | EJECTED once a person has answered; says whether anything moved."""
    desk.mark("resume")

    def resume(tx: Transaction) -> bool:
        if old.decision is None:
            return False
        if closing.current(tx, old) is None:
            _eject_stale(tx, old, desk)
            return True
        answered = _answer(tx, old)
        if answered is None:
            return False
        who = answered.answered_by or "somebody"
        if answered.answer == DECLINE:
            reason = f"declined by {who}"
            closing.eject(tx, old, Cause.DECLINED, reason, desk.site.start, now=desk.now, actor=who)
        else:
            records.queue_again(tx, old, f"allowed by {who}", actor=who, now=desk.now)
        return True

    return desk.site.database.write(resume)


def _work(tx: Transaction, old: Landing) -> tuple[Task | None, Submission]:
    """The landing's task while it waits for this landing, and all that its chain has changed."""
    return closing.current(tx, old), dispatch.chain.whole(tx, old.task_id, old.fence)


def _stop(desk: _Desk, old: Landing, why: Impossible) -> None:
    """Eject what the task can do better next time, block what only a person can clear."""
    end = closing.eject if why.cause in _EJECTS else closing.block
    desk.site.database.write(lambda tx: end(tx, old, why.cause, why.reason, desk.site.start, now=desk.now))


def _eject_stale(tx: Transaction, old: Landing, desk: _Desk) -> None:
    if old.decision:
        policy.withdraw(tx, old.decision, "the task was taken away", desk.now)
    reason = "the task was cancelled, requeued or taken over"
    closing.eject(tx, old, Cause.STALE, reason, desk.site.start, now=desk.now)


def _alarm(desk: _Desk, old: Landing, wrong: str, *, moved: bool) -> None:
    """The one thing that must never happen: say it loudly, claim nothing."""

    def alarm(tx: Transaction) -> None:
        records.say(tx, old, "land.tree-mismatch", desk.now, severity="critical", reason=wrong, moved=moved,
                    commit=old.commit, tree=old.tree, base=old.base)  # fmt: skip
        closing.block(tx, old, Cause.MISMATCH, wrong, desk.site.start, now=desk.now)

    desk.site.database.write(alarm)


def _refusal(judgement: Judgement) -> Impossible:
    cause = Cause.RED if judgement.outcome is Verdict.FAILED else Cause.UNKNOWN
    return Impossible(cause, "; ".join(judgement.reasons) or f"the merged tree is {judgement.outcome.value}")


def _recent(tx: Transaction, old: Landing, judgement: Judgement, now: float) -> policy.Recent:
    """What the daily limits count: landings since midnight UTC, red ones among those of the last 24 hours."""
    ended = records.ended_since(tx, old.repository_id, now - DAY_S)
    good = [one for one in ended if one.state is not LandingState.EJECTED]
    red = [one for one in ended if one.cause is Cause.RED]
    today = sum(1 for one in good if one.updated_at >= now - now % DAY_S)
    return policy.Recent(today, len(good) + len(red), len(red), _coverage(judgement))


def _coverage(judgement: Judgement) -> float | None:
    """Percent of the lines that the whole suite runs; a run of chosen tests (`check:scope`) cannot tell."""
    whole = [one for one in judgement.readings if ":" not in one.check]
    return min((one.metrics["coverage"] for one in whole if "coverage" in one.metrics), default=None)


def _key(old: Landing, submission: Submission, breaches: Sequence[policy.Breach]) -> str:
    """An approval holds for one content and one set of limits, and for nothing else."""
    rules = ",".join(sorted({breach.rule for breach in breaches}))
    return f"landing:{old.id}:{submission.commit}:{rules}"


def _audit(tx: Transaction, old: Landing) -> tuple[policy.Breach, ...]:
    """Work on the strict route is read by a person once more when it is done (PLN-1)."""
    item = closing.beginning(tx, old).item_id
    if item is None or backlog.item(tx, item).route != policy.Route.STRICT.value:
        return ()
    return (policy.Breach("audit", "the route is strict: somebody who did not make it reads it whole"),)


def _answer(tx: Transaction, old: Landing) -> policy.Decision | None:
    """The decision a blocked landing waits for, if it is answered."""
    assert old.decision
    asked = policy.decision(tx, old.decision)
    return asked if asked.answer is not None else None


def _allowed(
    tx: Transaction, old: Landing, submission: Submission, breaches: Sequence[policy.Breach]
) -> bool:
    if old.decision != _key(old, submission, breaches):
        return False
    answered = _answer(tx, old)
    return answered is not None and answered.answer == old.mode.value


def _ask(
    tx: Transaction, old: Landing, submission: Submission, breaches: Sequence[policy.Breach], desk: _Desk
) -> None:
    """The scope wants a person: ask, and wait without holding the branch."""
    facts = [f"{breach.rule}: {breach.detail}" for breach in breaches]
    key = _key(old, submission, breaches)
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


_EJECTS: Final = frozenset({Cause.CONFLICT, Cause.RED, Cause.EMPTY})
_STEPS: Final = {
    LandingState.QUEUED: _begin,
    LandingState.BUILDING: _build,
    LandingState.PROVED: _intend,
    LandingState.LANDING: _land,
    LandingState.BLOCKED: _resume,
}
