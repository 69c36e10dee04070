"""Bad input of every tool: the documented code, a hint, nothing changed, and a record where it matters."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.mesh.conftest import AGENT, BASE, BOSS, GOOD, OTHER, OWNER, PROOF, Bureau

from windlass import events, identity
from windlass.dispatch import LeaseLost, TaskStatus
from windlass.identity import Principal, Role, TokenKind, Unknown
from windlass.kernel import Conflict, Denied, Invalid, NotFound, WindlassError
from windlass.mesh import TOOLS, Caller
from windlass.mesh.model import KeyReused

BY_TASK = {
    "respond_to_blocker": {"answer": "x"}, "approve_work": {"commit": GOOD}, "reject_work": {"reason": "x"},
    "requeue_task": {"reason": "x"}, "force_unblock": {"reason": "x"}, "cancel_task": {"reason": "x"},
}  # fmt: skip
"""Tools about a task of somebody else's choosing, with the rest of their arguments."""
BY_LEASE = {
    "renew_lease": {}, "ask_clarification": {"question": "which?"}, "submit_for_review": {"commit": GOOD},
    "submit_for_review_with_evidence": {"commit": GOOD, "evidence": PROOF},
}  # fmt: skip
"""Tools that take who and what from a lease's token alone."""
WRONG: dict[str, list[dict[str, Any]]] = {
    "claim_task": [
        {"lanes": "backend"}, {"lanes": [1]}, {"lanes": ["a", "a"]}, {"wait_s": 31}, {"wait_s": True},
    ],
    "renew_lease": [{"lease_token": 7}, {"fence": 1}, {"worker": "me"}],
    "ask_clarification": [{}, {"question": ""}, {"question": "x", "options": ["one"]}, {"question": "\0"}],
    "check_task_status": [{"task_id": "1"}, {"task_id": 0}, {"task_id": 1.5}, {"task_id": True}],
    "submit_for_review": [
        {"commit": "HEAD"}, {"commit": "A" * 40}, {"verdict": "maybe"}, {"verdict": ["pass"]},
    ],
    "submit_for_review_with_evidence": [
        {"commit": GOOD}, {"commit": GOOD, "evidence": {}},
        {"commit": GOOD, "evidence": {**PROOF, "checklist": [{"item": 13, "state": "yes"}]}},
        {"commit": GOOD, "evidence": {**PROOF, "coverage": {"percent": 101, "artifact": "c"}}},
        {"commit": GOOD, "evidence": {**PROOF, "more": 1}},
    ],
    "get_task_history": [{"task_id": 1, "after": -1}, {"task_id": 1, "limit": 501}],
    "respond_to_blocker": [{"task_id": 1}, {"answer": "x"}, {"task_id": 1, "answer": "x" * 70_000}],
    "approve_work": [{"task_id": 1}, {"task_id": 1, "commit": "abc"}, {"task_id": [1], "commit": GOOD}],
    "reject_work": [{"task_id": 1}, {"task_id": 1, "reason": None}],
    "requeue_task": [{"task_id": 1}, {"task_id": 2**60, "reason": "x"}],
    "force_unblock": [{"reason": "x"}, {"task_id": {"id": 1}, "reason": "x"}],
    "cancel_task": [{"task_id": 1, "reason": "x", "force": True}],
    "sweep_stale_leases": [{"repository": ""}, {"repository": "a\nb"}, {"all": True}],
}  # fmt: skip


def refused(
    bureau: Bureau, kind: type[WindlassError], tool: str, who: Principal, **arguments: Any
) -> WindlassError:
    """The call is refused with this kind and a hint, and every table is as it was."""
    before = bureau.everything()
    with pytest.raises(kind) as failed:
        bureau.call(tool, who, key="k", **arguments)
    assert failed.value.hint, f"{tool} refuses without saying what to do: {failed.value}"
    assert bureau.everything() == before
    return failed.value


def recorded(bureau: Bureau, kind: str) -> list[events.Event]:
    return [each for each in bureau.database.read(lambda tx: events.history(tx)) if each.kind == kind]


@pytest.mark.parametrize(
    ("tool", "arguments"), [(tool, one) for tool, many in WRONG.items() for one in many]
)
def test_wrong_arguments_are_invalid_and_say_what_is_known(
    lite: Bureau, tool: str, arguments: dict[str, Any]
) -> None:
    lite.file()
    error = refused(lite, Invalid, tool, BOSS, **arguments)
    assert error.kind.exit_code == 2
    assert tool in str(error)


