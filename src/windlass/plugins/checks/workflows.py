"""Audit workflows of GitHub Actions with zizmor, offline, whatever comments and settings of theirs say."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from windlass import scan
from windlass.kernel import Tools, WindlassError
from windlass.verify import Check, Outcome, Reading, Scene

WORKFLOW: Final = re.compile(r"\.github/(?:workflows/[^/]+\.ya?ml|dependabot\.ya?ml)|(?:.*/)?action\.ya?ml")
FILES_MAX: Final = 1_000
DETAIL_MAX: Final = 1_000
GET: Final = "zizmor is not here: `uv tool install zizmor`, or name it in [security] zizmor"


@dataclass(frozen=True, slots=True)
class Settings:
    """What is looked for is not for the tended repository to say. `program` tells findings of one zizmor from
    those of another: its path, size and date. `lost`: the one that the owner names and nobody finds.
    """

    program: Sequence[object] = ()
    lost: str = ""


def open(settings: Settings, tools: Tools) -> Check:
    return Workflows(settings)


@dataclass(frozen=True, slots=True)
class Workflows:
    settings: Settings

    @property
    def role(self) -> Literal["scan"]:
        return "scan"

    def absent(self, scene: Scene) -> str:
        if not any(map(WORKFLOW.fullmatch, scene.changed)):
            return "no workflow is changed"
        return "" if "zizmor" in scene.tools else GET

    def unable(self, scene: Scene) -> str:
        lost = self.settings.lost if any(map(WORKFLOW.fullmatch, scene.changed)) else ""
        return f"[security] zizmor names {lost!r}, which is no file: correct it" if lost else ""

    def read(self, scene: Scene) -> Reading:
        paths = scene.having(lambda path: WORKFLOW.fullmatch(path) is not None)
        if not paths:
            return Reading("workflows", Outcome.PASSED, detail="there are no workflows")
        if "zizmor" not in scene.tools:
            return Reading("workflows", Outcome.UNKNOWN, detail=GET)
        if len(paths) > FILES_MAX:
            return Reading("workflows", Outcome.UNKNOWN, detail=f"there are more than {FILES_MAX} workflows")
        argv = [scene.tools["zizmor"], "--offline", "--no-config", "--no-ignores", "--strict-collection"]
        ended = scene.start([*argv, "--no-progress", "--format", "sarif", "--", *paths])
        if ended.exit_code != 0:
            return Reading(
                "workflows", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=ended.why()
            )
        try:
            told = scan.sarif.read_sarif(ended.stdout, dict.fromkeys(scene.files))
        except WindlassError as error:
            return Reading("workflows", Outcome.UNKNOWN, ended.seconds, detail=f"zizmor's report: {error}")
        if told.errors or told.outside:
            problem = "; ".join(told.errors) or "zizmor tells of files that are not in the tree"
            return Reading("workflows", Outcome.UNKNOWN, ended.seconds, detail=problem)
        counts = Counter(f"{one.path}|{one.rule}" for one in told.results)
        why = {f"{one.path}|{one.rule}": f"line {one.line}: {one.message[:160]}" for one in told.results}
        # Of YAML with anchors it says itself that it may see them wrongly.
        warned = list(dict.fromkeys(re.findall(r"\bWARN (.*)", ended.tail)))
        outcome = Outcome.FAILED if counts else Outcome.UNKNOWN if warned else Outcome.PASSED
        return Reading(
            "workflows", outcome, ended.seconds,
            {"findings": float(counts.total()), "unread": float(len(warned))}, {},
            dict(sorted(counts.items())), "; ".join([f"{len(paths)} files", *warned])[:DETAIL_MAX], why=why,
        )  # fmt: skip
