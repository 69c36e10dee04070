"""One call: checked, done once per key, checked again; waiting costs no thread; errors are results."""

import threading
import time

import anyio
import pytest

from windlass.contracts import load_contract
from windlass.identity import OWNER, Principal, Role
from windlass.kernel import Conflict
from windlass.mcp.calls import THREADS_MAX, Calls
from windlass.mcp.catalogue import KEY, KEY_META, catalogue
from windlass.mcp.problems import PROBLEM

RUNNER = Principal("runner:w1", Role.AGENT, instance="w1")
ENTRIES = catalogue(load_contract())


def calls(place, mesh=None):
    return Calls(mesh or place.mesh, place.door, ENTRIES)


def ask(place, name, arguments, *, principal=RUNNER, meta=None, mesh=None):
    async def main():
        return await calls(place, mesh).answer(principal, name, arguments, meta or {})

    return anyio.run(main)


def code(result):
    assert result.is_error
    return result.meta[PROBLEM]["code"]


def test_a_task_is_claimed_renewed_and_looked_at(place):
    task = place.desk.file()
    got = ask(place, "claim_task", {}).structured_content
    assert got["task"]["id"] == task
    token = got["lease"]["token"]
    assert not ask(place, "renew_lease", {"lease_token": token}).is_error
    status = ask(place, "check_task_status", {"lease_token": token}).structured_content
    assert (status["status"], status["lease"]) == ("in_progress", "alive")


@pytest.mark.parametrize("how", ["argument", "meta"])
def test_the_same_key_does_a_thing_once(place, how):
    for _ in range(2):
        place.desk.file()

    def claim(key):
        given = ({KEY: key}, {}) if how == "argument" else ({}, {KEY_META: key})
        return ask(place, "claim_task", given[0], meta=given[1])

    one, again, other = claim("k1"), claim("k1"), claim("k2")
    ids = [each.structured_content["task"]["id"] for each in (one, again, other)]
    assert ids[0] == ids[1] != ids[2]


def test_a_key_with_other_arguments_is_a_conflict(place):
    one, two = place.desk.file(), place.desk.file()
    first = ask(place, "cancel_task", {"task_id": one, "reason": "x", KEY: "k"}, principal=OWNER)
    assert first.structured_content["status"] == "cancelled"
    again = ask(place, "cancel_task", {"task_id": one, "reason": "x", KEY: "k"}, principal=OWNER)
    assert again.structured_content == first.structured_content
    other = ask(place, "cancel_task", {"task_id": two, "reason": "x", KEY: "k"}, principal=OWNER)
    assert code(other) == "key-reused"
    assert place.desk.status(two).value == "pending"


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "é", "a\nb", 5, None, {}, ["k"]])
def test_a_key_that_is_none_is_refused(place, key):
    result = ask(place, "claim_task", {KEY: key})
    if key is None:
        assert not result.is_error
    else:
        assert code(result) == "unfit"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("claim_task", {"worker_id": "w9"}),
        ("claim_task", {"lanes": "backend"}),
        ("renew_lease", {"lease_token": 7}),
        ("renew_lease", {"fence": 2}),
        ("submit_for_review", {"commit": "HEAD"}),
        ("cancel_task", {"task_id": "1", "reason": "x"}),
        ("cancel_task", {"task_id": 1}),
        ("get_task_history", {"task_id": 1, "limit": 501}),
        ("get_task_history", {KEY: "k", "task_id": 1}),
    ],
)
def test_arguments_that_do_not_fit_never_reach_the_mesh(place, name, arguments):
    class Nobody:
        def call(self, tool, caller, arguments):
            raise AssertionError("the mesh was called")

    assert code(ask(place, name, arguments, principal=OWNER, mesh=Nobody())) == "unfit"


def test_an_agent_that_is_refused_leaves_a_trace_once(place):
    task = place.desk.file()
    result = ask(place, "approve_work", {"task_id": task, "commit": "a" * 40})
    assert code(result) == "denied"
    (record,) = place.told("access.denied")
    assert (record.actor, record.data["action"]) == ("runner:w1", "task.approve")


def test_an_unknown_lease_token_leaves_a_trace_without_itself(place):
    token = place.token(life_s=1.0)
    place.database._clock.advance(2.0)
    assert code(ask(place, "renew_lease", {"lease_token": token})) == "unknown"
    (record,) = place.told("access.unknown")
    assert token not in str(record)


def test_an_answer_the_contract_does_not_know_is_our_bug_and_is_not_told(lite):
    class Odd:
        def call(self, tool, caller, arguments):
            return {"status": "cancelled", "surprise": "inner"}

    result = ask(lite, "cancel_task", {"task_id": 1, "reason": "x"}, principal=OWNER, mesh=Odd())
    assert code(result) == "bug"
    assert "inner" not in str(result)


def test_an_error_that_nobody_foresaw_is_a_result_too(lite):
    class Broken:
        def call(self, tool, caller, arguments):
            raise ZeroDivisionError("inner")

    result = ask(lite, "sweep_stale_leases", {}, principal=OWNER, mesh=Broken())
    assert code(result) == "bug"
    assert "inner" not in str(result)


def test_a_waiting_claim_gets_the_task_when_it_comes(lite):
    async def main():
        began = time.monotonic()
        async with anyio.create_task_group() as group:

            async def later():
                await anyio.sleep(0.4)
                await anyio.to_thread.run_sync(lite.desk.file)

            group.start_soon(later)
            got = await calls(lite).answer(RUNNER, "claim_task", {"wait_s": 30, KEY: "once"}, {})
        return got.structured_content["task"], time.monotonic() - began

    task, took = anyio.run(main)
    assert task is not None
    assert 0.3 < took < 28


def test_a_wait_ends_in_time_with_nothing(lite):
    began = time.monotonic()
    assert ask(lite, "claim_task", {"wait_s": 0.3}).structured_content == {"task": None}
    assert 0.25 < time.monotonic() - began < 30


def test_hundreds_of_waiting_claims_hold_no_threads(lite):
    before = threading.active_count()
    most = [0]

    async def main():
        desk = calls(lite)
        async with anyio.create_task_group() as group:
            for _ in range(300):
                group.start_soon(desk.answer, RUNNER, "claim_task", {"wait_s": 1.5}, {})
            for _ in range(10):
                await anyio.sleep(0.1)
                most[0] = max(most[0], threading.active_count())
            started = time.monotonic()
            await desk.answer(OWNER, "sweep_stale_leases", {}, {})
            return time.monotonic() - started

    took = anyio.run(main)
    assert most[0] - before <= THREADS_MAX + 2
    assert took < 2.0, "a call does not wait until the waiting ones are done"


def test_a_lost_lease_says_so(place):
    place.desk.file()
    got = ask(place, "claim_task", {}).structured_content
    place.desk.cancel(got["task"]["id"])
    result = ask(place, "renew_lease", {"lease_token": got["lease"]["token"]})
    assert code(result) == "lease-lost"
    assert issubclass(Conflict, Exception)
    assert result.meta[PROBLEM]["status"] == 409
