"""Lint with ruff: the project's own rules where it has some, else a small set of certain mistakes."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from windlass.kernel import Tools
from windlass.verify import Check, Outcome, Reading, Scene

SELECT = ("E4", "E7", "E9", "F")
"""Ruff's own default set: syntax, imports, names and statements that are certain mistakes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`select`: rules for a project that configures none."""

    select: tuple[str, ...] = SELECT


def open(settings: Settings, tools: Tools) -> Check:
    return RuffLint(settings)


@dataclass(frozen=True, slots=True)
class RuffLint:
    settings: Settings

    @property
    def role(self) -> Literal["lint"]:
        return "lint"

    def absent(self, scene: Scene) -> str:
        return (
            "" if scene.having(lambda path: path.endswith((".py", ".pyi", ".ipynb"))) else "no Python files"
        )

    def read(self, scene: Scene) -> Reading:
        rules = [] if configured(scene) else ["--isolated", "--select", ",".join(self.settings.select)]
        argv = [scene.tools["ruff"], "check", "--no-cache", "--no-fix", "--output-format", "json", *rules]
        ended = scene.start([*argv, "--output-file", "{out}/ruff.json", "."], outputs=("ruff.json",))
        if ended.exit_code not in (0, 1):
            return Reading(
                "ruff_lint", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=ended.why()
            )
        try:
            counts = parse_ruff(ended.outputs.get("ruff.json", b""), scene.root)
        except (ValueError, KeyError, TypeError) as error:
            return Reading(
                "ruff_lint", Outcome.UNKNOWN, ended.seconds, detail=f"ruff's report is unreadable: {error!r}"
            )
        outcome = Outcome.FAILED if counts else Outcome.PASSED
        return Reading("ruff_lint", outcome, ended.seconds, {"violations": sum(counts.values())}, {}, counts)

    def repairs(self, scene: Scene, paths: Sequence[str]) -> list[list[str]]:
        """The safe fixes of the project's own rules; nothing where it has none."""
        python = [path for path in paths if path.endswith((".py", ".pyi", ".ipynb"))]
        if not python or not configured(scene):
            return []
        argv = [scene.tools["ruff"], "check", "--fix", "--no-unsafe-fixes", "--exit-zero", "--quiet"]
        return [[*argv, "--no-cache", "--force-exclude", "--", *python]]


def configured(scene: Scene) -> bool:
    """Whether the project has rules of its own at its top."""
    return bool({"ruff.toml", ".ruff.toml"} & scene.files) or "[tool.ruff" in scene.texts.get(
        "pyproject.toml", ""
    )


def parse_ruff(report: bytes, root: str) -> dict[str, int]:
    """Violations per `path|rule`; a file that ruff cannot parse has the rule `invalid-syntax`."""
    counts: Counter[str] = Counter()
    for entry in json.loads(report):
        path = str(entry["filename"]).removeprefix(root.rstrip("/") + "/")
        counts[f"{path}|{entry['code'] or 'invalid-syntax'}"] += 1
    return dict(sorted(counts.items()))
