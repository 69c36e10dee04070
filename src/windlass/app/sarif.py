"""Scans as SARIF 2.1.0, for tools that read it. Pure."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from windlass import verify

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
Scanned = verify.evaluation.scans.Scanned


def sarif(scans: Sequence[Scanned]) -> dict[str, Any]:
    """One run for each scan; one that is unknown did not end well, so that nobody takes it for clean."""
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(one) for one in scans]}


def _run(one: Scanned) -> dict[str, Any]:
    rules = sorted({each.rule for each in one.found})
    known = one.outcome is not verify.Outcome.UNKNOWN
    note = {"level": "note" if known else "error", "message": {"text": one.why or one.source}}
    return {
        "tool": {
            "driver": {"name": f"windlass security {one.scan}", "rules": [{"id": rule} for rule in rules]}
        },
        "invocations": [{"executionSuccessful": known, "toolExecutionNotifications": [note]}],
        "results": [_result(each) for each in one.found],
    }


def _result(each: verify.evaluation.scans.Found) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(each.path, errors="surrogateescape")}}
    if each.line:
        place["region"] = {"startLine": each.line}
    result: dict[str, Any] = {
        "ruleId": each.rule, "level": "error" if each.grave else "warning", "message": {"text": each.text},
        "locations": [{"physicalLocation": place}] if each.path else [], "properties": {"tags": ["security"]},
    }  # fmt: skip
    if each.fingerprint:
        result["partialFingerprints"] = {"windlass/v1": f"{each.fingerprint}:{each.path}"}
    if each.allowed:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": each.allowed}]
    return result
