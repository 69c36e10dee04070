"""A question is answered once, by whichever way, and its worker goes on by itself."""

import pytest
from tests.mesh.conftest import AGENT, OWNER, Bureau

from windlass import mesh, policy
from windlass.dispatch import TaskStatus
from windlass.kernel import Conflict
from windlass.mesh import Caller
from windlass.mesh.answering import question_key
from windlass.policy.model import DecisionStatus

OWN = Caller(OWNER, via="cli")


def blocked(bureau: Bureau, **more: object) -> tuple[int, str, int]:
    number = bureau.file()
    token = bureau.claim()
    said = bureau.call("ask_clarification", AGENT, lease_token=token, question="Which?", **more)
    return number, token, said["decision_id"]


def test_a_waiting_worker_goes_on_under_the_same_fence(bureau: Bureau) -> None:
    number, token, decision = blocked(bureau, options=["iso", "us"])
    bureau.clock.advance(200)
    bureau.call("renew_lease", AGENT, lease_token=token)
    bureau.clock.advance(200)
    assert bureau.call("check_task_status", AGENT, lease_token=token)["decision_id"] == decision
    bureau.mesh.decide(OWN, decision, "iso", "as everywhere")
    found = bureau.call("check_task_status", AGENT, lease_token=token)
    assert (found["status"], found["fence"], found["lease"]) == ("in_progress", 1, "alive")
    assert (found["answer"]["choice"], found["answer"]["text"], found["answer"]["by"]) == (
        "iso", "as everywhere", "person:owner",
    )  # fmt: skip
    bureau.submit(token)
    assert bureau.task(number).attempt == 1


def test_the_answer_waits_for_the_next_worker_when_the_first_is_gone(bureau: Bureau) -> None:
    number, token, _ = blocked(bureau)
    bureau.clock.advance(301)
    assert bureau.call("sweep_stale_leases") == {"requeued": [number], "failed": []}
    task = bureau.task(number)
    assert (task.status, task.fence, task.attempt) == (TaskStatus.BLOCKED, 2, 0), "waiting is no loss"
    assert bureau.call("respond_to_blocker", task_id=number, answer="the first one") == {"status": "pending"}
    again = bureau.call("claim_task", AGENT, lanes=["backend"])
    assert [each["content"] for each in again["messages"]] == ["Which?", "the first one"]
    assert bureau.call("check_task_status", AGENT, lease_token=token)["lease"] == "lost"


def test_an_answer_comes_once_whichever_way(bureau: Bureau) -> None:
    number, _, decision = blocked(bureau)
    bureau.call("respond_to_blocker", task_id=number, answer="this")
    for again in (
        lambda: bureau.call("respond_to_blocker", task_id=number, answer="that"),
        lambda: bureau.mesh.decide(OWN, decision, "yes"),
    ):
        with pytest.raises(Conflict):
            again()
    found = bureau.database.read(lambda tx: policy.decision(tx, decision))
    assert (found.answer, found.answered_by) == ("this", "person:boss")


def test_a_veto_brings_a_counter_proposal(bureau: Bureau) -> None:
    _, token, decision = blocked(bureau, proposal="Use the library", evidence=["src/a.py:3"])
    found = bureau.database.read(lambda tx: policy.decision(tx, decision))
    assert (found.kind, found.options, found.evidence) == ("veto", ("accept", "insist"), ("src/a.py:3",))
    assert found.context["proposal"] == "Use the library"
    assert found.deadline == bureau.clock() + bureau.settings.answer_within_s
    bureau.mesh.decide(OWN, decision, "accept")
    assert bureau.call("check_task_status", AGENT, lease_token=token)["answer"]["choice"] == "accept"


@pytest.mark.parametrize("tool", ["requeue_task", "force_unblock", "cancel_task"])
def test_a_question_is_withdrawn_with_its_task(bureau: Bureau, tool: str) -> None:
    number, _, decision = blocked(bureau)
    bureau.call(tool, task_id=number, reason="no")
    found = bureau.database.read(lambda tx: policy.decision(tx, decision))
    assert found.status is DecisionStatus.WITHDRAWN


def test_an_answer_given_to_the_decision_alone_is_passed_on(bureau: Bureau) -> None:
    number, _, decision = blocked(bureau)
    bureau.database.write(lambda tx: policy.answer(tx, decision, "yes", "person:ann", tx.now()))
    rules = mesh.Rules(bureau.settings, bureau.started)
    found = bureau.database.write(lambda tx: mesh.tick(tx, bureau.repository, rules, tx.now()))
    assert found.resumed == (number,)
    assert bureau.task(number).status is TaskStatus.IN_PROGRESS


def test_the_same_question_has_the_same_key_but_for_its_numbers() -> None:
    keys = {question_key(n, 1, f"Is commit {'a' * 40} of task {n}  fine?").split(":")[3] for n in (1, 2)}
    assert len(keys) == 1
    assert question_key(1, 1, "Another?").split(":")[3] not in keys
