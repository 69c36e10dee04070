"""Workflows through the door of zizmor: a stand-in program that writes SARIF, and none at all."""

import json
from dataclasses import replace

import pytest

from windlass.plugins.checks.workflows import Settings, open
from windlass.verify import Outcome, Reading, Scene
from windlass.verify.ended import Ended

WORKFLOW = ".github/workflows/ci.yml"


def report(path: str = WORKFLOW, **run: object) -> bytes:
    place = {"physicalLocation": {"artifactLocation": {"uri": path}, "region": {"startLine": 7}}}
    result = {"ruleId": "zizmor/unpinned-uses", "message": {"text": "unpinned"}, "locations": [place]}
    return json.dumps({"version": "2.1.0", "runs": [{"results": [result], **run}]}).encode()


def scanned(
    ended: Ended, *, tools: dict[str, str] | None = None, files: tuple[str, ...] = (WORKFLOW,)
) -> Reading:
    scene = Scene(
        files=frozenset(files), root="/tree", texts={}, changed=files, packages={}, python="/python",
        start=lambda argv, **_: ended, tools={"zizmor": "/zizmor"} if tools is None else tools,
    )  # fmt: skip
    return open(Settings(), None).read(scene)


def test_findings_fail_and_none_passes() -> None:
    found = scanned(Ended(0, {}, report(), "", 1.0, False))
    assert found.outcome is Outcome.FAILED
    assert dict(found.counts) == {f"{WORKFLOW}|zizmor/unpinned-uses": 1}
    assert scanned(Ended(0, {}, report(results=[]), "", 1.0, False)).outcome is Outcome.PASSED
    warned = scanned(Ended(0, {}, report(results=[]), " INFO x\n WARN audit: YAML anchors", 1.0, False))
    assert (warned.outcome, warned.detail) == (Outcome.UNKNOWN, "1 files; audit: YAML anchors")
    assert scanned(Ended(0, {}, b"", "", 0, False), files=("a.py",)).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "ended",
    [
        Ended(1, {}, report(results=[]), "broken", 1.0, False),
        Ended(0, {}, b"", "", 1.0, False),
        Ended(None, {}, b"", "", 1.0, True, "did not end"),
        Ended(0, {}, report("elsewhere.yml"), "", 1.0, False),
        Ended(0, {}, report(invocations=[{"executionSuccessful": False}]), "", 1.0, False),
        Ended(0, {}, b"[" * 200_000, "", 1.0, False),
    ],
)
def test_a_run_that_tells_nothing_is_unknown(ended: Ended) -> None:
    assert scanned(ended).outcome is Outcome.UNKNOWN


def test_without_the_program_it_is_unknown_and_says_how_to_get_it() -> None:
    found = scanned(Ended(0, {}, report(results=[]), "", 1.0, False), tools={})
    assert found.outcome is Outcome.UNKNOWN
    assert "uv tool install zizmor" in found.detail


def test_a_zizmor_that_the_owner_names_and_nobody_finds_is_told_where_it_would_be_needed() -> None:
    scene = Scene(frozenset({WORKFLOW}), "/", {}, (WORKFLOW,), {}, "/python", lambda argv, **_: None)
    assert "'/gone'" in open(Settings(lost="/gone"), None).unable(scene)
    assert open(Settings(), None).unable(scene) == ""
    assert open(Settings(lost="/gone"), None).unable(replace(scene, changed=("a.py",))) == ""
