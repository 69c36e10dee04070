"""The tools over HTTP: a claim waits without a thread, keys are kept, errors have their statuses."""

import threading
import time

LEASED = {"status": "in_progress", "lease": "alive"}


def test_a_task_is_claimed_worked_and_handed_back(site):
    (number,) = site.file()
    got = site.claim()
    assert got["task"]["id"] == number
    lease = got["lease"]["token"]
    assert site.good("POST", "/v1/tools/renew_lease", {}, token=lease)["renew_every_s"] > 0
    told = site.good("POST", "/v1/tools/check_task_status", {}, token=lease)
    assert LEASED.items() <= told.items()
    asked = site.good("POST", "/v1/tools/ask_clarification", {"question": "Which?"}, token=lease)
    assert asked["status"] == "blocked"
    answer = {"task_id": number, "answer": "This."}
    assert site.good("POST", "/v1/tools/respond_to_blocker", answer)["status"] == "in_progress"
    assert site.good("POST", "/v1/tools/check_task_status", {}, token=lease)["answer"]["text"] == "This."
    reason = {"task_id": number, "reason": "again"}
    assert site.good("POST", "/v1/tools/requeue_task", reason)["status"] == "pending"
    status, told = site.bad("POST", "/v1/tools/renew_lease", {}, token=lease)
    assert (status, told["code"], told["exit_code"]) == (409, "lease-lost", 6)


def test_the_same_key_is_the_same_call(site):
    site.file(2)
    key = {"Idempotency-Key": "one"}
    first = site.good("POST", "/v1/tools/claim_task", {}, token=site.runner(), headers=key)
    again = site.good("POST", "/v1/tools/claim_task", {}, token=site.runner(), headers=key)
    assert first["task"]["id"] == again["task"]["id"]
    assert first["lease"]["fence"] == again["lease"]["fence"]
    other = {"lanes": ["backend"]}
    status, told = site.bad("POST", "/v1/tools/claim_task", other, token=site.runner(), headers=key)
    assert (status, told["code"]) == (409, "key-reused")


def test_a_claim_waits_for_work_and_holds_no_thread(site):
    began = time.monotonic()
    assert site.good("POST", "/v1/tools/claim_task", {"wait_s": 0.3}, token=site.runner()) == {"task": None}
    assert time.monotonic() - began >= 0.25
    timer = threading.Timer(0.3, site.file)
    timer.start()
    got = site.good("POST", "/v1/tools/claim_task", {"wait_s": 30}, token=site.runner())
    assert got["task"] is not None
    assert time.monotonic() - began < 28
    timer.join()


def test_every_tool_has_its_operation_and_its_right(lite_site):
    viewer = lite_site.token("viewer")
    lite_site.file()
    for name, body in {
        "claim_task": {}, "approve_work": {"task_id": 1, "commit": "a" * 40},
        "reject_work": {"task_id": 1, "reason": "x"}, "requeue_task": {"task_id": 1, "reason": "x"},
        "force_unblock": {"task_id": 1, "reason": "x"}, "cancel_task": {"task_id": 1, "reason": "x"},
        "sweep_stale_leases": {}, "respond_to_blocker": {"task_id": 1, "answer": "x"},
        "renew_lease": {}, "ask_clarification": {"question": "x"}, "submit_for_review": {},
    }.items():  # fmt: skip
        status, told = lite_site.bad("POST", f"/v1/tools/{name}", body, token=viewer)
        assert (status, told["code"]) == (403, "denied"), name
        assert told["hint"]
    assert "access.denied" in lite_site.events()