def test_every_tool_has_its_wrong_arguments() -> None:
    assert set(WRONG) == set(TOOLS)


def test_there_is_no_fifteenth_tool(lite: Bureau) -> None:
    refused(lite, NotFound, "approve_everything", BOSS)


@pytest.mark.parametrize("tool", [*BY_TASK, "check_task_status", "get_task_history"])
def test_an_unknown_task_is_not_found(bureau: Bureau, tool: str) -> None:
    refused(bureau, NotFound, tool, BOSS, task_id=77, **BY_TASK.get(tool, {}))


def test_an_unknown_repository_is_not_found(lite: Bureau) -> None:
    refused(lite, NotFound, "claim_task", AGENT, repository="nowhere")
    refused(lite, NotFound, "sweep_stale_leases", BOSS, repository="nowhere")


@pytest.mark.parametrize("tool", BY_LEASE)
def test_without_a_lease_nothing_can_be_worked(bureau: Bureau, tool: str) -> None:
    bureau.file()
    bureau.claim()
    refused(bureau, Denied, tool, AGENT, **BY_LEASE[tool])
    (record,) = recorded(bureau, "access.denied")
    assert (record.actor, record.data["action"]) == ("runner:w", "task.work")


@pytest.mark.parametrize("tool", BY_LEASE)
def test_a_foreign_lease_token_is_denied_and_recorded(bureau: Bureau, tool: str) -> None:
    bureau.file()
    token = bureau.claim()
    refused(bureau, Denied, tool, OTHER, lease_token=token, **BY_LEASE[tool])
    (record,) = recorded(bureau, "access.denied")
    assert record.actor == "runner:x"
    assert token not in str(bureau.database.read(lambda tx: events.history(tx)))


@pytest.mark.parametrize("tool", [*BY_LEASE, "check_task_status", "get_task_history"])
@pytest.mark.parametrize("what", ["garbage", "a person's", "expired", "revoked"])
def test_a_token_that_counts_for_nothing_is_unknown(bureau: Bureau, tool: str, what: str) -> None:
    number = bureau.file()
    token = bureau.claim()
    lease = next(
        one for one in bureau.database.read(lambda tx: identity.tokens(tx, leases=True)) if one.lease
    )
    if what == "garbage":
        token = "wl_lease_" + "x" * 49
    elif what == "a person's":
        token = bureau.token(TokenKind.PERSON, "person:eve", Role.VIEWER).text
    elif what == "expired":
        bureau.clock.advance(31 * 86_400)
    else:
        bureau.database.write(lambda tx: identity.revoke(tx, lease.id, "person:owner", tx.now()))
    kind = Denied if what == "a person's" else Unknown
    refused(bureau, kind, tool, AGENT, lease_token=token, **BY_LEASE.get(tool, {}))
    assert bureau.task(number).status is TaskStatus.IN_PROGRESS
    assert recorded(bureau, "access.denied" if kind is Denied else "access.unknown")


@pytest.mark.parametrize("tool", BY_LEASE)
@pytest.mark.parametrize("how", ["expired", "requeued", "cancelled", "taken over"])
def test_a_lost_lease_is_refused_whatever_it_tries(bureau: Bureau, tool: str, how: str) -> None:
    number = bureau.file()
    token = bureau.claim()
    if how == "requeued":
        bureau.call("requeue_task", task_id=number, reason="x")
    elif how == "cancelled":
        bureau.call("cancel_task", task_id=number, reason="x")
    else:
        bureau.clock.advance(301)
    if how == "taken over":
        bureau.call("sweep_stale_leases")
        bureau.claim()
    error = refused(bureau, LeaseLost, tool, AGENT, lease_token=token, **BY_LEASE[tool])
    assert (error.kind.exit_code, error.code) == (6, "lease-lost")


@pytest.mark.parametrize("tool", [*BY_TASK, "sweep_stale_leases"])
def test_agents_never_decide(bureau: Bureau, tool: str) -> None:
    number = bureau.verified()
    token = bureau.call("claim_task", OTHER, lanes=["backend"])
    assert token == {"task": None}
    arguments = {} if tool == "sweep_stale_leases" else {"task_id": number, **BY_TASK[tool]}
    error = refused(bureau, Denied, tool, AGENT, **arguments)
    assert error.details["action"] == TOOLS[tool].action
    (record,) = recorded(bureau, "access.denied")
    assert record.data["role"] == "agent"


