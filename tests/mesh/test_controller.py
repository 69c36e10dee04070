"""Chains move on in the transaction that makes it so, and the controller mends what stopped in between."""

import json
from dataclasses import replace

import pytest
from tests.mesh.conftest import AGENT, BOSS, GOOD, PROOF, Bureau

from windlass import dispatch, land, mesh, policy
from windlass.dispatch import TaskStatus
from windlass.mesh import Approve, Examined, MeshSettings
from windlass.mesh.model import ClaimState


def rules(bureau: Bureau) -> mesh.Rules:
    return mesh.Rules(bureau.settings, bureau.started)


def test_low_risk_goes_on_by_itself_and_unknown_risk_waits(bureau: Bureau) -> None:
    low = bureau.verified(risk="low")
    assert bureau.task(low).review.value == "approved"
    unknown = bureau.verified(risk="")
    assert bureau.task(unknown).review.value == "verified"
    assert "task.approved" in bureau.told(low)
    assert "task.approved" not in bureau.told(unknown)


def test_the_end_of_a_chain_is_sent_to_land_once(bureau: Bureau) -> None:
    bureau.settings = MeshSettings(guardians=("qa",), land=True)
    bureau.verified(risk="low")
    bureau.call("submit_for_review", AGENT, lease_token=bureau.claim(lane="qa"), verdict="pass")
    (landing,) = bureau.database.read(lambda tx: land.landings(tx, bureau.repository))
    assert (landing.mode, landing.branch) == (land.Mode.LAND, "main")
    assert [name for name, _ in bureau.started.keys.values()].count("land") == 1
    whole = bureau.database.read(lambda tx: dispatch.chain.whole(tx, landing.task_id, landing.fence))
    assert (whole.base, whole.commit, whole.files) == ("a" * 40, GOOD, ("src/a.py",))


def test_work_without_a_role_lands_as_it_always_did(bureau: Bureau) -> None:
    number = bureau.verified(role="")
    (landing,) = bureau.database.read(lambda tx: land.landings(tx, bureau.repository))
    assert landing.task_id == number
    assert bureau.task(number).review.value == ""


def test_refuted_evidence_sends_the_work_back(bureau: Bureau) -> None:
    number = bureau.file()
    said = bureau.call(
        "submit_for_review_with_evidence", AGENT, lease_token=bureau.claim(), commit=GOOD,
        evidence={**PROOF, "files_changed": ["src/b.py"]},
    )  # fmt: skip
    assert said["evidence"]["files_changed"] == "refuted"
    offered = bureau.database.read(lambda tx: dispatch.submission(tx, number, 1))
    found = Examined({"files_changed": ClaimState.REFUTED}, ("files_changed: they differ",))
    bureau.database.write(lambda tx: mesh.conclude(tx, rules(bureau), offered, found, tx.now()))
    task = bureau.task(number)
    assert (task.status, task.rejections) == (TaskStatus.PENDING, 1)
    assert "files_changed: they differ" in task.note
    kept = bureau.database.read(lambda tx: dispatch.submission(tx, number, 1)).checked
    assert json.loads(kept) == {"files_changed": "refuted"}


def test_settings_that_allow_more_are_found_by_the_next_tick(bureau: Bureau) -> None:
    bureau.settings = MeshSettings(approve=Approve.NEVER)
    number = bureau.verified(risk="low")
    assert bureau.task(number).review.value == "verified"
    bureau.settings = replace(bureau.settings, approve=Approve.LOW_RISK)
    found = bureau.database.write(lambda tx: mesh.tick(tx, bureau.repository, rules(bureau), tx.now()))
    assert found.approved == (number,)
    again = bureau.database.write(lambda tx: mesh.tick(tx, bureau.repository, rules(bureau), tx.now()))
    assert (again.approved, again.advanced) == ((), ())


def test_a_guardian_that_was_taken_away_is_filed_again(bureau: Bureau) -> None:
    number = bureau.verified(risk="low")
    _, guardian = bureau.database.read(lambda tx: dispatch.chain.chain_of(tx, number))
    bureau.database.write(lambda tx: dispatch.verdicts.cancel(tx, guardian.id, "x", "y", tx.now()))
    found = bureau.database.write(lambda tx: mesh.tick(tx, bureau.repository, rules(bureau), tx.now()))
    assert found.advanced == (number,)
    assert len(bureau.database.read(lambda tx: dispatch.chain.chain_of(tx, number))) == 3


@pytest.mark.parametrize("choice", ["retry", "give-up"])
def test_a_failed_guardian_asks_a_person(bureau: Bureau, choice: str) -> None:
    root = bureau.verified(risk="low", most=1)
    bureau.claim(lane="qa")
    bureau.clock.advance(301)
    failed = bureau.call("sweep_stale_leases")["failed"]
    waiting = bureau.database.read(lambda tx: policy.open_decisions(tx))
    (decision,) = [one for one in waiting if one.task == failed[0]]
    bureau.mesh.decide(mesh.Caller(BOSS), decision.id, choice)
    if choice == "retry":
        assert bureau.claim(lane="qa")
        assert bureau.task(root).status is TaskStatus.REVIEW_NEEDED
    else:
        assert bureau.task(root).status is TaskStatus.CANCELLED
