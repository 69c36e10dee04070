"""Evidence is held against what windlass found itself; what it could not find out is unknown."""

import json
from dataclasses import replace
from typing import Any

import pytest

from windlass.dispatch import Spec, Submission, Task, TaskStatus
from windlass.mesh.evidence import Rerun, artifacts_of, attached, command_of, examine, lacking

OID = "a" * 40
TASK = Task(
    id=1, repository_id=1, item_id=None, lane=1, kind="fix", title="t", status=TaskStatus.IN_PROGRESS,
    cls=2000, ready_at=0.0, unmet=0, attempt=1, attempts_max=3, fence=1, base=OID,
    spec=Spec("backend", ("src/a.py",)), note="", created_at=0.0, updated_at=0.0, risk="high",
)  # fmt: skip
OFFERED = Submission(1, 1, OID, OID, OID, ("src/a.py", "tests/test_a.py"), 3, "remote")
ALL: list[dict[str, Any]] = [{"item": number, "state": "yes"} for number in range(1, 13)]
CLAIM: dict[str, Any] = {
    "test_command": "make test", "test_result": {"outcome": "passed", "exit_code": 0},
    "files_changed": ["tests/test_a.py", "src/a.py"], "coverage": {"percent": 80, "artifact": "cov.json"},
    "benchmark": {"name": "p99", "value": 10, "artifact": "bench.json"}, "checklist": ALL,
}  # fmt: skip
GOOD = Rerun(0, {"coverage": b'{"totals": {"percent_covered": 81}}', "benchmark": b'{"p99": 11}'})


def states(claim: dict[str, Any], rerun: Rerun | None = GOOD, task: Task = TASK) -> dict[str, str]:
    offered = replace(OFFERED, evidence=json.dumps(claim))
    found = examine(offered, task, rerun=rerun, gate=True)
    return {name: state.value for name, state in found.checked.items()}


def test_what_holds_is_verified() -> None:
    found = states(CLAIM)
    names = ("commit", "files_changed", "test_result", "coverage", "benchmark", "acceptance_checks")
    assert {found[name] for name in names} == {"verified"}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"files_changed": ["src/a.py"]}, "files_changed"),
        ({"test_result": {"outcome": "failed"}}, "test_result"),
        ({"test_result": {"outcome": "passed", "exit_code": 3}}, "test_result"),
        ({"coverage": {"percent": 95, "artifact": "cov.json"}}, "coverage"),
        ({"benchmark": {"name": "p99", "value": 2, "artifact": "bench.json"}}, "benchmark"),
    ],
)
def test_what_does_not_hold_is_refuted_with_the_reason(change: dict[str, Any], name: str) -> None:
    offered = replace(OFFERED, evidence=json.dumps({**CLAIM, **change}))
    found = examine(offered, TASK, rerun=GOOD, gate=True)
    assert found.checked[name].value == "refuted"
    assert any(reason.startswith(f"{name}: ") for reason in found.refuted)


@pytest.mark.parametrize("rerun", [None, Rerun(None, {}, "no sandbox"), Rerun(0, {"coverage": b"junk"})])
def test_what_could_not_be_found_out_is_unknown(rerun: Rerun | None) -> None:
    found = states(CLAIM, rerun)
    assert found["coverage"] == found["benchmark"] == "unknown"
    assert found["test_result"] == ("verified" if rerun is not None and rerun.exit_code == 0 else "unknown")


def test_a_retry_answers_its_review() -> None:
    again = replace(TASK, rejections=1)
    assert states(CLAIM, task=again)["review_response"] == "refuted"
    assert states({**CLAIM, "review_response": "done"}, task=again)["review_response"] == "unknown"
    assert "review_response" not in states(CLAIM)


def test_at_the_door_only_what_needs_no_run_is_known() -> None:
    offered = attached(OFFERED, TASK, CLAIM)
    checked = json.loads(offered.checked)
    assert (checked["commit"], checked["files_changed"], checked["test_result"]) == (
        "verified", "verified", "unknown",
    )  # fmt: skip
    assert command_of(offered) == "make test"
    assert artifacts_of(offered) == {"coverage": "cov.json", "benchmark": "bench.json"}
    assert attached(OFFERED, TASK, None) == OFFERED
    assert command_of(OFFERED) is None


def test_high_risk_says_what_it_lacks() -> None:
    assert lacking(OFFERED, TASK) == ["evidence"]
    offered = attached(OFFERED, TASK, CLAIM)
    assert {"test_result", "coverage", "benchmark", "acceptance_checks"} <= set(lacking(offered, TASK))
    whole = replace(offered, checked=examine(offered, TASK, rerun=GOOD, gate=True).dump())
    assert lacking(whole, TASK) == []
    assert lacking(whole, replace(TASK, rejections=1)) == ["review_response"]
    few = attached(OFFERED, TASK, {**CLAIM, "checklist": ALL[:11]})
    assert "feedback_addressed" in lacking(few, TASK)
