"""Every tool with what should not be sent to it: the documented code, a hint, a trace, nothing changed."""

import functools
import json
import logging

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from windlass.contracts import load_contract
from windlass.identity import Principal, Role, TokenKind, revoke, tokens
from windlass.mcp.calls import Calls
from windlass.mcp.catalogue import KEY, catalogue
from windlass.mcp.problems import PROBLEM
from windlass.mesh import TOOLS

ENTRIES = catalogue(load_contract())
ADMIN = Principal("person:ann", Role.ADMIN)
RUNNER = Principal("runner:w1", Role.AGENT, instance="w1")
OID = "a" * 40
CHECKLIST = [{"item": 1, "state": "yes"}]
EVIDENCE = {
    "test_command": "true", "test_result": {"outcome": "passed"}, "files_changed": ["src/a.py"],
    "checklist": CHECKLIST,
}  # fmt: skip
GOOD = {
    "claim_task": {},
    "renew_lease": {},
    "ask_clarification": {"question": "why"},
    "check_task_status": {"task_id": 1},
    "submit_for_review": {"commit": OID},
    "submit_for_review_with_evidence": {"commit": OID, "evidence": EVIDENCE},
    "get_task_history": {"task_id": 1},
    "respond_to_blocker": {"task_id": 1, "answer": "so"},
    "approve_work": {"task_id": 1, "commit": OID},
    "reject_work": {"task_id": 1, "reason": "no"},
    "requeue_task": {"task_id": 1, "reason": "again"},
    "force_unblock": {"task_id": 1, "reason": "go"},
    "cancel_task": {"task_id": 1, "reason": "enough"},
    "sweep_stale_leases": {},
}
BY_LEASE = ("renew_lease", "ask_clarification", "submit_for_review", "submit_for_review_with_evidence")
ABOUT_A_TASK = tuple(name for name, arguments in GOOD.items() if "task_id" in arguments)
STATE = (
    "wl_task", "wl_lease", "wl_attempt", "wl_submission", "wl_decision", "wl_message", "wl_review", "wl_call",
    "wl_lane", "wl_instance", "wl_policy",
)  # fmt: skip
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def state(place):
    def look(tx):
        return {table: tx.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in STATE}

    return json.dumps(place.database.read(look), default=str)


def ask(place, name, arguments, principal=ADMIN):
    calls = Calls(place.mesh, place.door, ENTRIES)
    return anyio.run(functools.partial(calls.answer, principal, name, arguments, {}))


def refused(place, name, arguments, principal=ADMIN):
    """The problem; nothing but the log of refusals may have changed."""
    before = state(place)
    result = ask(place, name, arguments, principal)
    assert result.is_error, (name, arguments, result.structured_content)
    assert state(place) == before
    problem = result.meta[PROBLEM]
    assert problem["status"] != 500, problem
    return problem


def busy(place):
    """A task somebody works on, and the token of that lease."""
    place.desk.file()
    return ask(place, "claim_task", {}, RUNNER).structured_content["lease"]


def test_the_samples_are_good():
    assert set(GOOD) == set(TOOLS)
    assert [name for name, sample in GOOD.items() if ENTRIES[name].mistakes_of_arguments(sample)] == []


@pytest.mark.parametrize("name", TOOLS)
def test_every_member_with_a_wrong_type(lite, name):
    busy(lite)
    for member in ENTRIES[name].listed.input_schema.get("properties", {}):
        for wrong in (None, [], {}, True, -1, 1.5, "", "x" * 70_000, "a\0b", {"a": {"b": []}}, [[]]):
            sample = {**GOOD[name], member: wrong}
            key = sample.pop(KEY, None)
            if ENTRIES[name].mistakes_of_arguments(sample) or (member == KEY and key is not None):
                told = refused(lite, name, {**GOOD[name], member: wrong})
                assert (told["code"], told["status"]) == ("unfit", 422)
                assert told["hint"]
                assert told["errors"][0]["rule"]
                assert "xxxxxxxx" not in json.dumps(told)


@pytest.mark.parametrize("name", TOOLS)
def test_members_that_nobody_knows_and_members_that_are_missing(lite, name):
    busy(lite)
    for more in ({"worker": "w9"}, {"fence": 99}, {"role": "admin"}, {"": 1}, {"__proto__": {}}):
        assert refused(lite, name, {**GOOD[name], **more})["code"] == "unfit"
    for member in ENTRIES[name].listed.input_schema.get("required", []):
        less = {key: value for key, value in GOOD[name].items() if key != member}
        told = refused(lite, name, less)
        assert told["errors"][0]["rule"] == "required"
        assert member in told["detail"]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.sampled_from(list(TOOLS)), junk=st.dictionaries(st.text(max_size=12), JUNK, max_size=4))
