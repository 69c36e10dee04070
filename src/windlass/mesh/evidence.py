"""A worker's evidence: what is known at once, what a second run says, what high risk asks for. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from windlass.dispatch import Submission, Task
from windlass.mesh.artifacts import agrees, covered, covers, measured
from windlass.mesh.checklist import Facts, judged, open_points
from windlass.mesh.model import ClaimState

COVERAGE, BENCHMARK = "coverage", "benchmark"
"""Claims that a file of the second run speaks for, and the names those files come back under."""
_STATE: Final = {True: ClaimState.VERIFIED, False: ClaimState.REFUTED, None: ClaimState.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Rerun:
    """The worker's command, run again by windlass on the submitted tree; `exit_code` None: in vain."""

    exit_code: int | None
    outputs: Mapping[str, bytes]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """Every claim with what became of it, and why some are refuted."""

    checked: Mapping[str, ClaimState]
    refuted: tuple[str, ...] = ()

    def dump(self) -> str:
        return json.dumps({name: state.value for name, state in self.checked.items()}, sort_keys=True)


def attached(offered: Submission, task: Task, claim: Mapping[str, Any] | None) -> Submission:
    """The submission with its evidence, and with what can be said before anything ran."""
    if claim is None:
        return offered
    found = examine(replace(offered, evidence=json.dumps(claim)), task)
    return replace(offered, evidence=json.dumps(claim), checked=found.dump())


def artifacts_of(offered: Submission) -> dict[str, str]:
    """Files of the second run that are asked for: name to path inside the tree."""
    claim = json.loads(offered.evidence)
    return {name: str(claim[name]["artifact"]) for name in (COVERAGE, BENCHMARK) if name in claim}


def command_of(offered: Submission) -> str | None:
    """What to run again; None without evidence."""
    claim = json.loads(offered.evidence)
    return str(claim["test_command"]) if claim else None


def examine(
    offered: Submission,
    task: Task,
    *,
    rerun: Rerun | None = None,
    gate: bool | None = None,
    checks: Mapping[str, bool] | None = None,
) -> Examined:
    """Hold every claim against what windlass found; what nobody could find out is unknown."""
    claim: Mapping[str, Any] = json.loads(offered.evidence)
    if not claim:
        return Examined({})
    retried = task.rejections > 0
    answered = bool(claim.get("review_response"))
    facts = Facts(offered.files, bool(task.spec.paths), answered, retried, gate, checks)
    known = {
        "commit": ClaimState.VERIFIED,
        "files_changed": _STATE[sorted(claim["files_changed"]) == sorted(offered.files)],
        **_rerun_says(claim, rerun),
        **judged(claim["checklist"], facts),
    }
    if retried or answered:
        known["review_response"] = ClaimState.UNKNOWN if answered else ClaimState.REFUTED
    return Examined(known, tuple(_why(known, claim, offered, rerun)))


def _rerun_says(claim: Mapping[str, Any], rerun: Rerun | None) -> dict[str, ClaimState]:
    said = claim["test_result"]
    same: bool | None = None
    if rerun is not None and rerun.exit_code is not None:
        same = (rerun.exit_code == 0) == (said["outcome"] == "passed")
        same = same and rerun.exit_code == said.get("exit_code", rerun.exit_code)
    found = {"test_result": _STATE[same]}
    outputs = rerun.outputs if rerun is not None else {}
    if COVERAGE in claim:
        content = outputs.get(COVERAGE)
        percent = None if content is None else covered(content)
        found[COVERAGE] = _STATE[covers(float(claim[COVERAGE]["percent"]), percent)]
    if BENCHMARK in claim:
        content = outputs.get(BENCHMARK)
        value = None if content is None else measured(content, claim[BENCHMARK]["name"])
        found[BENCHMARK] = _STATE[agrees(float(claim[BENCHMARK]["value"]), value)]
    return found


def _why(
    known: Mapping[str, ClaimState], claim: Mapping[str, Any], offered: Submission, rerun: Rerun | None
) -> list[str]:
    """Each refuted claim in words, with both sides."""
    told = {
        "files_changed": f"changed are {', '.join(offered.files[:20])}, claimed were"
        f" {', '.join(claim['files_changed'][:20])}",
        "test_result": f"{claim['test_command']!r} ended with {rerun.exit_code if rerun else '?'} here,"
        f" claimed was {claim['test_result']['outcome']}",
        COVERAGE: "the report of the second run shows less",
        BENCHMARK: "the second run measured something else",
        "review_response": "the last review was not answered",
    }
    return [
        f"{name}: {told.get(name, 'the claim does not hold')}"
        for name, state in known.items()
        if state is ClaimState.REFUTED
    ]


def lacking(offered: Submission, task: Task) -> list[str]:
    """What work of high risk still needs before anybody may approve it."""
    claim: Mapping[str, Any] = json.loads(offered.evidence)
    if not claim:
        return ["evidence"]
    checked: Mapping[str, str] = json.loads(offered.checked)
    needed = ["commit", "files_changed", "test_result", "acceptance_checks", COVERAGE]
    needed += [BENCHMARK] if BENCHMARK in claim else []
    missing = [name for name in needed if checked.get(name) != ClaimState.VERIFIED.value]
    if claim["test_result"]["outcome"] != "passed":
        missing.append("tests that pass")
    if task.rejections and not claim.get("review_response"):
        missing.append("review_response")
    return list(dict.fromkeys([*missing, *open_points(claim["checklist"])]))
