"""The tools of a worker that holds a lease: renew, ask, look, submit. Who it is says the lease alone."""

import json
from typing import Any, Final

from windlass import dispatch, events, policy
from windlass.dispatch import Lease, LeaseLost, Submission, Task
from windlass.events import Subject
from windlass.identity import authorize
from windlass.kernel import Denied, Invalid, iso
from windlass.mesh import answering, controller, evidence, records
from windlass.mesh.chain import may_judge, needs_commit
from windlass.mesh.office import Office, Request, check_alive, once, repeated, start_nothing, still_alive
from windlass.mesh.records import Answer
from windlass.mesh.views import attempt_view, event_view, letter_view, message_view, submission_view
from windlass.store import Transaction

LIMIT: Final = 100
WINDLASS_ANSWERS: Final = ("yes", "no")
VETO: Final = ("accept", "insist")
"""Answers to a counter-proposal: do that instead, or do it as told."""


def renew(office: Office, request: Request) -> Answer:
    lease, ttl_s = request.lease, office.of(request.principal.repository).lease_s

    def work(tx: Transaction, now: float) -> Answer:
        authorize(request.principal, "task.work", task=lease.task_id)
        longer = dispatch.renew(tx, lease, now, ttl_s=ttl_s)
        return {"expires_at": iso(longer.expires_at), "renew_every_s": ttl_s / 3}

    return once(office, request, work)


def ask(office: Office, request: Request) -> Answer:
    asked, lease = request.asked, request.lease

    def work(tx: Transaction, now: float) -> Answer:
        authorize(request.principal, "task.work", task=lease.task_id)
        held = dispatch.hold(tx, lease, now)
        seq = dispatch.talk.ask(tx, held, answering.worded(asked["question"], asked.get("proposal")), now)
        task = dispatch.task(tx, lease.task_id)
        settings = office.of(task.repository_id)
        decision = _put(tx, task, seq, asked, settings.answer_within_s)
        return {"status": "blocked", "decision_id": decision.id}

    return once(office, request, work)


def _put(tx: Transaction, task: Task, seq: int, asked: Any, within_s: float) -> policy.Decision:
    now, veto = tx.now(), "proposal" in asked
    context = {"task": task.id, "title": task.title, "risk": task.risk}
    if veto:
        context["proposal"] = asked["proposal"]
    return policy.ask(
        tx, answering.question_key(task.id, seq, asked["question"]), asked["question"], context,
        asked.get("options") or (VETO if veto else WINDLASS_ANSWERS),
        kind=answering.VETO if veto else answering.QUESTION, now=now, priority=1 if veto else 2,
        about=Subject(task.repository_id, task.item_id, task.id), default=None,
        deadline=now + within_s, evidence=asked.get("evidence", ()),
        cost="a worker waits and keeps its lease",
    )  # fmt: skip


def check(office: Office, request: Request) -> Answer:
    def look(tx: Transaction) -> Answer:
        task = _named(tx, request)
        ref, now = request.principal.lease, tx.now()
        lease = "none"
        if ref is not None and ref.task_id == task.id:
            mine = Lease(ref.task_id, ref.fence, ref.worker, ref.node, 0.0)
            lease = "alive" if still_alive(dispatch.lease_of(tx, task.id), mine, now) else "lost"
        found: Answer = {
            "task_id": task.id, "status": task.status.value, "fence": task.fence, "attempt": task.attempt,
            "note": task.note, "lease": lease,
            "unread": [letter_view(each) for each in records.letters(tx, _box(request))],
        }  # fmt: skip
        return {**found, **answering.last_answer(tx, task.id)}

    return office.database.read(look)


def _box(request: Request) -> str:
    if request.principal.lease is not None:
        return request.principal.lease.worker
    return request.principal.instance


def history(office: Office, request: Request) -> Answer:
    after, limit = int(request.asked.get("after", 0)), int(request.asked.get("limit", LIMIT))

    def look(tx: Transaction) -> Answer:
        task = _named(tx, request)
        places = records.places(tx, task.id, after, limit + 1)
        told = {each.seq: each for each in events.history(tx, task=task.id, since=after)}
        first = after == 0
        return {
            "messages": [message_view(each) for each in dispatch.messages(tx, task.id)] if first else [],
            "attempts": [attempt_view(each) for each in dispatch.attempts(tx, task.id)] if first else [],
            "events": [event_view(place, told[place.seq]) for place in places[:limit]],
            "next": places[limit - 1].seq if len(places) > limit else None,
        }

    return office.database.read(look)