def test_anything_at_all_gets_an_answer_and_never_a_bug(lite, name, junk):
    result = ask(lite, name, {**GOOD[name], **junk})
    if result.is_error:
        assert result.meta[PROBLEM]["code"] != "bug"


@pytest.mark.parametrize("name", ABOUT_A_TASK)
def test_a_task_that_is_not_there(place, name):
    for number in (404, 9_007_199_254_740_991):
        told = refused(place, name, {**GOOD[name], "task_id": number})
        assert (told["code"], told["status"], told["exit_code"]) == ("not-found", 404, 3)
        assert str(number) in told["detail"]


def dead_tokens(place, alive):
    """Tokens that look right and stand for nobody."""
    number = next(t.id for t in place.database.read(lambda tx: tokens(tx, leases=True)) if t.lease)
    place.database.write(lambda tx: revoke(tx, number, "person:owner", tx.now()))
    expired = place.token(life_s=1.0)
    place.database._clock.advance(2.0)
    return {
        "revoked": alive, "expired": expired, "invented": "wl_lease_" + "0" * 49, "noise": "please",
        "a link": place.token(TokenKind.LINK, Role.ADMIN, "person:eve"),
    }  # fmt: skip


@pytest.mark.parametrize("name", BY_LEASE)
def test_a_lease_token_that_counts_no_longer(place, name, caplog):
    lease = busy(place)
    with caplog.at_level(logging.DEBUG):
        for kind, token in dead_tokens(place, lease["token"]).items():
            told = refused(place, name, {**GOOD[name], "lease_token": token}, RUNNER)
            assert (told["code"], told["status"]) == ("unknown", 401), kind
            assert token not in json.dumps(told)
            assert token not in caplog.text
    assert len(place.told("access.unknown")) == 5
    kept = str([dict(event.data) for event in place.told("access.unknown")])
    assert lease["token"] not in kept


@pytest.mark.parametrize("name", BY_LEASE)
def test_a_token_of_somebody_who_holds_no_lease(place, name):
    busy(place)
    told = refused(place, name, {**GOOD[name], "lease_token": place.person()}, RUNNER)
    assert (told["code"], told["status"]) == ("denied", 403)
    assert told["hint"]


@pytest.mark.parametrize("name", BY_LEASE)
def test_the_token_of_a_lease_that_was_lost(place, name):
    lease = busy(place)
    place.desk.requeue(lease["task_id"])
    told = refused(place, name, {**GOOD[name], "lease_token": lease["token"]}, RUNNER)
    assert (told["code"], told["status"], told["exit_code"]) == ("lease-lost", 409, 6)
    assert "claim" in told["hint"]


@pytest.mark.parametrize("name", [n for n, t in TOOLS.items() if t.group.value != "worker"])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.SERVICE, Role.AGENT])
def test_tools_of_people_by_others(lite, name, role):
    busy(lite)
    somebody = Principal("somebody:x", role)
    told = refused(lite, name, GOOD[name], somebody)
    assert (told["code"], told["status"], told["exit_code"]) == ("denied", 403, 5)
    assert told["hint"]
    assert [e.data["action"] for e in lite.told("access.denied")] == [TOOLS[name].action]


@pytest.mark.parametrize("name", [n for n, t in TOOLS.items() if not t.read_only])
def test_a_key_that_comes_again_with_other_arguments(lite, name):
    lease = busy(lite)
    if name == "claim_task":
        lite.desk.file()
    first = {**GOOD[name], KEY: "k"}
    if name in BY_LEASE:
        first["lease_token"] = lease["token"]
    done = ask(lite, name, first)
    other = {**first, **({"repository": "shop"} if name in ("claim_task", "sweep_stale_leases") else {})}
    if "reason" in other:
        other["reason"] += "!"
    elif "answer" in other:
        other["answer"] += "!"
    elif "question" in other:
        other["question"] += "!"
    elif "commit" in other:
        other["note"] = "another"
    if done.is_error or other == first:
        return  # nothing was done, so nothing is remembered; or there is nothing else to ask for
    told = refused(lite, name, other)
    assert (told["code"], told["status"], told["exit_code"]) == ("key-reused", 409, 6)
