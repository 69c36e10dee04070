"""Scans as SARIF: an unknown one is no clean one, and what is allowed is suppressed with its reason."""

import json

from windlass.app.sarif import sarif
from windlass.scan.sarif import read_sarif
from windlass.verify import Outcome, evaluation

scans = evaluation.scans


def test_every_scan_is_a_run_and_the_source_of_findings_reads_it() -> None:
    found = (
        scans.Found("github-token", "a.py", 3, "a token", True, "0123456789abcdef"),
        scans.Found("assigned-secret", "b.py", 0, "likely", False, "f" * 16, "a demo"),
    )
    told = sarif([
        scans.Scanned("secrets", Outcome.FAILED, "", "shapes", 1.0, found),
        scans.Scanned("workflows", Outcome.UNKNOWN, "zizmor is not here", "zizmor", 1.0),
    ])  # fmt: skip
    first, second = told["runs"]
    assert first["results"][0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert first["results"][0]["partialFingerprints"] == {"windlass/v1": "0123456789abcdef:a.py"}
    assert first["results"][1]["suppressions"][0]["justification"] == "a demo"
    assert second["invocations"][0]["executionSuccessful"] is False
    assert second["invocations"][0]["toolExecutionNotifications"][0]["level"] == "error"


def test_a_path_is_an_address_and_is_read_back() -> None:
    path = "docs/a b%20 é#1?.md"
    found = (scans.Found("R", path, 3, "t", True),)
    told = sarif([scans.Scanned("secrets", Outcome.FAILED, "", "shapes", 1.0, found)])
    uri = told["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "docs/a%20b%2520%20%C3%A9%231%3F.md"
    assert read_sarif(json.dumps(told).encode(), {path: None}).results[0].path == path
