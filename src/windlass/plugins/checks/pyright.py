"""Type-check with pyright, or basedpyright, as the project configures it; errors are counted per file and
rule.

basedpyright brings its own Node. The package `pyright` fetches itself at its first start, which nothing can
in the sandbox: then it says so, and the reading is unknown.
"""

import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from posixpath import dirname, join
from typing import Any, Final, Literal

from windlass.kernel import Tools, read_toml
from windlass.verify import Check, Outcome, Reading, Scene

PROGRAMS: Final = ("basedpyright", "pyright")
"""The first of them that is in the environment."""
ABSENT: Final = (
    "the project sets pyright up, and neither it nor basedpyright is among its requirements for tests: name"
    " one there, or all that the checks need in [verify] requirements"
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Nothing to set."""


def open(settings: Settings, tools: Tools) -> Check:
    return Pyright()


@dataclass(frozen=True, slots=True)
class Pyright:
    @property
    def role(self) -> Literal["types"]:
        return "types"

    def absent(self, scene: Scene) -> str:
        set_up = configures(scene.texts, scene.files)
        return self.unable(scene) if set_up else "the project does not configure pyright"

    def unable(self, scene: Scene) -> str:
        if not configures(scene.texts, scene.files):
            return ""
        if scene.problem:
            return f"the environment is not there: {scene.problem}"
        return "" if _program(scene) else ABSENT

    def read(self, scene: Scene) -> Reading:
        program = join(dirname(scene.python), _program(scene))
        ended = scene.start([program, "--outputjson", "--pythonpath", scene.python])
        found = errors(ended.stdout, scene.root) if ended.exit_code in (0, 1) else None
        if found is None:
            why = ended.why()
            return Reading("pyright", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=why)
        counts = dict(sorted(Counter(key for key, _, _ in found).items()))
        if counts and ended.exit_code == 0:
            detail = "its exit code and its errors disagree"
            return Reading("pyright", Outcome.UNKNOWN, ended.seconds, detail=detail)
        outcome = Outcome.FAILED if counts else Outcome.PASSED
        metrics = {"errors": float(sum(counts.values()))}
        return Reading("pyright", outcome, ended.seconds, metrics, {}, counts).saying(found)


def _program(scene: Scene) -> str:
    return next((name for name in PROGRAMS if name in scene.packages), "")


def configures(texts: Mapping[str, str], files: frozenset[str]) -> bool:
    """Whether a project has settings for pyright."""
    if "pyrightconfig.json" in files:
        return True
    try:
        tool = read_toml(texts.get("pyproject.toml", "")).get("tool")
    except tomllib.TOMLDecodeError:
        return False
    return isinstance(tool, dict) and any(name in tool for name in PROGRAMS)


def errors(report: bytes, root: str) -> list[tuple[str, int, str]] | None:
    """Errors as `path|rule`, one without a rule as `misc`, with line and words; None where the report is
    none, or tells another number than it lists.
    """
    top = root.rstrip("/") + "/"
    try:
        told: dict[str, Any] = json.loads(report)
        found = [
            (
                f"{str(one['file']).removeprefix(top)}|{one.get('rule') or 'misc'}",
                int(one["range"]["start"]["line"]) + 1 if "range" in one else 0, str(one["message"]),
            )
            for one in told["generalDiagnostics"] if one["severity"] == "error"
        ]  # fmt: skip
        counted = int(told["summary"]["errorCount"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None
    return found if counted == len(found) else None