def test_only_roles_that_may_do_a_thing_do_it(bureau: Bureau) -> None:
    number = bureau.verified()
    viewer = Principal("person:v", Role.VIEWER)
    operator = Principal("person:o", Role.OPERATOR)
    refused(bureau, Denied, "approve_work", viewer, task_id=number, commit=GOOD)
    refused(bureau, Denied, "approve_work", operator, task_id=number, commit=GOOD)
    bound = Principal("person:b", Role.ADMIN, repository=99)
    refused(bureau, Denied, "requeue_task", bound, task_id=number, reason="x")
    assert bureau.call("check_task_status", viewer, task_id=number)["status"] == "review_needed"


def test_a_key_with_another_call_is_refused(bureau: Bureau) -> None:
    number = bureau.file()
    first = bureau.call("cancel_task", key="once", task_id=number, reason="x")
    before = bureau.everything()
    assert bureau.call("cancel_task", key="once", task_id=number, reason="x") == first
    for tool, arguments in (
        ("cancel_task", {"task_id": number, "reason": "y"}),
        ("requeue_task", {"task_id": number, "reason": "x"}),
    ):  # fmt: skip
        with pytest.raises(KeyReused) as failed:
            bureau.call(tool, key="once", **arguments)
        assert (failed.value.kind.exit_code, failed.value.code) == (6, "key-reused")
        assert failed.value.hint
    assert bureau.everything() == before
    assert bureau.mesh.call("sweep_stale_leases", Caller(OWNER, "once"), {}), "keys are the caller's own"


def test_a_commit_that_never_came_is_not_found(bureau: Bureau) -> None:
    bureau.file()
    token = bureau.claim()
    refused(bureau, NotFound, "submit_for_review", AGENT, lease_token=token, commit="c" * 40)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({}, "commit"), ({"verdict": "pass"}, "verdict"), ({"verdict": "reject", "reason": "x"}, "verdict"),
    ],
)  # fmt: skip
def test_an_implementation_brings_a_commit_and_no_verdict(
    lite: Bureau, arguments: dict[str, Any], what: str
) -> None:
    lite.file()
    error = refused(lite, Invalid, "submit_for_review", AGENT, lease_token=lite.claim(), **arguments)
    assert what in f"{error} {error.hint}"


def test_a_guardian_gives_a_reason_and_no_commit_with_its_no(lite: Bureau) -> None:
    lite.verified(risk="low")
    token = lite.claim(lane="qa")
    refused(lite, Invalid, "submit_for_review", AGENT, lease_token=token, verdict="reject")
    both = {"verdict": "reject", "reason": "x", "commit": GOOD}
    refused(lite, Invalid, "submit_for_review", AGENT, lease_token=token, **both)


STATES: dict[str, tuple[Callable[[Bureau], int], dict[str, Any]]] = {
    "approve_work": (lambda b: b.file(), {"commit": GOOD}),
    "reject_work": (lambda b: b.file(), {"reason": "x"}),
    "respond_to_blocker": (lambda b: b.file(), {"answer": "x"}),
    "requeue_task": (lambda b: b.file(), {"reason": "x"}),
    "force_unblock": (lambda b: b.file(), {"reason": "x"}),
}


@pytest.mark.parametrize("tool", STATES)
def test_what_the_state_forbids_is_a_conflict(bureau: Bureau, tool: str) -> None:
    make, more = STATES[tool]
    number = make(bureau)
    before = bureau.everything()
    with pytest.raises(Conflict) as failed:
        bureau.call(tool, task_id=number, **more)
    assert failed.value.kind.exit_code == 6
    assert bureau.everything() == before


def test_high_risk_is_not_approved_without_evidence(bureau: Bureau) -> None:
    number = bureau.verified(risk="high")
    error = refused(bureau, Denied, "approve_work", BOSS, task_id=number, commit=GOOD)
    assert "evidence" in str(error)


def test_nothing_unverified_or_unseen_is_approved(bureau: Bureau) -> None:
    number = bureau.file()
    bureau.submit(bureau.claim())
    refused(bureau, Conflict, "approve_work", BOSS, task_id=number, commit=GOOD)
    bureau.gate(number)
    refused(bureau, Conflict, "approve_work", BOSS, task_id=number, commit=BASE)
    assert bureau.call("approve_work", task_id=number, commit=GOOD)["next"]["role"] == "qa"
