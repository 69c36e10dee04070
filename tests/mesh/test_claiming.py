"""claim_task: lanes, waiting, repetition, and a token that is kept nowhere."""

import threading

import pytest
from tests.mesh.conftest import AGENT, BOSS, OTHER, OWNER, Bureau

from windlass import dispatch, identity, policy
from windlass.dispatch import LeaseLost
from windlass.identity import Principal, Role
from windlass.kernel import Denied, Unavailable
from windlass.mesh import Caller, Mesh, SiteSource
from windlass.mesh.claiming import worker_of


def test_a_claim_says_all_that_a_worker_needs(bureau: Bureau) -> None:
    number = bureau.file()
    found = bureau.call("claim_task", AGENT, lanes=["backend"])
    task = found["task"]
    assert (task["id"], task["repository"], task["lane"]) == (number, "shop", "backend")
    assert found["workspace"] == {"base": "a" * 40, "branch": f"windlass/{number}/1"}
    assert (found["lease"]["fence"], found["lease"]["renew_every_s"]) == (1, 100.0)
    assert found["messages"] == []


def test_nothing_ready_is_no_error_and_leaves_no_trace(bureau: Bureau) -> None:
    before = bureau.everything()
    assert bureau.call("claim_task", AGENT, key="k", lanes=["backend"]) == {"task": None}
    assert bureau.everything() == before
    bureau.file()
    assert bureau.call("claim_task", AGENT, key="k", lanes=["backend"])["task"] is not None


def test_a_repeated_claim_is_the_same_lease_with_a_fresh_token(bureau: Bureau) -> None:
    bureau.file()
    bureau.file()
    first = bureau.call("claim_task", AGENT, key="k", lanes=["backend"])
    again = bureau.call("claim_task", AGENT, key="k", lanes=["backend"])
    assert again["lease"]["fence"] == first["lease"]["fence"]
    assert again["task"]["id"] == first["task"]["id"]
    with pytest.raises(Denied):
        bureau.call("renew_lease", AGENT, lease_token=first["lease"]["token"])
    bureau.call("renew_lease", AGENT, lease_token=again["lease"]["token"])
    bureau.clock.advance(301)
    with pytest.raises(LeaseLost):
        bureau.call("claim_task", AGENT, key="k", lanes=["backend"])


def test_no_token_is_kept_anywhere(bureau: Bureau) -> None:
    bureau.file()
    token = bureau.call("claim_task", AGENT, key="k", lanes=["backend"])["lease"]["token"]
    tables = ("wl_call", "wl_token", "wl_event", "wl_lease", "wl_message", "wl_attempt")
    kept = bureau.database.read(lambda tx: [tx.rows(f"SELECT * FROM {name}") for name in tables])
    assert token not in str(kept)


def test_a_claim_waits_for_a_task(lite: Bureau) -> None:
    lite.file(lane="frontend")
    timer = threading.Timer(0.4, lite.file)
    timer.start()
    found = lite.call("claim_task", AGENT, lanes=["backend"], wait_s=10)
    timer.join()
    assert found["task"] is not None


def test_leases_are_held_under_the_instance(bureau: Bureau) -> None:
    number = bureau.file()
    bureau.claim()
    lease = bureau.database.read(lambda tx: dispatch.lease_of(tx, number))
    assert lease is not None
    assert (lease.worker, lease.node) == ("w", "mesh")
    assert worker_of(BOSS) == "person:boss"


def test_whoever_is_bound_to_another_repository_gets_nothing_here(bureau: Bureau) -> None:
    bureau.file()
    bound = Principal("runner:z", Role.AGENT, repository=99, instance="z")
    assert bureau.call("claim_task", bound, lanes=["backend"]) == {"task": None}
    with pytest.raises(Denied):
        bureau.call("claim_task", bound, lanes=["backend"], repository="shop")


def test_a_lease_claims_nothing_more(bureau: Bureau) -> None:
    bureau.file()
    bureau.file()
    token = bureau.claim()
    holder = bureau.database.read(lambda tx: identity.resolve(tx, token, tx.now()))
    with pytest.raises(Denied):
        bureau.call("claim_task", holder, lanes=["backend"])
    assert bureau.call("claim_task", OWNER, lanes=["backend"])["task"] is not None


def test_work_of_a_repository_that_others_tend_is_not_given_out_here(bureau: Bureau) -> None:
    """Its caller could neither begin nor submit, and would hold a lease that nobody can use."""
    number = bureau.file()
    here = Mesh(bureau.database, bureau.settings, source=SiteSource({}))
    caller = Caller(AGENT)
    assert here.call("claim_task", caller, {}) == {"task": None}
    with pytest.raises(Unavailable, match="'shop' is not tended here"):
        here.call("claim_task", caller, {"repository": "shop"})
    assert bureau.task(number).status.value == "pending"


def test_a_paused_repository_refuses_claims_and_says_why(bureau: Bureau) -> None:
    number, here = bureau.file(), bureau.repository
    first = bureau.call("claim_task", AGENT, key="k", lanes=["backend"])
    bureau.file()
    bureau.database.write(lambda tx: policy.pauses.pause(tx, here, tx.now(), by="ann", reason="odd"))
    before = bureau.everything()
    with pytest.raises(Unavailable, match=r"the claim waits: ann paused this repository at .*: odd"):
        bureau.call("claim_task", OTHER, key="j", lanes=["backend"], wait_s=30)
    assert bureau.everything() == before
    again = bureau.call("claim_task", AGENT, key="k", lanes=["backend"])
    assert again["task"]["id"] == number == first["task"]["id"]
    bureau.submit(again["lease"]["token"])
    bureau.database.write(lambda tx: policy.pauses.resume(tx, here, tx.now(), by="ann"))
    assert bureau.call("claim_task", OTHER, key="j", lanes=["backend"])["task"] is not None
