"""What a person is shown when the gate asks: the reasons, the plan as JSON, the audit that follows. Pure."""

import hashlib
import json
from typing import Final

from windlass.plan.model import Proposal
from windlass.policy import Route, Scope

FINDINGS_MAX: Final = 20
"""Findings shown in a question; the item holds all of them."""
TEXT_MAX: Final = 400
"""Characters shown of one finding's text."""

AUDIT: Final = (
    "approving this lets the work begin; when it is verified, its landing asks once more, so that somebody"
    " who did not make it reads the whole change against this plan"
)


def context(proposal: Proposal, scope: Scope) -> dict[str, object]:
    """The facts a person decides on: JSON-able, bounded, without the time of day."""
    told: dict[str, object] = {
        "route": proposal.route.value,
        "complexity": proposal.assessment.complexity.value,
        "risk": proposal.assessment.risk.value,
        "reasons": list(proposal.assessment.reasons),
        "paths": list(proposal.paths),
        "runner": proposal.runner,
        "findings": [
            {"path": each.path, "line": each.line, "rule": each.rule, "text": each.text[:TEXT_MAX]}
            for each in proposal.findings[:FINDINGS_MAX]
        ],
        "findings_total": len(proposal.findings),
        "plan": plan(proposal, scope),
    }
    if proposal.route is Route.STRICT:
        told["audit"] = AUDIT
    return told


def plan(proposal: Proposal, scope: Scope) -> dict[str, object]:
    """The plan that is approved: which files, what in them, under which limits, and when it is done."""
    steps = []
    for path in proposal.paths:
        here = [finding for finding in proposal.findings if finding.path == path]
        rules = sorted({finding.rule for finding in here})
        steps.append({"path": path, "rules": rules, "findings": len(here)})
    return {
        "goal": proposal.item.title,
        "runner": proposal.runner,
        "steps": steps,
        "limits": {"files": max(1, len(proposal.paths)), "lines": scope.max_lines},
        "done_when": "the findings are gone, no new ones appear, and every check is as green as before",
    }


def question(proposal: Proposal) -> str:
    """One line."""
    files = "1 file" if len(proposal.paths) == 1 else f"{len(proposal.paths)} files"
    return f"May {proposal.runner} do this ({files}, {proposal.route.value}): {proposal.item.title}?"


def key(proposal: Proposal) -> str:
    """Names exactly what is asked: other findings, files, runner or reasons are another question."""
    asked = [
        proposal.item.rule, proposal.runner, proposal.route.value, list(proposal.assessment.reasons),
        list(proposal.paths), sorted(finding.fingerprint for finding in proposal.findings),
    ]  # fmt: skip
    digest = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    return f"gate:{proposal.item.id}:{digest[:24]}"
