"""Renew, look, read, submit, as the bearer of a lease."""

import pytest
from tests.mesh.conftest import AGENT, BOSS, GOOD, PROOF, Bureau

from windlass import dispatch, identity
from windlass.kernel import Denied


def test_a_lease_lives_as_long_as_it_is_renewed(bureau: Bureau) -> None:
    bureau.file()
    token = bureau.claim()
    for _ in range(4):
        bureau.clock.advance(200)
        assert bureau.call("renew_lease", AGENT, lease_token=token)["renew_every_s"] == 100.0
    assert bureau.call("check_task_status", AGENT, lease_token=token)["lease"] == "alive"


def test_the_token_may_be_the_bearer_of_the_connection(bureau: Bureau) -> None:
    number = bureau.file()
    token = bureau.claim()
    holder = bureau.database.read(lambda tx: identity.resolve(tx, token, tx.now()))
    assert bureau.call("check_task_status", holder)["task_id"] == number
    bureau.call("submit_for_review", holder, commit=GOOD)


def test_a_submission_ends_the_lease_and_starts_its_verification(bureau: Bureau) -> None:
    number = bureau.file()
    said = bureau.submit(bureau.claim(), note="did it")
    assert said["submission"] == {"commit": GOOD, "files": ["src/a.py"], "lines": 1}
    assert bureau.started.keys == {f"verify:{number}:1": ("verify", {"task": number, "fence": 1})}
    assert bureau.source.pins == {f"refs/windlass/submissions/{number}/1": GOOD}


def test_evidence_is_kept_with_what_became_of_it(bureau: Bureau) -> None:
    number = bureau.file()
    said = bureau.call(
        "submit_for_review_with_evidence", AGENT, lease_token=bureau.claim(), commit=GOOD, evidence=PROOF
    )
    assert said["evidence"] == {
        "commit": "verified", "files_changed": "verified", "test_result": "unknown",
        "tests_written": "unknown",
    }  # fmt: skip
    kept = bureau.database.read(lambda tx: dispatch.submission(tx, number, 1))
    assert "make test" in kept.evidence


def test_a_guardians_pass_needs_no_commit_and_no_second_gate(bureau: Bureau) -> None:
    number = bureau.verified(risk="low")
    before = len(bureau.started.keys)
    said = bureau.call("submit_for_review", AGENT, lease_token=bureau.claim(lane="qa"), verdict="pass")
    assert said["submission"] == {"commit": GOOD, "files": [], "lines": 0}
    assert len(bureau.started.keys) == before
    assert bureau.task(number + 1).review.value == "approved"
    assert bureau.task(number + 2).role == "docs"


def test_evidence_of_a_guardian_that_changes_nothing_is_run_again(bureau: Bureau) -> None:
    """Else nothing of it were ever verified, and a chain of high risk could never be approved."""
    number = bureau.verified(risk="low")
    before = set(bureau.started.keys)
    bureau.call(
        "submit_for_review_with_evidence", AGENT, lease_token=bureau.claim(lane="qa"), verdict="pass",
        evidence={**PROOF, "files_changed": []},
    )
    assert set(bureau.started.keys) - before == {f"verify:{number + 1}:1"}
    assert bureau.task(number + 1).review.value == ""


def test_history_is_told_in_pages(bureau: Bureau) -> None:
    number = bureau.file()
    for _ in range(3):
        bureau.claim()
        bureau.call("requeue_task", task_id=number, reason="again")
    first = bureau.call("get_task_history", task_id=number, limit=4)
    assert [len(first["events"]), len(first["attempts"])] == [4, 3]
    second = bureau.call("get_task_history", task_id=number, limit=4, after=first["next"])
    assert (len(second["events"]), second["attempts"], second["next"]) == (3, [], None)
    ids = [each["id"] for each in first["events"] + second["events"]]
    assert len(set(ids)) == 7
    assert all(each.count(".") == 1 for each in ids)


def test_without_a_lease_or_a_number_nothing_is_looked_at(bureau: Bureau) -> None:
    for tool in ("check_task_status", "get_task_history"):
        with pytest.raises(Denied):
            bureau.call(tool, BOSS)
