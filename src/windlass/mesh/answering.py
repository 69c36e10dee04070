"""Questions and their answers: put once, answered once, whichever way the answer comes."""

import hashlib
import re
from typing import Any, Final

from windlass import dispatch, policy
from windlass.kernel import Conflict, Invalid, iso
from windlass.policy import Decision
from windlass.store import Transaction

QUESTION, VETO = "question", "veto"
"""Kinds of decisions that a worker waits for."""
FAILED: Final = "failed"
_VARIES: Final = re.compile(r"\b[0-9a-f]{12,64}\b|\d+|\s+")


def worded(question: str, proposal: str | None) -> str:
    """What the talk about the task holds."""
    return question if proposal is None else f"{question}\n\nInstead: {proposal}"


def question_key(task_id: int, seq: int, question: str) -> str:
    """The same question about other tasks differs in the numbers alone."""
    plain = _VARIES.sub(" ", question.lower()).strip()
    return f"question:{task_id}:{seq}:q-{hashlib.sha256(plain.encode()).hexdigest()[:12]}"


def decision_of(tx: Transaction, task_id: int, seq: int) -> Decision | None:
    return policy.last_asked(tx, f"question:{task_id}:{seq}")


def last_answer(tx: Transaction, task_id: int) -> dict[str, Any]:
    """What was answered to the last question about a task, or which decision is still open."""
    told = dispatch.talk.last_words(tx, task_id)
    if told is None:
        return {}
    if told.kind == dispatch.talk.QUESTION:
        asked = decision_of(tx, task_id, told.seq)
        return {} if asked is None else {"decision_id": asked.id}
    question = dispatch.talk.last_words(tx, task_id, dispatch.talk.QUESTION)
    asked = None if question is None else decision_of(tx, task_id, question.seq)
    choice = asked.answer if asked is not None and asked.answer in asked.options else None
    answer = {"choice": choice, "text": told.content, "by": told.role, "at": iso(told.at)}
    return {"answer": answer} | ({} if asked is None else {"decision_id": asked.id})


def respond(
    tx: Transaction, task_id: int, words: tuple[str | None, str], by: str, now: float
) -> dispatch.TaskStatus:
    """Answer the question that a task is blocked on, with (choice, text); its decision is answered too."""
    choice, text = words
    asked = dispatch.talk.pending_question(tx, task_id)
    decision = None if asked is None else decision_of(tx, task_id, asked.seq)
    status = dispatch.talk.answer(tx, task_id, by, text or choice or "", now)
    if decision is not None:
        policy.answer(tx, decision.id, choice, by, now, text=text)
    return status


def decide(
    tx: Transaction, decision_id: int, words: tuple[str | None, str], by: str, now: float
) -> Decision:
    """Answer a decision and do at once what follows from it."""
    choice, text = words
    asked = policy.decision(tx, decision_id)
    if asked.kind in (QUESTION, VETO) and asked.task is not None:
        waiting = dispatch.talk.pending_question(tx, asked.task)
        if waiting is None or _seq(asked) != waiting.seq:
            raise Conflict(f"decision {decision_id} is {asked.status.value}; nobody waits for it")
        respond(tx, asked.task, (choice, text), by, now)
        return policy.decision(tx, decision_id)
    if choice is None:
        raise Invalid(f"decision {decision_id} needs one of its options", hint=", ".join(asked.options))
    done = policy.answer(tx, decision_id, choice, by, now, text=text)
    if asked.kind == FAILED and asked.task is not None:
        _after_failure(tx, asked.task, choice, by, now)
    return done


def _after_failure(tx: Transaction, task_id: int, choice: str, by: str, now: float) -> None:
    """Try again under a new number, or give the whole chain up."""
    if choice == dispatch.chain.RETRY:
        dispatch.chain.again(tx, task_id, now)
        return
    root = dispatch.task(tx, task_id).root
    if root is not None:
        dispatch.verdicts.cancel(tx, root, by, f"given up: task {task_id} of its chain failed", now)


def _seq(asked: Decision) -> int:
    return int(asked.key.split(":")[2])


def resume(tx: Transaction, task_id: int, now: float) -> bool:
    """Pass on an answer that was given to the decision alone; whether there was one."""
    waiting = dispatch.talk.pending_question(tx, task_id)
    asked = None if waiting is None else decision_of(tx, task_id, waiting.seq)
    if asked is None or asked.answer is None:
        return False
    dispatch.talk.answer(tx, task_id, asked.answered_by or "windlass", asked.answer, now)
    return True


def withdraw_stale(tx: Transaction, repository_id: int, now: float) -> int:
    """Take back questions that no task waits for any more; how many."""
    stale = [
        asked
        for asked in policy.open_decisions(tx, repository_id)
        if asked.kind in (QUESTION, VETO) and asked.task is not None and not _waits(tx, asked)
    ]
    for asked in stale:
        policy.withdraw(tx, asked.key, "its task no longer waits for it", now)
    return len(stale)


def _waits(tx: Transaction, asked: Decision) -> bool:
    task = dispatch.task(tx, asked.task or 0)
    waiting = dispatch.talk.pending_question(tx, task.id)
    blocked = task.status is dispatch.TaskStatus.BLOCKED
    return blocked and waiting is not None and waiting.seq == _seq(asked)


def withdraw_questions(tx: Transaction, task_id: int, now: float) -> None:
    """The task was taken back: nobody needs its question answered."""
    waiting = dispatch.talk.pending_question(tx, task_id)
    asked = None if waiting is None else decision_of(tx, task_id, waiting.seq)
    if asked is not None:
        policy.withdraw(tx, asked.key, "the task was taken back", now)
