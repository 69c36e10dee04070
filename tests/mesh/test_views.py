"""What callers see fits the published contract."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from tests.mesh.conftest import AGENT, GOOD, PROOF, Bureau

CONTRACT = Path(__file__).parents[2] / "contracts" / "openapi.yaml"


@pytest.fixture(scope="module")
def schemas() -> Any:
    return yaml.safe_load(CONTRACT.read_text())["components"]["schemas"]


def fits(schemas: Any, name: str, answer: Any) -> None:
    text = json.dumps({"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}})
    errors = list(jsonschema_rs.validator_for(json.loads(text)).iter_errors(answer))
    assert errors == [], f"{name}: {[str(error)[:300] for error in errors]}"


def test_every_answer_fits_the_contract(bureau: Bureau, schemas: Any) -> None:
    number = bureau.file(risk="")
    claimed = bureau.call("claim_task", AGENT, lanes=["backend"])
    token = claimed["lease"]["token"]
    by_lease = {"lease_token": token}
    told = {"claim_task": claimed, "renew_lease": bureau.call("renew_lease", AGENT, **by_lease)}
    told["ask_clarification"] = bureau.call("ask_clarification", AGENT, **by_lease, question="which?")
    told["respond_to_blocker"] = bureau.call("respond_to_blocker", task_id=number, answer="this")
    told["check_task_status"] = bureau.call("check_task_status", AGENT, **by_lease)
    told["submit_for_review_with_evidence"] = bureau.call(
        "submit_for_review_with_evidence", AGENT, **by_lease, commit=GOOD, evidence=PROOF
    )
    bureau.gate(number)
    told["approve_work"] = bureau.call("approve_work", task_id=number, commit=GOOD)
    token = bureau.claim(lane="qa")
    told["submit_for_review"] = bureau.call(
        "submit_for_review", AGENT, lease_token=token, verdict="reject", reason="bug"
    )
    told["get_task_history"] = bureau.call("get_task_history", task_id=number)
    bureau.submit(bureau.claim())
    told["reject_work"] = bureau.call("reject_work", task_id=number, reason="no")
    bureau.claim()
    told["requeue_task"] = bureau.call("requeue_task", task_id=bureau.file_claimed(), reason="x")
    asked = bureau.file_asking()
    told["force_unblock"] = bureau.call("force_unblock", task_id=asked, reason="x")
    told["cancel_task"] = bureau.call("cancel_task", task_id=asked, reason="x")
    told["sweep_stale_leases"] = bureau.call("sweep_stale_leases")
    assert len(told) == 14
    for tool, answer in told.items():
        name = "".join(word.capitalize() for word in tool.split("_")) + "Answer"
        fits(schemas, name, answer)
