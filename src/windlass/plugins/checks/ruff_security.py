"""Scan changed product code with ruff's security rules, whatever the project's settings and comments say."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from windlass.kernel import Tools
from windlass.verify import Check, Outcome, Reading, Scene

TEXT_MAX = 160
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
            broken = ended.why()
            return Reading("ruff_security", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=broken)
        told = parse_findings(ended.outputs.get("ruff.json"), scene.root)
        if told is None or bool(told[0]) != (ended.exit_code == 1):
            detail = "ruff's report is unreadable, or its exit code says something else"
            return Reading("ruff_security", Outcome.UNKNOWN, ended.seconds, detail=detail)
        counts, why = told
        outcome, metrics = Outcome.FAILED if counts else Outcome.PASSED, {"findings": sum(counts.values())}
        return Reading("ruff_security", outcome, ended.seconds, metrics, {}, counts, why=why)


def parse_findings(report: bytes | None, root: str) -> tuple[dict[str, int], dict[str, str]] | None:
    """Findings per `path|rule`, and line and words of the first of each; broken syntax counts as
    `invalid-syntax`. None: the report is none.
    """
    counts, why = Counter[str](), dict[str, str]()
    try:
        for entry in json.loads(report or b""):
            path = str(entry["filename"]).removeprefix(root.rstrip("/") + "/")
            rule = f"{path}|{entry['code'] or 'invalid-syntax'}"
            counts[rule] += 1
            why.setdefault(rule, f"line {int(entry['location']['row'])}: {str(entry['message'])[:TEXT_MAX]}")
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None
    return dict(sorted(counts.items())), why
