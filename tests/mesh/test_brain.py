"""Approve and reject: exactly what was seen, by somebody else, written down."""

import pytest
from tests.mesh.conftest import AGENT, BOSS, GOOD, OWNER, Bureau

from windlass.dispatch import TaskStatus
from windlass.identity import Principal, Role
from windlass.kernel import Conflict, Denied


def reviews(bureau: Bureau) -> list[tuple[str, str, str]]:
    rows = bureau.database.read(lambda tx: tx.rows("SELECT * FROM wl_review ORDER BY task_id, seq"))
    return [(row["reviewer"], row["verdict"], row["commit_oid"]) for row in rows]


def test_an_approval_is_written_down_with_its_commit(bureau: Bureau) -> None:
    number = bureau.verified()
    answer = bureau.call("approve_work", task_id=number, commit=GOOD, note="fine")
    assert (answer["status"], answer["self_approved"]) == ("review_needed", False)
    assert answer["next"]["role"] == "qa"
    assert reviews(bureau) == [("person:boss", "approve", GOOD)]
    with pytest.raises(Conflict):
        bureau.call("approve_work", task_id=number, commit=GOOD)


def test_nobody_approves_the_own_work_but_the_owner_of_the_house(bureau: Bureau) -> None:
    for who, allowed in ((BOSS, False), (OWNER, True)):
        number = bureau.file()
        found = bureau.call("claim_task", who, lanes=["backend"])
        bureau.call("submit_for_review", who, lease_token=found["lease"]["token"], commit=GOOD)
        bureau.gate(number)
        if not allowed:
            with pytest.raises(Denied):
                bureau.call("approve_work", who, task_id=number, commit=GOOD)
            bureau.call("cancel_task", task_id=number, reason="x")
        else:
            assert bureau.call("approve_work", who, task_id=number, commit=GOOD)["self_approved"] is True


def test_a_rejection_brings_the_reason_back_and_the_third_fails(bureau: Bureau) -> None:
    number = bureau.file()
    for count in (1, 2, 3):
        bureau.submit(bureau.claim())
        said = bureau.call("reject_work", task_id=number, reason=f"no {count}", commit=GOOD)
        assert said == {"status": "failed" if count == 3 else "pending", "rejections": count}
    assert bureau.task(number).status is TaskStatus.FAILED
    assert [verdict for _, verdict, _ in reviews(bureau)] == ["reject"] * 3
    assert "task.failed" in bureau.told(number)


def test_a_rejected_task_takes_its_guardians_along(bureau: Bureau) -> None:
    number = bureau.verified(risk="low")
    token = bureau.claim(lane="qa")
    bureau.call("reject_work", task_id=number, reason="wrong idea")
    assert bureau.task(number + 1).status is TaskStatus.CANCELLED
    with pytest.raises(Conflict):
        bureau.call("submit_for_review", AGENT, lease_token=token, verdict="pass")


def test_an_approver_is_enough_and_an_operator_is_not(bureau: Bureau) -> None:
    number = bureau.verified()
    with pytest.raises(Denied):
        bureau.call("approve_work", Principal("person:o", Role.OPERATOR), task_id=number, commit=GOOD)
    bureau.call("approve_work", Principal("person:a", Role.APPROVER), task_id=number, commit=GOOD)