def _named(tx: Transaction, request: Request) -> Task:
    """The task that is meant, if the caller may read it."""
    ref, number = request.principal.lease, request.asked.get("task_id")
    if number is None and ref is None:
        raise Denied(
            f"{request.tool.name} needs a lease's token or a task_id",
            hint="give lease_token, or the number of a task that you may read",
            action="read", role=request.principal.role.value,
        )  # fmt: skip
    task = dispatch.task(tx, int(number) if number is not None else ref.task_id if ref else 0)
    # A guardian judges the work before its own, so it may read what was asked there and said about it.
    guarded = ref is not None and task.id in {one.id for one in dispatch.chain.standing(tx, ref.task_id)}
    authorize(
        request.principal, "read", task=ref.task_id if ref is not None and guarded else task.id,
        repository=task.repository_id, author=records.authors(tx, [task.id]),
    )  # fmt: skip
    return task


def submit(office: Office, request: Request) -> Answer:
    if (known := repeated(office, request)) is not None:
        return known
    lease = request.lease
    task = office.database.read(lambda tx: _worked_on(tx, request, lease))
    _check_verdict(task, request)
    if request.asked.get("verdict") == "reject":
        return once(office, request, lambda tx, now: _send_back(tx, request, now))
    commit = request.asked.get("commit") or task.base
    note = str(request.asked.get("note", ""))
    offered = office.need_source().offer(task, lease, commit, note)
    offered = evidence.attached(offered, task, request.asked.get("evidence"))
    return once(office, request, lambda tx, now: _offer(tx, office, request, offered, now))


def _worked_on(tx: Transaction, request: Request, lease: Lease) -> Task:
    authorize(request.principal, "task.work", task=lease.task_id)
    task = dispatch.task(tx, lease.task_id)
    check_alive(dispatch.lease_of(tx, lease.task_id), lease, tx.now())
    if task.fence != lease.fence:
        raise LeaseLost(lease)
    return task


def _check_verdict(task: Task, request: Request) -> None:
    """A verdict belongs to guardians, a commit to the implementation, a reason to every no."""
    verdict = request.asked.get("verdict")
    if verdict is not None and not may_judge(task.role):
        raise Invalid(
            f"task {task.id} is no guardian's, so it has no verdict to give",
            hint="leave `verdict` out and submit a commit",
        )
    if verdict == "reject" and not request.asked.get("reason"):
        raise Invalid("a rejection needs a reason", hint="say in `reason` what is wrong and where")
    if verdict == "reject" and request.asked.get("commit"):
        raise Invalid("a rejection brings no commit", hint="leave `commit` out, or pass with it")
    if not request.asked.get("commit") and needs_commit(task.role):
        raise Invalid(f"task {task.id} needs a commit", hint="commit your work and give its full id")


def _offer(
    tx: Transaction, office: Office, request: Request, offered: Submission, now: float
) -> Answer:
    held = dispatch.hold(tx, request.lease, now)
    task = dispatch.task(tx, offered.task_id)
    # The very tree that was verified before; evidence about it is run again all the same.
    known = offered.commit == offered.base and "evidence" not in request.asked
    dispatch.submit(tx, held, offered, start_nothing if known else office.start, now)
    if known:
        controller.passed(tx, office.rules(task), task, offered, now)
    _keep_verdict(tx, request, offered, task, now)
    answer: Answer = {
        "status": dispatch.task(tx, task.id).status.value, "submission": submission_view(offered),
    }  # fmt: skip
    if "evidence" in request.asked:
        answer["evidence"] = json.loads(offered.checked)
    return answer


def _keep_verdict(tx: Transaction, request: Request, offered: Submission, task: Task, now: float) -> None:
    if "verdict" not in request.asked or task.parent is None:
        return
    judged = dispatch.task(tx, task.parent)
    about = dispatch.submission(tx, judged.id, judged.fence)
    dispatch.chain.keep_review(tx, about, _review(request, task), now)


def _review(request: Request, task: Task) -> dict[str, object]:
    proof = request.asked.get("evidence") or {}
    return {
        "reviewer": request.lease.worker, "role": task.role, "verdict": request.asked["verdict"],
        "reason": request.asked.get("reason", ""), "checklist": proof.get("checklist", []),
    }  # fmt: skip


def _send_back(tx: Transaction, request: Request, now: float) -> Answer:
    """A guardian's no: its task is done, the implementation goes back."""
    held = dispatch.hold(tx, request.lease, now)
    task = dispatch.task(tx, held.lease.task_id)
    judged = dispatch.chain.standing(tx, task.id)[-2]
    about = dispatch.submission(tx, judged.id, judged.fence)
    dispatch.chain.send_back(tx, held, str(request.asked["reason"]), now)
    dispatch.chain.keep_review(tx, about, _review(request, task), now)
    answer: Answer = {"status": dispatch.task(tx, task.id).status.value, "submission": None}
    if "evidence" in request.asked:
        answer["evidence"] = {}
    return answer
