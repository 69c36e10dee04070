"""Scan changed product code with ruff's security rules, whatever the project's settings and comments say."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from windlass.kernel import Tools
from windlass.verify import Check, Outcome, Reading, Scene

SELECT = "S"
IGNORE = "S101"
"""Assertions: a matter of taste, and no hole."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Nothing to set: what is looked for is not for the tended repository to say."""


def open(settings: Settings, tools: Tools) -> Check:
    return RuffSecurity()


@dataclass(frozen=True, slots=True)
class RuffSecurity:
    @property
    def role(self) -> Literal["security"]:
        return "security"

    def absent(self, scene: Scene) -> str:
        return "" if scene.having(lambda path: path.endswith((".py", ".pyi"))) else "no Python files"

    def read(self, scene: Scene) -> Reading:
        paths = [path for path in scene.only if path in scene.files]
        if not paths:
            return Reading("ruff_security", Outcome.PASSED, detail="none of the files is in this tree")
        argv = [scene.tools["ruff"], "check", "--isolated", "--no-cache", "--no-fix", "--ignore-noqa"]
        argv += ["--select", SELECT, "--ignore", IGNORE, "--output-format", "json"]
        ended = scene.start([*argv, "--output-file", "{out}/ruff.json", "--", *paths], outputs=("ruff.json",))
        if ended.exit_code not in (0, 1):
            why = ended.why()
            return Reading("ruff_security", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=why)
        counts = parse_findings(ended.outputs.get("ruff.json"), scene.root)
        if counts is None or bool(counts) != (ended.exit_code == 1):
            detail = "ruff's report is unreadable, or its exit code says something else"
            return Reading("ruff_security", Outcome.UNKNOWN, ended.seconds, detail=detail)
        outcome = Outcome.FAILED if counts else Outcome.PASSED
        return Reading(
            "ruff_security", outcome, ended.seconds, {"findings": sum(counts.values())}, {}, counts
        )


def parse_findings(report: bytes | None, root: str) -> dict[str, int] | None:
    """Findings per `path|rule`; broken syntax counts as `invalid-syntax`. None: the report is none."""
    counts: Counter[str] = Counter()
    try:
        for entry in json.loads(report or b""):
            path = str(entry["filename"]).removeprefix(root.rstrip("/") + "/")
            counts[f"{path}|{entry['code'] or 'invalid-syntax'}"] += 1
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return dict(sorted(counts.items()))
