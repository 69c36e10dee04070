"""What an operation of the contract says of itself."""

from windlass.contracts import load_contract

OPERATIONS = load_contract().operations


def test_tools_are_the_operations_under_their_path():
    names = [one.path.rpartition("/")[2] for one in OPERATIONS.values() if one.is_tool]
    assert names == [
        "claim_task", "renew_lease", "ask_clarification", "check_task_status", "submit_for_review",
        "submit_for_review_with_evidence", "get_task_history", "respond_to_blocker", "approve_work",
        "reject_work", "requeue_task", "force_unblock", "cancel_task", "sweep_stale_leases",
    ]  # fmt: skip


def test_success_is_the_status_of_the_good_answer():
    assert OPERATIONS["claimTask"].success == 200
    assert OPERATIONS["createPolicy"].success == 201
    assert OPERATIONS["revokeToken"].success == 204
    assert OPERATIONS["openSession"].success == 303


def test_bodies_are_json_or_packs():
    kinds = {one.body.is_json for one in OPERATIONS.values() if one.body is not None}
    assert kinds == {True, False}
    pack = OPERATIONS["writeAttemptPack"].body
    assert pack is not None
    assert not pack.is_json
    assert pack.bytes_max == 128 * 1024 * 1024
